//! How many connections there are, and for how long.

use std::time::Duration;

use freehold_tenancy::Execute;

use crate::ground::{Ground, tenant};

/// Connections of the application to its database, by name.
async fn connections(ground: &Ground, name: &str) -> i64 {
    let session = freehold_db::Session::open(&ground.scratch.connect_to()).await.unwrap();
    let sql =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1";
    session.query(sql, &[&name]).await.unwrap().remove(0).get(0)
}

async fn until(ground: &Ground, name: &str, wanted: i64) {
    for _ in 0..500 {
        if connections(ground, name).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{name}: {} connections, not {wanted}", connections(ground, name).await);
}

#[tokio::test]
async fn two_in_five_stay_when_nobody_uses_them() {
    let ground = Ground::new().await;
    let builder = ground.builder().application_name("idlers").shared_connections(1);
    let db = builder.max_connections(5).idle_timeout(Duration::from_millis(200)).open().await.unwrap();
    drop(db.system("none")); // its pool has its own
    let tenant_1 = db.tenant(&tenant(1));
    let before = connections(&ground, "idlers").await;
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(tenant_1.begin().await.unwrap());
    }
    assert!(connections(&ground, "idlers").await >= 5, "{before} before");
    for transaction in held {
        transaction.commit().await.unwrap();
    }
    // Two of the tenants', one of the other role's.
    until(&ground, "idlers", 3).await;
}

#[tokio::test]
async fn connections_are_closed_at_their_age() {
    let ground = Ground::new().await;
    let builder = ground.builder().application_name("aged").max_connections(1);
    let db = builder.lifetime(Duration::from_millis(100)).open().await.unwrap();
    let pid = async || {
        let tx = db.tenant(&tenant(1)).begin().await.unwrap();
        let pid: i32 = tx.query_value("SELECT pg_backend_pid()", &[]).await.unwrap();
        tx.commit().await.unwrap();
        pid
    };
    let first = pid().await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_ne!(pid().await, first);
}

#[tokio::test]
async fn nothing_stays_connected_after_the_last_handle() {
    let ground = Ground::new().await;
    let db = ground.builder().application_name("leavers").open().await.unwrap();
    let count: i64 = db.tenant(&tenant(1)).query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(count, 0);
    assert!(connections(&ground, "leavers").await > 0);
    drop(db);
    until(&ground, "leavers", 0).await;
}
