//! What a subscriber receives, of whom, and what it is told when something may have been missed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "ground/pooler.rs"]
mod bouncer;
use freehold_tenancy_ground as ground;

use std::time::Duration;

use bouncer::Bouncer;
use freehold_db::Session;
use freehold_sandbox::{Sandbox, testing};
use freehold_tenancy::{
    Db, Execute,
    listen::{
        self, Channel, Event, Gap, LONGEST_PAYLOAD, ListenError, ListenOptions, Listener, Subscription,
    },
};
use ground::{Ground, tenant};

fn channel(name: &str) -> Channel {
    Channel::new(name).unwrap()
}

fn text(text: &str) -> Option<Event> {
    Some(Event::Notification(text.to_owned()))
}

/// The next event; a test that waits for long has failed.
async fn next(subscription: &mut Subscription) -> Option<Event> {
    tokio::time::timeout(Duration::from_secs(15), subscription.next()).await.expect("no event came")
}

#[tokio::test]
async fn a_tenant_receives_its_own_and_nothing_else() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let listener = Listener::connect(&ground.url("app_writer")).await.unwrap();
    let notes = channel("notes");
    let mut one = listener.subscribe(&tenant(1), &notes).await.unwrap();
    let mut other_channel = listener.subscribe(&tenant(1), &channel("Notes")).await.unwrap();
    let mut two = listener.subscribe(&tenant(2), &notes).await.unwrap();
    let system = db.system("watching all notes").unwrap();
    let mut all = listener.subscribe_across_tenants(&system, &notes).await.unwrap();
    listen::notify(&db.tenant(&tenant(1)), &notes, "for one").await.unwrap();
    // What looks like a tag within the text is text.
    let forged = format!("{}:forged", listen::tag(&tenant(1)));
    listen::notify(&db.tenant(&tenant(2)), &notes, &forged).await.unwrap();
    listen::notify(&system, &notes, "across").await.unwrap();
    ground.admin("NOTIFY notes, 'by hand'").await;
    // As a trigger would send it.
    ground
        .admin(
            "SELECT pg_notify('notes', left(encode(sha256(convert_to(id::text, 'UTF8')), 'hex'), 32) || ':by a trigger') \
             FROM tenants WHERE name = 'tenant 1'",
        )
        .await;
    listen::notify(&db.tenant(&tenant(1)), &channel("Notes"), "elsewhere").await.unwrap();
    listen::notify(&db.tenant(&tenant(1)), &notes, "end").await.unwrap();
    listen::notify(&db.tenant(&tenant(2)), &notes, "end").await.unwrap();
    for expected in ["for one", "by a trigger", "end"] {
        assert_eq!(next(&mut one).await, text(expected));
    }
    assert_eq!((next(&mut two).await, next(&mut two).await), (text(&forged), text("end")));
    assert_eq!(next(&mut other_channel).await, text("elsewhere"));
    for expected in ["for one", forged.as_str(), "across", "by a trigger", "end"] {
        assert_eq!(next(&mut all).await, text(expected));
    }
}

#[tokio::test]
async fn what_is_sent_in_a_transaction_comes_when_it_commits() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let listener = Listener::connect(&ground.url("app_writer")).await.unwrap();
    let odd = channel("a \"channel\"; DROP TABLE notes --");
    let mut one = listener.subscribe(&tenant(1), &odd).await.unwrap();
    let undone = db.tenant(&tenant(1)).begin().await.unwrap();
    listen::notify(&undone, &odd, "undone").await.unwrap();
    undone.rollback().await.unwrap();
    let done = db.tenant(&tenant(1)).begin().await.unwrap();
    listen::notify(&done, &odd, "done").await.unwrap();
    done.commit().await.unwrap();
    assert_eq!(next(&mut one).await, text("done"));
}

#[tokio::test]
async fn texts_that_cannot_be_sent_are_refused_before_they_are() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let listener = Listener::connect(&ground.url("app_writer")).await.unwrap();
    let notes = channel("notes");
    let mut one = listener.subscribe(&tenant(1), &notes).await.unwrap();
    let acme = db.tenant(&tenant(1));
    let longest = "x".repeat(LONGEST_PAYLOAD);
    for refused in [format!("{longest}x"), "a\0b".to_owned()] {
        let error = listen::notify(&acme, &notes, &refused).await.unwrap_err();
        assert!(matches!(error, ListenError::Payload { .. }), "{error:?}");
    }
    listen::notify(&acme, &notes, &longest).await.unwrap();
    assert_eq!(next(&mut one).await, text(&longest));
}

#[tokio::test]
async fn one_whose_process_was_ended_listens_again_and_says_so() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let url = ground.url("app_writer");
    let listener = Listener::connect(&url).await.unwrap();
    let notes = channel("notes");
    let mut one = listener.subscribe(&tenant(1), &notes).await.unwrap();
    let mut two = listener.subscribe(&tenant(2), &notes).await.unwrap();
    ground
        .admin(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND query LIKE 'LISTEN %'",
        )
        .await;
    assert_eq!(next(&mut one).await, Some(Event::Gap(Gap::Reconnected)));
    assert_eq!(next(&mut two).await, Some(Event::Gap(Gap::Reconnected)));
    assert!(listener.is_connected());
    listen::notify(&db.tenant(&tenant(1)), &notes, "after").await.unwrap();
    assert_eq!(next(&mut one).await, text("after"));
}

#[tokio::test]
async fn one_whose_server_was_killed_listens_again_when_it_is_back() {
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let url = sandbox.connect_to().masked();
    let listener = Listener::connect(&url).await.unwrap();
    let notes = channel("notes");
    let mut one = listener.subscribe(&tenant(1), &notes).await.unwrap();
    sandbox.kill().await.unwrap();
    while listener.is_connected() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Who subscribes meanwhile waits until it can be.
    let late = listener.clone();
    let subscribing = tokio::spawn(async move { late.subscribe(&tenant(2), &channel("late")).await });
    sandbox.restart().await.unwrap();
    assert_eq!(next(&mut one).await, Some(Event::Gap(Gap::Reconnected)));
    let mut two = subscribing.await.unwrap().unwrap();
    let session = Session::open(&sandbox.connect_to()).await.unwrap();
    for (n, name) in [(1, "notes"), (2, "late")] {
        let payload = format!("{}:back", listen::tag(&tenant(n)));
        session.query("SELECT pg_notify($1, $2)", &[&name, &payload]).await.unwrap();
    }
    assert_eq!(next(&mut one).await, text("back"));
    let mut event = next(&mut two).await;
    if event == Some(Event::Gap(Gap::Reconnected)) {
        event = next(&mut two).await;
    }
    assert_eq!(event, text("back"));
}

#[tokio::test]
async fn a_slow_subscriber_is_told_what_it_missed() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let options = ListenOptions { capacity: 3, ..ListenOptions::default() };
    let listener = Listener::connect_with(&ground.url("app_writer"), options).await.unwrap();
    let notes = channel("notes");
    let mut slow = listener.subscribe(&tenant(1), &notes).await.unwrap();
    let mut quick = listener.subscribe(&tenant(1), &channel("end")).await.unwrap();
    for n in 0..5 {
        listen::notify(&acme, &notes, &n.to_string()).await.unwrap();
    }
    listen::notify(&acme, &channel("end"), "").await.unwrap();
    // One connection hands on in order: everything before has come.
    assert_eq!(next(&mut quick).await, text(""));
    for n in 0..3 {
        assert_eq!(next(&mut slow).await, text(&n.to_string()));
    }
    assert_eq!(next(&mut slow).await, Some(Event::Gap(Gap::Overflow)));
    listen::notify(&acme, &notes, "after").await.unwrap();
    assert_eq!(next(&mut slow).await, text("after"));
}

#[tokio::test]
async fn the_last_one_to_go_takes_the_channel_and_the_connection_with_it() {
    let ground = Ground::new().await;
    let db: Db = ground.db().await;
    let acme = db.tenant(&tenant(1));
    let listener = Listener::connect(&ground.url("app_writer")).await.unwrap();
    let notes = channel("notes");
    let first = listener.subscribe(&tenant(1), &notes).await.unwrap();
    let second = listener.subscribe(&tenant(1), &notes).await.unwrap();
    let last_said = async || {
        let sql = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^(UN)?LISTEN' \
                   AND pid <> pg_backend_pid()";
        acme.query_opt::<(String,)>(sql, &[]).await.unwrap().map(|(query,)| query)
    };
    drop(first);
    let mut third = listener.subscribe(&tenant(1), &notes).await.unwrap();
    listen::notify(&acme, &notes, "still").await.unwrap();
    assert_eq!(next(&mut third).await, text("still"));
    drop((second, third));
    while !last_said().await.unwrap().starts_with("UNLISTEN") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(listener);
    while last_said().await.is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_refused_and_one_in_session_mode_is_not() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let transaction = Bouncer::start(&ground, "transaction", "").await;
    let error = Listener::connect(&transaction.url("app_writer")).await.unwrap_err();
    assert!(matches!(error, ListenError::Pooler(_)), "{error:?}");
    assert!(error.to_string().contains("a URL that goes to the server itself"), "{error}");
    let session = Bouncer::start(&ground, "session", "").await;
    let listener = Listener::connect(&session.url("app_writer")).await.unwrap();
    let mut one = listener.subscribe(&tenant(1), &channel("notes")).await.unwrap();
    listen::notify(&acme, &channel("notes"), "past the pooler").await.unwrap();
    assert_eq!(next(&mut one).await, text("past the pooler"));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_at_once() {
    let error = Listener::connect("postgres://nobody:hunter2@127.0.0.1:1/x").await.unwrap_err();
    assert!(matches!(error, ListenError::Connect(_)), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}
