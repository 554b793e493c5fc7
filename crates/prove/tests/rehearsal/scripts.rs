//! Scripts that do more than change the schema: transactions, settings, roles, and what is never carried out.

use freehold_prove::{
    RehearsalError,
    rehearsal::{Options, rehearse, repeat},
    step::Step,
};
use freehold_sandbox::testing;
use std::time::Duration;

use crate::harness::{check, steps};

const TABLE: (&str, Option<&str>) = ("create table t (id int primary key, a text);", Some("drop table t;"));

async fn stopped(pairs: &[(&str, Option<&str>)], options: &Options) -> RehearsalError {
    let server = testing::server().await;
    rehearse(&server, &steps(pairs), options, &|_, _| {}).await.expect_err("this cannot be rehearsed")
}

#[tokio::test]
async fn the_first_statement_that_is_refused_ends_the_rehearsal() {
    let told = check(
        &[TABLE, ("select 1;\nalter table missing add column c int;", None), TABLE],
        &["2 migration-fails"],
    )
    .await;
    assert_eq!(told.rehearsal.stopped_at, Some(1));
    assert_eq!(told.findings[0].place.as_ref().unwrap().start.line, 2);
}

#[tokio::test]
async fn a_deferred_constraint_that_fails_at_the_end_is_found() {
    check(
        &[
            ("create table p (id int primary key); create table c (p int references p deferrable initially deferred);", Some("drop table c; drop table p;")),
            ("insert into c values (7);", Some("delete from c where p = 7;")),
        ],
        &["2 migration-fails"],
    )
    .await;
}

#[tokio::test]
async fn a_setting_that_outlives_its_script_is_told() {
    let told = check(
        &[TABLE, ("set search_path = pg_catalog; select 1;", Some("select 1;"))],
        &["2 session-setting-leaks"],
    )
    .await;
    assert!(told.text("session-setting-leaks").contains("search_path"));
    check(&[TABLE, ("set local search_path = pg_catalog; select 1;", Some("select 1;"))], &[]).await;
    check(&[TABLE, ("set search_path = pg_catalog; select 1; reset search_path;", Some("select 1;"))], &[])
        .await;
    check(
        &[TABLE, ("select set_config('session_replication_role', 'replica', false);", Some("select 1;"))],
        &["2 session-setting-leaks"],
    )
    .await;
}

#[tokio::test]
async fn each_script_starts_with_default_settings() {
    check(
        &[
            (
                "create schema app; set search_path = app; create table t (id int);",
                Some("drop table app.t; drop schema app;"),
            ),
            ("alter table app.t add column c int;", Some("alter table app.t drop column c;")),
        ],
        &["1 session-setting-leaks"],
    )
    .await;
}

#[tokio::test]
async fn scripts_with_their_own_transactions_are_rehearsed() {
    let wrapped = ("begin; create table u (id int); commit;", Some("begin; drop table u; commit;"));
    check(&[TABLE, wrapped], &["2 script-ends-transaction", "2 script-ends-transaction"]).await;
    let told = check(
        &[
            TABLE,
            (
                "-- separate\nbegin; create table u (id int); commit; begin; create table v (id int); commit;",
                Some("-- separate\ndrop table v; drop table u;"),
            ),
            ("alter table v add column c int;", Some("alter table v drop column c;")),
        ],
        &["2 script-ends-transaction"],
    )
    .await;
    assert!(told.rehearsal.steps[1].went_there_and_back);
}

#[tokio::test]
async fn a_wrong_down_that_was_committed_does_not_spoil_what_follows() {
    check(
        &[
            TABLE,
            ("-- separate\ncreate table u (id int);", Some("-- separate\nselect 1;")),
            ("-- separate\ncreate table v (id int);", Some("-- separate\ndrop table v; drop table u;")),
            ("alter table u add column c int;", Some("alter table u drop column c;")),
        ],
        &["2 down-does-not-restore", "3 down-does-not-restore"],
    )
    .await;
}

#[tokio::test]
async fn roles_are_switched_and_made_without_a_trace() {
    check(
        &[
            ("create role freehold_test_reader; grant select on all tables in schema public to freehold_test_reader;", Some("drop owned by freehold_test_reader; drop role freehold_test_reader;")),
            ("set role freehold_test_reader; select 1; reset role;", Some("select 1;")),
        ],
        &[],
    )
    .await;
}

#[tokio::test]
async fn what_reaches_beyond_the_scratch_database_is_refused_before_anything_runs() {
    for sql in [
        "drop database postgres;",
        "alter system set work_mem = '1GB';",
        "select pg_terminate_backend(pg_backend_pid());",
    ] {
        let error = stopped(&[TABLE, (sql, None)], &Options::default()).await;
        assert!(matches!(error, RehearsalError::NotRehearsed { .. }), "{sql}: {error}");
        assert!(error.help().is_some() && error.to_string().starts_with("2.up.sql:1"));
    }
}

#[tokio::test]
async fn a_script_that_ends_its_own_session_in_disguise_is_told_with_its_place() {
    let error = stopped(
        &[TABLE, ("select 1;\ndo $$ begin perform pg_terminate_backend(pg_backend_pid()); end $$;", None)],
        &Options::default(),
    )
    .await;
    assert!(matches!(error, RehearsalError::SessionLost { .. }), "{error}");
    assert!(error.to_string().starts_with("2.up.sql:2"), "{error}");
}

#[tokio::test]
async fn a_script_that_sleeps_is_stopped() {
    let options = Options { statement_limit: Duration::from_millis(200), ..Options::default() };
    let error = stopped(&[TABLE, ("select pg_sleep(3600);", None)], &options).await;
    assert!(matches!(error, RehearsalError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn a_missing_extension_is_named() {
    let error = stopped(&[("create extension nobody_has_this;", None)], &Options::default()).await;
    let RehearsalError::ExtensionMissing { extension, .. } = error else { panic!("{error}") };
    assert_eq!(extension, "nobody_has_this");
}

#[tokio::test]
async fn copied_rows_arrive() {
    check(
        &[TABLE, ("copy t (id, a) from stdin;\n-1\tx\n-2\t\\N\n\\.\n", Some("delete from t where id < 0;"))],
        &[],
    )
    .await;
}

async fn twice(steps: &[Step]) -> Vec<String> {
    let server = testing::server().await;
    let options = Options::default();
    let first = rehearse(&server, steps, &options, &|_, _| {}).await.unwrap();
    let second = repeat(&server, steps, &options).await.unwrap().unwrap();
    first.catalog.differences(&second).iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_random_name_is_found_by_applying_twice() {
    let random = steps(&[(
        "do $$ begin execute 'create table r_' || (random() * 1e9)::int || ' (id int)'; end $$;",
        None,
    )]);
    assert!(!twice(&random).await.is_empty());
    let fixed = steps(&[("do $$ begin execute 'create table r_' || 7 || ' (id int)'; end $$;", None)]);
    assert_eq!(twice(&fixed).await, [] as [String; 0]);
}

#[tokio::test]
async fn a_name_taken_from_the_date_is_told() {
    check(
        &[(
            "do $$ begin execute format('create table log_%s (id int)', to_char(now(), 'YYYY_MM')); end $$;",
            None,
        )],
        &["1 down-missing", "1 not-repeatable"],
    )
    .await;
}

#[tokio::test]
async fn what_needs_a_migration_that_was_left_out_does_not_end_the_rehearsal() {
    let mut steps = steps(&[
        TABLE,
        ("alter table made_in_go add column c int;", None),
        ("create table u (id int);", Some("drop table u;")),
    ]);
    for step in &mut steps[1..] {
        step.left_out_before = vec!["2_make.go".to_owned()];
    }
    let server = testing::server().await;
    let options = Options::default();
    let first = rehearse(&server, &steps, &options, &|_, _| {}).await.unwrap();
    assert_eq!((first.stopped_at, first.steps.len()), (None, 3));
    assert!(first.steps[1].up.refused.is_some() && first.steps[2].went_there_and_back);
    let second = repeat(&server, &steps, &options).await.unwrap().unwrap();
    assert!(first.catalog.differences(&second).is_empty());
}

#[tokio::test]
async fn a_role_that_the_down_leaves_is_told() {
    let told = check(
        &[TABLE, ("create role freehold_test_left_over;", Some("select 1;"))],
        &["2 down-does-not-restore"],
    )
    .await;
    assert!(told.text("down-does-not-restore").contains("freehold_test_left_over"));
    check(
        &[TABLE, ("create role freehold_test_taken_away;", Some("drop role freehold_test_taken_away;"))],
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_state_is_rebuilt_without_the_steps_that_were_passed_over() {
    let mut steps = steps(&[
        TABLE,
        ("alter table made_in_go add column c int;", None),
        ("-- separate\ncreate table u (id int);", Some("-- separate\nselect 1;")),
        ("alter table u add column c int;", Some("alter table u drop column c;")),
    ]);
    for step in &mut steps[1..] {
        step.left_out_before = vec!["2_make.go".to_owned()];
    }
    let server = testing::server().await;
    let first = rehearse(&server, &steps, &Options::default(), &|_, _| {}).await.unwrap();
    assert!(first.steps[3].went_there_and_back);
}

#[tokio::test]
async fn a_temporary_table_does_not_outlive_its_script() {
    let up = "create temporary table tmp_x as select 1 as a; create table u as select * from tmp_x;";
    check(&[TABLE, (up, Some("drop table u;"))], &[]).await;
}
