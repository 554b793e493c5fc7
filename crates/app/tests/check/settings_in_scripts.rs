//! Scripts that change the session they run in.

use crate::project::{check, folder, lines};

async fn findings(up: &str) -> Vec<String> {
    let project = folder(&[
        ("migrations/1_a.up.sql", up.as_bytes()),
        ("migrations/1_a.down.sql", b"drop schema s cascade;"),
        ("migrations/2_b.up.sql", b"create table s.after_it (id int);"),
        ("migrations/2_b.down.sql", b"drop table s.after_it;"),
    ]);
    lines(&check(project.path()).await.unwrap())
}

async fn leaks(setting: &str, statement: &str) {
    let found = findings(&format!("create schema s;\n{statement};")).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains(" session-setting-leaks ") && found[0].contains(setting), "{found:#?}");
    assert!(found[0].contains("1_a.up.sql"), "{found:#?}");
}

#[tokio::test]
async fn a_search_path_that_stays_is_found() {
    leaks("search_path", "set search_path to s, public").await;
}

#[tokio::test]
async fn a_role_that_stays_is_found() {
    leaks("role", "grant all on schema s to pg_monitor; set role pg_monitor").await;
}

#[tokio::test]
async fn triggers_that_stay_off_are_found() {
    leaks("session_replication_role", "set session_replication_role to replica").await;
}

#[tokio::test]
async fn settings_that_end_with_the_transaction_are_not() {
    for statement in [
        "set local search_path to s, public",
        "set search_path to s; reset search_path",
        "set local session_replication_role to replica",
    ] {
        let found = findings(&format!("create schema s;\n{statement};")).await;
        assert_eq!(found, [""; 0], "{statement}");
    }
}
