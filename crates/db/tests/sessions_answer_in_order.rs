//! Sessions on a real server: notices in order, errors with their fields, cancelling, settings at the start.

use std::time::Duration;

use freehold_db::{ConnectTo, Session};
use freehold_model::sqlstate::SqlState;
use freehold_sandbox::testing;

#[tokio::test]
async fn notices_are_there_when_the_answer_is_and_in_order() {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session
        .run("do $$ begin for i in 1..500 loop raise notice 'n %', i using detail = 'd', hint = 'h'; end loop; end $$")
        .await
        .unwrap();
    let notices = session.take_notices();
    let messages: Vec<String> = notices.iter().map(|notice| notice.message.clone()).collect();
    assert_eq!(messages, (1..=500).map(|i| format!("n {i}")).collect::<Vec<_>>());
    let first = &notices[0];
    assert_eq!(
        (first.severity.as_str(), first.detail.as_deref(), first.hint.as_deref()),
        ("NOTICE", Some("d"), Some("h"))
    );
    assert!(session.take_notices().is_empty());
    session.close().await;
    scratch.remove().await.unwrap();
}

#[tokio::test]
async fn an_error_carries_all_that_the_server_said() {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session.run("create table t (é int constraint k check (é > 0))").await.unwrap();
    let error = session.run("insert into t values (0)").await.unwrap_err();
    let server = error.server().unwrap();
    assert_eq!(error.sqlstate(), Some(SqlState::CHECK_VIOLATION));
    assert_eq!((server.table.as_deref(), server.constraint.as_deref()), (Some("t"), Some("k")));
    assert!(server.detail.as_deref().unwrap().contains("(0)"));
    assert!(!error.is_connection_lost());
    // Positions count characters, not bytes.
    let error = session.run("select é, nothing from t").await.unwrap_err();
    assert_eq!(error.server().unwrap().position, Some(11));
    let error = session.run("do $$ begin execute 'selec 1'; end $$").await.unwrap_err();
    let server = error.server().unwrap();
    assert_eq!((server.internal_query.as_deref(), server.internal_position), (Some("selec 1"), Some(1)));
    assert!(server.context.is_some());
    session.close().await;
    scratch.remove().await.unwrap();
}

#[tokio::test]
async fn what_runs_can_be_cancelled_from_another_task() {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let canceller = session.canceller();
    let cancel = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        canceller.cancel().await
    });
    let error = session.run("select pg_sleep(60)").await.unwrap_err();
    assert_eq!(error.sqlstate(), Some(SqlState::QUERY_CANCELED));
    cancel.await.unwrap().unwrap();
    session.run("select 1").await.unwrap();
    session.close().await;
    scratch.remove().await.unwrap();
}

#[tokio::test]
async fn a_session_that_the_server_ended_says_so() {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let error = session.run("select pg_terminate_backend(pg_backend_pid())").await.unwrap_err();
    assert!(error.is_connection_lost(), "{error:?}");
    let error = session.run("select 1").await.unwrap_err();
    assert!(error.is_connection_lost(), "{error:?}");
    assert!(session.is_closed());
    let nowhere = ConnectTo::socket(std::path::Path::new("/nonexistent"), 5432, "u", "d");
    let error = Session::open(&nowhere).await.unwrap_err();
    assert!(error.is_connection_lost() && error.server().is_none());
    assert!(error.to_string().contains("/nonexistent"), "{error}");
    drop(session);
    scratch.remove().await.unwrap();
}

#[tokio::test]
async fn settings_and_prepared_statements_survive_what_a_script_does() {
    let scratch = testing::scratch().await;
    let to = scratch.connect_to().with_setting("search_path", r#""a b", "c\d""#);
    let session = Session::open(&to).await.unwrap();
    let shown =
        "select current_setting('search_path'), pg_backend_pid(), current_setting('application_name')";
    for script in ["select 1", "deallocate all", "discard all"] {
        session.run(script).await.unwrap();
        let row = &session.query(shown, &[]).await.unwrap()[0];
        assert_eq!(row.get::<_, &str>(0), r#""a b", "c\d""#);
        assert_eq!(row.get::<_, i32>(1), session.backend_pid());
        assert_eq!(row.get::<_, &str>(2), "freehold");
    }
    session.close().await;
    scratch.remove().await.unwrap();
}
