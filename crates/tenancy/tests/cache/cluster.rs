//! A cluster refuses commands on keys of several slots: none is sent.

use freehold_sandbox::{RedisOptions, RedisServer, testing};
use freehold_tenancy::cache::{Cache, Found, Tag};

use crate::stage::{Failed, NAME, options, redis, tenant, until};

/// One node that serves all slots; it refuses what crosses slots as a larger cluster does.
pub async fn node() -> RedisServer {
    let settings = vec![("cluster-enabled".to_owned(), "yes".to_owned())];
    let options = RedisOptions { tcp: true, settings, search: testing::beside(), ..RedisOptions::default() };
    // The port of the nodes among themselves is 10,000 higher; not every free port leaves room for it.
    for _ in 0..20 {
        let Ok(node) = RedisServer::start(&options).await else { continue };
        let mut shell = redis(&node).await;
        let slots: Vec<u16> = (0..16_384).collect();
        redis::cmd("CLUSTER").arg("ADDSLOTS").arg(slots).query_async::<()>(&mut shell).await.unwrap();
        until("the cluster is ready", async || {
            let about: String = redis::cmd("CLUSTER").arg("INFO").query_async(&mut shell).await.unwrap();
            about.contains("cluster_state:ok")
        })
        .await;
        return node;
    }
    panic!("no port for a node");
}

#[tokio::test]
async fn everything_works_on_a_cluster() {
    let node = node().await;
    let mut shell = redis(&node).await;
    let crossing = redis::cmd("UNLINK").arg(&["{1}a", "{2}a"]).query_async::<i64>(&mut shell).await;
    assert!(crossing.unwrap_err().to_string().to_lowercase().contains("slot"), "the judge refuses");

    let options = options(&node).cluster([node.tcp_url().unwrap()]);
    let cache = Cache::open(options).await.unwrap();
    cache.ping().await.unwrap();
    let cache = cache.tenant(&tenant(1)).tagged([Tag::all("person"), Tag::one("team", 3)]);
    let load = async || Ok::<_, Failed>(Some("x".to_owned()));
    for id in 0..20 {
        cache.get_or_load(&NAME, id, load).await.unwrap();
    }
    cache.forget(&NAME, 0).await.unwrap();
    assert_eq!(cache.get(&NAME, 0).await.unwrap(), Found::Miss);
    assert!(matches!(cache.get(&NAME, 1).await.unwrap(), Found::Value(_)));
    cache.write_through(&NAME, 1, async || Ok::<_, Failed>("y".to_owned())).await.unwrap();
    assert_eq!(cache.get(&NAME, 1).await.unwrap(), Found::Value("y".to_owned()));
    cache.forget_tag(&Tag::all("person")).await.unwrap();
    assert_eq!(cache.get(&NAME, 2).await.unwrap(), Found::Miss);
}
