//! Servers that die, restart, or close a connection.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use freehold_db::Session;
use freehold_sandbox::{Sandbox, Server, testing};
use freehold_tenancy::{Db, Error, Execute, Tenancy};
use tokio::time::sleep;

use crate::ground::{Ground, tenant};

#[tokio::test]
async fn a_session_that_was_ended_is_replaced() {
    let ground = Ground::new().await;
    let db = ground.builder().shared_connections(1).open().await.unwrap();
    let handle = db.tenant(&tenant(1));
    for _ in 0..3 {
        let pid: i32 = handle.query_value("SELECT pg_backend_pid()", &[]).await.unwrap();
        ground.admin(&format!("SELECT pg_terminate_backend({pid}, 5000)")).await;
        // The end of the old one may be noticed only now: then the error says so, and the next goes through.
        let next: Result<i32, Error> = handle.query_value("SELECT pg_backend_pid()", &[]).await;
        match next {
            Ok(next) => assert_ne!(next, pid),
            Err(Error::Lost { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    let own = handle.execute("SELECT pg_terminate_backend(pg_backend_pid())", &[]).await;
    assert!(matches!(own, Err(Error::Lost { sent: true, .. })), "{own:?}");
    assert_eq!(handle.query_value::<i32>("SELECT 1", &[]).await.unwrap(), 1);
}

#[tokio::test]
async fn a_server_that_is_away_and_a_wrong_database_are_told_apart() {
    let ground = Ground::new().await;
    let db = ground.builder().checkout_timeout(Duration::from_millis(300)).open().await.unwrap();
    let handle = db.tenant(&tenant(1));
    ground.admin("ALTER ROLE app_writer NOLOGIN").await;
    let refused = handle.execute("SELECT 1", &[]).await;
    ground.admin("ALTER ROLE app_writer LOGIN").await;
    assert!(matches!(refused, Err(Error::Connect { .. })), "{refused:?}");
    handle.execute("SELECT 1", &[]).await.unwrap();
}

/// A server that loses nothing that it has acknowledged.
async fn durable() -> (Server, freehold_sandbox::Scratch, Db) {
    let mut options = testing::options();
    options.settings.push(("synchronous_commit".to_owned(), "on".to_owned()));
    options.settings.push(("fsync".to_owned(), "on".to_owned()));
    let server = Server::Own(Sandbox::start(&options).await.unwrap());
    let scratch = server.scratch().await.unwrap();
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session
        .run(
            "CREATE ROLE app_writer LOGIN; CREATE TABLE notes (tenant_id uuid NOT NULL, id bigint PRIMARY KEY);
             ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
             CREATE POLICY own ON notes USING (tenant_id =
                 (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
             GRANT SELECT, INSERT ON notes TO app_writer",
        )
        .await
        .unwrap();
    session.close().await;
    server.sandbox().unwrap().admit("app_writer").unwrap();
    let to = scratch.connect_to().with_user("app_writer");
    for _ in 0..100 {
        if Session::open(&to).await.is_ok() {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    let builder = Db::builder(&to.masked()).tenancy(Tenancy::default());
    let db = builder.checkout_timeout(Duration::from_secs(20)).open().await.unwrap();
    (server, scratch, db)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_under_load_loses_no_acknowledged_write() {
    let (server, _scratch, db) = durable().await;
    let stop = Arc::new(AtomicBool::new(false));
    let kept = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..16_i64)
        .map(|task| {
            let (db, stop, kept) = (db.clone(), stop.clone(), kept.clone());
            tokio::spawn(async move {
                let owner = tenant(u128::try_from(task % 3 + 1).unwrap());
                let mut id = task;
                while !stop.load(Ordering::Relaxed) {
                    id += 1000;
                    let insert = "INSERT INTO notes (tenant_id, id) VALUES ($1, $2)";
                    match db.tenant(&owner).execute(insert, &[&owner, &id]).await {
                        Ok(count) => {
                            assert_eq!(count, 1);
                            kept.lock().unwrap().push((owner.clone(), id));
                        }
                        Err(Error::Lost { .. } | Error::Connect { .. } | Error::Busy { .. }) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            })
        })
        .collect();
    let written = || kept.lock().unwrap().len();
    for _ in 0..2 {
        let before = written();
        while written() < before + 200 {
            sleep(Duration::from_millis(5)).await;
        }
        server.sandbox().unwrap().kill().await.unwrap();
        server.sandbox().unwrap().restart().await.unwrap();
    }
    let before = written();
    while written() < before + 200 {
        sleep(Duration::from_millis(5)).await;
    }
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    let kept = kept.lock().unwrap().clone();
    for n in 1..=3 {
        let owner = tenant(n);
        let there: Vec<(i64,)> = db.tenant(&owner).query("SELECT id FROM notes", &[]).await.unwrap();
        let there: std::collections::HashSet<i64> = there.into_iter().map(|(id,)| id).collect();
        for (_, id) in kept.iter().filter(|(of, _)| *of == owner) {
            assert!(there.contains(id), "acknowledged, and gone: {id}");
        }
    }
    server.close().await.unwrap();
}
