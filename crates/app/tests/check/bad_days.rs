//! What goes wrong while a check runs: the server dies, the disk fills, a script is far too long. One clear error
//! each, or the findings, and nothing left behind.

use std::{fmt::Write as _, path::Path};

use freehold_app::{
    check::{self, CheckError},
    report::Report,
};
use freehold_db::Session;
use freehold_sandbox::{Sandbox, testing};

use crate::project::{check, folder, lines, request, told};

async fn stops(up: &str) -> (CheckError, String) {
    let project =
        folder(&[("migrations/1_a.up.sql", up.as_bytes()), ("migrations/1_a.down.sql", b"select 1;")]);
    let error = check(project.path()).await.expect_err("the script stops it");
    let text = told(&error);
    (error, text)
}

/// The processes whose working folder is below a folder: servers that still run there.
fn at_work_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter(|e| e.file_name().to_string_lossy().bytes().all(|b| b.is_ascii_digit()));
    pids.filter_map(|entry| std::fs::read_link(entry.path().join("cwd")).ok())
        .filter(|cwd| cwd.starts_with(folder))
        .map(|cwd| cwd.display().to_string())
        .collect()
}

#[tokio::test]
async fn a_script_that_kills_its_backend_is_named_with_its_line() {
    let (error, text) = stops("select 1;\n\ncopy (select 1) to program 'kill -9 $PPID';").await;
    assert!(matches!(error, CheckError::Rehearsal(_)), "{error:?}");
    assert!(text.contains("1_a.up.sql:3"), "{text}");
}

#[tokio::test]
async fn a_script_that_kills_the_server_leaves_no_server_and_no_folder() {
    let project = folder(&[
        (
            "migrations/1_a.up.sql",
            // The folder is written down first, so that one can look whether it is gone.
            b"copy (select current_setting('data_directory')) to program 'cat >> /tmp/freehold-killed-here';\n\
              copy (select 1) to program 'kill -9 $(head -1 postmaster.pid)';\nselect pg_sleep(0.2);\nselect 1;",
        ),
        ("migrations/1_a.down.sql", b"select 1;"),
    ]);
    let note = Path::new("/tmp/freehold-killed-here");
    let error = check(project.path()).await.expect_err("the server is gone");
    let folders = std::fs::read_to_string(note).unwrap();
    std::fs::remove_file(note).unwrap();
    assert!(matches!(error, CheckError::Rehearsal(_) | CheckError::Server(_)), "{error:?}");
    for folder in folders.lines() {
        assert!(!Path::new(folder).exists(), "{folder} is left");
        assert_eq!(at_work_in(Path::new(folder)), [""; 0]);
    }
    assert!(!folders.is_empty());
}

#[tokio::test]
async fn a_full_disk_is_told_with_the_statement_that_met_it() {
    let (_, text) = stops("select 1;\ncopy (select 1) to '/dev/full';").await;
    assert!(text.contains("1_a.up.sql:2: the disk is full") && text.contains("53100"), "{text}");
}

/// A script of many rows in statements of a thousand each.
fn rows(megabytes: usize) -> String {
    let mut script = String::from("create table words (id bigint primary key, word text not null);\n");
    let word = "x".repeat(80);
    let mut id = 0_u64;
    while script.len() < megabytes * 1_000_000 {
        script.push_str("insert into words (id, word) values\n");
        for row in 0..1000 {
            id += 1;
            let end = if row == 999 { ";\n" } else { ",\n" };
            write!(script, "({id}, '{word}'){end}").unwrap();
        }
    }
    script
}

async fn long_script(megabytes: usize) -> Report {
    let script = rows(megabytes);
    let project = folder(&[
        ("migrations/1_a.up.sql", script.as_bytes()),
        ("migrations/1_a.down.sql", b"drop table words;"),
    ]);
    drop(script);
    check(project.path()).await.unwrap()
}

/// The most memory that this process has had, in megabytes.
fn most_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1000
}

#[tokio::test]
async fn a_script_of_five_megabytes_is_rehearsed_like_any_other() {
    let report = long_script(5).await;
    assert_eq!(lines(&report), [""; 0]);
    assert!(report.summary.statements > 40, "{:?}", report.summary);
}

#[tokio::test]
#[ignore = "takes a quarter of a minute without optimisation"]
async fn a_script_of_fifty_megabytes_needs_a_bounded_multiple_of_its_size() {
    let begun = std::time::Instant::now();
    let report = long_script(50).await;
    let memory = most_memory();
    println!("50 MB: {:.1} s, at most {memory} MB of memory", begun.elapsed().as_secs_f64());
    assert_eq!(lines(&report), [""; 0]);
    assert!(memory < 50 * 20, "{memory} MB");
}

#[tokio::test]
async fn a_server_that_goes_away_during_a_check_on_it_is_told() {
    let project = folder(&[
        ("migrations/1_a.up.sql", b"create table t (id int);\nselect pg_sleep(30);"),
        ("migrations/1_a.down.sql", b"drop table t;"),
    ]);
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let server = sandbox.connect_to();
    let session = Session::open(&server).await.unwrap();
    let run = check::run(check::Request { server: Some(server), ..request(project.path()) });
    let stop = async {
        let sleeps = "select count(*) from pg_stat_activity where query like 'select pg_sleep%'";
        while session.query(sleeps, &[]).await.unwrap()[0].get::<_, i64>(0) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        sandbox.stop().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(run, stop);
    let text = told(&outcome.expect_err("the server is gone"));
    assert!(text.contains("1_a.up.sql:2"), "{text}");
}
