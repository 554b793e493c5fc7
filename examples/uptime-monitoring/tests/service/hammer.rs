//! Two tenants at once, hanging up at random, while the worker works: nothing of one is ever in an answer to the other.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;
use tokio::sync::watch;

use crate::stage::{Account, Stage, Target};

/// Requests of each tenant in each of its tasks.
const ROUNDS: u32 = 60;
/// Tasks of each tenant.
const TASKS: u32 = 8;

async fn hammer(account: &Account, task: u32, target: &str, own: &[String], foreign: &[String]) {
    for round in 0..ROUNDS {
        let patience = match fastrand::u32(..3) {
            0 => Duration::from_millis(fastrand::u64(0..15)),
            _ => Duration::from_secs(20),
        };
        let ask = |method, path: String, body| async move {
            account.client.ask_or_hang_up(method, &path, body, patience).await
        };
        let id = &own[fastrand::usize(..own.len())];
        match fastrand::u32(..7) {
            0 => {
                let name = format!("{task} {round} {}", account.mark);
                let body = json!({ "name": name, "url": target, "check_interval": 3600 });
                drop(ask(Method::POST, "/monitors".to_owned(), Some(body)).await);
            }
            1 => drop(ask(Method::GET, "/monitors".to_owned(), None).await),
            2 => drop(ask(Method::GET, format!("/monitors/{id}/checks?limit=20"), None).await),
            3 => drop(ask(Method::GET, format!("/monitors/{id}/days"), None).await),
            4 => drop(ask(Method::GET, format!("/monitors/{id}"), None).await),
            // Another tenant's monitor: no rows, whatever goes on at the same time.
            5 => {
                let other = &foreign[fastrand::usize(..foreign.len())];
                let came = ask(Method::GET, format!("/monitors/{other}/checks"), None).await;
                if let Some(came) = came {
                    // A pooler that ends and comes back is told as such, never as rows.
                    let away = came.status == StatusCode::SERVICE_UNAVAILABLE;
                    assert!(
                        away || (came.status, came.json()) == (StatusCode::OK, json!([])),
                        "{}",
                        came.text
                    );
                }
            }
            _ => drop(
                ask(Method::POST, "/monitors".to_owned(), Some(json!({ "name": "", "url": "http://x/" })))
                    .await,
            ),
        }
    }
}

async fn both(pooler: bool) {
    let stage = Stage::set(pooler).await;
    let accounts = stage.two().await;
    let target = Target::listen().await;
    let mut monitors = Vec::new();
    for account in &accounts {
        let mut own = Vec::new();
        for n in 0..6 {
            own.push(account.monitor(&format!("first {n}"), &target.url("/up")).await);
        }
        monitors.push(own);
    }
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(stage.worker().run(stopped));
    // Each has something to see before the hammering begins.
    for (account, own) in accounts.iter().zip(&monitors) {
        for _ in 0..400 {
            let checks = account.ask(Method::GET, &format!("/monitors/{}/checks", own[0]), None).await;
            if checks.json().as_array().is_some_and(|checks| !checks.is_empty()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let url = target.url("/up");
    let (url, monitors) = (&url, &monitors);
    let work = accounts.iter().enumerate().flat_map(|(at, account)| {
        (0..TASKS).map(move |task| hammer(account, task, url, &monitors[at], &monitors[1 - at]))
    });
    tokio::select! {
        () = stage.places.keep_pooler() => {}
        _ = futures_util::future::join_all(work) => {}
    }
    stop.send(true).unwrap();
    worker.await.unwrap();
    for account in &accounts {
        assert_eq!(account.watch.leaks(), Vec::<String>::new());
        assert!(account.watch.rows() > 500, "only {} rows were looked at", account.watch.rows());
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
