//! JSONB documents are changed by patches, held against their shape, and no change of others is lost.

#![cfg(feature = "patch")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use freehold_tenancy::{
    Db, Execute, FromRow, Tenant,
    query::{self, Patch, PatchError, QueryError, Shape, ShapeError, Table},
};
use ground::{Ground, tenant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20))]
    title: Option<String>,
    #[serde(default)]
    #[schemars(range(max = 100_000))]
    hits: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
}

#[derive(Debug, FromRow, Table)]
#[table(name = "notes", key(id), soft_delete = "deleted_at")]
struct Note {
    id: i64,
    #[from_row(json)]
    data: Settings,
}

async fn with_documents(documents: &[Value]) -> (Ground, Db) {
    let ground = Ground::new().await;
    let db = ground.db().await;
    for n in 1..=2 {
        let on = db.tenant(&tenant(n));
        for (id, document) in documents.iter().enumerate() {
            let sql = "INSERT INTO notes (tenant_id, id, data) VALUES ($1, $2, $3)";
            on.execute(sql, &[&tenant(n), &(id as i64 + 1), document]).await.unwrap();
        }
    }
    (ground, db)
}

fn at(id: i64) -> Patch<Note, Settings> {
    query::patch(Note::DATA).filter(Note::ID.eq(id))
}

async fn document(on: &Tenant, id: i64) -> Value {
    on.query_value("SELECT data FROM notes WHERE id = $1", &[&id]).await.unwrap()
}

#[tokio::test]
async fn a_patch_changes_the_document_of_its_tenant() {
    let (_ground, db) = with_documents(&[json!({"title": "a", "hits": 1, "tags": ["x"]})]).await;
    let (on, shape) = (db.tenant(&tenant(1)), Shape::new());
    let now = at(1).merge(&on, &shape, &json!({"title": null, "hits": 2})).await.unwrap();
    assert_eq!(now, Settings { title: None, hits: 2, tags: vec!["x".to_owned()] });
    assert_eq!(document(&on, 1).await, json!({"hits": 2, "tags": ["x"]}));
    let operations = json!([
        {"op": "test", "path": "/hits", "value": 2},
        {"op": "add", "path": "/tags/-", "value": "'; --"},
    ]);
    let now = at(1).apply(&on, &shape, &operations).await.unwrap();
    assert_eq!(now.tags, ["x", "'; --"]);
    let refused = at(1).apply(&on, &shape, &json!([{"op": "test", "path": "/hits", "value": 3}])).await;
    assert!(matches!(refused, Err(PatchError::Operation { operation: 0 })), "{refused:?}");
    let other = document(&db.tenant(&tenant(2)), 1).await;
    assert_eq!(other, json!({"title": "a", "hits": 1, "tags": ["x"]}));
}

#[tokio::test]
async fn what_is_not_of_the_shape_is_not_written() {
    let before = json!({"title": "a", "hits": 1});
    let (_ground, db) = with_documents(std::slice::from_ref(&before)).await;
    let (on, shape) = (db.tenant(&tenant(1)), Shape::new().most_bytes(10_000));
    let rule = |patch: Value| {
        let (on, shape) = (&on, &shape);
        async move {
            match at(1).merge(on, shape, &patch).await.unwrap_err() {
                PatchError::Shape(ShapeError::Rule { rule, .. }) => rule,
                other => panic!("{other:?}"),
            }
        }
    };
    assert_eq!(rule(json!({"unknown": 1})).await, "/additionalProperties");
    assert_eq!(rule(json!({"title": "a".repeat(21)})).await, "/properties/title/maxLength");
    assert_eq!(rule(json!({"hits": 100_001})).await, "/properties/hits/maximum");
    assert_eq!(rule(json!(7)).await, "/type");
    let large = at(1).merge(&on, &shape, &json!({"tags": ["x".repeat(10_000)]})).await.unwrap_err();
    assert!(matches!(large, PatchError::Shape(ShapeError::TooLarge { most: 10_000 })), "{large}");
    let mut deep = json!(1);
    for _ in 0..40 {
        deep = json!([deep]);
    }
    let deep = at(1).merge(&on, &shape, &json!({ "tags": deep })).await.unwrap_err();
    assert!(matches!(deep, PatchError::Shape(ShapeError::TooDeep { most: 32 })), "{deep}");
    let nul = at(1).merge(&on, &shape, &json!({"title": "\0"})).await.unwrap_err();
    assert!(matches!(nul, PatchError::Query(QueryError::Value { column: "data", .. })), "{nul}");
    assert_eq!(document(&on, 1).await, before);
    assert_eq!(at(1).merge(&on, &shape, &json!({"hits": 100_000})).await.unwrap().hits, 100_000);
}

#[tokio::test]
async fn a_patch_is_for_one_document_that_is_there() {
    let (_ground, db) = with_documents(&[json!({}), json!({})]).await;
    let (on, shape) = (db.tenant(&tenant(1)), Shape::new());
    let patch = json!({"hits": 1});
    assert!(matches!(at(9).merge(&on, &shape, &patch).await, Err(PatchError::NoRow)));
    let both = query::patch(Note::DATA).filter(Note::ID.gt(0));
    assert!(matches!(both.merge(&on, &shape, &patch).await, Err(PatchError::SeveralRows)));
    let all = query::patch(Note::DATA);
    let refused = all.merge(&on, &shape, &patch).await;
    assert!(matches!(refused, Err(PatchError::Query(QueryError::NoFilter { .. }))));
    query::soft_delete::<Note>().filter(Note::ID.eq(1)).run(&on).await.unwrap();
    assert!(matches!(at(1).merge(&on, &shape, &patch).await, Err(PatchError::NoRow)));
}

#[tokio::test]
async fn numbers_that_would_not_come_back_are_not_written() {
    let (ground, db) = with_documents(&[json!({"hits": 1}), json!({"hits": 1})]).await;
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Loose {
        hits: f64,
    }
    #[derive(Debug, FromRow, Table)]
    #[table(name = "notes", key(id))]
    struct Other {
        id: i64,
        #[from_row(json)]
        data: Loose,
    }
    ground
        .admin(r#"UPDATE notes SET data = '{"hits": 1, "big": 123456789012345678901234567890}' WHERE id = 1"#)
        .await;
    let (on, shape) = (db.tenant(&tenant(1)), Shape::new());
    let patch = |id: i64| query::patch(Other::DATA).filter(Other::ID.eq(id));
    let refused = patch(1).merge(&on, &shape, &json!({"hits": 2.5})).await.unwrap_err();
    assert!(matches!(refused, PatchError::Unwritable), "{refused}");
    let hits = patch(2).merge(&on, &shape, &json!({"hits": 0.1})).await.unwrap().hits;
    assert!((hits - 0.1).abs() < f64::EPSILON);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_change_of_others_is_lost() {
    let (_ground, db) = with_documents(&[json!({"tags": []})]).await;
    let writers = (0..4).map(|writer| {
        let on = db.tenant(&tenant(1));
        tokio::spawn(async move {
            let shape = Shape::new();
            for n in 0..6 {
                let patch = json!([{"op": "add", "path": "/tags/-", "value": format!("{writer}-{n}")}]);
                loop {
                    // Half of them inside a transaction, which sees what others commit meanwhile.
                    let done = if n % 2 == 0 {
                        at(1).apply(&on, &shape, &patch).await
                    } else {
                        let transaction = on.begin().await.unwrap();
                        let done = at(1).apply(&transaction, &shape, &patch).await;
                        transaction.commit().await.unwrap();
                        done
                    };
                    match done {
                        Ok(_) => break,
                        Err(PatchError::Contended) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let tags = document(&db.tenant(&tenant(1)), 1).await["tags"].clone();
    let mut tags: Vec<String> = serde_json::from_value(tags).unwrap();
    tags.sort();
    let wanted: Vec<String> = (0..4).flat_map(|w| (0..6).map(move |n| format!("{w}-{n}"))).collect();
    assert_eq!(tags, wanted);
}
