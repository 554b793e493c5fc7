//! Scripts that hold transactions of their own, rows, or nothing at all.

use super::ground::{Ground, apart};

#[tokio::test]
async fn blocks_of_a_script_commit_as_it_says() {
    let ground = Ground::new(&[
        ("1_whole.sql", "begin;\ncreate table a (n int);\ninsert into a values (1);\ncommit;\n"),
        (
            "2_two.sql",
            "begin; insert into a values (2); commit; begin; insert into a values (3); rollback;\n\
             begin; insert into a values (4); savepoint s; insert into a values (5); rollback to s; end;",
        ),
        (
            "3_chain.sql",
            "begin; insert into a values (6); commit and chain; insert into a values (7); rollback and chain;\n\
             insert into a values (8); commit; insert into a values (9);",
        ),
        ("4_open.sql", "insert into a values (10); begin; insert into a values (11);"),
    ])
    .await;
    ground.up().await.ok();
    assert_eq!(ground.text("select string_agg(n::text, ' ' order by n) from a").await, "1 2 4 6 8 9 10 11");
    assert_eq!(
        ground.log().await,
        ["1 up applied", "2 up applied 12/12", "3 up applied 8/8", "4 up applied 3/3"]
    );
}

#[tokio::test]
async fn a_chain_of_blocks_goes_on_where_it_was_cut() {
    let script = "create table a (n int);\nbegin;\ninsert into a values (1);\ncommit and chain;\n\
                  insert into a values (2);\nselect nix;\ncommit and chain;\ninsert into a values (3);\ncommit;";
    let ground = Ground::new(&[("1_a.sql", &apart(script))]).await;
    ground.up().await.outcome.unwrap_err();
    assert_eq!(ground.log().await, ["1 up failed 4/9"]);
    assert_eq!(ground.text("select string_agg(n::text, ' ' order by n) from a").await, "1");
    ground.write("1_a.sql", &apart(&script.replace("nix", "1")));
    ground.up().await.ok();
    assert_eq!(ground.text("select string_agg(n::text, ' ' order by n) from a").await, "1 2 3");
    assert_eq!(ground.log().await, ["1 up applied 9/9"]);
}

#[tokio::test]
async fn rows_are_copied_in_both_kinds_of_script() {
    let copy = "create table NAME (n int, s text);\ncopy NAME from stdin;\n1\tföö\n2\t\\N\n\\.\n\ncopy NAME (n) from stdin;\n\\.\nselect 1;\n";
    let ground = Ground::new(&[
        ("0010_whole.sql", &copy.replace("NAME", "a")),
        (
            "0020_blocks.sql",
            &format!("begin;\n{}commit;\nbegin;\nselect 1;\ncommit;\n", copy.replace("NAME", "b")),
        ),
    ])
    .await;
    ground.up().await.ok();
    ground.write("0025_apart.sql", &format!("{}begin;\nselect 1;\ncommit;\n", copy.replace("NAME", "d")));
    ground.up().await.ok();
    for table in ["a", "b", "d"] {
        let rows = format!("select string_agg(n || coalesce(s, '-'), ' ' order by n) from {table}");
        assert_eq!(ground.text(&rows).await, "1föö 2-");
    }
    ground.write("0040_bad.sql", "create table c (n int);\ncopy c from stdin;\n1\nzwei\n\\.\nselect 1;\n");
    let ran = ground.up().await;
    assert_eq!(ran.place(), "2:1", "{}", ran.error());
    assert_eq!(ground.text("select to_regclass('c')").await, "NULL");
}

#[tokio::test]
async fn a_prepared_transaction_of_a_script_is_counted_once() {
    let script = apart(
        "create table a (n int);\nbegin;\ninsert into a values (1);\nprepare transaction 'NAME';\ninsert into a values (2);\n\
         commit prepared 'NAME';\nselect 1;",
    );
    let ground = Ground::new(&[]).await;
    let script = script.replace("NAME", ground.scratch.name());
    ground.write("1_a.sql", &script);
    ground.up().await.ok();
    assert_eq!(ground.text("select string_agg(n::text, ' ' order by n) from a").await, "1 2");
    assert_eq!(ground.log().await, ["1 up applied 7/7"]);
}

#[tokio::test]
async fn what_was_prepared_before_a_run_died_is_neither_prepared_nor_committed_again() {
    let sql =
        "begin;\ninsert into a values (1);\nprepare transaction 'NAME';\ncommit prepared 'NAME';\nselect 1;";
    let noted = "select '{\"prepared\": true}'";
    // How many statements are known to be done, what is noted, what happened, where it goes on.
    let cases = [
        (0, "null", "", "0/5"),
        (0, "null", "prepare", "3/5"),
        (3, noted, "prepare", "3/5"),
        (3, noted, "commit", "4/5"),
    ];
    for (done, noted, happened, from) in cases {
        let ground = Ground::begun("create table a (n int);", &[]).await;
        let name = ground.scratch.name().to_owned();
        ground.write("2_p.sql", &apart(&sql.replace("NAME", &name)));
        ground.killed("2", done, noted).await;
        if !happened.is_empty() {
            ground.sql("begin").await;
            ground.sql("insert into a values (1)").await;
            ground.sql(&format!("prepare transaction '{name}'")).await;
        }
        if happened == "commit" {
            ground.sql(&format!("commit prepared '{name}'")).await;
        }
        let ran = ground.up().await;
        assert!(ran.resumed().is_some_and(|said| said.starts_with(from)), "{from} {ran:#?}");
        ran.ok();
        assert_eq!(ground.text("select count(*) from a").await, "1");
        assert_eq!(ground.log().await, ["1 up applied", "2 up applied 5/5"]);
    }
}

#[tokio::test]
async fn a_new_value_of_a_type_cannot_be_used_before_it_is_committed() {
    let ground = Ground::new(&[
        ("1_a.up.sql", "create type mood as enum ('calm'); create table m (m mood);"),
        ("2_b.up.sql", "alter type mood add value 'wild';"),
        ("3_c.up.sql", "insert into m values ('wild');"),
        ("4_d.up.sql", "alter type mood add value 'odd';\ninsert into m values ('odd');"),
    ])
    .await;
    let ran = ground.up().await;
    assert_eq!(ran.place(), "2:23", "{}", ran.error());
    assert!(ran.error().contains("unsafe use of new value"), "{}", ran.error());
    assert_eq!(ground.log().await.len(), 3);
    assert_eq!(ground.text("select array_to_string(enum_range(null::mood), ' ')").await, "calm wild");
}

#[tokio::test]
async fn scripts_without_statements_are_recorded() {
    let ground = Ground::new(&[
        ("1_empty.up.sql", ""),
        ("2_comment.up.sql", "-- nothing to do here\n/* nor here */\n;;\n"),
        ("3_bom.up.sql", "\u{feff}create table b (n int);\r\n"),
    ])
    .await;
    ground.up().await.ok();
    assert_eq!(ground.log().await.len(), 3);
    assert!(ground.up().await.ok().ran.is_empty());
    let ground = Ground::new(&[("1_a.sql", "-- +goose NO TRANSACTION\n-- +goose Up\n-- nothing\n")]).await;
    ground.up().await.ok();
    assert_eq!(ground.log().await, ["1 up applied 0/0"]);
}

#[tokio::test]
async fn a_script_that_takes_the_history_away_is_undone() {
    let ground = Ground::new(&[
        ("1_a.up.sql", "create table a (n int);"),
        ("2_b.up.sql", "drop schema freehold cascade;"),
    ])
    .await;
    let ran = ground.up().await;
    assert!(ran.error().contains("freehold.migrations"), "{}", ran.error());
    assert_eq!(ground.log().await, ["1 up applied"]);
    ground.write("2_b.up.sql", "truncate freehold.migrations;");
    ground.up().await.ok();
    assert_eq!(ground.log().await, ["2 up applied"]);
}
