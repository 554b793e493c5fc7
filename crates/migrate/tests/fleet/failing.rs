//! What fails on one target, and what that means for the others.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use freehold_db::{ConnectTo, Session};
use freehold_migrate::{Event, FleetOptions, RunOptions, Target, TargetOutcome, What, run_many};

use super::ground::{Tenants, UP, go, prepared, words, workers};

const TABLE: &str = "create table t (id int primary key);";
/// Fails where a row is in the way.
const CHECKED: &str = "alter table t add check (id > 0);";

#[tokio::test]
async fn one_failing_target_stops_no_other_and_a_rerun_does_only_what_is_left() {
    let names = ["t1", "t2", "t3", "t4", "t5"];
    let tenants = Tenants::new(&names).await;
    let (outcome, _) = go(tenants.targets(&names), &[TABLE], workers(2)).await;
    assert!(outcome.is_complete(), "{:?}", words(&outcome));
    tenants.session.run("insert into t3.t values (-1)").await.unwrap();

    let (outcome, events) = go(tenants.targets(&names), &[TABLE, CHECKED], workers(2)).await;
    assert_eq!(
        words(&outcome),
        ["t1: applied 1", "t2: applied 1", "t3: failed", "t4: applied 1", "t5: applied 1"]
    );
    let failed: Vec<&Event> = events.iter().filter(|e| matches!(e.what, What::Failed { .. })).collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert_eq!(&*failed[0].target, "t3");
    let (result, error) = outcome.failed().next().unwrap();
    assert_eq!(&*result.target, "t3");
    assert_eq!(error.sqlstate().unwrap().code(), "23514");

    tenants.session.run("delete from t3.t").await.unwrap();
    let (outcome, _) = go(tenants.targets(&names), &[TABLE, CHECKED], workers(2)).await;
    assert_eq!(
        words(&outcome),
        ["t1: up to date", "t2: up to date", "t3: applied 1", "t4: up to date", "t5: up to date"]
    );
    assert_eq!(outcome.scripts(), 1);
}

#[tokio::test]
async fn after_as_many_failures_as_are_let_pass_no_target_is_begun() {
    let names = ["t1", "t2", "t3", "t4"];
    for (stop_after, wanted) in [
        (Some(1), ["t1: failed", "t2: not begun, after a failure on another target"]),
        (Some(2), ["t1: failed", "t2: failed"]),
        (None, ["t1: failed", "t2: failed"]),
    ] {
        let tenants = Tenants::new(&names).await;
        tenants.session.run("create table t1.t (); create table t2.t ()").await.unwrap();
        let fleet = FleetOptions { parallel: 1, stop_after, ..FleetOptions::default() };
        let (outcome, _) = go(tenants.targets(&names), &[TABLE], fleet).await;
        assert_eq!(words(&outcome)[..2], wanted, "{stop_after:?}");
        let last = words(&outcome).pop().unwrap();
        let begun = stop_after.is_none();
        assert_eq!(last == "t4: applied 1", begun, "{stop_after:?}: {last}");
        assert!(!outcome.is_complete());
    }
}

#[tokio::test]
async fn a_session_that_a_migration_ends_is_not_used_for_the_next_target() {
    let names = ["t1", "t2", "t3"];
    let tenants = Tenants::new(&names).await;
    let suicide = "do $$ begin if current_schema() = 't2' then \
                   perform pg_terminate_backend(pg_backend_pid()); end if; end $$;";
    let (outcome, _) = go(tenants.targets(&names), &[TABLE, suicide], workers(1)).await;
    assert_eq!(words(&outcome), ["t1: applied 2", "t2: failed", "t3: applied 2"]);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named_and_the_others_are_not_held_up() {
    let tenants = Tenants::new(&["t1", "t2"]).await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let to = ConnectTo::from_url(&format!("postgres://u:hunter2@127.0.0.1:{port}/db")).unwrap();
    let refused = ConnectTo::from_url("postgres://u@127.0.0.1:1/db").unwrap();
    let mut targets = tenants.targets(&["t1", "t2"]);
    targets.insert(0, Target::database("silent", to));
    targets.insert(1, Target::database("refused", refused));
    let fleet =
        FleetOptions { parallel: 2, connect_timeout: Duration::from_millis(500), ..FleetOptions::default() };
    let (outcome, events) = go(targets, &[TABLE], fleet).await;
    assert_eq!(words(&outcome), ["silent: failed", "refused: failed", "t1: applied 1", "t2: applied 1"]);
    let said = outcome.targets[0].outcome.error().unwrap().to_string();
    assert!(said.contains("did not answer within 0.5 s") && !said.contains("hunter2"), "{said}");
    assert_eq!(events.iter().filter(|e| matches!(e.what, What::Failed { .. })).count(), 2);
}

#[tokio::test]
async fn a_server_without_room_for_another_session_is_asked_again() {
    let names = ["t1", "t2", "t3"];
    let tenants = Tenants::new(&names).await;
    let mut others = Vec::new();
    let full = loop {
        match Session::open(&tenants.scratch.connect_to()).await {
            Ok(session) => others.push(session),
            Err(error) => break error,
        }
    };
    assert_eq!(full.sqlstate().unwrap().code(), "53300", "{full:?}");
    let make_room = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for session in others {
            session.close().await;
        }
    };
    let run = go(tenants.targets(&names), &[TABLE], workers(2));
    let ((outcome, _), ()) = tokio::join!(run, make_room);
    assert!(outcome.is_complete(), "{:?} {:?}", words(&outcome), outcome.failed().next().map(|f| f.1));
}

#[tokio::test]
async fn never_more_targets_are_at_work_than_were_allowed() {
    let names: Vec<String> = (0..20).map(|n| format!("t{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for parallel in [1, 3] {
        let tenants = Tenants::new(&names).await;
        let at_work: Arc<Mutex<(HashSet<Arc<str>>, usize)>> = Arc::default();
        let count = Arc::clone(&at_work);
        let listener = Arc::new(move |event: Event| {
            let mut state = count.lock().unwrap();
            match event.what {
                What::Started { .. } => state.0.insert(event.target),
                What::Finished { .. } => state.0.remove(&event.target),
                _ => false,
            };
            state.1 = state.1.max(state.0.len());
        });
        let scripts = prepared(&[TABLE, "select pg_sleep(0.02);"]);
        let options = RunOptions::default();
        let outcome =
            run_many(tenants.targets(&names), scripts, UP, options, workers(parallel), listener).await;
        assert!(outcome.is_complete());
        assert_eq!(at_work.lock().unwrap().1, parallel);
        assert!(outcome.targets.iter().all(|r| matches!(&r.outcome, TargetOutcome::Applied(_))));
    }
}
