//! A check on a server that was given: the same findings as in a private sandbox, and nothing left on it.

use std::path::Path;

use freehold_app::check::{self, CheckError};
use freehold_db::{ConnectTo, Session};
use freehold_sandbox::{Sandbox, SandboxError, testing};

use crate::project::{check, folder, lines, request};

const ROLES: &[(&str, &[u8])] = &[
    (
        "migrations/1_a.up.sql",
        b"create role shop_reader; create role \"odd \"\"one\" in role shop_reader;\n\
          create table t (id int primary key, name text);\ngrant select on t to shop_reader;\n\
          alter table t owner to \"odd \"\"one\";",
    ),
    ("migrations/1_a.down.sql", b"drop table t; drop role \"odd \"\"one\"; drop role shop_reader;"),
    ("migrations/2_b.up.sql", b"create index t_name on t (name);"),
    // Forgets the index, and leaves a role of its own behind.
    ("migrations/2_b.down.sql", b"create role left_behind;"),
];

async fn on(server: &ConnectTo, project: &Path) -> Result<Vec<String>, CheckError> {
    let request = check::Request { server: Some(server.clone()), ..request(project) };
    check::run(request).await.map(|(report, _)| lines(&report))
}

/// The names of all databases and roles that are not the server's own.
async fn names(server: &ConnectTo) -> Vec<String> {
    let session = Session::open(server).await.unwrap();
    let sql = "select datname::text from pg_database union all
               select rolname::text from pg_roles where rolname not like 'pg\\_%' order by 1";
    session.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_given_server_gives_the_findings_of_a_sandbox_and_keeps_nothing() {
    let project = folder(ROLES);
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let server = sandbox.connect_to();
    let before = names(&server).await;
    let given = on(&server, project.path()).await.unwrap();
    assert_eq!(names(&server).await, before);
    let private = lines(&check(project.path()).await.unwrap());
    assert_eq!(given, private);
    assert!(given.iter().any(|line| line.contains("down-does-not-restore")), "{given:#?}");
}

#[tokio::test]
async fn a_given_server_keeps_nothing_of_a_check_that_had_to_stop() {
    let project = folder(&[
        ("migrations/1_a.up.sql", b"create role half_done; create table t (id int);"),
        ("migrations/1_a.down.sql", b"drop table t; drop role half_done;"),
        ("migrations/2_b.up.sql", b"select 1;\nselect pg_sleep(1000);"),
        ("migrations/2_b.down.sql", b"select 1;"),
    ]);
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let server = sandbox.connect_to();
    let before = names(&server).await;
    let mut request = check::Request { server: Some(server.clone()), ..request(project.path()) };
    request.timeout = std::time::Duration::from_millis(300);
    let error = check::run(request).await.expect_err("it sleeps");
    assert!(matches!(error, CheckError::Rehearsal(_)), "{error:?}");
    assert_eq!(names(&server).await, before);
}

#[tokio::test]
async fn a_server_that_looks_like_production_is_refused_before_anything_is_made() {
    let project = folder(ROLES);
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let server = sandbox.connect_to();
    let session = Session::open(&server).await.unwrap();
    session.run("create database shop_production").await.unwrap();
    let before = names(&server).await;
    let error = on(&server, project.path()).await.expect_err("it looks like production");
    let CheckError::Server(cause) = &error else { panic!("{error:?}") };
    assert!(matches!(**cause, SandboxError::LooksLikeProduction { .. }), "{cause}");
    assert_eq!(names(&server).await, before);
    let meant =
        check::Request { server: Some(server.clone()), allow_production: true, ..request(project.path()) };
    check::run(meant).await.unwrap();
    assert_eq!(names(&server).await, before);
}
