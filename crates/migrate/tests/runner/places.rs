//! Where an error is said to be: the character that the server means, else the statement.

use std::time::Duration;

use freehold_migrate::{RunError, What};

use super::ground::{Ground, apart};

async fn fails(up: &str) -> (Ground, super::ground::Ran) {
    let ground = Ground::new(&[("1_a.up.sql", up)]).await;
    let ran = ground.up().await;
    (ground, ran)
}

#[tokio::test]
async fn an_error_stands_at_the_character_that_the_server_means() {
    let before = "create table t (n int);\n/* füße 🐘 */ insert into t values (1); -- äöü\n";
    let cases = [
        // An error that only the server knows, in the third of five, with wide characters on its own line.
        (format!("{before}select 'ß🐘', nix from t;\nselect 1;\nselect 2;"), "3:14"),
        // While it runs, without a position: the statement.
        (format!("{before}\n  insert into t select 1 / (n - 1) from t;\nselect 1;\nselect 2;"), "4:3"),
        // A type that is not there, deep in a statement over several lines.
        (format!("{before}create table u (\n  id int,\n  é text, o nothing\n);\nselect 1;"), "5:13"),
        // In a function: the statement that calls it.
        (
            format!(
                "{before}create function f() returns int language plpgsql as $$ begin\n\n return 1/0; end $$;\n\nselect\n f();"
            ),
            "7:1",
        ),
        (format!("{before}do $$ begin\n perform 1;\n perform nix; end $$;"), "3:1"),
    ];
    for (up, place) in cases {
        let (ground, ran) = fails(&up).await;
        assert_eq!(ran.place(), place, "{up}\n{}", ran.error());
        assert!(ran.help().contains("Nothing of it took effect"), "{}", ran.help());
        assert!(ground.log().await.is_empty());
        assert_eq!(ground.text("select to_regclass('t')").await, "NULL");
    }
}

#[tokio::test]
async fn a_check_at_the_end_of_the_transaction_is_called_commit() {
    let (ground, ran) = fails(
        "create table a (id int primary key, p int references a deferrable initially deferred);\n\
         insert into a values (1, 2);\nselect 1;",
    )
    .await;
    let Err(RunError::Script { failed, .. }) = &ran.outcome else { panic!("{:?}", ran.outcome) };
    assert_eq!(failed.headline, "COMMIT");
    assert!(failed.rolled_back);
    assert!(ground.log().await.is_empty());
    assert_eq!(ground.text("select to_regclass('a')").await, "NULL");
}

#[tokio::test]
async fn outside_a_transaction_the_statement_with_the_failing_check_is_named() {
    let ground = Ground::new(&[(
        "1_a.sql",
        &apart(
            "create table a (id int primary key, p int references a deferrable initially deferred);\n\
             insert into a values (1, 1);\ninsert into a values (2, 9);\nselect 1;\nselect 2;",
        ),
    )])
    .await;
    let ran = ground.up().await;
    assert!(ran.place().starts_with("5:"), "{} {}", ran.place(), ran.error());
    assert!(ran.help().contains("number 3"), "{}", ran.help());
    assert_eq!(ground.log().await, ["1 up failed 2/5"]);
}

#[tokio::test]
async fn what_failed_in_a_block_of_the_script_is_told_with_what_was_undone() {
    let ground = Ground::new(&[(
        "1_a.sql",
        &apart("create table a (id int);\nbegin;\ncreate table b (id int);\nselect nix;\ncommit;"),
    )])
    .await;
    let ran = ground.up().await;
    assert_eq!(ran.place(), "6:8");
    // The block begins with the second statement, and nothing of it stayed.
    assert!(ran.help().contains("before number 2"), "{}", ran.help());
    assert_eq!(ground.log().await, ["1 up failed 1/5"]);
    assert_eq!(ground.text("select to_regclass('b')").await, "NULL");
    ground.write("1_a.sql", &apart("create table a (id int);\nbegin;\ncreate table b (id int);\ncommit;"));
    ground.up().await.ok();
    assert_eq!(ground.log().await, ["1 up applied 4/4"]);
}

#[tokio::test]
async fn locks_and_time_limits_end_a_statement_and_the_one_in_the_way_is_named() {
    let mut ground = Ground::new(&[("1_a.up.sql", "alter table t add column b int;")]).await;
    ground.sql("create table t (id int)").await;
    ground.sql("begin; lock table t in access share mode").await;
    let ran = ground.up().await;
    let Err(RunError::Script { failed, .. }) = &ran.outcome else { panic!("{:?}", ran.outcome) };
    assert_eq!(failed.attempts, 2);
    let own = ground.session.backend_pid();
    assert_eq!(failed.blockers.first().map(|holder| holder.pid), Some(own), "{}", ran.help());
    assert!(ran.told.iter().any(|what| matches!(what, What::Retried { attempt: 1, .. })));
    ground.sql("rollback").await;
    assert!(ground.log().await.is_empty());
    ground.up().await.ok();

    ground.options.statement_timeout = Some(Duration::from_millis(200));
    ground.write("2_b.up.sql", "create table b (id int);\nselect pg_sleep(5);");
    let ran = ground.up().await;
    assert_eq!(ran.place(), "2:1");
    assert!(ran.error().contains("statement timeout"), "{}", ran.error());
    assert_eq!(ground.text("select to_regclass('b')").await, "NULL");
    assert!(
        !ran.told.iter().any(|what| matches!(what, What::Retried { .. })),
        "it would only take as long again"
    );
}
