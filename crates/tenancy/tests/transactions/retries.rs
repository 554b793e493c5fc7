//! What is begun again, and what is not.

use std::sync::atomic::{AtomicUsize, Ordering};

use freehold_tenancy::{Error, Execute, Isolation, SqlState, TransactionOptions};

use crate::ground::{Ground, tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serialisation_failures_are_begun_again_until_all_went_through() {
    let ground = Ground::new().await;
    let db = ground.builder().max_connections(8).attempts(50).open().await.unwrap();
    let handle = db.tenant(&tenant(1));
    let sql = "INSERT INTO notes (tenant_id, id, data) VALUES ($1, 1, '{\"n\": 0}')";
    handle.execute(sql, &[&tenant(1)]).await.unwrap();
    static TRIED: AtomicUsize = AtomicUsize::new(0);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let handle = handle.clone();
            tokio::spawn(async move {
                for _ in 0..5 {
                    let options = TransactionOptions::default().isolation(Isolation::Serializable);
                    let counted: Result<(), Error> = handle
                        .transaction_with(options, |tx| async move {
                            TRIED.fetch_add(1, Ordering::SeqCst);
                            let n: i32 = tx
                                .query_value("SELECT (data ->> 'n')::int FROM notes WHERE id = 1", &[])
                                .await?;
                            let sql = "UPDATE notes SET data = jsonb_build_object('n', $1::int) WHERE id = 1";
                            tx.execute(sql, &[&(n + 1)]).await?;
                            Ok(())
                        })
                        .await;
                    counted.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let n: i32 = handle.query_value("SELECT (data ->> 'n')::int FROM notes", &[]).await.unwrap();
    assert_eq!(n, 40);
    assert!(TRIED.load(Ordering::SeqCst) > 40, "nothing was ever in each other's way");
}

#[tokio::test]
async fn a_deadlock_is_begun_again() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let handle = db.tenant(&tenant(1));
    let sql = "INSERT INTO notes (tenant_id, id) SELECT $1, n FROM generate_series(1, 2) AS n";
    handle.execute(sql, &[&tenant(1)]).await.unwrap();
    let tried = &AtomicUsize::new(0);
    let both = &tokio::sync::Barrier::new(2);
    let handle = &handle;
    let cross = |first: i64, second: i64| async move {
        let fresh = &AtomicUsize::new(0);
        let crossed: Result<(), Error> = handle
            .transaction(|tx| async move {
                tried.fetch_add(1, Ordering::SeqCst);
                tx.execute("UPDATE notes SET body = body || 'x' WHERE id = $1", &[&first]).await?;
                if fresh.fetch_add(1, Ordering::SeqCst) == 0 {
                    both.wait().await;
                }
                tx.execute("UPDATE notes SET body = body || 'x' WHERE id = $1", &[&second]).await?;
                Ok(())
            })
            .await;
        crossed.unwrap();
        fresh.load(Ordering::SeqCst)
    };
    let (one, other) = tokio::join!(cross(1, 2), cross(2, 1));
    assert_eq!(one + other, 3, "one of them was begun again");
    let bodies: Vec<(String,)> = handle.query("SELECT body FROM notes", &[]).await.unwrap();
    assert_eq!(bodies, [("xx".to_owned(),), ("xx".to_owned(),)]);
}

#[tokio::test]
async fn attempts_are_bounded_and_other_errors_are_not_tried_again() {
    let ground = Ground::new().await;
    ground
        .admin(
            "CREATE FUNCTION refuse(state text) RETURNS void LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = state; END $$",
        )
        .await;
    let db = ground.builder().attempts(3).open().await.unwrap();
    for (state, times) in [("40001", 3), ("40P01", 3), ("23505", 1)] {
        let tried = &AtomicUsize::new(0);
        let refused: Result<u64, Error> = db
            .tenant(&tenant(1))
            .transaction(|tx| async move {
                tried.fetch_add(1, Ordering::SeqCst);
                tx.execute("SELECT refuse($1)", &[&state]).await
            })
            .await;
        assert_eq!(refused.unwrap_err().sqlstate(), SqlState::parse(state));
        assert_eq!(tried.load(Ordering::SeqCst), times, "{state}");
    }
}

#[tokio::test]
async fn what_failed_in_a_part_that_was_taken_back_does_not_begin_all_again() {
    let ground = Ground::new().await;
    ground
        .admin("CREATE FUNCTION lock_out() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE deadlock_detected; END $$")
        .await;
    let db = ground.db().await;
    let tried = &AtomicUsize::new(0);
    let outcome: Result<(), Error> = db
        .tenant(&tenant(1))
        .transaction(|tx| async move {
            tried.fetch_add(1, Ordering::SeqCst);
            let part: Result<u64, Error> =
                tx.savepoint(async { tx.execute("SELECT lock_out()", &[]).await }).await;
            part.unwrap_err();
            Err(Error::Input { what: "going on", why: "for another reason".to_owned() })
        })
        .await;
    assert!(matches!(outcome, Err(Error::Input { .. })));
    assert_eq!(tried.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_table_that_changed_meanwhile_is_asked_again() {
    let ground = Ground::new().await;
    let db = ground.builder().max_connections(1).open().await.unwrap();
    let handle = db.tenant(&tenant(1));
    let ask = async || {
        let rows: Result<usize, Error> = handle
            .transaction(|tx| async move {
                let rows = tx.rows(&"SELECT * FROM notes".into(), &[]).await?;
                Ok(rows.len())
            })
            .await;
        rows.unwrap()
    };
    ask().await;
    ground.admin("ALTER TABLE notes ADD COLUMN more text").await;
    ask().await;
}

#[tokio::test]
async fn a_commit_whose_outcome_is_unknown_is_not_tried_again() {
    let ground = Ground::new().await;
    ground
        .admin(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
             $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER late AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION die()",
        )
        .await;
    let db = ground.db().await;
    let tried = &AtomicUsize::new(0);
    let outcome: Result<u64, Error> = db
        .tenant(&tenant(1))
        .transaction(|tx| async move {
            tried.fetch_add(1, Ordering::SeqCst);
            tx.execute("INSERT INTO notes (tenant_id, id) VALUES ($1, 1)", &[&tenant(1)]).await
        })
        .await;
    assert!(matches!(outcome, Err(Error::Lost { sent: true, .. })), "{outcome:?}");
    assert_eq!(tried.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_transaction_that_is_kept_after_its_work_is_not_committed() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let handle = db.tenant(&tenant(1));
    let kept = &std::sync::Mutex::new(None);
    let outcome: Result<u64, Error> = handle
        .transaction(|tx| async move {
            *kept.lock().unwrap() = Some(tx.clone());
            tx.execute("INSERT INTO notes (tenant_id, id) VALUES ($1, 1)", &[&tenant(1)]).await
        })
        .await;
    assert!(matches!(outcome, Err(Error::Input { .. })), "{outcome:?}");
    drop(kept.lock().unwrap().take());
    let count: i64 = handle.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(count, 0);
}
