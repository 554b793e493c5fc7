//! Pairs of texts that differ in just one thing.

use super::*;
use proptest::prelude::*;

fn kind_of(old: &str, new: &str) -> Edit {
    let (edit, back) = (compare(old, new).0, compare(new, old).0);
    assert_eq!(edit, back, "{old:?} {new:?}");
    edit
}

#[test]
fn white_space_that_means_nothing_is_white_space() {
    for (old, new) in [
        ("select 1;", "select  1;"),
        ("select 1;", "\tselect\n1 ;\n"),
        ("select a+b", "select a + b"),
        ("select f(a,b)", "select f ( a , b )"),
        ("select a.b", "select a . b"),
        ("select a::int", "select a :: int"),
        ("select 'a' as b", "select 'a'\n  as b"),
        ("select x'1f'", "select\nx'1f'"),
        ("select 1; -- one", "select 1;   -- one  "),
        ("select 1;", "select 1;\u{c}"),
    ] {
        assert_eq!(kind_of(old, new), Edit::WhiteSpace, "{old:?} {new:?}");
        assert!(compare(old, new).1.contains("\n+"), "{old:?}");
    }
}

#[test]
fn white_space_that_means_something_is_code() {
    for (old, new) in [
        ("select 'a b'", "select 'a  b'"),
        ("select $$a\nb$$", "select $$a\n b$$"),
        ("select \"a b\"", "select \"a  b\""),
        ("select E'a\\n b'", "select E'a\\n  b'"),
        ("select ab", "select a b"),
        ("select a <= b", "select a < = b"),
        ("select 1.5", "select 1. 5"),
        ("select 1.5", "select 1 .5"),
        ("select x'1f'", "select x '1f'"),
        ("select 'a'\n'b'", "select 'a' 'b'"),
        ("select $1", "select $ 1"),
        ("copy a from stdin;\n1\tx\n\\.\n", "copy a from stdin;\n1\tx \n\\.\n"),
        ("copy a from stdin;\n-- x\n\\.\n", "copy a from stdin;\n-- y\n\\.\n"),
        ("\\echo a\nselect 1;", "\\echo a select 1;"),
    ] {
        assert_eq!(kind_of(old, new), Edit::Code, "{old:?} {new:?}");
    }
}

#[test]
fn comments_that_no_tool_reads_are_comments() {
    for (old, new) in [
        ("select 1;", "select 1; -- one"),
        ("-- one\nselect 1;", "-- two\nselect 1;"),
        ("select /* a */ 1;", "select 1;"),
        ("select a/**/b;", "select a b;"),
        ("-- one\nselect 1;", "select 1;\n-- one\n"),
        ("-- see migrate:up\nselect 1;", "select 1;"),
        ("-- freehold is fine\nselect 1;", "select 1;"),
        ("-- no transaction\nselect 1;", "select 1;"),
        ("-- Update Migration\nselect 1;", "select 1;"),
    ] {
        assert_eq!(kind_of(old, new), Edit::Comments, "{old:?} {new:?}");
    }
}

#[test]
fn comments_that_a_tool_reads_are_code() {
    for mark in [
        "-- +goose NO TRANSACTION",
        "-- +goose StatementBegin",
        "-- migrate:up transaction:false",
        "--migrate:down",
        "-- +migrate Up notransaction",
        "-- no-transaction",
        "---- tern: disable-tx ----",
        "---- create above / drop below ----",
        "-- postgres-migrations disable-transaction",
        "-- Down Migration",
        "-- freehold: allow drop_table because it is empty",
        "/* freehold: allow drop_table because it is empty */",
        "/*\n-- +goose StatementEnd\n*/",
    ] {
        let (with, without) = (format!("{mark}\nselect 1;\nselect 2;"), "select 1;\nselect 2;");
        assert_eq!(kind_of(&with, without), Edit::Code, "{mark}");
        let moved = format!("select 1;\n{mark}\nselect 2;");
        assert_eq!(kind_of(&with, &moved), Edit::Code, "{mark}");
        let beside = format!("{mark}\n-- a word\nselect 1;\nselect 2;");
        assert_eq!(kind_of(&with, &beside), Edit::Comments, "{mark}");
    }
    // Each tool looks for its mark at its own place.
    assert_eq!(kind_of("-- no-transaction\nselect 1;", "-- a\n-- no-transaction\nselect 1;"), Edit::Code);
    assert_eq!(kind_of("-- +goose Up\nselect 1;", " -- +goose Up\nselect 1;"), Edit::Code);
    let allow = "-- freehold: allow drop_table because it is empty\ndrop table a;";
    assert_eq!(kind_of(allow, &format!("  {allow}")), Edit::WhiteSpace);
    assert_eq!(kind_of(allow, &allow.replace("drop_table", "truncate")), Edit::Code);
}

#[test]
fn line_ends_count_only_inside_quotes_of_a_file_that_was_not_converted_as_a_whole() {
    let text = "select 1;\nselect $$a\nb$$;\n-- c\n";
    let converted = text.replace('\n', "\r\n");
    assert_eq!(compare(text, &converted), (Edit::LineEnds, String::new()));
    assert_eq!(compare(&converted, text), (Edit::LineEnds, String::new()));
    assert_eq!(kind_of(text, "select 1;\r\nselect $$a\nb$$;\n-- c\r\n"), Edit::LineEnds);
    assert_eq!(kind_of(text, "select 1;\nselect $$a\r\nb$$;\n-- c\n"), Edit::Code);
    assert_eq!(kind_of(text, &converted.replace("select 1", "select  1")), Edit::WhiteSpace);
    assert_eq!(kind_of(text, &converted.replace("-- c", "-- d")), Edit::Comments);
    assert_eq!(kind_of(text, &converted.replace("1;", "2;")), Edit::Code);
    assert_eq!(kind_of(text, &converted.replace("$$a", "$$ a")), Edit::Code);
}

#[test]
fn the_diff_shows_what_changed_and_not_the_line_ends() {
    let old = "create table a (\n  id int\n);\n";
    let new = "create table a (\r\n  id bigint\r\n);\r\n";
    assert_eq!(
        compare(old, new).1,
        "--- applied\n+++ file\n@@ -1,3 +1,3 @@\n create table a (\n-  id int\n+  id bigint\n );\n"
    );
}

proptest! {
    #[test]
    fn any_two_texts_are_compared_alike_in_both_directions(
        old in "(select|a|1|'[ a]?'|--[ a]?\n|/\\*a\\*/|[ \n\r+.;$(-]){0,12}", new in "(select|a|1|'[ a]?'|--[ a]?\n|/\\*a\\*/|[ \n\r+.;$(-]){0,12}",
    ) {
        prop_assert_eq!(kind(&old, &new), kind(&new, &old));
        prop_assert_eq!(kind(&old, &old), Edit::Same);
        let (edit, diff) = compare(&old, &new);
        prop_assert!(edit == Edit::Same || edit == Edit::LineEnds || !diff.is_empty() || old.contains('\r') || new.contains('\r'));
    }

    #[test]
    fn a_comment_or_white_space_between_statements_never_changes_what_is_run(
        statements in proptest::collection::vec("(select [a-z]{1,5}|update t set a = '[a-z; ]{0,5}'|do \\$\\$[a-z; \n]{0,6}\\$\\$)", 1..5),
        comment in "[a-z ';]{0,12}", at in 0usize..5, space in "[ \n\t]{1,4}",
    ) {
        let old = statements.join(";\n");
        let mut with_space = statements.clone();
        let at = at % statements.len();
        with_space[at] = format!("{space}{}", statements[at]);
        prop_assert!(matches!(kind(&old, &with_space.join(";\n")), Edit::WhiteSpace | Edit::Same));
        let mut with_comment = statements;
        with_comment[at] = format!("-- {comment}\n{}", with_comment[at]);
        prop_assert_eq!(kind(&old, &with_comment.join(";\n")), Edit::Comments);
    }
}
