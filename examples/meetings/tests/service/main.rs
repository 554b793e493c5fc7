//! The service over HTTP, on a real PostgreSQL and a real Redis.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod bad_input;
mod crash;
mod hammer;
mod stage;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use stage::Stage;

#[tokio::test]
async fn people_join_by_code_and_are_seen_while_they_are_there() {
    let stage = Stage::set(false).await;
    let [acme, bolt] = stage.two().await;
    let meeting = acme.schedule(1).await;
    let (id, code) = (meeting.text_of("meeting_id"), meeting.text_of("code"));
    let join = Some(json!({ "code": code }));
    let joined = acme.ask(Method::POST, "/meetings/join", join.clone()).await;
    assert_eq!((joined.status, joined.text_of("role").as_str()), (StatusCode::OK, "host"));
    let guest = acme.another(&stage, "grace").await;
    let as_guest = guest.ask(Method::POST, "/meetings/join", join.clone()).await.unwrap();
    assert_eq!(as_guest.text_of("role"), "attendee");
    // The code of another organisation's meeting opens nothing.
    assert_eq!(bolt.ask(Method::POST, "/meetings/join", join).await.status, StatusCode::NOT_FOUND);

    let present = acme.ask(Method::GET, &format!("/meetings/{id}/present"), None).await.json();
    assert_eq!(
        (present["live"].as_bool(), present["people"].as_array().map(Vec::len)),
        (Some(true), Some(2))
    );
    let left = guest.ask(Method::DELETE, &format!("/meetings/{id}/present/me"), None).await.unwrap();
    assert_eq!(left.status, StatusCode::NO_CONTENT);
    let present = acme.ask(Method::GET, &format!("/meetings/{id}/present"), None).await.json();
    assert_eq!(present["people"][0]["user_id"], json!(acme.user_id));
    assert_eq!(present["people"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        bolt.ask(Method::GET, &format!("/meetings/{id}/present"), None).await.json()["people"],
        json!([])
    );

    // Redis goes: who is there is read from the database, and told as such.
    stage.places.redis().unwrap().kill().await.unwrap();
    let present = acme.ask(Method::GET, &format!("/meetings/{id}/present"), None).await;
    assert_eq!((present.status, present.json()["live"].as_bool()), (StatusCode::OK, Some(false)));
    assert_eq!(present.json()["people"].as_array().map(Vec::len), Some(1));
    assert_eq!(acme.watch.leaks(), Vec::<String>::new());
}

#[tokio::test]
async fn a_full_meeting_takes_nobody_more_even_when_all_come_at_once() {
    let stage = Stage::set(false).await;
    let [acme, _] = stage.two().await;
    let mut body = acme.meeting(1);
    body["max_participants"] = json!(3);
    let code = acme.ask(Method::POST, "/meetings", Some(body)).await.text_of("code");
    let mut people = Vec::new();
    for n in 0..8 {
        people.push(acme.another(&stage, &format!("guest{n}")).await);
    }
    let joins =
        people.iter().map(|person| person.ask(Method::POST, "/meetings/join", Some(json!({ "code": code }))));
    let statuses: Vec<StatusCode> =
        futures_util::future::join_all(joins).await.into_iter().map(|came| came.unwrap().status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::OK).count(), 3, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::CONFLICT).count(), 5, "{statuses:?}");
}

#[tokio::test]
async fn the_pages_of_meetings_to_come_hold_each_of_them_once() {
    let stage = Stage::set(false).await;
    let [acme, bolt] = stage.two().await;
    for hours in 1..=23 {
        acme.schedule(hours).await;
    }
    bolt.schedule(1).await;
    let (mut seen, mut cursor) = (Vec::<String>::new(), None::<String>);
    loop {
        let path = match &cursor {
            Some(cursor) => format!("/meetings?limit=5&cursor={cursor}"),
            None => "/meetings?limit=5".to_owned(),
        };
        let page = acme.ask(Method::GET, &path, None).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let page = page.json();
        seen.extend(page["meetings"].as_array().unwrap().iter().map(|one| one["title"].to_string()));
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
        if seen.len() == 5 {
            // A cursor belongs to its organisation.
            let foreign = bolt
                .ask(Method::GET, &format!("/meetings?limit=5&cursor={}", cursor.clone().unwrap()), None)
                .await;
            assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
    let wanted: Vec<String> =
        (1..=23).map(|hours| Value::from(format!("acme-only {hours}")).to_string()).collect();
    assert_eq!(seen, wanted);
}

#[tokio::test]
async fn the_audit_log_says_who_did_what() {
    let stage = Stage::set(false).await;
    let [acme, bolt] = stage.two().await;
    let id = acme.schedule(2).await.text_of("meeting_id");
    let gone = acme.ask(Method::DELETE, &format!("/meetings/{id}"), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let changes = acme.ask(Method::GET, &format!("/audit/meetings/{id}"), None).await.json();
    let told: Vec<(&str, &str)> = changes
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["action"].as_str().unwrap(), one["acting_user"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("UPDATE", acme.user_id.as_str()), ("INSERT", acme.user_id.as_str())]);
    assert_eq!(changes[0]["new_values"]["status"], json!("cancelled"));
    assert_eq!(bolt.ask(Method::GET, &format!("/audit/meetings/{id}"), None).await.json(), json!([]));
    let all = acme.ask(Method::GET, "/audit?limit=200", None).await;
    assert!(all.json().as_array().unwrap().len() >= 4 && !all.text.contains("password_hash"));
}
