//! The server is killed and comes back under load: what was acknowledged is there.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Method, StatusCode};
use serde_json::json;

use crate::stage::{Account, Stage};

async fn write_on(
    account: &Account,
    stop: &AtomicBool,
    next: &AtomicUsize,
    acknowledged: &Mutex<BTreeSet<String>>,
) {
    while !stop.load(Ordering::Relaxed) {
        let person = account.person(next.fetch_add(1, Ordering::Relaxed));
        let body = json!({ "external_id": person, "consent_type": "DATA_RETENTION" });
        match account.client.ask(Method::POST, "/consents", Some(body)).await {
            Some(made) if made.status == StatusCode::CREATED => {
                acknowledged.lock().unwrap().insert(person);
            }
            Some(made) => {
                let refused = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
                assert!(refused.contains(&made.status), "{}: {}", made.status, made.text);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            None => panic!("the service itself does not answer"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_acknowledged_write_is_lost_when_the_server_is_killed_under_load() {
    let stage = Stage::set(false).await;
    let accounts = stage.two("ENTERPRISE").await;
    let (stop, next, acknowledged) =
        (AtomicBool::new(false), AtomicUsize::new(0), Mutex::new(BTreeSet::new()));
    let sandbox = stage.places.sandbox().unwrap();
    let count = || acknowledged.lock().unwrap().len();
    let killer = async {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            sandbox.kill().await.unwrap();
            let before = count();
            tokio::time::sleep(Duration::from_millis(200)).await;
            sandbox.restart().await.unwrap();
            // Writing goes on by itself once the server is back.
            for _ in 0..600 {
                if count() > before + 20 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert!(count() > before + 20, "nothing was written after the server came back");
        }
        stop.store(true, Ordering::Relaxed);
    };
    let writers =
        accounts.iter().flat_map(|account| (0..4).map(|_| write_on(account, &stop, &next, &acknowledged)));
    tokio::join!(killer, futures_util::future::join_all(writers));
    for person in &acknowledged.into_inner().unwrap() {
        let owner = accounts.iter().find(|account| person.starts_with(&account.mark)).unwrap();
        let there = owner.ask(Method::GET, &format!("/consents/{person}"), None).await.json();
        assert_eq!(there.as_array().map(Vec::len), Some(1), "{person} was acknowledged");
    }
    for account in &accounts {
        assert_eq!(account.watch.leaks(), Vec::<String>::new());
    }
}
