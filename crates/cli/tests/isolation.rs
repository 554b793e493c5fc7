//! `freehold isolation` as a person or a build server runs it: one test for each exit code, on a real server.

#![expect(clippy::unwrap_used, reason = "this is a test")]

use std::{
    path::Path,
    process::{Command, Output},
};

use freehold_db::Session;
use freehold_sandbox::{Sandbox, SandboxOptions};
use tempfile::TempDir;

#[expect(clippy::disallowed_methods, reason = "a test of the real binary")]
fn freehold(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    command.current_dir(folder).args(args);
    for name in ["DATABASE_URL", "NO_COLOR", "CI", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn ran(folder: &TempDir, args: &[&str]) -> (Option<i32>, String, String) {
    let output = freehold(folder.path(), args);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

const TENANTS: &str = "
CREATE ROLE shop_app;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants TO shop_app
    USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO shop_app;
";

const ORDERS: &str = "
CREATE TABLE orders (
    tenant_id uuid NOT NULL REFERENCES tenants ON DELETE CASCADE, id uuid NOT NULL DEFAULT gen_random_uuid(),
    title text NOT NULL, PRIMARY KEY (tenant_id, id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO shop_app;
";

const HELD: &str = "
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO shop_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
";

fn sound() -> TempDir {
    project(&[
        ("migrations/1_tenants.sql", TENANTS),
        ("migrations/2_orders.sql", ORDERS),
        ("migrations/3_hold.sql", HELD),
    ])
}

fn open() -> TempDir {
    project(&[("migrations/1_tenants.sql", TENANTS), ("migrations/2_orders.sql", ORDERS)])
}

#[test]
fn a_line_that_holds_ends_with_0_and_shows_the_matrix() {
    let folder = sound();
    let (code, out, err) = ran(&folder, &["isolation"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("no tenant reaches another's rows (proven)"), "{out}");
    assert!(out.lines().any(|line| line.starts_with("orders") && line.contains('✓')), "{out}");
    assert!(out.contains("guessed   the tenant column is tenant_id"), "{out}");
    assert!(out.contains(" a second"), "{out}");
    let (code, out, _) = ran(&folder, &["isolation", "--way", "read", "--ways"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("✓ all") && !out.contains("write"), "{out}");
}

#[test]
fn a_leak_ends_with_1_and_gives_the_sql_that_leaked_and_what_came_back() {
    let folder = open();
    let args =
        ["isolation", "--format", "json", "--report", "html=line.html", "--report", "sarif=line.sarif"];
    let (code, out, err) = ran(&folder, &args);
    assert_eq!(code, Some(1), "{out}{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let matrix = &report["isolation"];
    let cells = matrix["cells"].as_array().unwrap();
    let leaked: Vec<_> = cells.iter().filter(|cell| cell["outcome"] == "leaked").collect();
    assert!(!leaked.is_empty());
    for cell in &leaked {
        let target = usize::try_from(cell["target"].as_u64().unwrap()).unwrap();
        assert!(matrix["targets"][target]["name"].as_str().unwrap().starts_with("orders"), "{cell}");
        assert!(cell["sql"].as_str().unwrap().ends_with(';'), "{cell}");
    }
    let read =
        report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "tenant-rows-readable").unwrap();
    assert_eq!(read["place"]["file"], "migrations/2_orders.sql");
    assert!(read["evidence"][0]["text"].as_str().unwrap().contains("BEGIN;\n"), "{read}");
    let page = std::fs::read_to_string(folder.path().join("line.html")).unwrap();
    assert!(page.contains("class=\"matrix\"") && !page.contains("<script"));
    assert!(folder.path().join("line.sarif").is_file());
}

#[test]
fn what_could_not_be_tried_ends_with_3_and_names_the_constraint() {
    let folder = sound();
    let table = "
CREATE TABLE imports (tenant_id uuid NOT NULL REFERENCES tenants, n int NOT NULL CHECK (n % 7 = 8));
ALTER TABLE imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE imports FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON imports TO shop_app
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON imports TO shop_app;";
    std::fs::write(folder.path().join("migrations/4_imports.sql"), table).unwrap();
    let (code, out, err) = ran(&folder, &["isolation"]);
    assert_eq!(code, Some(3), "{out}{err}");
    assert!(out.contains("imports_n_check"), "{out}");
    assert!(out.contains("no tenant reaches another's rows (undecided)"), "{out}");
}

#[test]
fn nothing_that_tells_tenants_apart_ends_with_3_and_says_what_to_write() {
    let folder =
        project(&[("migrations/1_plans.sql", "CREATE TABLE plans (id bigint PRIMARY KEY, name text);")]);
    let (code, out, _) = ran(&folder, &["isolation"]);
    assert_eq!(code, Some(3), "{out}");
    assert!(out.contains("[tenancy]") && out.contains("nothing to prove"), "{out}");
}

#[test]
fn what_cannot_be_run_ends_with_2_and_says_why() {
    let folder = open();
    let (code, _, err) = ran(&folder, &["isolation", "--way", "raed"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("read-all"), "{err}");
    std::fs::write(folder.path().join("migrations/9_bad.sql"), "ALTER TABLE nowhere ADD a int;").unwrap();
    let (code, _, err) = ran(&folder, &["isolation"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("9 bad is refused") && err.contains("nowhere"), "{err}");
    std::fs::write(folder.path().join("migrations/9_bad.sql"), "ALTER TALBE orders ADD a int;").unwrap();
    let (code, _, err) = ran(&folder, &["isolation"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("migrations/9_bad.sql:1"), "{err}");
}

#[test]
fn a_check_tells_the_verdict_and_can_be_told_not_to() {
    let (code, out, err) = ran(&open(), &["check", "--no-record", "--measure", "none"]);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(out.contains("no tenant reaches another's rows (refuted)"), "{out}");
    let folder = sound();
    for args in [&["check", "--no-record"][..], &["check", "--no-record", "--no-repeat"]] {
        let (_, out, err) = ran(&folder, args);
        assert!(out.contains("no tenant reaches another's rows (proven)"), "{args:?} {out}{err}");
    }
    let (_, out, _) = ran(&folder, &["check", "--no-record", "--no-isolation"]);
    assert!(out.contains("that no tenant reaches another's rows: switched off"), "{out}");
    std::fs::write(folder.path().join("freehold.toml"), "[check]\nisolation = false\n").unwrap();
    let (_, out, _) = ran(&folder, &["check", "--no-record"]);
    assert!(out.contains("that no tenant reaches another's rows: switched off"), "{out}");
}

const ROWS: &str = "
INSERT INTO tenants (id, name) VALUES
    ('11111111-1111-4111-8111-111111111111', 'hush-acme'), ('22222222-2222-4222-8222-222222222222', 'hush-globex');
INSERT INTO orders (tenant_id, title) SELECT id, 'hush-title' FROM tenants, generate_series(1, 4);
";

#[test]
fn a_database_in_use_is_read_only_and_no_value_of_it_is_shown() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = project(&[]);
    runtime.block_on(async {
        let server = Sandbox::start(&SandboxOptions::default()).await.unwrap();
        let to = server.connect_to();
        let session = Session::open(&to).await.unwrap();
        for sql in [TENANTS, ORDERS, ROWS] {
            session.run(sql).await.unwrap();
        }
        let host = server.socket_dir().display().to_string();
        let url = format!("postgres://{}@/{}?host={host}&port=5432", to.user(), to.database());
        let live = ["isolation", "--live", "--url", url.as_str()];
        for format in ["human", "json", "html", "sarif", "markdown"] {
            let (code, out, err) = ran(&folder, &[&live[..], &["--format", format]].concat());
            assert_eq!(code, Some(1), "{out}{err}");
            assert!(out.contains("orders"), "{out}");
            for hidden in ["hush-", "1111-4111", "2222-4222"] {
                assert!(!out.contains(hidden), "{format} shows {hidden}: {out}");
            }
        }
        session.run(HELD).await.unwrap();
        let (code, out, err) = ran(&folder, &live);
        assert_eq!(code, Some(0), "{out}{err}");
        let (code, out, err) = ran(&folder, &[&live[..], &["--allow-writes-rolled-back", "--ways"]].concat());
        assert_eq!(code, Some(0), "{out}{err}");
        assert!(out.contains("✓ update") && out.contains("✓ move"), "{out}");
        let noted = "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                     CREATE TRIGGER noted AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION noted();
                     DROP POLICY own ON orders; CREATE POLICY own ON orders USING (true)";
        session.run(noted).await.unwrap();
        let (code, out, _) = ran(&folder, &[&live[..], &["--allow-writes-rolled-back", "--ways"]].concat());
        assert_eq!(code, Some(1), "{out}");
        assert!(out.contains("? update") && out.contains("--allow-triggers"), "{out}");
        let all = ["--allow-writes-rolled-back", "--allow-triggers", "--ways"];
        let (code, out, _) = ran(&folder, &[&live[..], &all].concat());
        assert_eq!(code, Some(1), "{out}");
        assert!(out.contains("✗ update") && out.contains("✗ delete") && out.contains("✗ move"), "{out}");
        let rows = session.query("SELECT count(*) FROM orders", &[]).await.unwrap();
        assert_eq!(rows[0].get::<_, i64>(0), 8, "everything was rolled back");
        session
            .run("CREATE ROLE only_me; GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_me")
            .await
            .unwrap();
        let bound = format!("{url}&options=-c%20role%3Donly_me");
        let (code, _, err) = ran(&folder, &["isolation", "--live", "--url", &bound]);
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains("policies bind it") && err.contains("BYPASSRLS"), "{err}");
        session.close().await;
        server.stop().await.unwrap();
    });
}

#[test]
fn a_leak_is_closed_by_a_migration_in_the_format_of_the_folder_and_holds_afterwards() {
    let folder = open();
    let (code, shown, said) = ran(&folder, &["isolation", "--diff"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(shown.contains("ENABLE ROW LEVEL SECURITY") && shown.contains("-- down"), "{shown}");
    let files = || std::fs::read_dir(folder.path().join("migrations")).unwrap().count();
    let before = files();
    let (code, shown, said) = ran(&folder, &["isolation", "--fix"]);
    assert_eq!(code, Some(0), "{shown}{said}");
    assert!(shown.contains("wrote migrations/") && said.contains("the schema is as it was"), "{shown}{said}");
    assert!(files() > before);
    let (code, shown, said) = ran(&folder, &["isolation"]);
    assert_eq!(code, Some(0), "{shown}{said}");
    let (code, _, said) = ran(&folder, &["isolation", "--fix"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nothing leaked"), "{said}");
}

#[test]
fn planted_faults_are_put_to_the_proof_or_to_a_command() {
    let folder = sound();
    let (code, shown, said) = ran(&folder, &["isolation", "--mutate"]);
    assert_eq!(code, Some(0), "{shown}{said}");
    assert!(!shown.contains("SURVIVED"), "{shown}");
    let (code, shown, said) = ran(&folder, &["isolation", "--mutate", "--run", "test -n \"$DATABASE_URL\""]);
    assert_eq!(code, Some(1), "{said}");
    assert!(shown.contains("SURVIVED") && !shown.contains("caught  "), "{shown}");
    let (code, _, said) = ran(&folder, &["isolation", "--mutate", "--run", "false"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("fail on the schema as it is"), "{said}");
}
