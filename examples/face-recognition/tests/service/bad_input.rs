//! What nobody should send, and somebody does.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Stage, embedding};

#[tokio::test]
async fn embeddings_of_the_wrong_size_or_without_numbers_are_refused() {
    let stage = Stage::set(false).await;
    let [acme, _] = stage.two("ENTERPRISE").await;
    acme.register(1).await;
    let zero = vec![0.0_f32; 512];
    let huge: Value = serde_json::from_str(&format!("[{}]", vec!["1e300"; 512].join(","))).unwrap();
    // What no number of the program's can hold is no JSON to it.
    let body = json!({ "embedding": huge, "quality_score": 0.5 });
    assert_eq!(acme.ask(Method::POST, "/identify", Some(body)).await.status, StatusCode::BAD_REQUEST);
    let short = [json!([]), json!([1.0]), json!("text"), json!(null)];
    for wrong in short.into_iter().chain([json!(vec![0.5; 513]), json!(zero)]) {
        for (method, path) in [
            (Method::PUT, format!("/faces/{}", acme.person(1))),
            (Method::POST, format!("/faces/{}/verify", acme.person(1))),
            (Method::POST, "/identify".to_owned()),
        ] {
            let body = json!({ "embedding": wrong, "quality_score": 0.5 });
            let came = acme.ask(method, &path, Some(body)).await;
            assert_eq!(came.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", came.text);
        }
    }
    for (key, wrong) in
        [("threshold", json!(2)), ("threshold", json!("x")), ("limit", json!(0)), ("limit", json!(-1))]
    {
        let mut body = json!({ "embedding": embedding(1) });
        body[key] = wrong;
        let came = acme.ask(Method::POST, "/identify", Some(body)).await;
        assert_eq!(came.status, StatusCode::UNPROCESSABLE_ENTITY, "{key}: {}", came.text);
    }
}

#[tokio::test]
async fn sql_and_nul_bytes_in_names_are_names_or_refused() {
    let stage = Stage::set(false).await;
    let [acme, _] = stage.two("ENTERPRISE").await;
    for text in ["'; DROP TABLE faces; --", "$1", "%_", "' OR '1'='1", "\u{1F600}"] {
        let consent = json!({ "external_id": text, "consent_type": "FACE_REGISTRATION" });
        assert_eq!(acme.ask(Method::POST, "/consents", Some(consent)).await.status, StatusCode::CREATED);
        let mut url = reqwest::Url::parse(&stage.trial.url("/faces")).unwrap();
        url.path_segments_mut().unwrap().push(text);
        let stored = acme.ask(Method::PUT, url.path(), Some(acme.face(1))).await;
        assert_eq!((stored.status, stored.text_of("external_id").as_str()), (StatusCode::OK, text));
    }
    let nul = json!({ "external_id": "a\0b", "consent_type": "FACE_REGISTRATION" });
    assert_eq!(acme.ask(Method::POST, "/consents", Some(nul)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let deep =
        json!({ "embedding": embedding(1), "quality_score": 0.5, "metadata": { "x": "y".repeat(300_000) } });
    assert_eq!(acme.ask(Method::PUT, "/faces/x", Some(deep)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn keys_that_are_none_open_nothing() {
    let stage = Stage::set(false).await;
    let [acme, bolt] = stage.two("ENTERPRISE").await;
    let good = {
        let issued = acme.ask(Method::POST, "/keys", Some(json!({ "name": "x", "scopes": ["admin"] }))).await;
        issued.text_of("api_key")
    };
    let mut typo = good.clone();
    let last = typo.pop().unwrap();
    typo.push(if last == 'a' { 'b' } else { 'a' });
    // The same secret under another tenant's name.
    let moved = good.replace(&acme.tenant_id.replace('-', ""), &bolt.tenant_id.replace('-', ""));
    let moved = moved.replace(&acme.tenant_id, &bolt.tenant_id);
    assert_ne!(moved, good);
    for key in ["", "fr_", "x", typo.as_str(), moved.as_str(), "fr_00000000-0000-0000-0000-000000000000_x"] {
        let came = stage.trial.client().with_token(key).ask(Method::GET, "/faces", None).await.unwrap();
        assert_eq!(came.status, StatusCode::UNAUTHORIZED, "{key}: {}", came.text);
        assert!(key.is_empty() || key == "x" || !came.text.contains(key), "the key is not repeated");
    }
    for body in [
        json!({ "name": "x", "scopes": ["root"] }),
        json!({ "name": "", "scopes": [] }),
        json!({ "name": "x", "scopes": [], "expires_in": 0 }),
    ] {
        let came = acme.ask(Method::POST, "/keys", Some(body)).await;
        assert_eq!(came.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", came.text);
    }
    let brief =
        acme.ask(Method::POST, "/keys", Some(json!({ "name": "x", "scopes": [], "expires_in": 1 }))).await;
    let brief = stage.trial.client().with_token(brief.text_of("api_key"));
    assert_eq!(brief.ask(Method::GET, "/faces", None).await.unwrap().status, StatusCode::OK);
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    assert_eq!(brief.ask(Method::GET, "/faces", None).await.unwrap().status, StatusCode::UNAUTHORIZED);
}
