//! Many rows at once: all of them or none, in each of the ways, and of the handle's tenant alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "ground/pooler.rs"]
mod bouncer;
use freehold_tenancy_ground as ground;

use bouncer::Bouncer;
use freehold_db::Session;
use freehold_tenancy::{
    Db, Execute, Record, SqlState,
    ingest::{self, IngestError, Ingested, Way, copy_role_sql},
};
use futures_util::SinkExt;
use ground::{Ground, tenant};

const TABLE: &str = "
CREATE TYPE state AS ENUM ('up', 'down');
CREATE SCHEMA \"Odd \"\"one\";
GRANT USAGE ON SCHEMA \"Odd \"\"one\" TO app_writer;
CREATE TABLE checks (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id bigint NOT NULL,
    \"Name of it\" varchar(20) NOT NULL,
    state state NOT NULL DEFAULT 'up',
    tags text[],
    data jsonb,
    amount numeric(10, 2),
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE checks FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON checks USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON checks TO app_writer, app_system;
CREATE TABLE \"Odd \"\"one\".\"Ta\"\"ble\" (LIKE checks);
ALTER TABLE \"Odd \"\"one\".\"Ta\"\"ble\" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON \"Odd \"\"one\".\"Ta\"\"ble\"
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON \"Odd \"\"one\".\"Ta\"\"ble\" TO app_writer;
";

#[derive(Clone, Record)]
struct Check {
    id: i64,
    #[record(column = "Name of it")]
    name: String,
    #[record(json)]
    data: Vec<i32>,
    #[record(skip)]
    _note: (),
}

fn checks(count: i64) -> impl Iterator<Item = Check> + Clone + Send {
    (1..=count).map(|id| Check { id, name: format!("check {id}"), data: vec![1, 2], _note: () })
}

const WAYS: [Way; 3] = [Way::Arrays, Way::TemporaryTable, Way::DirectCopy];

/// A database with the table in it, opened with and without the role that copies.
async fn ground() -> (Ground, Db) {
    let ground = Ground::new().await;
    ground.admin(TABLE).await;
    ground.admin(&copy_role_sql(&Ground::tenancy(), "app_copy", &["checks"]).unwrap().up).await;
    ground.admit("app_copy").await;
    let db = Db::builder(&ground.url("app_writer"))
        .tenancy(Ground::tenancy())
        .copy_url(ground.url("app_copy"))
        .open()
        .await
        .unwrap();
    (ground, db)
}

async fn count(db: &Db, n: u128) -> i64 {
    db.tenant(&tenant(n)).query_value("SELECT count(*) FROM checks", &[]).await.unwrap()
}

fn done(rows: u64, way: Way) -> impl Fn(&Result<Ingested, IngestError>) -> bool {
    move |done| done.as_ref().is_ok_and(|done| (done.rows, done.way) == (rows, way))
}

#[tokio::test]
async fn each_way_writes_the_same_rows_within_the_tenant() {
    let (_ground, db) = ground().await;
    for (n, way) in (1..).zip(WAYS) {
        let acme = db.tenant(&tenant(n));
        let sent = ingest::into("checks").way(way).rows(&acme, checks(25_000)).await;
        assert!(done(25_000, way)(&sent), "{sent:?}");
        let sum: (i64, i64, Option<String>) = acme
            .query_one(
                "SELECT count(*), sum(id)::bigint, max(\"Name of it\" || data::text) FILTER (WHERE id = 24999) \
                 FROM checks WHERE tenant_id = $1",
                &[&tenant(n)],
            )
            .await
            .unwrap();
        assert_eq!(sum, (25_000, 25_000 * 25_001 / 2, Some("check 24999[1, 2]".to_owned())));
    }
}

#[tokio::test]
async fn the_way_follows_from_the_number_and_from_what_is_set_up() {
    let (ground, db) = ground().await;
    let acme = db.tenant(&tenant(1));
    let sent = ingest::into("checks").rows(&acme, checks(10_000)).await;
    assert!(done(10_000, Way::Arrays)(&sent), "{sent:?}");
    let many = checks(20_001).skip(10_000);
    let sent = ingest::into("public.checks").rows(&acme, many.clone()).await;
    assert!(done(10_001, Way::DirectCopy)(&sent), "{sent:?}");
    let without = ground.db().await;
    // What does not say how much it is is counted as it comes.
    let uncounted = many.filter(|check| check.id > 0);
    let sent = ingest::into("checks").rows(&without.tenant(&tenant(2)), uncounted.clone()).await;
    assert!(done(10_001, Way::Arrays)(&sent), "{sent:?}");
    ground.admin("TRUNCATE checks").await;
    let sent = ingest::into("checks").rows(&acme, uncounted).await;
    assert!(done(10_001, Way::DirectCopy)(&sent), "{sent:?}");
    let odd = "Odd \"one.Ta\"ble";
    let rows: Vec<(i64, &str)> = (0..10_001).map(|n| (n, "x")).collect();
    let sent = ingest::into(odd).column("id").column("Name of it").rows(&acme, &rows).await;
    // That table has no CHECK, and no column of its own for state.
    assert!(matches!(&sent, Err(IngestError::Sending { .. })), "{sent:?}");
    let asked = ingest::into(odd).column("id").way(Way::DirectCopy).rows(&acme, [(1_i64,)]).await;
    assert!(matches!(&asked, Err(IngestError::NotSetUp { .. })), "{asked:?}");
    let asked =
        ingest::into("checks").way(Way::DirectCopy).rows(&without.tenant(&tenant(1)), checks(1)).await;
    assert!(matches!(&asked, Err(IngestError::NotSetUp { .. })), "{asked:?}");
}

#[tokio::test]
async fn values_of_all_kinds_arrive_as_they_were() {
    let (_ground, db) = ground().await;
    let acme = db.tenant(&tenant(1));
    let longest = "ü".repeat(20);
    for (id, way) in (1_i64..).zip([Way::TemporaryTable, Way::DirectCopy]) {
        let rows = [(id, longest.as_str(), Some(vec!["a", ""]), None::<serde_json::Value>)];
        let names = ingest::into("checks").column("id").column("Name of it").column("tags").column("data");
        names.way(way).rows(&acme, rows).await.unwrap();
    }
    let nothing = ingest::into("checks").rows(&acme, checks(0)).await.unwrap();
    assert_eq!((nothing.rows, nothing.way), (0, Way::Arrays));
    let tags = ingest::into("checks").column("id").column("Name of it").column("tags");
    // A column of arrays can't be unnested: the way is another one, and the same rows arrive.
    let sent = tags.clone().rows(&acme, [(3_i64, longest.as_str(), vec!["a", ""])]).await;
    assert!(done(1, Way::TemporaryTable)(&sent), "{sent:?}");
    let refused = tags.way(Way::Arrays).rows(&acme, [(4_i64, "x", vec!["a"])]).await;
    assert!(matches!(&refused, Err(IngestError::NotSetUp { .. })), "{refused:?}");
    let nulls = ingest::into("checks").column("id").column("Name of it").column("data");
    nulls
        .rows(
            &acme,
            [
                (5_i64, longest.as_str(), None::<serde_json::Value>),
                (6, "x", Some(serde_json::json!({"a": null}))),
            ],
        )
        .await
        .unwrap();
    type Found = (i64, String, Option<Vec<String>>, Option<serde_json::Value>);
    let found: Vec<Found> =
        acme.query("SELECT id, \"Name of it\"::text, tags, data FROM checks ORDER BY id", &[]).await.unwrap();
    let two = Some(vec!["a".to_owned(), String::new()]);
    let expected = [
        (1, longest.clone(), two.clone(), None),
        (2, longest.clone(), two.clone(), None),
        (3, longest.clone(), two, None),
        (5, longest, None, None),
        (6, "x".to_owned(), None, Some(serde_json::json!({"a": null}))),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_row_that_is_refused_takes_all_with_it_and_the_connection_is_not_used_again() {
    let (_ground, db) = ground().await;
    let acme = db.tenant(&tenant(1));
    for way in WAYS {
        // The last of many is there twice.
        let twice = checks(12_000).chain(checks(12_000).skip(11_999));
        let error = ingest::into("checks").way(way).rows(&acme, twice).await.unwrap_err();
        let IngestError::Sending { source, .. } = &error else { panic!("{way:?}: {error:?}") };
        assert_eq!(source.sqlstate(), Some(SqlState::UNIQUE_VIOLATION), "{way:?}");
        let told = format!("{error:?} {error} {source}");
        assert!(!told.contains("12000") && !told.contains("already exists"), "{told}");
        assert_eq!(count(&db, 1).await, 0, "{way:?}");
        // The driver's answers are not mixed up: each connection of the pool answers what it was asked.
        for n in 0..12_i64 {
            let tx = acme.begin().await.unwrap();
            assert_eq!(tx.query_value::<i64>("SELECT $1::int8 * 2", &[&n]).await.unwrap(), n * 2);
            tx.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn values_that_do_not_fit_are_named_by_row_and_column_and_never_shown() {
    let (_ground, db) = ground().await;
    let acme = db.tenant(&tenant(1));
    for way in WAYS {
        let two = || ingest::into("checks").way(way).column("id").column("Name of it");
        let wrong = two().rows(&acme, [("hunter2", "x")]).await.unwrap_err();
        let IngestError::WrongType { column, column_type, .. } = &wrong else { panic!("{wrong:?}") };
        assert_eq!((column.as_str(), column_type.as_str()), ("id", "int8"));
        let nul = two().rows(&acme, [(1_i64, "x"), (2, "hunter2\0")]).await.unwrap_err();
        assert!(
            matches!(&nul, IngestError::Value { row: 2, column, .. } if column == "Name of it"),
            "{nul:?}"
        );
        let short = two().rows(&acme, [(1_i64,)]).await.unwrap_err();
        assert!(matches!(short, IngestError::Width { row: 1, wanted: 2, got: 1, .. }), "{short:?}");
        let wide = two().rows(&acme, [(1_i64, "x", "y")]).await.unwrap_err();
        assert!(matches!(wide, IngestError::Width { row: 1, wanted: 2, got: 3, .. }), "{wide:?}");
        let long = two().rows(&acme, [(1_i64, "hunter2 hunter2 hunter2")]).await.unwrap_err();
        let IngestError::Sending { source, .. } = &long else { panic!("{long:?}") };
        assert_eq!(source.sqlstate().unwrap().code(), "22001");
        for error in [wrong, nul, long] {
            assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
        }
        assert_eq!(count(&db, 1).await, 0);
    }
}

#[tokio::test]
async fn names_that_cannot_be_and_columns_that_are_not_there_are_refused() {
    let (_ground, db) = ground().await;
    let acme = db.tenant(&tenant(1));
    let one = async |table: &str, column: &str| {
        ingest::into(table).column(column).rows(&acme, [(1_i64,)]).await.unwrap_err()
    };
    for (table, column) in [("", "id"), ("a.b.c", "id"), ("checks", ""), ("checks", "a\0b")] {
        let error = one(table, column).await;
        assert!(matches!(error, IngestError::Name { .. }), "{error:?}");
    }
    let longest = "x".repeat(64);
    assert!(matches!(one("checks", &longest).await, IngestError::Name { .. }));
    assert!(matches!(one("checks", "tenant_id").await, IngestError::TenantColumn { .. }));
    let none = ingest::into("checks").rows(&acme, [(1_i64,)]).await.unwrap_err();
    assert!(matches!(none, IngestError::NoColumns { .. }), "{none:?}");
    for (table, column, code) in [
        ("nowhere", "id", "42P01"),
        ("checks", "nothing", "42703"),
        ("checks", "id) SELECT 1; DROP TABLE checks; --", "42703"),
        ("tenants", "name", "42703"),
    ] {
        let error = one(table, column).await;
        let IngestError::Table { source, .. } = &error else { panic!("{error:?}") };
        assert_eq!(source.sqlstate().unwrap().code(), code);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_up_halfway_leaves_nothing_and_the_rest_goes_on() {
    let (_ground, db) = ground().await;
    for way in WAYS {
        let (begun, halfway) = tokio::sync::oneshot::channel();
        let (acme, mut begun) = (db.tenant(&tenant(1)), Some(begun));
        // The rows never end; when a good part of them is on its way, the task is given up.
        let endless = (1_i64..).map(move |id| {
            if id == 30_000
                && let Some(begun) = begun.take()
            {
                begun.send(()).unwrap();
            }
            (id, "x")
        });
        let two = ingest::into("checks").way(way).column("id").column("Name of it");
        let task = tokio::spawn(async move { two.rows(&acme, endless).await });
        halfway.await.unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled(), "{way:?}");
        assert_eq!(count(&db, 1).await, 0, "{way:?}");
        let after: i64 = count(&db, 2).await;
        let more = checks(after + 10).skip(usize::try_from(after).unwrap());
        let sent = ingest::into("checks").way(way).rows(&db.tenant(&tenant(2)), more).await;
        assert!(done(10, way)(&sent), "{sent:?}");
    }
}

#[tokio::test]
async fn rows_of_a_transaction_go_with_it() {
    let (_ground, db) = ground().await;
    let acme = db.tenant(&tenant(1));
    for way in [Way::Arrays, Way::TemporaryTable] {
        let undone = acme.begin().await.unwrap();
        let sent = ingest::into("checks").way(way).rows_in(&undone, checks(100)).await;
        assert!(done(100, way)(&sent), "{sent:?}");
        let more = checks(200).skip(100);
        ingest::into("checks").way(way).rows_in(&undone, more).await.unwrap();
        assert_eq!(undone.query_value::<i64>("SELECT count(*) FROM checks", &[]).await.unwrap(), 200);
        undone.rollback().await.unwrap();
        assert_eq!(count(&db, 1).await, 0);
    }
    let failed = acme.begin().await.unwrap();
    let nul = [(1_i64, "a\0")];
    let names = ingest::into("checks").column("id").column("Name of it");
    names.way(Way::TemporaryTable).rows_in(&failed, nul).await.unwrap_err();
    assert!(failed.commit().await.is_err());
}

#[tokio::test]
async fn each_way_goes_through_a_pooler_in_transaction_mode() {
    let (ground, db) = ground().await;
    let bouncer = Bouncer::start(&ground, "transaction", "").await;
    let pooled = Db::builder(&bouncer.url("app_writer"))
        .tenancy(Ground::tenancy())
        .copy_url(ground.url("app_copy"))
        .open()
        .await
        .unwrap();
    for (n, way) in (1..).zip(WAYS) {
        let acme = pooled.tenant(&tenant(n));
        for (from, to) in [(0, 100), (100, 15_000)] {
            let rows = checks(to).skip(usize::try_from(from).unwrap());
            let sent = ingest::into("checks").way(way).rows(&acme, rows).await;
            assert!(done(u64::try_from(to - from).unwrap(), way)(&sent), "{sent:?}");
        }
        let refused = ingest::into("checks").way(way).rows(&acme, checks(1)).await.unwrap_err();
        assert!(matches!(refused, IngestError::Sending { .. }), "{refused:?}");
        assert_eq!(count(&db, n).await, 15_000, "{way:?}");
    }
}

#[tokio::test]
async fn the_role_that_copies_can_write_no_row_of_another_tenant_and_read_nothing() {
    let (ground, db) = ground().await;
    ingest::into("checks").rows(&db.tenant(&tenant(2)), checks(3)).await.unwrap();
    let copier = Session::open(&ground.scratch.connect_to().with_user("app_copy")).await.unwrap();
    let own = "INSERT INTO checks (tenant_id, id, \"Name of it\") VALUES ('00000000-0000-0000-0000-000000000001', 7, 'x')";
    let other = own.replace("0001'", "0002'");
    let one = "SET app.current_tenant_id = '00000000-0000-0000-0000-000000000001'";
    for (before, statement, code) in [
        ("RESET app.current_tenant_id", own, "23514"),
        ("SET app.current_tenant_id = ''", own, "23514"),
        (one, other.as_str(), "23514"),
        (one, "INSERT INTO checks (tenant_id, id, \"Name of it\") VALUES (NULL, 7, 'x')", "23502"),
        (one, "SELECT 1 FROM checks", "42501"),
        (one, "UPDATE checks SET id = 9", "42501"),
        (one, "DELETE FROM checks", "42501"),
        (one, "TRUNCATE checks", "42501"),
        (one, "ALTER TABLE checks DROP CONSTRAINT checks_copied_within_tenant", "42501"),
    ] {
        copier.run(before).await.unwrap();
        let error = copier.run(statement).await.unwrap_err();
        assert_eq!(error.sqlstate().unwrap().code(), code, "{statement}");
    }
    copier.run(own).await.unwrap();
    // By COPY, too, which is what the role is for. After one that was refused, the connection is given up.
    let mut sent = Vec::new();
    for id in ["1", "2"] {
        let config: tokio_postgres::Config = ground.url("app_copy").parse().unwrap();
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(one).await.unwrap();
        let rows = "COPY checks (tenant_id, id, \"Name of it\") FROM STDIN";
        let mut sink = std::pin::pin!(client.copy_in::<_, bytes::Bytes>(rows).await.unwrap());
        let row = format!("00000000-0000-0000-0000-00000000000{id}\t8\tx\n");
        sink.as_mut().send(row.into()).await.unwrap();
        sent.push(sink.finish().await.is_ok());
    }
    assert_eq!(sent, [true, false]);
    assert_eq!((count(&db, 1).await, count(&db, 2).await), (2, 3));
    // Others are not held back by it.
    ground.admin(&other).await;
}

#[tokio::test]
async fn the_migration_of_the_role_can_be_taken_back_and_its_names_are_quoted() {
    let ground = Ground::new().await;
    ground.admin(TABLE).await;
    let odd = copy_role_sql(&Ground::tenancy(), "app \"copy\"'s", &["Odd \"one.Ta\"ble", "checks"]).unwrap();
    for _ in 0..2 {
        ground.admin(&odd.up).await;
        ground.admin(&odd.down).await;
    }
    ground.admin("DROP ROLE \"app \"\"copy\"\"'s\"").await;
    assert!(copy_role_sql(&Ground::tenancy(), "", &["checks"]).is_err());
    assert!(copy_role_sql(&Ground::tenancy(), "a", &["a.b.c"]).is_err());
}
