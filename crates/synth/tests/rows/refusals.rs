//! What cannot be filled is said, and the transaction goes on.

use freehold_synth::SynthError;

use super::stage::Stage;

/// The schema, the constraint that must be named (or the column), and a word of the reason.
const IMPOSSIBLE: &[(&str, Option<&str>, &str)] = &[
    ("create table t (a int constraint never check (a > 5 and a < 5) not null)", Some("never"), "meets"),
    ("create table t (a int) partition by range (a)", None, "no partition"),
    ("create table t (a bool primary key)", Some("t_pkey"), "duplicate"),
    (
        "create table p (a int constraint never check (a is null) primary key); create table t (a int not null references p)",
        Some("never"),
        "meets",
    ),
    (
        "create table t (a int not null, b int not null, constraint each_way check (a > b and b > a))",
        Some("each_way"),
        "violates",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_filled_is_named_and_the_transaction_is_as_it_was() {
    for (schema, constraint, why) in IMPOSSIBLE {
        let stage = Stage::set(schema).await;
        stage.session.run("create table own (a int); insert into own values (7)").await.expect("work before");
        let error = stage.fill("t", 10, 1).await.expect_err(schema);
        let SynthError::Unsatisfied { constraint: named, why: said, .. } = &error else {
            panic!("{schema}: {error:?}");
        };
        assert_eq!(named.as_deref(), *constraint, "{schema}: {error}");
        assert!(said.contains(why), "{schema}: {error}");
        assert_eq!(stage.number("select a::bigint from own").await, 7);
        assert_eq!(stage.text("select current_setting('session_replication_role')").await, "origin");
        assert_eq!(stage.number("select count(*) from t").await, 0);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_the_session_is_as_before_and_triggers_run_again() {
    let stage = Stage::set("create table t (a int)").await;
    stage.fill("t", 1, 1).await.expect("a row");
    assert_eq!(stage.text("select current_setting('session_replication_role')").await, "origin");
    stage.session.run("set local session_replication_role = 'local'").await.expect("a setting");
    stage.fill("t", 1, 1).await.expect("a row");
    assert_eq!(stage.text("select current_setting('session_replication_role')").await, "local");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn something_that_is_no_table_is_refused() {
    let stage = Stage::set("create view v as select 1 as a").await;
    assert!(matches!(stage.fill("v", 1, 1).await, Err(SynthError::NoSuchTable { .. })));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nullable_key_to_a_parent_that_cannot_be_filled_is_left_out() {
    let schema = "create table p (a int primary key, b int not null check (b < b)); \
        create table t (id int primary key, p int references p)";
    let stage = Stage::set(schema).await;
    assert_eq!(stage.fill("t", 10, 1).await.expect("rows without parents").rows, 10);
    assert_eq!(stage.number("select count(p) from t").await, 0);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_rows_and_another_gives_others() {
    const SCHEMA: &str = "create table p (id uuid primary key default gen_random_uuid(), name text not null); \
        create table t (id uuid primary key, p uuid not null references p, email text unique, at timestamptz, \
        state text check (state in ('a', 'b')), code text check (code ~ '^[a-z]{5}$'))";
    let mut seen = Vec::new();
    for seed in [1, 1, 2] {
        let stage = Stage::set(SCHEMA).await;
        let filled = stage.fill("t", 60, seed).await.expect("rows");
        assert_eq!(filled.parents, [("p".to_owned(), 50)]);
        seen.push(stage.text("select md5(string_agg(t::text, ',' order by id)) from t").await);
        stage.end().await;
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nullable_columns_get_values_and_lists_of_values_are_used_up() {
    let stage =
        Stage::set("create table t (a int, b text check (b in ('x', 'y', 'z')), c jsonb, d date)").await;
    stage.fill("t", 30, 1).await.expect("rows");
    assert_eq!(
        stage.number("select count(*) from t where a is null or b is null or c is null or d is null").await,
        0
    );
    assert_eq!(stage.number("select count(distinct b) from t").await, 3);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_to_every_partition_that_has_bounds() {
    let schema = "create table t (id uuid, at timestamptz not null, primary key (id, at)) partition by range (at); \
        create table t1 partition of t for values from ('2031-01-01') to ('2031-02-01'); \
        create table t2 partition of t for values from ('2031-02-01') to ('2031-03-01'); \
        create table rest partition of t default";
    let stage = Stage::set(schema).await;
    stage.fill("t", 100, 1).await.expect("rows");
    assert_eq!(stage.number("select count(*) from rest").await, 0);
    assert!(stage.number("select count(*) from t1").await > 10);
    assert!(stage.number("select count(*) from t2").await > 10);
    stage.end().await;
}
