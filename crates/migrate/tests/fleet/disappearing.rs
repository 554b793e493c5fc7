//! Targets that are not there, or are dropped while others are worked on.

use std::sync::{Arc, Mutex};

use freehold_db::Session;
use freehold_migrate::{Event, FleetOutcome, RunOptions, Target, What, run_many};
use freehold_sandbox::testing;

use super::ground::{Tenants, UP, go, prepared, words, workers};

const TABLE: &str = "create table t (id int);";

#[tokio::test]
async fn a_schema_that_is_not_there_is_named_and_nothing_is_made_elsewhere() {
    let tenants = Tenants::new(&["t1", "t3"]).await;
    let (outcome, _) = go(tenants.targets(&["t1", "t2", "t3"]), &[TABLE], workers(1)).await;
    let database = tenants.scratch.name();
    assert_eq!(
        words(&outcome),
        ["t1: applied 1", &format!("t2: gone: there is no schema t2 in {database}"), "t3: applied 1"]
    );
    let elsewhere = tenants.text("select to_regclass('public.t')::text is null || ''").await;
    assert_eq!(elsewhere, "true");
}

/// Applies two scripts to the targets, one target at a time, and runs `sql` when the first script of `at` is begun.
async fn dropping(targets: Vec<Target>, at: &'static str, sql: String, on: Session) -> FleetOutcome {
    let begun = Arc::new(Mutex::new(false));
    let seen = Arc::clone(&begun);
    let listener = Arc::new(move |event: Event| {
        if &*event.target == at && matches!(event.what, What::Applying { number: 2, .. }) {
            *seen.lock().unwrap() = true;
        }
    });
    let scripts = prepared(&[TABLE, "select pg_sleep(1); create table u (id int);", "create table v ();"]);
    let drop_it = async {
        while !*begun.lock().unwrap() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        on.run(&sql).await.unwrap();
    };
    let run = run_many(targets, scripts, UP, RunOptions::default(), workers(1), listener);
    tokio::join!(run, drop_it).0
}

#[tokio::test]
async fn a_schema_that_is_dropped_while_its_migrations_run_is_told_as_gone() {
    let names = ["t1", "t2", "t3"];
    let tenants = Tenants::new(&names).await;
    let on = Session::open(&tenants.scratch.connect_to()).await.unwrap();
    let outcome = dropping(tenants.targets(&names), "t2", "drop schema t2 cascade".to_owned(), on).await;
    let database = tenants.scratch.name();
    assert_eq!(
        words(&outcome),
        ["t1: applied 3", &format!("t2: gone: there is no schema t2 in {database}"), "t3: applied 3"]
    );
    // With its schema gone, what came first in its search_path was the shared one.
    let strays = tenants.text("select count(*)::text from pg_tables where schemaname = 'public'").await;
    assert_eq!(strays, "0");
}

#[tokio::test]
async fn a_database_that_is_dropped_while_its_migrations_run_is_told_as_gone() {
    let admin = Session::open(&testing::server().await.connect_to()).await.unwrap();
    let base = testing::scratch().await;
    let names = ["gone_1", "gone_2", "gone_3"].map(|name| format!("{}_{name}", base.name()));
    for name in &names {
        admin.run(&format!("create database \"{name}\"")).await.unwrap();
    }
    let to = base.connect_to();
    let targets = ["a", "b", "c"].iter().zip(&names);
    let targets = targets.map(|(name, db)| Target::database(*name, to.with_database(db))).collect();
    let sql = format!("drop database \"{}\" with (force)", names[1]);
    let on = Session::open(&testing::server().await.connect_to()).await.unwrap();
    let outcome = dropping(targets, "b", sql, on).await;
    assert_eq!(
        words(&outcome),
        ["a: applied 3", &format!("b: gone: there is no database {}", names[1]), "c: applied 3"]
    );
    for name in [&names[0], &names[2]] {
        admin.run(&format!("drop database \"{name}\" with (force)")).await.unwrap();
    }
}
