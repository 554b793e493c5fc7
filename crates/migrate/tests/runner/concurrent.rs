//! Statements that no transaction can hold: indexes built beside the traffic, and what is left of them.

use freehold_migrate::{Command, RunError};

use super::ground::{Ground, apart};

const TABLE: &str =
    "create table t (id int, n int); insert into t select i, i % 3 from generate_series(1, 9) i;";

async fn indexes(ground: &Ground) -> String {
    ground
        .text(
            "select string_agg(indexrelid::regclass || case when indisvalid then '' else '!' end, ' ' \
             order by indexrelid::regclass::text) from pg_index where indrelid::regclass::text in ('t', 's.t')",
        )
        .await
}

#[tokio::test]
async fn a_unique_build_over_duplicates_leaves_no_index_and_goes_on_when_the_rows_are_mended() {
    for named in ["u", ""] {
        let script = apart(&format!(
            "alter table t add column k int;\ncreate unique index concurrently {named} on t (n);\nselect 1;"
        ));
        let ground = Ground::begun(TABLE, &[("2_u.sql", script)]).await;
        let ran = ground.up().await;
        assert_eq!(ran.place(), "4:1");
        assert_eq!(ran.dropped().len(), 1, "{:#?}", ran.told);
        assert!(ran.help().contains("before number 2"), "{}", ran.help());
        assert_eq!(indexes(&ground).await, "NULL");
        assert_eq!(ground.log().await, ["1 up applied", "2 up failed 1/3"]);
        let error = ground.text("select error from freehold.migrations where id = 2").await;
        assert!(error.contains("could not create unique index") && error.contains("2_u.sql:4"), "{error}");
        let again = ground.up().await;
        assert!(again.error().contains("could not create unique index"), "{}", again.error());
        // Somebody makes another index meanwhile: it is not the one that was asked for.
        ground.sql("create index other on t (id); update t set n = id").await;
        let ran = ground.up().await;
        assert!(ran.resumed().unwrap().starts_with("1/3"), "{:?}", ran.resumed());
        ran.ok();
        let built = if named.is_empty() { "other t_n_idx" } else { "other u" };
        assert_eq!(indexes(&ground).await, built);
        assert_eq!(ground.log().await, ["1 up applied", "2 up applied 3/3"]);
    }
}

#[tokio::test]
async fn an_index_that_somebody_built_after_the_failure_is_taken_for_the_statements() {
    let script = apart("create unique index concurrently u on t (n);\nselect 1;");
    let ground = Ground::begun(TABLE, &[("2_u.sql", script)]).await;
    ground.up().await.outcome.unwrap_err();
    ground.sql("update t set n = id; create unique index u on t (n)").await;
    let ran = ground.up().await;
    assert_eq!(ran.resumed().unwrap(), "1/2 the statement that was in flight took effect");
    ran.ok();
    assert_eq!(indexes(&ground).await, "u");
}

#[tokio::test]
async fn if_not_exists_does_not_pass_over_an_index_that_is_not_valid() {
    let script = apart("select 1;\ncreate unique index concurrently if not exists u on t (n);\nselect 2;");
    let ground = Ground::begun(TABLE, &[("2_u.sql", script)]).await;
    // An invalid index of somebody else, from before.
    let sql = "create unique index concurrently u on t (n)";
    assert!(ground.session.run(sql).await.is_err());
    assert_eq!(indexes(&ground).await, "u!");
    for _ in 0..2 {
        let ran = ground.up().await;
        assert!(matches!(ran.outcome, Err(RunError::InvalidIndex { .. })), "{:?}", ran.outcome);
        assert_eq!(ran.place(), "4:1");
        assert!(ran.dropped().is_empty(), "it is not this migration's: {:#?}", ran.told);
        assert_eq!(ground.log().await, ["1 up applied", "2 up failed 1/3"]);
    }
    ground.sql("drop index u; update t set n = id").await;
    ground.up().await.ok();
    assert_eq!(indexes(&ground).await, "u");
    // A valid one is passed over.
    ground.write("3_u.sql", &apart("create unique index concurrently if not exists u on t (n);"));
    ground.up().await.ok();
}

#[tokio::test]
async fn each_kind_of_statement_without_a_transaction_is_carried_out_and_counted() {
    let setup = format!(
        "{TABLE}\ncreate table p (id int) partition by range (id);\n\
         create table p1 partition of p for values from (0) to (10);\n\
         create table notes (n int);\n\
         create type mood as enum ('calm');"
    );
    let script = apart(
        "create index concurrently i on t (n);\n\
         create index concurrently on t (id);\n\
         reindex index concurrently i;\n\
         reindex table concurrently t;\n\
         drop index concurrently if exists i;\n\
         drop index concurrently if exists nothing;\n\
         alter table p detach partition p1 concurrently;\n\
         vacuum (analyze) t;\n\
         -- +goose StatementBegin\n\
         create procedure fill() language plpgsql as $$ begin\n\
         for i in 1..3 loop insert into notes values (i); commit; end loop; end $$;\n\
         -- +goose StatementEnd\n\
         call fill();\n\
         -- +goose StatementBegin\n\
         do $$ begin insert into notes values (4); commit; insert into notes values (5); end $$;\n\
         -- +goose StatementEnd\n\
         -- +goose StatementBegin\n\
         do $$ begin insert into notes values (6); end $$;\n\
         -- +goose StatementEnd\n\
         alter type mood add value 'wild';\n\
         create table moods (m mood default 'wild');\n\
         insert into moods default values;\n\
         create temp table heap as select 7 as n;\n\
         insert into notes select n from heap;",
    );
    let ground = Ground::begun(&setup, &[("2_all.sql", script)]).await;
    ground.up().await.ok();
    assert_eq!(ground.log().await, ["1 up applied", "2 up applied 17/17"]);
    assert_eq!(indexes(&ground).await, "t_id_idx");
    assert_eq!(ground.text("select string_agg(n::text, ' ' order by n) from notes").await, "1 2 3 4 5 6 7");
    assert_eq!(ground.text("select count(*) from pg_inherits").await, "0");
    assert_eq!(ground.text("select m from moods").await, "wild");
}

#[tokio::test]
async fn what_a_settings_path_means_is_not_lost_with_the_session() {
    // The names in the script mean something in `s` only, and the failure ends the session's settings.
    let script = apart(
        "set search_path = s;\ncreate unique index concurrently u on t (n);\ndrop index concurrently old;",
    );
    let setup = "create schema s; create table s.t (n int); insert into s.t values (1), (1); create index old on s.t (n);";
    let ground = Ground::begun(setup, &[("2_u.sql", script)]).await;
    let ran = ground.up().await;
    assert_eq!(ran.dropped(), ["s.u"], "{}", ran.error());
    assert_eq!(indexes(&ground).await, "s.old");
    ground.sql("delete from s.t").await;
    ground.up().await.ok();
    assert_eq!(indexes(&ground).await, "s.u");
}

#[tokio::test]
async fn a_scripts_own_time_limits_outlast_a_patient_statement() {
    let script = apart(
        "set lock_timeout = '1234ms';\nset statement_timeout = '55s';\ncreate index concurrently i on t (n);\n\
         create table seen as select current_setting('lock_timeout') || ' ' || current_setting('statement_timeout') as x;",
    );
    let ground = Ground::begun(TABLE, &[("2_u.sql", script)]).await;
    ground.up().await.ok();
    assert_eq!(ground.text("select x from seen").await, "1234ms 55s");
}

#[tokio::test]
async fn a_single_statement_of_a_tool_without_marks_is_sent_alone_and_several_are_refused_with_advice() {
    let ground = Ground::new(&[
        ("1_a.up.sql", "create table a (id int);"),
        ("2_b.up.sql", "create index concurrently on a (id);"),
        ("2_b.down.sql", "drop index concurrently a_id_idx;"),
        ("3_c.up.sql", "select 1;\ncreate index concurrently c on a (id);"),
    ])
    .await;
    let ran = ground.up().await;
    assert_eq!(ran.place(), "2:1", "{}", ran.error());
    assert!(ran.help().contains("cannot be in a transaction"), "{}", ran.help());
    assert_eq!(ground.log().await, ["1 up applied", "2 up applied 1/1"]);
    ground.run(Command::Down { count: Some(1) }).await.ok();
    assert_eq!(ground.log().await[2], "2 down applied 1/1");
}
