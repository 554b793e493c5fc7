//! Through PgBouncer in each of its modes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "ground/pooler.rs"]
mod bouncer;
use freehold_tenancy_ground as ground;

use bouncer::Bouncer;
use freehold_tenancy::{Db, DbBuilder, Error, Execute, Pooler};
use futures_util::TryStreamExt;
use ground::{Ground, tenant};

fn builder(bouncer: &Bouncer) -> DbBuilder {
    Db::builder(&bouncer.url("app_writer")).tenancy(Ground::tenancy()).system_url(bouncer.url("app_system"))
}

#[tokio::test]
async fn what_stands_in_between_is_found_out() {
    let ground = Ground::new().await;
    assert_eq!(ground.db().await.pooler(), Pooler::Direct);
    let ignores = "ignore_startup_parameters = extra_float_digits,options";
    for (mode, more, found) in [
        ("session", "", Pooler::Session),
        ("transaction", "", Pooler::TransactionUnprepared),
        ("transaction", ignores, Pooler::TransactionUnprepared),
        ("transaction", "server_round_robin = 1", Pooler::TransactionUnprepared),
    ] {
        let bouncer = Bouncer::start(&ground, mode, more).await;
        let db = builder(&bouncer).max_connections(1).open().await.unwrap();
        assert_eq!(db.pooler(), found, "{mode} {more}");
    }
    let bouncer = Bouncer::start(&ground, "statement", "").await;
    let error = builder(&bouncer).open().await.unwrap_err();
    assert!(matches!(&error, Error::Setup(why) if why.contains("statement mode")), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_of_many_tenants_share_two_processes() {
    let ground = Ground::new().await;
    ground.admin("CREATE TYPE mood AS ENUM ('calm', 'cross'); ALTER TABLE notes ADD mood mood").await;
    let bouncer = Bouncer::start(&ground, "transaction", "").await;
    let db = builder(&bouncer).max_connections(6).open().await.unwrap();
    let tasks: Vec<_> = (0..6_u128)
        .map(|task| {
            let handle = db.tenant(&tenant(task % 3 + 1));
            let own = tenant(task % 3 + 1).to_string();
            tokio::spawn(async move {
                for round in 0..15_i64 {
                    let id = i64::try_from(task).unwrap() * 1_000 + round;
                    let tx = handle.begin().await.unwrap();
                    let sql = "INSERT INTO notes (tenant_id, id, body, mood)
                               VALUES ($1, $2, $3, $4::text::mood)";
                    let owner = tx.tenant_id().unwrap().clone();
                    tx.execute(sql, &[&owner, &id, &"hello", &"calm"]).await.unwrap();
                    let owners: Vec<(String,)> =
                        tx.query("SELECT tenant_id::text FROM notes", &[]).await.unwrap();
                    assert!(!owners.is_empty() && owners.iter().all(|(owner,)| *owner == own));
                    if round % 5 == 0 {
                        // A type of the database's own has to be looked up by the driver.
                        let moods = tx.rows(&"SELECT mood FROM notes".into(), &[]).await.unwrap();
                        assert!(moods.len() >= owners.len());
                    }
                    match round % 3 {
                        0 => tx.commit().await.unwrap(),
                        1 => tx.rollback().await.unwrap(),
                        _ => drop(tx),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let count: i64 =
        db.system("counting").unwrap().query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(count, 6 * 5);
}

#[tokio::test]
async fn nothing_is_left_on_a_process_that_others_share() {
    let ground = Ground::new().await;
    let bouncer = Bouncer::start(&ground, "transaction", "default_pool_size = 1").await;
    let db = builder(&bouncer).open().await.unwrap();
    let tx = db.tenant(&tenant(1)).begin().await.unwrap();
    tx.execute("SET app.note = 'of the first tenant'", &[]).await.unwrap();
    tx.execute("CREATE TEMP TABLE mine (x int)", &[]).await.unwrap();
    tx.commit().await.unwrap();
    let sql = "SELECT concat(current_setting('app.note', true), to_regclass('pg_temp.mine')::text,
               (SELECT string_agg(name, ',') FROM pg_prepared_statements))";
    let tx = db.tenant(&tenant(2)).begin().await.unwrap();
    let left: String = tx.query_value(sql, &[]).await.unwrap();
    // The statement that asks is the only one that is there.
    assert!(left.starts_with('s') && !left.contains(','), "{left}");
}

#[tokio::test]
async fn streams_and_cancels_go_through() {
    let ground = Ground::new().await;
    let bouncer = Bouncer::start(&ground, "transaction", "").await;
    let db = builder(&bouncer).max_connections(2).open().await.unwrap();
    let sql = "SELECT generate_series(1, $1)";
    let stream = db.tenant(&tenant(1)).stream::<(i32,)>(sql, &[&2_000]).await.unwrap();
    assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap().len(), 2_000);
    let handle = db.tenant(&tenant(1));
    let task = tokio::spawn(async move {
        handle.transaction(async |tx| tx.execute("SELECT pg_sleep(60), 'pooled'", &[]).await).await
    });
    let session = freehold_db::Session::open(&ground.scratch.connect_to()).await.unwrap();
    let runs = async || {
        let sql = "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%''pooled''%'
                   AND pid <> pg_backend_pid()";
        !session.query(sql, &[]).await.unwrap().is_empty()
    };
    while !runs().await {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    task.abort();
    while runs().await {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
