//! goose, dbmate and tern: up and down as sections of one file.

use crate::folders::{TestFolder, lines_of, skipped, warned};
use freehold_migrate::{ReadError, TransactionMode, read};
use freehold_model::place::Span;

#[test]
fn goose_reads_sections_marks_and_pieces_and_skips_go() {
    let folder = TestFolder::new(&[
        ("00001_a.sql", "-- +goose Up\nselect 1;\nselect\n  2;\n-- +goose Down\nselect -1;\n"),
        ("00002_b.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nselect 3;\n"),
        ("00003_c.go", "package m"),
        ("00003_c_test.go", "package m"),
        ("helper.go", "package m"),
        ("seed.sql", "select 0;"),
    ]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(
        lines_of(&read),
        [
            "1 a up wrapped: select 1;\nselect\n  2;",
            "1 a down wrapped: select -1;",
            "2 b up none marked: select 3;",
        ]
    );
    let up = &read.migrations[0].up;
    let pieces: Vec<_> = up.pieces.as_ref().unwrap().iter().map(|p| &up.text()[p.start..p.end]).collect();
    assert_eq!(pieces, ["select 1;", "select\n  2;"]);
    assert!(
        matches!(&read.migrations[1].up.transaction, TransactionMode::None { why } if why.contains("line 1"))
    );
    assert_eq!(skipped(&read), ["00003_c.go"]);
    assert_eq!(warned(&read), ["seed.sql"]);
}

#[test]
fn goose_refuses_a_version_twice_also_between_sql_and_go_and_a_file_without_marks() {
    let up = "-- +goose Up\nselect 1;";
    let twice = TestFolder::new(&[("1_a.sql", up), ("001_b.go", "")]);
    assert!(matches!(read(twice.path(), None), Err(ReadError::DuplicateVersion { .. })));
    let bare = TestFolder::new(&[("1_a.sql", up), ("2_b.sql", up), ("3_c.sql", "select 1;")]);
    let error = read(bare.path(), None).unwrap_err();
    assert!(
        matches!(&error, ReadError::BadMark { line: 1, .. }) && error.to_string().contains("3_c.sql"),
        "{error}"
    );
}

#[test]
fn dbmate_reads_sections_and_the_option_of_each() {
    let folder = TestFolder::new(&[(
        "20240101_a.sql",
        "-- about\n-- migrate:up transaction:false\nselect 1;\n\n-- migrate:down\nselect -1;\n",
    )]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(
        lines_of(&read),
        ["20240101 a up implicit marked: select 1;", "20240101 a down wrapped: select -1;"]
    );
}

#[test]
fn dbmate_refuses_what_its_parser_refuses() {
    for (text, line, word) in [
        ("-- migrate:up\nselect 1;", 1, "no `-- migrate:down`"),
        ("-- migrate:down\n-- migrate:up\n", 1, "before"),
        ("select 1;\n-- migrate:up\n-- migrate:down\n", 1, "stands before"),
        ("-- migrate:up\n-- migrate:down\n-- migrate:down\n", 3, "second"),
        ("-- migrate:up\n-- migrate:down\n-- migrate:up\n", 3, "second"),
    ] {
        let error =
            read(TestFolder::new(&[("1_a.sql", text)]).path(), Some("dbmate")).unwrap_err().to_string();
        assert!(error.contains(&format!("1_a.sql:{line}:")) && error.contains(word), "{text:?}: {error}");
    }
    let same = "-- migrate:up\n-- migrate:down\n";
    let twice = TestFolder::new(&[("1_a.sql", same), ("1_b.sql", same)]);
    assert!(matches!(read(twice.path(), None), Err(ReadError::DuplicateVersion { .. })));
}

#[test]
fn tern_reads_both_sides_of_its_border_and_refuses_templates() {
    let text = "select 1;\n---- create above / drop below ----\nselect -1;\n---- tern: disable-tx ----\n";
    let folder = TestFolder::new(&[
        ("001_a.sql", text),
        ("002_b.sql", "select 2;\n---- create above / drop below ----\n"),
    ]);
    let read_folder = read(folder.path(), None).unwrap();
    let lines = lines_of(&read_folder);
    assert_eq!(lines[0], "1 a up wrapped: select 1;");
    assert!(lines[1].starts_with("1 a down none marked: select -1;"), "{}", lines[1]);
    assert_eq!(lines[2..], ["2 b up wrapped: select 2;"]);
    folder.write("002_b.sql", b"select 1;\nselect {{.x}};");
    let error = read(folder.path(), Some("tern")).unwrap_err();
    assert!(matches!(&error, ReadError::Placeholder { line: 2, name, .. } if name == "{{.x}}"), "{error}");
}

#[test]
fn places_in_a_section_count_in_the_file() {
    let text = "\u{feff}-- migrate:up\r\nselect 1;\r\n-- migrate:down\r\n  select -1;\r\n";
    let folder = TestFolder::new(&[("1_a.sql", text)]);
    let read = read(folder.path(), None).unwrap();
    let down = read.migrations[0].down.as_ref().unwrap();
    let at = down.text().find("select").unwrap();
    let place = down.place(Span::new(at, at + 6));
    assert_eq!((place.start.line, place.start.column, place.end.column), (4, 3, 9));
    assert_eq!(&text[place.span.start..place.span.end], "select");
    assert_eq!(down.beginning().start, place.start);
    assert_eq!(place.file, folder.path().join("1_a.sql"));
}

#[test]
fn node_pg_migrate_reads_both_orders_of_its_marks() {
    let folder = TestFolder::new(&[
        ("2_b.sql", "-- Down Migration\nselect -2;\n---- UP  migration:\nselect 2;"),
        ("1_a.sql", "-- Up Migration\nselect 1;\n-- Down Migration\nselect -1;"),
        ("10_c.sql", "select 10;"),
        ("11_d.js", ""),
    ]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(
        lines_of(&read),
        [
            "1_a a up wrapped: select 1;",
            "1_a a down wrapped: select -1;",
            "2_b b up wrapped: select 2;",
            "2_b b down wrapped: select -2;",
            "10_c c up wrapped: select 10;",
        ]
    );
    assert_eq!(skipped(&read), ["11_d.js"]);
}

#[test]
fn sql_migrate_reads_pieces_and_options_and_refuses_what_it_cannot_cut() {
    let text = "-- about\n-- +migrate Up notransaction\nselect 1;\n-- +migrate StatementBegin\nselect\n $$;\n$$;\n\
                -- +migrate StatementEnd\n\n-- +migrate Down\nselect -1;\n";
    let folder = TestFolder::new(&[
        ("10_a.sql", text),
        ("9_b.sql", "-- +migrate Up\n"),
        ("x.sql", "-- +migrate Up\n"),
    ]);
    let read_folder = read(folder.path(), None).unwrap();
    let versions: Vec<_> = read_folder.migrations.iter().map(|m| m.version.as_str()).collect();
    assert_eq!(versions, ["9_b.sql", "10_a.sql", "x.sql"]);
    let up = &read_folder.migrations[1].up;
    let pieces: Vec<_> = up.pieces.as_ref().unwrap().iter().map(|p| &up.text()[p.start..p.end]).collect();
    assert_eq!(pieces, ["select 1;", "select\n $$;\n$$;"]);
    assert!(matches!(&up.transaction, TransactionMode::None { .. }));
    assert_eq!(read_folder.migrations[1].down.as_ref().unwrap().transaction, TransactionMode::Wrapped);
    for (text, line) in [
        ("select 1;", 1),
        ("-- +migrate Down\n", 1),
        ("-- +migrate Up\nselect 1\n", 2),
        ("-- +migrate Up\n-- +migrate StatementBegin\nselect 1;", 2),
        ("-- +migrate Up\nselect 1;\n-- +migrate Up\n", 3),
    ] {
        let error = read(TestFolder::new(&[("1.sql", text)]).path(), Some("sql-migrate")).unwrap_err();
        assert!(matches!(&error, ReadError::BadMark { line: at, .. } if *at == line), "{text:?}: {error}");
    }
}
