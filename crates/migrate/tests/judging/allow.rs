//! Comments that allow what is destructive: where they count, for what, and what is told of the others.

use std::sync::Arc;

use crate::script::script;
use freehold_migrate::allow::{AllowError, Judged, judge};
use freehold_migrate::destructive::destructive;
use freehold_migrate::{Script, SourceFile, TransactionMode, read};
use freehold_model::place::Span;

fn judged(text: &str) -> Judged {
    let (script, statements) = script(text);
    let found = destructive(&script, &statements);
    judge(&script, &statements, found)
}

/// How many are refused, allowed, unused and in error.
fn counts(judged: &Judged) -> (usize, usize, usize, usize) {
    (judged.refused.len(), judged.allowed.len(), judged.unused.len(), judged.errors.len())
}

const ALLOW: &str = "-- freehold: allow drop_table because it is empty";

#[test]
fn a_permit_holds_for_the_statement_it_stands_at_or_for_the_whole_script_at_its_head() {
    for (text, expected) in [
        (format!("{ALLOW}\ndrop table a; drop table b;"), (0, 2, 0, 0)),
        (format!("-- x\n\n{ALLOW}\n\nselect 1; drop table b;"), (0, 1, 0, 0)),
        (format!("select 1;\n{ALLOW}\ndrop table a;\ndrop table b;"), (1, 1, 0, 0)),
        (format!("drop table a;\n{ALLOW}\ndrop table b;"), (1, 1, 0, 0)),
        (format!("drop table a; {ALLOW}\ndrop table b;"), (1, 1, 0, 0)),
        (
            "select 1; drop table a /* freehold: allow drop_table because old */; drop table b;".to_owned(),
            (1, 1, 0, 0),
        ),
        (format!("select 1; drop table\n{ALLOW}\n a; drop table b;"), (1, 1, 0, 0)),
        (format!("drop table a;\n{ALLOW}"), (1, 0, 1, 0)),
        ("drop table a;".to_owned(), (1, 0, 0, 0)),
        (format!("select 1;\n{ALLOW}\ntruncate a;"), (1, 0, 1, 0)),
        (format!("{ALLOW}\nselect 1;"), (0, 0, 1, 0)),
    ] {
        assert_eq!(counts(&judged(&text)), expected, "{text}");
    }
}

#[test]
fn comments_inside_quotes_and_rows_do_not_count() {
    for (text, refused) in [
        (format!("select '\n{ALLOW}\n'; drop table a;"), 1),
        (format!("select $$\n{ALLOW}\n$$; drop table a;"), 1),
        (format!("do $$ begin\n{ALLOW}\ndrop table a; end $$;"), 1),
        (format!("copy t from stdin;\n{ALLOW}\n\\.\ndrop table a;"), 1),
        (format!("copy t from stdin;\nit's\n\\.\n{ALLOW}\ndrop table a;"), 0),
        (format!("{ALLOW}\ndo $$ begin drop table a; end $$;"), 0),
    ] {
        let judged = judged(&text);
        assert_eq!((judged.refused.len(), judged.errors.len()), (refused, 0), "{text}");
    }
}

#[test]
fn an_object_narrows_a_permit() {
    let with = |object: &str, sql: &str| {
        counts(&judged(&format!("-- freehold: allow drop_column {object} because old\n{sql}")))
    };
    let sql = "alter table app.users drop column email";
    for object in ["app.users.email", "users.email", "Users.Email", "\"users\".email", "email", ""] {
        assert_eq!(with(object, sql), (0, 1, 0, 0), "{object}");
    }
    for object in ["orders.email", "users.phone", "other.users.email", "users", "\"Users\".email"] {
        assert_eq!(with(object, sql), (1, 0, 1, 0), "{object}");
    }
    assert_eq!(with("app.users.email", "alter table users drop column email"), (0, 1, 0, 0));
}

#[test]
fn several_words_are_used_one_by_one() {
    let judged =
        judged("-- freehold: allow drop_table a, cascade, truncate because old\ndrop table a cascade;");
    assert_eq!(counts(&judged), (0, 2, 1, 0));
    assert_eq!(judged.unused[0].to_string(), "1_a.sql:1: `allow truncate` is used by nothing");
    assert!(judged.allowed.iter().all(|allowed| allowed.reason == "old"));
}

#[test]
fn a_comment_that_cannot_be_read_allows_nothing_and_is_told() {
    let one = judged("-- freehold: allow drop_table\ndrop table a;");
    assert_eq!(counts(&one), (1, 0, 0, 1));
    assert!(matches!(&one.errors[0], AllowError::NoReason { .. }));
    let two = judged("select 1;\n-- freehold: allow drop_tabel because old\ndrop table a;");
    assert_eq!(counts(&two), (1, 0, 0, 1));
    assert_eq!(
        two.errors[0].to_string(),
        "1_a.sql:2: `drop_tabel` is nothing that can be allowed; did you mean `drop_table`?"
    );
    assert_eq!(two.errors[0].place().start.line, 2);
}

#[test]
fn what_is_opaque_can_be_allowed_too() {
    assert_eq!(
        counts(&judged("-- freehold: allow opaque because cleanup() was read\ncall cleanup();")),
        (0, 1, 0, 0)
    );
}

#[test]
fn the_head_of_a_file_counts_for_its_sections() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("00001_a.sql"), text).unwrap();
    let both = || {
        let read = read(folder.path(), Some("goose")).unwrap();
        let migration = &read.migrations[0];
        [&migration.up, migration.down.as_ref().unwrap()].map(|script: &Script| {
            let statements = script.statements().unwrap();
            let found = destructive(script, &statements);
            counts(&judge(script, &statements, found))
        })
    };
    write(&format!("{ALLOW}\n-- +goose Up\ndrop table a;\n-- +goose Down\ndrop table b;\n"));
    assert_eq!(both(), [(0, 1, 0, 0), (0, 1, 0, 0)]);
    write(&format!(
        "-- +goose NO TRANSACTION\n{ALLOW}\n-- +goose Up\ndrop table a;\n-- +goose Down\ndrop table b;\n"
    ));
    assert_eq!(both(), [(0, 1, 0, 0), (1, 0, 0, 0)]);
    write(&format!("-- +goose Up\n{ALLOW}\ndrop table a;\n-- +goose Down\ndrop table b;\n"));
    assert_eq!(both(), [(0, 1, 0, 0), (1, 0, 0, 0)]);
    write(&format!("-- +goose Up\ndrop table a;\n-- +goose Down\n{ALLOW}\ndrop table b;\n"));
    assert_eq!(both(), [(1, 0, 0, 0), (0, 1, 0, 0)]);
}

#[test]
fn a_script_that_is_a_part_of_a_file_gives_places_in_the_file() {
    let text = format!("-- one\nselect 0;\n{ALLOW}\nselect 1;\n");
    let file = Arc::new(SourceFile::new("1_a.sql".into(), text.clone()));
    let script = Script::part(
        file,
        Span::new(text.find("-- freehold").unwrap(), text.len()),
        TransactionMode::Wrapped,
    );
    let statements = script.statements().unwrap();
    let judged = judge(&script, &statements, Vec::new());
    assert_eq!(judged.unused[0].place.start.line, 3);
}

#[test]
fn a_rule_that_says_the_same_is_word_enough() {
    for (text, expected) in [
        ("-- freehold: allow table-dropped because it is empty\ndrop table a;", (0, 1, 0, 0)),
        ("-- freehold: allow table-dropped a because it is empty\ndrop table a;", (0, 1, 0, 0)),
        ("-- freehold: allow table-dropped b because it is empty\ndrop table a;", (1, 0, 0, 0)),
        ("-- freehold: allow column-dropped because it is empty\ndrop table a;", (1, 0, 0, 0)),
        ("-- freehold: allow index-built-without-concurrently because it is night\nselect 1;", (0, 0, 0, 0)),
        ("-- freehold: allow table-dropped\ndrop table a;", (1, 0, 0, 1)),
    ] {
        assert_eq!(counts(&judged(text)), expected, "{text}");
    }
}
