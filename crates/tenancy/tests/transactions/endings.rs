//! However a transaction ends, the next one on the same connection knows nothing of it.

use std::time::Duration;

use freehold_tenancy::{Error, Execute, SqlState, Transaction};

use crate::ground::{Ground, tenant};

/// What one tenant could leave for the next one: everything here is empty in a fresh session.
const LEFT: &str = "
    SELECT concat_ws('|',
        current_setting('app.note', true), nullif(current_setting('work_mem'), '4MB'), to_regclass('pg_temp.mine')::text,
        nullif((SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), 0)::text,
        nullif((SELECT count(*) FROM pg_cursors WHERE is_holdable), 0)::text,
        nullif((SELECT count(*) FROM pg_listening_channels()), 0)::text)";

async fn leave_things(tx: &Transaction) {
    for sql in [
        "SET app.note = 'of the first tenant'",
        "SELECT set_config('work_mem', '1MB', false)",
        "CREATE TEMP TABLE mine AS SELECT 'a row of the first tenant'::text AS body",
        "SELECT pg_advisory_lock(42)",
        "DECLARE kept CURSOR WITH HOLD FOR SELECT 1",
        "LISTEN mine",
        "SET ROLE NONE",
    ] {
        tx.rows(&sql.into(), &[]).await.unwrap();
    }
    let left: String = tx.query_value(LEFT, &[]).await.unwrap();
    assert_eq!(left.split('|').count(), 5, "LISTEN comes with the commit: {left}");
}

async fn pid(tx: &Transaction) -> i32 {
    tx.query_value("SELECT pg_backend_pid()", &[]).await.unwrap()
}

#[tokio::test]
async fn what_a_transaction_leaves_in_the_session_ends_with_it() {
    let ground = Ground::new().await;
    let db = ground.builder().max_connections(1).open().await.unwrap();
    for commits in [true, false] {
        let tx = db.tenant(&tenant(1)).begin().await.unwrap();
        let first = pid(&tx).await;
        leave_things(&tx).await;
        if commits {
            tx.commit().await.unwrap()
        } else {
            tx.rollback().await.unwrap()
        }
        let tx = db.tenant(&tenant(2)).begin().await.unwrap();
        assert_eq!(pid(&tx).await, first, "it is the same session");
        let left: String = tx.query_value(LEFT, &[]).await.unwrap();
        assert_eq!(left, "", "commits: {commits}");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn no_tenant_is_set_on_a_connection_that_waits_in_the_pool() {
    let ground = Ground::new().await;
    let db = ground.builder().max_connections(1).open().await.unwrap();
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    let inside: String =
        tx.query_value("SELECT current_setting('app.current_tenant_id')", &[]).await.unwrap();
    assert_eq!(inside, tenant(1).to_string());
    let first = pid(&tx).await;
    tx.commit().await.unwrap();
    // The server's own view of that session, from another one: nothing of the tenant in its last words.
    let tx = db.tenant(&tenant(2)).begin().await.unwrap();
    assert_eq!(pid(&tx).await, first);
    let now: String = tx.query_value("SELECT current_setting('app.current_tenant_id')", &[]).await.unwrap();
    assert_eq!(now, tenant(2).to_string());
}

#[tokio::test]
async fn a_transaction_that_is_dropped_closes_its_connection() {
    let ground = Ground::new().await;
    let db = ground.builder().max_connections(1).open().await.unwrap();
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    let first = pid(&tx).await;
    tx.execute("INSERT INTO notes (tenant_id, id) VALUES ($1, 1)", &[&tenant(1)]).await.unwrap();
    drop(tx);
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    assert_ne!(pid(&tx).await, first);
    let count: i64 = tx.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(count, 0);
}

#[tokio::test]
async fn a_panic_closes_its_connection() {
    let ground = Ground::new().await;
    let db = ground.builder().max_connections(1).open().await.unwrap();
    let told = std::sync::Arc::new(std::sync::atomic::AtomicI32::new(0));
    let (handle, tell) = (db.tenant(&tenant(1)), told.clone());
    let task = tokio::spawn(async move {
        let tx = handle.begin().await.unwrap();
        tell.store(pid(&tx).await, std::sync::atomic::Ordering::SeqCst);
        panic!("in the middle of a transaction");
    });
    assert!(task.await.unwrap_err().is_panic());
    let tx = db.tenant(&tenant(2)).begin().await.unwrap();
    assert_ne!(pid(&tx).await, told.load(std::sync::atomic::Ordering::SeqCst));
}

/// Whether the server still runs a statement with this text in it.
async fn runs(ground: &Ground, text: &str) -> bool {
    let session = freehold_db::Session::open(&ground.scratch.connect_to()).await.unwrap();
    let sql = "SELECT count(*) FROM pg_stat_activity
               WHERE state = 'active' AND query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()";
    session.query(sql, &[&text]).await.unwrap().remove(0).get::<_, i64>(0) > 0
}

async fn until_it_runs(ground: &Ground, text: &str, wanted: bool) {
    for _ in 0..500 {
        if runs(ground, text).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{text}: running is not {wanted}");
}

#[tokio::test]
async fn a_cancelled_future_cancels_the_servers_query_and_closes_the_connection() {
    let ground = Ground::new().await;
    let db = ground.builder().max_connections(1).open().await.unwrap();
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    let first = pid(&tx).await;
    tokio::select! {
        _ = tx.execute("SELECT pg_sleep(60), 'cancelled'", &[]) => panic!("it sleeps for a minute"),
        () = until_it_runs(&ground, "'cancelled'", true) => {}
    }
    // While the transaction is still there; nothing more can be done in it.
    until_it_runs(&ground, "'cancelled'", false).await;
    let error = tx.execute("SELECT 1", &[]).await.unwrap_err();
    assert!(matches!(error, Error::Lost { sent: false, .. }), "{error:?}");
    drop(tx);
    let tx = db.tenant(&tenant(2)).begin().await.unwrap();
    assert_ne!(pid(&tx).await, first);
}

#[tokio::test]
async fn a_future_that_is_dropped_with_its_transaction_cancels_the_servers_query() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let handle = db.tenant(&tenant(1));
    let task = tokio::spawn(async move {
        handle.transaction(|tx| async move { tx.execute("SELECT pg_sleep(60), 'aborted'", &[]).await }).await
    });
    until_it_runs(&ground, "'aborted'", true).await;
    task.abort();
    until_it_runs(&ground, "'aborted'", false).await;
}

#[tokio::test]
async fn a_lost_connection_is_told_and_not_used_again() {
    let ground = Ground::new().await;
    let db = ground.builder().max_connections(1).open().await.unwrap();
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    let first = pid(&tx).await;
    ground.admin(&format!("SELECT pg_terminate_backend({first}, 5000)")).await;
    let error = tx.execute("SELECT 1", &[]).await.unwrap_err();
    assert!(matches!(error, Error::Lost { sent: false, .. }), "{error:?}");
    assert!(matches!(tx.commit().await.unwrap_err(), Error::Lost { .. }));
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    assert_ne!(pid(&tx).await, first);
    let second = pid(&tx).await;
    tx.commit().await.unwrap();
    // Lost while it waits in the pool: nobody notices.
    ground.admin(&format!("SELECT pg_terminate_backend({second}, 5000)")).await;
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    assert_ne!(pid(&tx).await, second);
}

#[tokio::test]
async fn a_transaction_that_failed_cannot_be_committed() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    tx.execute("INSERT INTO notes (tenant_id, id) VALUES ($1, 1)", &[&tenant(1)]).await.unwrap();
    tx.execute("SELECT 1 / 0", &[]).await.unwrap_err();
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.sqlstate(), Some(SqlState::IN_FAILED_TRANSACTION));
    let count: i64 = db.tenant(&tenant(1)).query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(count, 0);
}

#[tokio::test]
async fn a_constraint_that_is_put_off_is_checked_in_the_tenants_context() {
    let ground = Ground::new().await;
    ground
        .admin(
            "CREATE FUNCTION in_context() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF current_setting('app.current_tenant_id', true) IS DISTINCT FROM NEW.tenant_id::text THEN
                     RAISE EXCEPTION 'checked in no context';
                 END IF;
                 IF NEW.body = 'bad' THEN RAISE check_violation; END IF;
                 RETURN NEW;
             END $$;
             CREATE CONSTRAINT TRIGGER late AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION in_context()",
        )
        .await;
    let db = ground.builder().max_connections(1).open().await.unwrap();
    let tenant_1 = db.tenant(&tenant(1));
    for (id, body, fits) in [(1_i64, "good", true), (2, "bad", false)] {
        let tx = tenant_1.begin().await.unwrap();
        let sql = "INSERT INTO notes (tenant_id, id, body) VALUES ($1, $2, $3)";
        tx.execute(sql, &[&tenant(1), &id, &body]).await.unwrap();
        let state = tx.commit().await.err().and_then(|error| error.sqlstate());
        assert_eq!(state, (!fits).then_some(SqlState::CHECK_VIOLATION), "{body}");
    }
}

#[tokio::test]
async fn a_statement_cannot_end_the_transaction_behind_its_back() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    for sql in ["COMMIT", "/* so */ rollback", "ROLLBACK WORK", "DEALLOCATE ALL"] {
        let error = tx.execute(sql, &[]).await.unwrap_err();
        assert!(matches!(error, Error::Input { .. }), "{sql}: {error:?}");
    }
    // It was refused before the server saw it.
    tx.execute("INSERT INTO notes (tenant_id, id) VALUES ($1, 1)", &[&tenant(1)]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn bad_values_are_told_by_type() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let tenant_1 = db.tenant(&tenant(1));
    let try_it = async |sql: &'static str, params: &[&(dyn freehold_tenancy::ToSql + Sync)]| {
        tenant_1.begin().await.unwrap().execute(sql, params).await.unwrap_err()
    };
    let error = try_it("SELECT $1::text", &[&"a\0b"]).await;
    assert_eq!(error.sqlstate().unwrap().code(), "22021", "{error:?}");
    let error = try_it("SELECT $1::bigint", &[&"seven"]).await;
    assert!(matches!(error, Error::Parameter { position: 1, .. }), "{error:?}");
    let error = try_it("SELECT $1::bigint", &[]).await;
    assert!(matches!(error, Error::ParameterCount { wanted: 1, given: 0 }), "{error:?}");
    let error = try_it("SELECT nothing", &[]).await;
    assert_eq!(error.sqlstate().unwrap().code(), "42703");
    // SQL in a value is a value.
    let tx = tenant_1.begin().await.unwrap();
    let echo: String = tx.query_value("SELECT $1::text", &[&"'; DROP TABLE notes; --"]).await.unwrap();
    assert_eq!(echo, "'; DROP TABLE notes; --");
}
