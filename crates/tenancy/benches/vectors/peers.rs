//! What is commonly advised: one index over all tenants.

use std::time::Instant;

use postgres_types::ToSql;
use tokio_postgres::Client;

use crate::{
    Ground, LIMIT, THRESHOLD,
    crowd::Asked,
    score::{Score, rounds},
};

const WITH: &str = "SELECT id FROM plain WHERE tenant_id = $1 AND 1 - (embedding <=> $2) >= $4 \
                    ORDER BY embedding <=> $2 LIMIT $3";
const WITHOUT: &str = "SELECT id FROM plain WHERE tenant_id = $1 ORDER BY embedding <=> $2 LIMIT $3";

pub async fn run(ground: &Ground, asked: &[Asked]) {
    let ivfflat =
        "CREATE INDEX common ON plain USING ivfflat (embedding vector_cosine_ops) WITH (lists = 100)";
    ground.admin("IVFFlat built", ivfflat).await;
    // As the plan is that its advice has in mind: the order comes from the index over the vectors.
    measure(ground, asked, "IVFFlat, 100 lists, 1 probe", "SET enable_sort = off").await;
    ground.admin("", "DROP INDEX common").await;
    let hnsw = "CREATE INDEX common ON plain USING hnsw (embedding vector_cosine_ops)";
    ground.admin("HNSW built", hnsw).await;
    measure(ground, asked, "HNSW, ef 40", "SET enable_sort = off").await;
    let iterative = "SET enable_sort = off; SET hnsw.iterative_scan = relaxed_order";
    measure(ground, asked, "HNSW, iterative scan", iterative).await;
    measure(ground, asked, "HNSW or comparing all, as the server plans", "SELECT").await;
    ground.admin("", "DROP INDEX common").await;
}

async fn measure(ground: &Ground, asked: &[Asked], way: &str, settings: &str) {
    let client = ground.client().await;
    client.batch_execute(settings).await.unwrap();
    for farthest in [Some(THRESHOLD), None] {
        let mut score = Score::new();
        // Some to fill the caches of the connection, then those that count.
        ask(&client, &asked[..asked.len().min(30)], farthest, &mut Score::new()).await;
        ask(&client, asked, farthest, &mut score).await;
        score.print(way, farthest);
    }
}

async fn ask(client: &Client, asked: &[Asked], farthest: Option<f64>, score: &mut Score) {
    let statement = client.prepare(if farthest.is_some() { WITH } else { WITHOUT }).await.unwrap();
    let limit = LIMIT as i64;
    for (nth, one) in (0..rounds()).flat_map(|_| asked.iter().enumerate()) {
        let similar = 1.0 - farthest.unwrap_or_default();
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&one.tenant, &one.query, &limit];
        if farthest.is_some() {
            values.push(&similar);
        }
        let started = Instant::now();
        let rows = client.query(&statement, &values).await.unwrap();
        let took = started.elapsed();
        let got: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        score.add(nth, one, farthest, &got, took);
    }
}
