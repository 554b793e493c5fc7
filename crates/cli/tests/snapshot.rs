//! What `freehold snapshot` writes, and what `freehold lint --snapshot` says of it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

use std::{
    path::Path,
    process::{Command, Stdio},
};

use freehold_db::Session;
use freehold_sandbox::{Sandbox, SandboxOptions};
use tempfile::TempDir;

/// A snapshot that somebody wrote by hand, with as little in it as is needed.
const BY_HAND: &str = r#"{
  "version": 1, "taken": "2026-01-01T00:00:00Z", "server": "15.4",
  "sizes": [{"table": "public.orders", "rows": 5000000}],
  "queries_counted_for_seconds": 10,
  "queries": [{"text": "SELECT id, fax FROM orders WHERE id = $1", "calls": 3000, "mean_ms": 50}],
  "catalog": {"relations": [{
    "name": "public.orders", "kind": "table", "owner": "app",
    "columns": [
      {"name": "id", "type_name": "bigint", "not_null": true},
      {"name": "fax", "type_name": "text"}
    ]
  }]}
}"#;

fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let migrations = folder.path().join("migrations");
    std::fs::create_dir(&migrations).unwrap();
    let table =
        "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, fax text);\n";
    for (name, text) in [
        ("000001_orders.up.sql", table),
        ("000001_orders.down.sql", "DROP TABLE orders;\n"),
        ("000002_no_fax.up.sql", "SET LOCAL lock_timeout = '3s';\nALTER TABLE orders DROP COLUMN fax;\n"),
        (
            "000002_no_fax.down.sql",
            "SET LOCAL lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN fax text;\n",
        ),
    ] {
        std::fs::write(migrations.join(name), text).unwrap();
    }
    folder
}

#[expect(clippy::disallowed_methods, reason = "a test of the real binary")]
fn freehold(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    command.current_dir(folder).args(args).stdin(Stdio::null());
    for name in ["DATABASE_URL", "FREEHOLD_PG_BIN", "NO_COLOR", "CI", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const RULES: &str = "dropped-but-still-queried,busy-table-locked";

/// The rules that speak, with the files that they point at.
fn lint(folder: &Path, more: &[&str]) -> Vec<(String, String)> {
    let mut args = vec!["lint", "--no-try", "--format", "json", "--select", RULES];
    args.extend(more);
    let (_, out, err) = freehold(folder, &args);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    let findings = report["findings"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    findings.iter().map(|found| (text(&found["rule"]), text(&found["place"]["file"]))).collect()
}

fn both() -> Vec<(String, String)> {
    let file = "migrations/000002_no_fax.up.sql".to_owned();
    vec![("busy-table-locked".to_owned(), file.clone()), ("dropped-but-still-queried".to_owned(), file)]
}

fn sorted(mut found: Vec<(String, String)>) -> Vec<(String, String)> {
    found.retain(|(_, file)| file.ends_with(".up.sql"));
    found.sort();
    found
}

#[test]
fn a_snapshot_of_a_real_server_tells_which_queries_a_pending_migration_hurts() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = project();
    runtime.block_on(async {
        let settings = vec![("shared_preload_libraries".to_owned(), "pg_stat_statements".to_owned())];
        let server = Sandbox::start(&SandboxOptions { settings, ..SandboxOptions::default() }).await.unwrap();
        let to = server.connect_to();
        let session = Session::open(&to).await.unwrap();
        session
            .run(
                "CREATE EXTENSION pg_stat_statements; CREATE TABLE orders (id bigint PRIMARY KEY, note text, fax text); \
                 INSERT INTO orders SELECT n, 'value-of-a-row', n FROM generate_series(1, 5000) n; ANALYZE orders",
            )
            .await
            .unwrap();
        session.run("SELECT pg_stat_statements_reset()").await.unwrap();
        session.run("CREATE ROLE fh_snapshot PASSWORD 'word-that-is-secret'").await.unwrap();
        for _ in 0..300 {
            session.query("SELECT fax /* of 4711 */ FROM orders WHERE id = 4711", &[]).await.unwrap();
        }
        session.query("SELECT fax, pg_sleep(0.5) FROM orders WHERE note = 'x' OR id = 12", &[]).await.unwrap();
        let host = server.socket_dir().display().to_string();
        let url = format!("postgres://{}@/{}?host={host}&port=5432", to.user(), to.database());
        let (code, out, err) = freehold(folder.path(), &["snapshot", "--url", &url]);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("SELECT fax FROM orders WHERE id = $1"), "{out}");
        for secret in ["value-of-a-row", "4711", "word-that-is-secret", "PASSWORD", host.as_str()] {
            assert!(!out.contains(secret), "{secret}: {out}");
        }
        session.close().await;
        server.stop().await.unwrap();
        std::fs::write(folder.path().join("prod.snapshot"), &out).unwrap();
    });
    assert_eq!(lint(folder.path(), &["--start-after", "000001"]), []);
    let found = lint(folder.path(), &["--start-after", "000001", "--snapshot", "prod.snapshot"]);
    assert_eq!(sorted(found), both());
}

#[test]
fn a_snapshot_by_hand_needs_no_more_than_what_is_asked_of_it() {
    let folder = project();
    std::fs::write(folder.path().join("prod.snapshot"), BY_HAND).unwrap();
    let found = lint(folder.path(), &["--start-after", "000001", "--snapshot", "prod.snapshot"]);
    assert_eq!(sorted(found), both());
}

#[test]
fn a_rehearsal_asks_a_snapshot_too() {
    let folder = project();
    std::fs::write(folder.path().join("prod.snapshot"), BY_HAND).unwrap();
    let args = ["check", "--no-record", "--no-repeat", "--measure", "none", "--format", "json"];
    let (_, without, err) = freehold(folder.path(), &args);
    assert!(!without.contains("dropped-but-still-queried"), "{without}{err}");
    let (_, with, err) = freehold(folder.path(), &[&args[..], &["--snapshot", "prod.snapshot"]].concat());
    assert!(with.contains("dropped-but-still-queried") && with.contains("busy-table-locked"), "{with}{err}");
}

#[test]
fn what_is_no_snapshot_ends_with_2_and_says_what_to_do() {
    let folder = project();
    std::fs::write(folder.path().join("prod.snapshot"), "{\"version\": 7}").unwrap();
    let (code, out, err) = freehold(folder.path(), &["lint", "--snapshot", "prod.snapshot"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("has version 7") && err.contains("freehold snapshot --url"), "{err}");
    let (code, _, err) = freehold(folder.path(), &["lint", "--snapshot", "none.snapshot"]);
    assert!(code == 2 && err.contains("could not be read"), "{err}");
    let (code, _, err) =
        freehold(folder.path(), &["snapshot", "--url", "postgres://me:s3cr3t@127.0.0.1:1/app"]);
    assert!(code == 2 && err.contains("could not be looked at") && !err.contains("s3cr3t"), "{err}");
}
