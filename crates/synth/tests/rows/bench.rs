//! How long a large fill takes.

use std::time::Instant;

use super::{
    stage::Stage,
    town::{Plan, Town},
};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tables_of_three_tenants_are_quick() {
    let mut schema = String::from(
        "create table org (id uuid primary key, name text not null); create table person (id uuid primary key, email text not null unique); ",
    );
    for at in 0..98 {
        let parent = if at % 5 == 0 {
            String::new()
        } else {
            format!(", parent_id bigint not null references t{}", at - 1)
        };
        schema += &format!(
            "create table t{at} (id bigserial primary key, org_id uuid not null references org, made_by uuid references person{parent}, \
             title varchar(80) not null, state text not null default 'new' check (state in ('new', 'old', 'gone')), amount numeric(10,2) check (amount >= 0), \
             made_at timestamptz not null default now(), ended_at timestamptz, data jsonb, check (ended_at is null or ended_at >= made_at), unique (org_id, title)); create index on t{at} (org_id); "
        );
    }
    let columns: Vec<String> = (0..98).map(|at| format!("t{at}.org_id")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let town = Town::found(Plan { schema: &schema, root: "org", columns: &columns, shared: &[] }).await;
    let start = Instant::now();
    let populated = town.fill().await;
    let took = start.elapsed();
    println!("100 tables in {took:?}");
    assert!(populated.unsatisfied.is_empty(), "{:?}", populated.unsatisfied);
    assert_eq!(populated.tables.iter().map(|(_, rows)| rows).sum::<u64>(), 99 * 12 + 3);
    assert!(took.as_secs_f64() < 15.0, "{took:?}");
    town.stage.end().await;
}
