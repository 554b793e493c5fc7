//! What is refused leaves the folder as it was.

use crate::folder::{TestFolder, options};
use freehold_migrate::{ComposeError, compose};

#[test]
fn nothing_is_ever_overwritten_and_a_pair_is_written_whole_or_not_at_all() {
    for taken in ["2_create_users.up.sql", "2_create_users.down.sql"] {
        let folder = TestFolder::named(&["1_a.up.sql", "1_a.down.sql"]);
        // A folder of that name takes no version, and cannot be replaced.
        std::fs::create_dir(folder.path().join(taken)).unwrap();
        let error = folder.compose(None, "create_users").unwrap_err();
        assert!(matches!(&error, ComposeError::Exists { path } if path.ends_with(taken)), "{error}");
        assert_eq!(folder.files(), ["1_a.down.sql", "1_a.up.sql"]);
    }
}

#[test]
fn a_name_that_says_nothing_is_refused_before_anything_is_touched() {
    let folder = TestFolder::new(&[]);
    let dir = folder.path().join("new");
    let error = compose(&dir, Some("sqlx"), "fix", &options()).unwrap_err();
    assert!(matches!(error, ComposeError::Name(_)), "{error}");
    assert!(error.help().unwrap().contains("verb_entity_detail"));
    assert!(!dir.exists());
}

#[test]
fn a_version_that_the_tool_would_sort_before_others_is_taken_back() {
    // dbmate orders by name: 10 comes before 9.
    let text = "-- migrate:up\n-- migrate:down\n";
    let folder = TestFolder::new(&[("8_a.sql", text), ("9_b.sql", text)]);
    let error = folder.compose(None, "create_users").unwrap_err();
    assert!(matches!(&error, ComposeError::Misread { why, .. } if why.contains("9 b")), "{error}");
    assert_eq!(folder.files(), ["8_a.sql", "9_b.sql"]);
    // The pair of it: with zeros in front the same numbers are in order.
    let folder = TestFolder::new(&[("08_a.sql", text), ("09_b.sql", text)]);
    assert_eq!(folder.next(None), ["10_add_email_to_users.sql"]);
}

#[test]
fn a_name_that_the_format_would_misread_is_taken_back() {
    let folder = TestFolder::named(&["001_a.sql", "001_a_down.sql", "002_b.sql"]);
    let options = freehold_migrate::ComposeOptions { down: Some(false), ..options() };
    let error = compose(folder.path(), None, "tear_things_down", &options).unwrap_err();
    assert!(matches!(error, ComposeError::Name(_)), "{error}");
    let error = compose(folder.path(), None, "move_orders_down", &options).unwrap_err();
    assert!(matches!(error, ComposeError::NotReadBack { .. }), "{error}");
    assert_eq!(folder.files(), ["001_a.sql", "001_a_down.sql", "002_b.sql"]);
}

#[test]
fn a_folder_that_cannot_be_read_gets_no_further_migration() {
    let folder = TestFolder::named(&["1_a.up.sql", "01_b.up.sql"]);
    let error = folder.compose(None, "create_users").unwrap_err();
    assert!(matches!(error, ComposeError::Folder { .. }) && error.help().is_some(), "{error}");
    assert_eq!(folder.files().len(), 2);
}

#[test]
fn one_file_with_a_schema_and_an_unknown_format_are_refused() {
    let folder = TestFolder::named(&["schema.sql"]);
    let file = folder.path().join("schema.sql");
    let error = compose(&file, None, "create_users", &options()).unwrap_err();
    assert!(matches!(error, ComposeError::OneFile), "{error}");
    let error = folder.compose(Some("liquibase"), "create_users").unwrap_err();
    assert!(error.help().is_none() && matches!(error, ComposeError::Folder { .. }));
}

#[cfg(unix)]
#[test]
fn new_files_have_the_rights_of_ordinary_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TestFolder::named(&["1_a.up.sql"]);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let composed = folder.compose(None, "create_users").unwrap();
    assert_eq!(mode(&composed.files[0]), mode(&folder.path().join("1_a.up.sql")));
}
