//! What a check cannot be run on: one clear error each, and nothing left behind.

use std::{fs, path::Path};

use freehold_app::check::CheckError;

use crate::project::{check, lines, request};

fn project(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

async fn error(folder: &Path) -> String {
    let error = check(folder).await.expect_err("this cannot be checked");
    let mut text = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[tokio::test]
async fn a_project_without_migrations_is_told() {
    let folder = project(&[("README.md", b"nothing")]);
    let text = error(folder.path()).await;
    assert!(text.contains("no folder of migrations"), "{text}");
}

#[tokio::test]
async fn a_binary_file_is_named() {
    let folder = project(&[("migrations/1_a.up.sql", b"\x00\x01\xff\xfe"), ("migrations/1_a.down.sql", b"")]);
    let text = error(folder.path()).await;
    assert!(text.contains("1_a.up.sql"), "{text}");
}

#[tokio::test]
async fn two_files_of_one_version_are_both_named() {
    let folder = project(&[("migrations/1_a.up.sql", b"select 1;"), ("migrations/1_b.up.sql", b"select 1;")]);
    let text = error(folder.path()).await;
    assert!(text.contains("1_a.up.sql") && text.contains("1_b.up.sql"), "{text}");
}

#[tokio::test]
async fn a_script_that_drops_the_database_is_named_with_its_line() {
    let folder = project(&[
        ("migrations/1_a.up.sql", b"select 1;\n\ndrop database app;"),
        ("migrations/1_a.down.sql", b"select 1;"),
    ]);
    let text = error(folder.path()).await;
    assert!(text.contains("1_a.up.sql:3"), "{text}");
}

#[tokio::test]
async fn a_statement_that_sleeps_is_stopped() {
    let folder = project(&[
        ("migrations/1_a.up.sql", b"select pg_sleep(1000);"),
        ("migrations/1_a.down.sql", b"select 1;"),
    ]);
    let mut request = request(folder.path());
    request.timeout = std::time::Duration::from_millis(300);
    let error = freehold_app::check::run(request).await.expect_err("it sleeps");
    assert!(matches!(error, CheckError::Rehearsal(_)), "{error:?}");
}

#[tokio::test]
async fn every_syntax_error_is_told_and_what_comes_before_is_rehearsed() {
    let folder = project(&[
        ("migrations/1_a.up.sql", b"create table t (id int);"),
        ("migrations/1_a.down.sql", b"drop tabel t;"),
        ("migrations/2_b.up.sql", b"alter table t add colum c int x;"),
        ("migrations/2_b.down.sql", b"select 1;"),
        ("migrations/3_c.up.sql", b"creat index i on t (id);"),
        ("migrations/3_c.down.sql", b"select 1;"),
    ]);
    let report = check(folder.path()).await.unwrap();
    let rules: Vec<&str> = report.findings.iter().map(|f| f.rule.as_str()).collect();
    assert_eq!(rules, ["syntax-error", "syntax-error", "syntax-error"], "{:?}", lines(&report));
    assert_eq!(report.migrations.len(), 1);
    assert!(
        report.not_verified.iter().any(|gap| gap.what.contains("2 migrations")),
        "{:?}",
        report.not_verified
    );
}

#[tokio::test]
async fn roles_made_by_a_migration_do_not_disturb_the_second_application() {
    let folder = project(&[
        (
            "migrations/1_a.up.sql",
            b"create role made_by_check; create table t (id int); grant select on t to made_by_check;",
        ),
        ("migrations/1_a.down.sql", b"drop table t; drop role made_by_check;"),
    ]);
    let report = check(folder.path()).await.unwrap();
    assert_eq!(lines(&report), [] as [String; 0]);
}

#[tokio::test]
async fn two_checks_of_one_folder_at_once_do_not_meet() {
    let folder = project(&[
        ("migrations/1_a.up.sql", b"create role twice_at_once; create table t (id int);"),
        ("migrations/1_a.down.sql", b"drop table t; drop role twice_at_once;"),
    ]);
    let (one, two) = tokio::join!(check(folder.path()), check(folder.path()));
    assert_eq!(lines(&one.unwrap()), lines(&two.unwrap()));
}
