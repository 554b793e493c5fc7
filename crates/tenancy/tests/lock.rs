//! Locks by name: whom they keep out, and for how long.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use std::time::Duration;

use freehold_tenancy::{
    Execute,
    lock::{Lock, LockError},
};
use ground::{Ground, tenant};

fn lock(name: &str) -> Lock {
    Lock::named(name).unwrap()
}

#[tokio::test]
async fn a_lock_keeps_its_own_tenant_out_and_no_other() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let holder = db.tenant(&tenant(1)).begin().await.unwrap();
    lock("report").take(&holder).await.unwrap();
    let same = db.tenant(&tenant(1)).begin().await.unwrap();
    assert!(!lock("report").try_take(&same).await.unwrap());
    assert!(lock("another").try_take(&same).await.unwrap());
    let other = db.tenant(&tenant(2)).begin().await.unwrap();
    assert!(lock("report").try_take(&other).await.unwrap());
    holder.commit().await.unwrap();
    assert!(lock("report").try_take(&same).await.unwrap());
}

#[tokio::test]
async fn shared_locks_go_together_and_exclude_an_exclusive_one() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let (one, two, three) =
        (acme.begin().await.unwrap(), acme.begin().await.unwrap(), acme.begin().await.unwrap());
    assert!(lock("report").shared().try_take(&one).await.unwrap());
    assert!(lock("report").shared().try_take(&two).await.unwrap());
    assert!(!lock("report").try_take(&three).await.unwrap());
    one.rollback().await.unwrap();
    assert!(!lock("report").try_take(&three).await.unwrap());
    two.rollback().await.unwrap();
    assert!(lock("report").try_take(&three).await.unwrap());
}

#[tokio::test]
async fn a_time_that_is_over_leaves_the_transaction_as_it_was() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let holder = acme.begin().await.unwrap();
    lock("report").take(&holder).await.unwrap();
    let waiting = acme.begin().await.unwrap();
    waiting.execute("INSERT INTO notes (tenant_id, id) VALUES ($1, 1)", &[&tenant(1)]).await.unwrap();
    let time = Duration::from_millis(30);
    let error = lock("report").within(time).take(&waiting).await.unwrap_err();
    assert!(matches!(&error, LockError::TimedOut { waited, .. } if *waited >= time), "{error:?}");
    let limit: String = waiting.query_value("SELECT current_setting('lock_timeout')", &[]).await.unwrap();
    assert_eq!(limit, "0");
    waiting.commit().await.unwrap();
    let kept: i64 = acme.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn one_who_waits_gets_the_lock_when_its_holder_is_gone() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    for within in [None, Some(Duration::from_secs(20))] {
        let holder = acme.begin().await.unwrap();
        lock("report").take(&holder).await.unwrap();
        let waiting = acme.begin().await.unwrap();
        let wanted = within.map_or_else(|| lock("report"), |time| lock("report").within(time));
        let (taken, ()) = tokio::join!(wanted.take(&waiting), async {
            let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
            while acme.query_value::<i64>(waits, &[]).await.unwrap() == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // Neither committed nor rolled back: a dropped transaction holds nothing either.
            drop(holder);
        });
        taken.unwrap();
        let limit: String = waiting.query_value("SELECT current_setting('lock_timeout')", &[]).await.unwrap();
        assert_eq!(limit, "0");
        let third = acme.begin().await.unwrap();
        assert!(!lock("report").try_take(&third).await.unwrap());
        waiting.commit().await.unwrap();
    }
}

#[tokio::test]
async fn two_who_take_two_locks_crosswise_are_told_of_the_deadlock() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let (one, two) = (acme.begin().await.unwrap(), acme.begin().await.unwrap());
    lock("a").take(&one).await.unwrap();
    lock("b").take(&two).await.unwrap();
    let (b, a) = (lock("b"), lock("a"));
    // The one who is refused lets go at once, so that the other gets on.
    let cross =
        async |wanted: &Lock, transaction: freehold_tenancy::Transaction| wanted.take(&transaction).await;
    let outcomes = tokio::join!(cross(&b, one), cross(&a, two));
    let refused: Vec<LockError> = [outcomes.0, outcomes.1].into_iter().filter_map(Result::err).collect();
    let [LockError::Failed { source, .. }] = refused.as_slice() else { panic!("{refused:?}") };
    assert!(source.is_retryable(), "{source:?}");
}
