//! Two tenants at once, hanging up at random: nothing of one is ever in an answer to the other.

use std::time::Duration;

use http::Method;
use serde_json::json;

use crate::stage::{Account, Stage, embedding};

/// Requests of each tenant in each of its tasks.
const ROUNDS: usize = 50;
/// Tasks of each tenant.
const TASKS: usize = 8;
/// Faces of each tenant at the start.
const FACES: usize = 20;

async fn hammer(account: &Account, task: usize) {
    for round in 0..ROUNDS {
        let patience = match fastrand::u32(..3) {
            0 => Duration::from_millis(fastrand::u64(0..15)),
            _ => Duration::from_secs(20),
        };
        let ask = |method, path: String, body| async move {
            account.client.ask_or_hang_up(method, &path, body, patience).await
        };
        let n = fastrand::usize(..FACES);
        let person = account.person(n);
        match fastrand::u32(..7) {
            0 => {
                let new = FACES + task * ROUNDS + round;
                let consent =
                    json!({ "external_id": account.person(new), "consent_type": "FACE_REGISTRATION" });
                drop(ask(Method::POST, "/consents".to_owned(), Some(consent)).await);
                drop(
                    ask(Method::PUT, format!("/faces/{}", account.person(new)), Some(account.face(new)))
                        .await,
                );
            }
            1 => drop(ask(Method::GET, "/faces?limit=50".to_owned(), None).await),
            2 => {
                let body = json!({ "embedding": embedding(n) });
                drop(ask(Method::POST, format!("/faces/{person}/verify"), Some(body)).await);
            }
            3 | 4 => {
                let body = json!({ "embedding": embedding(n), "threshold": 0.0, "limit": 20 });
                drop(ask(Method::POST, "/identify".to_owned(), Some(body)).await);
            }
            5 => drop(ask(Method::GET, format!("/persons/{person}/export"), None).await),
            _ => drop(ask(Method::POST, "/identify".to_owned(), Some(json!({ "embedding": [1.0] }))).await),
        }
    }
}

async fn both(pooler: bool) {
    let stage = Stage::set(pooler).await;
    let accounts = stage.two("ENTERPRISE").await;
    for account in &accounts {
        for n in 0..FACES {
            account.register(n).await;
        }
    }
    let work = accounts.iter().flat_map(|account| (0..TASKS).map(move |task| hammer(account, task)));
    tokio::select! {
        () = stage.places.keep_pooler() => {}
        _ = futures_util::future::join_all(work) => {}
    }
    for account in &accounts {
        assert_eq!(account.watch.leaks(), Vec::<String>::new());
        assert!(account.watch.rows() > 500, "only {} rows were looked at", account.watch.rows());
        let body = json!({ "embedding": embedding(3) });
        let identify = (Method::POST, "/identify", Some(body));
        let person = account.person(3);
        assert!(account.client.ask_until_it_holds(&stage.places, identify, &person).await, "{person}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_tenants_that_hammer_at_once_see_nothing_of_each_other() {
    both(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nor_do_they_through_a_pooler_in_transaction_mode() {
    both(true).await;
}
