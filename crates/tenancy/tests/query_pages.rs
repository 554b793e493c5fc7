//! Pages by key are the whole sorted list, cut into parts, whichever way one goes through it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use freehold_tenancy::{
    Db, Execute, FromRow, Sql, Tenant,
    query::{self, CursorError, CursorKey, Cursors, Order, Page, QueryError, Select, Table},
};
use ground::{Ground, tenant};
use proptest::{prelude::*, test_runner::TestRunner};
use uuid::Uuid;

const SCHEMA: &str = "
CREATE TABLE scores (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id bigint NOT NULL,
    label text,
    points double precision,
    at timestamptz,
    level smallint NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE scores ENABLE ROW LEVEL SECURITY;
ALTER TABLE scores FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON scores
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON scores TO app_writer, app_system;
";

#[derive(Debug, Clone, PartialEq, FromRow, Table)]
#[table(name = "scores", key(id))]
struct Score {
    id: i64,
    label: Option<String>,
    points: Option<f64>,
    at: Option<jiff::Timestamp>,
    level: i16,
}

async fn ground() -> (Ground, Db) {
    let ground = Ground::new().await;
    ground.admin(SCHEMA).await;
    let db = ground.db().await;
    (ground, db)
}

fn cursors() -> Cursors {
    Cursors::new(CursorKey::new(1, &[42; 32]).unwrap())
}

/// Which column, whether it descends, and where NULLs were said to be.
type Sorting = (u8, bool, Option<bool>);

fn order((column, descending, nulls_first): Sorting) -> Order<Score> {
    let order = match (column, descending) {
        (0, false) => Score::LABEL.asc(),
        (0, true) => Score::LABEL.desc(),
        (1, false) => Score::POINTS.asc(),
        (1, true) => Score::POINTS.desc(),
        (2, false) => Score::AT.asc(),
        (2, true) => Score::AT.desc(),
        (3, false) => Score::LEVEL.asc(),
        (3, true) => Score::LEVEL.desc(),
        (_, false) => Score::ID.asc(),
        (_, true) => Score::ID.desc(),
    };
    match nulls_first {
        None => order,
        Some(true) => order.nulls_first(),
        Some(false) => order.nulls_last(),
    }
}

/// The same order as a person writes it in SQL, with the key behind.
fn by_hand(sortings: &[Sorting]) -> String {
    let mut text = String::new();
    for (column, descending, nulls_first) in sortings {
        text += ["label", "points", "at", "level", "id"][usize::from(*column)];
        text += if *descending { " DESC" } else { " ASC" };
        text += match nulls_first {
            None => ", ",
            Some(true) => " NULLS FIRST, ",
            Some(false) => " NULLS LAST, ",
        };
    }
    let descending = sortings.last().is_some_and(|(_, descending, _)| *descending);
    text + if descending { "id DESC" } else { "id ASC" }
}

fn rows() -> impl Strategy<Value = Vec<Score>> {
    let label = prop::option::of(prop_oneof![Just("a"), Just("A"), Just("é"), Just("'\"; --"), Just("")]);
    let points = prop::option::of(prop_oneof![
        Just(0.0),
        Just(-0.0),
        Just(1.5),
        Just(0.1 + 0.2),
        Just(f64::NAN),
        Just(f64::NEG_INFINITY)
    ]);
    let at = prop::option::of((0_i64..3).prop_map(|n| jiff::Timestamp::from_microsecond(n).unwrap()));
    prop::collection::vec((label, points, at, -1_i16..2), 0..24).prop_map(|rows| {
        let row = |(n, (label, points, at, level)): (usize, (Option<&str>, _, _, _))| {
            let id = (n as i64 * 17) % 24;
            Score { id, label: label.map(str::to_owned), points, at, level }
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

fn sortings() -> impl Strategy<Value = Vec<Sorting>> {
    let sortings = prop::collection::vec((0_u8..5, any::<bool>(), prop::option::of(any::<bool>())), 0..4);
    sortings.prop_map(|mut sortings| {
        let mut seen = [false; 5];
        sortings.retain(|(column, ..)| !std::mem::replace(&mut seen[usize::from(*column)], true));
        sortings
    })
}

async fn page(select: &Select<Score>, on: &Tenant, size: u32, cursor: Option<&str>) -> Page<Score> {
    select.page(on, &cursors(), size, cursor).await.unwrap()
}

/// All ids by way of `next`, and then all of them back by way of `previous`, in the order of the list.
async fn there_and_back(select: &Select<Score>, on: &Tenant, size: u32) -> (Vec<i64>, Vec<i64>) {
    let ids = |page: &Page<Score>| page.rows.iter().map(|row| row.id).collect::<Vec<_>>();
    let mut at = page(select, on, size, None).await;
    assert_eq!(at.previous, None);
    let mut there = ids(&at);
    while let Some(next) = at.next.clone() {
        at = page(select, on, size, Some(&next)).await;
        assert!(!at.rows.is_empty());
        there.extend(ids(&at));
    }
    let mut back = vec![ids(&at)];
    while let Some(previous) = at.previous.clone() {
        at = page(select, on, size, Some(&previous)).await;
        assert!(at.next.is_some());
        back.push(ids(&at));
    }
    (there, back.into_iter().rev().flatten().collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_in_both_directions_are_the_list_as_the_server_sorts_it() {
    let (_ground, db) = ground().await;
    let handle = tokio::runtime::Handle::current();
    let work = move || {
        TestRunner::new(ProptestConfig { cases: 64, ..ProptestConfig::default() })
            .run(&(rows(), sortings(), 1_u32..9), |(rows, sortings, size)| {
                handle.block_on(async {
                    let on = db.tenant(&tenant(1));
                    query::delete::<Score>().all().run(&on).await.unwrap();
                    query::insert(&rows).run(&on).await.unwrap();
                    let sql = format!("SELECT id FROM scores ORDER BY {}", by_hand(&sortings));
                    let wanted: Vec<(i64,)> = on.query(Sql::vouched(sql), &[]).await.unwrap();
                    let wanted: Vec<i64> = wanted.into_iter().map(|(id,)| id).collect();
                    let select = sortings.iter().fold(query::select(), |select, by| select.sort(order(*by)));
                    let (there, back) = there_and_back(&select, &on, size).await;
                    assert_eq!(there, wanted, "{sortings:?}");
                    assert_eq!(back, wanted, "back, {sortings:?}");
                });
                Ok(())
            })
            .unwrap();
    };
    tokio::task::spawn_blocking(work).await.unwrap();
}

fn score(id: i64, level: i16) -> Score {
    Score { id, label: None, points: None, at: None, level }
}

#[tokio::test]
async fn rows_that_come_and_go_move_no_other_row_to_another_page() {
    let (_ground, db) = ground().await;
    let on = db.tenant(&tenant(1));
    let stay: Vec<Score> = (0..30).map(|n| score(n * 10, (n / 4) as i16)).collect();
    query::insert(&stay).run(&on).await.unwrap();
    let select = query::select::<Score>().sort(Score::LEVEL.desc()).sort(Score::LABEL.asc());
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    for round in 0.. {
        let page = page(&select, &on, 4, cursor.as_deref()).await;
        seen.extend(page.rows.iter().map(|row| row.id).filter(|id| id % 10 == 0));
        // Before the place, behind it, and between rows of the same level.
        let more =
            [score(1000 + round * 10 + 1, 99), score(2000 + round * 10 + 1, -99), score(round * 10 + 5, 3)];
        query::insert(&more).run(&on).await.unwrap();
        if round > 2 {
            query::delete::<Score>()
                .filter(Score::ID.eq(1000 + (round - 2) * 10 + 1))
                .run(&on)
                .await
                .unwrap();
        }
        cursor = page.next;
        if cursor.is_none() || round > 40 {
            break;
        }
        if page.rows.last().is_some_and(|row| row.level < 0) {
            break;
        }
    }
    let mut wanted: Vec<&Score> = stay.iter().collect();
    wanted.sort_by_key(|row| (-row.level, row.id));
    assert_eq!(seen, wanted.iter().map(|row| row.id).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_row_of_a_cursor_may_be_deleted_and_everything_around_it_too() {
    let (_ground, db) = ground().await;
    let on = db.tenant(&tenant(1));
    query::insert(&(1..=6).map(|id| score(id, 0)).collect::<Vec<_>>()).run(&on).await.unwrap();
    let select = query::select::<Score>().sort(Score::LABEL.desc()).sort(Score::ID.asc());
    let ids = |page: &Page<Score>| page.rows.iter().map(|row| row.id).collect::<Vec<_>>();
    let first = page(&select, &on, 2, None).await;
    query::delete::<Score>().filter(Score::ID.eq(2)).run(&on).await.unwrap();
    let second = page(&select, &on, 2, first.next.as_deref()).await;
    assert_eq!(ids(&second), [3, 4]);
    query::delete::<Score>().filter(Score::ID.gt(4)).run(&on).await.unwrap();
    let nothing = page(&select, &on, 2, second.next.as_deref()).await;
    assert_eq!((ids(&nothing), nothing.next.as_deref()), (vec![], None));
    let back = page(&select, &on, 2, nothing.previous.as_deref()).await;
    assert_eq!(ids(&back), [3, 4]);
    query::delete::<Score>().filter(Score::ID.lt(3)).run(&on).await.unwrap();
    let before = page(&select, &on, 2, back.previous.as_deref()).await;
    assert_eq!((ids(&before), before.previous.as_deref()), (vec![], None));
    assert_eq!(ids(&page(&select, &on, 2, before.next.as_deref()).await), [3, 4]);
}

async fn refusal(select: &Select<Score>, on: &impl Execute, cursor: &str) -> CursorError {
    match select.page(on, &cursors(), 2, Some(cursor)).await.unwrap_err() {
        QueryError::Cursor(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_tenant_and_its_list_alone() {
    let (ground, db) = ground().await;
    let (on, other) = (db.tenant(&tenant(1)), db.tenant(&tenant(2)));
    let rows: Vec<Score> = (1..=6).map(|id| score(id, 0)).collect();
    for handle in [&on, &other] {
        query::insert(&rows).run(handle).await.unwrap();
    }
    let list = || query::select::<Score>().filter(Score::LEVEL.eq(0_i16)).sort(Score::AT.desc());
    let next = page(&list(), &on, 2, None).await.next.unwrap();
    assert_eq!(page(&list(), &on, 3, Some(&next)).await.rows.len(), 3);
    assert_eq!(refusal(&list(), &other, &next).await, CursorError::OtherTenant);
    let others = [
        query::select().filter(Score::LEVEL.eq(1_i16)).sort(Score::AT.desc()),
        query::select().filter(Score::LEVEL.le(0_i16)).sort(Score::AT.desc()),
        query::select().sort(Score::AT.desc()),
        query::select().filter(Score::LEVEL.eq(0_i16)).sort(Score::AT.asc()),
        query::select().filter(Score::LEVEL.eq(0_i16)).sort(Score::AT.desc().nulls_last()),
        list().sort(Score::LABEL.asc()),
        list().filter(Score::ID.gt(0)),
        list().with_deleted(),
    ];
    for select in &others {
        assert_eq!(refusal(select, &on, &next).await, CursorError::OtherQuery, "{select:?}");
    }
    let flipped = if next.ends_with('A') { "B" } else { "A" };
    let forged = format!("{}{flipped}{}", &next[..20], &next[21..]);
    let forged = if forged == next { format!("{}-{}", &next[..20], &next[21..]) } else { forged };
    assert_eq!(refusal(&list(), &on, &forged).await, CursorError::Forged);
    for text in ["", "x", "' OR 1=1 --", "\0", "AQEA", &next[..next.len() - 2]] {
        let found = refusal(&list(), &on, text).await;
        assert!(matches!(found, CursorError::Malformed | CursorError::Forged), "{text}: {found}");
    }
    ground.admin("ALTER TABLE scores ALTER id TYPE numeric").await;
    let anew = ground.db().await.tenant(&tenant(1));
    let changed = list().page(&anew, &cursors(), 2, Some(&next)).await.unwrap_err();
    assert!(matches!(changed, QueryError::Cursor(CursorError::OlderVersion)), "{changed:?}");
}

#[tokio::test]
async fn a_page_has_a_size() {
    let (_ground, db) = ground().await;
    let on = db.tenant(&tenant(1));
    for size in [0, query::LARGEST_PAGE + 1, u32::MAX] {
        let refused = query::select::<Score>().page(&on, &cursors(), size, None).await.unwrap_err();
        assert!(matches!(refused, QueryError::Limit { given, .. } if given == size), "{refused}");
    }
    let empty = page(&query::select(), &on, query::LARGEST_PAGE, None).await;
    assert_eq!((empty.rows, empty.next, empty.previous), (vec![], None, None));
}

#[tokio::test]
async fn pages_across_tenants_go_through_all_of_them() {
    let (_ground, db) = ground().await;
    for n in 1..=3 {
        query::insert(&[score(1, 0), score(2, 0)]).run(&db.tenant(&tenant(n))).await.unwrap();
    }
    #[derive(Debug, FromRow, Table)]
    #[table(name = "scores", key(id))]
    struct Owned {
        tenant_id: Uuid,
        id: i64,
    }
    let system = db.system("a test of pages across tenants").unwrap();
    let select = query::select::<Owned>().across_tenants().sort(Owned::ID.desc());
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = select.page(&system, &cursors(), 1, cursor.as_deref()).await.unwrap();
        seen.extend(page.rows.iter().map(|row| (row.id, row.tenant_id.as_u128())));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [(2, 3), (2, 2), (2, 1), (1, 3), (1, 2), (1, 1)]);
    let within = query::select::<Score>().sort(Score::ID.desc());
    let next = page(&within, &db.tenant(&tenant(1)), 1, None).await.next.unwrap();
    assert_eq!(refusal(&within.across_tenants(), &system, &next).await, CursorError::OtherTenant);
}

/// Every node of a plan.
fn nodes(plan: &serde_json::Value) -> Vec<&serde_json::Value> {
    let children = plan.get("Plans").and_then(|plans| plans.as_array()).into_iter().flatten();
    std::iter::once(plan).chain(children.flat_map(nodes)).collect()
}

/// Looks at a page in the middle: every scan is one of an index, with each of `conditions` among theirs, and no more is
/// sorted than a page.
async fn uses_the_index(on: &Tenant, select: &Select<Score>, at: u32, conditions: &[&str]) {
    let next = page(select, on, at, None).await.next;
    let plan = select.page_plan(on, &cursors(), 20, next.as_deref()).await.unwrap();
    let scans: Vec<_> = nodes(&plan[0]["Plan"])
        .into_iter()
        .filter(|node| node["Node Type"].as_str().is_some_and(|kind| kind.contains("Scan")))
        .filter(|node| node["Node Type"] != "Subquery Scan")
        .collect();
    assert!(!scans.is_empty());
    assert!(scans.iter().all(|scan| scan["Node Type"] != "Seq Scan"), "{plan:#}");
    let found: Vec<&str> = scans.iter().filter_map(|scan| scan["Index Cond"].as_str()).collect();
    for wanted in conditions {
        assert!(found.iter().any(|condition| condition.contains(wanted)), "{wanted} in {found:#?}");
    }
    for node in nodes(&plan[0]["Plan"]).into_iter().filter(|node| node["Node Type"] == "Sort") {
        let rows = node["Plan Rows"].as_f64().unwrap();
        assert!(rows <= 21.0, "{rows} rows are sorted: {plan:#}");
    }
}

#[tokio::test]
async fn an_index_gives_the_page_without_a_sort() {
    let (ground, db) = ground().await;
    ground
        .admin(
            "INSERT INTO scores SELECT ('00000000-0000-0000-0000-00000000000' || 1 + n % 3)::uuid, n, 'l' || n % 50,
                 CASE WHEN n % 4 > 0 THEN n % 1000 END, NULL, n % 100 FROM generate_series(1, 30000) AS n;
             CREATE INDEX ON scores (tenant_id, level, id);
             CREATE INDEX ON scores (tenant_id, level DESC, label, id);
             CREATE INDEX ON scores (tenant_id, points, id);
             ANALYZE scores",
        )
        .await;
    let on = db.tenant(&tenant(1));
    let select = query::select::<Score>;
    uses_the_index(&on, &select().sort(Score::LEVEL.asc()), 500, &["(ROW(level, id) > ROW("]).await;
    uses_the_index(&on, &select().sort(Score::LEVEL.desc()), 500, &["(ROW(level, id) < ROW("]).await;
    let mixed = select().sort(Score::LEVEL.desc()).sort(Score::LABEL.asc());
    uses_the_index(&on, &mixed, 500, &["(level < ", "(label > ", "(id > "]).await;
    let nulls = select().sort(Score::POINTS.asc());
    uses_the_index(&on, &nulls, 500, &["(points > ", "(points IS NULL)", "(id > "]).await;
}
