//! A table of vectors for tests of search: half and full precision, clustered around a few centres.
#![allow(dead_code, unreachable_pub, reason = "a part of tests; each file uses some of it")]

use freehold_tenancy::{
    Db, Execute, Sql,
    vectors::{Embedding, Maintained, Metric, Rules, Space, SpaceOptions},
};

use crate::ground::{Ground, tenant};

pub const DIMENSIONS: usize = 16;

const TABLE: &str = "
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE things (
    tenant_id uuid NOT NULL,
    id bigint NOT NULL,
    label text NOT NULL DEFAULT '',
    full_vector vector(16),
    half_vector halfvec(16),
    PRIMARY KEY (tenant_id, id)
);
ALTER TABLE things ALTER COLUMN half_vector SET STORAGE PLAIN;
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
ALTER TABLE things FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON things
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON things TO app_writer, app_system;
";

/// The table, and the application's database.
pub struct Field {
    pub ground: Ground,
    pub db: Db,
}

/// A space over the table whose tenants count as large from 1,000 vectors on.
pub fn options() -> SpaceOptions {
    SpaceOptions {
        table: "things".to_owned(),
        full: Some("full_vector".to_owned()),
        half: Some("half_vector".to_owned()),
        rules: Rules {
            index_from: 1_000,
            index_until: 700,
            ef_search: 40,
            build_workers: 0,
            ..Rules::default()
        },
        ..SpaceOptions::new(DIMENSIONS, Metric::Cosine)
    }
}

impl Field {
    pub async fn new() -> Self {
        let ground = Ground::new().await;
        ground.admin(TABLE).await;
        let db = ground.db().await;
        Self { ground, db }
    }

    /// The same columns in a table with four HASH partitions.
    pub async fn partitioned(&self) {
        let mut sql = TABLE.replace("things", "parts");
        sql = sql.replace("(tenant_id, id)\n);", "(tenant_id, id)\n) PARTITION BY HASH (tenant_id);");
        for n in 0..4 {
            sql.push_str(&format!(
                "CREATE TABLE parts_{n} PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER {n});"
            ));
        }
        self.admin(&sql).await;
    }

    pub async fn admin(&self, sql: &str) {
        self.ground.admin(sql).await;
    }

    /// Gives a tenant so many vectors around twenty centres, with ids from 1.
    pub async fn fill(&self, n: u128, rows: u32) {
        self.fill_table("things", n, rows).await;
    }

    pub async fn fill_table(&self, table: &str, n: u128, rows: u32) {
        let tenant = tenant(n);
        self.admin(&format!(
            "SELECT setseed(0.{n}); \
             INSERT INTO {table} SELECT '{tenant}', i, 'of {n}', v::vector, v::halfvec FROM \
             generate_series(1, {rows}) AS i, LATERAL (SELECT array_agg(sin((i % 20 + 1) * j * 1.7)::real \
             + (random() - 0.5)::real) AS v FROM generate_series(1, 16) AS j WHERE i > 0) AS made; \
             ANALYZE {table}"
        ))
        .await;
    }

    /// Vectors that a tenant has, by id.
    pub async fn vectors_of(&self, n: u128, count: i64) -> Vec<Embedding> {
        self.vectors_of_table("things", n, count).await
    }

    pub async fn vectors_of_table(&self, table: &str, n: u128, count: i64) -> Vec<Embedding> {
        let sql = Sql::vouched(format!("SELECT full_vector FROM {table} ORDER BY id LIMIT $1"));
        let rows: Vec<(Embedding,)> = self.db.tenant(&tenant(n)).query(sql, &[&count]).await.unwrap();
        rows.into_iter().map(|(vector,)| vector).collect()
    }

    pub fn owner_url(&self) -> String {
        self.ground.url("postgres")
    }

    pub async fn maintain(&self, space: &Space) -> Maintained {
        let system = self.db.system("indexes of large tenants").unwrap();
        space.maintain(&system, &self.owner_url()).await.unwrap()
    }
}
