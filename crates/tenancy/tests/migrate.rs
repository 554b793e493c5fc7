//! Migrations are embedded, applied at start, and applied once.

#![cfg(feature = "migrate")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::{error::Error as _, time::Duration};

use freehold_db::Session;
use freehold_sandbox::{Scratch, testing};
use freehold_tenancy::migrate::{MigrateError, Migrations};

/// A database of the test's own, and its owner's URL.
async fn database() -> (Scratch, String) {
    let scratch = testing::scratch().await;
    let url = scratch.connect_to().masked();
    (scratch, url)
}

/// The versions in the history, and whether a table is there.
async fn applied(scratch: &Scratch) -> Vec<String> {
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let rows = session.query("SELECT version FROM freehold.migrations ORDER BY id", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn applies_once(migrations: Migrations, count: usize) {
    let (scratch, url) = database().await;
    let first = migrations.run(&url).await.unwrap();
    assert_eq!(first.applied.len(), count, "{:?}", first.applied);
    assert_eq!(applied(&scratch).await.len(), count);
    let again = migrations.run(&url).await.unwrap();
    assert_eq!((again.applied.len(), again.version), (0, first.version));
    assert_eq!(applied(&scratch).await.len(), count);
}

#[tokio::test]
async fn a_folder_of_golang_migrate_is_applied() {
    applies_once(freehold_tenancy::migrate!("../../examples/face-recognition/migrations"), 15).await;
}

#[tokio::test]
async fn a_folder_of_sqlx_is_applied() {
    applies_once(freehold_tenancy::migrate!("../../examples/uptime-monitoring/migrations"), 13).await;
}

#[tokio::test]
async fn a_folder_of_diesel_is_applied() {
    applies_once(freehold_tenancy::migrate!("../../examples/meetings/migrations"), 14).await;
}

#[tokio::test]
async fn of_several_instances_that_start_at_once_one_migrates() {
    let (scratch, url) = database().await;
    let start = || {
        let url = url.clone();
        // In a task: what a service awaits at its start must be `Send`.
        tokio::spawn(async move {
            freehold_tenancy::migrate!("../../examples/order-desk/migrations", format = "goose")
                .run(&url)
                .await
        })
    };
    let tasks: Vec<_> = (0..4).map(|_| start()).collect();
    let mut counts = Vec::new();
    for task in tasks {
        counts.push(task.await.unwrap().unwrap().applied.len());
    }
    counts.sort_unstable();
    assert_eq!(counts, [0, 0, 0, 15]);
    assert_eq!(applied(&scratch).await.len(), 15);
}

const GOOD: &str = "CREATE TABLE plans (id bigint PRIMARY KEY);";
const ONE: &[(&str, &[u8])] = &[("1_plans.up.sql", GOOD.as_bytes())];
const TWO: &[(&str, &[u8])] = &[("1_plans.up.sql", GOOD.as_bytes()), ("2_more.up.sql", BAD.as_bytes())];
const BAD: &str = "CREATE TABLE plans_of (id bigint REFERENCES nowhere (id));";

#[tokio::test]
async fn a_migration_that_fails_leaves_what_came_before_and_is_named() {
    let (scratch, url) = database().await;
    let broken = Migrations::embedded("migrations", TWO, None, Some("golang-migrate"), "/nowhere");
    let error = broken.run(&url).await.unwrap_err();
    assert!(matches!(error, MigrateError::Run(_)), "{error:?}");
    assert!(error.source().unwrap().to_string().contains("2_more.up.sql:1"), "{error:?}");
    assert_eq!(applied(&scratch).await, ["1"]);
}

#[tokio::test]
async fn one_that_may_not_wait_says_who_is_busy() {
    let (scratch, url) = database().await;
    let one = Migrations::embedded("migrations", ONE, None, Some("golang-migrate"), "/nowhere");
    one.run(&url).await.unwrap();
    let holder = Session::open(&scratch.connect_to()).await.unwrap();
    let key = "SELECT pg_advisory_lock(('x' || substr(encode(sha256('freehold migrate\nfreehold\nmigrations'), 'hex'), 1, 16))::bit(64)::int8)";
    holder.query(key, &[]).await.unwrap();
    let error = one.wait(Duration::from_millis(100)).run(&url).await.unwrap_err();
    assert!(matches!(error, MigrateError::Busy { .. }), "{error:?}");
    drop(holder);
    assert_eq!(one.wait(Duration::from_secs(20)).run(&url).await.unwrap().version.as_deref(), Some("1"));
}

#[tokio::test]
async fn what_is_no_migration_and_what_is_no_url_is_refused_before_anything_is_done() {
    let good: &[(&str, &[u8])] = &[("1_a.up.sql", b"SELECT 1;"), ("1_a.down.sql", b"SELECT 1;")];
    let embedded = |settings, format| Migrations::embedded("migrations", good, settings, format, "/nowhere");
    let refused = async |migrations: Migrations, url: &str| migrations.run(url).await.unwrap_err();
    let undecided = refused(embedded(None, None), "postgres://nobody@localhost/x").await;
    assert!(matches!(&undecided, MigrateError::Folder(_)), "{undecided:?}");
    assert!(undecided.source().unwrap().to_string().contains("golang-migrate and sqlx"), "{undecided:?}");
    let settings = refused(embedded(Some("[migrations"), None), "").await;
    assert!(matches!(settings, MigrateError::Settings(_)), "{settings:?}");
    let history = "[migrations]\nformat = 'sqlx'\n[migrate]\nhistory = 'a.b.c'";
    let history = refused(embedded(Some(history), None), "postgres://nobody@localhost/x").await;
    assert!(matches!(history, MigrateError::History(_)), "{history:?}");
    let url = refused(embedded(None, Some("sqlx")), "postgres://user:hunter2@host:port/x").await;
    assert!(matches!(url, MigrateError::Url(_)), "{url:?}");
    assert!(!format!("{url:?}").contains("hunter2"), "{url:?}");
}
