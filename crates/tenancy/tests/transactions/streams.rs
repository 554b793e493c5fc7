//! Large answers come row by row, and stop when nobody takes them.

use std::time::Duration;

use freehold_tenancy::{Error, Execute};
use futures_util::{StreamExt, TryStreamExt};

use crate::ground::{Ground, tenant};

#[tokio::test]
async fn a_stream_gives_all_rows_of_its_tenant_in_order() {
    let ground = Ground::new().await;
    ground
        .admin(
            "INSERT INTO notes (tenant_id, id)
             SELECT ('00000000-0000-0000-0000-00000000000' || t)::uuid, n FROM generate_series(1, 2) AS t,
             generate_series(1, 5000) AS n",
        )
        .await;
    let db = ground.builder().max_connections(1).open().await.unwrap();
    let sql = "SELECT id, tenant_id::text FROM notes WHERE id > $1 ORDER BY id";
    let stream = db.tenant(&tenant(2)).stream::<(i64, String)>(sql, &[&10_i64]).await.unwrap();
    let rows: Vec<_> = stream.try_collect().await.unwrap();
    assert!(rows.iter().all(|(_, owner)| *owner == tenant(2).to_string()));
    assert_eq!(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>(), (11..=5000).collect::<Vec<_>>());
    // The connection came back.
    db.tenant(&tenant(1)).begin().await.unwrap();
}

#[tokio::test]
async fn memory_does_not_grow_with_the_answer() {
    let ground = Ground::new().await;
    let db = ground.builder().max_connections(2).open().await.unwrap();
    // 2 GB, if somebody took them all.
    let sql = "SELECT repeat('x', 20000) FROM generate_series(1, 100000)";
    let mut stream = db.tenant(&tenant(1)).stream::<(String,)>(sql, &[]).await.unwrap();
    for _ in 0..10 {
        stream.next().await.unwrap().unwrap();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let resident = resident_kib();
    assert!(resident < 400_000, "{resident} KiB");
    drop(stream);
}

/// Memory of this process that is really there.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[tokio::test]
async fn a_stream_that_is_dropped_stops_the_server() {
    let ground = Ground::new().await;
    let db = ground.builder().max_connections(1).open().await.unwrap();
    let sql = "SELECT generate_series(1, 100000000), pg_backend_pid()";
    let mut stream = db.tenant(&tenant(1)).stream::<(i32, i32)>(sql, &[]).await.unwrap();
    let (_, pid) = stream.next().await.unwrap().unwrap();
    drop(stream);
    let session = freehold_db::Session::open(&ground.scratch.connect_to()).await.unwrap();
    for _ in 0..500 {
        let rows = session.query("SELECT FROM pg_stat_activity WHERE pid = $1", &[&pid]).await.unwrap();
        if rows.is_empty() {
            let tx = db.tenant(&tenant(2)).begin().await.unwrap();
            let now: i32 = tx.query_value("SELECT pg_backend_pid()", &[]).await.unwrap();
            assert_ne!(now, pid);
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the server goes on");
}

#[tokio::test]
async fn a_stream_says_what_went_wrong_and_ends() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let sql = "SELECT 1 / (1000 - n) FROM generate_series(1, 2000) AS n";
    let mut stream = db.tenant(&tenant(1)).stream::<(i32,)>(sql, &[]).await.unwrap();
    let mut seen = 0;
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(_) => seen += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((seen, error.sqlstate().unwrap().code()), (999, "22012"));
    assert!(stream.next().await.is_none());
    let mut stream = db.tenant(&tenant(1)).stream::<(i64,)>("SELECT 1::int", &[]).await.unwrap();
    assert!(matches!(stream.next().await.unwrap(), Err(Error::Column { .. })));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_stream_keeps_its_deadline_even_when_rows_come() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let handle = db.tenant(&tenant(1)).within(Duration::from_secs(2));
    let sql = "SELECT n, repeat('x', 9000) || pg_sleep(0.005)::text FROM generate_series(1, 100000) AS n";
    let mut stream = handle.stream::<(i32, String)>(sql, &[]).await.unwrap();
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Deadline), "{error:?}");
}

#[tokio::test]
async fn what_a_stream_writes_lasts_when_it_was_read_to_its_end() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let sql = "INSERT INTO notes (tenant_id, id) SELECT $1, n FROM generate_series(1, 3) AS n RETURNING id";
    let stream = db.tenant(&tenant(1)).stream::<(i64,)>(sql, &[&tenant(1)]).await.unwrap();
    assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap(), [(1,), (2,), (3,)]);
    let count: i64 = db.tenant(&tenant(1)).query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(count, 3);
}
