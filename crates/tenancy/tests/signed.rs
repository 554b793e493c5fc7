//! A signed context can't be forged by SQL that runs as the application's role.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use freehold_db::Session;
use freehold_tenancy::{
    Db, Execute, Tenancy,
    signed::{Refusal, SignedContext, SigningKey, refusal},
};
use ground::{Ground, tenant};

const KEY: &str = "3f8a61c05b9d2e7740aa13c6f2d98e5b7c04e1a96f3d8b52c7e01f64a9b3d852";

fn key(id: u32) -> SigningKey {
    let digit = char::from_digit(id, 10).unwrap();
    SigningKey::from_hex(id, &KEY.replace('3', &digit.to_string())).unwrap()
}

fn context() -> SignedContext {
    SignedContext::of(&Ground::tenancy()).also_for("app_writer").also_for("app_system")
}

/// A ground whose policies take signed tenants alone, with a note of each tenant, and the key 1.
async fn signed_ground() -> Ground {
    let ground = Ground::new().await;
    ground.admin(&context().up()).await;
    put(&ground, 1).await;
    ground.admin(&context().convert_policies()).await;
    ground.admin("INSERT INTO notes (tenant_id, id, body) SELECT id, 1, name FROM tenants").await;
    ground
}

async fn put(ground: &Ground, id: u32) {
    let digit = char::from_digit(id, 10).unwrap();
    let hex = KEY.replace('3', &digit.to_string());
    ground.admin(&format!("SELECT tenant_context.put_key({id}, '\\x{hex}')")).await;
}

async fn signed_db(ground: &Ground, key: SigningKey) -> Db {
    Db::builder(&ground.url("app_writer")).tenancy(Ground::tenancy()).signed(key).open().await.unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A session of the application's role that an attacker writes SQL for, in the context of tenant 1.
struct Attacker(Session);

impl Attacker {
    async fn of(ground: &Ground) -> Self {
        let session = Session::open(&ground.scratch.connect_to().with_user("app_writer")).await.unwrap();
        Self(session)
    }

    /// Begins a transaction in the context of `token`.
    async fn begin(&self, token: &str) {
        self.0.run("ROLLBACK").await.unwrap();
        self.0
            .run(&format!("BEGIN; SELECT set_config('app.current_tenant_id', '{token}', true)"))
            .await
            .unwrap();
    }

    /// The bodies that a query gives, or the SQLSTATE.
    async fn bodies(&self, sql: &str) -> Result<Vec<String>, String> {
        match self.0.client().query(sql, &[]).await {
            Ok(rows) => Ok(rows.iter().map(|row| row.get::<_, String>(0)).collect()),
            Err(error) => Err(error.code().unwrap().code().to_owned()),
        }
    }

    async fn refused(&self, sql: &str) -> String {
        self.0.client().batch_execute(sql).await.unwrap_err().code().unwrap().code().to_owned()
    }
}

fn as_token(text: &str) -> String {
    format!(
        "SELECT body FROM (SELECT set_config('app.current_tenant_id', '{text}', true)) AS s, LATERAL \
         (SELECT body FROM notes WHERE s.set_config IS NOT NULL) AS n"
    )
}

#[tokio::test]
async fn a_signed_tenant_sees_its_own_rows_alone() {
    let ground = signed_ground().await;
    let db = signed_db(&ground, key(1)).await;
    for n in 1..=3 {
        let seen: Vec<(String,)> = db.tenant(&tenant(n)).query("SELECT body FROM notes", &[]).await.unwrap();
        assert_eq!(seen, [(format!("tenant {n}"),)]);
        let written = db
            .tenant(&tenant(n))
            .execute("INSERT INTO notes (tenant_id, id) VALUES ($1, 2)", &[&tenant(n)])
            .await;
        assert_eq!(written.unwrap(), 1);
    }
    let strange = db
        .tenant(&tenant(1))
        .execute("INSERT INTO notes (tenant_id, id) VALUES ($1, 3)", &[&tenant(2)])
        .await
        .unwrap_err();
    assert_eq!(strange.sqlstate().unwrap().to_string(), "42501");
}

#[tokio::test]
async fn an_application_that_does_not_sign_or_signs_otherwise_is_refused() {
    let ground = signed_ground().await;
    let bare = ground.db().await;
    let error = bare.tenant(&tenant(1)).query::<(String,)>("SELECT body FROM notes", &[]).await.unwrap_err();
    assert_eq!(refusal(&error), Some(Refusal::Invalid));
    let other = signed_db(&ground, key(2)).await;
    let error = other.tenant(&tenant(1)).query::<(String,)>("SELECT body FROM notes", &[]).await.unwrap_err();
    assert_eq!(refusal(&error), Some(Refusal::Invalid));
    // Neither the message nor its debug form repeats what was sent.
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("00000000-0000"), "{text}");
    }
}

#[tokio::test]
async fn sql_of_an_attacker_does_not_take_on_another_tenant() {
    let ground = signed_ground().await;
    let attacker = Attacker::of(&ground).await;
    let own = key(1).sign(&tenant(1)).unwrap();
    let others = key(1).sign(&tenant(2)).unwrap();
    let nobody: Result<Vec<String>, String> = Ok(Vec::new());

    // The judge: these are the ways in which a context is taken on, and with a good token they all do.
    attacker.begin(&own).await;
    assert_eq!(attacker.bodies("SELECT body FROM notes").await.unwrap(), ["tenant 1"]);
    assert_eq!(attacker.bodies(&as_token(&others)).await.unwrap(), ["tenant 2"]);

    let swapped = own.replace("-000000000001", "-000000000002");
    let (head, signature) = (own.rsplit_once('.').unwrap().0, others.split('.').nth(4).unwrap());
    let longer = own.replace(&format!(".{}.", own.split('.').nth(3).unwrap()), ".99999999999.");
    let forged = [
        tenant(2).to_string(),
        swapped.clone(),
        format!("{head}.{}", tenant(2)),
        format!("1.1.{}.{}.{signature}.{}", now() - 5, now() + 9999, tenant(2)),
        format!("1.1.{}.{}..{}", now(), now() + 60, tenant(2)),
        format!("1.7.{}.{}.{signature}.{}", now(), now() + 60, tenant(2)),
        format!("1.x.{}", tenant(2)),
        longer,
        own.replace("1.1.", "1.01."),
        "....".to_owned(),
        "é☃".to_owned(),
        key(2).sign(&tenant(2)).unwrap(),
    ];
    for text in &forged {
        attacker.begin(&own).await;
        assert_eq!(attacker.bodies(&as_token(text)).await, Err("28000".to_owned()), "{text}");
        attacker.begin(&own).await;
        let set = format!("SET LOCAL app.current_tenant_id = '{text}'");
        attacker.0.run(&set).await.unwrap();
        assert_eq!(attacker.bodies("SELECT body FROM notes").await, Err("28000".to_owned()), "{text}");
    }
    for end in
        ["RESET app.current_tenant_id", "RESET ALL", "SET LOCAL app.current_tenant_id = ''", "DISCARD TEMP"]
    {
        attacker.begin(&own).await;
        attacker.0.run(end).await.unwrap();
        let seen = attacker.bodies("SELECT body FROM notes").await;
        if end.starts_with("DISCARD") {
            assert_eq!(seen.unwrap(), ["tenant 1"]);
        } else {
            assert_eq!(seen, nobody, "{end}");
        }
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_time_alone_by_the_clock_of_the_database() {
    let ground = signed_ground().await;
    let attacker = Attacker::of(&ground).await;
    let expired = Err("28000".to_owned());
    let at = |seconds: i64| key(1).sign_at(&tenant(2), now().saturating_add_signed(seconds)).unwrap();
    for (seconds, good) in [(0, true), (-40, true), (-61, false), (-9000, false), (20, true), (90, false)] {
        attacker.begin(&at(seconds)).await;
        let seen = attacker.bodies("SELECT body FROM notes").await;
        assert_eq!(seen, if good { Ok(vec!["tenant 2".to_owned()]) } else { expired.clone() }, "{seconds}");
    }
    // A clock that runs an hour ahead is told apart from a wrong key.
    let db = ground.db().await;
    let transaction = db.tenant(&tenant(1)).begin().await.unwrap();
    transaction.execute("SELECT set_config('app.current_tenant_id', $1, true)", &[&at(3600)]).await.unwrap();
    let error = transaction.query::<(String,)>("SELECT body FROM notes", &[]).await.unwrap_err();
    assert_eq!(refusal(&error), Some(Refusal::Expired));
}

#[tokio::test]
async fn a_transaction_keeps_its_tenant_for_as_long_as_it_lasts_and_its_token_does_not() {
    let ground = signed_ground().await;
    let attacker = Attacker::of(&ground).await;
    let stolen = key(1).tokens_live(Duration::from_secs(2)).sign(&tenant(1)).unwrap();
    attacker.begin(&stolen).await;
    attacker.0.run("SELECT pg_sleep(2.2)").await.unwrap();
    assert_eq!(attacker.bodies("SELECT body FROM notes").await.unwrap(), ["tenant 1"]);
    attacker.begin(&stolen).await;
    assert_eq!(attacker.bodies("SELECT body FROM notes").await, Err("28000".to_owned()));
}

#[tokio::test]
async fn the_key_and_what_checks_with_it_are_out_of_reach() {
    let ground = signed_ground().await;
    let attacker = Attacker::of(&ground).await;
    let own = key(1).sign(&tenant(1)).unwrap();
    for sql in [
        "SELECT * FROM tenant_context.keys",
        "COPY tenant_context.keys TO STDOUT",
        "UPDATE tenant_context.keys SET retired_at = now()",
        "SELECT tenant_context.put_key(9, decode(repeat('00', 32), 'hex'))",
        "SELECT tenant_context.retire_key(1)",
        "CREATE OR REPLACE FUNCTION tenant_context.current_tenant() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
        "ALTER FUNCTION tenant_context.current_tenant() SECURITY INVOKER",
        "CREATE FUNCTION tenant_context.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
        "CREATE TABLE tenant_context.mine (id int)",
        "CREATE VIEW pg_temp.keys AS SELECT * FROM tenant_context.keys; SELECT * FROM pg_temp.keys",
        "DROP POLICY own ON notes",
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        "SET LOCAL session_replication_role = replica",
    ] {
        attacker.begin(&own).await;
        assert_eq!(attacker.refused(sql).await, "42501", "{sql}");
    }
    // row_security = off does not show more; it makes the query fail.
    attacker.begin(&own).await;
    attacker.0.run("SET LOCAL row_security = off").await.unwrap();
    assert_eq!(attacker.bodies("SELECT body FROM notes").await, Err("42501".to_owned()));
}

#[tokio::test]
async fn names_that_the_attacker_puts_before_those_of_the_server_change_nothing() {
    let ground = signed_ground().await;
    let attacker = Attacker::of(&ground).await;
    let own = key(1).sign(&tenant(1)).unwrap();
    let forged = own.replace("-000000000001", "-000000000002");
    let shadows = "CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT ''x''::bytea';
        CREATE FUNCTION pg_temp.encode(bytea, text) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
        CREATE FUNCTION pg_temp.current_setting(text, boolean) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
        CREATE FUNCTION pg_temp.byteaeq_all(bytea, bytea) RETURNS boolean LANGUAGE sql AS 'SELECT true';
        CREATE OPERATOR pg_temp.= (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = pg_temp.byteaeq_all);
        CREATE FUNCTION pg_temp.current_tenant() RETURNS uuid LANGUAGE sql
            AS 'SELECT ''00000000-0000-0000-0000-000000000002''::uuid';
        CREATE TEMP TABLE keys (id integer, inner_pad bytea, outer_pad bytea, retired_at timestamptz);
        SET LOCAL search_path = pg_temp, tenant_context, public, pg_catalog;";
    attacker.begin(&own).await;
    attacker.0.run(shadows).await.unwrap();
    assert_eq!(attacker.bodies("SELECT body FROM notes").await.unwrap(), ["tenant 1"]);
    attacker.0.run(&format!("SET LOCAL app.current_tenant_id = '{forged}'")).await.unwrap();
    assert_eq!(attacker.bodies("SELECT body FROM notes").await, Err("28000".to_owned()));
}

#[tokio::test]
async fn a_cheap_function_of_the_attacker_is_not_asked_before_the_policy() {
    let ground = signed_ground().await;
    let attacker = Attacker::of(&ground).await;
    attacker.begin(&key(1).sign(&tenant(1)).unwrap()).await;
    attacker
        .0
        .run(
            "CREATE TEMP TABLE caught (body text);
             CREATE FUNCTION pg_temp.leak(body text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
             AS 'BEGIN INSERT INTO pg_temp.caught VALUES (body); RETURN true; END'",
        )
        .await
        .unwrap();
    for sql in [
        "SELECT body FROM notes WHERE pg_temp.leak(body)",
        "SELECT body FROM notes WHERE pg_temp.leak(body) AND tenant_id = '00000000-0000-0000-0000-000000000002'",
        "SELECT a.body FROM notes a JOIN notes b ON pg_temp.leak(b.body)",
    ] {
        attacker.bodies(sql).await.unwrap();
    }
    let caught = attacker.bodies("SELECT DISTINCT body FROM caught").await.unwrap();
    assert_eq!(caught, ["tenant 1"]);
    // Marked leakproof it would be; only a superuser may mark.
    let mark = "CREATE FUNCTION pg_temp.quiet(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'";
    assert_eq!(attacker.refused(mark).await, "42501");
}

#[tokio::test]
async fn other_sessions_of_the_role_do_not_see_a_token() {
    let ground = signed_ground().await;
    let db = signed_db(&ground, key(1)).await;
    let transaction = db.tenant(&tenant(2)).begin().await.unwrap();
    transaction.query::<(String,)>("SELECT body FROM notes", &[]).await.unwrap();
    let attacker = Attacker::of(&ground).await;
    let shown = attacker
        .bodies("SELECT query FROM pg_stat_activity WHERE usename = 'app_writer' AND datname = current_database()")
        .await
        .unwrap();
    assert!(shown.len() >= 2, "the other session is seen: {shown:?}");
    let signed = key(1).sign(&tenant(2)).unwrap();
    let head = signed.split('.').take(2).collect::<Vec<_>>().join(".");
    assert!(
        shown.iter().all(|query| !query.contains(&format!("{head}.")) && !query.contains("00000002")),
        "{shown:?}"
    );
    assert!(!format!("{transaction:?}").contains("0002."), "{transaction:?}");
}

#[tokio::test]
async fn a_new_key_takes_the_place_of_an_old_one_without_a_gap() {
    let ground = signed_ground().await;
    let (old, new) = (
        signed_db(&ground, key(1)).await,
        async {
            put(&ground, 2).await;
            signed_db(&ground, key(2)).await
        }
        .await,
    );
    let sql = "SELECT body FROM notes";
    for db in [&old, &new] {
        assert_eq!(db.tenant(&tenant(1)).query::<(String,)>(sql, &[]).await.unwrap().len(), 1);
    }
    ground.admin("SELECT tenant_context.retire_key(1)").await;
    let error = old.tenant(&tenant(1)).query::<(String,)>(sql, &[]).await.unwrap_err();
    assert_eq!(refusal(&error), Some(Refusal::Invalid));
    assert_eq!(new.tenant(&tenant(1)).query::<(String,)>(sql, &[]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn while_it_is_deployed_bare_keys_are_taken_as_well() {
    let ground = signed_ground().await;
    let sql = "SELECT body FROM notes";
    let (bare, signed) = (ground.db().await, signed_db(&ground, key(1)).await);
    ground.admin(&context().accept_bare_keys()).await;
    for db in [&bare, &signed] {
        assert_eq!(db.tenant(&tenant(1)).query::<(String,)>(sql, &[]).await.unwrap().len(), 1);
    }
    ground.admin(&context().refuse_bare_keys()).await;
    assert!(bare.tenant(&tenant(1)).query::<(String,)>(sql, &[]).await.is_err());
    assert_eq!(signed.tenant(&tenant(1)).query::<(String,)>(sql, &[]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_migration_can_be_taken_back_and_leaves_the_policies_as_they_were() {
    let ground = Ground::new().await;
    let system = Session::open(&ground.scratch.connect_to()).await.unwrap();
    let policies = async || -> Vec<String> {
        let sql = "SELECT format('%s %s %s %s', tablename, policyname, qual, with_check) FROM pg_policies ORDER BY 1";
        system.client().query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    };
    let before = policies().await;
    ground.admin(&context().up()).await;
    ground.admin(&context().convert_policies()).await;
    let during = policies().await;
    assert!(
        during.iter().all(|text| text.contains("current_tenant()") && !text.contains("current_setting")),
        "{during:?}"
    );
    ground.admin(&context().restore_policies()).await;
    let after = policies().await;
    assert_eq!(after.len(), before.len());
    assert_eq!(before, after);
    ground.admin(&context().down()).await;
    // A policy that reads the context in a way of its own is not passed over.
    ground
        .admin("CREATE POLICY odd ON notes USING (tenant_id::text = lower(current_setting('app.current_tenant_id', false)) || '')")
        .await;
    ground.admin(&context().up()).await;
    let converted = system.run(&context().convert_policies()).await;
    let known = converted.is_ok() && policies().await.iter().all(|text| !text.contains("current_setting"));
    assert!(converted.is_err() || known);
}

#[tokio::test]
async fn workers_of_a_parallel_plan_have_the_tenant_too() {
    let ground = signed_ground().await;
    let db = signed_db(&ground, key(1)).await;
    let transaction = db.tenant(&tenant(3)).begin().await.unwrap();
    for set in [
        "SET LOCAL parallel_setup_cost = 0",
        "SET LOCAL parallel_tuple_cost = 0",
        "SET LOCAL min_parallel_table_scan_size = 0",
        "SET LOCAL enable_indexscan = off",
        "SET LOCAL enable_bitmapscan = off",
    ] {
        transaction.execute(set, &[]).await.unwrap();
    }
    let plan: Vec<(String,)> = transaction.query("EXPLAIN SELECT body FROM notes", &[]).await.unwrap();
    assert!(plan.iter().any(|(line,)| line.contains("Gather")), "{plan:?}");
    let seen: Vec<(String,)> = transaction.query("SELECT body FROM notes", &[]).await.unwrap();
    assert_eq!(seen, [("tenant 3".to_owned(),)]);
}

#[tokio::test]
async fn tenants_whose_keys_are_numbers_or_texts_are_signed_too() {
    let ground = Ground::new().await;
    for (kind, id, other) in [("bigint", "7", "8"), ("text", "a.b é", "a.b")] {
        let tenancy =
            Tenancy::from_toml(&format!("[tenancy]\nkind = '{kind}'\nsetting = 'app.{kind}'")).unwrap();
        let context = SignedContext::of(&tenancy).in_schema(&format!("signed {kind}"));
        ground.admin(&context.up()).await;
        ground.admin(&format!("SELECT \"signed {kind}\".put_key(1, '\\x{}')", KEY.replace('3', "1"))).await;
        let tenant = freehold_tenancy::TenantId::parse(tenancy.kind, id).unwrap();
        let session = Session::open(&ground.scratch.connect_to().with_user("app_writer")).await.unwrap();
        let token = key(1).sign(&tenant).unwrap();
        let ask = format!("SELECT {}::text", context.condition());
        session.run(&format!("SELECT set_config('app.{kind}', '{token}', false)")).await.unwrap();
        assert_eq!(session.client().query_one(&ask, &[]).await.unwrap().get::<_, String>(0), id);
        let forged = token.strip_suffix(id).unwrap().to_owned() + other;
        session.run(&format!("SELECT set_config('app.{kind}', '{forged}', false)")).await.unwrap();
        assert!(session.client().query_one(&ask, &[]).await.is_err());
    }
}
