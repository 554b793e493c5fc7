//! What is read of each format, by its own tool's rules.

use crate::folders::{TestFolder, lines_of, skipped, warned};
use freehold_migrate::{MigrationKind, ReadError, read};

#[test]
fn sqlx_reads_simple_and_reversible_scripts_and_its_mark() {
    let folder = TestFolder::new(&[
        ("1_a.sql", "select 1;"),
        ("10_c.up.sql", "-- no-transaction\nselect 10;"),
        ("10_c.down.sql", "select -10;"),
        ("2_b.sql", " -- no-transaction\nselect 2;"),
        ("README.md", ""),
    ]);
    let read = read(folder.path(), Some("sqlx")).unwrap();
    assert_eq!(
        lines_of(&read),
        [
            "1 a up wrapped: select 1;",
            "2 b up wrapped: -- no-transaction\nselect 2;",
            "10 c up implicit marked: -- no-transaction\nselect 10;",
            "10 c down wrapped: select -10;",
        ]
    );
}

#[test]
fn sqlx_refuses_a_name_without_a_number() {
    let folder = TestFolder::new(&[("1_a.sql", "select 1;"), ("two_b.sql", "select 1;")]);
    let error = read(folder.path(), Some("sqlx")).unwrap_err();
    assert!(
        matches!(&error, ReadError::Refused { .. }) && error.to_string().contains("two_b.sql"),
        "{error}"
    );
}

#[test]
fn diesel_reads_folders_in_the_order_of_their_versions() {
    let folder = TestFolder::new(&[
        ("2024-01-02-000000_b/up.sql", "select 2;"),
        ("00000000000000_diesel_initial_setup/up.sql", "select 0;"),
        ("00000000000000_diesel_initial_setup/down.sql", "select -0;"),
        ("20240101000000_a/up.sql", "select 1;"),
        ("20240101000000_a/metadata.toml", "run_in_transaction = false"),
        ("2024-01-03-000000_c/up.sql", "select 3;"),
        ("2024-01-03-000000_c/metadata.toml", "run_in_transaction = true"),
        ("README.md", ""),
    ]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(
        lines_of(&read),
        [
            "00000000000000 diesel_initial_setup up wrapped: select 0;",
            "00000000000000 diesel_initial_setup down wrapped: select -0;",
            "20240101000000 a up implicit marked: select 1;",
            "20240102000000 b up wrapped: select 2;",
            "20240103000000 c up wrapped: select 3;",
        ]
    );
}

#[test]
fn diesel_takes_metadata_without_the_key_for_no_transaction_and_broken_metadata_for_none() {
    let with = |metadata| TestFolder::new(&[("1_a/up.sql", "select 1;"), ("1_a/metadata.toml", metadata)]);
    let silent = read(with("# nothing").path(), None).unwrap();
    assert_eq!(lines_of(&silent), ["1 a up implicit marked: select 1;"]);
    assert_eq!(warned(&silent), ["metadata.toml"]);
    let broken = read(with("run_in_transaction = maybe").path(), None).unwrap();
    assert_eq!(lines_of(&broken), ["1 a up wrapped: select 1;"]);
    assert_eq!(warned(&broken), ["metadata.toml"]);
}

#[test]
fn diesel_refuses_folders_without_up_and_versions_twice() {
    let up = ("1_a/up.sql", "select 1;");
    let refused = |files: &[(&str, &str)]| read(TestFolder::new(files).path(), Some("diesel")).unwrap_err();
    assert!(matches!(refused(&[up, ("2_b/notes.txt", "")]), ReadError::Refused { .. }));
    assert!(matches!(refused(&[up, ("2_b/down.sql", "")]), ReadError::DownWithoutUp { .. }));
    let twice = refused(&[("2024-01-01_a/up.sql", ""), ("20240101_b/up.sql", "")]);
    assert!(
        matches!(&twice, ReadError::DuplicateVersion { version, .. } if version == "20240101"),
        "{twice}"
    );
}

#[test]
fn prisma_reads_folders_by_name_and_refuses_other_databases() {
    let files = [
        ("20240102000000_b/migration.sql", "select 2;"),
        ("20240101000000_a/migration.sql", "select 1;"),
        ("20240101000000_a/down.sql", "select -1;"),
        ("migration_lock.toml", "provider = \"postgresql\""),
    ];
    let folder = TestFolder::new(&files);
    let folder_read = read(folder.path(), None).unwrap();
    assert_eq!(
        lines_of(&folder_read),
        [
            "20240101000000_a a up implicit: select 1;",
            "20240101000000_a a down implicit: select -1;",
            "20240102000000_b b up implicit: select 2;",
        ]
    );
    assert!(folder_read.warnings.is_empty());
    folder.write("migration_lock.toml", b"provider = \"mysql\"");
    let error = read(folder.path(), None).unwrap_err();
    assert!(matches!(&error, ReadError::Refused { .. }) && error.to_string().contains("mysql"), "{error}");
}

#[test]
fn prisma_refuses_a_folder_without_its_script() {
    let folder = TestFolder::new(&[("1_a/migration.sql", "select 1;"), ("2_b/other.sql", "select 1;")]);
    assert!(matches!(read(folder.path(), None), Err(ReadError::Refused { .. })));
}

#[test]
fn supabase_passes_over_an_early_init_and_other_names() {
    let folder = TestFolder::at("supabase/migrations");
    folder.write("20210101000000_init.sql", b"select 0;");
    folder.write("20240101000000_a.sql", b"select 1;");
    folder.write("notes.sql", b"select 2;");
    let read = read(folder.path(), None).unwrap();
    assert_eq!(lines_of(&read), ["20240101000000 a up implicit: select 1;"]);
    assert_eq!(skipped(&read), ["20210101000000_init.sql"]);
    assert_eq!(warned(&read), ["notes.sql"]);
}

#[test]
fn plain_files_go_by_their_numbers_and_the_other_order_is_told() {
    let folder =
        TestFolder::new(&[("2_b.sql", "select 2;"), ("10_c.sql", "select 10;"), ("seed.sql", "select 0;")]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(lines_of(&read), ["2 b up implicit: select 2;", "10 c up implicit: select 10;"]);
    assert_eq!(warned(&read), ["10_c.sql", "seed.sql"]);
}

#[test]
fn plain_files_may_have_downs_in_several_spellings() {
    for (up, down) in [
        ("001_a_up.sql", "001_a_down.sql"),
        ("001-a.do.sql", "001-a.undo.sql"),
        ("001.do.a.sql", "001.undo.a.sql"),
        ("001_a.sql", "001_a.rollback.sql"),
    ] {
        let folder = TestFolder::new(&[(up, "select 1;"), (down, "select -1;")]);
        let read = read(folder.path(), Some("plain")).unwrap();
        assert_eq!(
            lines_of(&read),
            ["001 a up implicit: select 1;", "001 a down implicit: select -1;"],
            "{up}"
        );
    }
}

#[test]
fn a_plain_step_called_down_without_any_partner_is_a_step() {
    let folder = TestFolder::new(&[("1_set_up.sql", "select 1;"), ("2_tear_down.sql", "select 2;")]);
    assert_eq!(read(folder.path(), None).unwrap().migrations.len(), 2);
}

#[test]
fn plain_dates_are_ordered_as_dates_and_a_number_twice_is_refused() {
    let folder = TestFolder::new(&[("2024-10-01-b.sql", "select 2;"), ("2024-9-30-a.sql", "select 1;")]);
    let read_folder = read(folder.path(), None).unwrap();
    assert_eq!(read_folder.migrations[0].version, "2024-9-30");
    let twice = TestFolder::new(&[("001_a.sql", "select 1;"), ("1_b.sql", "select 1;")]);
    assert!(matches!(read(twice.path(), None), Err(ReadError::DuplicateVersion { .. })));
}

#[test]
fn formats_without_gaps_refuse_one_and_name_the_file_after_it() {
    for format in ["tern", "postgres-migrations"] {
        let whole = TestFolder::new(&[("001_a.sql", "select 1;"), ("002_b.sql", "select 2;")]);
        assert_eq!(read(whole.path(), Some(format)).unwrap().migrations.len(), 2, "{format}");
        let gap = TestFolder::new(&[("001_a.sql", "select 1;"), ("003_b.sql", "select 3;")]);
        let error = read(gap.path(), Some(format)).unwrap_err();
        assert!(matches!(&error, ReadError::Gap { missing, .. } if missing == "2"), "{error}");
        assert!(error.to_string().contains("003_b.sql"));
        let twice = TestFolder::new(&[("001_a.sql", "select 1;"), ("1_b.sql", "select 3;")]);
        assert!(
            matches!(read(twice.path(), Some(format)), Err(ReadError::DuplicateVersion { .. })),
            "{format}"
        );
    }
}

#[test]
fn postgres_migrations_reads_its_mark_and_skips_javascript() {
    let folder = TestFolder::new(&[
        ("1_a.sql", "-- postgres-migrations disable-transaction\nselect 1;"),
        ("2_b.js", "module.exports"),
        ("3-c.sql", "select 3;"),
    ]);
    let read = read(folder.path(), Some("postgres-migrations")).unwrap();
    assert_eq!(lines_of(&read)[1], "3 c up wrapped: select 3;");
    assert!(lines_of(&read)[0].starts_with("1 a up implicit marked"));
    assert_eq!(skipped(&read), ["2_b.js"]);
}

#[test]
fn db_migrate_reads_the_sql_beside_its_javascript() {
    let folder = TestFolder::new(&[
        ("20240101000000-a.js", ""),
        ("20240102000000-b.js", ""),
        ("sqls/20240101000000-a-up.sql", "select 1;"),
        ("sqls/20240101000000-a-down.sql", "select -1;"),
    ]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(
        lines_of(&read),
        ["20240101000000 a up wrapped: select 1;", "20240101000000 a down wrapped: select -1;"]
    );
    assert_eq!(skipped(&read), ["20240102000000-b.js"]);
}

#[test]
fn a_schema_dump_is_read_without_psqls_own_lines() {
    let text = "\\restrict abc\n\nselect 1;\n\\unrestrict abc\n";
    let read = read(TestFolder::new(&[("structure.sql", text)]).path(), None).unwrap();
    let up = &read.migrations[0].up;
    assert_eq!(read.migrations[0].kind, MigrationKind::WholeSchema);
    let pieces: String = up.pieces.as_ref().unwrap().iter().map(|p| &up.text()[p.start..p.end]).collect();
    assert_eq!(pieces, "\nselect 1;\n");
}

#[test]
fn plain_files_with_another_tools_marks_for_up_and_down_are_refused() {
    for mark in ["-- +migrate Down", "-- Down Migration", "--liquibase formatted sql", "-- +goose Down"] {
        let text = format!("select 1;\n{mark}\nselect -1;");
        let error = read(TestFolder::new(&[("1_a.sql", &text)]).path(), Some("plain")).unwrap_err();
        assert!(matches!(&error, ReadError::BadMark { line: 2, .. }), "{mark}: {error}");
    }
    let prose = TestFolder::new(&[("1_a.sql", "select 1; -- +migrate Down\n-- the up migration\n")]);
    assert!(read(prose.path(), Some("plain")).is_ok());
}
