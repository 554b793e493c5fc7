//! When keys were last used.

use std::time::Duration;

use freehold_tenancy::api_keys::{ApiKeyError, ApiKeys, NewKey, Written};
use jiff::Timestamp;

use crate::{
    bench::{Bench, usual},
    ground::tenant,
};

#[tokio::test]
async fn last_uses_are_written_in_batches_and_at_most_once_a_minute() {
    let bench = Bench::new(usual()).await;
    let mut texts = Vec::new();
    for n in [1, 1, 1, 2] {
        texts.push(bench.issue(n, NewKey::named("k")).await.1);
    }
    for _ in 0..50 {
        for text in &texts {
            bench.keys.verify(text).await.unwrap();
        }
    }
    assert_eq!(bench.updates().await, (0, 0));
    // 200 uses of four keys of two tenants.
    assert_eq!(bench.keys.flush().await.unwrap(), Written { statements: 2, keys: 4 });
    assert_eq!(bench.updates().await, (2, 4));
    for text in &texts {
        bench.keys.verify(text).await.unwrap();
    }
    assert_eq!(bench.keys.flush().await.unwrap(), Written::default());
    assert_eq!(bench.updates().await, (2, 4));

    // Another process, a moment later: it asks, and the row says that it was written.
    let other = ApiKeys::new(&bench.db, usual()).unwrap();
    other.verify(&texts[0]).await.unwrap();
    assert_eq!(other.flush().await.unwrap(), Written { statements: 1, keys: 0 });
    // A minute later it is written again.
    bench.ground.admin("UPDATE api_keys SET last_used_at = now() - interval '61 seconds'").await;
    let third = ApiKeys::new(&bench.db, usual()).unwrap();
    third.verify(&texts[0]).await.unwrap();
    assert_eq!(third.flush().await.unwrap(), Written { statements: 1, keys: 1 });
    let listed = bench.keys.list(&bench.db.tenant(&tenant(1))).await.unwrap();
    let recent = |at: Option<Timestamp>| at.unwrap() > Timestamp::now() - Duration::from_secs(30);
    assert_eq!(listed.iter().filter(|key| recent(key.last_used_at)).count(), 1);
}

#[tokio::test]
async fn last_uses_that_could_not_be_written_are_kept() {
    let bench = Bench::new(usual()).await;
    let (_, text) = bench.issue(1, NewKey::named("k")).await;
    bench.keys.verify(&text).await.unwrap();
    bench.ground.admin("REVOKE UPDATE ON api_keys FROM app_writer").await;
    assert!(matches!(bench.keys.flush().await, Err(ApiKeyError::Store { .. })));
    bench.ground.admin("GRANT UPDATE ON api_keys TO app_writer").await;
    assert_eq!(bench.keys.flush().await.unwrap(), Written { statements: 1, keys: 1 });
}

#[tokio::test]
async fn the_writer_writes_what_is_left_when_it_is_stopped() {
    let bench = Bench::new(usual()).await;
    let (_, text) = bench.issue(1, NewKey::named("k")).await;
    let writer = bench.keys.write_last_used(Duration::from_millis(1));
    bench.keys.verify(&text).await.unwrap();
    while bench.updates().await.1 == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(writer);
    let (_, other) = bench.issue(1, NewKey::named("k")).await;
    let writer = bench.keys.write_last_used(Duration::from_secs(3_600));
    bench.keys.verify(&other).await.unwrap();
    assert_eq!(writer.stop().await.unwrap(), Written { statements: 1, keys: 1 });
}
