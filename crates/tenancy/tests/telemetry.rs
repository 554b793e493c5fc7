//! What is told of statements: to the server, in spans, and in metrics.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;
#[path = "telemetry/recorder.rs"]
mod recorder;

use std::time::Duration;

use freehold_tenancy::{
    Execute,
    telemetry::{self, Fingerprint, Tags},
};
use futures_util::TryStreamExt as _;
use ground::{Ground, tenant};
use recorder::{Recorder, Spans};

/// The text of the statement itself, as the server knows it.
const MYSELF: &str = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()";
const TRACE: &str = "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01";

#[tokio::test]
async fn the_server_sees_the_tags_of_each_statement() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let tags = Tags::new().with("route", "/notes/:id").with("action", "it's; */ DROP TABLE notes; --");
    let acme = db.tenant(&tenant(1)).tagged(tags.clone());
    let comment = "/*action='it%27s%3B%20%2A%2F%20DROP%20TABLE%20notes%3B%20--',route='%2Fnotes%2F%3Aid'*/";
    let seen: String = acme.query_value(MYSELF, &[]).await.unwrap();
    assert_eq!(seen, format!("{MYSELF} {comment}"));
    let transaction = acme.begin().await.unwrap();
    let seen: String = transaction.query_value(MYSELF, &[]).await.unwrap();
    assert!(seen.ends_with(comment), "{seen}");
    let traced = acme.tagged(tags.traceparent(TRACE).unwrap());
    let seen: String = traced.query_value(MYSELF, &[]).await.unwrap();
    assert!(seen.ends_with(&format!(",traceparent='{TRACE}'*/")), "{seen}");
    let plain: String = db.tenant(&tenant(1)).query_value(MYSELF, &[]).await.unwrap();
    assert_eq!(plain, MYSELF);
}

#[tokio::test]
async fn tags_of_a_request_leave_no_prepared_statement_behind() {
    let ground = Ground::new().await;
    let transaction = ground.db().await.tenant(&tenant(1));
    let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%one of many%'";
    for (kept, tags) in
        [(1, Tags::new().with("route", "a")), (0, Tags::new().for_request("request", "1").unwrap())]
    {
        let transaction = transaction.clone().tagged(tags).begin().await.unwrap();
        let _: i32 = transaction.query_value("SELECT 1 AS \"one of many\"", &[]).await.unwrap();
        // The statement that asks holds the words, too.
        let found: i64 = transaction.query_value(prepared, &[]).await.unwrap();
        assert_eq!(found - 1, kept);
        drop(transaction);
    }
}

#[tokio::test]
async fn spans_and_metrics_tell_statement_tenant_rows_and_outcome_but_no_value() {
    let ground = Ground::new().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let spans = Spans::default();
    let _spans = spans.collect();
    let recorder = Recorder::default();
    let _metrics = metrics::set_default_local_recorder(&recorder);
    telemetry::describe();
    for id in 1..=2_i64 {
        let sql = "INSERT INTO notes (tenant_id, id, body) VALUES ($1, $2, 'hunter2')";
        acme.execute(sql, &[&tenant(1), &id]).await.unwrap();
    }
    let _: Vec<(i64,)> = acme.query("SELECT id FROM notes WHERE body = 'hunter2'", &[]).await.unwrap();
    acme.query::<(i64,)>("SELECT 1 / (id - id) FROM notes WHERE body = $1", &[&"hunter2"]).await.unwrap_err();
    let slow = acme.query_value::<String>("SELECT pg_sleep(20)::text", &[]);
    tokio::time::timeout(Duration::from_millis(50), slow).await.unwrap_err();

    let insert = Fingerprint::of("insert into notes (tenant_id, id, body) values (?, ?, ?)");
    let insert = insert.hex();
    let shown = spans.shown();
    assert!(!shown.contains("hunter2"), "{shown}");
    for part in [
        format!("fingerprint=\"{insert}\""),
        format!("tenant=\"{}\"", tenant(1).hash_for_logs()),
        "rows=2".to_owned(),
        "outcome=\"refused\"".to_owned(),
        "outcome=\"cancelled\"".to_owned(),
        "duration_us=".to_owned(),
        "site=crates/tenancy/tests/telemetry.rs:".to_owned(),
    ] {
        assert!(shown.contains(&part), "{part} in {shown}");
    }
    let select = Fingerprint::of("select id from notes where body = ?");
    let seconds = telemetry::STATEMENT_SECONDS;
    assert_eq!(recorder.count(&format!("{seconds} fingerprint={insert} outcome=ok")), 2);
    let ok = |fingerprint: &Fingerprint| format!("{} fingerprint={fingerprint}", telemetry::STATEMENT_ROWS);
    assert_eq!(recorder.count(&ok(&select)), 2);
    let sleep = Fingerprint::of("select pg_sleep(1)::text");
    assert_eq!(recorder.count(&format!("{seconds} fingerprint={sleep} outcome=cancelled")), 1);
    assert_eq!(recorder.count(&format!("{} class=22", telemetry::STATEMENT_ERRORS)), 1);
    assert_eq!(recorder.count("described"), 3);
}

#[tokio::test]
async fn streams_and_batches_are_tagged_and_told_as_other_statements_are() {
    let ground = Ground::new().await;
    let tags = Tags::new().with("route", "many");
    let acme = ground.db().await.tenant(&tenant(1)).tagged(tags);
    let spans = Spans::default();
    let _spans = spans.collect();
    let recorder = Recorder::default();
    let _metrics = metrics::set_default_local_recorder(&recorder);
    let answers = acme
        .batch()
        .add("INSERT INTO notes (tenant_id, id) SELECT $1, n FROM generate_series(1, 5) AS n", &[&tenant(1)])
        .add(MYSELF, &[])
        .send()
        .await
        .unwrap();
    let text: Vec<(String,)> = answers[1].read().unwrap();
    assert!(text[0].0.ends_with("/*route='many'*/"), "{text:?}");
    acme.batch().add("SELECT id FROM notes", &[]).add("SELECT 1 / 0", &[]).send().await.unwrap_err();
    let count = |metric: &str, sql: &str, outcome: &str| {
        recorder.count(&format!("{metric} fingerprint={}{outcome}", Fingerprint::of(sql)))
    };
    let (rows, seconds) = (telemetry::STATEMENT_ROWS, telemetry::STATEMENT_SECONDS);
    let insert = "INSERT INTO notes (tenant_id, id) SELECT $1, n FROM generate_series(1, 5) AS n";
    assert_eq!((count(rows, insert, ""), count(rows, MYSELF, "")), (5, 1));
    assert_eq!(count(seconds, "SELECT id FROM notes", " outcome=refused"), 1);
    // One that is read to its end, one that is not, one that is refused.
    let all = "SELECT id FROM notes ORDER BY id";
    let read: Vec<(i64,)> = acme.stream::<(i64,)>(all, &[]).await.unwrap().try_collect().await.unwrap();
    assert_eq!((read.len(), count(rows, all, ""), count(seconds, all, " outcome=ok")), (5, 5, 1));
    let begun = "SELECT id FROM notes ORDER BY id DESC";
    let mut left = acme.stream::<(i64,)>(begun, &[]).await.unwrap();
    assert_eq!(left.try_next().await.unwrap(), Some((5,)));
    drop(left);
    assert_eq!((count(rows, begun, ""), count(seconds, begun, " outcome=cancelled")), (0, 1));
    let nowhere = "SELECT id FROM nowhere";
    acme.stream::<(i64,)>(nowhere, &[]).await.unwrap_err();
    assert_eq!(count(seconds, nowhere, " outcome=refused"), 1);
    assert!(spans.shown().contains("site=crates/tenancy/tests/telemetry.rs:"));
}
