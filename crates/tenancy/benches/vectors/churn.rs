//! What becomes of a tenant's own index when its rows are replaced.

use std::time::Instant;

use freehold_tenancy::{
    Db, TenantId,
    vectors::{Search, Space, Strategy},
};

use crate::{
    Ground, LIMIT,
    crowd::Asked,
    score::{Score, rounds},
};

/// Ids of rows that replaced others are this much higher.
pub const LATER: i64 = 10_000_000;

/// Deletes rows and puts others with the same vectors in their place.
pub fn replace(table: &str, which: &str) -> String {
    format!(
        "WITH old AS (DELETE FROM {table} WHERE {which} RETURNING *) \
         INSERT INTO {table} SELECT tenant_id, id + {LATER}, full_vector, half_vector FROM old"
    )
}

pub async fn run(ground: &Ground, db: &Db, space: &Space, asked: &[Asked], whose: &TenantId) {
    let asked: Vec<&Asked> = asked.iter().filter(|one| one.tenant == *whose).collect();
    println!(
        "\n{} searches in one large tenant, whose rows are replaced by others with the same vectors:",
        asked.len()
    );
    println!("| state | recall | p50 ms | p95 ms |\n|---|---:|---:|---:|");
    let table = space.options().table.as_str();
    let state = |name: &'static str| measure(db, space, &asked, name);
    state("as built").await;
    for half in [0, 1] {
        let which = format!("tenant_id = '{whose}' AND id < {LATER} AND id % 2 = {half}");
        let replace = replace(table, &which);
        ground.admin("half of the rows replaced", &replace).await;
        state(["half replaced, dead rows there", "all replaced, dead rows there"][half]).await;
    }
    ground.admin("vacuum", &format!("VACUUM ANALYZE {table}")).await;
    state("all replaced, vacuumed").await;
    let own = "DO $$ DECLARE name text; BEGIN FOR name IN SELECT indexrelid::regclass::text FROM pg_index \
               WHERE pg_get_expr(indpred, indrelid) LIKE '%WHOSE%' LOOP EXECUTE 'REINDEX INDEX ' || name; \
               END LOOP; END $$";
    ground.admin("reindex", &own.replace("WHOSE", &whose.to_string())).await;
    state("the index built anew").await;
}

async fn measure(db: &Db, space: &Space, asked: &[&Asked], state: &str) {
    let (mut score, mut exact) = (Score::new(), 0);
    space.forget();
    for round in 0..=rounds() {
        for (nth, one) in asked.iter().enumerate() {
            let tenant = db.tenant(&one.tenant);
            let started = Instant::now();
            let found = space.search::<(i64,)>(&tenant, &Search::nearest(&one.query, LIMIT)).await.unwrap();
            let took = started.elapsed();
            if round > 0 {
                let got: Vec<i64> = found.hits.iter().map(|hit| hit.item.0 % LATER).collect();
                exact += usize::from(found.strategy == Strategy::Exact);
                score.add(nth, one, None, &got, took);
            }
        }
    }
    println!(
        "| {state}{} | {} |",
        if exact > 0 { format!(", {exact} exactly") } else { String::new() },
        score.last()
    );
}
