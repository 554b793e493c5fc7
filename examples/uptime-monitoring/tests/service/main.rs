//! The service over HTTP and its worker, on a real PostgreSQL and real targets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod bad_input;
mod crash;
mod hammer;
mod stage;

use std::sync::atomic::Ordering;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use stage::{Stage, Target};

#[tokio::test]
async fn what_the_worker_saw_is_told_by_check_by_day_and_on_the_status_page() {
    let stage = Stage::set(false).await;
    let [acme, bolt] = stage.two().await;
    let target = Target::listen().await;
    let up = acme.monitor("shop", &target.url("/up")).await;
    let down = acme.monitor("search", &target.url("/down")).await;
    let slow = acme.monitor("slow", &target.url("/slow")).await;
    // Nobody listens on port 1.
    let gone = acme.monitor("gone", "http://127.0.0.1:1/").await;
    bolt.monitor("shop", &target.url("/up")).await;
    let mut worker = stage.worker();
    let report = worker.round().await.unwrap();
    assert_eq!((report.tenants, report.probes, report.written, report.waiting), (2, 5, 5, 0));

    let latest = async |id: &str| {
        let came = acme.ask(Method::GET, &format!("/monitors/{id}/checks"), None).await;
        came.json().as_array().unwrap().first().cloned().unwrap()
    };
    let (was_up, was_down) = (latest(&up).await, latest(&down).await);
    assert_eq!((&was_up["status"], &was_up["status_code"]), (&json!("up"), &json!(200)));
    assert!(was_up["response_time"].as_i64().unwrap() >= 10);
    assert_eq!((&was_down["status"], &was_down["status_code"]), (&json!("down"), &json!(500)));
    assert_eq!(latest(&slow).await["error_message"], json!("timeout"));
    assert_eq!(latest(&gone).await["error_message"], json!("connection refused or host not found"));

    let days = acme.ask(Method::GET, &format!("/monitors/{up}/days"), None).await.json();
    assert_eq!((&days[0]["checks"], &days[0]["checks_up"]), (&json!(1), &json!(1)));
    // Another tenant's monitor has no checks and no days.
    let foreign = bolt.ask(Method::GET, &format!("/monitors/{up}/checks"), None).await;
    assert_eq!(foreign.json(), json!([]));
    assert_eq!(bolt.ask(Method::GET, &format!("/monitors/{up}"), None).await.status, StatusCode::NOT_FOUND);

    let page = acme.ask(Method::GET, "/status/acme", None).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.text.matches("<svg").count(), 4);
    assert_eq!(page.text.matches("<rect class=\"up\"").count(), 1);
    assert_eq!(page.text.matches("<rect class=\"down\"").count(), 3);
    assert_eq!(page.text.matches("<rect class=\"unknown\"").count(), 4 * 89);
    assert!(page.text.contains("3 of 4 are down") && page.text.contains("100.00 %"));
    assert_eq!(acme.watch.leaks(), Vec::<String>::new());
}

#[tokio::test]
async fn probes_are_bounded_and_come_at_their_interval() {
    let stage = Stage::set(false).await;
    let [acme, _] = stage.two().await;
    let target = Target::listen().await;
    for n in 0..12 {
        acme.monitor(&format!("m{n}"), &target.url("/up")).await;
    }
    let mut worker = stage.worker();
    assert_eq!(worker.round().await.unwrap().probes, 12);
    let most = target.most_at_once.load(Ordering::SeqCst);
    assert!((2..=4).contains(&most), "{most} at once, four were allowed");
    // An interval of ten lasts ten milliseconds here.
    tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    assert_eq!(worker.round().await.unwrap().probes, 12);
    let list = acme.ask(Method::GET, "/monitors", None).await.json();
    let gone = list[0]["id"].as_str().unwrap();
    let removed = acme.ask(Method::DELETE, &format!("/monitors/{gone}"), None).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    assert_eq!(worker.round().await.unwrap().probes, 11);
    // What was removed is still told.
    let checks = acme.ask(Method::GET, &format!("/monitors/{gone}/checks"), None).await.json();
    assert_eq!(checks.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn days_are_counted_from_all_checks_of_the_day() {
    let stage = Stage::set(false).await;
    let [acme, _] = stage.two().await;
    let target = Target::listen().await;
    let id = acme.monitor("shop", &target.url("/up")).await;
    let mut worker = stage.worker();
    for _ in 0..5 {
        worker.round().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    }
    let days = acme.ask(Method::GET, &format!("/monitors/{id}/days"), None).await.json();
    // Around midnight (UTC) there are two days.
    let total: i64 = days.as_array().unwrap().iter().map(|day| day["checks"].as_i64().unwrap()).sum();
    assert_eq!(total, 5);
    assert!(
        days.as_array().unwrap().iter().all(|day| day["day"].as_str().is_some_and(|day| day.len() == 10))
    );
    assert_ne!(days, Value::Null);
}
