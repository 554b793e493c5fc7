//! Many tenants on four connections, in any order, with errors and callers that leave: no row reaches another tenant.

use std::time::Duration;

use freehold_tenancy::{Db, Error, Execute, TenantId};
use proptest::prelude::*;
use tokio::time::timeout;
use uuid::Uuid;

use crate::ground::{Ground, tenant};

/// What one caller does.
#[derive(Debug, Clone)]
enum Act {
    /// Reads everything that there is.
    Read,
    /// Reads with the rows of a whole block.
    ReadMany(i32),
    /// Fails in the middle.
    Fail,
    /// Tries to write a row of another tenant.
    Trespass,
    /// Is not understood by the server.
    Misspelt,
    /// Leaves after so many microseconds.
    Leave(u64),
    /// Leaves a slow statement.
    LeaveSlow(u64),
    /// Has a deadline that comes too early.
    Late,
    /// Takes the tenant of its own statement away in the middle of it.
    Forget,
    /// Writes a row and reads it.
    Write,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Read),
        2 => (1..2000_i32).prop_map(Act::ReadMany),
        1 => Just(Act::Fail),
        1 => Just(Act::Trespass),
        1 => Just(Act::Misspelt),
        3 => (0..1500_u64).prop_map(Act::Leave),
        1 => (0..30_000_u64).prop_map(Act::LeaveSlow),
        1 => Just(Act::Late),
        1 => Just(Act::Forget),
        2 => Just(Act::Write),
    ]
}

async fn play(db: Db, n: u128, id: i64, act: Act) {
    let owner = tenant(n);
    let handle = db.tenant(&owner);
    let own = |rows: &[(Uuid, i64)]| {
        for (of, _) in rows {
            assert_eq!(*of, owner.as_uuid().unwrap(), "a row of another tenant");
        }
    };
    const READ: &str = "SELECT tenant_id, id FROM notes";
    match act {
        Act::Read => {
            let rows: Vec<(Uuid, i64)> = handle.query(READ, &[]).await.unwrap();
            assert!(rows.len() >= 20);
            own(&rows);
        }
        Act::ReadMany(times) => {
            let many = "SELECT tenant_id, n.id FROM notes n, generate_series(1, $1) WHERE n.id = 1";
            let rows: Vec<(Uuid, i64)> = handle.query(many, &[&times]).await.unwrap();
            assert_eq!(rows.len(), usize::try_from(times).unwrap());
            own(&rows);
        }
        Act::Fail => {
            let fail = "SELECT tenant_id, id / (id - 10) FROM notes ORDER BY id";
            let error = handle.rows(&fail.into(), &[]).await.unwrap_err();
            assert_eq!(error.sqlstate().unwrap().code(), "22012");
        }
        Act::Trespass => {
            let other = tenant(n % 3 + 1);
            let insert = "INSERT INTO notes (tenant_id, id) VALUES ($1, $2)";
            let error = handle.execute(insert, &[&other, &id]).await.unwrap_err();
            assert_eq!(error.sqlstate().unwrap().code(), "42501");
        }
        Act::Misspelt => assert!(handle.execute("SELECT nonsense FROM notes", &[]).await.is_err()),
        Act::Leave(after) => {
            let rows = handle.query::<(Uuid, i64)>(READ, &[]);
            if let Ok(rows) = timeout(Duration::from_micros(after), rows).await {
                own(&rows.unwrap());
            }
        }
        Act::LeaveSlow(after) => {
            let slow = "SELECT tenant_id, id FROM notes WHERE pg_sleep(30) IS NOT NULL";
            let left = timeout(Duration::from_micros(after), handle.rows(&slow.into(), &[])).await;
            assert!(left.is_err());
        }
        Act::Late => {
            let slow = "SELECT tenant_id, id FROM notes WHERE pg_sleep(20) IS NOT NULL";
            let late = handle.within(Duration::from_millis(5)).rows(&slow.into(), &[]).await;
            assert!(matches!(late, Err(Error::Deadline)), "{late:?}");
        }
        Act::Forget => {
            let forget = "SELECT set_config('app.current_tenant_id', '', true)";
            handle.rows(&forget.into(), &[]).await.unwrap();
        }
        Act::Write => {
            let insert = "INSERT INTO notes (tenant_id, id) VALUES ($1, $2) RETURNING tenant_id, id";
            let rows: Vec<(Uuid, i64)> = handle.query(insert, &[&owner, &id]).await.unwrap();
            assert_eq!(rows, [(owner.as_uuid().unwrap(), id)]);
        }
    }
}

async fn filled() -> Ground {
    let ground = Ground::new().await;
    ground
        .admin("INSERT INTO notes (tenant_id, id) SELECT t.id, i FROM tenants t, generate_series(1, 20) AS i")
        .await;
    ground
}

#[test]
fn every_row_belongs_to_the_tenant_who_asked() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let ground = runtime.block_on(filled());
    let db = runtime.block_on(async { ground.builder().shared_connections(4).open().await.unwrap() });
    let next = std::sync::atomic::AtomicI64::new(1000);
    let acts = proptest::collection::vec((1..=3_u128, act()), 1..120);
    let config = ProptestConfig { cases: 24, max_shrink_iters: 0, ..ProptestConfig::default() };
    proptest!(config, |(acts in acts)| {
        runtime.block_on(async {
            let tasks: Vec<_> = acts.iter().cloned().map(|(n, act)| {
                let id = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                tokio::spawn(play(db.clone(), n, id, act))
            }).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    runtime.block_on(async {
        let all: Vec<(TenantId, i64)> = Vec::new();
        drop(all);
        for n in 1..=3 {
            play(db.clone(), n, 0, Act::Read).await;
        }
    });
}

#[tokio::test]
async fn the_judge_sees_a_row_that_crossed() {
    let ground = filled().await;
    // Without row security the same check fails: it is the server, not the test, that keeps tenants apart.
    ground.admin("ALTER TABLE notes DISABLE ROW LEVEL SECURITY").await;
    let db = ground.builder().accept_unprotected(["notes"]).open().await.unwrap();
    let crossed = tokio::spawn(play(db, 1, 0, Act::Read)).await;
    assert!(crossed.is_err_and(|error| error.is_panic()));
}
