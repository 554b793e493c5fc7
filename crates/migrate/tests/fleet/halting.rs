//! Runs that are asked to stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use freehold_migrate::{
    Event, FleetOptions, FleetOutcome, Halt, RunError, RunOptions, TargetOutcome, What, run_many,
};

use super::ground::{Tenants, UP, prepared, words, workers};

/// Runs with one worker, and asks through `ask` when the first target begins its first migration.
async fn halted(tenants: &Tenants, names: &[&str], scripts: &[&str], ask: fn(&Halt)) -> FleetOutcome {
    let options = RunOptions::default();
    let halt = options.halt.clone();
    let listener = Arc::new(move |event: Event| {
        if matches!(event.what, What::Applying { number: 1, .. }) {
            let halt = halt.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                ask(&halt);
            });
        }
    });
    run_many(tenants.targets(names), prepared(scripts), UP, options, workers(1), listener).await
}

#[tokio::test]
async fn the_migration_at_work_is_finished_and_nothing_else_is_begun() {
    let names = ["t1", "t2", "t3"];
    let tenants = Tenants::new(&names).await;
    let scripts = ["create table a (); select pg_sleep(0.5);", "create table b ();", "create table c ();"];
    let outcome = halted(&tenants, &names, &scripts, Halt::after_this).await;
    assert_eq!(
        words(&outcome),
        [
            "t1: stopped with 2 left",
            "t2: not begun: the run was asked to stop",
            "t3: not begun: the run was asked to stop"
        ]
    );
    let made = tenants
        .text("select string_agg(tablename, ',' order by 1) from pg_tables where tablename in ('a','b')")
        .await;
    assert_eq!(made, "a");
    assert_eq!(
        tenants.text("select string_agg(version || state, ',') from t1.freehold_migrations").await,
        "1applied"
    );
}

#[tokio::test]
async fn at_once_means_that_the_statement_is_cancelled_and_rolled_back() {
    let names = ["t1", "t2"];
    let tenants = Tenants::new(&names).await;
    let begun = Instant::now();
    let scripts = ["create table a (); select pg_sleep(60);"];
    let outcome = halted(&tenants, &names, &scripts, Halt::now).await;
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(words(&outcome), ["t1: failed", "t2: not begun: the run was asked to stop"]);
    let error = outcome.targets[0].outcome.error().unwrap();
    assert_eq!(error.sqlstate().unwrap().code(), "57014", "{error:?}");
    assert_eq!(tenants.text("select (to_regclass('t1.a') is null)::text").await, "true");
}

#[tokio::test]
async fn who_waits_for_a_lock_waits_no_longer() {
    let tenants = Tenants::new(&["t1"]).await;
    tenants.session.run("create table t1.a ()").await.unwrap();
    tenants.session.run("begin; lock table t1.a").await.unwrap();
    let options =
        RunOptions { lock_timeout: Duration::from_millis(100), attempts: 1000, ..RunOptions::default() };
    let halt = options.halt.clone();
    let listener = Arc::new(move |event: Event| {
        if matches!(event.what, What::Retried { .. }) {
            halt.after_this();
        }
    });
    let scripts = prepared(&["alter table a add b int;"]);
    let begun = Instant::now();
    let outcome = run_many(tenants.targets(&["t1"]), scripts, UP, options, workers(1), listener).await;
    assert!(begun.elapsed() < Duration::from_secs(20));
    let error = outcome.targets[0].outcome.error().unwrap();
    assert_eq!(error.sqlstate().unwrap().code(), "55P03", "{error:?}");
}

#[tokio::test]
async fn who_waits_for_another_migrator_waits_no_longer() {
    let tenants = Tenants::new(&["t1"]).await;
    let scripts = prepared(&["create table a (); select pg_sleep(3);"]);
    let (began, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let first = {
        let (targets, scripts) = (tenants.targets(&["t1"]), Arc::clone(&scripts));
        let listener = Arc::new(move |event: Event| {
            if matches!(event.what, What::Applying { .. }) {
                began.send(()).unwrap();
            }
        });
        tokio::spawn(run_many(targets, scripts, UP, RunOptions::default(), workers(1), listener))
    };
    begun.recv().await.unwrap();
    let options = RunOptions::default();
    let halt = options.halt.clone();
    let listener = Arc::new(move |event: Event| {
        if matches!(event.what, What::WaitingForMigrator { .. }) {
            halt.after_this();
        }
    });
    let outcome = run_many(tenants.targets(&["t1"]), scripts, UP, options, workers(1), listener).await;
    let error = outcome.targets[0].outcome.error().unwrap();
    assert!(matches!(error, RunError::Busy { .. }), "{error:?}");
    assert!(first.await.unwrap().is_complete());
}

#[tokio::test]
async fn without_anybody_asking_everything_is_done() {
    let names = ["t1", "t2", "t3"];
    let tenants = Tenants::new(&names).await;
    let outcome = halted(&tenants, &names, &["create table a ();"], |_| ()).await;
    assert!(outcome.targets.iter().all(|r| matches!(r.outcome, TargetOutcome::Applied(_))));
}

#[tokio::test]
async fn a_future_that_is_dropped_begins_no_further_target() {
    let names = ["t1", "t2", "t3", "t4"];
    let tenants = Tenants::new(&names).await;
    let options = RunOptions::default();
    let halt = options.halt.clone();
    let scripts = prepared(&["create table a (); select pg_sleep(1);", "create table b ();"]);
    let fleet = FleetOptions { parallel: 2, ..FleetOptions::default() };
    let (began, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let listener = Arc::new(move |event: Event| {
        if matches!(event.what, What::Applying { .. }) {
            began.send(()).unwrap();
        }
    });
    let run = run_many(tenants.targets(&names), scripts, UP, options, fleet, listener);
    let both = async {
        begun.recv().await;
        begun.recv().await;
    };
    tokio::select! {
        _ = run => panic!("nothing was dropped"),
        () = both => {}
    }
    assert!(halt.asked());
    // Both workers finish their migration in the background, and say no more: then the listener is let go of.
    let further = tokio::time::timeout(Duration::from_secs(60), begun.recv()).await.unwrap();
    assert_eq!(further, None);
    let sql = "select string_agg(schemaname || '.' || tablename, ' ' order by 1) from pg_tables \
               where tablename in ('a', 'b') and schemaname like 't_'";
    assert_eq!(tenants.text(sql).await, "t1.a t2.a");
}
