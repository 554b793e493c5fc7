//! Every change of a watched table is in the trail, and what is done to the trail shows.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use freehold_tenancy_ground as ground;

use std::collections::BTreeSet;

use freehold_db::Session;
use freehold_tenancy::{
    Error, Execute, Tenancy, Tenant,
    audit::{self, Action, Actor, AuditTrail, Entry, Page, Tampering, Verify, Watched, verify},
};
use ground::{Ground, tenant};
use serde_json::json;

fn tenancy() -> Tenancy {
    Tenancy { role: Some("app_writer".to_owned()), ..Ground::tenancy() }
}

/// A ground on which notes are watched; `data` is masked, `created_at` left out.
async fn audited() -> Ground {
    let ground = Ground::new().await;
    // Owned by a role that is no superuser, as in production: forced row security holds it.
    ground
        .admin(
            "DO $$ BEGIN CREATE ROLE app_owner NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO app_owner', current_database()); END $$;
             GRANT CREATE, USAGE ON SCHEMA public TO app_owner;
             ALTER TABLE notes OWNER TO app_owner;",
        )
        .await;
    let watched = Watched::table("notes").without("created_at").masking("data");
    let trail = AuditTrail::of(&tenancy());
    as_owner(&ground, &(trail.up() + &trail.watch(&watched))).await;
    ground
}

async fn as_owner(ground: &Ground, sql: &str) {
    ground.admin(&format!("SET ROLE app_owner; {sql}")).await;
}

async fn insert(on: &impl Execute, id: i64, body: &str) -> Result<u64, Error> {
    let tenant = on.tenant_id().unwrap().clone();
    on.execute("INSERT INTO notes (tenant_id, id, body) VALUES ($1, $2, $3)", &[&tenant, &id, &body]).await
}

async fn all(tenant: &Tenant) -> Vec<Entry> {
    let sql = "SELECT at, id, table_name, row_key, action, old_values, new_values, acting_user, request, host(ip) AS ip, \
               acting_role, erased_at FROM audit.audit_log ORDER BY at, id";
    tenant.query(sql, &[]).await.unwrap()
}

async fn found(tenant: &Tenant) -> Vec<Tampering> {
    verify(tenant, &Verify::default()).await.unwrap().tampering
}

#[tokio::test]
async fn a_change_is_recorded_with_what_changed_and_who_changed_it() {
    let ground = audited().await;
    let db = ground.db().await;
    let ada = Actor::user("ada").unwrap().request("req-1").unwrap().ip("203.0.113.9".parse().unwrap());
    let acme = db.tenant(&tenant(1)).acting_as(&ada);
    insert(&acme, 1, "first").await.unwrap();
    acme.execute(
        "UPDATE notes SET body = 'second', data = '{\"k\": 1}', created_at = now() WHERE id = 1",
        &[],
    )
    .await
    .unwrap();
    acme.execute("UPDATE notes SET body = body, created_at = now() - interval '1 day' WHERE id = 1", &[])
        .await
        .unwrap();
    db.tenant(&tenant(1)).execute("DELETE FROM notes WHERE id = 1", &[]).await.unwrap();
    let entries = all(&acme).await;
    let actions: Vec<Action> = entries.iter().map(|entry| entry.action).collect();
    assert_eq!(actions, [Action::Insert, Action::Update, Action::Delete]);
    let [made, changed, removed] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(made.row_key, json!({ "tenant_id": tenant(1).to_string(), "id": 1 }));
    assert_eq!(made.new_values.as_ref().unwrap()["body"], json!("first"));
    assert_eq!(made.new_values.as_ref().unwrap()["data"], json!("***"));
    assert!(made.new_values.as_ref().unwrap().get("created_at").is_none());
    assert_eq!(changed.old_values, Some(json!({ "body": "first", "data": "***" })));
    assert_eq!(changed.new_values, Some(json!({ "body": "second", "data": "***" })));
    assert_eq!(changed.acting_user.as_deref(), Some("ada"));
    assert_eq!(changed.request.as_deref(), Some("req-1"));
    assert_eq!(changed.ip.as_deref(), Some("203.0.113.9"));
    assert_eq!(changed.acting_role, "app_writer");
    assert_eq!((removed.acting_user.as_deref(), &removed.new_values), (None, &None));
    let verified = verify(&acme, &Verify::default()).await.unwrap();
    assert_eq!((verified.links, verified.entries, verified.is_sound()), (3, 3, true));
}

#[tokio::test]
async fn a_tenant_reads_its_own_trail_alone_and_writes_none_by_hand() {
    let ground = audited().await;
    ground.admin("SET ROLE app_owner; SELECT audit.make_coming_partitions(1)").await;
    let db = ground.db().await;
    for n in 1..=2 {
        insert(&db.tenant(&tenant(n)), 1, "note").await.unwrap();
    }
    let session = Session::open(&ground.scratch.connect_to().with_user("app_writer")).await.unwrap();
    for n in [1, 3] {
        let entries = all(&db.tenant(&tenant(n))).await;
        assert_eq!(entries.len(), usize::from(n == 1));
    }
    let partition: String = session
        .client()
        .query_one("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit.audit_log'::regclass LIMIT 1", &[])
        .await
        .unwrap()
        .get(0);
    for sql in [
        format!("SELECT * FROM {partition}"),
        "INSERT INTO audit.audit_log SELECT * FROM audit.audit_log".to_owned(),
        "UPDATE audit.audit_log SET acting_user = 'eve'".to_owned(),
        "DELETE FROM audit.audit_log".to_owned(),
        "TRUNCATE audit.audit_log".to_owned(),
        "INSERT INTO audit.audit_chain SELECT * FROM audit.audit_chain".to_owned(),
        "UPDATE audit.audit_heads SET seq = 0".to_owned(),
        "DELETE FROM audit.audit_heads".to_owned(),
        "INSERT INTO audit.audit_open VALUES ('3', gen_random_uuid())".to_owned(),
        "SELECT * FROM audit.audit_open".to_owned(),
        "SELECT nextval('audit.audit_log_id_seq')".to_owned(),
        "SELECT last_value FROM audit.audit_log_id_seq".to_owned(),
        "SELECT audit.record()".to_owned(),
        "SELECT audit.erase(gen_random_uuid(), 'notes', '{}')".to_owned(),
        "SELECT audit.unwatch('notes')".to_owned(),
        "SELECT audit.make_partition('2030-01-01')".to_owned(),
        "ALTER TABLE notes DISABLE TRIGGER audit_record".to_owned(),
        "CREATE TEMP TABLE mine (tenant_id uuid, id int); CREATE TRIGGER forge AFTER INSERT ON mine FOR EACH ROW \
         EXECUTE FUNCTION audit.record('tenant_id', 'notes', '{id}', '{}', '{}')"
            .to_owned(),
    ] {
        let refused = session.client().batch_execute(&sql).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "42501", "{sql}");
    }
}

#[tokio::test]
async fn rows_that_change_their_tenant_or_their_key_leave_a_mark_with_both() {
    let ground = audited().await;
    let db = ground.db().await;
    insert(&db.tenant(&tenant(1)), 1, "note").await.unwrap();
    let system = db.system("moving a note").unwrap().acting_as(&Actor::user("job").unwrap());
    system.execute("UPDATE notes SET tenant_id = $1", &[&tenant(2)]).await.unwrap();
    let (left, came) = (all(&db.tenant(&tenant(1))).await, all(&db.tenant(&tenant(2))).await);
    assert_eq!(left.last().unwrap().action, Action::Delete);
    assert_eq!(came.iter().map(|entry| entry.action).collect::<Vec<_>>(), [Action::Insert]);
    assert_eq!(came[0].acting_user.as_deref(), Some("job"));
    assert!(came[0].old_values.is_none());
    db.tenant(&tenant(2)).execute("UPDATE notes SET id = 9", &[]).await.unwrap();
    let entry = all(&db.tenant(&tenant(2))).await.pop().unwrap();
    assert_eq!((entry.old_values, entry.new_values), (Some(json!({ "id": 1 })), Some(json!({ "id": 9 }))));
    for n in 1..=2 {
        assert_eq!(found(&db.tenant(&tenant(n))).await, []);
    }
}

#[tokio::test]
async fn odd_tables_are_watched_too_and_impossible_ones_refused() {
    let ground = audited().await;
    ground
        .admin(
            "CREATE EXTENSION IF NOT EXISTS vector;
             CREATE SCHEMA \"Odd schema\" AUTHORIZATION app_owner;
             GRANT USAGE ON SCHEMA \"Odd schema\" TO app_writer;
             CREATE TABLE \"Odd schema\".\"a \"\"table\" (\"the id\" int, part date, org uuid NOT NULL, raw bytea, v vector(3),
                 long text, n numeric, f float8, ts timestamptz, arr int[], PRIMARY KEY (part, \"the id\")) PARTITION BY RANGE (part);
             CREATE TABLE \"Odd schema\".p1 PARTITION OF \"Odd schema\".\"a \"\"table\" FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
             ALTER TABLE \"Odd schema\".\"a \"\"table\" OWNER TO app_owner;
             ALTER TABLE \"Odd schema\".p1 OWNER TO app_owner;
             GRANT ALL ON ALL TABLES IN SCHEMA \"Odd schema\" TO app_writer;
             CREATE TABLE keyless (tenant_id uuid NOT NULL, n int); ALTER TABLE keyless OWNER TO app_owner;
             CREATE TABLE loose (tenant_id uuid, id int PRIMARY KEY); ALTER TABLE loose OWNER TO app_owner;",
        )
        .await;
    let trail = AuditTrail::of(&tenancy());
    let odd = Watched::table("a \"table").in_schema("Odd schema").told_apart_by("org");
    as_owner(&ground, &trail.watch(&odd)).await;
    let admin = Session::open(&ground.scratch.connect_to()).await.unwrap();
    for table in ["keyless", "loose"] {
        assert!(admin.run(&trail.watch(&Watched::table(table))).await.is_err(), "{table}");
    }
    assert!(admin.run(&trail.watch(&Watched::table("notes").without("no such"))).await.is_err());
    let db = ground.db().await;
    let acme = db.tenant(&tenant(1));
    acme.execute(
        "INSERT INTO \"Odd schema\".\"a \"\"table\" VALUES (1, '2026-01-01', $1, '\\x00ff', '[1,2,3]',
         (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 5000) AS n), 1.50, 'NaN', 'infinity', '{1,null}')",
        &[&tenant(1)],
    )
    .await
    .unwrap();
    acme.execute("UPDATE \"Odd schema\".\"a \"\"table\" SET v = '[1,2,4]', raw = '\\x01'", &[])
        .await
        .unwrap();
    let entries = all(&acme).await;
    let [made, changed] = entries.as_slice() else { panic!("{} entries", entries.len()) };
    assert_eq!(made.table, "Odd schema.a \"table");
    assert_eq!(made.row_key, json!({ "part": "2026-01-01", "the id": 1 }));
    assert_eq!(made.new_values.as_ref().unwrap()["f"], json!("NaN"));
    // What did not change is not there, however long it is.
    assert_eq!(changed.new_values, Some(json!({ "v": "[1,2,4]", "raw": "\\x01" })));
    assert_eq!(found(&acme).await, []);
    assert!(admin.run("TRUNCATE \"Odd schema\".\"a \"\"table\"").await.is_err());
    as_owner(&ground, &trail.unwatch(&odd)).await;
    admin.run("TRUNCATE \"Odd schema\".\"a \"\"table\"").await.unwrap();
}

#[tokio::test]
async fn what_was_rolled_back_left_nothing_and_what_came_late_is_sealed_too() {
    let ground = audited().await;
    let acme = ground.db().await.tenant(&tenant(1));
    let transaction = acme.begin().await.unwrap();
    insert(&transaction, 1, "gone").await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(audit::head(&acme).await.unwrap(), None);
    let transaction = acme.begin().await.unwrap();
    transaction.execute("SAVEPOINT a", &[]).await.unwrap();
    insert(&transaction, 1, "gone").await.unwrap();
    transaction.execute("ROLLBACK TO a", &[]).await.unwrap();
    insert(&transaction, 2, "kept").await.unwrap();
    transaction.execute("SAVEPOINT b", &[]).await.unwrap();
    insert(&transaction, 3, "gone").await.unwrap();
    transaction.execute("ROLLBACK TO b", &[]).await.unwrap();
    // Sealed early, and written to again: two links of one transaction.
    transaction.execute("SET CONSTRAINTS ALL IMMEDIATE", &[]).await.unwrap();
    insert(&transaction, 4, "kept").await.unwrap();
    insert(&transaction, 5, "kept").await.unwrap();
    transaction.execute("SET CONSTRAINTS ALL DEFERRED", &[]).await.unwrap();
    insert(&transaction, 6, "kept").await.unwrap();
    transaction.commit().await.unwrap();
    let verified = verify(&acme, &Verify::default()).await.unwrap();
    assert_eq!((verified.tampering.as_slice(), verified.entries), (&[][..], 4));
    assert_eq!(verified.links, 4);
    assert_eq!(verified.head, audit::head(&acme).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_writers_leave_one_chain_for_each_tenant_in_the_order_of_commits() {
    let ground = audited().await;
    let db = ground.db().await;
    let writers = (0..16_i64).map(|writer| {
        let db = db.clone();
        tokio::spawn(async move {
            let mine = db.tenant(&tenant(u128::try_from(writer % 2).unwrap() + 1));
            let mut committed = 0;
            for round in 0..12_i64 {
                let transaction = mine.begin().await.unwrap();
                // The same rows in opposite orders of time would deadlock if the chain were held from the first write on.
                for step in 0..=(round % 3) {
                    insert(&transaction, writer * 1000 + round * 10 + step, "note").await.unwrap();
                }
                if round % 4 == 3 {
                    transaction.rollback().await.unwrap();
                } else {
                    transaction.commit().await.unwrap();
                    committed += 1;
                }
            }
            committed
        })
    });
    let mut committed = 0;
    for writer in writers.collect::<Vec<_>>() {
        committed += writer.await.unwrap();
    }
    let mut links = 0;
    for n in 1..=2 {
        let tenant = db.tenant(&tenant(n));
        let verified = verify(&tenant, &Verify::default()).await.unwrap();
        assert_eq!(verified.tampering, []);
        links += verified.links;
        let rows: i64 = tenant.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
        assert_eq!(verified.entries, rows);
    }
    assert_eq!(links, committed);
}

/// The trail of a tenant with ten transactions of two entries each.
async fn ten_links() -> (Ground, Tenant) {
    let ground = audited().await;
    let acme = ground.db().await.tenant(&tenant(1));
    for n in 0..10 {
        let transaction = acme.begin().await.unwrap();
        insert(&transaction, n * 2, "one").await.unwrap();
        insert(&transaction, n * 2 + 1, "two").await.unwrap();
        transaction.commit().await.unwrap();
    }
    // Another tenant's chain stays as it is, whatever is done to this one.
    insert(&ground.db().await.tenant(&tenant(2)), 1, "other").await.unwrap();
    assert_eq!(found(&acme).await, []);
    (ground, acme)
}

const OF: &str = "tenant_id = '00000000-0000-0000-0000-000000000001'";
const FIFTH: &str = "(at, xid) = (SELECT at, xid FROM audit.audit_chain WHERE seq = 5 AND tenant_id = '00000000-0000-0000-0000-000000000001')";

#[tokio::test]
async fn whatever_is_done_to_the_trail_shows() {
    use Tampering::*;
    let (ground, acme) = ten_links().await;
    let one = format!("id = (SELECT min(id) FROM audit.audit_log WHERE {FIFTH})");
    let cases: Vec<(String, Vec<Tampering>)> = vec![
        (format!("UPDATE audit.audit_log SET acting_user = 'eve' WHERE {one}"), vec![EntriesChanged { seq: 5 }]),
        (
            format!("UPDATE audit.audit_log SET new_values = '{{\"body\": \"x\"}}' WHERE {one}"),
            vec![ValuesChanged { seq: 5, entries: 1 }],
        ),
        (
            format!("UPDATE audit.audit_log SET new_values = NULL, salt = NULL WHERE {one}"),
            vec![ValuesChanged { seq: 5, entries: 1 }],
        ),
        (format!("DELETE FROM audit.audit_log WHERE {one}"), vec![EntriesGone { seq: 5, written: 2, found: 1 }]),
        (format!("DELETE FROM audit.audit_log WHERE {FIFTH}"), vec![EntriesGone { seq: 5, written: 2, found: 0 }]),
        (
            format!("UPDATE audit.audit_log SET row_key = o.row_key FROM (SELECT id AS other, row_key FROM audit.audit_log WHERE {FIFTH}) AS o
                     WHERE {FIFTH} AND id <> o.other"),
            vec![EntriesChanged { seq: 5 }],
        ),
        (format!("DELETE FROM audit.audit_chain WHERE seq = 5 AND {OF}; DELETE FROM audit.audit_log WHERE xid NOT IN (SELECT xid FROM audit.audit_chain)"),
         vec![LinksGone { from: 5, to: 6 }]),
        (format!("UPDATE audit.audit_chain SET entries = 1 WHERE seq = 5 AND {OF}"),
         vec![LinkChanged { seq: 5 }, EntriesAdded { seq: 5, written: 1, found: 2 }]),
        (format!("UPDATE audit.audit_chain SET seq = CASE seq WHEN 5 THEN 1006 ELSE 1005 END WHERE seq IN (5, 6) AND {OF};
                  UPDATE audit.audit_chain SET seq = seq - 1000 WHERE seq > 1000 AND {OF}"),
         vec![LinkChanged { seq: 5 }, LinkOutOfOrder { seq: 5 }, LinkChanged { seq: 6 }, LinkOutOfOrder { seq: 6 }, LinkOutOfOrder { seq: 7 }]),
        (format!("DELETE FROM audit.audit_chain WHERE seq > 8 AND {OF}; DELETE FROM audit.audit_log WHERE xid NOT IN (SELECT xid FROM audit.audit_chain)"),
         vec![LinksGone { from: 9, to: 11 }]),
        (format!("UPDATE audit.audit_heads SET hash = '\\x00' WHERE {OF}"), vec![HeadChanged { last: 10, head: 10 }]),
        (format!("DELETE FROM audit.audit_heads WHERE {OF}"), vec![HeadChanged { last: 10, head: 0 }]),
    ];
    let admin = Session::open(&ground.scratch.connect_to()).await.unwrap();
    for table in ["audit_log", "audit_chain", "audit_heads"] {
        admin.run(&format!("CREATE TABLE public.kept_{table} AS SELECT * FROM audit.{table}")).await.unwrap();
    }
    for (sql, expected) in cases {
        admin.run(&sql).await.unwrap();
        assert_eq!(found(&acme).await, expected, "{sql}");
        for table in ["audit_log", "audit_chain", "audit_heads"] {
            admin
                .run(&format!(
                    "TRUNCATE audit.{table}; INSERT INTO audit.{table} SELECT * FROM public.kept_{table}"
                ))
                .await
                .unwrap();
        }
        assert_eq!(found(&acme).await, [], "put back after {sql}");
    }
    // An entry put in: in a transaction of its own, and among those of another.
    let put_in = "INSERT INTO audit.audit_log SELECT tenant_id, at + interval '1 second', id + 1000, xid, table_name, row_key, action,
        old_values, new_values, acting_user, request, ip, acting_role, salt, values_sum FROM audit.audit_log WHERE";
    admin.run(&format!("{put_in} {one}")).await.unwrap();
    assert!(matches!(found(&acme).await.as_slice(), [EntryWithoutLink { .. }]));
}

#[tokio::test]
async fn a_chain_that_was_cut_off_or_written_anew_shows_by_an_anchor() {
    let (ground, acme) = ten_links().await;
    let anchor = audit::head(&acme).await.unwrap().unwrap();
    let anchored = Verify::default().holds(anchor.clone());
    assert!(verify(&acme, &anchored).await.unwrap().is_sound());
    let admin = Session::open(&ground.scratch.connect_to()).await.unwrap();
    admin
        .run(&format!(
            "DELETE FROM audit.audit_log WHERE (at, xid) IN (SELECT at, xid FROM audit.audit_chain WHERE seq > 8 AND {OF});
             DELETE FROM audit.audit_chain WHERE seq > 8 AND {OF};
             UPDATE audit.audit_heads AS h SET seq = 8, hash = c.hash FROM audit.audit_chain AS c
             WHERE c.seq = 8 AND c.tenant_id = h.tenant_id AND c.{OF}"
        ))
        .await
        .unwrap();
    assert_eq!(found(&acme).await, [], "without an anchor a cut chain is a shorter one");
    let cut = verify(&acme, &anchored).await.unwrap();
    assert_eq!(cut.tampering, [Tampering::AnchorLost { seq: 10 }]);
    // It grows again, by honest writers: the tenth link is another one now.
    for n in 100..104 {
        insert(&acme, n, "new").await.unwrap();
    }
    assert_eq!(verify(&acme, &anchored).await.unwrap().tampering, [Tampering::AnchorLost { seq: 10 }]);
}

#[tokio::test]
async fn what_was_verified_need_not_be_followed_again_and_what_was_kept_long_enough_may_go() {
    let (ground, acme) = ten_links().await;
    let anchor = audit::head(&acme).await.unwrap().unwrap();
    insert(&acme, 500, "later").await.unwrap();
    let later = verify(&acme, &Verify::default().after(anchor)).await.unwrap();
    assert_eq!((later.links, later.entries, later.is_sound()), (1, 1, true));
    ground.admin(&format!("DELETE FROM audit.audit_log WHERE id IN (SELECT id FROM audit.audit_log WHERE {OF} ORDER BY id LIMIT 20)")).await;
    assert_eq!(found(&acme).await.len(), 10);
    let kept = verify(&acme, &Verify::default().kept_since(jiff::Timestamp::now())).await.unwrap();
    assert_eq!((kept.archived, kept.is_sound()), (10, true));
}

#[tokio::test]
async fn erased_values_are_gone_and_the_chain_still_holds() {
    let (_ground, acme) = ten_links().await;
    let system = acme.db().system("a person asked to be forgotten").unwrap().within_tenant(&tenant(1));
    let key = json!({ "tenant_id": tenant(1).to_string(), "id": 9 });
    let erased: i64 =
        system.query_value("SELECT audit.erase($1, 'notes', $2)", &[&tenant(1), &key]).await.unwrap();
    assert_eq!(erased, 1);
    let verified = verify(&acme, &Verify::default()).await.unwrap();
    assert_eq!((verified.erased, verified.is_sound()), (1, true));
    let entries = audit::of_object(&acme, "notes", &key, &Page::first(5)).await.unwrap().entries;
    assert_eq!((&entries[0].new_values, entries[0].erased_at.is_some()), (&None, true));
    // To say that something was erased does not hide that it was changed.
    let admin = "UPDATE audit.audit_log SET new_values = '{}', erased_at = now() WHERE id = (SELECT max(id) - 1 FROM audit.audit_log)";
    _ground.admin(admin).await;
    assert_eq!(found(&acme).await.len(), 1);
}

#[tokio::test]
async fn the_trail_is_read_by_row_and_by_actor_page_by_page() {
    let ground = audited().await;
    let db = ground.db().await;
    for n in 1..=2 {
        let (ada, eve) = (Actor::user("ada").unwrap(), Actor::user("eve").unwrap());
        let tenant = db.tenant(&tenant(n));
        insert(&tenant.clone().acting_as(&ada), 1, "0").await.unwrap();
        for round in 1..=7 {
            let who = if round % 2 == 0 { &eve } else { &ada };
            let sql = "UPDATE notes SET body = $1 WHERE id = 1";
            tenant.clone().acting_as(who).execute(sql, &[&round.to_string()]).await.unwrap();
        }
    }
    let acme = db.tenant(&tenant(1));
    let key = json!({ "tenant_id": tenant(1).to_string(), "id": 1 });
    let (mut page, mut seen) = (Page::first(3), Vec::new());
    loop {
        let got = audit::of_object(&acme, "notes", &key, &page).await.unwrap();
        seen.extend(got.entries);
        let Some(next) = got.next else { break };
        page = Page::first(3).before(next.to_string().parse().unwrap());
    }
    assert_eq!(seen.len(), 8);
    assert!(seen.windows(2).all(|two| two[0].position > two[1].position), "the newest first, none twice");
    let by_eve = audit::of_actor(&acme, "eve", &Page::first(100)).await.unwrap();
    let bodies: BTreeSet<String> =
        by_eve.entries.iter().map(|e| e.new_values.as_ref().unwrap()["body"].to_string()).collect();
    assert_eq!(bodies, BTreeSet::from(["\"2\"".to_owned(), "\"4\"".to_owned(), "\"6\"".to_owned()]));
    assert!(audit::of_object(&acme, "notes", &json!([1]), &page).await.is_err());
    assert!(audit::of_actor(&acme.db().system("reading").unwrap(), "eve", &page).await.is_err());
    let hostile = "'; DROP TABLE notes; --";
    assert_eq!(audit::of_actor(&acme, hostile, &page).await.unwrap().entries, []);
}

#[tokio::test]
async fn months_are_made_ahead_and_late_ones_take_their_rows_along() {
    let ground = audited().await;
    let db = ground.db().await;
    let acme = db.tenant(&tenant(1));
    insert(&acme, 1, "before there was a partition").await.unwrap();
    let system = db.system("making partitions").unwrap();
    let made: i64 = system.query_value("SELECT audit.make_coming_partitions(2)", &[]).await.unwrap();
    assert_eq!(made, 3);
    let again: i64 = system.query_value("SELECT audit.make_coming_partitions(2)", &[]).await.unwrap();
    assert_eq!(again, 0);
    insert(&acme, 2, "after").await.unwrap();
    let rest: i64 = {
        let session = Session::open(&ground.scratch.connect_to()).await.unwrap();
        session.client().query_one("SELECT count(*) FROM audit.audit_log_rest", &[]).await.unwrap().get(0)
    };
    assert_eq!(rest, 0);
    let verified = verify(&acme, &Verify::default()).await.unwrap();
    assert_eq!((verified.entries, verified.is_sound()), (2, true));
    let unprotected =
        "SELECT relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE nspname = 'audit' AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)";
    let unprotected: Vec<(String,)> = system.query(unprotected, &[]).await.unwrap();
    assert_eq!(unprotected, []);
}

#[tokio::test]
async fn the_migration_can_be_taken_back_and_made_again() {
    let ground = audited().await;
    let trail = AuditTrail::of(&tenancy());
    let watched = Watched::table("notes");
    as_owner(&ground, &(trail.unwatch(&watched) + &trail.down())).await;
    insert(&ground.db().await.tenant(&tenant(1)), 1, "unwatched").await.unwrap();
    as_owner(&ground, &(trail.up() + &trail.watch(&watched))).await;
    insert(&ground.db().await.tenant(&tenant(1)), 2, "watched").await.unwrap();
    assert_eq!(all(&ground.db().await.tenant(&tenant(1))).await.len(), 1);
}

#[test]
fn an_actor_that_no_setting_can_hold_is_refused() {
    for user in ["", "  ", "a\0b", &"x".repeat(201)] {
        assert!(Actor::user(user).is_err());
        assert!(Actor::user("ada").unwrap().request(user).is_err());
    }
    assert!(Actor::user("x".repeat(200)).is_ok());
}
