//! Locks, limits, presence, boards, counts and streams.

use std::time::{Duration, Instant};

use freehold_sandbox::{RedisOptions, RedisServer, testing};
use freehold_tenancy::cache::{Cache, CacheError, CacheOptions, Place, Rate, Standing, WhenAway};
use futures_util::future::join_all;

use crate::stage::{cache, options, run, service, tenant, until};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_alone_holds_a_lock_and_tokens_only_grow() {
    let cache = cache().await;
    let (one, two) = (cache.tenant(&tenant(1)), cache.tenant(&tenant(2)));
    let first = one.lock("report", MINUTE).await.unwrap().unwrap();
    assert!(first.is_held() && one.lock("report", MINUTE).await.unwrap().is_none());
    let others = [two.lock("report", MINUTE).await.unwrap(), one.lock("other", MINUTE).await.unwrap()];
    assert!(others.iter().all(Option::is_some));
    let mut fence = first.fence();
    assert!(first.release().await.unwrap());
    for _ in 0..50 {
        let next = one.lock("report", MINUTE).await.unwrap().unwrap();
        assert!(next.fence() > fence);
        fence = next.fence();
        assert!(next.release().await.unwrap());
    }
    // Tokens go on growing when Redis has lost everything.
    let counter = format!("{}::{{1}}:report:lock~lock~fence", service());
    assert_eq!(run::<i64>(&["DEL", &counter]).await, 1);
    let held = one.lock("report", MINUTE).await.unwrap().unwrap();
    assert!(held.fence() > fence);
    // A clock that was set back, or a counter that ran ahead.
    held.release().await.unwrap();
    let ahead = "9000000000000000";
    let _: () = run(&["SET", &counter, ahead]).await;
    assert_eq!(one.lock("report", MINUTE).await.unwrap().unwrap().fence(), 9_000_000_000_000_001);
    assert!(matches!(one.lock("x", Duration::from_millis(1)).await, Err(CacheError::Input { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_want_a_lock_have_it_one_after_the_other() {
    let cache = cache().await.tenant(&tenant(1));
    let inside = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
    let tasks = (0..20).map(|_| {
        let (cache, inside) = (cache.clone(), inside.clone());
        tokio::spawn(async move {
            let lock = cache.lock_within("door", MINUTE, MINUTE).await.unwrap().unwrap();
            assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
            tokio::task::yield_now().await;
            assert_eq!(inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst), 1);
            let fence = lock.fence();
            // Dropping releases too, a little later.
            if fence % 2 == 0 {
                drop(lock)
            } else {
                assert!(lock.release().await.unwrap())
            }
            fence
        })
    });
    let mut fences: Vec<i64> =
        join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect();
    fences.sort_unstable();
    fences.dedup();
    assert_eq!(fences.len(), 20);
    let held = cache.lock_within("door", MINUTE, MINUTE).await.unwrap();
    assert!(cache.lock_within("door", MINUTE, Duration::from_millis(20)).await.unwrap().is_none());
    assert!(held.unwrap().is_held());
}

#[tokio::test]
async fn a_lock_is_renewed_and_its_loss_is_told() {
    let redis = RedisServer::start(&RedisOptions { search: testing::beside(), ..RedisOptions::default() })
        .await
        .unwrap();
    let cache = Cache::open(options(&redis)).await.unwrap().tenant(&tenant(1));
    let lock = cache.lock("long", Duration::from_millis(900)).await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(2_000)).await;
    assert!(lock.is_held(), "renewed twice as long as it would live");
    assert!(cache.lock("long", MINUTE).await.unwrap().is_none());
    // Redis lost it.
    let _: () = redis::cmd("FLUSHALL").query_async(&mut crate::stage::redis(&redis).await).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), lock.lost()).await.unwrap();
    assert!(!lock.is_held() && !lock.release().await.unwrap());
    // Redis can't be asked.
    let lock = cache.lock("long", Duration::from_millis(900)).await.unwrap().unwrap();
    redis.kill().await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), lock.lost()).await.unwrap();
    assert!(!lock.is_held() && lock.release().await.is_err());
}

const TEN: Rate = Rate::new("search", "free", 10, Duration::from_secs(3_600)).burst(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_ask_at_once_are_never_allowed_more() {
    let redis = testing::redis().await;
    let caches = join_all((0..4).map(|_| async { Cache::open(options(&redis)).await.unwrap() })).await;
    let asked = (0..200).map(|n| {
        let scope = caches[n % 4].tenant(&tenant(1));
        tokio::spawn(async move { scope.limit(&TEN, "key-1", 1).await.unwrap() })
    });
    let answers = join_all(asked.collect::<Vec<_>>()).await;
    let allowed: Vec<_> = answers.into_iter().map(Result::unwrap).filter(|answer| answer.allowed).collect();
    assert_eq!(allowed.len(), 5);
    let mut remaining: Vec<u32> = allowed.iter().map(|answer| answer.remaining).collect();
    remaining.sort_unstable();
    assert_eq!(remaining, [0, 1, 2, 3, 4]);
    let refused = caches[0].tenant(&tenant(1)).limit(&TEN, "key-1", 1).await.unwrap();
    assert!(!refused.allowed && !refused.in_process && refused.remaining == 0 && refused.limit == 5);
    let again = refused.retry_after.unwrap();
    assert!(
        again <= Duration::from_secs(360) && again > Duration::from_secs(300),
        "one in six minutes: {again:?}"
    );
    assert!(refused.reset_after > Duration::from_secs(1_700));
    // Another subject, tenant and plan count for themselves.
    let paid = Rate::new("search", "paid", 10, MINUTE);
    for (scope, rate, subject) in [
        (caches[0].tenant(&tenant(1)), &TEN, "key-2"),
        (caches[0].tenant(&tenant(2)), &TEN, "key-1"),
        (caches[0].tenant(&tenant(1)), &paid, "key-1"),
    ] {
        assert_eq!(scope.limit(rate, subject, 2).await.unwrap().remaining, rate_burst(rate) - 2);
    }
}

fn rate_burst(rate: &Rate) -> u32 {
    if *rate == TEN { 5 } else { 10 }
}

#[tokio::test]
async fn what_was_used_comes_back_with_time() {
    let cache = cache().await.tenant(&tenant(1));
    let quick = Rate::new("search", "quick", 20, Duration::from_secs(1)).burst(2);
    let started = Instant::now();
    let mut allowed = 0;
    while allowed < 12 {
        let answer = cache.limit(&quick, "key", 1).await.unwrap();
        match answer.retry_after {
            None => allowed += 1,
            Some(pause) => tokio::time::sleep(pause).await,
        }
    }
    assert!(started.elapsed() >= Duration::from_millis(490), "two at once, then one each 50 ms");
    let free = cache.limit(&quick, "key", 0).await.unwrap();
    assert!(free.allowed, "asking costs nothing");
}

#[tokio::test]
async fn rates_that_make_no_sense_are_refused_and_strange_keys_are_none() {
    let cache = cache().await.tenant(&tenant(1));
    for (rate, cost) in [
        (Rate::new("x", "p", 0, MINUTE), 1),
        (Rate::new("x", "p", 1, Duration::ZERO), 1),
        (Rate::new("x", "p", 1, MINUTE).burst(0), 0),
        (TEN, 6),
    ] {
        assert!(matches!(cache.limit(&rate, "key", cost).await, Err(CacheError::Input { .. })), "{rate:?}");
    }
    let key = format!("{}::{{1}}:key:6.search.free~rate", service());
    let key = key.as_str();
    assert!(cache.limit(&TEN, "key", 1).await.unwrap().allowed);
    assert!(run::<bool>(&["EXISTS", key]).await, "this is the key");
    for strange in [
        vec!["SET", key, "what"],
        vec!["SET", key, "nan"],
        vec!["SET", key, "-1e300"],
        vec!["LPUSH", key, "1"],
    ] {
        let _: () = run(&["DEL", key]).await;
        let _: redis::Value = run(&strange).await;
        assert!(cache.limit(&TEN, "key", 1).await.unwrap().allowed, "{strange:?}");
    }
    // From a plan with a larger burst, or from the far future.
    let _: redis::Value = run(&["SET", key, "9e17"]).await;
    let refused = cache.limit(&TEN, "key", 1).await.unwrap();
    assert!(!refused.allowed && refused.retry_after.unwrap() <= Duration::from_secs(360));
}

#[tokio::test]
async fn without_redis_limits_hold_as_they_are_told() {
    let cache = Cache::open(CacheOptions::new("test", "redis+unix:///nowhere.sock")).await.unwrap();
    let cache = cache.tenant(&tenant(1));
    let mut allowed = Vec::new();
    for away in [WhenAway::InProcess, WhenAway::Allow, WhenAway::Refuse] {
        let rate = TEN.when_away(away);
        let mut count = 0;
        for _ in 0..20 {
            let answer = cache.limit(&rate, "key", 1).await.unwrap();
            assert!(answer.in_process);
            assert_eq!(answer.retry_after.is_none(), answer.allowed);
            count += u32::from(answer.allowed);
        }
        allowed.push(count);
    }
    assert_eq!(allowed, [5, 20, 0]);
}

#[tokio::test]
async fn who_is_there_is_known_until_their_time_is_over() {
    let cache = cache().await;
    let room = cache.tenant(&tenant(1)).presence("meeting", 7);
    assert!(room.enter("ann", MINUTE).await.unwrap());
    assert!(!room.enter("ann", MINUTE).await.unwrap());
    assert!(room.enter("bob", Duration::from_millis(50)).await.unwrap());
    until("bob is gone", async || room.who(10).await.unwrap() == ["ann"]).await;
    assert!(room.enter("bob", MINUTE * 2).await.unwrap(), "he was gone");
    assert_eq!((room.count().await.unwrap(), room.who(1).await.unwrap()), (2, vec!["ann".to_owned()]));
    assert_eq!(cache.tenant(&tenant(2)).presence("meeting", 7).count().await.unwrap(), 0);
    assert!(room.leave("ann").await.unwrap() && !room.leave("ann").await.unwrap());
    let left: i64 = run(&["PTTL", &format!("{}:meeting:{{1}}:7:presence~presence", service())]).await;
    assert!(left > 60_000, "an empty room goes by itself: {left}");
}

#[tokio::test]
async fn a_board_ranks_by_score() {
    let board = cache().await.tenant(&tenant(1)).board("game", "week");
    for (player, points) in [("ann", 10.0), ("bob", 30.0), ("cy", 20.0)] {
        assert!((board.add(player, points).await.unwrap() - points).abs() < 1e-9);
    }
    assert!((board.add("ann", 15.5).await.unwrap() - 25.5).abs() < 1e-9);
    assert_eq!(board.top(2).await.unwrap(), [("bob".to_owned(), 30.0), ("ann".to_owned(), 25.5)]);
    assert_eq!(board.standing("cy").await.unwrap(), Some(Standing { rank: 3, score: 20.0 }));
    assert_eq!(board.standing("dee").await.unwrap(), None);
    assert!(!board.best("cy", 5.0).await.unwrap() && board.best("cy", 50.0).await.unwrap());
    for odd in [f64::NAN, f64::INFINITY] {
        assert!(matches!(board.add("ann", odd).await, Err(CacheError::Input { .. })));
    }
    board.keep(2, MINUTE).await.unwrap();
    assert!(board.remove("cy").await.unwrap() && !board.remove("ann").await.unwrap());
    assert_eq!(board.top(10).await.unwrap().len(), 1);
    assert!(board.top(0).await.unwrap().is_empty());
}

#[tokio::test]
async fn different_ones_are_counted_within_and_over_parts() {
    let visitors = cache().await.tenant(&tenant(1));
    let visitors = visitors.unique("visitors");
    let names: Vec<String> = (0..1_000).map(|n| format!("visitor {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(visitors.add(1, &names[..600], MINUTE).await.unwrap());
    assert!(visitors.add(2, &names[400..], MINUTE).await.unwrap());
    assert!(!visitors.add(2, &names[400..], MINUTE).await.unwrap());
    let near = |count: u64, exact: u64| count.abs_diff(exact) <= exact / 20;
    assert!(near(visitors.count(&[1]).await.unwrap(), 600));
    assert!(near(visitors.count(&[1, 2]).await.unwrap(), 1_000));
    assert_eq!(visitors.count(&[3]).await.unwrap() + visitors.count(&[0_i32; 0]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_stream_gives_entries_in_order_and_leaves_out_what_is_none() {
    let stream = cache().await.tenant(&tenant(1)).stream::<u32>("chat", 7, 1_000);
    let mut places = Vec::new();
    for n in 0..10 {
        places.push(stream.append(&n).await.unwrap());
    }
    assert!(places.is_sorted());
    let key = format!("{}:chat:{{1}}:7:stream~stream", service());
    let _: String = run(&["XADD", &key, "*", "value", "\"no number\""]).await;
    let _: String = run(&["XADD", &key, "*", "other", "1"]).await;
    let all = stream.after(Place::START, 100).await.unwrap();
    assert_eq!(all.iter().map(|(_, n)| *n).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    assert_eq!(stream.after(places[7], 100).await.unwrap(), [(places[8], 8), (places[9], 9)]);
    assert_eq!(stream.after(places[3], 2).await.unwrap().len(), 2);
}
