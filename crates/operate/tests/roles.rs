//! A hierarchy on a real server: what it may and may not, that it can be made twice and taken away, and an audit that
//! says nothing of it and one thing of each fault.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use freehold_db::Session;
use freehold_operate::roles::{
    Hierarchy, apply,
    audit::{AUDITS, Audited, Subjects, audit},
    plan,
};
use freehold_sandbox::{Sandbox, Scratch, Server, testing};

const SCHEMA: &str = "
    CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
    CREATE TABLE orders (id bigserial PRIMARY KEY, account bigint REFERENCES accounts, note text);
    CREATE TABLE \"Odd table\" (id int PRIMARY KEY, secret text);
    CREATE TABLE parts (id int, day date) PARTITION BY RANGE (day);
    CREATE TABLE parts_1 PARTITION OF parts DEFAULT;
    CREATE TABLE schema_migrations (version text);
    CREATE VIEW seen WITH (security_barrier) AS SELECT * FROM orders;
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE DOMAIN tag AS text;
    CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql AS 'SELECT i * 2';
    CREATE FUNCTION mighty() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
    CREATE PROCEDURE noop() LANGUAGE sql AS 'SELECT 1';
    CREATE EXTENSION citext;
    CREATE SCHEMA billing;
    CREATE TABLE billing.invoices (id int PRIMARY KEY);
    GRANT SELECT ON accounts TO PUBLIC;
    GRANT ALL ON SCHEMA public TO PUBLIC";

/// A server of its own: roles belong to the whole server.
struct Ground {
    server: Server,
    scratch: Scratch,
    session: Session,
}

impl Ground {
    async fn new() -> Self {
        let server = Server::Own(Sandbox::start(&testing::options()).await.unwrap());
        let scratch = server.scratch().await.unwrap();
        let session = Session::open(&scratch.connect_to()).await.unwrap();
        session.run(SCHEMA).await.unwrap();
        session.run("CREATE ROLE api LOGIN; CREATE ROLE report LOGIN; CREATE ROLE boss LOGIN").await.unwrap();
        Self { server, scratch, session }
    }

    async fn with_hierarchy() -> Self {
        let ground = Self::new().await;
        apply(&ground.session, &plan(&hierarchy()).up).await.unwrap();
        ground.session.run("GRANT app_reader TO report; GRANT app_admin TO boss").await.unwrap();
        ground
    }

    /// Whether a role may do this; other refusals than those of privileges fail the test.
    async fn may(&self, role: &str, sql: &str) -> bool {
        self.session.run(&format!("BEGIN; SET LOCAL SESSION AUTHORIZATION {role}")).await.unwrap();
        let outcome = self.session.run(sql).await;
        self.session.run("ROLLBACK").await.unwrap();
        match outcome {
            Ok(()) => true,
            Err(error) => {
                let told = format!("{error:?}");
                assert!(told.contains("42501"), "{role}: {sql}: {told}");
                false
            }
        }
    }

    async fn audit(&self) -> Audited {
        audit(&self.session, &Subjects { hierarchy: hierarchy(), named: Vec::new() }).await.unwrap()
    }

    async fn end(self) {
        self.session.close().await;
        drop(self.scratch);
        self.server.close().await.unwrap();
    }
}

fn hierarchy() -> Hierarchy {
    Hierarchy {
        schemas: vec!["public".to_owned(), "billing".to_owned()],
        application: vec!["api".to_owned()],
        ..Hierarchy::default()
    }
    .judged()
    .unwrap()
}

fn lines(audited: &Audited) -> Vec<String> {
    let line = |f: &freehold_model::finding::Finding| format!("{} {} {}", f.severity, f.rule.id, f.message);
    audited.findings.iter().map(line).collect()
}

#[tokio::test]
async fn each_group_may_what_it_is_for_and_no_more() {
    let ground = Ground::with_hierarchy().await;
    let later = "SET ROLE app_migrator; CREATE TABLE later (id serial PRIMARY KEY, x text);
                 CREATE FUNCTION later_on() RETURNS int LANGUAGE sql AS 'SELECT 1'; RESET ROLE";
    ground.session.run(later).await.unwrap();
    ground.session.run("CREATE ROLE stranger LOGIN").await.unwrap();
    for (sql, [report, api, boss, stranger]) in [
        ("SELECT * FROM accounts", [true, true, true, false]),
        ("SELECT * FROM seen", [true, true, true, false]),
        ("SELECT * FROM billing.invoices", [true, true, true, false]),
        ("SELECT twice(1)", [true, true, true, false]),
        ("SELECT * FROM later", [true, true, true, false]),
        ("SELECT later_on()", [true, true, true, false]),
        ("INSERT INTO accounts (name) VALUES ('x')", [false, true, true, false]),
        ("INSERT INTO orders (note) VALUES ('x')", [false, true, true, false]),
        ("INSERT INTO later (x) VALUES ('x')", [false, true, true, false]),
        ("UPDATE \"Odd table\" SET secret = 'x'", [false, true, true, false]),
        ("DELETE FROM orders", [false, true, true, false]),
        ("INSERT INTO schema_migrations VALUES ('9')", [false, false, false, false]),
        ("SELECT setval('orders_id_seq', 1)", [false, false, false, false]),
        ("TRUNCATE orders", [false, false, false, false]),
        ("ALTER TABLE orders DISABLE ROW LEVEL SECURITY", [false, false, false, false]),
        ("CREATE TABLE mine (id int)", [false, false, false, false]),
        ("CREATE SCHEMA mine", [false, false, false, false]),
        ("CREATE TEMPORARY TABLE mine (id int)", [false, false, false, false]),
        (
            "CREATE TRIGGER t BEFORE INSERT ON orders EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            [false, false, false, false],
        ),
        ("SET ROLE app_migrator", [false, false, false, false]),
        ("GRANT app_reader TO stranger", [false, false, true, false]),
    ] {
        for (role, expected) in [("report", report), ("api", api), ("boss", boss), ("stranger", stranger)] {
            assert_eq!(ground.may(role, sql).await, expected, "{role}: {sql}");
        }
    }
    assert!(
        ground.may("app_migrator", "ALTER TABLE orders ADD more text; DROP VIEW seen; DROP TYPE mood").await
    );
    assert!(ground.may("app_migrator", "CREATE TABLE billing.more (id int)").await);
    let rows =
        ground.session.query("SELECT has_database_privilege('stranger', current_database(), 'CONNECT')", &[]);
    assert!(!rows.await.unwrap()[0].get::<_, bool>(0));
    ground.end().await;
}

#[tokio::test]
async fn a_plan_changes_nothing_the_second_time_mends_what_was_added_and_can_be_taken_away() {
    let ground = Ground::new().await;
    let plan = plan(&hierarchy());
    assert!(apply(&ground.session, &plan.up).await.unwrap());
    assert!(!apply(&ground.session, &plan.up).await.unwrap(), "the second time nothing is different");
    let faults =
        "ALTER ROLE app_writer BYPASSRLS CREATEDB; GRANT TRUNCATE ON orders TO app_writer WITH GRANT OPTION;
                  GRANT INSERT ON orders TO app_reader; GRANT CREATE ON SCHEMA billing TO PUBLIC;
                  ALTER TABLE orders OWNER TO api";
    ground.session.run(faults).await.unwrap();
    assert!(apply(&ground.session, &plan.up).await.unwrap());
    assert!(!apply(&ground.session, &plan.up).await.unwrap());
    assert!(
        !ground.may("api", "TRUNCATE orders").await
            && !ground.may("report", "INSERT INTO orders DEFAULT VALUES").await
    );
    assert!(apply(&ground.session, &plan.down).await.unwrap());
    assert!(!apply(&ground.session, &plan.down).await.unwrap());
    let left =
        ground.session.query("SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'app\\_%'", &[]).await;
    assert!(left.unwrap().is_empty());
    let kept = ground
        .session
        .query("SELECT to_regclass('orders') IS NOT NULL AND to_regclass('seen') IS NOT NULL", &[]);
    assert!(kept.await.unwrap()[0].get::<_, bool>(0), "objects survive the role that owned them");
    assert!(apply(&ground.session, &plan.up).await.unwrap());
    ground.end().await;
}

#[tokio::test]
async fn names_are_taken_as_they_are() {
    let ground = Ground::new().await;
    let odd = Hierarchy {
        reader: "Reader \"one\"".to_owned(),
        writer: "writer's $do$ \\ end\n-- x".to_owned(),
        admin: "ADMIN".to_owned(),
        migrator: "migrator; drop".to_owned(),
        schemas: vec!["billing".to_owned(), "Odd ' schema".to_owned()],
        application: vec!["api".to_owned()],
        keep_owners: false,
    }
    .judged()
    .unwrap();
    ground
        .session
        .run("CREATE SCHEMA \"Odd ' schema\"; CREATE TABLE \"Odd ' schema\".t (id int)")
        .await
        .unwrap();
    let plan = plan(&odd);
    let script = freehold_operate::roles::Plan::script(&plan.up);
    ground.session.run(&script).await.unwrap();
    assert!(!apply(&ground.session, &plan.up).await.unwrap(), "the printed script does the same");
    assert!(ground.may("api", "INSERT INTO \"Odd ' schema\".t VALUES (1)").await);
    ground.session.run(&freehold_operate::roles::Plan::script(&plan.down)).await.unwrap();
    for (bad, why) in
        [("", "empty"), ("pg_mine", "keeps it"), ("public", "keeps it"), ("app_writer", "two roles")]
    {
        let error = Hierarchy { reader: bad.to_owned(), ..Hierarchy::default() }.judged().unwrap_err();
        assert!(error.to_string().contains(why), "{bad}: {error}");
    }
    ground.end().await;
}

#[tokio::test]
async fn a_refused_plan_leaves_nothing_behind() {
    let ground = Ground::new().await;
    let missing = Hierarchy { schemas: vec!["nowhere".to_owned()], ..Hierarchy::default() };
    let error = apply(&ground.session, &plan(&missing).up).await.unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    let left = ground.session.query("SELECT FROM pg_roles WHERE rolname = 'app_reader'", &[]).await.unwrap();
    assert!(left.is_empty());
    ground.end().await;
}

#[tokio::test]
async fn an_audit_says_nothing_after_the_plan_was_applied() {
    let ground = Ground::with_hierarchy().await;
    let audited = ground.audit().await;
    assert_eq!(lines(&audited), Vec::<String>::new());
    assert!(!audited.guessed);
    assert_eq!(audited.application, ["api", "app_admin", "app_reader", "app_writer", "boss", "report"]);
    ground.end().await;
}

/// One change, and the rules that must speak because of it, each once.
const FAULTS: &[(&str, &[&str])] = &[
    ("ALTER ROLE api BYPASSRLS", &["app-role-with-server-power"]),
    ("ALTER ROLE api SUPERUSER", &["app-role-with-server-power"]),
    ("CREATE ROLE mighty CREATEROLE; GRANT mighty TO app_writer", &["app-role-with-server-power"]),
    (
        "ALTER ROLE api NOINHERIT; CREATE ROLE mighty REPLICATION; GRANT mighty TO api",
        &["app-role-with-server-power"],
    ),
    ("GRANT pg_read_all_data TO api", &["app-role-with-server-power"]),
    ("ALTER ROLE api CREATEDB", &["app-role-with-server-power"]),
    ("CREATE ROLE harmless; GRANT harmless TO api", &[]),
    ("CREATE ROLE mighty SUPERUSER LOGIN; GRANT app_writer TO mighty", &[]),
    ("ALTER TABLE orders OWNER TO api", &["app-role-owns-relations"]),
    ("GRANT app_migrator TO boss", &["app-role-owns-relations", "app-role-owns-relations"]),
    ("ALTER TABLE orders OWNER TO postgres", &["owner-is-superuser"]),
    ("GRANT TRUNCATE ON orders TO app_writer", &["more-than-rows-granted"]),
    ("GRANT TRIGGER ON orders TO api", &["more-than-rows-granted"]),
    ("GRANT REFERENCES ON \"Odd table\" TO app_reader", &["more-than-rows-granted"]),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE app_migrator GRANT TRIGGER ON TABLES TO app_writer;
         SET ROLE app_migrator; CREATE TABLE one (id int); CREATE TABLE two (id int); RESET ROLE",
        &["more-than-rows-granted", "next-object-open"],
    ),
    ("GRANT SELECT ON orders TO PUBLIC", &["public-has-privileges"]),
    ("GRANT UPDATE (note) ON orders TO PUBLIC", &["public-has-privileges"]),
    ("GRANT USAGE ON SEQUENCE orders_id_seq TO PUBLIC", &["public-has-privileges"]),
    ("GRANT CREATE ON SCHEMA billing TO PUBLIC", &["public-creates"]),
    ("GRANT USAGE ON SCHEMA billing TO PUBLIC", &[]),
    (
        "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO PUBLIC', current_database()); END $$",
        &["public-creates"],
    ),
    (
        "DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO PUBLIC', current_database()); END $$",
        &["public-connects"],
    ),
    ("GRANT EXECUTE ON FUNCTION mighty() TO PUBLIC", &["definer-open-to-public"]),
    ("GRANT EXECUTE ON FUNCTION twice(int) TO PUBLIC", &[]),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE app_migrator IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC",
        &["next-object-open"],
    ),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE app_migrator GRANT TRUNCATE ON TABLES TO app_writer",
        &["next-object-open"],
    ),
    ("ALTER DEFAULT PRIVILEGES FOR ROLE app_migrator GRANT SELECT ON TABLES TO app_writer", &[]),
    ("GRANT SELECT ON orders TO api WITH GRANT OPTION", &["grant-option-given"]),
    ("GRANT EXECUTE ON FUNCTION twice(int) TO api WITH GRANT OPTION", &["grant-option-given"]),
    ("GRANT app_writer TO api WITH ADMIN OPTION", &["grant-option-given"]),
    ("REVOKE INSERT ON orders FROM app_writer", &["grant-missing"]),
    ("SET ROLE app_migrator; CREATE TABLE fresh (id int); RESET ROLE", &[]),
    (
        "CREATE TABLE fresh (id int); ALTER TABLE fresh OWNER TO app_migrator",
        &["grant-missing", "grant-missing"],
    ),
    ("GRANT SELECT (secret) ON \"Odd table\" TO api", &["column-granted"]),
    ("CREATE ROLE group_1; GRANT SELECT ON orders TO group_1", &["role-without-members"]),
    ("CREATE ROLE login_1 LOGIN; GRANT SELECT ON orders TO login_1", &[]),
];

#[tokio::test]
async fn an_audit_says_one_thing_of_each_fault_and_nothing_of_its_harmless_neighbour() {
    let ground = Ground::with_hierarchy().await;
    let mut heard = std::collections::BTreeSet::new();
    for (fault, expected) in FAULTS {
        ground.session.run("BEGIN").await.unwrap();
        ground.session.run(fault).await.unwrap();
        let audited = ground.audit().await;
        ground.session.run("ROLLBACK").await.unwrap();
        let found: Vec<&str> = audited.findings.iter().map(|finding| finding.rule.id).collect();
        assert_eq!(found, *expected, "{fault}: {:#?}", lines(&audited));
        assert!(audited.findings.iter().all(|finding| finding.evidence.len() >= 2), "{fault}");
        heard.extend(found);
    }
    let all = AUDITS.iter().map(|audit| audit.rule.id).collect();
    assert_eq!(heard, all, "every rule spoke once");
    ground.end().await;
}

#[tokio::test]
async fn without_the_hierarchy_the_application_is_concluded_from_grants_or_not_known() {
    let ground = Ground::new().await;
    let subjects = Subjects::default();
    let audited = audit(&ground.session, &subjects).await.unwrap();
    assert!(audited.application.is_empty());
    ground.session.run("CREATE ROLE web LOGIN; GRANT SELECT, TRUNCATE ON orders TO web").await.unwrap();
    let audited = audit(&ground.session, &subjects).await.unwrap();
    assert_eq!((audited.application.as_slice(), audited.guessed), (&["web".to_owned()][..], true));
    assert!(audited.findings.iter().any(|finding| finding.rule.id == "more-than-rows-granted"));
    let named = Subjects { named: vec!["api".to_owned()], ..Subjects::default() };
    let audited = audit(&ground.session, &named).await.unwrap();
    assert_eq!((audited.application.as_slice(), audited.guessed), (&["api".to_owned()][..], false));
    assert!(audited.missing.is_empty());
    let named = Subjects { named: vec!["api".to_owned(), "nobody".to_owned()], ..Subjects::default() };
    assert_eq!(audit(&ground.session, &named).await.unwrap().missing, ["nobody"]);
    ground.end().await;
}

#[tokio::test]
async fn an_audit_can_be_made_over_a_session_that_cannot_write_and_by_a_role_without_power() {
    let ground = Ground::with_hierarchy().await;
    ground
        .session
        .run("SET default_transaction_read_only = on; SET SESSION AUTHORIZATION api")
        .await
        .unwrap();
    let audited = ground.audit().await;
    assert_eq!(lines(&audited), Vec::<String>::new());
    ground.end().await;
}
