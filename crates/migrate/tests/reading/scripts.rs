//! Checksums of scripts: which edits they see.

use crate::folders::TestFolder;
use freehold_migrate::{Script, read};

fn script(text: &str) -> Script {
    read(TestFolder::new(&[("1_a.up.sql", text)]).path(), None).unwrap().migrations.remove(0).up
}

#[test]
fn the_checksum_is_the_sha256_of_the_bytes() {
    // The digest of "abc" in FIPS 180-2, appendix B.1.
    assert_eq!(script("abc").checksum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn the_normalised_checksum_sees_edits_but_no_layout() {
    let original = script("create table t (a text default 'x  y');\n").normalised_checksum();
    for same in [
        "create  table\n\tt (a text default 'x  y');",
        "create table t(\n  a text default 'x  y'\n) ;\n",
        "-- why\ncreate table t (a /* here */ text default 'x  y');\r\n",
    ] {
        assert_eq!(script(same).normalised_checksum(), original, "{same:?}");
        assert_ne!(script(same).checksum, script("create table t (a text default 'x  y');\n").checksum);
    }
    for other in [
        "create table t (a text default 'x y');",
        "create table t (b text default 'x  y');",
        "createtable t (a text default 'x  y');",
        "create table t (a text default 'x  y'); select 1;",
    ] {
        assert_ne!(script(other).normalised_checksum(), original, "{other:?}");
    }
}

#[test]
fn statements_have_spans_in_the_script_and_places_in_the_file() {
    let text = "-- +goose Up\nselect 1; select 2;\n-- +goose Down\n-- no more\ndrop table\n  t;\n";
    let read = read(TestFolder::new(&[("1_a.sql", text)]).path(), None).unwrap();
    let up = &read.migrations[0].up;
    let texts: Vec<_> = up.statements().unwrap().iter().map(|s| s.text(up.text()).to_owned()).collect();
    assert_eq!(texts, ["select 1", "select 2"]);
    let down = read.migrations[0].down.as_ref().unwrap();
    let place = down.place(down.statements().unwrap()[0].span);
    assert_eq!((place.start.line, place.end.line), (5, 6));
    assert_eq!(&text[place.span.start..place.span.end], "drop table\n  t");
}

#[test]
fn a_syntax_error_is_placed_in_the_file() {
    let text = "-- migrate:up\nselect 1;\nselect from from;\n-- migrate:down\n";
    let read = read(TestFolder::new(&[("1_a.sql", text)]).path(), None).unwrap();
    let error = read.migrations[0].up.statements().unwrap_err();
    assert_eq!((error.place.start.line, error.place.start.column), (3, 13));
    assert!(error.to_string().contains("1_a.sql:3:13"), "{error}");
}

#[test]
fn a_statement_that_goose_cuts_in_two_is_an_error_and_in_a_block_it_is_not() {
    let function = "create function f() returns int language sql begin atomic\nselect 1;\nselect 2;\nend;\n";
    let cut = format!("-- +goose Up\n{function}");
    let whole = format!("-- +goose Up\n-- +goose StatementBegin\n{function}-- +goose StatementEnd\n");
    let up = |text: &str| {
        read(TestFolder::new(&[("1_a.sql", text)]).path(), None).unwrap().migrations.remove(0).up
    };
    assert_eq!(up(&cut).statements().unwrap_err().place.start.line, 3);
    assert_eq!(up(&whole).statements().unwrap().len(), 1);
}

#[test]
fn a_schema_dump_parses_without_psqls_own_lines() {
    let text = "\\restrict abc\nselect 1;\n\\unrestrict abc\n";
    let folder = TestFolder::new(&[("structure.sql", text)]);
    assert_eq!(read(folder.path(), None).unwrap().migrations[0].up.statements().unwrap().len(), 1);
}
