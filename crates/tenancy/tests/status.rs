//! A tenant that is not served gets no statement through.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use freehold_tenancy::{Db, Error, Execute, Standing, StatusCheck, TenantId};
use ground::{Ground, tenant};

const ACTIVE: &str = "SELECT status = 'active' FROM tenants WHERE id = $1";

async fn refusal(db: &Db, id: &TenantId) -> Option<&'static str> {
    let handle = db.tenant(id);
    let single = handle.execute("SELECT 1", &[]).await.err();
    let begun = handle.begin().await.err();
    let streamed = handle.stream::<(i32,)>("SELECT 1", &[]).await.err();
    let why = |error: Option<Error>| match error {
        Some(Error::NotServed { tenant, why }) if tenant == *id => Some(why),
        None => None,
        other => panic!("{other:?}"),
    };
    let whys = [why(single), why(begun), why(streamed)];
    assert!(whys.iter().all(|why| *why == whys[0]), "{whys:?}");
    whys[0]
}

#[tokio::test]
async fn suspended_and_unknown_tenants_are_not_served() {
    let ground = Ground::new().await;
    ground.admin("UPDATE tenants SET status = 'suspended' WHERE name = 'tenant 2'").await;
    let db = ground.builder().status(StatusCheck::query(ACTIVE)).open().await.unwrap();
    assert_eq!(refusal(&db, &tenant(1)).await, None);
    assert_eq!(refusal(&db, &tenant(2)).await, Some("suspended"));
    assert_eq!(refusal(&db, &tenant(9)).await, Some("unknown"));
    // Without a check nobody asks.
    assert_eq!(refusal(&ground.db().await, &tenant(9)).await, None);
    let text = db.tenant(&tenant(2)).begin().await.unwrap_err().to_string();
    assert!(!text.contains(&tenant(2).to_string()), "{text}");
}

#[tokio::test]
async fn an_answer_is_believed_until_it_is_forgotten() {
    let ground = Ground::new().await;
    let check = StatusCheck::query(ACTIVE).remembered_for(Duration::from_secs(3600));
    let db = ground.builder().status(check).open().await.unwrap();
    assert_eq!(refusal(&db, &tenant(1)).await, None);
    ground.admin("UPDATE tenants SET status = 'suspended'").await;
    assert_eq!(refusal(&db, &tenant(1)).await, None);
    db.forget_status(&tenant(1)).await;
    assert_eq!(refusal(&db, &tenant(1)).await, Some("suspended"));
    ground.admin("UPDATE tenants SET status = 'active'").await;
    assert_eq!(refusal(&db, &tenant(1)).await, Some("suspended"), "refusals are remembered as well");
    db.forget_status(&tenant(1)).await;
    assert_eq!(refusal(&db, &tenant(1)).await, None);
}

#[tokio::test]
async fn an_answer_is_asked_for_anew_after_its_time() {
    let ground = Ground::new().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counts = asked.clone();
    let check = StatusCheck::call(move |_| {
        counts.fetch_add(1, Ordering::SeqCst);
        async { Ok(Standing::Served) }
    });
    let db = ground.builder().status(check.remembered_for(Duration::from_millis(50))).open().await.unwrap();
    for _ in 0..3 {
        db.tenant(&tenant(1)).execute("SELECT 1", &[]).await.unwrap();
    }
    let once = asked.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(80)).await;
    db.tenant(&tenant(1)).execute("SELECT 1", &[]).await.unwrap();
    assert!(asked.load(Ordering::SeqCst) > once);
}

#[tokio::test]
async fn a_look_up_that_fails_serves_nobody_and_is_not_believed() {
    let ground = Ground::new().await;
    let asked = AtomicUsize::new(0);
    let check = StatusCheck::call(move |_| {
        let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                return Err(Error::Input { what: "asking the register", why: "it is away".to_owned() });
            }
            Ok(Standing::Served)
        }
    });
    let db = ground.builder().status(check).open().await.unwrap();
    let error = db.tenant(&tenant(1)).execute("SELECT 1", &[]).await.unwrap_err();
    assert!(matches!(error, Error::Input { what: "asking the register", .. }), "{error:?}");
    db.tenant(&tenant(1)).execute("SELECT 1", &[]).await.unwrap();
}

#[tokio::test]
async fn work_across_tenants_is_not_asked_about() {
    let ground = Ground::new().await;
    let check = StatusCheck::call(|_| async { Ok(Standing::Unknown) });
    let db = ground.builder().status(check).open().await.unwrap();
    db.system("looking").unwrap().execute("SELECT 1", &[]).await.unwrap();
}
