//! Reading through the cache.

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use freehold_sandbox::testing;
use freehold_tenancy::cache::{Cache, Entity, Found};
use futures_util::future::join_all;
use tokio::sync::{Barrier, Notify};

use crate::stage::{Failed, Loader, NAME, cache, exists, options, run, service, tenant};

const PLANS: Entity<Vec<u8>, freehold_tenancy::cache::Shared> = Entity::shared("plan", "list");

#[tokio::test]
async fn a_value_is_loaded_once_and_each_tenant_has_its_own() {
    let cache = cache().await;
    let (one, two) = (cache.tenant(&tenant(1)), cache.tenant(&tenant(2)));
    let loader = Loader::default();
    for _ in 0..3 {
        assert_eq!(one.get_or_load(&NAME, 7, || loader.load()).await.unwrap().unwrap(), "load 1");
    }
    assert_eq!(two.get(&NAME, 7).await.unwrap(), Found::Miss);
    assert_eq!(two.get_or_load(&NAME, 7, || loader.load()).await.unwrap().unwrap(), "load 2");
    assert_eq!(one.get(&NAME, 7).await.unwrap(), Found::Value("load 1".to_owned()));
    let left: i64 = run(&["PTTL", one.key(&NAME, 7).as_str()]).await;
    assert!((50_000..=66_000).contains(&left), "a minute, give or take a tenth: {left} ms");
    let shared = cache.shared();
    let plans = shared.get_or_load(&PLANS, "all", async || Ok::<_, Failed>(Some(vec![1, 2]))).await.unwrap();
    assert_eq!(plans, Some(vec![1, 2]));
    assert_eq!(shared.key(&PLANS, "all").as_str(), format!("{}:plan:{{~}}:all:list", service()));
}

#[tokio::test]
async fn that_there_is_nothing_is_remembered_if_wanted() {
    let cache = cache().await.tenant(&tenant(1));
    let loads = AtomicU64::new(0);
    let nothing = async || {
        loads.fetch_add(1, Ordering::SeqCst);
        Ok::<_, Failed>(None)
    };
    for _ in 0..3 {
        assert_eq!(cache.get_or_load(&NAME, 404, nothing).await.unwrap(), None);
    }
    assert_eq!((loads.load(Ordering::SeqCst), cache.get(&NAME, 404).await.unwrap()), (1, Found::Nothing));
    let forgetful: Entity<String> = Entity::new("person", "name").keep_nothing(Duration::ZERO);
    for _ in 0..3 {
        assert_eq!(cache.get_or_load(&forgetful, 405, nothing).await.unwrap(), None);
    }
    assert_eq!((loads.load(Ordering::SeqCst), cache.get(&forgetful, 405).await.unwrap()), (4, Found::Miss));
}

/// Eight caches stand for eight processes: they share nothing but Redis.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_readers_load_once_for_each_expiry() {
    const EXPIRIES: u64 = 20;
    let redis = testing::redis().await;
    let caches = join_all((0..8).map(|_| async { Cache::open(options(&redis)).await.unwrap() })).await;
    let loader = Arc::new(Loader::default());
    let key = caches[0].tenant(&tenant(1)).key(&NAME, 7);
    for expiry in 1..=EXPIRIES {
        let start = Arc::new(Barrier::new(1_000));
        let readers = (0..1_000).map(|n| {
            let (cache, loader, start) = (caches[n % 8].tenant(&tenant(1)), loader.clone(), start.clone());
            tokio::spawn(async move {
                start.wait().await;
                cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap().unwrap()
            })
        });
        for read in join_all(readers.collect::<Vec<_>>()).await {
            assert_eq!(read.unwrap(), format!("load {expiry}"));
        }
        let _: bool = run(&["PEXPIRE", key.as_str(), "0"]).await;
    }
    assert_eq!(loader.count(), EXPIRIES);
}

#[tokio::test]
async fn a_value_is_loaded_anew_before_it_expires() {
    let cache = cache().await.tenant(&tenant(1));
    let short: Entity<String> = Entity::new("person", "short").keep(Duration::from_secs(4));
    let loads = AtomicU64::new(0);
    let slow = async || {
        let count = loads.fetch_add(1, Ordering::SeqCst);
        if count == 0 {
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        Ok::<_, Failed>(Some(count.to_string()))
    };
    cache.get_or_load(&short, 7, slow).await.unwrap();
    while loads.load(Ordering::SeqCst) == 1 {
        let known = cache.get(&short, 7).await.unwrap();
        assert_eq!(known, Found::Value("0".to_owned()), "it must not expire before it is loaded anew");
        cache.get_or_load(&short, 7, slow).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(cache.get(&short, 7).await.unwrap(), Found::Value("1".to_owned()));
}

#[tokio::test]
async fn what_was_forgotten_while_it_was_loaded_is_not_stored() {
    let cache = cache().await.tenant(&tenant(1));
    for forgotten in [false, true] {
        let (began, go_on) = (Notify::new(), Notify::new());
        let load = cache.get_or_load(&NAME, 7, async || {
            began.notify_one();
            go_on.notified().await;
            Ok::<_, Failed>(Some("old".to_owned()))
        });
        let meanwhile = async {
            began.notified().await;
            if forgotten {
                cache.forget(&NAME, 7).await.unwrap();
            }
            go_on.notify_one();
        };
        let (loaded, ()) = tokio::join!(load, meanwhile);
        assert_eq!(loaded.unwrap().unwrap(), "old", "the one who asked before gets what was so before");
        let expected = if forgotten { Found::Miss } else { Found::Value("old".to_owned()) };
        assert_eq!(cache.get(&NAME, 7).await.unwrap(), expected);
        cache.forget(&NAME, 7).await.unwrap();
    }
}

/// A reader who comes after the change must not be told what a load brings that began before it.
#[tokio::test]
async fn nobody_joins_a_load_that_began_before_the_value_was_forgotten() {
    let cache = cache().await.tenant(&tenant(1));
    let (began, go_on) = (Notify::new(), Notify::new());
    let old = cache.get_or_load(&NAME, 7, async || {
        began.notify_one();
        go_on.notified().await;
        Ok::<_, Failed>(Some("old".to_owned()))
    });
    let after = async {
        began.notified().await;
        cache.forget(&NAME, 7).await.unwrap();
        let new = cache.get_or_load(&NAME, 7, async || Ok::<_, Failed>(Some("new".to_owned()))).await;
        go_on.notify_one();
        new.unwrap().unwrap()
    };
    let (old, new) = tokio::join!(old, after);
    assert_eq!((old.unwrap().unwrap(), new), ("old".to_owned(), "new".to_owned()));
    assert_eq!(cache.get(&NAME, 7).await.unwrap(), Found::Value("new".to_owned()));
}

#[tokio::test]
async fn an_error_of_the_loader_is_shared_and_not_remembered() {
    let cache = cache().await.tenant(&tenant(1));
    let loads = AtomicU64::new(0);
    let began = Notify::new();
    let failing = async || {
        loads.fetch_add(1, Ordering::SeqCst);
        began.notify_one();
        tokio::time::sleep(Duration::from_millis(300)).await;
        Err::<Option<String>, _>(Failed(17))
    };
    let first = cache.get_or_load(&NAME, 7, failing);
    let others = async {
        began.notified().await;
        join_all((0..50).map(|_| cache.get_or_load(&NAME, 7, failing))).await
    };
    let (first, others) = tokio::join!(first, others);
    assert_eq!(first.as_ref().unwrap_err().loader().0, 17);
    assert_eq!(first.unwrap_err().source().unwrap().to_string(), "the loader failed, 17");
    assert!(others.iter().all(|other| other.as_ref().unwrap_err().loader().0 == 17));
    assert_eq!(loads.load(Ordering::SeqCst), 1);
    let loader = Loader::default();
    assert_eq!(cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap().unwrap(), "load 1");
}

#[tokio::test]
async fn when_the_one_who_loads_is_cancelled_another_does() {
    let cache = cache().await.tenant(&tenant(1));
    let began = Notify::new();
    let mut first = Box::pin(cache.get_or_load(&NAME, 7, async || {
        began.notify_one();
        std::future::pending::<Result<Option<String>, Failed>>().await
    }));
    let loader = Loader::default();
    let second = cache.get_or_load(&NAME, 7, || loader.load());
    let cancelled = async {
        tokio::select! {
            _ = &mut first => panic!("it never ends"),
            () = began.notified() => {}
        }
        drop(first);
    };
    // The second one waits behind the first when that is polled first.
    let ((), second) = tokio::join!(biased; cancelled, second);
    assert_eq!(second.unwrap().unwrap(), "load 1");
    assert!(exists(&cache.key(&NAME, 7)).await, "the lease was handed back, so that it could be stored");
}

/// The futures can be sent to other threads, as a web framework wants it.
#[tokio::test]
async fn reading_and_writing_may_be_spawned() {
    let cache = cache().await.tenant(&tenant(1));
    let task = tokio::spawn(async move {
        let id = 7;
        let read = cache.get_or_load(&NAME, id, async || {
            tokio::task::yield_now().await;
            Ok::<_, Failed>(Some(id.to_string()))
        });
        let read = read.await.unwrap();
        let written = cache.write_through(&NAME, id, async || Ok::<_, Failed>("8".to_owned()));
        (read, written.await.unwrap())
    });
    assert_eq!(task.await.unwrap(), (Some("7".to_owned()), "8".to_owned()));
}

#[tokio::test]
async fn warming_loads_what_is_missing_in_one_go() {
    let cache = cache().await.tenant(&tenant(1));
    let loader = Loader::default();
    cache.get_or_load(&NAME, 3, || loader.load()).await.unwrap();
    let calls = std::sync::Mutex::new(Vec::new());
    let load = |ids: Vec<i64>| {
        calls.lock().unwrap().push(ids.len());
        let found = ids.into_iter().filter(|id| *id != 5).map(|id| (id, format!("name {id}"))).collect();
        async move { Ok::<_, Failed>(found) }
    };
    let ids: Vec<i64> = (1..=250).collect();
    assert_eq!(cache.warm(&NAME, &ids, load).await.unwrap(), 249);
    assert_eq!(*calls.lock().unwrap(), [199, 50]);
    assert_eq!(cache.get(&NAME, 3).await.unwrap(), Found::Value("load 1".to_owned()));
    assert_eq!(cache.get(&NAME, 250).await.unwrap(), Found::Value("name 250".to_owned()));
    assert_eq!(cache.get(&NAME, 5).await.unwrap(), Found::Nothing);
    assert_eq!(cache.warm(&NAME, &ids, load).await.unwrap(), 0);
    assert_eq!(calls.lock().unwrap().len(), 2, "nothing is missing any more");
}
