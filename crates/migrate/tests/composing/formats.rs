//! Each format's own files: in an empty folder as its tool writes them, and read back.

use crate::folder::{TestFolder, options};
use freehold_migrate::{ComposeError, FORMATS, MigrationKind, compose, read};

/// The files of the first migration of a new folder.
const FIRST: &[(&str, &[&str])] = &[
    ("goose", &["20260304050607_create_users.sql"]),
    ("dbmate", &["20260304050607_create_users.sql"]),
    ("sql-migrate", &["20260304050607-create_users.sql"]),
    ("flyway", &["V1__create_users.sql"]),
    ("diesel", &["2026-03-04-050607_create_users/down.sql", "2026-03-04-050607_create_users/up.sql"]),
    ("prisma", &["20260304050607_create_users/migration.sql"]),
    (
        "db-migrate",
        &[
            "20260304050607-create_users.js",
            "sqls/20260304050607-create_users-down.sql",
            "sqls/20260304050607-create_users-up.sql",
        ],
    ),
    ("golang-migrate", &["20260304050607_create_users.down.sql", "20260304050607_create_users.up.sql"]),
    ("plain", &["0001_create_users.sql"]),
    ("sqlx", &["20260304050607_create_users.sql"]),
    ("supabase", &["20260304050607_create_users.sql"]),
    ("tern", &["001_create_users.sql"]),
    ("postgres-migrations", &["1_create_users.sql"]),
    ("node-pg-migrate", &["1772600767089_create_users.sql"]),
];

#[test]
fn the_first_migration_of_every_format_is_named_as_its_tool_names_it() {
    let composing: Vec<&str> = FORMATS.iter().map(|f| f.name()).filter(|name| *name != "schema").collect();
    assert_eq!(composing, FIRST.iter().map(|(format, _)| *format).collect::<Vec<_>>());
    for (format, expected) in FIRST {
        let folder = TestFolder::new(&[]);
        let composed = folder.compose(Some(format), "create_users").unwrap();
        assert_eq!(folder.files(), *expected, "{format}");
        assert_eq!((composed.format, composed.name.as_str()), (*format, "create_users"));
        assert!(composed.remarks.is_empty(), "{format}: {:?}", composed.remarks);
    }
}

#[test]
fn every_further_migration_reads_back_as_one_more_and_the_last() {
    for (format, _) in FIRST {
        let folder = TestFolder::new(&[]);
        for (count, name) in ["create_users", "create_orders", "add_total_to_orders"].iter().enumerate() {
            let composed = folder.compose(Some(format), name).unwrap();
            let folder = read(folder.path(), Some(format)).unwrap();
            assert_eq!(folder.migrations.len(), count + 1, "{format}");
            let last = folder.migrations.last().unwrap();
            assert_eq!(
                (&last.version, last.name.as_str(), last.kind),
                (&composed.version, composed.name.as_str(), MigrationKind::Versioned)
            );
            assert_eq!(composed.files[0], last.up.file.path, "{format}");
            assert!(last.up.is_empty(), "{format}: {}", last.up.text());
            assert!(last.up.text().contains("make the change"), "{format}: {}", last.up.text());
            if let Some(down) = &last.down {
                assert!(down.text().contains("undo") || format == &"dbmate", "{format}: {}", down.text());
            }
        }
    }
}

#[test]
fn a_down_script_is_written_when_it_is_asked_for_and_only_where_there_is_such_a_thing() {
    for (format, _) in FIRST {
        let with = |down: bool| {
            let folder = TestFolder::new(&[]);
            let options = freehold_migrate::ComposeOptions { down: Some(down), ..options() };
            compose(folder.path(), Some(format), "create_users", &options)
                .map(|_| read(folder.path(), Some(format)).unwrap().migrations[0].down.is_some())
        };
        match with(true) {
            Ok(has) => assert!(has, "{format}"),
            Err(error) => {
                assert!(matches!(error, ComposeError::NoDowns { .. }), "{format}: {error}");
                assert!(["supabase", "postgres-migrations"].contains(format));
            }
        }
        // dbmate demands the mark for down.
        assert_eq!(with(false).unwrap(), *format == "dbmate", "{format}");
    }
}

#[test]
fn no_transaction_is_marked_as_the_format_does_or_refused_with_the_reason() {
    let mut without_mark = Vec::new();
    for (format, _) in FIRST {
        let folder = TestFolder::new(&[]);
        let options = freehold_migrate::ComposeOptions { no_transaction: true, ..options() };
        match compose(folder.path(), Some(format), "create_users", &options) {
            Ok(_) => {
                let read = read(folder.path(), Some(format)).unwrap();
                assert!(read.migrations[0].up.no_transaction_mark.is_some(), "{format}");
                let down = read.migrations[0].down.as_ref();
                assert!(down.is_none_or(|down| down.no_transaction_mark.is_some()), "{format}");
            }
            Err(error) => {
                assert!(matches!(error, ComposeError::NoMark { .. }), "{format}: {error}");
                assert!(error.help().unwrap().contains("migration of its own"));
                assert!(folder.files().is_empty(), "{format}");
                without_mark.push(*format);
            }
        }
    }
    assert_eq!(
        without_mark,
        ["prisma", "db-migrate", "golang-migrate", "plain", "supabase", "node-pg-migrate"]
    );
}

#[test]
fn sections_carry_the_marks_of_their_tools() {
    let text = |format| {
        let folder = TestFolder::new(&[]);
        folder.compose(Some(format), "create_users").unwrap();
        folder.text(&folder.files()[0])
    };
    assert_eq!(
        text("goose"),
        "-- +goose Up\n-- The statements that make the change.\n\n-- +goose Down\n-- The statements that undo it, in the \
         opposite order.\n"
    );
    assert!(text("dbmate").starts_with("-- migrate:up\n") && text("dbmate").contains("\n-- migrate:down\n"));
    assert!(text("sql-migrate").starts_with("-- +migrate Up\n"));
    assert!(text("tern").contains("\n---- create above / drop below ----\n"));
    assert!(text("node-pg-migrate").starts_with("-- Up Migration\n"));
}

#[test]
fn a_new_folder_is_made_and_an_empty_one_needs_the_name_of_a_format() {
    let folder = TestFolder::new(&[]);
    let error = folder.compose(None, "create_users").unwrap_err();
    assert!(matches!(error, ComposeError::FormatNeeded { .. }), "{error}");
    assert!(error.help().unwrap().contains("goose"));
    let deeper = folder.path().join("db/migrations");
    assert!(matches!(
        compose(&deeper, None, "create_users", &options()),
        Err(ComposeError::FormatNeeded { .. })
    ));
    assert!(!deeper.exists());
    compose(&deeper, Some("sqlx"), "create_users", &options()).unwrap();
    assert_eq!(folder.files(), ["db/migrations/20260304050607_create_users.sql"]);
}
