//! golang-migrate folders: what is read, in which order, and what is refused.

use crate::folders::TestFolder;
use freehold_migrate::{ReadError, TransactionMode, read};

#[test]
fn unpadded_numbers_are_ordered_as_numbers() {
    let folder = TestFolder::new(&[
        ("10_c.up.sql", "select 10;"),
        ("9_b.up.sql", "select 9;"),
        ("001_a.up.sql", "select 1;"),
        ("001_a.down.sql", "select -1;"),
        ("20240101000000_d.up.sql", "select 20240101000000;"),
    ]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(read.format.name(), "golang-migrate");
    let versions: Vec<_> = read.migrations.iter().map(|m| m.version.as_str()).collect();
    assert_eq!(versions, ["1", "9", "10", "20240101000000"]);
    assert_eq!(read.migrations[0].down.as_ref().unwrap().text(), "select -1;");
    assert!(read.migrations[1].down.is_none());
    assert_eq!(read.migrations[0].up.transaction, TransactionMode::Implicit);
    assert!(read.warnings.is_empty(), "{:?}", read.warnings);
}

#[test]
fn a_version_that_is_there_twice_is_refused_with_both_names() {
    let folder = TestFolder::new(&[("1_a.up.sql", "select 1;"), ("01_b.up.sql", "select 1;")]);
    let error = read(folder.path(), None).unwrap_err();
    assert!(matches!(error, ReadError::DuplicateVersion { .. }));
    let text = error.to_string();
    assert!(text.contains("01_b.up.sql") && text.contains("1_a.up.sql"), "{text}");
}

#[test]
fn a_down_script_without_an_up_script_is_refused() {
    let folder = TestFolder::new(&[("1_a.up.sql", "select 1;"), ("2_b.down.sql", "select 1;")]);
    let error = read(folder.path(), None).unwrap_err();
    assert!(matches!(&error, ReadError::DownWithoutUp { version, .. } if version == "2"), "{error}");
}

#[test]
fn sql_under_another_name_and_editor_copies_are_warned_about_by_name() {
    let folder = TestFolder::new(&[
        ("1_a.up.sql", "select 1;"),
        ("2_b.up.sql", "select 1;"),
        ("003_foo.sql", "select 1;"),
        ("004_foo.sql~", "select 1;"),
        ("README.md", "notes"),
    ]);
    let read = read(folder.path(), None).unwrap();
    let named: Vec<_> = read.warnings.iter().map(|w| w.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(named, ["003_foo.sql", "004_foo.sql~"]);
}

#[test]
fn an_editors_copy_of_a_migration_is_a_second_one_as_it_is_for_golang_migrate() {
    let folder = TestFolder::new(&[("1_a.up.sql", "select 1;"), ("1_a.up.sql~", "select 1;")]);
    let error = read(folder.path(), None).unwrap_err();
    assert!(matches!(&error, ReadError::DuplicateVersion { .. }), "{error}");
    assert!(error.help().unwrap().contains("copy"));
}

#[test]
fn a_number_beyond_64_bits_is_warned_about() {
    let folder =
        TestFolder::new(&[("1_a.up.sql", "select 1;"), ("99999999999999999999_b.up.sql", "select 1;")]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(read.migrations.len(), 1);
    assert!(read.warnings[0].message.contains("64-bit"));
}
