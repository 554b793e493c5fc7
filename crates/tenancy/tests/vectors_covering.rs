//! The covering index comes where the rows of tenants lie apart, is read, and is never too narrow for a row.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "vectors/field.rs"]
mod field;
use freehold_tenancy_ground as ground;

use field::{DIMENSIONS, Field, options};
use freehold_tenancy::{
    Execute, Tenancy, TenantId, TenantKind,
    vectors::{Embedding, Metric, Reason, Rules, Search, Space, SpaceOptions, Step, Strategy},
};
use ground::{Ground, tenant};

/// A space whose tenants are all searched exactly; from 200 rows on it matters how they lie. What the server counted of
/// rows comes late, so that a vacuum for them is wanted only where it is asked for.
fn space(change: impl FnOnce(&mut SpaceOptions)) -> Space {
    let rules = Rules {
        index_from: 100_000,
        index_until: 100_000,
        covering_from: 200,
        vacuum_after: f64::INFINITY,
        ..options().rules
    };
    let mut options = SpaceOptions { rules, ..options() };
    change(&mut options);
    Space::new(options).unwrap()
}

async fn steps(field: &Field, space: &Space) -> Vec<Step> {
    field.maintain(space).await.outcomes.into_iter().map(|outcome| outcome.step).collect()
}

/// Thirty tenants' rows, 220 each, one after the other in turn. Vacuum takes rows for seen by all only once their commit
/// is written, which a sandbox else does a moment later.
async fn in_turn(field: &Field, table: &str) {
    let tenants: Vec<String> = (1..=30).map(|n| format!("'{}'::uuid", tenant(n))).collect();
    field
        .admin(&format!(
            "SET synchronous_commit = on; SELECT setseed(0.5); INSERT INTO {table} (tenant_id, id, full_vector, half_vector) \
             SELECT (ARRAY[{}])[1 + i % 30], i, v::vector, v::halfvec FROM generate_series(1, 6600) AS i, \
             LATERAL (SELECT array_agg((random() - 0.5)::real) AS v FROM generate_series(1, {DIMENSIONS}) \
             WHERE i > 0) AS made; ANALYZE {table}",
            tenants.join(", ")
        ))
        .await;
}

/// Scans of the covering index so far, and rows that were looked up in the table for them.
async fn scans(field: &Field) -> (i64, i64) {
    let system = field.db.system("looking at indexes").unwrap();
    let sql =
        "SELECT idx_scan, idx_tup_fetch FROM pg_stat_all_indexes WHERE indexrelname LIKE '%\\_covering\\_%'";
    system.query_one(sql, &[]).await.unwrap()
}

#[tokio::test]
async fn where_rows_lie_apart_the_copy_that_lies_together_is_read() {
    let field = Field::new().await;
    in_turn(&field, "things").await;
    let space = space(|_| ());
    let made = steps(&field, &space).await;
    let [Step::Cover { reason: Reason::Apart { rows: 220, pages }, .. }] = &made[..] else {
        panic!("{made:?}")
    };
    assert!(*pages > 100, "{made:?}");
    assert_eq!(steps(&field, &space).await, [], "it stays");

    let one = field.db.tenant(&tenant(1));
    let query = Embedding::new((0..DIMENSIONS).map(|at| at as f32 - 7.0).collect()).unwrap();
    let mut found = space.search::<(i64,)>(&one, &Search::nearest(&query, 10)).await.unwrap();
    assert_eq!(found.strategy, Strategy::Exact);
    let brute = "SELECT id FROM things ORDER BY half_vector <=> $1 LIMIT 10";
    let brute: Vec<(i64,)> = one.query(brute, &[&query]).await.unwrap();
    assert_eq!(found.hits.iter().map(|hit| hit.item).collect::<Vec<_>>(), brute);
    // The server counts late: a session tells it once a second.
    for _ in 0..100 {
        if scans(&field).await.0 > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        found = space.search::<(i64,)>(&one, &Search::nearest(&query, 10)).await.unwrap();
    }
    let (scanned, fetched) = scans(&field).await;
    assert!(scanned > 0 && fetched == 0, "{scanned} scans, {fetched} rows of the table");
    assert_eq!(found.hits.len(), 10);

    // Pages that vacuum has not seen since are looked at; so they are vacuumed when they are many.
    let replace = "SET synchronous_commit = on; WITH old AS (DELETE FROM things WHERE id % 20 = 3 RETURNING *) \
                   INSERT INTO things SELECT tenant_id, id + 10000, label, full_vector, half_vector FROM old";
    field.admin(replace).await;
    assert_eq!(steps(&field, &space).await, [], "left to autovacuum");
    let tidy = self::space(|options| options.rules.vacuum_after = 0.02);
    let mut vacuumed = Vec::new();
    for _ in 0..100 {
        vacuumed = steps(&field, &tidy).await;
        if !vacuumed.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(matches!(vacuumed[..], [Step::Vacuum { reason: Reason::Changed { rows: 660 } }]), "{vacuumed:?}");
    assert_eq!(steps(&field, &tidy).await, [], "once");
    let unseen = "SELECT relpages - relallvisible FROM pg_class WHERE relname = 'things'";
    let system = field.db.system("looking at pages").unwrap();
    assert_eq!(system.query_value::<i32>(unseen, &[]).await.unwrap(), 0);

    let others = self::space(|options| options.ids = vec!["tenant_id".to_owned(), "id".to_owned()]);
    let replaced = steps(&field, &others).await;
    assert!(matches!(replaced[..], [Step::Drop { .. }, Step::Cover { .. }]), "{replaced:?}");
    let none = self::space(|options| options.rules.covering_from = u64::MAX);
    let dropped = steps(&field, &none).await;
    assert!(matches!(dropped[..], [Step::Drop { reason: Reason::Unwanted, .. }]), "{dropped:?}");
}

/// What a search finds: ids and labels.
async fn labelled(field: &Field, space: &Space, search: &Search<'_>) -> Vec<(i64, String)> {
    let found = space.search::<(i64, String)>(&field.db.tenant(&tenant(1)), search).await.unwrap();
    assert_eq!(found.strategy, Strategy::Exact);
    found.hits.into_iter().map(|hit| hit.item).collect()
}

#[tokio::test]
async fn what_the_index_has_not_comes_from_the_table_by_the_ids() {
    let field = Field::new().await;
    in_turn(&field, "things").await;
    field.admin("UPDATE things SET label = 'the ' || id || 'th'").await;
    let space = space(|options| options.also = vec!["label".to_owned()]);
    let one = field.db.tenant(&tenant(1));
    let query = Embedding::new((0..DIMENSIONS).map(|at| at as f32 - 7.0).collect()).unwrap();
    let brute = "SELECT id, label FROM things ORDER BY half_vector <=> $1 LIMIT 10";
    let brute: Vec<(i64, String)> = one.query(brute, &[&query]).await.unwrap();
    let exact = "SELECT id, label FROM things ORDER BY full_vector <=> $1 LIMIT 10";
    let exact: Vec<(i64, String)> = one.query(exact, &[&query]).await.unwrap();
    let (plain, again) = (Search::nearest(&query, 10), Search::nearest(&query, 10).reranked(3));
    for covered in [false, true] {
        assert_eq!(space.standing(&one).await.unwrap().covered, covered);
        assert_eq!(labelled(&field, &space, &plain).await, brute, "covered: {covered}");
        assert_eq!(labelled(&field, &space, &again).await, exact, "covered: {covered}");
        assert_eq!(steps(&field, &space).await.len(), usize::from(!covered));
        space.forget();
    }
    for _ in 0..100 {
        if scans(&field).await.0 > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        labelled(&field, &space, &again).await;
    }
    assert!(scans(&field).await.0 > 0);

    // Without a key, a row could be found twice by its ids.
    field.admin("ALTER TABLE things DROP CONSTRAINT things_pkey").await;
    let (nearest, label) = &brute[0];
    let twice = format!(
        "INSERT INTO things SELECT tenant_id, id, 'another', full_vector, half_vector FROM things WHERE id = {nearest}"
    );
    field.admin(&twice).await;
    space.forget();
    assert!(!space.standing(&one).await.unwrap().covered);
    let found = labelled(&field, &space, &plain).await;
    assert_eq!(found.len(), 10);
    let first: Vec<&str> = found[..3].iter().map(|(_, label)| label.as_str()).collect();
    assert!(first[..2].contains(&"another") && first[..2].contains(&label.as_str()), "{first:?}");
    assert_eq!(first[2], brute[1].1, "each row once");
    // It stays, for a space that asks for ids alone; but is not made for one that would not read it.
    let alone = self::space(|_| ());
    assert_eq!(steps(&field, &space).await.len() + steps(&field, &alone).await.len(), 0);
    let none = self::space(|options| options.rules.covering_from = u64::MAX);
    assert_eq!(steps(&field, &none).await.len(), 1);
    assert_eq!(steps(&field, &space).await, []);
    let made = steps(&field, &alone).await;
    assert!(matches!(made[..], [Step::Cover { .. }]), "{made:?}");
}

#[tokio::test]
async fn rows_that_lie_together_need_no_copy() {
    let field = Field::new().await;
    for n in 1..=4 {
        field.fill(n, 300).await;
    }
    assert_eq!(steps(&field, &space(|_| ())).await, []);
    // The same rows in another order.
    field
        .admin(
            "CREATE TABLE kept AS TABLE things; TRUNCATE things; \
             INSERT INTO things SELECT * FROM kept ORDER BY id, tenant_id; ANALYZE things",
        )
        .await;
    let made = steps(&field, &space(|_| ())).await;
    assert!(matches!(made[..], [Step::Cover { .. }]), "{made:?}");
}

#[tokio::test]
async fn the_longest_row_fits_or_no_index_is_made() {
    let ground = Ground::new().await;
    ground.admin("CREATE EXTENSION vector").await;
    let tenancy = Tenancy {
        column: "org".to_owned(),
        setting: "app.org".to_owned(),
        kind: TenantKind::Text,
        ..Ground::tenancy()
    };
    let db = ground.builder().tenancy(tenancy).open().await.unwrap();
    let system = db.system("indexes of large tenants").unwrap();
    // 2,680 bytes, less 7 for aligning each of three columns: 204 for the tenant, 8 for the id, 8 and two for each
    // dimension.
    for (dimensions, declared, fits) in
        [(1219_usize, "halfvec(1219)", true), (1220, "halfvec(1220)", false), (16, "halfvec", false)]
    {
        ground
            .admin(&format!(
                "DROP TABLE IF EXISTS words; CREATE TABLE words (org text NOT NULL, id bigint NOT NULL, \
                 v {declared} NOT NULL, PRIMARY KEY (org, id)); ALTER TABLE words ALTER v SET STORAGE PLAIN; \
                 INSERT INTO words SELECT 'org ' || i % 10, i, (SELECT array_agg(random()::real) \
                 FROM generate_series(1, {dimensions}) WHERE i > 0)::halfvec FROM generate_series(1, 600) AS i; \
                 GRANT SELECT ON words TO app_system; ANALYZE words"
            ))
            .await;
        let rules = Rules { covering_from: 50, ..Rules::default() };
        let space = Space::new(SpaceOptions {
            table: "words".to_owned(),
            half: Some("v".to_owned()),
            rules,
            ..SpaceOptions::new(dimensions, Metric::Cosine)
        })
        .unwrap();
        let done = space.maintain(&system, &ground.url("postgres")).await.unwrap();
        assert_eq!(done.outcomes.len(), usize::from(fits), "{declared}: {done:?}");
        let longest = "ü".repeat(TenantId::LONGEST_TEXT / 2);
        ground
            .admin(&format!(
                "INSERT INTO words SELECT '{longest}', 9223372036854775807, array_agg(1)::real[]::halfvec \
                 FROM generate_series(1, {dimensions})"
            ))
            .await;
    }
}
