//! Flyway folders: versions, undo scripts, baselines, repeatable scripts, and how a script is sent.

use crate::folders::{TestFolder, lines_of, skipped, warned};
use freehold_migrate::{MigrationKind, ReadError, read};

#[test]
fn versions_order_across_folders_and_repeatable_scripts_come_last() {
    let folder = TestFolder::new(&[
        ("b/V1_10__later.sql", "select 110;"),
        ("a/V1.9__earlier.sql", "select 19;"),
        ("U1.9.0__undo.sql", "select -19;"),
        ("R__z_views.sql", "select 99;"),
        ("R__a_views.sql", "select 98;"),
        ("beforeMigrate.sql", "select 0;"),
        ("V2__code.java", ""),
        ("V3_oops.sql", "select 3;"),
    ]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(
        lines_of(&read),
        [
            "1.9 earlier up wrapped: select 19;",
            "1.9 earlier down wrapped: select -19;",
            "1.10 later up wrapped: select 110;",
            "a_views up wrapped: select 98;",
            "z_views up wrapped: select 99;",
        ]
    );
    assert_eq!(read.migrations[2].kind, MigrationKind::Repeatable);
    assert_eq!(skipped(&read), ["V2__code.java", "beforeMigrate.sql"]);
    assert_eq!(warned(&read), ["V3_oops.sql"]);
    assert!(read.warnings[0].message.contains("two underscores"), "{}", read.warnings[0].message);
}

#[test]
fn the_newest_baseline_stands_for_what_is_below_it() {
    let folder = TestFolder::new(&[
        ("V1__a.sql", "select 1;"),
        ("V2__b.sql", "select 2;"),
        ("V3__c.sql", "select 3;"),
        ("B1__old.sql", "select 1;"),
        ("B2__all.sql", "select 12;"),
    ]);
    let read = read(folder.path(), None).unwrap();
    assert_eq!(lines_of(&read), ["2 all up wrapped: select 12;", "3 c up wrapped: select 3;"]);
    assert_eq!(read.migrations[0].kind, MigrationKind::Baseline);
    assert_eq!(skipped(&read), ["B1__old.sql", "V1__a.sql", "V2__b.sql"]);
}

#[test]
fn equal_versions_are_refused_and_an_undo_needs_its_version() {
    let refused = |files: &[(&str, &str)]| read(TestFolder::new(files).path(), None).unwrap_err();
    let twice = refused(&[("V1__a.sql", ""), ("sub/V1_0__b.sql", "")]);
    assert!(matches!(&twice, ReadError::DuplicateVersion { .. }), "{twice}");
    assert!(twice.to_string().contains("V1__a.sql") && twice.to_string().contains("V1_0__b.sql"));
    assert!(matches!(refused(&[("V1__a.sql", ""), ("U2__b.sql", "")]), ReadError::DownWithoutUp { .. }));
    assert!(matches!(refused(&[("R__a.sql", ""), ("sub/R__a.sql", "")]), ReadError::DuplicateVersion { .. }));
}

#[test]
fn statements_outside_transactions_and_the_conf_file_decide_how_a_script_is_sent() {
    for (sql, conf, expected) in [
        ("create index concurrently i on t (a);", "", "none"),
        ("create index i on t (a);", "", "wrapped"),
        ("create index i on t (a); -- create index concurrently", "", "wrapped"),
        ("-- first\nVACUUM t;", "", "none"),
        ("select 1;", "executeInTransaction=false", "none marked"),
        ("select 1;", "# executeInTransaction=false", "wrapped"),
        ("vacuum;", "executeInTransaction=true", "wrapped"),
    ] {
        let folder = TestFolder::new(&[("V1__a.sql", sql), ("V1__a.sql.conf", conf)]);
        let read = read(folder.path(), None).unwrap();
        assert_eq!(lines_of(&read), [format!("1 a up {expected}: {sql}")]);
        assert!(read.warnings.is_empty(), "{:?}", read.warnings);
    }
}

#[test]
fn mixing_both_kinds_of_statements_is_warned_about() {
    let folder = TestFolder::new(&[("V1__a.sql", "select 1;\ncreate index concurrently i on t (a);")]);
    let read = read(folder.path(), None).unwrap();
    assert!(
        read.warnings[0].message.contains("CREATE INDEX CONCURRENTLY (line 2)"),
        "{}",
        read.warnings[0].message
    );
}

#[test]
fn a_placeholder_in_the_sql_is_refused_and_one_in_quotes_is_warned_about() {
    let refused = TestFolder::new(&[("V1__a.sql", "select 1;\ncreate schema ${name};")]);
    let error = read(refused.path(), None).unwrap_err();
    assert!(matches!(&error, ReadError::Placeholder { line: 2, name, .. } if name == "${name}"), "{error}");
    let quoted = TestFolder::new(&[("V1__a.sql", "select '${name}';")]);
    assert_eq!(warned(&read(quoted.path(), None).unwrap()), ["V1__a.sql"]);
    let off = TestFolder::new(&[
        ("V1__a.sql", "select '${name}';"),
        ("V1__a.sql.conf", "placeholderReplacement=false"),
    ]);
    assert!(read(off.path(), None).unwrap().warnings.is_empty());
}
