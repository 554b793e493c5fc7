//! The runner on real databases.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use freehold_db::Session;
use freehold_migrate::{Command, Done, Event, Prepared, RunError, RunOptions, Target, What, run};
use freehold_sandbox::testing;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn prepared(dir: &Path) -> Prepared {
    Prepared::new(freehold_migrate::read(dir, None).unwrap())
}

async fn go(target: &Target, dir: &Path, command: Command) -> (Result<Done, RunError>, Vec<Event>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let listener = move |event| ear.lock().unwrap().push(event);
    let outcome = run(target, &prepared(dir), &command, &RunOptions::default(), &listener).await;
    let events = heard.lock().unwrap().clone();
    (outcome, events)
}

const UP: Command = Command::Up { count: None };

#[tokio::test]
async fn migrations_go_up_and_down_and_leave_their_rows() {
    let scratch = testing::scratch().await;
    let target = Target::database("app", scratch.connect_to());
    let dir = folder(&[
        ("1_a.up.sql", "create table a (id int primary key); insert into a values (1);"),
        ("1_a.down.sql", "drop table a;"),
        ("2_b.up.sql", "create index concurrently a_id on a (id);"),
        ("2_b.down.sql", "drop index concurrently a_id;"),
    ]);
    let (done, events) = go(&target, dir.path(), UP).await;
    let done = done.unwrap();
    assert_eq!(done.version.as_deref(), Some("2"));
    let applied = events.iter().filter(|e| matches!(e.what, What::Applied { .. })).count();
    assert_eq!(applied, 2, "{events:#?}");
    let (done, _) = go(&target, dir.path(), UP).await;
    assert!(done.unwrap().ran.is_empty());
    let (done, _) = go(&target, dir.path(), Command::Down { count: Some(2) }).await;
    assert_eq!(done.unwrap().version, None);
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    let rows = session
        .query("select version, direction, state, statement, statements, script from freehold.migrations order by id", &[])
        .await
        .unwrap();
    let shown: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {} {} {:?}/{:?}",
                row.get::<_, String>(0),
                row.get::<_, String>(1),
                row.get::<_, String>(2),
                row.get::<_, Option<i32>>(3),
                row.get::<_, Option<i32>>(4)
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "1 up applied None/None",
            "2 up applied Some(1)/Some(1)",
            "2 down applied Some(1)/Some(1)",
            "1 down applied None/None"
        ]
    );
}

#[tokio::test]
async fn a_failing_statement_is_named_and_nothing_of_its_script_stays() {
    let scratch = testing::scratch().await;
    let target = Target::database("app", scratch.connect_to());
    let dir = folder(&[
        (
            "1_a.up.sql",
            "create table a (id int);\n\ninsert into a values (1), (1);\n  alter table a add unique (id);\nselect 1;",
        ),
        ("1_a.down.sql", "drop table a;"),
    ]);
    let (done, _) = go(&target, dir.path(), UP).await;
    let error = done.unwrap_err();
    assert_eq!(error.place().unwrap().start.line, 4);
    assert!(error.help().unwrap().contains("Nothing of it took effect"), "{:?}", error.help());
    fs::write(dir.path().join("1_a.up.sql"), "create table a (id int);").unwrap();
    go(&target, dir.path(), UP).await.0.unwrap();
}
