//! How long the proof of isolation takes: a schema of 100 tables with rows of tenants, sound, each table with a foreign key
//! that carries the tenant, a unique constraint, two indexes and policies. The goal is 30 s on 2 cores.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that cannot go on has failed")]

use std::{collections::BTreeMap, fmt::Write as _, path::Path, time::Instant};

use freehold_app::{settings::Settings, tenancy};
use freehold_db::{
    Session,
    catalog::{CatalogReader, read_roles},
};
use freehold_prove::isolation::{self, Options};
use freehold_sandbox::testing;

const TABLES: usize = 100;

fn schema() -> String {
    let condition = "tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid)";
    let mut sql = "CREATE ROLE bench_app;\n\
                   CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);\n"
        .to_owned();
    for n in 1..=TABLES {
        let before = n - 1;
        let key = if n > 1 {
            format!(", FOREIGN KEY (tenant_id, above_id) REFERENCES t{before} (tenant_id, id)")
        } else {
            String::new()
        };
        writeln!(
            sql,
            "CREATE TABLE t{n} (tenant_id uuid NOT NULL REFERENCES tenants, id uuid NOT NULL DEFAULT gen_random_uuid(), \
             above_id uuid, code text NOT NULL, amount numeric(10,2) NOT NULL CHECK (amount >= 0), note text, \
             made_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, code){key});\n\
             CREATE INDEX ON t{n} (tenant_id, made_at); CREATE INDEX ON t{n} (tenant_id, above_id);\n\
             ALTER TABLE t{n} ENABLE ROW LEVEL SECURITY; ALTER TABLE t{n} FORCE ROW LEVEL SECURITY;\n\
             CREATE POLICY own ON t{n} TO bench_app USING ({condition}) WITH CHECK ({condition});\n\
             GRANT SELECT, INSERT, UPDATE, DELETE ON t{n} TO bench_app;"
        )
        .unwrap();
    }
    sql
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(bench());
}

async fn bench() {
    let server = testing::server().await;
    let scratch = server.scratch().await.unwrap();
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session.run(&schema()).await.unwrap();
    let catalog = CatalogReader::new().read(&session).await.unwrap();
    let roles = read_roles(&session).await.unwrap();
    session.close().await;
    let settings = Settings::parse(Path::new("freehold.toml"), "", &[]).unwrap();
    let resolved = tenancy::resolve(&catalog, &roles, &settings).unwrap();
    for round in 1..=3 {
        let begun = Instant::now();
        let matrix = isolation::prove(
            &server,
            &scratch,
            &catalog,
            &resolved.tenancy,
            &Options::default(),
            &|_, _, _| {},
        )
        .await
        .unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        let mut families: BTreeMap<&str, usize> = BTreeMap::new();
        for cell in &matrix.cells {
            *families.entry(cell.way.family.word()).or_default() += 1;
        }
        println!(
            "round {round}: {TABLES} tables, {} cells, {} leaks, {} not tried, {} trials in {seconds:.1} s, {:.0} trials \
             a second; cells by family: {families:?}",
            matrix.cells.len(),
            matrix.leaks().count(),
            matrix.not_tried().count(),
            matrix.trials,
            matrix.trials as f64 / seconds
        );
    }
}
