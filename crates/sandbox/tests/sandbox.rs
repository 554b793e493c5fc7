//! A sandbox from its start to its end, on a real server.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use freehold_db::Session;
use freehold_sandbox::{Sandbox, SandboxError, Server, testing};

/// The single text value of a query.
async fn value(session: &Session, sql: &str) -> String {
    session.query(sql, &[]).await.unwrap()[0].get(0)
}

#[tokio::test]
async fn a_sandbox_answers_and_leaves_nothing_after_stop() {
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let (folder, pid) = (sandbox.socket_dir().to_owned(), sandbox.pid().unwrap());
    let session = Session::open(&sandbox.connect_to()).await.unwrap();
    assert_eq!(value(&session, "SELECT current_user::text").await, "postgres");
    assert_eq!(session.version().major(), sandbox.version().major());
    sandbox.stop().await.unwrap();
    assert!(!folder.exists() && !folder.with_extension("lock").exists());
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[tokio::test]
async fn a_sandbox_is_private_and_not_durable() {
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let session = Session::open(&sandbox.connect_to()).await.unwrap();
    for (setting, expected) in [
        ("listen_addresses", ""),
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        ("autovacuum", "off"),
        ("unix_socket_permissions", "0700"),
        ("TimeZone", "UTC"),
    ] {
        let shown = value(&session, &format!("SELECT current_setting('{setting}')")).await;
        assert_eq!(shown, expected, "{setting}");
    }
    let hba: Vec<String> = session
        .query("SELECT type || ' ' || auth_method FROM pg_hba_file_rules", &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(hba, ["local peer"]);
    let about = std::fs::metadata(sandbox.socket_dir()).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o700);
    assert_ne!(about.uid(), 0, "the server's folder is not root's");
    let server = std::fs::metadata(format!("/proc/{}", sandbox.pid().unwrap())).unwrap();
    assert_eq!(server.uid(), about.uid(), "the server runs as the user that the folder belongs to");
}

#[tokio::test]
async fn a_role_logs_in_only_when_it_is_admitted_before_version_16() {
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let session = Session::open(&sandbox.connect_to()).await.unwrap();
    session.run("CREATE ROLE \"app \"\"user\" LOGIN").await.unwrap();
    let to = sandbox.connect_to().with_user("app \"user");
    if sandbox.version().major() < 16 {
        assert!(Session::open(&to).await.is_err());
    }
    sandbox.admit("app \"user").unwrap();
    let mut opened = Session::open(&to).await;
    for _ in 0..100 {
        if opened.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        opened = Session::open(&to).await;
    }
    assert_eq!(value(&opened.unwrap(), "SELECT current_user::text").await, "app \"user");
}

#[tokio::test]
async fn dropping_a_sandbox_or_panicking_ends_it() {
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let folder = sandbox.socket_dir().to_owned();
    drop(sandbox);
    assert!(!folder.exists());

    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let (folder, pid) = (sandbox.socket_dir().to_owned(), sandbox.pid().unwrap());
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _alive = sandbox;
        panic!("on purpose");
    }));
    assert!(outcome.is_err());
    assert!(!folder.exists() && !std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[tokio::test]
async fn scratch_databases_are_empty_and_forks_carry_everything() {
    let server = testing::server().await;
    let scratch = server.scratch().await.unwrap();
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session.run("CREATE TABLE t (x int); INSERT INTO t SELECT generate_series(1, 1000)").await.unwrap();
    drop(session);
    let fork = server.fork(&scratch).await.unwrap();
    let inside = Session::open(&fork.connect_to()).await.unwrap();
    assert_eq!(value(&inside, "SELECT count(*)::text FROM t").await, "1000");
    inside.run("DELETE FROM t").await.unwrap();
    let before = Session::open(&scratch.connect_to()).await.unwrap();
    assert_eq!(value(&before, "SELECT count(*)::text FROM t").await, "1000");
    let other = server.scratch().await.unwrap();
    let empty = Session::open(&other.connect_to()).await.unwrap();
    assert_eq!(value(&empty, "SELECT coalesce(to_regclass('t')::text, 'none')").await, "none");
}

#[tokio::test]
async fn a_fork_while_a_session_is_open_is_an_error_that_names_the_session() {
    let server = testing::server().await;
    let scratch = server.scratch().await.unwrap();
    let open = Session::open(&scratch.connect_to()).await.unwrap();
    let error = server.fork(&scratch).await.unwrap_err();
    let SandboxError::InUse { sessions, .. } = &error else { panic!("{error}") };
    assert!(sessions[0].contains(&open.backend_pid().to_string()), "{error}");
}

#[tokio::test]
async fn a_scratch_database_goes_with_its_value_whatever_a_script_did_to_it() {
    let server = testing::server().await;
    let admin = Session::open(&server.connect_to()).await.unwrap();
    let count = "SELECT count(*)::text FROM pg_database WHERE oid = ";
    let oid = |name: &str| format!("SELECT oid::text FROM pg_database WHERE datname = '{name}'");
    for script in [
        "SELECT 1",
        "ALTER DATABASE {name} IS_TEMPLATE true",
        "BEGIN; CREATE TABLE t (); PREPARE TRANSACTION 'left {name}'",
        "ALTER DATABASE {name} CONNECTION LIMIT 0",
    ] {
        let scratch = server.scratch().await.unwrap();
        let oid = value(&admin, &oid(scratch.name())).await;
        let session = Session::open(&scratch.connect_to()).await.unwrap();
        for statement in script.replace("{name}", scratch.name()).split(';') {
            session.run(statement).await.unwrap();
        }
        scratch.remove().await.unwrap();
        assert_eq!(value(&admin, &format!("{count}{oid}")).await, "0", "{script}");
    }
    let scratch = server.scratch().await.unwrap();
    let oid = value(&admin, &oid(scratch.name())).await;
    admin.run(&format!("ALTER DATABASE {} RENAME TO renamed", scratch.name())).await.unwrap();
    scratch.remove().await.unwrap();
    assert_eq!(value(&admin, &format!("{count}{oid}")).await, "0");
}

#[tokio::test]
async fn the_server_still_hands_out_databases_after_a_script_killed_every_session() {
    let server = Server::Own(Sandbox::start(&testing::options()).await.unwrap());
    let first = server.scratch().await.unwrap();
    let session = Session::open(&first.connect_to()).await.unwrap();
    session
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datid IS NOT NULL")
        .await
        .unwrap();
    server.scratch().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_is_told_from_a_living_one() {
    let sandbox = Sandbox::start(&testing::options()).await.unwrap();
    let session = Session::open(&sandbox.connect_to()).await.unwrap();
    assert_eq!(sandbox.died(), None);
    let pid = rustix::process::Pid::from_raw(sandbox.pid().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    while sandbox.died().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert!(sandbox.died().unwrap().contains("9"), "{:?}", sandbox.died());
    // The orphaned backend ends by itself or with the sandbox.
    let folder = sandbox.socket_dir().to_owned();
    drop(sandbox);
    assert!(!folder.exists());
    assert!(session.run("SELECT 1").await.unwrap_err().is_connection_lost());
}

#[tokio::test]
async fn a_fork_has_the_settings_of_its_source() {
    let server = Server::Own(Sandbox::start(&testing::options()).await.unwrap());
    let source = server.scratch().await.unwrap();
    let session = Session::open(&source.connect_to()).await.unwrap();
    let name = source.name();
    let script = format!(
        "CREATE SCHEMA \"Odd, name\";
         ALTER DATABASE {name} SET search_path = \"$user\", \"Odd, name\", public;
         ALTER DATABASE {name} SET app.tenant = 'it''s \"one\"';
         ALTER ROLE postgres IN DATABASE {name} SET statement_timeout = '7s'"
    );
    session.run(&script).await.unwrap();
    session.close().await;
    let fork = server.fork(&source).await.unwrap();
    let plain = server.scratch().await.unwrap();
    for (scratch, path, tenant, timeout) in [
        (&fork, "\"$user\", \"Odd, name\", public", "it's \"one\"", "7s"),
        (&plain, "\"$user\", public", "", "0"),
    ] {
        let session = Session::open(&scratch.connect_to()).await.unwrap();
        assert_eq!(value(&session, "SELECT current_setting('search_path')").await, path);
        assert_eq!(value(&session, "SELECT coalesce(current_setting('app.tenant', true), '')").await, tenant);
        assert_eq!(value(&session, "SELECT current_setting('statement_timeout')").await, timeout);
        session.close().await;
    }
}

#[tokio::test]
async fn a_killed_server_comes_back_with_what_was_committed_durably() {
    let mut options = testing::options();
    options.settings.push(("synchronous_commit".to_owned(), "on".to_owned()));
    let sandbox = Sandbox::start(&options).await.unwrap();
    let session = Session::open(&sandbox.connect_to()).await.unwrap();
    session.run("CREATE TABLE kept AS SELECT 'still here' AS word; CREATE ROLE app LOGIN").await.unwrap();
    sandbox.admit("app").unwrap();
    let pid = sandbox.pid().unwrap();
    sandbox.kill().await.unwrap();
    assert_eq!(sandbox.pid(), None);
    assert!(Session::open(&sandbox.connect_to()).await.is_err());
    sandbox.restart().await.unwrap();
    assert_ne!(sandbox.pid().unwrap(), pid);
    let again = Session::open(&sandbox.connect_to()).await.unwrap();
    assert_eq!(value(&again, "SELECT word FROM kept").await, "still here");
    Session::open(&sandbox.connect_to().with_user("app")).await.unwrap();
    let running = sandbox.pid();
    sandbox.restart().await.unwrap();
    assert_eq!(sandbox.pid(), running, "a server that runs is left alone");
}
