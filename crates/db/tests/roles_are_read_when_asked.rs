//! Roles belong to the cluster; they are read and compared on their own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use freehold_db::{Session, catalog::read_roles};
use freehold_sandbox::testing;

async fn change(session: &Session, sql: &str) -> Vec<String> {
    let before = read_roles(session).await.unwrap();
    session.run(sql).await.unwrap();
    let after = read_roles(session).await.unwrap();
    before.differences(&after).iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn every_attribute_and_membership_of_a_role_is_told() {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session.run("begin").await.unwrap();
    assert_eq!(change(&session, "create role team").await, ["role team is added"]);
    assert_eq!(change(&session, "create role ann in role team").await, ["role ann is added"]);
    for (sql, expected) in [
        ("alter role ann login", "role ann: login no → yes"),
        ("alter role ann bypassrls", "role ann: bypassrls no → yes"),
        ("alter role ann superuser", "role ann: superuser no → yes"),
        ("alter role ann noinherit", "role ann: inherit yes → no"),
        ("alter role ann connection limit 3", "role ann: connection limit -1 → 3"),
        ("alter role ann set work_mem = '8MB'", "role ann: settings: work_mem=8MB added"),
        ("comment on role ann is 'x'", "role ann: comment none → x"),
    ] {
        assert_eq!(change(&session, sql).await, [expected]);
    }
    let told = change(&session, "revoke team from ann").await;
    assert!(told.len() == 1 && told[0].starts_with("role ann: member of: team"), "{told:?}");
    let told = change(&session, "alter role ann password 'hunter2'").await;
    assert!(told.is_empty(), "a password is never read: {told:?}");
    session.run("rollback").await.unwrap();
    session.close().await;
    scratch.remove().await.unwrap();
}
