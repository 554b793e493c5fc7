//! The service over HTTP, on a real PostgreSQL and a real Redis.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod bad_input;
mod crash;
mod hammer;
mod stage;

use http::{Method, StatusCode};
use serde_json::json;
use stage::{Stage, embedding};

#[tokio::test]
async fn a_face_is_registered_with_consent_verified_identified_exported_and_forgotten() {
    let stage = Stage::set(false).await;
    let [acme, bolt] = stage.two("ENTERPRISE").await;
    let person = acme.person(1);
    let path = format!("/faces/{person}");
    let refused = acme.ask(Method::PUT, &path, Some(acme.face(1))).await;
    assert_eq!((refused.status, refused.text_of("code").as_str()), (StatusCode::FORBIDDEN, "no_consent"));
    acme.register(1).await;
    acme.register(2).await;
    bolt.register(1).await;

    let verify = async |n: usize| {
        let body = json!({ "embedding": embedding(n) });
        acme.ask(Method::POST, &format!("{path}/verify"), Some(body)).await.json()
    };
    assert_eq!(verify(1).await["verified"], json!(true));
    assert_eq!(verify(2).await["verified"], json!(false));
    // Bolt does not know Acme's person.
    let foreign =
        bolt.ask(Method::POST, &format!("{path}/verify"), Some(json!({ "embedding": embedding(1) }))).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);

    let found = acme.ask(Method::POST, "/identify", Some(json!({ "embedding": embedding(1) }))).await.json();
    let names: Vec<&str> =
        found.as_array().unwrap().iter().map(|one| one["external_id"].as_str().unwrap()).collect();
    assert_eq!(names, [person.as_str()]);
    let log = acme.ask(Method::GET, &format!("/verifications?external_id={person}"), None).await.json();
    assert_eq!(log.as_array().map(Vec::len), Some(3));

    let export = acme.ask(Method::GET, &format!("/persons/{person}/export"), None).await;
    let lines: Vec<serde_json::Value> =
        export.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |table: &str| lines.iter().filter(|line| line["table"] == table).collect::<Vec<_>>();
    assert_eq!((of("faces").len(), of("consent_records").len(), of("verification_logs").len()), (1, 1, 3));
    assert_eq!(lines.last().unwrap()["end"]["rows"], json!(lines.len() - 2), "{}", export.text);
    let embedding_of = &of("faces")[0]["row"]["embedding_encrypted"];
    assert!((embedding_of[1].as_f64().unwrap() - 1.0).abs() < 1e-6, "{embedding_of}");
    let erased = acme.ask(Method::DELETE, &format!("/persons/{person}"), None).await.json();
    let became = |table: &str| {
        let all = erased["tables"].as_array().unwrap();
        let one = all.iter().find(|one| one["table"] == table).unwrap();
        (one["rows"].as_i64().unwrap(), one["outcome"].as_str().unwrap().to_owned())
    };
    assert_eq!(became("faces"), (1, "deleted".to_owned()));
    assert_eq!(became("verification_logs"), (3, "anonymised".to_owned()));
    assert_eq!(became("consent_records"), (1, "kept".to_owned()));
    let gone =
        acme.ask(Method::POST, &format!("{path}/verify"), Some(json!({ "embedding": embedding(1) }))).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let left = acme.ask(Method::GET, &format!("/persons/{person}/export"), None).await;
    let left: Vec<serde_json::Value> =
        left.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let tables: std::collections::BTreeSet<_> =
        left.iter().filter_map(|line| line["table"].as_str()).collect();
    assert!(!tables.contains("faces") && !tables.contains("verification_logs"), "{tables:?}");
    // Bolt's face of the same number is untouched.
    let found = bolt.ask(Method::POST, "/identify", Some(json!({ "embedding": embedding(1) }))).await.json();
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    for account in [&acme, &bolt] {
        assert_eq!(account.watch.leaks(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn consents_end_and_are_withdrawn() {
    let stage = Stage::set(false).await;
    let [acme, _] = stage.two("ENTERPRISE").await;
    acme.register(1).await;
    let person = acme.person(1);
    let gone = acme.ask(Method::DELETE, &format!("/consents/{person}/FACE_REGISTRATION"), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let again = acme.ask(Method::PUT, &format!("/faces/{person}"), Some(acme.face(1))).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);
    let past = json!({ "external_id": person, "consent_type": "FACE_REGISTRATION", "expires_at": "2020-01-01T00:00:00Z" });
    assert_eq!(
        acme.ask(Method::POST, "/consents", Some(past)).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let list = acme.ask(Method::GET, &format!("/consents/{person}"), None).await.json();
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    assert!(list[0]["revoked_at"].is_string());
}

#[tokio::test]
async fn keys_open_what_they_may_until_they_are_revoked_or_the_tenant_is_suspended() {
    let stage = Stage::set(false).await;
    let [acme, bolt] = stage.two("ENTERPRISE").await;
    acme.register(1).await;
    let body = json!({ "name": "gate", "scopes": ["faces:verify"] });
    let issued = acme.ask(Method::POST, "/keys", Some(body)).await;
    assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text);
    let gate = stage.trial.client().with_token(issued.text_of("api_key"));
    let path = format!("/faces/{}/verify", acme.person(1));
    let verify = async || {
        let body = json!({ "embedding": embedding(1) });
        gate.ask(Method::POST, &path, Some(body)).await.unwrap().status
    };
    assert_eq!(verify().await, StatusCode::OK);
    let identify =
        gate.ask(Method::POST, "/identify", Some(json!({ "embedding": embedding(1) }))).await.unwrap();
    assert_eq!(identify.status, StatusCode::FORBIDDEN);
    assert_eq!(gate.ask(Method::GET, "/keys", None).await.unwrap().status, StatusCode::FORBIDDEN);
    // Another tenant can't revoke it.
    let id = issued.text_of("id");
    assert_eq!(bolt.ask(Method::DELETE, &format!("/keys/{id}"), None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(verify().await, StatusCode::OK);
    assert_eq!(acme.ask(Method::DELETE, &format!("/keys/{id}"), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(verify().await, StatusCode::UNAUTHORIZED);

    let admin = stage.trial.client().with_admin(stage.app.admin_token());
    let status = async |status: &str| {
        let path = format!("/tenants/{}/status", acme.tenant_id);
        admin.ask(Method::PUT, &path, Some(json!({ "status": status }))).await.unwrap().status
    };
    assert_eq!(status("SUSPENDED").await, StatusCode::NO_CONTENT);
    let refused = acme.ask(Method::GET, "/faces", None).await;
    assert_eq!((refused.status, refused.text_of("code").as_str()), (StatusCode::FORBIDDEN, "not_served"));
    assert_eq!(bolt.ask(Method::GET, "/faces", None).await.status, StatusCode::OK);
    assert_eq!(status("ACTIVE").await, StatusCode::NO_CONTENT);
    assert_eq!(acme.ask(Method::GET, "/faces", None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_plan_limits_its_own_tenant_alone() {
    let stage = Stage::set(false).await;
    let [acme, bolt] = stage.two("STARTER").await;
    let mut statuses = Vec::new();
    for _ in 0..80 {
        statuses.push(acme.ask(Method::GET, "/faces", None).await.status);
    }
    let passed = statuses.iter().filter(|status| **status == StatusCode::OK).count();
    assert!((60..80).contains(&passed), "{passed} of 80 passed; the plan allows 60 a minute");
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(bolt.ask(Method::GET, "/faces", None).await.status, StatusCode::OK);
    // Without Redis there are no limits, and there is service.
    stage.places.redis().unwrap().kill().await.unwrap();
    assert_eq!(acme.ask(Method::GET, "/faces", None).await.status, StatusCode::OK);
}
