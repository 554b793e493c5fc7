//! What only tests within the crate can set: a pooler's mode, small limits; and bytes that no server sends.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::future::join_all;
use proptest::prelude::*;

use super::{
    Step, Wire, WireOptions, answer, frames,
    statement::{Registry, Statement},
};
use crate::{Column, Error, Row, Sql, Tenancy, context::Context, db::ConnectOptions, execute::Param};

#[path = "../../../tenancy-ground/src/ground.rs"]
mod ground;
#[path = "../../tests/ground/pooler.rs"]
mod pooler;

use ground::{Ground, tenant};

fn context(n: u128) -> Context {
    Context {
        tenancy: Arc::new(Tenancy::default()),
        tenant: Some(tenant(n)),
        role: None,
        system: false,
        unchecked: true,
        statement_timeout: None,
        settings: Vec::new(),
        deadline: None,
        read_only: false,
        snapshot: false,
        signer: None,
        tags: None,
    }
}

async fn ask(wire: &Wire, n: u128, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Error> {
    let sql = Sql::vouched(sql.to_owned());
    let mut replies = wire.run(&context(n), &[Step { sql: &sql, params }]).await?;
    Ok(replies.remove(0).rows)
}

fn wire(url: &str, options: WireOptions) -> Wire {
    Wire::new(ConnectOptions::from_url(url).unwrap(), options)
}

#[tokio::test]
async fn an_answer_that_is_too_large_ends_alone() {
    let ground = Ground::new().await;
    let options = WireOptions { connections: 1, most: 1, largest_answer: 100_000, ..WireOptions::default() };
    let wire = wire(&ground.url("app_writer"), options);
    let series = "SELECT i, repeat('x', 100) FROM generate_series(1, $1) AS i";
    ask(&wire, 1, series, &[&1_i32]).await.unwrap();
    let pid: i32 = ask(&wire, 1, "SELECT pg_backend_pid()", &[]).await.unwrap()[0].get(0).unwrap();
    let (many, few): ([Param<'_>; 1], [Param<'_>; 1]) = ([&20_000_000_i32], [&500_i32]);
    let (large, fits) = tokio::join!(ask(&wire, 1, series, &many), ask(&wire, 2, series, &few));
    assert!(matches!(large, Err(Error::Input { what: "reading the answer", .. })), "{large:?}");
    assert_eq!(fits.unwrap().len(), 500);
    let one = ask(&wire, 1, "SELECT repeat('x', 200000)", &[]).await;
    assert!(matches!(one, Err(Error::Input { what: "reading the answer", .. })), "{one:?}");
    let still: i32 = ask(&wire, 1, "SELECT pg_backend_pid()", &[]).await.unwrap()[0].get(0).unwrap();
    assert_eq!(still, pid, "the connection goes on");
}

#[tokio::test]
async fn a_full_queue_says_so() {
    let ground = Ground::new().await;
    let options = WireOptions { connections: 1, most: 1, window: 1, waiting: 3, ..WireOptions::default() };
    let wire = wire(&ground.url("app_writer"), options);
    ask(&wire, 1, "SELECT pg_sleep($1)", &[&0.0_f64]).await.unwrap();
    let asked = (0..10).map(|_| ask(&wire, 1, "SELECT pg_sleep($1)", &[&0.05_f64]));
    let answers = join_all(asked).await;
    let busy = answers.iter().filter(|answer| matches!(answer, Err(Error::Busy { .. }))).count();
    let fine = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!((fine, busy), (4, 6));
}

#[tokio::test]
async fn a_connection_is_replaced_at_its_age() {
    let ground = Ground::new().await;
    let lifetime = Duration::from_millis(50);
    let wire =
        wire(&ground.url("app_writer"), WireOptions { connections: 1, lifetime, ..WireOptions::default() });
    let mut pids = std::collections::HashSet::new();
    while pids.len() < 3 {
        let pid: i32 = ask(&wire, 1, "SELECT pg_backend_pid()", &[]).await.unwrap()[0].get(0).unwrap();
        pids.insert(pid);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_a_pooler_that_keeps_nothing_every_row_is_the_tenants_own() {
    let ground = Ground::new().await;
    ground
        .admin(
            "CREATE TYPE mood AS ENUM ('sad', 'happy'); ALTER TABLE notes ADD mood mood DEFAULT 'sad';
                INSERT INTO notes (tenant_id, id) SELECT t.id, i FROM tenants t, generate_series(1, 5) AS i",
        )
        .await;
    let pooler = pooler::Bouncer::start(&ground, "transaction", "").await;
    let url = pooler.url("app_writer");
    let wire = Arc::new(wire(&url, WireOptions { pooled: true, unnamed: true, ..WireOptions::default() }));
    let tasks = (0..12_u128).map(|task| {
        let wire = wire.clone();
        tokio::spawn(async move {
            let n = task % 3 + 1;
            let mut pids = std::collections::HashSet::new();
            for round in 0..12_i64 {
                if round % 7 == 3 {
                    let zero = ask(&wire, n, "SELECT 1 / (id - 1) FROM notes", &[]).await.unwrap_err();
                    assert_eq!(zero.sqlstate().unwrap().code(), "22012");
                }
                if round % 5 == 4 {
                    let slow = "SELECT pg_sleep(60)";
                    let left = tokio::time::timeout(Duration::from_millis(3), ask(&wire, n, slow, &[])).await;
                    assert!(left.is_err());
                }
                let all = "SELECT tenant_id, id, mood::text, pg_backend_pid() FROM notes WHERE id > $1";
                let rows = ask(&wire, n, all, &[&(round % 4)]).await.unwrap();
                assert_eq!(rows.len(), usize::try_from(5 - round % 4).unwrap());
                for row in rows {
                    let of: uuid::Uuid = row.get(0).unwrap();
                    assert_eq!(Some(of), tenant(n).as_uuid());
                    pids.insert(row.get::<i32>(3).unwrap());
                }
            }
            pids
        })
    });
    let mut pids = std::collections::HashSet::new();
    for task in join_all(tasks).await {
        pids.extend(task.unwrap());
    }
    assert!(pids.len() >= 2, "several processes of the server took part");
    let named = "SELECT count(*) FROM pg_prepared_statements";
    assert_eq!(ask(&wire, 1, named, &[]).await.unwrap()[0].get::<i64>(0).unwrap(), 0);
}

fn known() -> Arc<Statement> {
    let columns: Arc<[Column]> = Arc::new([Column { name: "a".to_owned(), ty: postgres_types::Type::INT4 }]);
    Registry::new().add(&Sql::from("SELECT 1 AS a"), Vec::new(), columns, true)
}

/// Messages of the right form with anything in them, and anything at all.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let message = (
        prop::sample::select(b"123ACDEGHIKNRSTWZcdnstv".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
        prop_oneof![9 => Just(0_i32), 1 => -8..8_i32],
    )
        .prop_map(|(tag, body, off)| {
            let length = i32::try_from(body.len() + 4).unwrap().saturating_add(off);
            let mut message = vec![tag];
            message.extend_from_slice(&length.to_be_bytes());
            message.extend_from_slice(&body);
            message
        });
    prop_oneof![
        prop::collection::vec(message, 0..12).prop_map(|messages| messages.concat()),
        prop::collection::vec(any::<u8>(), 0..200),
    ]
}

proptest! {
    #[test]
    fn whatever_a_server_sends_is_read_or_refused(sent in bytes(), in_context: bool, parsed: bool) {
        let steps = [known()];
        let described = u64::from(parsed);
        let expected = answer::Expected { context: in_context, steps: &steps, described };
        if let Ok(Ok(parts)) = answer::read(&sent, &expected) {
            for part in parts {
                if let Ok(rows) = part.rows(steps[0].columns.clone(), &Bytes::copy_from_slice(&sent)) {
                    for row in rows {
                        let _ = row.get::<Option<i32>>(0);
                        let _ = row.get::<Option<i32>>("b");
                    }
                }
            }
        }
        let _ = answer::read_look(&sent);
        let _ = frames::last_words(&sent);
        let _ = frames::refusal(&sent);
        let _ = frames::columns(&sent);
        let _ = frames::parameters(&sent);
        let _ = frames::affected(&sent);
        let _ = frames::describes(&sent, &steps[0].columns);
        let mut buffer = BytesMut::from(sent.as_slice());
        let _ = frames::keep(&mut buffer, sent.len() / 2);
    }
}

#[test]
fn an_answer_is_read_as_it_was_sent() {
    let mut sent = Vec::new();
    sent.extend_from_slice(b"2\0\0\0\x04");
    sent.extend_from_slice(b"D\0\0\0\x0e\0\x01\0\0\0\x04\0\0\0\x07");
    sent.extend_from_slice(b"D\0\0\0\x0a\0\x01\xff\xff\xff\xff");
    sent.extend_from_slice(b"C\0\0\0\x0dSELECT 2\0Z\0\0\0\x05I");
    let steps = [known()];
    let expected = answer::Expected { context: false, steps: &steps, described: 0 };
    let Ok(Ok(mut parts)) = answer::read(&sent, &expected) else { panic!("it can't be read") };
    let part = parts.remove(0);
    assert_eq!(part.affected, 2);
    let rows = part.rows(steps[0].columns.clone(), &Bytes::from(sent)).ok().unwrap();
    assert_eq!(rows[0].get::<i32>("a").unwrap(), 7);
    assert_eq!(rows[1].get::<Option<i32>>(0).unwrap(), None);
}
