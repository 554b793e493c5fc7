//! Writing through the cache.

use freehold_tenancy::cache::Found;
use tokio::sync::Notify;

use crate::stage::{Failed, Loader, NAME, cache, exists, tenant, until};

#[tokio::test]
async fn what_was_written_is_read_and_a_failed_write_leaves_nothing_old() {
    let cache = cache().await.tenant(&tenant(1));
    let written = cache.write_through(&NAME, 7, async || Ok::<_, Failed>("new".to_owned())).await.unwrap();
    assert_eq!(
        (written.as_str(), cache.get(&NAME, 7).await.unwrap()),
        ("new", Found::Value("new".to_owned()))
    );
    let failed = cache.write_through(&NAME, 7, async || Err::<String, _>(Failed(1))).await;
    assert_eq!(failed.unwrap_err().0, 1);
    assert_eq!(cache.get(&NAME, 7).await.unwrap(), Found::Miss);
}

#[tokio::test]
async fn a_cancelled_write_leaves_nothing_old() {
    let cache = cache().await.tenant(&tenant(1));
    let key = cache.key(&NAME, 7);
    let written = Notify::new();
    let mut write = Box::pin(cache.write_through(&NAME, 7, async || {
        written.notify_one();
        std::future::pending::<Result<String, Failed>>().await
    }));
    tokio::select! {
        _ = &mut write => panic!("it never ends"),
        () = written.notified() => {}
    }
    let lease = format!("{}~lease", key.as_str());
    assert!(crate::stage::run::<bool>(&["EXISTS", &lease]).await);
    drop(write);
    until("the lease is handed back", async || !crate::stage::run::<bool>(&["EXISTS", &lease]).await).await;
    assert!(!exists(&key).await);
}

/// Neither knows whose commit was the last.
#[tokio::test]
async fn of_two_who_write_at_once_neither_value_stays() {
    let cache = cache().await.tenant(&tenant(1));
    for first_to_end in [1, 2] {
        let (both_began, first_ended) = (Notify::new(), Notify::new());
        let one = cache.write_through(&NAME, 7, async || {
            both_began.notified().await;
            if first_to_end == 2 {
                first_ended.notified().await;
            }
            Ok::<_, Failed>("one".to_owned())
        });
        let two = async {
            let two = cache.write_through(&NAME, 7, async || {
                both_began.notify_one();
                if first_to_end == 1 {
                    first_ended.notified().await;
                }
                Ok::<_, Failed>("two".to_owned())
            });
            let two = two.await;
            first_ended.notify_one();
            two
        };
        let one = async {
            let one = one.await;
            first_ended.notify_one();
            one
        };
        let (one, two) = tokio::join!(biased; one, two);
        assert!(one.is_ok() && two.is_ok());
        assert_eq!(cache.get(&NAME, 7).await.unwrap(), Found::Miss, "{first_to_end} ended first");
    }
}

#[tokio::test]
async fn what_was_loaded_before_a_write_is_not_stored_after_it() {
    let cache = cache().await.tenant(&tenant(1));
    let (began, go_on) = (Notify::new(), Notify::new());
    let load = cache.get_or_load(&NAME, 7, async || {
        began.notify_one();
        go_on.notified().await;
        Ok::<_, Failed>(Some("old".to_owned()))
    });
    let write = async {
        began.notified().await;
        cache.write_through(&NAME, 7, async || Ok::<_, Failed>("new".to_owned())).await.unwrap();
        go_on.notify_one();
    };
    let (old, ()) = tokio::join!(load, write);
    assert_eq!(old.unwrap().unwrap(), "old");
    let loader = Loader::default();
    assert_eq!(cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap().unwrap(), "new");
    assert_eq!(loader.count(), 0);
}
