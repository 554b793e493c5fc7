//! Statements that destroy something, each beside one that differs in just that and does not.

use crate::script::{found, script, told};
use freehold_migrate::destructive::{WORDS, destructive_in};
use freehold_migrate::{Script, TransactionMode};
use freehold_sql::Statement;
use proptest::prelude::*;

/// A destructive text with what it does, and its harmless neighbour.
const PAIRS: &[(&str, &[&str], &str)] = &[
    ("drop table users", &["drop_table users"], "drop index users_email"),
    (
        "drop table if exists app.users, \"Old\"",
        &["drop_table app.users", "drop_table \"Old\""],
        "create table app.users ()",
    ),
    ("drop table users cascade", &["drop_table users", "cascade users"], "drop index a cascade_b"),
    ("drop index a cascade", &["cascade a"], "drop index a restrict"),
    (
        "alter table users drop column email",
        &["drop_column users.email"],
        "alter table users add column email text",
    ),
    (
        "alter table users drop email, drop column if exists b cascade",
        &["drop_column users.email", "drop_column users.b", "cascade users.b"],
        "alter table users drop constraint email",
    ),
    (
        "alter table users drop constraint a cascade",
        &["cascade users"],
        "alter table users drop constraint a",
    ),
    (
        "alter table users alter column a type int",
        &["alter_column_type users.a"],
        "alter table users alter column a set default 1",
    ),
    (
        "alter table users rename column a to b",
        &["rename_column users.a"],
        "alter table users rename constraint a to b",
    ),
    ("alter table users rename to people", &["rename_table users"], "alter index users_a rename to users_b"),
    ("alter view v rename to w", &["rename_view v"], "alter view v set (security_invoker = true)"),
    ("alter type mood rename value 'a' to 'b'", &["rename_enum_value mood"], "alter type mood add value 'b'"),
    ("alter type pair drop attribute a", &["drop_attribute pair.a"], "alter type pair add attribute a int"),
    (
        "alter type pair alter attribute a type int",
        &["alter_attribute_type pair.a"],
        "alter type pair owner to app",
    ),
    ("alter table users set schema old", &["set_schema users"], "alter table users set (fillfactor = 70)"),
    (
        "alter table parts detach partition part_1",
        &["detach_partition part_1"],
        "alter table parts attach partition part_1 default",
    ),
    ("alter table child no inherit parent", &["no_inherit child"], "alter table child inherit parent"),
    ("truncate a, b", &["truncate a", "truncate b"], "analyze a"),
    ("truncate a cascade", &["truncate a", "cascade a"], "lock table a"),
    ("delete from a", &["delete_without_where a"], "delete from a where id = 1"),
    ("update a set b = 1", &["update_without_where a"], "update a set b = 1 where c"),
    (
        "with gone as (delete from a returning *) insert into b select * from gone",
        &["delete_without_where a"],
        "with kept as (select * from a) insert into b select * from kept",
    ),
    ("explain analyze delete from a", &["delete_without_where a"], "explain delete from a"),
    ("drop schema app cascade", &["drop_schema app", "cascade app"], "create schema app"),
    ("drop view v", &["drop_view v"], "drop trigger v on t"),
    ("drop materialized view v", &["drop_materialized_view v"], "refresh materialized view v"),
    ("drop type mood", &["drop_type mood"], "drop statistics mood"),
    ("drop domain d", &["drop_domain d"], "alter domain d drop constraint c"),
    ("drop function f(int)", &["drop_function f"], "drop policy f on t"),
    ("drop procedure p", &["drop_procedure p"], "drop rule p on t"),
    ("drop sequence s", &["drop_sequence s"], "alter sequence s increment 2"),
    ("drop extension citext", &["drop_extension citext"], "create extension citext"),
    ("drop database old", &["drop_database old"], "create database old"),
    ("drop role app", &["drop_role app"], "alter role app login"),
    ("drop owned by app", &["drop_owned app"], "reassign owned by app to other"),
    ("drop publication p", &["drop_publication p"], "alter publication p add table a"),
];

#[test]
fn what_destroys_is_told_with_its_object_and_its_neighbour_is_not() {
    for (text, expected, harmless) in PAIRS {
        assert_eq!(told(text), *expected, "{text}");
        let harmless = harmless.replace("cascade_b", "");
        let harms: Vec<String> = told(&harmless).into_iter().filter(|told| told != "opaque").collect();
        assert!(harms.is_empty(), "{harmless}: {harms:?}");
    }
}

#[test]
fn every_word_is_on_the_list_and_says_what_is_lost() {
    for (text, ..) in PAIRS {
        for destructive in found(text) {
            assert!(WORDS.iter().any(|(word, why)| *word == destructive.word && *why == destructive.why));
            assert_eq!((destructive.statement, destructive.place.start.line), (0, 1));
            assert!(!destructive.headline.is_empty() && !destructive.is_opaque());
        }
    }
}

#[test]
fn what_the_script_made_itself_may_go_again() {
    for (made, kept) in [
        ("create table a (); drop table a cascade;", "create table if not exists a (); drop table a;"),
        (
            "create table a (b int); alter table a drop column b, alter c type int;",
            "alter table a drop column b;",
        ),
        (
            "alter table a add b int; alter table a drop column b;",
            "alter table a add column if not exists b int; alter table a drop column b;",
        ),
        (
            "alter table a add b int; update a set b = 1;",
            "alter table a add b int; update a set b = 1, c = 2;",
        ),
        (
            "create table a (); insert into a default values; truncate a; delete from a;",
            "truncate a; create table a ();",
        ),
        ("create temp table t (); drop table t;", "drop table t; create temp table t ();"),
        (
            "create schema s; create table s.a (); drop table s.a;",
            "create schema s; create table s.a (); drop table a;",
        ),
        ("create type t as enum (); drop type t;", "drop type t;"),
        ("create table a (); alter table a rename to b; drop table b;", "alter table a rename to b;"),
        (
            "alter table a add b int; update a set b = (select 1 from c where true)",
            "alter table a add b int; update a set (b, c) = (1, 2)",
        ),
    ] {
        assert_eq!(told(made), [""; 0], "{made}");
        assert!(!told(kept).is_empty(), "{kept}");
    }
    // Each object is judged by itself.
    assert_eq!(told("create table a (); drop table a, b"), ["drop_table b"]);
    assert_eq!(told("create table a (); drop table a, b cascade"), ["drop_table b", "cascade a"]);
    assert_eq!(
        told("alter table a add b int; alter table a drop column b; alter table a drop column b"),
        ["drop_column a.b"]
    );
}

#[test]
fn what_holds_no_rows_may_be_made_again() {
    for (replaced, gone) in [
        (
            "drop view v; create view v as select 1;",
            "create view v as select 1; drop view w; create view u as select 1;",
        ),
        (
            "drop function f(int); create function f(text) returns int language sql as 'select 1';",
            "drop function f(int);",
        ),
        (
            "drop materialized view v; create materialized view v as select 1;",
            "drop view v cascade; create view v as select 1;",
        ),
        (
            "alter table a rename to b; create view a as select * from b;",
            "alter table a rename to b; create table a ();",
        ),
        ("drop type t; create type t as enum ();", "drop table t; create table t ();"),
    ] {
        assert_eq!(told(replaced), [""; 0], "{replaced}");
        assert!(!told(gone).is_empty(), "{gone}");
    }
    // Outside a transaction there is a moment without it.
    let (script, statements) = script("drop view v; create view v as select 1;");
    let script = Script { transaction: TransactionMode::None { why: String::new() }, ..script };
    assert_eq!(destructive_in(&[(&script, &statements)])[0].len(), 1);
}

#[test]
fn what_an_earlier_pending_script_made_may_go_again() {
    let (first, second) = (
        script("create table a (); alter table b add c int;"),
        script("drop table a; alter table b drop c, drop d;"),
    );
    let words = |set: &[(&Script, &[Statement])]| -> Vec<Vec<String>> {
        destructive_in(set)
            .into_iter()
            .map(|list| list.into_iter().filter_map(|d| d.object).collect())
            .collect()
    };
    assert_eq!(words(&[(&first.0, &first.1), (&second.0, &second.1)]), [vec![], vec!["b.d".to_owned()]]);
    assert_eq!(words(&[(&second.0, &second.1)]), [vec!["a".to_owned(), "b.c".to_owned(), "b.d".to_owned()]]);
}

#[test]
fn places_point_at_the_statement() {
    let found = found("create table a ();\n\n-- gone\n  drop table b;\n");
    assert_eq!((found[0].statement, found[0].place.start.line, found[0].place.start.column), (1, 4, 3));
    assert_eq!(found[0].headline, "drop table b");
}

proptest! {
    #[test]
    fn any_script_that_parses_is_judged_and_a_drop_behind_it_is_found(
        parts in proptest::collection::vec(prop_oneof![
            Just("create table if not exists a ()"), Just("do $$begin drop table b; end$$"), Just("select f()"),
            Just("update a set b = 1"), Just("set search_path to x"), Just("rollback"), Just("alter table a rename to c"),
        ], 0..6),
    ) {
        let text = format!("{}; drop table zz;", parts.join("; "));
        let told = told(&text);
        prop_assert!(told.contains(&"drop_table zz".to_owned()), "{:?}", told);
    }
}
