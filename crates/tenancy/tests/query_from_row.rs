//! Rows become structs: renamed, nested, from JSON, with what is missing left out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use freehold_tenancy::{Error, Execute, FromRow};
use ground::{Ground, tenant};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, PartialEq, FromRow)]
struct Keyed<K, V> {
    key: K,
    #[from_row(flatten)]
    value: V,
}

#[derive(Debug, PartialEq, FromRow)]
#[from_row(rename_all = "camelCase")]
struct Named {
    first_name: String,
    r#type: Option<String>,
    #[from_row(column = "Other Name")]
    other: i32,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner<T> {
    n: T,
}

#[derive(Debug, PartialEq, FromRow)]
struct Documents<T> {
    #[from_row(json)]
    whole: Inner<T>,
    #[from_row(json)]
    perhaps: Option<Inner<T>>,
    #[from_row(json, default)]
    missing: Option<Inner<T>>,
    #[from_row(default)]
    count: i64,
    #[from_row(skip)]
    never: Vec<T>,
}

#[derive(Debug, PartialEq, FromRow)]
struct Pair<T>(T, Option<i32>);

#[tokio::test]
async fn rows_are_read_as_the_struct_says() {
    let ground = Ground::new().await;
    let on = ground.db().await.tenant(&tenant(1));
    let sql = r#"SELECT 7::bigint AS key, 'Ada' AS "firstName", NULL::text AS type, 3 AS "Other Name""#;
    let row: Keyed<i64, Named> = on.query_one(sql, &[]).await.unwrap();
    let value = Named { first_name: "Ada".to_owned(), r#type: None, other: 3 };
    assert_eq!(row, Keyed { key: 7, value });
    let nested: Keyed<i64, Keyed<i64, (i64, String)>> = on.query_one(sql, &[]).await.unwrap();
    assert_eq!(nested.value.value, (7, "Ada".to_owned()));
    let sql = r#"SELECT '{"n": 1}'::jsonb AS whole, NULL::jsonb AS perhaps"#;
    let row: Documents<u8> = on.query_one(sql, &[]).await.unwrap();
    let wanted = Documents { whole: Inner { n: 1 }, perhaps: None, missing: None, count: 0, never: vec![] };
    assert_eq!(row, wanted);
    let sql = r#"SELECT '{"n": 1}'::jsonb AS whole, '{"n": 2}'::json AS perhaps, '{"n": 3}'::jsonb AS missing, 4::bigint AS count"#;
    let row: Documents<Value> = on.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.perhaps, Some(Inner { n: json!(2) }));
    assert_eq!((row.missing, row.count), (Some(Inner { n: json!(3) }), 4));
    let pair: Pair<String> = on.query_one("SELECT 'a'::text, 5", &[]).await.unwrap();
    assert_eq!(pair, Pair("a".to_owned(), Some(5)));
}

#[tokio::test]
async fn a_column_that_is_missing_or_of_another_type_is_named() {
    let ground = Ground::new().await;
    let on = ground.db().await.tenant(&tenant(1));
    let column = |error: Error| match error {
        Error::Column { column, .. } => column,
        other => panic!("{other:?}"),
    };
    let sql = "SELECT 1 AS key";
    assert_eq!(column(on.query_one::<Keyed<i64, (i32,)>>(sql, &[]).await.unwrap_err()), "key");
    assert!(on.query_one::<Keyed<i32, (i32,)>>(sql, &[]).await.is_ok());
    let sql = r#"SELECT NULL::text AS "firstName", NULL::text AS type, 3 AS "Other Name""#;
    assert_eq!(column(on.query_one::<Named>(sql, &[]).await.unwrap_err()), "firstName");
    let sql = r#"SELECT 'a' AS "firstName", NULL::text AS type"#;
    assert_eq!(column(on.query_one::<Named>(sql, &[]).await.unwrap_err()), "Other Name");
    let sql = r#"SELECT '{"n": "x"}'::jsonb AS whole, NULL::jsonb AS perhaps"#;
    assert_eq!(column(on.query_one::<Documents<u8>>(sql, &[]).await.unwrap_err()), "whole");
    assert_eq!(column(on.query_one::<Pair<i32>>("SELECT 1", &[]).await.unwrap_err()), "1");
}
