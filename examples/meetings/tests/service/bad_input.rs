//! What nobody should send, and somebody does.

use http::{Method, StatusCode};
use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn sql_and_nul_bytes_in_every_text_are_texts_or_refused() {
    let stage = Stage::set(false).await;
    let [acme, _] = stage.two().await;
    for text in ["'; DROP TABLE meetings; --", "$1", "\\'; --", "%_\\", "' OR '1'='1", "{}", "\u{1F600}"] {
        let mut body = acme.meeting(1);
        body["title"] = json!(text);
        let made = acme.ask(Method::POST, "/meetings", Some(body)).await;
        assert_eq!((made.status, made.text_of("title").as_str()), (StatusCode::CREATED, text));
        let joined = acme.ask(Method::POST, "/meetings/join", Some(json!({ "code": text }))).await;
        assert_eq!(joined.status, StatusCode::NOT_FOUND);
        let login = json!({ "organization": text, "email": text, "password": text });
        assert_eq!(acme.ask(Method::POST, "/login", Some(login)).await.status, StatusCode::UNAUTHORIZED);
    }
    for (path, key) in [("/meetings", "title"), ("/meetings/join", "code"), ("/users", "display_name")] {
        let mut body = acme.meeting(1);
        body["email"] = json!("x@y.example");
        body["display_name"] = json!("x");
        body["password"] = json!("correct horse");
        body[key] = json!("a\0b");
        let came = acme.ask(Method::POST, path, Some(body)).await;
        assert_eq!(came.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", came.text);
    }
}

#[tokio::test]
async fn wrong_types_sizes_tokens_and_cursors_are_refused_with_their_status() {
    let stage = Stage::set(false).await;
    let [acme, _] = stage.two().await;
    let post = |path: &'static str, body| acme.ask(Method::POST, path, Some(body));
    assert_eq!(post("/meetings", json!({ "title": 7 })).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post("/meetings", json!([])).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut late = acme.meeting(1);
    late["ends_at"] = json!("2020-01-01T00:00:00Z");
    let refused = post("/meetings", late).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.text.contains("acme-only"), "the row is not told: {}", refused.text);
    let huge = json!({ "title": "x".repeat(100_000) });
    assert_eq!(post("/meetings", huge).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    for path in ["/meetings?limit=0", "/meetings?limit=1000000", "/meetings?cursor=abc", "/audit?limit=-1"] {
        assert_eq!(
            acme.ask(Method::GET, path, None).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}"
        );
    }
    assert_eq!(acme.ask(Method::GET, "/meetings/not-a-uuid", None).await.status, StatusCode::BAD_REQUEST);
    let nobody = stage.trial.client();
    assert_eq!(nobody.ask(Method::GET, "/meetings", None).await.unwrap().status, StatusCode::UNAUTHORIZED);
    let forged = nobody.clone().with_token("AAAA");
    assert_eq!(forged.ask(Method::GET, "/meetings", None).await.unwrap().status, StatusCode::UNAUTHORIZED);
    let organization = json!({ "name": "x", "slug": "x", "owner": { "email": "a@b.c", "display_name": "x", "password": "correct horse" } });
    let made = nobody.ask(Method::POST, "/organizations", Some(organization)).await.unwrap();
    assert_eq!(made.status, StatusCode::UNAUTHORIZED);
    let document = nobody.ask(Method::GET, "/openapi.json", None).await.unwrap().json();
    assert!(document["paths"]["/meetings/join"]["post"].is_object());
}
