//! What each kind of command is said to do.
#![expect(clippy::panic, reason = "a helper of tests fails its test by a panic that shows the SQL")]

use freehold_sql::{
    Effect, InTransaction, ObjectKind as K, SettingScope, StatementKind as S, TransactionControl, Use, parse,
};

fn effect(sql: &str) -> Effect {
    let mut statements = parse(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_eq!(statements.len(), 1, "{sql}");
    statements.remove(0).effect
}

/// The objects as `+created ~altered -dropped ?read !written`, each with its kind.
fn objects(sql: &str) -> Vec<String> {
    effect(sql)
        .objects
        .iter()
        .map(|object| {
            let mark = match object.use_ {
                Use::Creates => '+',
                Use::Alters => '~',
                Use::Drops => '-',
                Use::Reads => '?',
                Use::Writes => '!',
            };
            format!("{mark}{} {object}", object.kind)
        })
        .collect()
}

/// Commands, their kinds and their objects.
#[rustfmt::skip]
const COMMANDS: &[(&str, S, &[&str])] = &[
        ("SELECT * FROM a JOIN s.b ON true WHERE c IN (SELECT d FROM e)", S::Select, &["?table a", "?table s.b", "?table e"]),
        ("VALUES (1)", S::Select, &[]),
        ("TABLE a", S::Select, &["?table a"]),
        ("WITH x AS (SELECT * FROM a), y AS (SELECT * FROM x) SELECT * FROM y, b.x", S::Select, &["?table b.x", "?table a"]),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", S::Select, &["?table a"]),
        ("WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM a) SELECT * FROM a", S::Select, &[]),
        ("SELECT CASE WHEN EXISTS (SELECT FROM a) THEN (SELECT 1 FROM b) END, ARRAY(SELECT c FROM d)", S::Select, &["?table a", "?table b", "?table d"]),
        ("INSERT INTO a SELECT * FROM b", S::Insert, &["!table a", "?table b"]),
        ("WITH g AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM g", S::Insert, &["!table b", "!table a"]),
        ("UPDATE ONLY a SET x = b.y FROM b WHERE a.i = b.i", S::Update, &["!table a", "?table b"]),
        ("DELETE FROM a USING b", S::Delete, &["!table a", "?table b"]),
        ("MERGE INTO a USING b ON a.i = b.i WHEN MATCHED THEN DELETE", S::Merge, &["!table a", "?table b"]),
        ("COPY a FROM '/f'", S::Copy { from: true }, &["!table a"]),
        ("COPY (SELECT * FROM a) TO stdout", S::Copy { from: false }, &["?table a"]),
        ("TRUNCATE a, s.b CASCADE", S::Truncate, &["!table a", "!table s.b"]),
        ("CREATE TABLE s.a (i int PRIMARY KEY, b_id int REFERENCES b (i), m mood)", S::CreateTable, &["+table s.a", "?table b", "?type mood"]),
        ("CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)", S::CreateTable, &["+table p1", "~table p"]),
        ("CREATE TABLE c (LIKE d) INHERITS (e)", S::CreateTable, &["+table c", "?table e", "?table d"]),
        ("CREATE TABLE a AS SELECT * FROM b", S::CreateTableAs, &["+table a", "?table b"]),
        ("SELECT * INTO a FROM b UNION SELECT * FROM c", S::CreateTableAs, &["+table a", "?table b", "?table c"]),
        ("CREATE MATERIALIZED VIEW a AS SELECT * FROM b", S::Create(K::MaterializedView), &["+materialized view a", "?table b"]),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY a", S::RefreshMaterializedView { concurrently: true }, &["!materialized view a"]),
        ("CREATE VIEW a AS SELECT * FROM b", S::Create(K::View), &["+view a", "?table b"]),
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON s.a (x)", S::CreateIndex { concurrently: true, unique: true }, &["+index s.i", "~table s.a"]),
        ("CREATE SEQUENCE q OWNED BY s.a.i", S::Create(K::Sequence), &["+sequence q", "?table s.a"]),
        ("CREATE SCHEMA s CREATE TABLE t (i int) CREATE VIEW v AS SELECT * FROM t", S::Create(K::Schema), &["+schema s", "+table s.t", "+view s.v", "?table t"]),
        ("CREATE TRIGGER t BEFORE UPDATE ON s.a FOR EACH ROW EXECUTE FUNCTION s.f()", S::Create(K::Trigger), &["+trigger s.a.t", "~table s.a", "?function s.f"]),
        ("CREATE POLICY p ON a USING (i IN (SELECT i FROM b))", S::Create(K::Policy), &["+policy a.p", "~table a", "?table b"]),
        ("CREATE RULE r AS ON INSERT TO a DO INSTEAD INSERT INTO b VALUES (1)", S::Create(K::Rule), &["+rule a.r", "~table a", "?table b"]),
        ("CREATE STATISTICS s (dependencies) ON x, y FROM a", S::Create(K::Statistics), &["+statistics s", "~table a"]),
        ("CREATE TYPE s.mood AS ENUM ('a')", S::Create(K::Type), &["+type s.mood"]),
        ("CREATE TYPE pair AS (a int, b mood)", S::Create(K::Type), &["+type pair", "?type mood"]),
        ("CREATE DOMAIN d AS text CHECK (VALUE <> '')", S::Create(K::Domain), &["+domain d"]),
        ("CREATE AGGREGATE g (int) (SFUNC = f, STYPE = int)", S::Create(K::Aggregate), &["+aggregate g"]),
        ("CREATE OR REPLACE FUNCTION s.f(a mood) RETURNS SETOF t LANGUAGE sql AS 'SELECT 1'", S::Create(K::Function), &["+function s.f", "?type mood", "?type t"]),
        ("CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA s", S::Create(K::Extension), &["+extension pgcrypto"]),
        ("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", S::Create(K::EventTrigger), &["+event trigger e"]),
        ("CREATE PUBLICATION p FOR TABLE a, TABLES IN SCHEMA s", S::Create(K::Publication), &["+publication p", "?table a", "?schema s"]),
        ("CREATE FOREIGN TABLE f (a int) SERVER s", S::Create(K::ForeignTable), &["+foreign table f", "?server s"]),
        ("ALTER TABLE s.a ADD COLUMN x int", S::AlterTable, &["~table s.a"]),
        ("ALTER TABLE a RENAME TO b", S::AlterTable, &["~table a"]),
        ("ALTER TABLE a SET SCHEMA s", S::AlterTable, &["~table a"]),
        ("ALTER TABLE a ADD FOREIGN KEY (x) REFERENCES s.b", S::AlterTable, &["~table a", "?table s.b"]),
        ("ALTER TABLE p ATTACH PARTITION s.c DEFAULT", S::AlterTable, &["~table p", "~table s.c"]),
        ("ALTER TABLE a DROP CONSTRAINT c", S::AlterTable, &["~table a", "-constraint a.c"]),
        ("ALTER INDEX i RENAME TO j", S::Alter(K::Index), &["~index i"]),
        ("ALTER INDEX i ATTACH PARTITION j", S::Alter(K::Index), &["~index i", "~index j"]),
        ("ALTER VIEW v ALTER COLUMN x SET DEFAULT 1", S::Alter(K::View), &["~view v"]),
        ("ALTER SEQUENCE q OWNED BY a.i", S::Alter(K::Sequence), &["~sequence q", "?table a"]),
        ("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'x'", S::AddEnumValue, &["~type mood"]),
        ("ALTER TYPE mood RENAME VALUE 'x' TO 'y'", S::Alter(K::Type), &["~type mood"]),
        ("ALTER DOMAIN d DROP NOT NULL", S::Alter(K::Domain), &["~domain d"]),
        ("ALTER POLICY p ON a USING (true)", S::Alter(K::Policy), &["~policy a.p", "~table a"]),
        ("ALTER TRIGGER t ON a RENAME TO u", S::Alter(K::Trigger), &["~trigger a.t", "~table a"]),
        ("ALTER FUNCTION s.f(int) OWNER TO o", S::Alter(K::Function), &["~function s.f"]),
        ("ALTER SCHEMA s RENAME TO r", S::Alter(K::Schema), &["~schema s"]),
        ("DROP TABLE IF EXISTS a, s.b CASCADE", S::Drop { object: K::Table, concurrently: false, cascade: true }, &["-table a", "-table s.b"]),
        ("DROP INDEX CONCURRENTLY i", S::Drop { object: K::Index, concurrently: true, cascade: false }, &["-index i"]),
        ("DROP FUNCTION s.f(int), g", S::Drop { object: K::Function, concurrently: false, cascade: false }, &["-function s.f", "-function g"]),
        ("DROP TRIGGER t ON s.a", S::Drop { object: K::Trigger, concurrently: false, cascade: false }, &["-trigger s.a.t", "~table s.a"]),
        ("DROP POLICY p ON a", S::Drop { object: K::Policy, concurrently: false, cascade: false }, &["-policy a.p", "~table a"]),
        ("DROP TYPE s.mood", S::Drop { object: K::Type, concurrently: false, cascade: false }, &["-type s.mood"]),
        ("DROP OPERATOR CLASS s.o USING btree", S::Drop { object: K::OperatorClass, concurrently: false, cascade: false }, &["-operator class s.o"]),
        ("DROP CAST (text AS int)", S::Drop { object: K::Cast, concurrently: false, cascade: false }, &["-cast \"text integer\""]),
        ("DROP SCHEMA s", S::Drop { object: K::Schema, concurrently: false, cascade: false }, &["-schema s"]),
        ("VACUUM FULL a", S::Vacuum { full: true }, &["!table a"]),
        ("ANALYZE a", S::Analyze, &["!table a"]),
        ("CLUSTER a USING i", S::Cluster, &["!table a"]),
        ("REINDEX TABLE CONCURRENTLY a", S::Reindex { concurrently: true }, &["!table a"]),
        ("REINDEX DATABASE d", S::Reindex { concurrently: false }, &["!database d"]),
        ("LOCK TABLE a IN EXCLUSIVE MODE", S::Lock, &["?table a"]),
        ("GRANT SELECT ON s.a, b TO r, PUBLIC", S::Grant, &["~table s.a", "~table b", "?role r", "?role \"PUBLIC\""]),
        ("REVOKE ALL ON ALL TABLES IN SCHEMA s FROM r", S::Revoke, &["~schema s", "?role r"]),
        ("GRANT admin TO joe", S::GrantRole, &["~role admin", "~role joe"]),
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO r", S::AlterDefaultPrivileges, &["~schema s"]),
        ("COMMENT ON TABLE s.a IS 'x'", S::Comment, &["~table s.a"]),
        ("COMMENT ON COLUMN s.a.x IS 'x'", S::Comment, &["~column s.a.x"]),
        ("COMMENT ON CONSTRAINT c ON a IS 'x'", S::Comment, &["~constraint a.c"]),
        ("CREATE ROLE r", S::Create(K::Role), &["+role r"]),
        ("DROP USER r", S::Drop { object: K::Role, concurrently: false, cascade: false }, &["-role r"]),
        ("CREATE DATABASE d", S::Create(K::Database), &["+database d"]),
        ("ALTER SYSTEM SET work_mem = '1GB'", S::AlterSystem, &["~parameter work_mem"]),
        ("EXPLAIN DELETE FROM a", S::Explain { analyze: false }, &["?table a"]),
        ("EXPLAIN (ANALYZE, BUFFERS) DELETE FROM a", S::Explain { analyze: true }, &["!table a"]),
        ("PREPARE p AS DELETE FROM a", S::Prepare, &["?table a"]),
        ("CALL s.p()", S::Call, &["?procedure s.p"]),
        ("SELECT setval('public.\"A_seq\"', 1), nextval('B')", S::Select, &["!sequence public.\"A_seq\"", "!sequence b"]),
        ("NOTIFY a", S::Notify, &[]),
        ("SHOW search_path", S::Show, &[]),
        ("CHECKPOINT", S::Checkpoint, &[]),
        ("SET CONSTRAINTS ALL DEFERRED", S::SetConstraints, &[]),
];

#[test]
fn kinds_and_objects_of_commands() {
    let mut wrong = Vec::new();
    for (sql, kind, expected) in COMMANDS {
        let found = (effect(sql).kind, objects(sql));
        if found != (*kind, expected.iter().map(ToString::to_string).collect()) {
            wrong.push(format!("{sql}\n    {found:?}\n    {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_cannot_run_in_a_transaction_block() {
    for sql in [
        "CREATE INDEX CONCURRENTLY i ON a (x)",
        "DROP INDEX CONCURRENTLY i",
        "REINDEX INDEX CONCURRENTLY i",
        "REINDEX (CONCURRENTLY) TABLE a",
        "REINDEX SCHEMA s",
        "REINDEX DATABASE d",
        "REINDEX SYSTEM d",
        "VACUUM",
        "VACUUM (ANALYZE) a",
        "CREATE DATABASE d",
        "DROP DATABASE d",
        "ALTER DATABASE d SET TABLESPACE t",
        "CREATE TABLESPACE t LOCATION '/x'",
        "DROP TABLESPACE t",
        "ALTER SYSTEM RESET ALL",
        "ALTER TABLE p DETACH PARTITION c CONCURRENTLY",
        "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
        "ALTER SUBSCRIPTION s REFRESH PUBLICATION",
        "CLUSTER",
        "COMMIT PREPARED 'x'",
        "ROLLBACK PREPARED 'x'",
        "DISCARD ALL",
    ] {
        assert!(effect(sql).transaction.is_forbidden(18), "{sql}");
    }
    for sql in [
        "CREATE INDEX i ON a (x)",
        "DROP INDEX i",
        "ANALYZE a",
        "ALTER DATABASE d SET work_mem = '1MB'",
        "ALTER TABLE p DETACH PARTITION c",
        "ALTER TABLE p DETACH PARTITION c FINALIZE",
        "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = false)",
        "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false)",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
        "DISCARD PLANS",
        "REINDEX (CONCURRENTLY false) TABLE a",
    ] {
        assert!(!effect(sql).transaction.is_forbidden(14), "{sql}");
    }
    for sql in
        ["REINDEX TABLE a", "CLUSTER a", "DROP SUBSCRIPTION s", "CALL p()", "DO $$ BEGIN COMMIT; END $$"]
    {
        assert!(matches!(effect(sql).transaction, InTransaction::Depends { .. }), "{sql}");
    }
    assert_eq!(effect("DO $$ BEGIN NULL; -- COMMIT\nEND $$").transaction, InTransaction::Allowed);
    let added = effect("ALTER TYPE mood ADD VALUE 'x'").transaction;
    assert!(matches!(added, InTransaction::AllowedButUnusable { .. }));
}

#[test]
fn transactions_and_their_marks() {
    for (sql, control) in [
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", TransactionControl::Begin),
        ("START TRANSACTION", TransactionControl::Begin),
        ("COMMIT", TransactionControl::Commit { chain: false }),
        ("END AND CHAIN", TransactionControl::Commit { chain: true }),
        ("ABORT", TransactionControl::Rollback { chain: false }),
        ("SAVEPOINT a", TransactionControl::Savepoint("a".into())),
        ("RELEASE a", TransactionControl::Release("a".into())),
        ("ROLLBACK TO a", TransactionControl::RollbackTo("a".into())),
        ("PREPARE TRANSACTION 'x'", TransactionControl::PrepareTransaction("x".into())),
    ] {
        assert_eq!(effect(sql).control, Some(control), "{sql}");
    }
    assert_eq!(effect("SELECT 1").control, None);
}

#[test]
fn changes_of_the_session() {
    use SettingScope::{Session, Transaction};
    let table: &[(&str, &str, &[&str], SettingScope)] = &[
        ("SET search_path TO app, public", "search_path", &["app", "public"], Session),
        ("SET LOCAL lock_timeout = '2s'", "lock_timeout", &["2s"], Transaction),
        ("SET statement_timeout = 0", "statement_timeout", &["0"], Session),
        ("SET ROLE admin", "role", &["admin"], Session),
        ("SET SESSION AUTHORIZATION joe", "session_authorization", &["joe"], Session),
        ("SET session_replication_role = replica", "session_replication_role", &["replica"], Session),
        ("RESET ALL", "all", &[], Session),
        ("RESET ROLE", "role", &[], Session),
        ("SET search_path TO DEFAULT", "search_path", &[], Session),
        ("DISCARD ALL", "all", &[], Session),
        ("SET TRANSACTION READ ONLY", "transaction_read_only", &["1"], Transaction),
        (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
            "default_transaction_read_only",
            &["1"],
            Session,
        ),
        ("SELECT pg_catalog.set_config('search_path', '', false)", "search_path", &[""], Session),
        ("SELECT set_config('App.Tenant', '7', true)", "app.tenant", &["7"], Transaction),
    ];
    for (sql, name, values, scope) in table {
        let effect = effect(sql);
        let change = effect.session.first().unwrap_or_else(|| panic!("{sql}"));
        assert_eq!((change.name.as_str(), change.scope), (*name, *scope), "{sql}");
        assert_eq!(change.values, *values, "{sql}");
        assert!(!effect.opaque, "{sql}");
    }
    assert!(effect("SELECT set_config('search_path', f(), false)").session[0].computed);
    assert!(effect("SELECT 1 FROM a WHERE set_config(b, c, false) = ''").opaque);
}

#[test]
fn what_the_text_does_not_show_is_opaque() {
    for sql in [
        "DO $$ BEGIN END $$",
        "CALL p()",
        "EXECUTE p",
        "SELECT my_function()",
        "SELECT app.now()",
        "INSERT INTO a VALUES (make_id())",
        "SELECT query_to_xml('SELECT 1', true, true, '')",
        "CREATE TABLE a AS SELECT f(x) FROM b",
        "ALTER EXTENSION e UPDATE",
        "LOAD 'x'",
    ] {
        let effect = effect(sql);
        assert!(effect.opaque && effect.opaque_because.is_some(), "{sql}");
    }
    for sql in [
        "SELECT now(), count(*), pg_catalog.lower('A'), coalesce(1, 2), gen_random_uuid()",
        "CREATE VIEW v AS SELECT my_function()",
        "CREATE TABLE a (i int DEFAULT f())",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT g(); END",
        "INSERT INTO a VALUES (1)",
    ] {
        assert!(!effect(sql).opaque, "{sql}");
    }
}

#[test]
fn dangers_are_told_apart_from_their_harmless_neighbours() {
    assert!(effect("SELECT pg_terminate_backend(pg_backend_pid())").kills_own_backend);
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
    assert!(!effect(others).kills_own_backend);
    assert!(
        effect("SELECT pg_sleep(100)").sleeps && effect("DO $$ BEGIN PERFORM pg_sleep(1); END $$").sleeps
    );
    assert!(!effect("CREATE VIEW v AS SELECT pg_sleep(1)").sleeps);
    for sql in [
        "CREATE USER u",
        "ALTER GROUP g ADD USER u",
        "GRANT a TO b",
        "DROP TABLESPACE t",
        "ALTER DATABASE d SET a.b = '1'",
        "ALTER SYSTEM SET fsync = off",
        "COMMENT ON ROLE r IS 'x'",
        "GRANT CONNECT ON DATABASE d TO r",
        "ALTER DATABASE d OWNER TO r",
        "ALTER ROLE r RENAME TO s",
        "REASSIGN OWNED BY a TO b",
        "SELECT pg_create_physical_replication_slot('x')",
    ] {
        assert!(effect(sql).cluster_wide, "{sql}");
    }
    for sql in ["GRANT SELECT ON a TO r", "ALTER TABLE a OWNER TO r", "CREATE SCHEMA s AUTHORIZATION r"] {
        assert!(!effect(sql).cluster_wide, "{sql}");
    }
    for sql in [
        "DROP TABLE a",
        "DROP SCHEMA s",
        "DROP VIEW v CASCADE",
        "ALTER TABLE a DROP COLUMN x",
        "ALTER TABLE a ALTER x TYPE int",
        "TRUNCATE a",
        "DELETE FROM a",
        "UPDATE a SET x = 1",
        "INSERT INTO a VALUES (1) ON CONFLICT (x) DO UPDATE SET x = 2",
        "WITH d AS (DELETE FROM a) SELECT 1",
    ] {
        assert!(effect(sql).may_lose_data, "{sql}");
    }
    for sql in [
        "DROP VIEW v",
        "DROP INDEX i",
        "ALTER TABLE a ADD COLUMN x int",
        "INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING",
        "SELECT 1 FROM a FOR UPDATE",
        "EXPLAIN SELECT 1",
    ] {
        assert!(!effect(sql).may_lose_data, "{sql}");
    }
    assert!(effect("CREATE TABLE IF NOT EXISTS a (x int)").may_exist_before);
    assert!(effect("DROP TABLE IF EXISTS a").may_be_missing);
    assert!(effect("CREATE TEMP TABLE a (x int)").objects[0].temporary);
}
