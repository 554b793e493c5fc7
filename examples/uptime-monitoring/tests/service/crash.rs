//! The server is killed and comes back while the worker writes: no check is lost, and none is there twice.

use std::time::Duration;

use http::Method;

use crate::stage::{Stage, Target};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_check_is_lost_or_doubled_when_the_server_is_killed_under_load() {
    let stage = Stage::set(false).await;
    let [acme, bolt] = stage.two().await;
    let target = Target::listen().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push((&acme, acme.monitor(&format!("m{n}"), &target.url("/up")).await));
        ids.push((&bolt, bolt.monitor(&format!("m{n}"), &target.url("/up")).await));
    }
    let sandbox = stage.places.sandbox().unwrap();
    let mut worker = stage.worker();
    let (mut probes, mut rounds) = (0, 0);
    let work = async {
        for n in 0..200 {
            // While the server is away the tenants can't be listed: nothing is probed and nothing is lost.
            if let Ok(report) = worker.round().await {
                probes += report.probes;
                rounds += 1;
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
            if n >= 40 && rounds >= 40 {
                break;
            }
        }
    };
    let killer = async {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            sandbox.kill().await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
            sandbox.restart().await.unwrap();
        }
    };
    tokio::join!(work, killer);
    // What still waits is written by the rounds that follow.
    for _ in 0..100 {
        match worker.round().await {
            Ok(report) => {
                probes += report.probes;
                if report.waiting == 0 {
                    break;
                }
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    let mut there = 0;
    for (account, id) in &ids {
        let checks = account.ask(Method::GET, &format!("/monitors/{id}/checks?limit=500"), None).await;
        there += checks.json().as_array().map_or(0, Vec::len);
    }
    assert!(probes > 100, "only {probes} probes");
    assert_eq!(there, probes);
}
