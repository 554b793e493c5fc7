//! Savepoints, isolation, and who may write.

use freehold_tenancy::{Error, Execute, Isolation, SqlState, Transaction, TransactionOptions};

use crate::ground::{Ground, tenant};

const ADD: &str = "INSERT INTO notes (tenant_id, id) VALUES ($1, $2)";

async fn ids(tx: &Transaction) -> Vec<i64> {
    let rows: Vec<(i64,)> = tx.query("SELECT id FROM notes ORDER BY id", &[]).await.unwrap();
    rows.into_iter().map(|(id,)| id).collect()
}

#[tokio::test]
async fn a_part_that_fails_is_taken_back_alone() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    tx.execute(ADD, &[&tenant(1), &1_i64]).await.unwrap();
    let failed: Result<(), Error> = tx
        .savepoint(async {
            tx.execute(ADD, &[&tenant(1), &2_i64]).await?;
            tx.execute(ADD, &[&tenant(1), &1_i64]).await?;
            Ok(())
        })
        .await;
    assert_eq!(failed.unwrap_err().sqlstate(), Some(SqlState::UNIQUE_VIOLATION));
    let made: Result<u64, Error> = tx
        .savepoint(async { tx.savepoint(async { tx.execute(ADD, &[&tenant(1), &3_i64]).await }).await })
        .await;
    assert_eq!(made.unwrap(), 1);
    assert_eq!(ids(&tx).await, [1, 3]);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_savepoint_that_is_dropped_is_taken_back() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    let outer = tx.save().await.unwrap();
    tx.execute(ADD, &[&tenant(1), &1_i64]).await.unwrap();
    let inner = tx.save().await.unwrap();
    tx.execute(ADD, &[&tenant(1), &2_i64]).await.unwrap();
    tx.execute(ADD, &[&tenant(1), &2_i64]).await.unwrap_err();
    drop(inner);
    assert_eq!(ids(&tx).await, [1]);
    outer.release().await.unwrap();
    let kept = tx.save().await.unwrap();
    tx.execute(ADD, &[&tenant(1), &3_i64]).await.unwrap();
    let within = tx.save().await.unwrap();
    tx.execute(ADD, &[&tenant(1), &4_i64]).await.unwrap();
    drop(within);
    kept.release().await.unwrap();
    drop(tx.save().await.unwrap());
    tx.commit().await.unwrap();
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    assert_eq!(ids(&tx).await, [1, 3]);
}

#[tokio::test]
async fn transactions_are_of_the_kind_that_was_asked_for() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let handle = db.tenant(&tenant(1));
    let plain = TransactionOptions::default();
    for (options, isolation, read_only, deferrable) in [
        (plain, "read committed", "off", "off"),
        (plain.isolation(Isolation::RepeatableRead), "repeatable read", "off", "off"),
        (plain.isolation(Isolation::Serializable), "serializable", "off", "off"),
        (plain.read_only(), "read committed", "on", "off"),
        (plain.deferrable(), "serializable", "on", "on"),
    ] {
        let tx = handle.begin_with(options).await.unwrap();
        let seen: (String, String, String) = tx
            .query_one(
                "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only'),
                        current_setting('transaction_deferrable')",
                &[],
            )
            .await
            .unwrap();
        assert_eq!(seen, (isolation.to_owned(), read_only.to_owned(), deferrable.to_owned()));
    }
}

#[tokio::test]
async fn a_handle_that_may_only_read_writes_nothing() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let tx = db.tenant(&tenant(1)).read_only().begin().await.unwrap();
    assert_eq!(ids(&tx).await, [] as [i64; 0]);
    let error = tx.execute(ADD, &[&tenant(1), &1_i64]).await.unwrap_err();
    assert_eq!(error.sqlstate().unwrap().code(), "25006");
    let tx = db.tenant(&tenant(1)).read_only().begin().await.unwrap();
    ids(&tx).await;
    let error = tx.execute("SET TRANSACTION READ WRITE", &[]).await.unwrap_err();
    assert_eq!(error.sqlstate().unwrap().code(), "25001");
}

#[tokio::test]
async fn a_row_of_another_tenant_is_not_written() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    let error = tx.execute(ADD, &[&tenant(2), &1_i64]).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some(SqlState::INSUFFICIENT_PRIVILEGE));
    assert!(!format!("{error:?} {error}").contains(&tenant(2).to_string()), "{error:?}");
}
