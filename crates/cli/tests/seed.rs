//! `freehold seed`: what it fills, what it refuses, what it tells.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::{
    path::Path,
    process::{Command, Stdio},
};

use freehold_db::{ConnectTo, Session};
use freehold_sandbox::testing;

const SCHEMA: &str = "create table plans (code text primary key); insert into plans values ('free'), ('pro'); \
    create table tenants (id uuid primary key, name text not null, plan text not null references plans); \
    create table users (id bigserial primary key, tenant_id uuid not null references tenants, email text not null unique); \
    create table faces (id bigserial primary key, tenant_id uuid not null references tenants, user_id bigint not null references users, score float8); \
    create table schema_migrations (version bigint primary key, dirty boolean not null)";

const SETTINGS: &str = "[tenancy]\nroot = \"tenants\"\ncolumn = \"tenant_id\"\nshared = [\"plans\"]\n\
    [seed]\ngenerators = { \"faces.score\" = \"0.25 * 2\" }\n";

#[expect(clippy::disallowed_methods, reason = "a test of the real binary")]
fn seed(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    command.current_dir(folder).arg("seed").args(args).stdin(Stdio::null());
    for name in ["DATABASE_URL", "FREEHOLD_PG_BIN", "NO_COLOR", "CI", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

async fn number(to: &ConnectTo, sql: &str) -> i64 {
    let session = Session::open(to).await.unwrap();
    session.query(sql, &[]).await.unwrap()[0].get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_database_is_filled_for_several_tenants() {
    let scratch = testing::scratch().await;
    let to = scratch.connect_to();
    let url = to.masked();
    Session::open(&to).await.unwrap().run(SCHEMA).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("freehold.toml"), SETTINGS).unwrap();
    let here = folder.path();
    let args = ["--url", &url, "--tenants", "2", "--rows", "5"];

    let (code, out, err) = seed(here, &[&args[..], &["--dry-run"]].concat());
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("would be filled"), "{out}");
    assert_eq!(number(&to, "select count(*) from tenants").await, 0);

    let (code, out, err) = seed(here, &args);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(number(&to, "select count(*) from tenants").await, 2);
    assert_eq!(number(&to, "select count(*) from faces where score = 0.5").await, 10);
    assert_eq!(number(&to, "select count(*) from plans").await, 2);
    assert_eq!(number(&to, "select count(*) from schema_migrations").await, 0);
    let crossing =
        "select count(*) from faces f join users u on u.id = f.user_id where u.tenant_id <> f.tenant_id";
    assert_eq!(number(&to, crossing).await, 0);

    let (code, _, err) = seed(here, &args);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("rows already in") && err.contains("--append"), "{err}");
    let (code, out, err) = seed(here, &[&args[..], &["--append", "--format", "json"]].concat());
    assert_eq!(code, 0, "{out}{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["tenants"].as_array().unwrap().len(), 2);
    assert_eq!(number(&to, "select count(*) from tenants").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_refuses_rows_is_named_with_its_constraint() {
    let scratch = testing::scratch().await;
    let to = scratch.connect_to();
    let schema =
        "create table a (n int not null constraint never check (n > 5 and n < 5)); create table b (n int)";
    Session::open(&to).await.unwrap().run(schema).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = seed(folder.path(), &["--url", &to.masked()]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(out.contains("constraint never"), "{out}");
    assert_eq!(number(&to, "select count(*) from b").await, 300);
}

#[test]
fn what_looks_like_production_and_what_is_not_named_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = seed(folder.path(), &["--url", "postgres://app@db.prod.example.org/shop"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("looks like production"), "{err}");
    let settings = "[database]\nurl = \"postgres://app@localhost/app\"\n[environment.live]\nurl = \"postgres://app@localhost/app\"\nproduction = true\n";
    std::fs::write(folder.path().join("freehold.toml"), settings).unwrap();
    let (code, _, err) = seed(folder.path(), &["--env", "live"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("`live`"), "{err}");
    let (code, _, err) = seed(folder.path(), &[]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("--url"), "{err}");
}
