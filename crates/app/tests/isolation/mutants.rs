//! The judge is tried: faults are planted in sound schemas one at a time, and each must be caught.

use freehold_prove::isolation::mutate::{self, Fate};

use freehold_sandbox::Server;
use std::sync::Arc;

use super::{Case, cases_named, own_server, staged};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_that_is_planted_in_a_sound_schema_is_caught() {
    let server = own_server().await;
    for case in cases_named("sound") {
        judged(&case, &server).await;
    }
}

async fn judged(case: &Case, server: &Arc<Server>) {
    let stage = staged(case, server).await.unwrap();
    let judged = mutate::judge(
        &stage.server,
        &stage.scratch,
        &stage.catalog,
        &stage.resolved.tenancy,
        &freehold_prove::isolation::Options::default(),
        &|_, _, _| {},
    )
    .await
    .unwrap();
    let escaped: Vec<String> = judged
        .tried
        .iter()
        .filter(|tried| !matches!(tried.fate, Fate::Caught(_)))
        .map(|tried| format!("{}: {:?}\n{}", tried.mutant.name, tried.fate, tried.mutant.apply))
        .collect();
    assert!(escaped.is_empty(), "{}: {escaped:#?}", case.name);
    assert!(judged.tried.len() > 10, "{}: {:?}", case.name, judged.tried);
    stage.scratch.remove().await.unwrap();
}
