//! Which format a folder is in: pairs of folders that differ in one thing.

use crate::folders::TestFolder;
use freehold_migrate::{FORMATS, ReadError, detect, find_migrations_dir, format_named, read};

const GOOSE: &str = "-- +goose Up\nselect 1;\n";
const DBMATE: &str = "-- migrate:up\nselect 1;\n-- migrate:down\n";

/// Names with contents.
type Files<'a> = &'a [(&'a str, &'a str)];

fn detected(folder: &TestFolder) -> &'static str {
    detect(folder.path()).unwrap().format.name()
}

#[test]
fn names_and_marks_decide() {
    for (files, expected) in [
        (&[("1_a.up.sql", "select 1;")][..], "golang-migrate"),
        (&[("1_a.sql", "select 1;")], "plain"),
        (&[("1_a.sql", GOOSE)], "goose"),
        (&[("1_a.sql", DBMATE)], "dbmate"),
        (&[("1_a.sql", "---- create above / drop below ----")], "tern"),
        (&[("1_a.sql", "-- Up Migration\nselect 1;")], "node-pg-migrate"),
        (&[("a.sql", "-- +migrate Up\nselect 1;")], "sql-migrate"),
        (&[("V1__a.sql", "select 1;")], "flyway"),
        (&[("V1_a.sql", "select 1;")], "plain"),
        (&[("sub/V1__a.sql", "select 1;")], "flyway"),
        (&[("1_a/up.sql", "select 1;")], "diesel"),
        (&[("1_a/migration.sql", "select 1;")], "prisma"),
        (&[("1_a/migration.sql", "select 1;"), ("1_a/down.sql", "select 1;")], "prisma"),
        (&[("sqls/1-a-up.sql", "select 1;"), ("1-a.js", "")], "db-migrate"),
        (&[("schema.sql", "select 1;")], "schema"),
        (&[("structure.sql", "select 1;")], "schema"),
        (&[("schema.sql", "select 1;"), ("1_a.sql", "select 1;")], "plain"),
    ] {
        assert_eq!(detected(&TestFolder::new(files)), expected, "{files:?}");
    }
}

#[test]
fn the_same_files_are_of_another_format_when_the_project_says_so() {
    let pair = &[("1_a.up.sql", "select 1;"), ("1_a.down.sql", "select 1;")][..];
    let plain = &[("1_a.sql", "select 1;")][..];
    let sqlx = ("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"");
    let migrate = ("go.mod", "require github.com/golang-migrate/migrate/v4 v4.1.0");
    let cases: &[(Files, Files, &str)] = &[
        (pair, &[], "golang-migrate"),
        (pair, &[sqlx], "sqlx"),
        (pair, &[("Cargo.toml", "[dependencies]\nserde = \"1\"")], "golang-migrate"),
        (pair, &[sqlx, migrate], "golang-migrate"),
        (pair, &[(".sqlx/query-1.json", "{}")], "sqlx"),
        (plain, &[sqlx], "sqlx"),
        (
            plain,
            &[("package.json", "{\"dependencies\": {\"postgres-migrations\": \"5\"}}")],
            "postgres-migrations",
        ),
        (plain, &[("package.json", "{\"dependencies\": {\"node-pg-migrate\": \"7\"}}")], "node-pg-migrate"),
        (plain, &[("package.json", "{\"dependencies\": {\"pg\": \"8\"}}")], "plain"),
        (plain, &[("go.mod", "require github.com/jackc/tern/v2 v2.0.0")], "tern"),
    ];
    for (files, project, expected) in cases {
        let folder = TestFolder::new(files).with_project(project);
        assert_eq!(detected(&folder), *expected, "{files:?} in {project:?}");
    }
}

#[test]
fn a_no_transaction_mark_in_front_of_a_pair_means_sqlx() {
    let with = |text| TestFolder::new(&[("1_a.up.sql", text), ("1_a.down.sql", "select 1;")]);
    assert_eq!(detected(&with("-- no-transaction\nselect 1;")), "sqlx");
    assert_eq!(detected(&with("-- transaction\nselect 1;")), "golang-migrate");
}

#[test]
fn the_folder_supabase_migrations_is_supabases() {
    let folder = TestFolder::at("supabase/migrations");
    folder.write("20240101000000_a.sql", b"select 1;");
    assert_eq!(detected(&folder), "supabase");
    let other = TestFolder::at("db/migrations");
    other.write("20240101000000_a.sql", b"select 1;");
    assert_eq!(detected(&other), "plain");
    folder.write("20240102000000_b.sql", b"-- Up migration\nselect 1;\n-- Down migration\n");
    assert_eq!(detected(&folder), "supabase", "comments are no marks there");
}

#[test]
fn the_marks_of_another_tool_say_more_than_the_name_of_the_folder() {
    for (marked, format) in [
        (&b"-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n"[..], "dbmate"),
        (b"-- +goose Up\nselect 1;\n-- +goose Down\nselect 2;\n", "goose"),
    ] {
        let folder = TestFolder::at("supabase/migrations");
        folder.write("20240101000000_a.sql", marked);
        assert_eq!(detected(&folder), format);
    }
}

#[test]
fn a_mixture_is_refused_with_what_was_seen_of_each_and_a_given_format_decides() {
    let folder =
        TestFolder::new(&[("1_a.up.sql", "select 1;"), ("V2__b.sql", "select 2;"), ("3_c.sql", GOOSE)]);
    let error = read(folder.path(), None).unwrap_err();
    assert!(matches!(error, ReadError::MixedFormats { .. }), "{error}");
    let text = error.to_string();
    for word in ["golang-migrate", "1_a.up.sql", "flyway", "V2__b.sql", "goose", "3_c.sql"] {
        assert!(text.contains(word), "{word} is missing in {text}");
    }
    assert!(error.help().unwrap().contains("--migrations-format"));
    assert_eq!(read(folder.path(), Some("flyway")).unwrap().migrations.len(), 1);
    assert_eq!(read(folder.path(), Some("golang-migrate")).unwrap().migrations[0].version, "1");
}

#[test]
fn one_stray_file_is_a_warning_and_as_many_strays_as_migrations_are_a_mixture() {
    let one = TestFolder::new(&[("1_a.up.sql", ""), ("1_a.down.sql", ""), ("2_b.sql", "")]);
    assert_eq!(detected(&one), "golang-migrate");
    let many = TestFolder::new(&[("1_a.up.sql", ""), ("2_b.sql", ""), ("3_c.sql", "")]);
    assert!(matches!(detect(many.path()), Err(ReadError::MixedFormats { .. })));
}

#[test]
fn nothing_found_says_what_was_looked_for_and_what_was_there() {
    let folder = TestFolder::new(&[("notes.md", "x"), ("0001_initial.py", "x"), ("sub/seed.sql", "x")]);
    let error = read(folder.path(), None).unwrap_err().to_string();
    for word in ["golang-migrate", "NNN_name.up.sql", "0001_initial.py", "notes.md", "sub/seed.sql"] {
        assert!(error.contains(word), "{word} is missing in {error}");
    }
    let empty = TestFolder::at("migrations");
    assert!(read(empty.path(), None).unwrap_err().to_string().contains("nothing"));
    let missing = read(&empty.path().join("no"), None).unwrap_err();
    assert!(matches!(missing, ReadError::DirMissing { .. }));
    assert!(missing.help().is_some());
}

#[test]
fn a_lone_file_is_a_schema() {
    let folder = TestFolder::new(&[("anything.sql", "select 1;")]);
    let read = read(&folder.path().join("anything.sql"), None).unwrap();
    assert_eq!(read.format.name(), "schema");
    assert_eq!(read.migrations[0].up.text(), "select 1;");
}

#[test]
fn the_folders_of_a_project_are_found_in_the_usual_places_and_elsewhere() {
    let usual = TestFolder::at("server/migrations");
    usual.write("1_a.up.sql", b"select 1;");
    let found = find_migrations_dir(usual.project());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].dir, usual.path());
    assert_eq!(found[0].detection.format.name(), "golang-migrate");
    assert!(found[0].detection.reasons[0].contains("1_a.up.sql"));

    let elsewhere = TestFolder::at("cmd/tool/my-migrations");
    elsewhere.write("1_a.sql", GOOSE.as_bytes());
    assert_eq!(find_migrations_dir(elsewhere.project())[0].dir, elsewhere.path());

    let beside = TestFolder::at("db/migrations").with_project(&[("db/schema.sql", "select 1;")]);
    beside.write("1_a.sql", DBMATE.as_bytes());
    let dirs: Vec<_> =
        find_migrations_dir(beside.project()).into_iter().map(|c| c.detection.format.name()).collect();
    assert_eq!(dirs, ["dbmate", "schema"]);

    assert!(find_migrations_dir(TestFolder::at("src").project()).is_empty());
}

#[test]
fn every_format_has_a_name_of_its_own_by_which_it_is_found() {
    for format in FORMATS {
        assert_eq!(format_named(format.name()).unwrap().looks_for(), format.looks_for());
    }
    let error = read(TestFolder::at("m").path(), Some("rails")).unwrap_err().to_string();
    assert!(error.contains("rails") && error.contains("golang-migrate"), "{error}");
}

#[test]
fn every_file_of_a_format_is_on_the_list() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats");
    let list = std::fs::read_to_string(dir.with_file_name("format.rs")).unwrap();
    for file in std::fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            continue;
        }
        if std::fs::read_to_string(&path).unwrap().contains("impl Format for") {
            let module = path.file_stem().unwrap().to_str().unwrap();
            assert!(list.contains(&format!("formats::{module}::")), "{module} is on no list");
        }
    }
}
