//! Files that cannot be read, in any format.

use crate::folders::{TestFolder, warned};
use freehold_migrate::{ReadError, ReadOptions, read, read_with};

fn one(bytes: &[u8]) -> TestFolder {
    let folder = TestFolder::new(&[("1_a.up.sql", "select 1;")]);
    folder.write("2_b.up.sql", bytes);
    folder
}

#[test]
fn text_that_is_not_utf8_is_refused_with_byte_and_line() {
    let error = read(one(b"select 1;\nselect '\xe9';").path(), None).unwrap_err();
    let ReadError::NotUtf8 { offset, line, utf16, .. } = &error else { panic!("{error}") };
    assert_eq!((*offset, *line, *utf16), (18, 2, false));
    assert!(error.to_string().contains("2_b.up.sql"));

    let wide = read(one(b"\xff\xfes\0e\0l\0").path(), None).unwrap_err();
    assert!(wide.to_string().contains("UTF-16"), "{wide}");
}

#[test]
fn a_binary_file_is_refused_with_the_place_of_its_zero_byte() {
    let error = read(one(b"select\n\x00\x01").path(), None).unwrap_err();
    assert!(matches!(error, ReadError::Binary { offset: 7, line: 2, .. }), "{error}");
}

#[test]
fn a_file_above_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let folder = one(b"select 100000;");
    let limit = |max_file_bytes| ReadOptions { max_file_bytes, ..ReadOptions::default() };
    let error = read_with(folder.path(), None, &limit(13)).unwrap_err();
    assert!(matches!(error, ReadError::TooLarge { bytes: 14, limit: 13, .. }), "{error}");
    assert!(read_with(folder.path(), None, &limit(14)).is_ok());
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_followed_and_those_that_lead_nowhere_or_back_are_not_fatal() {
    use std::os::unix::fs::symlink;
    let folder = one(b"select 2;");
    let elsewhere = TestFolder::new(&[("target.sql", "select 3;")]);
    symlink(elsewhere.path().join("target.sql"), folder.path().join("3_c.up.sql")).unwrap();
    symlink(folder.path(), folder.path().join("loop")).unwrap();
    symlink(folder.path().join("nothing"), folder.path().join("README.sql")).unwrap();
    let read = read(folder.path(), None).unwrap();
    assert_eq!(read.migrations.len(), 3);
    assert_eq!(read.migrations[2].up.text(), "select 3;");
    assert_eq!(warned(&read), ["README.sql", "loop"]);
}

#[cfg(unix)]
#[test]
fn a_migration_that_is_a_link_to_nothing_or_a_pipe_is_an_error_that_names_it() {
    use std::os::unix::fs::symlink;
    let folder = one(b"select 2;");
    symlink("nothing", folder.path().join("3_c.up.sql")).unwrap();
    let error = read(folder.path(), None).unwrap_err();
    assert!(
        matches!(&error, ReadError::Unreadable { .. }) && error.to_string().contains("3_c.up.sql"),
        "{error}"
    );

    let folder = one(b"select 2;");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("4_d.up.sql")).unwrap();
    let error = read(folder.path(), None).unwrap_err();
    assert!(
        matches!(&error, ReadError::Unreadable { .. }) && error.to_string().contains("4_d.up.sql"),
        "{error}"
    );
}

#[test]
fn empty_scripts_and_those_of_comments_only_are_warned_about() {
    let folder = TestFolder::new(&[
        ("1_a.up.sql", ""),
        ("2_b.up.sql", " \n-- only this; \n/* and this */ ;\n"),
        ("3_c.up.sql", "select 1; -- something"),
        ("3_c.down.sql", "\n\n"),
    ]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(warned(&read), ["1_a.up.sql", "2_b.up.sql", "3_c.down.sql"]);
    assert!(read.warnings[1].message.contains("only comments"), "{}", read.warnings[1].message);
    assert!(read.migrations[0].up.is_empty() && !read.migrations[2].up.is_empty());
}

#[test]
fn a_byte_order_mark_is_kept_in_the_file_but_is_no_part_of_the_script() {
    let folder = TestFolder::new(&[("1_a.up.sql", "\u{feff}select 1;\r\nselect 2;\r\n")]);
    let read = read(folder.path(), None).unwrap();
    let up = &read.migrations[0].up;
    assert!(up.text().starts_with("select 1;\r\n"));
    assert!(up.file.text.starts_with('\u{feff}'));
    assert_eq!(warned(&read), ["1_a.up.sql"]);
}
