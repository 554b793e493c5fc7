//! Deadlines are kept by the server and by the client; a full pool and a silent server are told by type.

use std::time::{Duration, Instant};

use freehold_tenancy::{Db, Error, Execute};

use crate::ground::{Ground, tenant};

#[tokio::test]
async fn a_deadline_ends_a_statement_wherever_it_is_in_its_transaction() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let begun = Instant::now();
    let handle = db.tenant(&tenant(1)).within(Duration::from_millis(600));
    let tx = handle.begin().await.unwrap();
    tx.execute("SELECT pg_sleep(0.1)", &[]).await.unwrap();
    // The server is told what is left, not what there was at the beginning.
    let left: String = tx.query_value("SELECT current_setting('statement_timeout')", &[]).await.unwrap();
    let left: u64 = left.trim_end_matches("ms").parse().unwrap();
    assert!(left <= 500, "{left}");
    let error = tx.execute("SELECT pg_sleep(60)", &[]).await.unwrap_err();
    assert!(matches!(error, Error::Deadline), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    let error = handle.begin().await.unwrap_err();
    assert!(matches!(error, Error::Deadline), "it has passed: {error:?}");
}

#[tokio::test]
async fn a_statement_timeout_holds_where_there_is_no_deadline() {
    let ground = Ground::new().await;
    let db = ground.builder().statement_timeout(Duration::from_millis(100)).open().await.unwrap();
    let far = Duration::from_secs(60);
    for handle in [db.tenant(&tenant(1)), db.tenant(&tenant(1)).within(far)] {
        let tx = handle.begin().await.unwrap();
        let within = tx.execute("SELECT pg_sleep(60)", &[]).await.unwrap_err();
        let alone = handle.execute("SELECT pg_sleep(60)", &[]).await.unwrap_err();
        for error in [within, alone] {
            assert_eq!(error.sqlstate().unwrap().code(), "57014", "no deadline passed: {error:?}");
        }
    }
}

#[tokio::test]
async fn an_operators_cancel_is_no_deadline() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let tx = db.tenant(&tenant(1)).within(Duration::from_secs(60)).begin().await.unwrap();
    let pid: i32 = tx.query_value("SELECT pg_backend_pid()", &[]).await.unwrap();
    let cancel = async {
        let sql = format!(
            "DO $$ BEGIN FOR i IN 1..1000 LOOP
                 PERFORM pg_stat_clear_snapshot();
                 EXIT WHEN EXISTS (SELECT FROM pg_stat_activity
                     WHERE pid = {pid} AND state = 'active' AND query LIKE '%pg_sleep(60)%');
                 PERFORM pg_sleep(0.01);
             END LOOP; END $$; SELECT pg_cancel_backend({pid})"
        );
        ground.admin(&sql).await;
    };
    let (slept, ()) = tokio::join!(tx.execute("SELECT pg_sleep(60)", &[]), cancel);
    assert_eq!(slept.unwrap_err().sqlstate().unwrap().code(), "57014");
}

#[tokio::test]
async fn a_full_pool_is_busy() {
    let ground = Ground::new().await;
    let db =
        ground.builder().max_connections(1).checkout_timeout(Duration::from_millis(50)).open().await.unwrap();
    let held = db.tenant(&tenant(1)).begin().await.unwrap();
    let error = db.tenant(&tenant(2)).begin().await.unwrap_err();
    assert!(matches!(error, Error::Busy { waited } if waited >= Duration::from_millis(50)), "{error:?}");
    held.commit().await.unwrap();
    db.tenant(&tenant(2)).begin().await.unwrap();
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://u@{}/d", listener.local_addr().unwrap());
    let opening = Db::builder(&url).connect_timeout(Duration::from_millis(100)).open();
    let error = opening.await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    drop(listener);
    let error = Db::builder(&url).open().await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "nobody is there: {error:?}");
}

#[tokio::test]
async fn a_server_that_falls_silent_in_the_middle_is_given_up() {
    let ground = Ground::new().await;
    let db = ground.builder().statement_timeout(Duration::from_millis(50)).open().await.unwrap();
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    let pid: i32 = tx.query_value("SELECT pg_backend_pid()", &[]).await.unwrap();
    let stop = |signal: rustix::process::Signal| {
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
    };
    stop(rustix::process::Signal::STOP);
    let error = tx.execute("SELECT 1", &[]).await.unwrap_err();
    stop(rustix::process::Signal::CONT);
    assert!(matches!(error, Error::Deadline), "{error:?}");
}
