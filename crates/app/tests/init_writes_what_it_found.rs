//! `freehold init` and the way from a folder to a project.

#![expect(clippy::unwrap_used, reason = "this is a test")]

use std::path::Path;

use freehold_app::{
    explain::Explain,
    init::{InitError, Request, run},
    locate::{Located, locate, place_in_repository},
    settings::{SECTIONS, Settings},
};

fn write(folder: &Path, file: &str, text: &str) {
    let file = folder.join(file);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

fn request(folder: &Path) -> Request {
    Request { project_dir: folder.to_owned(), migrations_dir: None, force: false }
}

fn golang(folder: &Path, dir: &str) {
    write(folder, &format!("{dir}/000001_start.up.sql"), "create table t ();");
    write(folder, &format!("{dir}/000001_start.down.sql"), "drop table t;");
}

#[test]
fn what_was_found_is_set_and_the_rest_is_a_comment() {
    let folder = tempfile::tempdir().unwrap();
    golang(folder.path(), "db/migrations");
    write(folder.path(), "queries/users.sql", "-- name: users\nselect 1;");
    write(folder.path(), "compose.yaml", "services:\n  db:\n    image: postgres:16\n");
    let written = run(&request(folder.path())).unwrap();
    insta::assert_snapshot!("init", written.text);
    let settings = Settings::read(&written.file, &[]).unwrap();
    assert_eq!(settings.migrations.dir, Some(folder.path().join("db/migrations")));
    assert_eq!(settings.migrations.format.as_deref(), Some("golang-migrate"));
    assert_eq!(settings.queries.dir, Some(folder.path().join("queries")));
    assert_eq!(settings.sandbox.pg_major, None, "a hint only");
    assert!(
        written.found.iter().any(|line| line.contains("PostgreSQL 16 in compose.yaml, line 3")),
        "{written:?}"
    );
}

#[test]
fn every_comment_is_a_key_that_would_be_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let written = run(&request(folder.path())).unwrap();
    assert!(written.found[0].contains("no folder of migrations"), "{written:?}");
    let uncommented: String = written
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| {
            line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
        })
        .filter(|line| !line.starts_with("blocking-rewrite"))
        .map(|line| format!("{line}\n"))
        .collect();
    // Tenants are named in one way.
    let others = ["schemas_query =", "databases =", "databases_query ="];
    let together: String = uncommented
        .lines()
        .filter(|line| !others.iter().any(|other| line.starts_with(other)))
        .map(|line| format!("{line}\n"))
        .collect();
    let settings = Settings::parse(Path::new("/x/freehold.toml"), &together, &[]).unwrap();
    assert!(settings.environments["production"].forward_only);
    assert_eq!(settings.volumes["users"], 1_000_000);
    for section in SECTIONS {
        for key in section.keys {
            assert!(uncommented.contains(&format!("{} = {}", key.name, key.example)), "{}", key.name);
        }
    }
}

#[test]
fn a_file_that_is_there_is_left_alone_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "freehold.toml", "# mine\n");
    let error = run(&request(folder.path())).unwrap_err();
    assert!(matches!(error, InitError::Exists { .. }) && error.help().unwrap().contains("--force"));
    assert_eq!(std::fs::read_to_string(folder.path().join("freehold.toml")).unwrap(), "# mine\n");
    run(&Request { force: true, ..request(folder.path()) }).unwrap();
    assert_ne!(std::fs::read_to_string(folder.path().join("freehold.toml")).unwrap(), "# mine\n");
}

#[test]
fn several_folders_are_a_question_and_not_a_guess() {
    let folder = tempfile::tempdir().unwrap();
    golang(folder.path(), "migrations");
    golang(folder.path(), "server/migrations");
    let error = run(&request(folder.path())).unwrap_err();
    assert!(
        error.to_string().contains("migrations (golang-migrate), server/migrations (golang-migrate)"),
        "{error}"
    );
    assert!(!folder.path().join("freehold.toml").exists());
    let named = Request { migrations_dir: Some("server/migrations".into()), ..request(folder.path()) };
    assert!(run(&named).unwrap().text.contains("dir = \"server/migrations\""));
    let empty = Request { migrations_dir: Some("nothing".into()), force: true, ..request(folder.path()) };
    assert!(matches!(run(&empty).unwrap_err(), InitError::Undetected { .. }));
}

#[test]
fn a_folder_is_told_to_be_a_project_or_migrations() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    golang(here, "shop/db/migrations");
    let project = |dir: &str| Located { project_dir: here.join(dir), migrations_dir: None };
    assert_eq!(locate(here, Some(Path::new("shop"))), project("shop"));
    assert_eq!(locate(here, Some(Path::new("./shop/"))), project("shop"));
    let migrations = Some(here.join("shop/db/migrations"));
    assert_eq!(
        locate(here, Some(Path::new("shop/db/migrations"))),
        Located { project_dir: here.to_owned(), migrations_dir: migrations.clone() }
    );
    write(here, "shop/freehold.toml", "");
    assert_eq!(
        locate(here, Some(Path::new("shop/db/migrations"))),
        Located { project_dir: here.join("shop"), migrations_dir: migrations }
    );
    assert_eq!(locate(&here.join("shop/db"), None), project("shop"));
    assert_eq!(locate(here, None), project(""));
    assert_eq!(locate(here, Some(Path::new("nowhere"))).migrations_dir, Some(here.join("nowhere")));
}

#[test]
fn the_place_in_the_repository_is_found_by_its_git_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("services/shop")).unwrap();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    assert_eq!(place_in_repository(&folder.path().join("services/shop")), "services/shop");
    assert_eq!(place_in_repository(folder.path()), "");
}
