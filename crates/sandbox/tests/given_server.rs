//! A development server given by its URL: what is refused, what is made there, what is left.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use freehold_db::{ConnectTo, Session};
use freehold_sandbox::{GivenServer, Sandbox, SandboxError, Server, testing};

async fn development_server() -> (Sandbox, Session) {
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let session = Session::open(&sandbox.connect_to()).await.unwrap();
    (sandbox, session)
}

async fn roles(session: &Session) -> Vec<String> {
    let sql = "SELECT rolname::text FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY 1";
    session.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn databases(session: &Session) -> Vec<String> {
    let sql = "SELECT datname::text FROM pg_database WHERE datname LIKE 'freehold\\_scratch\\_%'";
    session.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// The role logs in over the socket with no more rights than it is given.
async fn as_role(sandbox: &Sandbox, session: &Session, role: &str) -> ConnectTo {
    session.run(&format!("CREATE ROLE {role} LOGIN")).await.unwrap();
    sandbox.admit(role).unwrap();
    let to = sandbox.connect_to().with_user(role);
    while Session::open(&to).await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    to
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_createdb_is_told_what_it_lacks_and_with_it_everything_works() {
    let (sandbox, session) = development_server().await;
    let to = as_role(&sandbox, &session, "app").await;
    let error = GivenServer::open(to.clone(), false).await.unwrap_err();
    assert!(matches!(error, SandboxError::MayNotCreateDatabases { .. }), "{error}");
    assert_eq!(error.help().unwrap(), "Grant it with: ALTER ROLE app CREATEDB");

    session.run("ALTER ROLE app CREATEDB CREATEROLE").await.unwrap();
    let server = Server::Given(GivenServer::open(to, false).await.unwrap());
    let scratch = server.scratch().await.unwrap();
    let inside = Session::open(&scratch.connect_to()).await.unwrap();
    inside.run("CREATE TABLE t AS SELECT 7 AS x").await.unwrap();
    drop(inside);
    let fork = server.fork(&scratch).await.unwrap();
    let inside = Session::open(&fork.connect_to()).await.unwrap();
    assert_eq!(inside.query("SELECT x FROM t", &[]).await.unwrap()[0].get::<_, i32>(0), 7);
    assert_eq!(databases(&session).await.len(), 2);
    drop(fork);
    assert_eq!(databases(&session).await, [scratch.name()], "Drop waits until the database is gone");
    server.close().await.unwrap();
    assert_eq!(databases(&session).await, [""; 0], "close drops what is left");
    drop(scratch);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_looks_like_production_is_refused_unless_it_is_meant() {
    let (sandbox, session) = development_server().await;
    drop(GivenServer::open(sandbox.connect_to(), false).await.unwrap());
    session.run("CREATE DATABASE shop_production").await.unwrap();
    let error = GivenServer::open(sandbox.connect_to(), false).await.unwrap_err();
    assert!(matches!(error, SandboxError::LooksLikeProduction { .. }), "{error}");
    assert!(error.to_string().contains("shop_production"), "{error}");
    drop(GivenServer::open(sandbox.connect_to(), true).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_made_in_a_run_go_and_roles_that_are_used_elsewhere_stay() {
    let (sandbox, session) = development_server().await;
    session.run("CREATE ROLE was_here").await.unwrap();
    let server = Server::Given(GivenServer::open(sandbox.connect_to(), false).await.unwrap());
    let scratch = server.scratch().await.unwrap();
    let inside = Session::open(&scratch.connect_to()).await.unwrap();
    inside
        .run(
            "CREATE ROLE reader; CREATE ROLE \"odd \"\"name\" IN ROLE reader; GRANT reader TO was_here;
             CREATE TABLE t (); GRANT SELECT ON t TO reader; ALTER TABLE t OWNER TO \"odd \"\"name\"",
        )
        .await
        .unwrap();
    // Somebody else makes a role in the meantime and uses it.
    session
        .run("CREATE ROLE colleague; CREATE TABLE theirs (); ALTER TABLE theirs OWNER TO colleague")
        .await
        .unwrap();
    let mut made = server.roles_made().await.unwrap();
    made.sort();
    assert_eq!(made, ["colleague", "odd \"name", "reader"]);
    drop(inside);
    server.close().await.unwrap();
    assert_eq!(roles(&session).await, ["colleague", "postgres", "was_here"]);
}
