//! Several runners at once, and others who hold what a runner needs.

use std::process::{Child, Output, Stdio};
use std::time::Duration;

use freehold_db::{ConnectTo, Session};
use freehold_sandbox::{Scratch, testing};
use rustix::process::{Pid, Signal, kill_process};

use crate::own_server::run;
use crate::project::{folder, folder_of, freehold, state, url};

async fn place() -> (Scratch, ConnectTo, String) {
    let server = testing::server().await;
    let scratch = testing::scratch().await;
    let to = scratch.connect_to();
    let url = url(server.sandbox().unwrap().socket_dir(), scratch.name());
    (scratch, to, url)
}

fn begin(folder: &std::path::Path, url: &str, args: &[&str]) -> Child {
    freehold(folder, url, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn count(session: &Session, sql: &str) -> i64 {
    session.query(sql, &[]).await.unwrap().first().unwrap().get(0)
}

/// Waits until a query gives something else than 0.
async fn until(to: &ConnectTo, sql: &str) {
    let session = Session::open(to).await.unwrap();
    for _ in 0..1000 {
        if count(&session, sql).await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never came true: {sql}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_runners_each_migration_is_run_by_exactly_one() {
    let project = folder();
    let (_undisturbed, to, at) = place().await;
    assert!(freehold(project.path(), &at, &["up"]).output().unwrap().status.success());
    let wanted = state(&to).await;
    for runners in [2, 8] {
        let (_scratch, to, at) = place().await;
        let children: Vec<_> = (0..runners).map(|_| begin(project.path(), &at, &["up"])).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", said(&output));
        }
        assert_eq!(state(&to).await, wanted);
    }
}

const WAITS: &str =
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'reader'";

/// A table, and a migration that needs it for itself.
fn needs_the_table() -> tempfile::TempDir {
    folder_of(&[
        ("1_reader.up.sql", "CREATE TABLE reader (id int);"),
        ("1_reader.down.sql", "DROP TABLE reader;"),
        ("2_more.up.sql", "ALTER TABLE reader ADD COLUMN n int;"),
        ("2_more.down.sql", "ALTER TABLE reader DROP COLUMN n;"),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_reader_is_waited_for_and_then_named() {
    let project = needs_the_table();
    let (_scratch, to, at) = place().await;
    assert!(freehold(project.path(), &at, &["up", "1"]).output().unwrap().status.success());
    let reader = Session::open(&to).await.unwrap();
    reader.run("begin; select count(*) from reader").await.unwrap();
    let args = ["up", "--lock-timeout", "0.3", "--attempts", "2"];
    let output = begin(project.path(), &at, &args).wait_with_output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    for words in [
        format!("pid {}", reader.backend_pid()),
        "select count(*) from reader".to_owned(),
        "idle in transaction for".to_owned(),
        "2_more.up.sql".to_owned(),
    ] {
        assert!(text.replace('\n', " ").contains(&words), "{words}: {text}");
    }
    reader.run("commit").await.unwrap();
    assert!(freehold(project.path(), &at, &["up"]).output().unwrap().status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_is_followed_by_another_attempt() {
    let project = needs_the_table();
    let (_scratch, to, at) = place().await;
    assert!(freehold(project.path(), &at, &["up", "1"]).output().unwrap().status.success());
    let reader = Session::open(&to).await.unwrap();
    reader.run("begin; select count(*) from reader").await.unwrap();
    let runner = begin(project.path(), &at, &["up", "--lock-timeout", "0.2", "--attempts", "50"]);
    until(&to, WAITS).await;
    reader.run("commit").await.unwrap();
    let output = runner.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_built_concurrently_while_a_second_runner_waits() {
    let project = folder_of(&[
        ("1_reader.up.sql", "CREATE TABLE reader (id int);"),
        ("1_reader.down.sql", "DROP TABLE reader;"),
        ("2_more.up.sql", "CREATE INDEX CONCURRENTLY reader_id ON reader (id);"),
        ("2_more.down.sql", "DROP INDEX reader_id;"),
    ]);
    let (_scratch, to, at) = place().await;
    assert!(freehold(project.path(), &at, &["up", "1"]).output().unwrap().status.success());
    // An open transaction that has written keeps the build waiting while the second runner comes.
    let writer = Session::open(&to).await.unwrap();
    writer.run("begin; insert into reader values (1)").await.unwrap();
    let first = begin(project.path(), &at, &["up"]);
    until(&to, WAITS).await;
    let second = begin(project.path(), &at, &["up"]);
    let tried =
        "select count(*) from pg_stat_activity where query ~ 'pg_try_advisory_lock' and state = 'idle'";
    until(&to, tried).await;
    writer.run("commit").await.unwrap();
    for child in [first, second] {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }
    let session = Session::open(&to).await.unwrap();
    assert_eq!(
        count(&session, "select count(*) from pg_index where indrelid = 'reader'::regclass and indisvalid")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_who_waits_says_for_whom_and_takes_over_when_that_one_is_killed() {
    let project = needs_the_table();
    let (_scratch, to, at) = place().await;
    assert!(freehold(project.path(), &at, &["up", "1"]).output().unwrap().status.success());
    let reader = Session::open(&to).await.unwrap();
    reader.run("begin; select count(*) from reader").await.unwrap();
    let mut holder = begin(project.path(), &at, &["up", "--lock-timeout", "60"]);
    until(&to, WAITS).await;
    let impatient = begin(project.path(), &at, &["up", "--wait", "0.3"]).wait_with_output().unwrap();
    assert_eq!(impatient.status.code(), Some(2), "{}", said(&impatient));
    let text = said(&impatient).replace('\n', " ");
    assert!(text.contains("freehold migrate") && text.contains("pid "), "{text}");
    let patient = begin(project.path(), &at, &["up"]);
    kill_process(Pid::from_raw(i32::try_from(holder.id()).unwrap()).unwrap(), Signal::KILL).unwrap();
    holder.wait().unwrap();
    reader.run("commit").await.unwrap();
    let output = patient.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    run(&to, "select n from reader").await;
}
