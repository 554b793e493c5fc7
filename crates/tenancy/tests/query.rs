//! Statements that depend on the request read what they say, within their tenant.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use freehold_tenancy::{
    Db, Execute, FromRow, Json,
    query::{self, Count, Filter, Flaw, QueryError, Table},
};
use ground::{Ground, tenant};
use proptest::{prelude::*, test_runner::TestRunner};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, FromRow, Table)]
#[table(name = "notes", key(id), soft_delete = "deleted_at")]
struct Note {
    id: i64,
    body: String,
    #[from_row(json)]
    data: Data,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Data {
    #[serde(default)]
    tags: Vec<String>,
}

fn note(id: i64, body: &str) -> Note {
    Note { id, body: body.to_owned(), data: Data::default() }
}

async fn with_notes(notes: &[Note]) -> (Ground, Db) {
    let ground = Ground::new().await;
    let db = ground.db().await;
    for n in 1..=2 {
        assert_eq!(query::insert(notes).run(&db.tenant(&tenant(n))).await.unwrap(), notes.len() as u64);
    }
    (ground, db)
}

async fn ids(db: &Db, filter: Filter<Note>) -> Vec<i64> {
    let select = query::select::<Note>().filter(filter).sort(Note::ID.asc());
    select.all(&db.tenant(&tenant(1))).await.unwrap().into_iter().map(|note| note.id).collect()
}

#[tokio::test]
async fn every_condition_finds_its_rows_and_no_others() {
    let mut notes = vec![note(1, "Alpha"), note(2, "50 % off_"), note(3, r"back\slash"), note(4, "alphabet")];
    notes[3].data.tags = vec!["x".to_owned(), "y".to_owned()];
    let (_ground, db) = with_notes(&notes).await;
    let cases: Vec<(Filter<Note>, &[i64])> = vec![
        (Note::ID.eq(2), &[2]),
        (Note::ID.ne(2), &[1, 3, 4]),
        (Note::ID.lt(2), &[1]),
        (Note::ID.le(2), &[1, 2]),
        (Note::ID.gt(3), &[4]),
        (Note::ID.ge(3), &[3, 4]),
        (Note::ID.in_list([4, 1, 9]), &[1, 4]),
        (Note::ID.in_list([0_i64; 0]), &[]),
        (Note::ID.not_in_list([4, 1]), &[2, 3]),
        (Note::BODY.in_list(["Alpha", "x"]), &[1]),
        (Note::BODY.is_null(), &[]),
        (Note::BODY.is_not_null(), &[1, 2, 3, 4]),
        (Note::BODY.starts_with("Al"), &[1]),
        (Note::BODY.starts_with("%"), &[]),
        (Note::BODY.contains("%"), &[2]),
        (Note::BODY.contains("_"), &[2]),
        (Note::BODY.contains(r"\"), &[3]),
        (Note::BODY.ends_with("_"), &[2]),
        (Note::BODY.contains_ignoring_case("ALPHA"), &[1, 4]),
        (Note::BODY.like("_lpha%"), &[1, 4]),
        (Note::BODY.like_ignoring_case("ALPHA"), &[1]),
        (Note::DATA.json_contains(serde_json::json!({"tags": ["y"]})), &[4]),
        (Note::DATA.eq(Json(Data::default())), &[1, 2, 3]),
        (Note::ID.eq(1).or(Note::ID.eq(3)), &[1, 3]),
        (Note::ID.eq(1).and(Note::ID.eq(3)), &[]),
        (!(Note::ID.eq(1).or(Note::ID.eq(3))), &[2, 4]),
        (Filter::all([]), &[1, 2, 3, 4]),
        (Filter::any([]), &[]),
        (Note::ID.eq(1).or(Note::ID.eq(3)).and(Note::BODY.eq("Alpha")), &[1]),
    ];
    for (filter, wanted) in cases {
        assert_eq!(ids(&db, filter.clone()).await, wanted, "{filter:?}");
    }
}

#[tokio::test]
async fn a_list_of_a_hundred_thousand_is_one_parameter() {
    let (_ground, db) = with_notes(&[note(1, "a"), note(99_999, "b"), note(100_001, "c")]).await;
    assert_eq!(ids(&db, Note::ID.in_list(1..=100_000)).await, [1, 99_999]);
    let words = (0..100_000).map(|n| format!("w{n}")).chain(["c".to_owned()]);
    assert_eq!(ids(&db, Note::BODY.in_list(words)).await, [100_001]);
    let huge = query::select::<Note>().filter(Note::ID.in_list(0..=query::LONGEST_LIST as i64));
    let refused = huge.exists(&db.tenant(&tenant(1))).await.unwrap_err();
    assert!(matches!(refused, QueryError::Value { column: "id", flaw: Flaw::TooMany { .. } }), "{refused}");
}

#[tokio::test]
async fn any_text_is_a_value_wherever_it_stands() {
    let (_ground, db) = with_notes(&[]).await;
    let handle = tokio::runtime::Handle::current();
    let texts = prop_oneof![
        Just("'; DROP TABLE notes; --".to_owned()),
        Just("\\' OR 1=1 /*".to_owned()),
        Just("$1 \" %_\\".to_owned()),
        "[\\PC'\"%_\\\\$;]{1,12}",
    ];
    let work = move || {
        TestRunner::new(ProptestConfig { cases: 48, ..ProptestConfig::default() })
            .run(&(texts.clone(), texts), |(text, other)| {
                handle.block_on(async {
                    let db = &db;
                    let on = db.tenant(&tenant(1));
                    query::delete::<Note>().all().run(&on).await.unwrap();
                    let mut row = note(1, &text);
                    row.data.tags = vec![text.clone()];
                    query::insert(&[row, note(2, &other)]).run(&on).await.unwrap();
                    let both: &[i64] = if text == other { &[1, 2] } else { &[1] };
                    assert_eq!(ids(db, Note::BODY.eq(text.as_str())).await, both);
                    assert_eq!(ids(db, Note::BODY.in_list([text.as_str()])).await, both);
                    let data = serde_json::json!({ "tags": [text] });
                    assert_eq!(ids(db, Note::DATA.json_contains(data)).await, [1]);
                    let found = |hit: bool| if hit { vec![1, 2] } else { vec![1] };
                    assert_eq!(ids(db, Note::BODY.contains(&text)).await, found(other.contains(&text)));
                    assert_eq!(ids(db, Note::BODY.starts_with(&text)).await, found(other.starts_with(&text)));
                    assert_eq!(ids(db, Note::BODY.ends_with(&text)).await, found(other.ends_with(&text)));
                    let set = query::update::<Note>().set(Note::BODY, other.as_str()).filter(Note::ID.eq(1));
                    let now: Vec<Note> = set.returning(&on).await.unwrap();
                    assert_eq!(now[0].body, other);
                });
                Ok(())
            })
            .unwrap();
    };
    tokio::task::spawn_blocking(work).await.unwrap();
}

#[tokio::test]
async fn a_nul_byte_is_refused_before_anything_is_sent() {
    let (_ground, db) = with_notes(&[note(1, "a")]).await;
    let on = db.tenant(&tenant(1));
    let nul = |error: QueryError, wanted: &str| {
        assert!(
            matches!(error, QueryError::Value { column, flaw: Flaw::Nul } if column == wanted),
            "{error}"
        );
        assert!(error.is_callers_fault());
    };
    for filter in [
        Note::BODY.eq("a\0"),
        Note::BODY.contains("a\0"),
        Note::BODY.in_list(["a", "\0"]),
        Note::BODY.like("\0"),
    ] {
        nul(query::select::<Note>().filter(filter).all(&on).await.unwrap_err(), "body");
    }
    let document = serde_json::json!({"tags": ["\0"]});
    let filter = Note::DATA.json_contains(document);
    nul(query::select::<Note>().filter(filter).exists(&on).await.unwrap_err(), "data");
    nul(query::insert(&[note(2, "\0")]).run(&on).await.unwrap_err(), "body");
    let mut row = note(2, "");
    row.data.tags = vec!["\0".to_owned()];
    nul(query::upsert(&[row]).run(&on).await.unwrap_err(), "data");
    let set = query::update::<Note>().set(Note::BODY, "\0").all();
    nul(set.run(&on).await.unwrap_err(), "body");
}

#[tokio::test]
async fn what_cannot_be_asked_is_a_typed_error() {
    let (_ground, db) = with_notes(&[note(1, "a")]).await;
    let on = db.tenant(&tenant(1));
    for limit in [0, query::MOST_ROWS + 1, u32::MAX] {
        let refused = query::select::<Note>().limit(limit).all(&on).await.unwrap_err();
        assert!(matches!(refused, QueryError::Limit { given, most: query::MOST_ROWS } if given == limit));
    }
    assert_eq!(query::select::<Note>().limit(query::MOST_ROWS).all(&on).await.unwrap().len(), 1);
    let pattern = query::select::<Note>().filter(Note::BODY.like("a\\"));
    let refused = pattern.all(&on).await.unwrap_err();
    assert!(matches!(refused, QueryError::Value { flaw: Flaw::Pattern, .. }));
    let mut row = note(2, "");
    row.data.tags = vec!["x".repeat(query::LARGEST_JSON)];
    let refused = query::insert(&[row]).run(&on).await.unwrap_err();
    assert!(matches!(refused, QueryError::Value { column: "data", flaw: Flaw::TooLarge { .. } }));
    let mut deep = Note::ID.eq(1);
    for _ in 0..query::DEEPEST_FILTER {
        deep = !deep.and(Note::ID.eq(1));
    }
    let refused = query::select::<Note>().filter(deep).exists(&on).await.unwrap_err();
    assert!(matches!(refused, QueryError::TooDeep { table: "notes" }));
}

#[tokio::test]
async fn a_value_of_another_type_than_the_column_is_told_by_its_position() {
    #[derive(Debug, FromRow, Table)]
    #[table(name = "notes", key(id))]
    struct Wrong {
        id: i32,
        body: i64,
    }
    let (_ground, db) = with_notes(&[note(1, "a")]).await;
    let on = db.tenant(&tenant(1));
    let refused = query::select::<Wrong>().filter(Wrong::ID.eq(1)).exists(&on).await.unwrap_err();
    let QueryError::Run { source: freehold_tenancy::Error::Parameter { position, .. }, .. } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(position, 2);
    let refused = query::select::<Wrong>().all(&on).await.unwrap_err();
    let QueryError::Run { source: freehold_tenancy::Error::Column { column, .. }, .. } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(column, "id");
    assert!(query::select::<Wrong>().filter(Wrong::BODY.is_not_null()).exists(&on).await.unwrap());
}

#[tokio::test]
async fn rows_are_there_or_counted_or_estimated_within_the_tenant() {
    let (ground, db) = with_notes(&(1..=50).map(|id| note(id, "a")).collect::<Vec<_>>()).await;
    ground.admin("ANALYZE notes").await;
    let (on, other) = (db.tenant(&tenant(1)), db.tenant(&tenant(3)));
    let all = query::select::<Note>();
    assert!(all.exists(&on).await.unwrap());
    assert!(!all.exists(&other).await.unwrap());
    assert_eq!(all.count_up_to(&on, 50).await.unwrap(), Count::Exactly(50));
    assert_eq!(all.count_up_to(&other, 50).await.unwrap(), Count::Exactly(0));
    let Count::About(about) = all.count_up_to(&on, 49).await.unwrap() else { panic!("50 are more than 49") };
    assert!((50..=100).contains(&about), "{about}");
    let few = query::select::<Note>().filter(Note::ID.eq(7));
    assert!(few.count_estimate(&on).await.unwrap() <= 2);
    let last = query::select::<Note>().sort(Note::ID.desc()).first(&on).await.unwrap();
    assert_eq!(last.unwrap().id, 50);
    assert_eq!(all.first(&other).await.unwrap(), None);
}

#[tokio::test]
async fn more_rows_than_one_statement_gives_are_told_rather_than_cut_off() {
    let (ground, db) = with_notes(&[]).await;
    ground
        .admin("INSERT INTO notes SELECT '00000000-0000-0000-0000-000000000001', n FROM generate_series(1, 10000) AS n")
        .await;
    let on = db.tenant(&tenant(1));
    assert_eq!(query::select::<Note>().all(&on).await.unwrap().len(), 10_000);
    query::insert(&[note(10_001, "")]).run(&on).await.unwrap();
    let refused = query::select::<Note>().all(&on).await.unwrap_err();
    assert!(matches!(refused, QueryError::TooManyRows { most: 10_000, .. }), "{refused}");
    assert_eq!(query::select::<Note>().limit(10_000).all(&on).await.unwrap().len(), 10_000);
}

#[tokio::test]
async fn work_across_tenants_says_so() {
    #[derive(Debug, FromRow, Table)]
    #[table(name = "notes", key(id))]
    struct Owned {
        tenant_id: Uuid,
        id: i64,
    }
    let (_ground, db) = with_notes(&[note(1, "a")]).await;
    let system = db.system("a test of work across tenants").unwrap();
    let select = query::select::<Owned>().sort(Owned::TENANT_ID.asc());
    let refused = select.all(&system).await.unwrap_err();
    assert!(matches!(refused, QueryError::NoTenant { table: "notes" }), "{refused}");
    let seen = select.clone().across_tenants().all(&system).await.unwrap();
    assert_eq!(seen.iter().map(|row| row.tenant_id).collect::<Vec<_>>(), [1, 2].map(Uuid::from_u128));
    let within = select.across_tenants().all(&db.tenant(&tenant(2))).await.unwrap();
    assert_eq!(within.iter().map(|row| row.tenant_id).collect::<Vec<_>>(), [Uuid::from_u128(2)]);
    let rows = [3, 1].map(|n| Owned { tenant_id: Uuid::from_u128(n), id: 9 });
    assert_eq!(query::insert(&rows).across_tenants().run(&system).await.unwrap(), 2);
    let refused = query::insert(&[note(5, "")]).across_tenants().run(&system).await.unwrap_err();
    assert!(matches!(refused, QueryError::TenantField { column: "tenant_id", .. }), "{refused}");
    let seen: i64 = db.tenant(&tenant(3)).query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(seen, 1);
    let gone = query::delete_rows(&rows).across_tenants().run(&system).await.unwrap();
    assert_eq!((gone.rows, gone.missed), (2, vec![]));
}
