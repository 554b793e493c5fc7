//! Everything about a person is told, and forgotten, on schemas as they are in use.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use std::{collections::BTreeMap, path::Path};

use async_trait::async_trait;
use freehold_db::Session;
use freehold_sandbox::{Scratch, Server, testing};
use freehold_tenancy::{
    Db, Execute, Tenancy, TenantId,
    audit::{AuditTrail, Verify, Watched, verify},
    rights::{
        Decrypt, Erasure, Export, Exported, LeftOut, Outcome, Replacement, RightsError, SealedValue, Subject,
        erase, erase_dry, export,
    },
};
use ground::{Ground, tenant};
use serde_json::{Value, json};

/// A database with the migrations of an example in it, and two tenants.
struct Example {
    scratch: Scratch,
    server: std::sync::Arc<Server>,
}

impl Example {
    async fn of(name: &str) -> Self {
        let example = Self { scratch: testing::scratch().await, server: testing::server().await };
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).join("migrations");
        let mut scripts: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with(".up.sql"))
            .collect();
        scripts.sort();
        for script in scripts {
            example.admin(&std::fs::read_to_string(script).unwrap()).await;
        }
        example.admin("ALTER ROLE app_admin LOGIN; ALTER ROLE app_writer LOGIN").await;
        example
    }

    async fn admin(&self, sql: &str) {
        Session::open(&self.scratch.connect_to()).await.unwrap().run(sql).await.unwrap();
    }

    async fn db(&self, role: &str) -> Db {
        if let Some(sandbox) = self.server.sandbox() {
            sandbox.admit(role).unwrap();
        }
        let url = self.scratch.connect_to().with_user(role).masked();
        for _ in 0..100 {
            match Db::connect(&url, Tenancy::default()).await {
                Ok(db) => return db,
                Err(freehold_tenancy::Error::Connect { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{role} can't log in");
    }
}

/// The lines of an export, by table.
async fn lines(
    db: &Db,
    id: &TenantId,
    asked: &Export<'_>,
) -> (Exported, BTreeMap<String, Vec<Value>>, String) {
    let transaction = db.tenant(id).snapshot().begin().await.unwrap();
    let mut bytes = Vec::new();
    let told = export(&transaction, asked, &mut bytes).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let mut parsed: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let end = parsed.pop().unwrap();
    assert_eq!(end["end"]["rows"], json!(told.rows));
    let mut tables: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for mut line in parsed.drain(1..) {
        tables.entry(line["table"].as_str().unwrap().to_owned()).or_default().push(line["row"].take());
    }
    (told, tables, text)
}

const FACES: &str = "
INSERT INTO tenants (id, name, slug, status, contact_email)
SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'tenant ' || n, 'tenant-' || n, 'ACTIVE', 'a@example.org'
FROM generate_series(1, 2) AS n;
INSERT INTO faces (tenant_id, external_id, embedding_encrypted, metadata)
SELECT t.id, 'person-' || n, convert_to('secret of ' || t.slug || n, 'UTF8'), '{\"name\": \"Ada\"}'
FROM tenants AS t, generate_series(1, 3) AS n;
INSERT INTO verification_logs (tenant_id, face_id, external_id, verified, created_at)
SELECT f.tenant_id, CASE WHEN n < 3 THEN f.id END, f.external_id, true, '2026-02-03'::timestamptz + n * interval '20 days'
FROM faces AS f, generate_series(1, 4) AS n;
INSERT INTO consent_records (tenant_id, external_id, consent_type, ip_address)
SELECT tenant_id, external_id, 'FACE_REGISTRATION', '203.0.113.9' FROM faces;
INSERT INTO api_keys (tenant_id, name, key_prefix, key_hash)
SELECT id, 'key', 'fk_' || right(slug, 1) || 'abcdefgh', encode(sha256(convert_to(slug, 'UTF8')), 'hex') FROM tenants;";

fn person(external_id: &str) -> Subject {
    Subject::person()
        .whose("faces", "external_id", external_id)
        .whose("verification_logs", "external_id", external_id)
        .whose("consent_records", "external_id", external_id)
        .linked("audit_log", "row_id", "faces", "id")
        .linked("audit_log", "row_id", "consent_records", "id")
}

fn forgetting(external_id: &str) -> Erasure {
    Erasure::of(person(external_id))
        .delete("faces")
        .anonymise("verification_logs", &[("external_id", Replacement::Null)])
        .anonymise("audit_log", &[("old_values", Replacement::Null), ("new_values", Replacement::Null)])
        .keep("consent_records", "proof that the face was lawful")
}

struct Plain;

#[async_trait]
impl Decrypt for Plain {
    async fn decrypt(
        &self,
        sealed: &SealedValue<'_>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        assert_eq!((sealed.table, sealed.column), ("faces", "embedding_encrypted"));
        assert_eq!(sealed.row["tenant_id"], json!(sealed.tenant.to_string()));
        Ok(Value::String(String::from_utf8(sealed.bytes.to_vec())?))
    }
}

struct NoKey;

#[async_trait]
impl Decrypt for NoKey {
    async fn decrypt(&self, _: &SealedValue<'_>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err("no key".into())
    }
}

#[tokio::test]
async fn a_person_of_face_recognition_is_told_all_and_forgotten() {
    let example = Example::of("face-recognition").await;
    example.admin(FACES).await;
    let db = example.db("app_admin").await;
    let acme = tenant(1);

    let asked = Export::of(person("person-2")).sealed("faces", "embedding_encrypted").decrypting(&Plain);
    let (told, tables, text) = lines(&db, &acme, &asked).await;
    let counts: Vec<(&str, u64)> = told.tables.iter().map(|(name, rows)| (name.as_str(), *rows)).collect();
    assert_eq!(counts, [("audit_log", 2), ("consent_records", 1), ("faces", 1), ("verification_logs", 4)]);
    assert_eq!(tables["faces"][0]["embedding_encrypted"], json!("secret of tenant-12"));
    for row in tables.values().flatten() {
        assert_eq!(row["tenant_id"], json!(acme.to_string()));
    }
    assert!(!text.contains("person-1") && !text.contains("person-3") && text.contains("person-2"));

    let transaction = db.tenant(&acme).snapshot().begin().await.unwrap();
    let dry = erase_dry(&transaction, &forgetting("person-2")).await.unwrap();
    let report = erase(&transaction, &forgetting("person-2")).await.unwrap();
    assert_eq!(dry, report);
    transaction.commit().await.unwrap();
    let did: Vec<(&str, i64)> =
        report.tables.iter().map(|table| (table.table.as_str(), table.rows)).collect();
    assert_eq!(did, [("audit_log", 2), ("consent_records", 1), ("faces", 1), ("verification_logs", 4)]);
    assert_eq!(
        report.tables[1].outcome,
        Outcome::Kept { reason: "proof that the face was lawful".to_owned() }
    );
    assert_eq!(report.written_meanwhile, 1, "the entry that says that the face was deleted");

    let (told, tables, _) = lines(&db, &acme, &Export::of(person("person-2"))).await;
    assert_eq!(told.tables.keys().collect::<Vec<_>>(), ["audit_log", "consent_records"]);
    assert_eq!(tables["audit_log"][0]["new_values"], Value::Null);
    let session = Session::open(&example.scratch.connect_to()).await.unwrap();
    let left = "SELECT count(*) FROM audit_log WHERE table_name = 'faces' AND (old_values::text LIKE '%person-2%' OR new_values::text LIKE '%person-2%')";
    let left: i64 = session.client().query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 1, "the person of that name of the other tenant");
    let logs: i64 =
        session.client().query_one("SELECT count(*) FROM verification_logs", &[]).await.unwrap().get(0);
    assert_eq!(logs, 24, "logs stay, without the person");
}

#[tokio::test]
async fn a_tenant_of_face_recognition_is_told_all_and_nothing_of_another() {
    let example = Example::of("face-recognition").await;
    example.admin(FACES).await;
    let db = example.db("app_admin").await;
    let (told, tables, text) = lines(&db, &tenant(2), &Export::of(Subject::tenant())).await;
    let counts: Vec<(&str, u64)> = told.tables.iter().map(|(name, rows)| (name.as_str(), *rows)).collect();
    let all = [
        ("api_keys", 1),
        ("audit_log", 8),
        ("consent_records", 3),
        ("faces", 3),
        ("tenants", 1),
        ("verification_logs", 12),
    ];
    assert_eq!(counts, all);
    assert!(!text.contains(&tenant(1).to_string()));
    assert!(tables["faces"][0]["embedding_encrypted"].as_str().unwrap().starts_with("\\x"));
    // What the session may not read is named, not passed over.
    let unread = LeftOut { table: "api_keys".to_owned(), why: "the session may not read it" };
    assert!(!told.left_out.contains(&unread));
    example.admin("REVOKE SELECT ON api_keys FROM app_admin").await;
    let (told, ..) = lines(&db, &tenant(2), &Export::of(Subject::tenant())).await;
    assert!(told.left_out.contains(&unread), "{:?}", told.left_out);
    assert!(!told.tables.contains_key("api_keys"));
}

#[tokio::test]
async fn a_user_and_a_tenant_of_uptime_monitoring_are_told_all() {
    let example = Example::of("uptime-monitoring").await;
    example
        .admin(
            "INSERT INTO tenants (id, name, slug) SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'tenant', 'tenant-' || n
             FROM generate_series(1, 2) AS n;
             INSERT INTO users (tenant_id, email, password_hash) SELECT id, 'ada@example.org', '$argon2id$' || repeat('x', 80) FROM tenants;
             INSERT INTO monitors (tenant_id, name, url) SELECT id, 'web', 'https://example.org' FROM tenants;
             INSERT INTO monitor_checks (tenant_id, monitor_id, status, checked_at)
             SELECT m.tenant_id, m.id, 'up', '2026-02-03'::timestamptz + n * interval '1 hour' FROM monitors AS m, generate_series(1, 500) AS n;",
        )
        .await;
    let db = example.db("app_admin").await;
    let user = || {
        Subject::person().whose("users", "email", "ada@example.org").linked(
            "audit_log",
            "row_id",
            "users",
            "id",
        )
    };
    let transaction = db.tenant(&tenant(1)).snapshot().begin().await.unwrap();
    let undecided = erase(&transaction, &Erasure::of(user()).delete("users")).await.unwrap_err();
    assert!(
        matches!(&undecided, RightsError::Undecided(tables) if tables.iter().any(|table| table == "audit_log")),
        "{undecided}"
    );
    transaction.rollback().await.unwrap();
    example.admin("GRANT SELECT ON audit_log TO app_admin").await;
    let (told, tables, text) = lines(&db, &tenant(1), &Export::of(user())).await;
    assert_eq!(told.tables["users"], 1);
    assert_eq!(tables["users"][0]["email"], json!("ada@example.org"));
    assert!(!text.contains(&tenant(2).to_string()));
    let (told, ..) = lines(&db, &tenant(1), &Export::of(Subject::tenant())).await;
    assert_eq!((told.tables["monitor_checks"], told.tables["monitors"], told.tables["tenants"]), (500, 1, 1));
    let forgetting = Erasure::of(user())
        .anonymise(
            "users",
            &[
                ("email", Replacement::Random),
                ("password_hash", Replacement::Text(format!("$argon2id${}", "0".repeat(80)))),
            ],
        )
        .keep("audit_log", "who did what is kept for a year");
    let transaction = db.tenant(&tenant(1)).snapshot().begin().await.unwrap();
    let report = erase(&transaction, &forgetting).await.unwrap();
    transaction.commit().await.unwrap();
    let users = report.tables.iter().find(|table| table.table == "users").unwrap();
    assert_eq!(users.rows, 1);
    assert_eq!(lines(&db, &tenant(1), &Export::of(user())).await.0.rows, 0);
}

/// Keys of two columns, a cycle of two tables, a table that refers to itself, one without a tenant column.
const KNOTS: &str = "
CREATE TABLE people (tenant_id uuid NOT NULL, id int, boss int, badge int, name text, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, boss) REFERENCES people (tenant_id, id));
CREATE TABLE badges (tenant_id uuid NOT NULL, id int, owner int NOT NULL, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, owner) REFERENCES people (tenant_id, id));
ALTER TABLE people ADD FOREIGN KEY (tenant_id, badge) REFERENCES badges (tenant_id, id);
CREATE TABLE \"Door log\" (t uuid, badge int, n int, PRIMARY KEY (n), FOREIGN KEY (t, badge) REFERENCES badges (tenant_id, id));
INSERT INTO people (tenant_id, id, boss, name)
    SELECT t.id, n, nullif(n / 2, 0), 'person ' || n FROM tenants AS t, generate_series(1, 7) AS n ORDER BY n;
INSERT INTO badges SELECT tenant_id, id + 100, id FROM people;
UPDATE people SET badge = id + 100;
INSERT INTO \"Door log\" SELECT tenant_id, id, row_number() OVER () FROM badges;
GRANT ALL ON people, badges, \"Door log\" TO app_writer, app_system;
DO $$ DECLARE r text; BEGIN FOREACH r IN ARRAY ARRAY['people', 'badges'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY; ALTER TABLE %I FORCE ROW LEVEL SECURITY', r, r);
    EXECUTE format('CREATE POLICY own ON %I USING (tenant_id = (SELECT nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))', r);
END LOOP; END $$;";

fn by_name(name: &str) -> Subject {
    Subject::person().whose("people", "name", name)
}

#[tokio::test]
async fn cycles_composite_keys_and_tables_that_refer_to_themselves_are_followed() {
    let ground = Ground::new().await;
    ground.admin(KNOTS).await;
    let db = ground.db().await;
    // person 3 leads 6 and 7: by foreign keys alone they are 3's rows.
    let (told, ..) = lines(&db, &tenant(1), &Export::of(by_name("person 3"))).await;
    assert_eq!(
        told.tables,
        BTreeMap::from([("people", 3), ("badges", 3), ("Door log", 3)].map(|(t, n)| (t.to_owned(), n)))
    );
    let alone = || by_name("person 3").not_following("people", "boss");
    let (told, tables, text) = lines(&db, &tenant(1), &Export::of(alone())).await;
    assert_eq!(told.rows, 3);
    assert_eq!(tables["people"][0]["name"], json!("person 3"));
    assert!(!text.contains("person 6"));
    let (told, ..) = lines(&db, &tenant(1), &Export::of(alone().without("badges"))).await;
    assert_eq!(told.rows, 1);
    let (told, ..) = lines(&db, &tenant(2), &Export::of(Subject::tenant())).await;
    assert_eq!(
        (told.tables["people"], told.tables["badges"], told.tables["Door log"], told.tables["tenants"]),
        (7, 7, 7, 1)
    );

    // Deleted in one statement, though each refers to the other.
    let db = db.system("forgetting").unwrap().within_tenant(&tenant(1)).snapshot();
    let all = |subject: Subject| Erasure::of(subject).delete("people").delete("badges").delete("Door log");
    let transaction = db.begin().await.unwrap();
    let referred = erase(&transaction, &all(alone())).await.unwrap_err();
    assert!(matches!(referred, RightsError::StillReferenced(_)), "{referred}");
    transaction.rollback().await.unwrap();
    let transaction = db.begin().await.unwrap();
    let report = erase(&transaction, &all(by_name("person 3"))).await.unwrap();
    assert_eq!(report.tables.iter().map(|table| table.rows).collect::<Vec<_>>(), [3, 3, 3]);
    transaction.commit().await.unwrap();
    let left: i64 = db.query_value("SELECT count(*) FROM people", &[]).await.unwrap();
    assert_eq!(left, 18);
}

#[tokio::test]
async fn what_is_said_wrongly_is_refused_before_anything_is_done() {
    let ground = Ground::new().await;
    ground.admin(KNOTS).await;
    let db = ground.db().await;
    let acme = db.tenant(&tenant(1));
    let transaction = acme.clone().snapshot().begin().await.unwrap();
    let mut nowhere = Vec::new();
    let failed = async |subject: Subject| {
        let mut bytes = Vec::new();
        export(&transaction, &Export::of(subject), &mut bytes).await.unwrap_err()
    };
    assert!(matches!(failed(Subject::person()).await, RightsError::Nothing));
    assert!(matches!(failed(Subject::person().whose("nobody", "id", "1")).await, RightsError::Table(..)));
    assert!(matches!(
        failed(Subject::person().whose("people", "no \" such", "1")).await,
        RightsError::Column { .. }
    ));
    assert!(matches!(
        failed(by_name("x").linked("people", "id", "badges", "nope")).await,
        RightsError::Column { .. }
    ));
    assert!(matches!(failed(by_name("x").not_following("people", "nope")).await, RightsError::Column { .. }));
    let hostile = by_name("'; DROP TABLE people; --");
    assert_eq!(export(&transaction, &Export::of(hostile), &mut nowhere).await.unwrap().rows, 0);
    assert!(!format!("{:?}", by_name("person 3")).contains("person 3"));

    let keeping =
        |at: &str| Erasure::of(by_name("person 3")).delete("people").delete("badges").keep(at, "the law");
    let conflict = erase(&transaction, &keeping("Door log")).await.unwrap_err();
    assert!(
        matches!(&conflict, RightsError::Conflict { child, parent, .. } if child == "Door log" && parent == "badges"),
        "{conflict}"
    );
    let letting_go = Erasure::of(by_name("person 3"))
        .delete("people")
        .delete("badges")
        .anonymise("Door log", &[("badge", Replacement::Null)]);
    assert_eq!(erase_dry(&transaction, &letting_go).await.unwrap().tables.len(), 3);
    transaction.rollback().await.unwrap();
    ground.admin("ALTER TABLE \"Door log\" DROP CONSTRAINT \"Door log_t_badge_fkey\", ADD FOREIGN KEY (t, badge) REFERENCES badges ON DELETE CASCADE").await;
    let transaction = acme.clone().snapshot().begin().await.unwrap();
    assert!(matches!(erase(&transaction, &keeping("Door log")).await, Err(RightsError::Conflict { .. })));

    let changing = acme.begin().await.unwrap();
    assert!(matches!(
        export(&changing, &Export::of(by_name("x")), &mut nowhere).await,
        Err(RightsError::NoSnapshot)
    ));
    assert!(matches!(erase(&changing, &keeping("Door log")).await, Err(RightsError::NoSnapshot)));
    let system = db.system("without a tenant").unwrap().snapshot().begin().await.unwrap();
    assert!(matches!(
        export(&system, &Export::of(by_name("x")), &mut nowhere).await,
        Err(RightsError::NoTenant)
    ));
}

#[tokio::test]
async fn a_value_that_does_not_open_stops_the_export() {
    let ground = Ground::new().await;
    ground
        .admin(
            "CREATE TABLE vault (tenant_id uuid NOT NULL, id int PRIMARY KEY, sealed bytea); GRANT ALL ON vault TO app_writer;
             ALTER TABLE vault ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON vault USING (true);
             INSERT INTO vault SELECT id, right(id::text, 1)::int, '\\x00' FROM tenants; INSERT INTO vault SELECT id, 9, NULL FROM tenants LIMIT 1",
        )
        .await;
    let db = ground.db().await;
    let subject = || Subject::person().whose("vault", "tenant_id", &tenant(1).to_string());
    let transaction = db.tenant(&tenant(1)).snapshot().begin().await.unwrap();
    let asked = Export::of(subject()).sealed("vault", "sealed").decrypting(&NoKey);
    let mut bytes = Vec::new();
    let error = export(&transaction, &asked, &mut bytes).await.unwrap_err();
    assert!(
        matches!(&error, RightsError::Decrypt { table, column, .. } if table == "vault" && column == "sealed"),
        "{error}"
    );
    assert!(!String::from_utf8(bytes).unwrap().contains("\"end\""), "what is not whole has no last line");
    // Held to the tenant by its key, even where a policy lets everything through.
    let (told, ..) = lines(&db, &tenant(1), &Export::of(Subject::tenant())).await;
    assert_eq!(told.tables["vault"], 2);
}

#[tokio::test]
async fn the_audit_trail_forgets_the_person_and_still_verifies() {
    let ground = Ground::new().await;
    ground.admin(KNOTS).await;
    let trail = AuditTrail::of(&Ground::tenancy()).readable_by("app_writer");
    ground.admin(&(trail.up() + &trail.watch(&Watched::table("people")))).await;
    let db = ground.db().await;
    let acme = db.tenant(&tenant(1));
    acme.execute(
        "INSERT INTO people (tenant_id, id, name) VALUES ($1, 50, 'person 50'), ($1, 51, 'person 51')",
        &[&tenant(1)],
    )
    .await
    .unwrap();
    acme.execute("UPDATE people SET name = name || '!' WHERE id >= 50", &[]).await.unwrap();
    let forgetting = Erasure::of(by_name("person 50!"))
        .delete("people")
        .delete("badges")
        .delete("Door log")
        .with_audit_trail();
    let system = db.system("forgetting").unwrap().within_tenant(&tenant(1)).snapshot();
    let transaction = system.begin().await.unwrap();
    let dry = erase_dry(&transaction, &forgetting).await.unwrap();
    let report = erase(&transaction, &forgetting).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!((dry.audit_entries, report.audit_entries), (3, 3), "made, changed, and now removed");
    let named: i64 = system
        .query_value(
            "SELECT count(*) FROM audit.audit_log WHERE concat(old_values, new_values) LIKE '%person 50%'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(named, 0);
    let verified = verify(&acme, &Verify::default()).await.unwrap();
    assert_eq!((verified.erased, verified.tampering), (3, vec![]));
}

#[tokio::test]
async fn a_large_export_comes_in_pieces_and_shows_one_moment() {
    let ground = Ground::new().await;
    ground.admin("INSERT INTO notes (tenant_id, id, body) SELECT id, n, repeat('x', 100) FROM tenants, generate_series(1, 5000) AS n").await;
    let db = ground.db().await;
    let transaction = db.tenant(&tenant(1)).snapshot().begin().await.unwrap();
    let before: i64 = transaction.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    db.tenant(&tenant(1)).execute("DELETE FROM notes WHERE id > 10", &[]).await.unwrap();
    let (mut here, there) = tokio::io::duplex(4096);
    let reading = tokio::spawn(async move {
        let mut text = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut here, &mut text).await.unwrap();
        text.lines().count()
    });
    let told = export(&transaction, &Export::of(Subject::tenant()), there).await.unwrap();
    assert_eq!((before, told.tables["notes"]), (5000, 5000));
    assert_eq!(reading.await.unwrap(), 5000 + 1 + 2);
}
