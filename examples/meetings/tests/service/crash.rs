//! The server is killed and comes back under load: what was acknowledged is there.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{Method, StatusCode};

use crate::stage::{Org, Stage};

async fn write_on(org: &Org, stop: &AtomicBool, acknowledged: &Mutex<BTreeSet<String>>) {
    let mut hours = 1;
    while !stop.load(Ordering::Relaxed) {
        hours += 1;
        let made = org.client.ask(Method::POST, "/meetings", Some(org.meeting(hours))).await;
        match made {
            Some(made) if made.status == StatusCode::CREATED => {
                acknowledged.lock().unwrap().insert(made.text_of("meeting_id"));
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
    let orgs = stage.two().await;
    let (stop, acknowledged) = (AtomicBool::new(false), Mutex::new(BTreeSet::new()));
    let sandbox = stage.places.sandbox().unwrap();
    let killer = async {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(700)).await;
            let before = acknowledged.lock().unwrap().len();
            sandbox.kill().await.unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
            sandbox.restart().await.unwrap();
            // Writing goes on by itself once the server is back.
            for _ in 0..600 {
                if acknowledged.lock().unwrap().len() > before + 20 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert!(
                acknowledged.lock().unwrap().len() > before + 20,
                "nothing was written after the server came back"
            );
        }
        stop.store(true, Ordering::Relaxed);
    };
    let writers = orgs.iter().flat_map(|org| (0..4).map(|_| write_on(org, &stop, &acknowledged)));
    tokio::join!(killer, futures_util::future::join_all(writers));

    for id in &acknowledged.into_inner().unwrap() {
        let path = format!("/meetings/{id}");
        let mut there = 0;
        for org in &orgs {
            let status = org.client.clone().ask(Method::GET, &path, None).await.unwrap().status;
            there += usize::from(status == StatusCode::OK);
        }
        assert_eq!(there, 1, "{id} was acknowledged");
    }
    for org in &orgs {
        assert_eq!(org.watch.leaks(), Vec::<String>::new());
    }
}
