//! A script that was killed in the middle: what was in flight is found out, and what is left is run.

use std::time::Duration;

use freehold_db::Session;
use freehold_migrate::{RunError, Uncertain, What};

use super::ground::{Ground, apart};

const SETUP: &str = "create table t (n int); create index old on t (n); create table done (n int);\n\
    create table p (id int) partition by range (id);\n\
    create table p1 partition of p for values from (0) to (10);";

/// What was noted before an index was built on `t`.
const ON_T: &str = "select jsonb_build_object('table', 't'::regclass::oid::int8, 'invalid', '[]'::jsonb, 'indexes', \
    (select jsonb_agg(indexrelid::int8) from pg_index where indrelid = 't'::regclass))";

/// One statement that was in flight: what happened, and whether it is then run again.
struct Case {
    statement: &'static str,
    noted: &'static str,
    /// What the killed run, or nobody, did after the note.
    happened: &'static str,
    took_effect: bool,
}

const fn case(
    statement: &'static str,
    noted: &'static str,
    happened: &'static str,
    took_effect: bool,
) -> Case {
    Case { statement, noted, happened, took_effect }
}

const P1: &str = "select jsonb_build_object('parent', 'p'::regclass::oid::int8, 'partition', 'p1'::regclass::oid::int8, \
    'attached', true)";
const OLD: &str = "select jsonb_build_object('dropped', jsonb_build_array('old'::regclass::oid::int8))";

#[tokio::test]
async fn what_was_in_flight_is_found_out() {
    let cases = [
        case("create index concurrently i on t (n)", ON_T, "", false),
        case("create index concurrently i on t (n)", ON_T, "create index i on t (n)", true),
        case("create index concurrently on t (n)", ON_T, "create index on t (n)", true),
        case("drop index concurrently old", OLD, "", false),
        case("drop index concurrently old", OLD, "drop index old", true),
        case("alter table p detach partition p1 concurrently", P1, "", false),
        case("alter table p detach partition p1 concurrently", P1, "alter table p detach partition p1", true),
        case("vacuum t", "select '{}'", "", false),
        case("reindex table concurrently t", ON_T, "", false),
    ];
    for (number, case) in cases.iter().enumerate() {
        let script = apart(&format!(
            "insert into done values (1);\n{};\ninsert into done values (2);",
            case.statement
        ));
        let ground = Ground::begun(SETUP, &[("2_k.sql", script)]).await;
        ground.sql("insert into done values (1)").await;
        ground.killed("2", 1, case.noted).await;
        if !case.happened.is_empty() {
            ground.sql(case.happened).await;
        }
        let ran = ground.up().await;
        let from = if case.took_effect { "2/3" } else { "1/3" };
        assert!(ran.resumed().is_some_and(|said| said.starts_with(from)), "{number}: {:#?}", ran);
        ran.ok();
        assert_eq!(ground.log().await, ["1 up applied", "2 up applied 3/3"], "{number}");
        assert_eq!(
            ground.text("select string_agg(n::text, '' order by n) from done").await,
            "12",
            "{number}"
        );
        let expected = match case.statement.split(' ').next() {
            Some("create") => {
                ground.text("select count(*) from pg_index where indrelid = 't'::regclass").await == "2"
            }
            Some("drop") => ground.text("select to_regclass('old')").await == "NULL",
            Some("alter") => ground.text("select count(*) from pg_inherits").await == "0",
            _ => true,
        };
        assert!(expected, "{number}");
    }
}

#[tokio::test]
async fn an_invalid_index_that_the_killed_run_left_is_dropped_and_those_of_others_stay() {
    let script = apart("create unique index concurrently u on t (n);");
    let ground = Ground::begun(SETUP, &[("2_k.sql", script)]).await;
    ground.sql("insert into t values (1), (1)").await;
    ground.session.run("create unique index concurrently foreign_one on t (n)").await.unwrap_err();
    ground.killed("2", 0, ON_T).await;
    ground.session.run("create unique index concurrently u on t (n)").await.unwrap_err();
    ground.sql("delete from t").await;
    let ran = ground.up().await;
    assert_eq!(ran.dropped(), ["public.u"]);
    ran.ok();
    let sql = "select string_agg(indexrelid::regclass || ' ' || indisvalid, ', ' order by indexrelid) from pg_index \
               where indrelid = 't'::regclass";
    assert_eq!(ground.text(sql).await, "old true, foreign_one false, u true");
}

#[tokio::test]
async fn a_database_that_was_there_before_is_not_the_one_that_was_to_be_made() {
    for (existed, made, from) in [("false", true, "1/2"), ("false", false, "0/2"), ("true", true, "0/2")] {
        let ground = Ground::begun("select 1;", &[]).await;
        let name = format!("{}_other", ground.scratch.name());
        ground.write("2_k.sql", &apart(&format!("create database {name};\nselect 1;")));
        if made {
            ground.sql(&format!("create database {name}")).await;
        }
        ground.killed("2", 0, &format!("select '{{\"existed\": {existed}}}'")).await;
        let ran = ground.up().await;
        assert!(ran.resumed().unwrap().starts_with(from), "{ran:#?}");
        assert_eq!(ran.outcome.is_ok(), existed == "false", "{ran:#?}");
        if existed == "true" {
            assert_eq!(ground.log().await, ["1 up applied", "2 up failed 0/2"]);
            let again = ground.up().await;
            assert!(
                again.error().contains("already exists"),
                "it did not become ours by failing: {again:#?}"
            );
        }
        ground.sql(&format!("drop database {name}")).await;
    }
}

#[tokio::test]
async fn what_the_catalog_cannot_tell_is_asked_and_the_answer_is_kept() {
    let script = "-- +goose StatementBegin\ndo $$ begin insert into done values (1); commit; end $$;\n-- +goose StatementEnd\ninsert into done values (2);";
    for (answer, done) in [(Uncertain::TookEffect, "2"), (Uncertain::DidNot, "12")] {
        let mut ground = Ground::begun(SETUP, &[("2_k.sql", apart(script))]).await;
        ground.killed("2", 0, "select '{}'").await;
        for _ in 0..2 {
            let ran = ground.up().await;
            assert!(matches!(ran.outcome, Err(RunError::Uncertain { .. })), "{ran:#?}");
            assert_eq!(ran.place(), "4:1");
            assert!(ran.help().contains("--in-flight"), "{}", ran.help());
            assert_eq!(ground.log().await, ["1 up applied", "2 up running 0/2"]);
        }
        ground.options.uncertain = Some(answer);
        ground.up().await.ok();
        assert_eq!(ground.text("select string_agg(n::text, '' order by n) from done").await, done);
        assert_eq!(ground.log().await, ["1 up applied", "2 up applied 2/2"]);
    }
}

#[tokio::test]
async fn what_is_left_may_be_edited_and_what_is_done_may_not() {
    let first = apart("create table a (n int);\nselect nix;\nselect 2;");
    let ground = Ground::begun("select 1;", &[("2_k.sql", first)]).await;
    ground.up().await.outcome.unwrap_err();
    assert_eq!(ground.log().await, ["1 up applied", "2 up failed 1/3"]);
    ground.write("2_k.sql", &apart("create table a (n bigint);\nselect 1;\nselect 2;"));
    let ran = ground.up().await;
    assert!(matches!(ran.outcome, Err(RunError::EditedPart { .. })), "{ran:#?}");
    ground.write("2_k.sql", &apart("select 1;"));
    assert!(matches!(ground.up().await.outcome, Err(RunError::EditedPart { .. })));
    assert_eq!(ground.log().await, ["1 up applied", "2 up failed 1/3"], "nothing was touched");
    // White space around the statement, and other statements after it.
    ground.write(
        "2_k.sql",
        &apart(
            "\n\ncreate table a (n int);\ninsert into a values (1);\ninsert into a values (2);\nselect 3;",
        ),
    );
    ground.up().await.ok();
    assert_eq!(ground.log().await, ["1 up applied", "2 up applied 4/4"]);
    assert_eq!(ground.text("select sum(n) from a").await, "3");
    assert!(ground.up().await.ok().ran.is_empty(), "what was finished is what is recorded");
}

#[tokio::test]
async fn a_statement_that_took_effect_unseen_may_not_be_edited_either() {
    let ground = Ground::begun(SETUP, &[("2_k.sql", apart("create index concurrently i on t (n);"))]).await;
    ground.killed("2", 0, ON_T).await;
    ground.sql("create index i on t (n)").await;
    ground.write("2_k.sql", &apart("create index concurrently j on t (n);"));
    let ran = ground.up().await;
    assert!(matches!(ran.outcome, Err(RunError::EditedPart { .. })), "{ran:#?}");
}

#[tokio::test]
async fn settings_and_roles_of_the_part_that_is_done_are_there_again() {
    let script = "create schema s;\ncreate role worker_NAME;\ngrant all on schema s to worker_NAME;\nset search_path = s;\n\
                  set role worker_NAME;\nset default_transaction_read_only = off;\nselect nix;\n\
                  create table mine (n int);\nreset role;";
    let ground = Ground::begun("select 1;", &[]).await;
    let name = ground.scratch.name().to_owned();
    let script = script.replace("NAME", &name);
    ground.write("2_k.sql", &apart(&script));
    ground.up().await.outcome.unwrap_err();
    assert_eq!(ground.log().await, ["1 up applied", "2 up failed 6/9"]);
    ground.write("2_k.sql", &apart(&script.replace("nix", "1")));
    ground.up().await.ok();
    let owner = ground.text("select relowner::regrole from pg_class where oid = 's.mine'::regclass").await;
    assert_eq!(owner, format!("worker_{name}"));
    assert_eq!(ground.log().await, ["1 up applied", "2 up applied 9/9"]);
    ground.sql(&format!("drop owned by worker_{name}; drop role worker_{name}")).await;
}

#[tokio::test]
async fn a_half_applied_migration_without_its_file_stops_everything() {
    let files = [("2_k.sql", apart("select 1;\nselect nix;")), ("3_l.sql", apart("create table l ();"))];
    let ground = Ground::begun("select 1;", &files).await;
    ground.up().await.outcome.unwrap_err();
    ground.remove("2_k.sql");
    let ran = ground.up().await;
    assert!(ran.error().contains('2') && ran.error().contains("no file"), "{}", ran.error());
    assert_eq!(ground.text("select to_regclass('l')").await, "NULL");
}

/// Leaves the partition `p1` of `p` between the two transactions of its detachment.
async fn half_detach(ground: &Ground) {
    let reader = Session::open(&ground.scratch.connect_to()).await.unwrap();
    reader.run("begin isolation level repeatable read").await.unwrap();
    reader.run("select * from p").await.unwrap();
    ground.sql("set statement_timeout = '300ms'").await;
    ground.session.run("alter table p detach partition p1 concurrently").await.unwrap_err();
    ground.sql("reset statement_timeout").await;
    reader.run("commit").await.unwrap();
    assert_eq!(ground.text("select inhdetachpending from pg_inherits").await, "true");
}

#[tokio::test]
async fn a_detachment_that_was_cut_in_two_is_finished() {
    let script =
        apart("alter table p detach partition p1 concurrently;\nalter table p1 add column late int;");
    let ground = Ground::begun(SETUP, &[("2_k.sql", script)]).await;
    ground.killed("2", 0, P1).await;
    half_detach(&ground).await;
    let ran = ground.up().await;
    assert_eq!(ran.resumed().unwrap(), "1/2 the statement that was in flight took effect");
    ran.ok();
    assert_eq!(ground.text("select count(*) from pg_inherits").await, "0");
}

#[tokio::test]
async fn a_detachment_waits_for_readers_longer_than_other_statements_do() {
    let script = apart("alter table p detach partition p1 concurrently;");
    let ground = Ground::begun(SETUP, &[("2_k.sql", script)]).await;
    let reader = Session::open(&ground.scratch.connect_to()).await.unwrap();
    reader.run("begin isolation level repeatable read").await.unwrap();
    reader.run("select * from p").await.unwrap();
    let release = async {
        while ground.text("select count(*) from pg_inherits where inhdetachpending").await == "0" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(ground.options.lock_timeout * 2).await;
        reader.run("commit").await.unwrap();
    };
    let (ran, ()) = tokio::join!(ground.up(), release);
    let told = ran.told.iter().filter(|what| matches!(what, What::WaitingForLock { .. })).count();
    assert!(told > 0, "{:#?}", ran.told);
    ran.ok();
    assert_eq!(ground.text("select count(*) from pg_inherits").await, "0");
}
