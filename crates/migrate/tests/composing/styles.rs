//! The next version and the next files are like those that the folder has today.

use crate::folder::TestFolder;
use freehold_migrate::{ComposeOptions, compose};

/// A format that is named or found, the files before, and the new ones.
type Case = (Option<&'static str>, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    (
        None,
        &["000041_a.up.sql", "000041_a.down.sql"],
        &["000042_add_email_to_users.up.sql", "000042_add_email_to_users.down.sql"],
    ),
    (None, &["9_a.up.sql", "10_b.up.sql"], &["11_add_email_to_users.up.sql"]),
    (
        None,
        &["1700000000_a.up.sql", "1700000000_a.down.sql"],
        &["1772600767_add_email_to_users.up.sql", "1772600767_add_email_to_users.down.sql"],
    ),
    (
        None,
        &["2024-01-02-123456_a/up.sql", "2024-01-02-123456_a/down.sql"],
        &["2026-03-04-050607_add_email_to_users/up.sql", "2026-03-04-050607_add_email_to_users/down.sql"],
    ),
    (None, &["20240102123456_a/up.sql"], &["20260304050607_add_email_to_users/up.sql"]),
    (None, &["20240102123456_a/migration.sql"], &["20260304050607_add_email_to_users/migration.sql"]),
    (
        None,
        &["20240102123456_a/migration.sql", "20240102123456_a/down.sql"],
        &["20260304050607_add_email_to_users/migration.sql", "20260304050607_add_email_to_users/down.sql"],
    ),
    (None, &["V1__a.sql", "V1_2__b.sql", "R__views.sql"], &["V1_3__add_email_to_users.sql"]),
    (None, &["V1.9__a.sql", "V1.10__b.sql"], &["V1.11__add_email_to_users.sql"]),
    (
        None,
        &["V007__a.sql", "U007__a.sql"],
        &["V008__add_email_to_users.sql", "U008__add_email_to_users.sql"],
    ),
    (None, &["B20__all.sql", "V3__a.sql"], &["V21__add_email_to_users.sql"]),
    (None, &["V1__a.sql", "V2__b.java"], &["V3__add_email_to_users.sql"]),
    (None, &["2024/V1__a.sql", "2025/V2__b.sql"], &["2025/V3__add_email_to_users.sql"]),
    (Some("sqlx"), &["1_a.sql"], &["2_add_email_to_users.sql"]),
    (
        Some("sqlx"),
        &["1_a.up.sql", "1_a.down.sql"],
        &["2_add_email_to_users.up.sql", "2_add_email_to_users.down.sql"],
    ),
    (
        Some("sqlx"),
        &["1_a.up.sql", "1_a.down.sql", "2_b.sql", "3_c.sql", "4_d.sql"],
        &["5_add_email_to_users.sql"],
    ),
    (Some("supabase"), &["20240102123456_a.sql"], &["20260304050607_add_email_to_users.sql"]),
    (Some("tern"), &["1_a.sql", "2_b.sql"], &["3_add_email_to_users.sql"]),
    (Some("postgres-migrations"), &["0001-a.sql", "0002-b.js"], &["0003-add_email_to_users.sql"]),
    (Some("node-pg-migrate"), &["1700000000000-a.sql"], &["1772600767089-add_email_to_users.sql"]),
    (Some("node-pg-migrate"), &["20240102123456789_a.sql"], &["20260304050607089_add_email_to_users.sql"]),
    (
        None,
        &["sqls/20240102123456-a-up.sql", "sqls/20240102123456-a-down.sql"],
        &[
            "sqls/20260304050607-add_email_to_users-up.sql",
            "sqls/20260304050607-add_email_to_users-down.sql",
            "20260304050607-add_email_to_users.js",
        ],
    ),
    (None, &["001-a.sql"], &["002-add_email_to_users.sql"]),
    (None, &["v1.2_a.sql", "v1.10_b.sql"], &["v1.11_add_email_to_users.sql"]),
    (None, &["2024-01-31-a.sql"], &["2026-03-04-add_email_to_users.sql"]),
    (
        None,
        &["001.do.a.sql", "001.undo.a.sql"],
        &["002.do.add_email_to_users.sql", "002.undo.add_email_to_users.sql"],
    ),
    (
        None,
        &["001_a_up.sql", "001_a_down.sql"],
        &["002_add_email_to_users_up.sql", "002_add_email_to_users_down.sql"],
    ),
    (
        None,
        &["001_a.sql", "001_a.rollback.sql"],
        &["002_add_email_to_users.sql", "002_add_email_to_users.rollback.sql"],
    ),
    (None, &["9.sql"], &["10_add_email_to_users.sql"]),
];

#[test]
fn the_next_files_are_named_like_the_last_ones() {
    for (format, before, expected) in CASES {
        let folder = TestFolder::named(before);
        assert_eq!(folder.next(*format), *expected, "{before:?}");
    }
}

#[test]
fn marked_files_are_followed_by_marked_files() {
    for (name, text, expected) in [
        (
            "00001_a.sql",
            "-- +goose Up\nselect 1;\n-- +goose Down\nselect 1;\n",
            "00002_add_email_to_users.sql",
        ),
        ("20240102123456_a.sql", "-- migrate:up\n-- migrate:down\n", "20260304050607_add_email_to_users.sql"),
        (
            "001_a.sql",
            "-- +migrate Up\nselect 1;\n-- +migrate Down\nselect 1;\n",
            "002_add_email_to_users.sql",
        ),
        ("20240102123456-a.sql", "-- +migrate Up\nselect 1;\n", "20260304050607-add_email_to_users.sql"),
        (
            "001_a.sql",
            "select 1;\n---- create above / drop below ----\nselect 1;\n",
            "002_add_email_to_users.sql",
        ),
    ] {
        let folder = TestFolder::new(&[(name, text)]);
        assert_eq!(folder.next(None), [expected]);
    }
}

#[test]
fn migrations_in_other_languages_take_versions_too() {
    let goose = TestFolder::new(&[("00001_a.sql", "-- +goose Up\nselect 1;\n")]);
    goose.write("00002_b.go", "package migrations\n");
    goose.write("00009_c_test.go", "package migrations\n");
    assert_eq!(goose.next(None), ["00003_add_email_to_users.sql"]);
}

#[test]
fn a_clock_that_is_behind_never_gives_an_earlier_version() {
    let folder = TestFolder::named(&["20260304050607_a.up.sql", "20260304050607_a.down.sql"]);
    let composed = folder.compose(None, "add_email_to_users").unwrap();
    assert_eq!(composed.version, "20260304050608");
    assert!(composed.remarks[0].contains("20260304050607"), "{:?}", composed.remarks);
    let earlier = ComposeOptions::at("1999-01-01T00:00:00Z".parse().unwrap());
    let composed = compose(folder.path(), None, "add_phone_to_users", &earlier).unwrap();
    assert_eq!(composed.version, "20260304050609");
}

#[test]
fn names_in_other_spellings_are_written_in_snake_case_with_a_word() {
    let folder = TestFolder::named(&["1_a.up.sql"]);
    let composed = folder.compose(None, "AddEmailToUsers").unwrap();
    assert_eq!(composed.name, "add_email_to_users");
    assert!(composed.remarks[0].contains("AddEmailToUsers"));
}
