//! Two organisations at once, hanging up at random: nothing of one is ever in an answer to the other.

use std::time::Duration;

use http::Method;
use serde_json::json;

use crate::stage::{Org, Stage};

/// Requests of each organisation in each of its tasks.
const ROUNDS: u32 = 60;
/// Tasks of each organisation.
const TASKS: u32 = 8;

async fn hammer(org: &Org, task: u32) {
    for round in 0..ROUNDS {
        let patience = match fastrand::u32(..3) {
            0 => Duration::from_millis(fastrand::u64(0..15)),
            _ => Duration::from_secs(20),
        };
        let hours = i64::from(task * ROUNDS + round + 1);
        let ask = |method, path: String, body| async move {
            org.client.ask_or_hang_up(method, &path, body, patience).await
        };
        match fastrand::u32(..6) {
            0 => {
                let made = ask(Method::POST, "/meetings".to_owned(), Some(org.meeting(hours))).await;
                if let Some(code) = made.map(|made| made.text_of("code")) {
                    ask(Method::POST, "/meetings/join".to_owned(), Some(json!({ "code": code }))).await;
                }
            }
            1 => drop(ask(Method::GET, "/users".to_owned(), None).await),
            2 => drop(ask(Method::GET, "/audit?limit=50".to_owned(), None).await),
            3 => drop(ask(Method::GET, "/meetings?limit=50".to_owned(), None).await),
            // Wrong on purpose: an error of one must not become an answer of the other.
            4 => drop(ask(Method::POST, "/meetings".to_owned(), Some(json!({ "title": "", "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2025-01-01T00:00:00Z" }))).await),
            _ => drop(ask(Method::GET, "/meetings?limit=7".to_owned(), None).await),
        }
    }
}

async fn both(pooler: bool) {
    let stage = Stage::set(pooler).await;
    let orgs = stage.two().await;
    for org in &orgs {
        for hours in 1..20 {
            org.schedule(hours).await;
        }
    }
    let work = orgs.iter().flat_map(|org| (0..TASKS).map(move |task| hammer(org, task)));
    tokio::select! {
        () = stage.places.keep_pooler() => {}
        _ = futures_util::future::join_all(work) => {}
    }
    for org in &orgs {
        assert_eq!(org.watch.leaks(), Vec::<String>::new());
        assert!(org.watch.rows() > 500, "only {} rows were looked at", org.watch.rows());
        // After all that, each still sees its own.
        let list = (Method::GET, "/meetings?limit=50", None);
        assert!(org.client.ask_until_it_holds(&stage.places, list, &org.mark).await, "{}", org.mark);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_organizations_that_hammer_at_once_see_nothing_of_each_other() {
    both(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nor_do_they_through_a_pooler_in_transaction_mode() {
    both(true).await;
}
