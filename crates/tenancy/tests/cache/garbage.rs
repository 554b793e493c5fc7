//! A Redis that answers with garbage, and keys that hold what is none of ours.

use std::time::Duration;

use freehold_tenancy::cache::{Cache, CacheError, CacheOptions, Entity, Found};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::stage::{Loader, NAME, cache, run, tenant};

/// A server that answers everything with these bytes; gives its URL.
async fn server_that_says(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let bytes = bytes.clone();
            tokio::spawn(async move {
                let mut question = [0; 4_096];
                while stream.read(&mut question).await.is_ok_and(|length| length > 0) {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("redis://127.0.0.1:{port}/")
}

fn garbage() -> Vec<(&'static str, Vec<u8>)> {
    let many = |text: &str| text.repeat(1_000).into_bytes();
    vec![
        ("noise", (0..=255).collect()),
        ("zeros", vec![0; 10_000]),
        ("http", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ("a huge string", b"$9223372036854775807\r\nabc".to_vec()),
        ("a huge array", b"*2147483647\r\n".to_vec()),
        ("a negative length", b"$-7\r\n\r\n".to_vec()),
        ("nested arrays", many("*1\r\n")),
        ("a number", many(":7\r\n")),
        ("nothing", many("$-1\r\n")),
        ("text", many("+OK\r\n")),
        ("arrays", many("*2\r\n$1\r\na\r\n:-5\r\n")),
        ("errors", many("-ERR secret \u{1b}[31m of another tenant\r\n")),
        ("no words", many("-\r\n")),
        ("loading", many("-LOADING Redis is loading the dataset in memory\r\n")),
        ("moved", many("-MOVED 1 127.0.0.1:1\r\n")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_redis_says_the_value_comes_from_the_loader() {
    let mut tasks = Vec::new();
    for (what, bytes) in garbage() {
        tasks.push(tokio::spawn(async move {
            let options = CacheOptions::new("test", server_that_says(bytes).await);
            let cache =
                Cache::open(options.timeout(Duration::from_millis(200)).wait(Duration::from_millis(50)));
            let cache = cache.await.unwrap().tenant(&tenant(1));
            let loader = Loader::default();
            for n in 1..=4 {
                let value = cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap().unwrap();
                assert_eq!(value, format!("load {n}"), "{what}");
            }
            let error = cache.get(&NAME, 7).await.err();
            let shown = format!("{error:?}");
            assert!(!shown.contains("secret"), "{what}: {shown}");
            (what, error)
        }));
    }
    for task in tasks {
        let (what, error) = task.await.unwrap();
        let error = error.unwrap_or_else(|| panic!("{what} was taken for an answer"));
        match what {
            "a number" | "nothing" | "text" | "arrays" => {
                assert!(matches!(error, CacheError::Garbage { .. }), "{what}: {error}");
            }
            "errors" => assert!(matches!(error, CacheError::Refused { .. }), "{what}: {error}"),
            _ => assert!(
                error.is_away() || matches!(error, CacheError::Garbage { .. } | CacheError::Refused { .. }),
                "{what}: {error}"
            ),
        }
    }
}

#[tokio::test]
async fn keys_that_hold_what_is_none_of_ours_are_a_miss_and_are_overwritten() {
    let cache = cache().await.tenant(&tenant(1));
    let key = cache.key(&NAME, 7);
    let key = key.as_str();
    let strange: [&[&str]; 8] = [
        &["SET", key, ""],
        &["SET", key, "7"],
        &["SET", key, "\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\"x\""],
        &["SET", key, "{\"name\": \"no head\"}"],
        &["LPUSH", key, "a", "b"],
        &["HSET", key, "a", "b"],
        &["ZADD", key, "1", "b"],
        &["XADD", key, "*", "a", "b"],
    ];
    for words in strange {
        let _: redis::Value = run(words).await;
        assert!(!matches!(cache.get(&NAME, 7).await, Ok(Found::Value(_) | Found::Nothing)), "{words:?}");
        let loader = Loader::default();
        for _ in 0..2 {
            let value = cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap().unwrap();
            assert_eq!(value, "load 1", "{words:?}");
        }
        assert_eq!(loader.count(), 1, "{words:?}: it was stored over");
        cache.forget(&NAME, 7).await.unwrap();
    }
}

#[tokio::test]
async fn a_value_of_another_version_or_type_is_a_miss() {
    let cache = cache().await.tenant(&tenant(1));
    let loader = Loader::default();
    cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap();
    let newer: Entity<String> = Entity::new("person", "name").version(2);
    let of_another_type: Entity<Vec<u64>> = Entity::new("person", "name");
    assert_eq!(cache.get(&newer, 7).await.unwrap(), Found::Miss);
    assert_eq!(cache.get(&of_another_type, 7).await.unwrap(), Found::Miss);
    assert_eq!(cache.get_or_load(&newer, 7, || loader.load()).await.unwrap().unwrap(), "load 2");
    assert_eq!(cache.get(&NAME, 7).await.unwrap(), Found::Miss);
}

#[tokio::test]
async fn a_lease_that_never_ends_is_none() {
    let cache = cache().await.tenant(&tenant(1));
    let lease = format!("{}~lease", cache.key(&NAME, 7).as_str());
    let _: redis::Value = run(&["SET", &lease, "somebody"]).await;
    let loader = Loader::default();
    cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap();
    assert!(matches!(cache.get(&NAME, 7).await.unwrap(), Found::Value(_)), "it was stored");
    cache.forget(&NAME, 7).await.unwrap();
    let _: redis::Value = run(&["LPUSH", &lease, "somebody"]).await;
    cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap();
    assert!(matches!(cache.get(&NAME, 7).await.unwrap(), Found::Value(_)), "it was stored");
}
