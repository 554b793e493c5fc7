//! `freehold roles` as a person runs it: what it prints, how it ends, and what a database is like afterwards.

#![expect(clippy::unwrap_used, reason = "this is a test")]

use std::{path::Path, process::Command};

use freehold_db::Session;
use freehold_sandbox::{Sandbox, Scratch, Server, testing};
use tempfile::TempDir;

/// Roles belong to a server, so each test has one of its own.
struct Ground {
    folder: TempDir,
    server: Server,
    scratch: Scratch,
    url: String,
}

impl Ground {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("migrations")).unwrap();
        let server = Server::Own(Sandbox::start(&testing::options()).await.unwrap());
        let scratch = server.scratch().await.unwrap();
        let socket = server.sandbox().unwrap().socket_dir().to_owned();
        let url = format!("postgres://postgres@/{}?host={}", scratch.name(), socket.display());
        let ground = Self { folder, server, scratch, url };
        ground.run("CREATE TABLE orders (id serial PRIMARY KEY); CREATE ROLE web LOGIN").await;
        ground
    }

    async fn run(&self, sql: &str) {
        let session = Session::open(&self.scratch.connect_to()).await.unwrap();
        session.run(sql).await.unwrap();
        session.close().await;
    }

    fn roles(&self, args: &[&str]) -> (Option<i32>, String) {
        freehold(self.folder.path(), args)
    }

    fn migration(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join("migrations").join(name), text).unwrap();
    }

    async fn end(self) {
        drop(self.scratch);
        self.server.close().await.unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test of the real binary")]
fn freehold(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    command.current_dir(folder).arg("roles").args(args).env_remove("DATABASE_URL");
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn what_was_applied_is_clean_and_what_was_added_is_told() {
    let ground = Ground::new().await;
    let url = ground.url.clone();
    let (code, text) = ground.roles(&["audit", "--url", &url]);
    assert_eq!(code, Some(3), "no role of the application is known: {text}");
    let (code, text) = ground.roles(&["audit", "--url", &url, "--role", "nobody"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("nobody"), "{text}");
    let (code, text) = ground.roles(&["apply", "--url", &url, "--application", "web"]);
    assert_eq!((code, text.contains(": done (")), (Some(0), true), "{text}");
    let (code, text) = ground.roles(&["apply", "--url", &url, "--application", "web", "--format", "json"]);
    assert_eq!((code, text.contains("\"changed\": false")), (Some(0), true), "{text}");
    let (code, text) = ground.roles(&["audit", "--url", &url]);
    assert_eq!((code, text.contains("nothing found")), (Some(0), true), "{text}");
    ground.run("GRANT TRUNCATE ON orders TO web; GRANT SELECT ON orders TO PUBLIC").await;
    let (code, text) = ground.roles(&["audit", "--url", &url]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("more-than-rows-granted") && text.contains("public-has-privileges"), "{text}");
    let (code, json) = ground.roles(&["audit", "--url", &url, "--format", "json"]);
    assert_eq!(code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["command"], "roles audit");
    assert_eq!(report["summary"]["errors"], 1);
    let (code, text) = ground.roles(&["apply", "--url", &url, "--application", "web", "--down"]);
    assert_eq!(code, Some(0), "{text}");
    ground.end().await;
}

#[tokio::test]
async fn a_database_has_to_be_named_and_one_of_production_is_refused() {
    let ground = Ground::new().await;
    let settings =
        format!("[database]\nurl = \"{0}\"\n[environment.production]\nurl = \"{0}\"\n", ground.url);
    std::fs::write(ground.folder.path().join("freehold.toml"), settings).unwrap();
    let (code, text) = ground.roles(&["apply"]);
    assert_eq!(code, Some(2), "the project's own database was not named in the command: {text}");
    for named in [["--url", ground.url.as_str()], ["--env", "production"]] {
        let (code, text) = ground.roles(&[&["apply"], &named[..]].concat());
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("production") && text.contains("--i-know"), "{text}");
    }
    let session = Session::open(&ground.scratch.connect_to()).await.unwrap();
    assert!(
        session.query("SELECT FROM pg_roles WHERE rolname = 'app_reader'", &[]).await.unwrap().is_empty()
    );
    session.close().await;
    let (code, text) = ground.roles(&["apply", "--env", "production", "--i-know"]);
    assert_eq!(code, Some(0), "{text}");
    ground.end().await;
}

#[tokio::test]
async fn a_plan_is_sql_that_psql_would_take_and_bad_names_are_refused() {
    let ground = Ground::new().await;
    let (code, script) = ground.roles(&["plan", "--application", "web"]);
    assert_eq!(code, Some(0));
    ground.run(&script).await;
    let (code, text) = ground.roles(&["apply", "--url", &ground.url, "--application", "web"]);
    assert_eq!((code, text.contains("nothing was different")), (Some(0), true), "{text}");
    let (_, json) = ground.roles(&["plan", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(plan["up"].as_array().unwrap().len() > 20 && plan["down"].as_array().unwrap().len() > 4);
    let (code, text) = ground.roles(&["plan", "--reader", "pg_reader"]);
    assert_eq!((code, text.contains("keeps it for itself")), (Some(2), true), "{text}");
    ground.end().await;
}

#[tokio::test]
async fn what_a_folder_gives_is_audited_on_a_scratch_database() {
    let ground = Ground::new().await;
    ground.migration(
        "000001_notes.up.sql",
        "CREATE ROLE app_web NOLOGIN; CREATE TABLE notes (id int PRIMARY KEY); GRANT SELECT ON notes TO app_web;",
    );
    ground.migration("000001_notes.down.sql", "DROP TABLE notes; DROP ROLE app_web;");
    let (code, text) = ground.roles(&["audit", "--role", "app_web"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("public-connects") && !text.contains("owner-is-superuser"), "{text}");
    ground.migration("000002_more.up.sql", "GRANT ALL ON notes TO app_web;");
    ground.migration("000002_more.down.sql", "REVOKE ALL ON notes FROM app_web;");
    let (code, text) = ground.roles(&["audit", "--fail-on", "warning"]);
    assert_eq!((code, text.contains("more-than-rows-granted")), (Some(1), true), "{text}");
    ground.migration("000003_bad.up.sql", "CREATE TABLE notes (id int);");
    ground.migration("000003_bad.down.sql", "SELECT 1;");
    let (code, text) = ground.roles(&["audit"]);
    assert_eq!((code, text.contains("3 bad was refused")), (Some(2), true), "{text}");
    ground.end().await;
}
