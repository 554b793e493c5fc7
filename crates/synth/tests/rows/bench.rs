//! How long a large fill takes.

use std::time::Instant;

use super::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_rows_of_ten_columns_with_three_indexes_are_quick() {
    let schema = "create table p (id uuid primary key); \
        create table t (id uuid primary key default gen_random_uuid(), p uuid not null references p, email text not null unique, \
        name text, state text not null check (state in ('new', 'old')), n int not null check (n >= 0), \
        price numeric(10,2), made_at timestamptz not null default now(), data jsonb, on_ bool); create index on t (p)";
    let stage = Stage::set(schema).await;
    stage.fill("t", 10, 1).await.expect("rows");
    let start = Instant::now();
    stage.fill("t", 20_000, 1).await.expect("rows");
    let took = start.elapsed();
    println!("20,000 rows in {took:?}");
    // Ten times what an idle machine needs: only a cost that grows with the square would break this.
    assert!(took.as_secs_f64() < 3.0, "{took:?}");
    stage.end().await;
}
