//! A snapshot of a real database, written and read again.

use freehold_model::catalog::{Column, Relation};
use freehold_sandbox::{Sandbox, SandboxOptions};

use super::*;

const SCHEMA: &str = r#"
CREATE ROLE fh_snapshot_app;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
CREATE SCHEMA "odd ""one.";
CREATE TABLE tenants (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE DEFERRABLE);
CREATE TABLE orders (
    id bigint, tenant_id bigint NOT NULL REFERENCES tenants ON DELETE CASCADE, share percent, mood mood DEFAULT 'good',
    note varchar(20) COLLATE "C", total int GENERATED ALWAYS AS (1 + 1) STORED, PRIMARY KEY (tenant_id, id)
) PARTITION BY LIST (tenant_id);
CREATE TABLE orders_1 PARTITION OF orders FOR VALUES IN (1);
CREATE UNIQUE INDEX orders_note ON orders (tenant_id, lower(note)) INCLUDE (share) WHERE note IS NOT NULL;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON orders FOR SELECT TO fh_snapshot_app USING (tenant_id = 1);
GRANT SELECT, INSERT (note) ON orders TO fh_snapshot_app;
CREATE TABLE "odd ""one."."T.x" (id uuid PRIMARY KEY, CONSTRAINT c CHECK (id IS NOT NULL) NOT VALID NO INHERIT);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public SET app.key = 'secret-of-a-setting' AS 'BEGIN RETURN NEW; END';
"#;

const MORE: &str = r#"
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION g();
ALTER TABLE tenants DISABLE TRIGGER t;
CREATE VIEW names WITH (security_invoker = true) AS SELECT name FROM tenants;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM tenants WITH NO DATA;
CREATE SEQUENCE numbers INCREMENT 5 CYCLE;
COMMENT ON TABLE tenants IS 'word-of-a-comment';
INSERT INTO tenants (name) SELECT 'value-of-a-row' || n FROM generate_series(1, 500) n;
ANALYZE;
"#;

#[tokio::test]
async fn a_snapshot_reads_back_as_what_was_seen() {
    let server = Sandbox::start(&SandboxOptions::default()).await.unwrap();
    let to = server.connect_to();
    let session = Session::open(&to).await.unwrap();
    session.run(SCHEMA).await.unwrap();
    session.run(MORE).await.unwrap();
    let seen = live::seen(&session, &to).await.unwrap();
    session.close().await;
    let taken = take(&to).await.unwrap();
    server.stop().await.unwrap();

    let text = taken.text();
    for secret in ["value-of-a-row", "word-of-a-comment", "secret-of-a-setting"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prod.snapshot");
    fs::write(&path, &text).unwrap();
    let read = Snapshot::read(&path).unwrap();
    assert_eq!(read, taken);
    assert_eq!(read.text(), text);
    let live = read.live();
    let different: Vec<String> = seen
        .catalog
        .differences(&live.catalog)
        .into_iter()
        .map(|difference| format!("{difference:?}"))
        .filter(|line| !(line.contains("comment") || line.contains("Function") || line.contains("Language")))
        .collect();
    assert!(different.is_empty(), "{different:#?}");
    assert_eq!(live.catalog.relations.len(), seen.catalog.relations.len());
    assert_eq!(live.catalog.functions.len(), 2);
    for (before, after) in seen.catalog.relations.iter().zip(&live.catalog.relations) {
        let columns = |relation: &Relation| -> Vec<(String, u32, String)> {
            let one = |column: &Column| (column.name.clone(), column.position, column.type_name.clone());
            relation.columns.iter().map(one).collect()
        };
        assert_eq!(columns(before), columns(after));
        assert_eq!(before.constraints.len(), after.constraints.len());
        for (before, after) in before.indexes.iter().zip(&after.indexes) {
            assert_eq!(
                (&before.columns, before.valid, before.unique),
                (&after.columns, after.valid, after.unique)
            );
        }
    }
    assert_eq!((live.rows, live.production.index_scans), (seen.rows, seen.production.index_scans));
    assert_eq!(live.gaps.len(), 1, "pg_stat_statements is missing there");
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prod.snapshot");
    assert!(matches!(Snapshot::read(&path), Err(SnapshotError::Unreadable { .. })));
    fs::write(&path, "{").unwrap();
    assert!(matches!(Snapshot::read(&path), Err(SnapshotError::Malformed { .. })));
    fs::write(&path, "{\"version\": 9, \"more\": 1}").unwrap();
    assert!(matches!(Snapshot::read(&path), Err(SnapshotError::OtherVersion { found: 9, .. })));
    fs::write(
        &path,
        "{\"version\": 1, \"taken\": \"\", \"server\": \"15.1\", \"catalog\": {\"relation\": []}}",
    )
    .unwrap();
    assert!(matches!(Snapshot::read(&path), Err(SnapshotError::Malformed { .. })), "a misspelt field");
}
