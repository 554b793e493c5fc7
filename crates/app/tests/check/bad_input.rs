//! What a check cannot be run on: one clear error each, and nothing left behind.

use std::path::Path;

use freehold_app::check::{CheckError, Request};

use crate::project::{check, folder, lines, request, told};

async fn error(folder: &Path) -> String {
    told(&check(folder).await.expect_err("this cannot be checked"))
}

#[tokio::test]
async fn a_project_without_migrations_is_told() {
    let project = folder(&[("README.md", b"nothing")]);
    let text = error(project.path()).await;
    assert!(text.contains("no folder of migrations"), "{text}");
}

#[tokio::test]
async fn a_binary_file_is_named() {
    let project = folder(&[("migrations/1_a.up.sql", b"\x00\x01\xff\xfe"), ("migrations/1_a.down.sql", b"")]);
    let text = error(project.path()).await;
    assert!(text.contains("1_a.up.sql"), "{text}");
}

#[tokio::test]
async fn two_files_of_one_version_are_both_named() {
    let project = folder(&[("migrations/1_a.up.sql", b"select 1;"), ("migrations/1_b.up.sql", b"select 1;")]);
    let text = error(project.path()).await;
    assert!(text.contains("1_a.up.sql") && text.contains("1_b.up.sql"), "{text}");
}

#[tokio::test]
async fn a_script_that_drops_the_database_is_named_with_its_line() {
    let project = folder(&[
        ("migrations/1_a.up.sql", b"select 1;\n\ndrop database app;"),
        ("migrations/1_a.down.sql", b"select 1;"),
    ]);
    let text = error(project.path()).await;
    assert!(text.contains("1_a.up.sql:3"), "{text}");
}

#[tokio::test]
async fn a_statement_that_sleeps_is_stopped() {
    let project = folder(&[
        ("migrations/1_a.up.sql", b"select pg_sleep(1000);"),
        ("migrations/1_a.down.sql", b"select 1;"),
    ]);
    let mut request = request(project.path());
    request.timeout = std::time::Duration::from_millis(300);
    let error = freehold_app::check::run(request).await.expect_err("it sleeps");
    assert!(matches!(error, CheckError::Rehearsal(_)), "{error:?}");
}

#[tokio::test]
async fn every_syntax_error_is_told_and_what_comes_before_is_rehearsed() {
    let project = folder(&[
        ("migrations/1_a.up.sql", b"create table t (id int);"),
        ("migrations/1_a.down.sql", b"drop tabel t;"),
        ("migrations/2_b.up.sql", b"alter table t add colum c int x;"),
        ("migrations/2_b.down.sql", b"select 1;"),
        ("migrations/3_c.up.sql", b"creat index i on t (id);"),
        ("migrations/3_c.down.sql", b"select 1;"),
    ]);
    let report = check(project.path()).await.unwrap();
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
    let project = folder(&[
        (
            "migrations/1_a.up.sql",
            b"create role made_by_check; create table t (id int); grant select on t to made_by_check;",
        ),
        ("migrations/1_a.down.sql", b"drop table t; drop role made_by_check;"),
    ]);
    let report = check(project.path()).await.unwrap();
    assert_eq!(lines(&report), [] as [String; 0]);
}

#[tokio::test]
async fn two_checks_of_one_folder_at_once_do_not_meet() {
    let project = folder(&[
        ("migrations/1_a.up.sql", b"create role twice_at_once; create table t (id int);"),
        ("migrations/1_a.down.sql", b"drop table t; drop role twice_at_once;"),
    ]);
    let (one, two) = tokio::join!(check(project.path()), check(project.path()));
    assert_eq!(lines(&one.unwrap()), lines(&two.unwrap()));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let project = folder(&[("migrations/1_a.down.sql", b"select 1;")]);
    std::os::unix::fs::symlink("nowhere.sql", project.path().join("migrations/1_a.up.sql")).unwrap();
    let text = error(project.path()).await;
    assert!(text.contains("1_a.up.sql"), "{text}");
}

#[tokio::test]
async fn a_folder_with_the_name_of_a_script_is_no_script() {
    let project = folder(&[("migrations/1_a.down.sql", b"select 1;"), ("migrations/1_a.up.sql/x", b"")]);
    let text = error(project.path()).await;
    assert!(text.contains("1_a.down.sql") && text.contains("no up script"), "{text}");
}

#[tokio::test]
async fn a_text_that_is_not_utf_8_is_named_with_its_line() {
    let project = folder(&[
        ("migrations/1_a.up.sql", b"create table t (id int);\n-- caf\xe9\n"),
        ("migrations/1_a.down.sql", b"drop table t;"),
    ]);
    let text = error(project.path()).await;
    assert!(text.contains("1_a.up.sql") && text.contains("line 2"), "{text}");
}

#[tokio::test]
async fn two_formats_in_one_folder_are_told() {
    let project = folder(&[
        ("migrations/1_a.up.sql", b"create table t (id int);"),
        ("migrations/1_a.down.sql", b"drop table t;"),
        ("migrations/V2__b.sql", b"create table u (id int);"),
    ]);
    let named =
        Request { migrations_dir: Some(project.path().join("migrations")), ..request(project.path()) };
    let text = told(&freehold_app::check::run(named).await.expect_err("which of them counts?"));
    for file in ["V2__b.sql", "1_a.up.sql"] {
        assert!(text.contains(file), "{text}");
    }
}
