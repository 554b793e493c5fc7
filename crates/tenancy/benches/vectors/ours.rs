//! The library's search, and the same over other layouts of the table.

use std::time::Instant;

use freehold_sandbox::Server;
use freehold_tenancy::{
    Db, Tenancy, TenantId,
    vectors::{Metric, Rules, Search, Space, SpaceOptions, Step, Strategy},
};

use crate::{
    Ground, LIMIT, THRESHOLD, churn,
    crowd::Asked,
    score::{Score, rounds},
};

const ROLES: &str = "
DO $$ BEGIN CREATE ROLE app_writer LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app_system LOGIN BYPASSRLS; EXCEPTION WHEN duplicate_object THEN NULL; END $$;";

/// One table with both precisions: half in the row, full beside it.
fn table(name: &str, order: &str, more: &str) -> String {
    format!(
        "CREATE TABLE {name} (tenant_id uuid NOT NULL, id bigint NOT NULL, full_vector vector(512), \
         half_vector halfvec(512), PRIMARY KEY (tenant_id, id)); \
         ALTER TABLE {name} ALTER COLUMN half_vector SET STORAGE PLAIN; \
         INSERT INTO {name} SELECT tenant_id, id, embedding, embedding::halfvec FROM plain ORDER BY {order}; \
         ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; ALTER TABLE {name} FORCE ROW LEVEL SECURITY; \
         CREATE POLICY own ON {name} USING (tenant_id = \
         (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid)); \
         GRANT SELECT ON {name} TO app_writer, app_system; {more}"
    )
}

fn space(table: &str, half: bool) -> Space {
    space_with(table, half, Rules::default())
}

fn space_with(table: &str, half: bool, rules: Rules) -> Space {
    Space::new(SpaceOptions {
        table: table.to_owned(),
        full: Some("full_vector".to_owned()),
        half: half.then(|| "half_vector".to_owned()),
        rules: Rules { build_memory_mib: 2048, ..rules },
        ..SpaceOptions::new(512, Metric::Cosine)
    })
    .unwrap()
}

pub async fn run(ground: &Ground, asked: &[Asked], churned: &TenantId) {
    ground.admin("", ROLES).await;
    if let Server::Own(sandbox) = &ground.server {
        for role in ["app_writer", "app_system"] {
            sandbox.admit(role).unwrap();
        }
    }
    let db = open(ground).await;
    ground.admin("table by tenant", &table("tenants_own", "tenant_id, id", "")).await;
    ground.admin("vacuum", "VACUUM ANALYZE tenants_own").await;
    let ours = space("tenants_own", true);
    let system = db.system("indexes of large tenants").unwrap();
    let started = Instant::now();
    let done = ours.maintain(&system, &ground.url("postgres")).await.unwrap();
    println!("  ({} indexes of tenants' own: {:.1?})", done.outcomes.len(), started.elapsed());
    for (_, measured) in &done.measured {
        println!("    {measured:?}");
    }
    for farthest in [Some(THRESHOLD), None] {
        measure(&db, &ours, asked, "Freehold, sorted by tenant", farthest, |search| search).await;
    }
    for ef in [40, 64, 100] {
        let other = space_with("tenants_own", true, Rules { ef_search: ef, recall: 0.0, ..Rules::default() });
        measure(&db, &other, asked, &format!("Freehold, ef_search {ef}"), None, |search| search).await;
    }
    measure(&db, &ours, asked, "Freehold, re-ranked", None, |search| search.reranked(4)).await;
    measure(&db, &ours, asked, "exact: halfvec in the row, by tenant", None, |s| s.by(Strategy::Exact)).await;
    let plain = space("tenants_own", false);
    measure(&db, &plain, asked, "exact: vector beside the row", None, |s| s.by(Strategy::Exact)).await;
    let mixed = table("mixed", "id % 1009, id", "");
    ground.admin("table as rows arrive", &mixed).await;
    ground.admin("vacuum", "VACUUM ANALYZE mixed").await;
    let mixed = space("mixed", true);
    measure(&db, &mixed, asked, "exact: halfvec in the row, as rows arrive", None, |s| s.by(Strategy::Exact))
        .await;
    let done = mixed.maintain(&system, &ground.url("postgres")).await.unwrap();
    let covered = done.outcomes.iter().find(|outcome| matches!(outcome.step, Step::Cover { .. }));
    println!("  ({covered:?}, and {} others)", done.outcomes.len() - 1);
    for farthest in [Some(THRESHOLD), None] {
        measure(&db, &mixed, asked, "Freehold, as rows arrive", farthest, |search| search).await;
    }
    ground.admin("a tenth of the rows replaced", &churn::replace("mixed", "id % 10 = 3")).await;
    measure(&db, &mixed, asked, "Freehold, a tenth replaced", None, |search| search).await;
    let done = mixed.maintain(&system, &ground.url("postgres")).await.unwrap();
    println!("  (maintained: {:?})", done.outcomes);
    measure(&db, &mixed, asked, "Freehold, a tenth replaced, maintained", None, |search| search).await;
    churn::run(ground, &db, &ours, asked, churned).await;
}

/// The role is new; the server reads who may log in a moment later.
async fn open(ground: &Ground) -> Db {
    let tenancy = || Tenancy { system_role: Some("app_system".to_owned()), ..Tenancy::default() };
    for _ in 0..100 {
        let builder = Db::builder(&ground.url("app_writer")).tenancy(tenancy());
        match builder.system_url(ground.url("app_system")).open().await {
            Ok(db) => return db,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
    Db::connect(&ground.url("app_writer"), tenancy()).await.unwrap()
}

async fn measure<'q>(
    db: &Db,
    space: &Space,
    asked: &'q [Asked],
    way: &str,
    farthest: Option<f64>,
    change: impl Fn(Search<'q>) -> Search<'q>,
) {
    let mut score = Score::new();
    // The first round fills the caches and counts the tenants.
    for round in 0..=rounds() {
        for (nth, one) in asked.iter().enumerate() {
            let mut search = Search::nearest(&one.query, LIMIT);
            if let Some(farthest) = farthest {
                search = search.within(farthest);
            }
            let search = change(search);
            let tenant = db.tenant(&one.tenant);
            let started = Instant::now();
            let found = space.search::<(i64,)>(&tenant, &search).await.unwrap();
            let took = started.elapsed();
            if round > 0 {
                let got: Vec<i64> = found.hits.iter().map(|hit| hit.item.0 % churn::LATER).collect();
                score.add(nth, one, farthest, &got, took);
            }
        }
    }
    score.print(way, farthest);
}
