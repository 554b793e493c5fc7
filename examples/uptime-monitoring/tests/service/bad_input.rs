//! What nobody should send, and somebody does.

use http::{Method, StatusCode};
use serde_json::json;

use crate::stage::{Stage, Target};

#[tokio::test]
async fn sql_markup_and_nul_bytes_are_texts_or_refused() {
    let stage = Stage::set(false).await;
    let [acme, _] = stage.two().await;
    let target = Target::listen().await;
    for text in ["'; DROP TABLE monitors; --", "$1", "<script>alert(1)</script>", "%_\\", "{{ 7 * 7 }}"] {
        let body = json!({ "name": text, "url": target.url("/up"), "check_interval": 60 });
        let made = acme.ask(Method::POST, "/monitors", Some(body)).await;
        assert_eq!((made.status, made.text_of("name").as_str()), (StatusCode::CREATED, text));
    }
    let page = acme.ask(Method::GET, "/status/acme", None).await.text;
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;") && page.contains("{{ 7 * 7 }}"));
    let nul = json!({ "name": "a\0b", "url": target.url("/up") });
    assert_eq!(acme.ask(Method::POST, "/monitors", Some(nul)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let slug = acme.ask(Method::GET, "/status/'%20OR%20'1'='1", None).await;
    assert_eq!(slug.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn addresses_intervals_and_limits_are_checked() {
    let stage = Stage::set(false).await;
    let [acme, _] = stage.two().await;
    for url in
        ["", "ftp://x/", "file:///etc/passwd", "http://", "example.com", "http:///x", "javascript:alert(1)"]
    {
        let came = acme.ask(Method::POST, "/monitors", Some(json!({ "name": "x", "url": url }))).await;
        assert_eq!(came.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}: {}", came.text);
    }
    for interval in [json!(0), json!(9), json!(-1), json!(86_401), json!("60"), json!(1.5), json!(1e30)] {
        let body = json!({ "name": "x", "url": "http://localhost/", "check_interval": interval });
        let came = acme.ask(Method::POST, "/monitors", Some(body)).await;
        assert_eq!(came.status, StatusCode::UNPROCESSABLE_ENTITY, "{interval}: {}", came.text);
    }
    let id = acme.monitor("x", "http://localhost/").await;
    let again = json!({ "name": format!("x {}", acme.mark), "url": "http://localhost/" });
    assert_eq!(acme.ask(Method::POST, "/monitors", Some(again)).await.status, StatusCode::CONFLICT);
    for limit in ["0", "501", "-1"] {
        let path = format!("/monitors/{id}/checks?limit={limit}");
        assert_eq!(acme.ask(Method::GET, &path, None).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let nobody = stage.trial.client();
    assert_eq!(nobody.ask(Method::GET, "/monitors", None).await.unwrap().status, StatusCode::UNAUTHORIZED);
    let wrong = json!({ "tenant": "acme", "email": "ada@acme.example", "password": "wrong password" });
    assert_eq!(
        nobody.ask(Method::POST, "/login", Some(wrong)).await.unwrap().status,
        StatusCode::UNAUTHORIZED
    );
}
