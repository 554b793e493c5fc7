//! What the protections that an application may choose cost: a signed context on reads, the audit trail on writes.
//!
//! Both tables of a comparison are in one database, of the same shape, and are asked in turn within each round; what is
//! told is the median of the rounds. The server waits for no disk, so commits cost what the processor takes.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that cannot go on has failed")]

use std::time::{Duration, Instant};

use freehold_tenancy::{
    Db, Execute, Tenancy,
    audit::{AuditTrail, Watched},
    signed::{SignedContext, SigningKey},
};
use freehold_tenancy_ground::{Ground, tenant};
use futures_util::future::join_all;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(700);
const TASKS: u128 = 8;
const SCANNED: i64 = 1_000_000;
const KEY: &str = "3f8a61c05b9d2e7740aa13c6f2d98e5b7c04e1a96f3d8b52c7e01f64a9b3d852";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        signed().await;
        audited().await;
    });
}

/// Reads under a policy that compares the setting, and under one that has a signature checked.
async fn signed() {
    let (plain, signed) = (Ground::new().await, Ground::new().await);
    for ground in [&plain, &signed] {
        let rows = format!(
            "INSERT INTO notes (tenant_id, id, body) SELECT '00000000-0000-0000-0000-000000000001', n, 'note'
             FROM generate_series(1, {SCANNED}) AS n; VACUUM ANALYZE notes"
        );
        for statement in rows.split("; ") {
            ground.admin(statement).await;
        }
    }
    let context = SignedContext::of(&Ground::tenancy()).also_for("app_writer").also_for("app_system");
    signed.admin(&context.up()).await;
    signed.admin(&format!("SELECT tenant_context.put_key(1, '\\x{KEY}')")).await;
    signed.admin(&context.convert_policies()).await;
    let without = plain.db().await;
    let key = SigningKey::from_hex(1, KEY).unwrap();
    let with =
        Db::builder(&signed.url("app_writer")).tenancy(Ground::tenancy()).signed(key).open().await.unwrap();
    let one = "SELECT body FROM notes WHERE tenant_id = $1 AND id = $2";
    let read = async |db: &Db, nth: u64| {
        let id = i64::try_from(nth % 1_000).unwrap() + 1;
        let _: String = db.tenant(&tenant(1)).query_value(one, &[&tenant(1), &id]).await.unwrap();
    };
    let mut rates = [Vec::new(), Vec::new()];
    let mut scans = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (at, db) in [&without, &with].into_iter().enumerate() {
            rates[at].push(per_second(async |nth| read(db, nth).await).await);
            let begun = Instant::now();
            let sql = "SELECT count(*) FROM notes WHERE body <> ''";
            let count: i64 = db.tenant(&tenant(1)).query_value(sql, &[]).await.unwrap();
            assert_eq!(count, SCANNED);
            scans[at].push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    let [bare, checked] = rates.map(median);
    println!(
        "reads of one row, one after another: {bare:.0} a second, with a signed context {checked:.0}: {:.1} µs each",
        1e6 / checked - 1e6 / bare
    );
    let [bare, checked] = scans.map(median);
    println!("a scan of {SCANNED} rows: {bare:.1} ms, with a signed context {checked:.1} ms");
}

/// Inserts into a table that is watched, and into one that is not.
async fn audited() {
    let ground = Ground::new().await;
    ground
        .admin(
            "DO $$ BEGIN CREATE ROLE app_owner NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO app_owner', current_database()); END $$;
             GRANT CREATE, USAGE ON SCHEMA public TO app_owner;
             ALTER TABLE notes OWNER TO app_owner;
             CREATE TABLE watched (LIKE notes INCLUDING ALL);
             ALTER TABLE watched OWNER TO app_owner;
             ALTER TABLE watched ENABLE ROW LEVEL SECURITY;
             ALTER TABLE watched FORCE ROW LEVEL SECURITY;
             CREATE POLICY own ON watched USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
             GRANT SELECT, INSERT ON watched TO app_writer;
             ALTER TABLE notes DROP CONSTRAINT notes_tenant_id_fkey;",
        )
        .await;
    let trail = AuditTrail::of(&Tenancy { role: Some("app_writer".to_owned()), ..Ground::tenancy() });
    let sql = trail.up() + &trail.watch(&Watched::table("watched"));
    ground.admin(&format!("SET ROLE app_owner; {sql}")).await;
    let db = &ground.db().await;
    let insert = async |table: &str, whose: u128, id: i64| {
        let sql = match table {
            "notes" => "INSERT INTO notes (tenant_id, id, body) VALUES ($1, $2, 'note')",
            _ => "INSERT INTO watched (tenant_id, id, body) VALUES ($1, $2, 'note')",
        };
        db.tenant(&tenant(whose)).execute(sql, &[&tenant(whose), &id]).await.unwrap();
    };
    let insert = &insert;
    // The tenants' rows are numbered by a counter of the run, so that no key comes twice.
    let next = &std::sync::atomic::AtomicI64::new(0);
    let number = || next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    for (what, tasks, tenants) in
        [("one task", 1, 1), ("8 tasks of one tenant", TASKS, 1), ("8 tasks of 8 tenants", TASKS, TASKS)]
    {
        let mut rates = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (at, table) in ["notes", "watched"].into_iter().enumerate() {
                let all = (0..tasks)
                    .map(|task| per_second(async move |_| insert(table, task % tenants + 1, number()).await));
                rates[at].push(join_all(all).await.into_iter().sum());
            }
        }
        let [bare, watched] = rates.map(median);
        println!(
            "inserts, {what}: {bare:.0} a second, into a watched table {watched:.0}: {:.2} of it",
            watched / bare
        );
    }
}

/// How often something is done in a second, one after another.
async fn per_second(work: impl AsyncFn(u64)) -> f64 {
    let begun = Instant::now();
    let mut done = 0;
    while begun.elapsed() < ROUND {
        work(done).await;
        done += 1;
    }
    done as f64 / begun.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
