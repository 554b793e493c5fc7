//! Up, down and up again.

use crate::harness::check;

const TABLE: (&str, Option<&str>) =
    ("create table t (id int primary key, a text, b text);", Some("drop table t;"));

#[tokio::test]
async fn a_down_that_undoes_its_up_is_silent() {
    let told =
        check(&[TABLE, ("alter table t add column c int;", Some("alter table t drop column c;"))], &[]).await;
    assert!(told.rehearsal.steps.iter().all(|step| step.went_there_and_back));
}

#[tokio::test]
async fn an_index_that_the_down_forgets_is_named() {
    let told = check(
        &[
            TABLE,
            (
                "create index i on t (a); alter table t add column c int;",
                Some("alter table t drop column c;"),
            ),
        ],
        &["2 down-does-not-restore", "2 blocking-index-build"],
    )
    .await;
    assert!(told.text("down-does-not-restore").contains("index i"), "{}", told.text("down-does-not-restore"));
}

#[tokio::test]
async fn a_down_that_fails_is_run_on_the_committed_up() {
    let told = check(
        &[TABLE, ("alter table t add column c int;", Some("alter table t drop column d;"))],
        &["2 down-fails"],
    )
    .await;
    assert!(told.text("down-fails").contains("42703"));
}

#[tokio::test]
async fn after_a_down_that_fails_the_next_migration_meets_the_state_after_the_up() {
    check(
        &[
            TABLE,
            ("alter table t add column c int;", Some("drop table missing;")),
            ("alter table t add column d int;", Some("alter table t drop column d;")),
            (
                "alter table t alter column c set default 1;",
                Some("alter table t alter column c drop default;"),
            ),
        ],
        &["2 down-fails"],
    )
    .await;
}

#[tokio::test]
async fn downs_shifted_by_one_file_are_each_wrong() {
    check(
        &[
            ("create table a (id int);", Some("select 1;")),
            ("create table b (id int);", Some("drop table a;")),
            ("create table c (id int);", Some("drop table b;")),
        ],
        &[
            "1 down-does-not-restore",
            "2 down-does-not-restore",
            "2 down-loses-data",
            "3 down-does-not-restore",
            "3 down-loses-data",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_down_that_is_missing_or_empty_is_told_once() {
    check(&[TABLE, ("alter table t add column c int;", None)], &["2 down-missing"]).await;
    check(&[TABLE, ("alter table t add column c int;", Some("-- nothing"))], &["2 down-missing"]).await;
}

#[tokio::test]
async fn columns_in_another_order_are_a_note_and_nothing_more() {
    check(
        &[TABLE, ("alter table t drop column a;", Some("alter table t add column a text;"))],
        &["2 up-loses-data", "2 column-order-changes"],
    )
    .await;
}

#[tokio::test]
async fn a_new_enum_value_in_one_transaction_is_no_fault_of_the_down() {
    check(
        &[
            (
                "create type mood as enum ('sad'); create table m (mood mood);",
                Some("drop table m; drop type mood;"),
            ),
            (
                "alter type mood add value 'glad';",
                Some(
                    "alter type mood rename to mood_old; create type mood as enum ('sad'); \
                     alter table m alter column mood type mood using mood::text::mood; drop type mood_old;",
                ),
            ),
        ],
        &[],
    )
    .await;
}

#[tokio::test]
async fn policies_grants_owners_and_comments_count() {
    for (up, down) in [
        ("alter table t enable row level security;", "select 1;"),
        ("create policy p on t using (true);", "select 1;"),
        ("comment on column t.a is 'x';", "select 1;"),
        ("grant select on t to public;", "select 1;"),
        ("alter table t alter column a set statistics 500;", "select 1;"),
        ("alter table t replica identity full;", "select 1;"),
        ("create function f() returns int language sql as 'select 1';", "select 1;"),
        ("alter table t set (fillfactor = 70);", "select 1;"),
    ] {
        check(&[TABLE, (up, Some(down))], &["2 down-does-not-restore"]).await;
    }
    for (up, down) in [
        ("alter table t enable row level security;", "alter table t disable row level security;"),
        ("create policy p on t using (true);", "drop policy p on t;"),
        ("comment on column t.a is 'x';", "comment on column t.a is null;"),
        ("grant select on t to public;", "revoke select on t from public;"),
    ] {
        check(&[TABLE, (up, Some(down))], &[]).await;
    }
}

#[tokio::test]
async fn an_up_that_cannot_be_applied_again_is_found() {
    let told = check(
        &[
            TABLE,
            (
                "create sequence s; select nextval('s'); do $$ begin if (select last_value from s) > 1 then raise 'again'; end if; end $$;",
                Some("drop sequence s;"),
            ),
        ],
        &[],
    )
    .await;
    assert!(told.rehearsal.steps[1].went_there_and_back);
    check(
        &[
            ("create schema once; create table once.runs (n int);", Some("drop schema once cascade;")),
            (
                "do $$ begin execute format('create table made_%s (id int)', (select count(*) from once.runs)); \
                 insert into once.runs values (1); end $$;",
                Some("drop table made_0;"),
            ),
        ],
        &["2 reapply-differs"],
    )
    .await;
}

#[tokio::test]
async fn a_body_in_another_layout_is_a_note() {
    use freehold_model::finding::Severity;
    let first =
        ("create function f() returns int language sql as 'select  1 -- one\n';", Some("drop function f();"));
    for (down, severity) in [
        ("create or replace function f() returns int language sql as 'select 1';", Severity::Note),
        ("create or replace function f() returns int language sql as 'select 3';", Severity::Error),
    ] {
        let second = ("create or replace function f() returns int language sql as 'select 2';", Some(down));
        let told = check(&[first, second], &["2 down-does-not-restore"]).await;
        assert_eq!(told.findings[0].severity, severity, "{down}");
    }
}

#[tokio::test]
async fn a_label_that_an_enum_keeps_is_a_warning_while_the_up_can_be_applied_again() {
    use freehold_model::finding::Severity;
    let first = ("create type mood as enum ('sad');", Some("drop type mood;"));
    for (up, severity) in [
        ("alter type mood add value if not exists 'glad';", Severity::Warning),
        ("alter type mood add value 'glad';", Severity::Error),
    ] {
        let told = check(&[first, (up, Some("select 1;"))], &["2 down-does-not-restore"]).await;
        assert_eq!(told.findings[0].severity, severity, "{up}");
    }
}

#[tokio::test]
async fn a_second_up_that_only_one_transaction_refuses_is_tried_again_with_commits() {
    // The down adds the label, which its own transaction cannot use yet; the second up does, after a commit.
    let told = check(
        &[
            (
                "create type mood as enum ('sad'); create table m (mood mood);",
                Some("drop table m; drop type mood;"),
            ),
            (
                "do $$ begin if exists (select from pg_enum where enumlabel = 'glad') \
                 then insert into m values ('glad'); end if; end $$;",
                Some("alter type mood add value if not exists 'glad';"),
            ),
        ],
        &["2 down-does-not-restore"],
    )
    .await;
    assert!(told.rehearsal.steps[1].confirmed_by_commit && told.rehearsal.steps[1].went_there_and_back);
}
