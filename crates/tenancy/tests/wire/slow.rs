//! Slow statements: deadlines, callers that leave, and those beside them.

use std::time::Duration;

use freehold_db::Session;
use freehold_tenancy::{Error, Execute, Tenant};
use futures_util::future::join_all;
use tokio::time::{sleep, timeout};

use crate::ground::{Ground, tenant};

/// How many sessions of the application are busy with a statement like this.
async fn busy(ground: &Ground, like: &str) -> i64 {
    let session = Session::open(&ground.scratch.connect_to()).await.unwrap();
    let sql = "SELECT count(*) FROM pg_stat_activity
               WHERE state = 'active' AND usename = 'app_writer' AND query LIKE $1";
    session.query(sql, &[&format!("%{like}%")]).await.unwrap().remove(0).get(0)
}

async fn until_busy(ground: &Ground, like: &str, count: i64) {
    for _ in 0..600 {
        if busy(ground, like).await == count {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("{} instead of {count} sessions are busy with {like}", busy(ground, like).await);
}

#[tokio::test]
async fn a_deadline_ends_the_statement_on_both_sides() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let hurried = db.tenant(&tenant(1)).within(Duration::from_millis(300));
    let late = hurried.execute("SELECT pg_sleep(600)", &[]).await;
    assert!(matches!(late, Err(Error::Deadline)), "{late:?}");
    until_busy(&ground, "pg_sleep(600)", 0).await;
    let over = hurried.execute("SELECT 1", &[]).await;
    assert!(matches!(over, Err(Error::Deadline)), "{over:?}");
}

#[tokio::test]
async fn the_servers_own_limit_travels_with_the_statement_and_bites() {
    let ground = Ground::new().await;
    let db = ground.builder().statement_timeout(Duration::from_millis(100)).open().await.unwrap();
    let late = db.tenant(&tenant(1)).execute("SELECT pg_sleep(600)", &[]).await.unwrap_err();
    assert_eq!(late.sqlstate().map(|state| state.code().to_owned()).as_deref(), Some("57014"));
    db.tenant(&tenant(1)).execute("SELECT pg_sleep(0.001)", &[]).await.unwrap();
}

#[tokio::test]
async fn a_statement_whose_caller_left_is_stopped() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let handle = db.tenant(&tenant(1));
    let left = timeout(Duration::from_millis(300), handle.execute("SELECT pg_sleep(601)", &[])).await;
    assert!(left.is_err());
    until_busy(&ground, "pg_sleep(601)", 0).await;
    let aborted = tokio::spawn(async move { handle.execute("SELECT pg_sleep(602)", &[]).await });
    until_busy(&ground, "pg_sleep(602)", 1).await;
    aborted.abort();
    until_busy(&ground, "pg_sleep(602)", 0).await;
}

#[tokio::test]
async fn a_request_to_cancel_hits_nobody_else() {
    let ground = Ground::new().await;
    let db = ground.builder().shared_connections(1).open().await.unwrap();
    let handle = db.tenant(&tenant(1));
    let step = "SELECT pg_sleep($1) IS NOT NULL, $2::int";
    // Known to be quick, so that others are sent behind it.
    for n in 0..10_i32 {
        handle.execute(step, &[&0.0_f64, &n]).await.unwrap();
    }
    for round in 0..5_i32 {
        let slow = handle.clone();
        let slow = tokio::spawn(async move { slow.execute(step, &[&60.0_f64, &-1_i32]).await.map(|_| ()) });
        tokio::task::yield_now().await;
        let others = (0..20_i32).map(|n| {
            let handle = handle.clone();
            tokio::spawn(async move {
                handle.query_one::<(bool, i32)>(step, &[&0.002_f64, &(round * 100 + n)]).await
            })
        });
        let others: Vec<_> = others.collect();
        sleep(Duration::from_millis(u64::try_from(round * 7).unwrap())).await;
        slow.abort();
        for (n, other) in (0..).zip(join_all(others).await) {
            let (_, got) = other.unwrap().unwrap();
            assert_eq!(got, round * 100 + n, "every statement gets its own answer");
        }
    }
}

/// Runs quick statements in tasks, each so often.
async fn quick(handle: &Tenant, tasks: i32, each: i32) {
    let work = (0..tasks).map(|task| {
        let handle = handle.clone();
        tokio::spawn(async move {
            for n in 0..each {
                let sum: i32 = handle.query_value("SELECT $1::int + $2::int", &[&task, &n]).await.unwrap();
                assert_eq!(sum, task + n);
            }
        })
    });
    for task in join_all(work).await {
        task.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_statements_hold_nobody_up() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let handle = db.tenant(&tenant(1));
    quick(&handle, 32, 5).await;
    let slow: Vec<_> = (0..6_i32)
        .map(|n| {
            let handle = handle.clone();
            let text = format!("SELECT pg_sleep(700), {n}");
            tokio::spawn(async move { handle.execute(freehold_tenancy::Sql::vouched(text), &[]).await })
        })
        .collect();
    until_busy(&ground, "pg_sleep(700)", 6).await;
    // As long as they run, hundreds of others come and go.
    quick(&handle, 32, 30).await;
    assert_eq!(busy(&ground, "pg_sleep(700)").await, 6);
    slow.iter().for_each(tokio::task::JoinHandle::abort);
    until_busy(&ground, "pg_sleep(700)", 0).await;
    quick(&handle, 32, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_to_be_slow_waits_for_a_connection_of_its_own() {
    let ground = Ground::new().await;
    let db = ground.builder().shared_connections(1).open().await.unwrap();
    let handle = db.tenant(&tenant(1));
    let slow = "SELECT pg_sleep($1)";
    handle.execute(slow, &[&0.3_f64]).await.unwrap();
    let many: Vec<_> = (0..12)
        .map(|_| {
            let handle = handle.clone();
            tokio::spawn(async move { handle.execute(slow, &[&600.0_f64]).await })
        })
        .collect();
    until_busy(&ground, "pg_sleep($1)", 3).await;
    // One connection is left to the quick ones, however many slow ones wait.
    quick(&handle, 8, 20).await;
    assert_eq!(busy(&ground, "pg_sleep($1)").await, 3);
    many.iter().for_each(tokio::task::JoinHandle::abort);
    until_busy(&ground, "pg_sleep($1)", 0).await;
    quick(&handle, 8, 5).await;
}

#[tokio::test]
async fn what_was_given_up_before_it_was_sent_is_never_sent() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let handle = db.tenant(&tenant(1));
    let insert = "INSERT INTO notes (tenant_id, id) VALUES ($1, $2)";
    handle.execute(insert, &[&tenant(1), &0_i64]).await.unwrap();
    for id in 1..=20_i64 {
        let tenant = tenant(1);
        let params: [freehold_tenancy::Param<'_>; 2] = [&tenant, &id];
        let mut given_up = Box::pin(handle.execute(insert, &params));
        // Handed over, and dropped before the connection's task has had a turn.
        assert!(futures_util::poll!(&mut given_up).is_pending());
        drop(given_up);
    }
    let count: i64 = handle.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn too_many_that_wait_are_told_so() {
    let ground = Ground::new().await;
    let db =
        ground.builder().shared_connections(1).checkout_timeout(Duration::from_secs(3)).open().await.unwrap();
    let handle = db.tenant(&tenant(1));
    let slow = "SELECT pg_sleep($1)";
    handle.execute(slow, &[&0.3_f64]).await.unwrap();
    let many: Vec<_> = (0..3)
        .map(|_| {
            let handle = handle.clone();
            tokio::spawn(async move { handle.execute(slow, &[&600.0_f64]).await })
        })
        .collect();
    until_busy(&ground, "pg_sleep($1)", 3).await;
    let told = handle.execute(slow, &[&600.0_f64]).await;
    assert!(matches!(told, Err(Error::Busy { .. })), "{told:?}");
    many.iter().for_each(tokio::task::JoinHandle::abort);
}
