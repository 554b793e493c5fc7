//! Locks, rewrites, scans and index builds, and what is harmless although it looks the same.

use freehold_model::lock::LockMode;
use freehold_prove::{
    observation::Growth,
    rehearsal::{Measure, Options},
};

use crate::harness::{check, told_with};

const TABLE: (&str, Option<&str>) = (
    "create table p (id int primary key); create table t (id int primary key, a varchar(50), n int, p_id int);",
    Some("drop table t; drop table p;"),
);

async fn second(up: &str, expected: &[&str]) {
    let expected: Vec<String> = expected.iter().map(|rule| format!("2 {rule}")).collect();
    let expected: Vec<&str> =
        std::iter::once("2 down-missing").chain(expected.iter().map(String::as_str)).collect();
    check(&[TABLE, (up, None)], &expected).await;
}

#[tokio::test]
async fn rewrites_are_told_from_changes_that_need_none() {
    second("alter table t alter column n type bigint;", &["blocking-rewrite"]).await;
    second("alter table t add column r float default random();", &["blocking-rewrite"]).await;
    second("alter table t alter column a type varchar(100);", &[]).await;
    second("alter table t alter column a type text;", &[]).await;
    second("alter table t add column r float default 1;", &[]).await;
    second("do $$ begin execute 'alter table t alter column n type bigint'; end $$;", &["blocking-rewrite"])
        .await;
    second("create table u (id int); alter table u alter column id type bigint;", &[]).await;
}

#[tokio::test]
async fn scans_are_told_from_constraints_that_are_proven() {
    second("alter table t alter column n set not null;", &["blocking-scan"]).await;
    second("alter table t add constraint c check (n > 0);", &["blocking-scan"]).await;
    second("alter table t add constraint c check (n > 0) not valid;", &[]).await;
    second("alter table t add constraint f foreign key (p_id) references p;", &["blocking-scan"]).await;
    second("alter table t add constraint f foreign key (p_id) references p not valid;", &[]).await;
    check(
        &[
            TABLE,
            (
                "alter table t add constraint c check (n is not null) not valid;",
                Some("alter table t drop constraint c;"),
            ),
            ("alter table t validate constraint c;", None),
            (
                "alter table t alter column n set not null;",
                Some("alter table t alter column n drop not null;"),
            ),
        ],
        &["3 down-missing"],
    )
    .await;
}

#[tokio::test]
async fn index_builds_block_writes_unless_concurrent_or_on_a_new_table() {
    second("create index i on t (n);", &["blocking-index-build"]).await;
    second("alter table t add constraint u unique (n);", &["blocking-index-build"]).await;
    second("create table u (id int); create index i on u (id);", &[]).await;
    check(
        &[
            TABLE,
            (
                "-- separate\ncreate index concurrently i on t (n);",
                Some("-- separate\ndrop index concurrently i;"),
            ),
        ],
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_concurrent_build_is_seen_from_a_second_session() {
    let told = check(
        &[TABLE, ("-- separate\ncreate index concurrently i on t (n);", Some("drop index concurrently i;"))],
        &[],
    )
    .await;
    let observed = &told.rehearsal.steps[1].up.statements[0];
    assert!(!observed.from_inside && observed.unseen.is_none());
    let modes: Vec<_> = observed.locks.iter().map(|l| (l.relation.display.as_str(), l.mode)).collect();
    assert_eq!(modes, [("t", LockMode::ShareUpdateExclusive)]);
    assert_eq!(observed.index_builds.len(), 1);
}

#[tokio::test]
async fn a_concurrent_build_in_a_transaction_is_refused_by_name() {
    check(
        &[TABLE, ("create index concurrently i on t (n);", None)],
        &["2 statement-forbidden-in-transaction"],
    )
    .await;
}

#[tokio::test]
async fn a_backfill_after_a_lock_is_told_from_one_before_it() {
    second("alter table t add column c int; update t set c = 1;", &["blocking-backfill"]).await;
    second("update t set n = 1 where n is null; alter table t add column c int;", &[]).await;
}

#[tokio::test]
async fn the_lock_of_a_foreign_key_on_the_other_table_is_seen() {
    let told = check(&[TABLE, ("create table u (p_id int references p);", Some("drop table u;"))], &[]).await;
    let locks = &told.rehearsal.steps[1].up.statements[0].locks;
    assert!(
        locks.iter().any(|l| l.relation.display == "p" && l.mode == LockMode::ShareRowExclusive),
        "{locks:?}"
    );
    assert!(locks.iter().all(|l| l.relation.display != "u"), "what the migration makes does not count");
}

#[tokio::test]
async fn time_that_grows_with_the_rows_is_measured() {
    let options = Options { measure: Measure::All, measure_rows: (1_000, 30_000), ..Options::default() };
    let told = told_with(&[TABLE, ("alter table t alter column n type bigint;", None)], &options).await;
    let growth = &told.rehearsal.steps[1].up.statements[0].growth;
    let Some(Growth::Grows(measured)) = growth else { panic!("{growth:?}") };
    assert!(measured.seconds_per_million > 0.05, "{measured:?}");
}

#[tokio::test]
async fn the_locks_of_a_down_stand_at_the_statement_that_takes_them() {
    let told = check(
        &[
            TABLE,
            (
                "alter table t add column c int;",
                Some("set local lock_timeout = '2s'; alter table t drop column c;"),
            ),
        ],
        &[],
    )
    .await;
    let down = told.rehearsal.steps[1].down.as_ref().unwrap();
    assert!(down.statements[0].locks.is_empty(), "{:?}", down.statements[0].locks);
    assert_eq!(down.statements[1].locks[0].mode, LockMode::AccessExclusive);
}

#[tokio::test]
async fn statements_that_commit_one_by_one_hold_no_lock_for_the_next() {
    let told = check(
        &[
            TABLE,
            (
                "-- separate\nalter table t add constraint c check (n > 0) not valid;\nalter table t validate constraint c;",
                Some("alter table t drop constraint c;"),
            ),
        ],
        &[],
    )
    .await;
    let modes: Vec<_> = told.rehearsal.steps[1].up.statements.iter().map(|s| s.locks[0].mode).collect();
    assert_eq!(modes, [LockMode::AccessExclusive, LockMode::ShareUpdateExclusive]);
    check(
        &[
            TABLE,
            (
                "-- separate\nbegin; alter table t add constraint c check (n > 0) not valid; alter table t validate constraint c; commit;",
                Some("alter table t drop constraint c;"),
            ),
        ],
        &["2 blocking-scan"],
    )
    .await;
}

#[tokio::test]
async fn a_table_that_the_script_itself_has_committed_does_not_count() {
    check(
        &[TABLE, ("-- separate\ncreate table u (id int); create index i on u (id);", Some("drop table u;"))],
        &[],
    )
    .await;
}
