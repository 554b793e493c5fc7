//! What leaked is closed by the fix that is written for it, and the way back leads to the schema as it was.

use std::sync::Arc;

use freehold_db::{Session, catalog::CatalogReader};
use freehold_model::catalog::Catalog;
use freehold_prove::isolation::{
    self, Matrix, Options,
    fix::{self, Form},
};
use freehold_sandbox::Scratch;

use super::{Stage, cases_named, cells, own_server, staged};

async fn catalog(session: &Session) -> Arc<Catalog> {
    CatalogReader::new().read(session).await.unwrap()
}

async fn run(scratch: &Scratch, sql: &str) -> Arc<Catalog> {
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session.run(sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    let read = catalog(&session).await;
    session.close().await;
    read
}

async fn proved(stage: &Stage, catalog: &Arc<Catalog>) -> Matrix {
    let tenancy = stage.resolve(catalog).await;
    isolation::prove(&stage.server, &stage.scratch, catalog, &tenancy, &Options::default(), &|_, _, _| {})
        .await
        .unwrap()
}

/// Cases whose leaks the fix closes wholly.
const CLOSED: &[&str] = &["read_table_without_policy", "reference_single_column"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fix_closes_the_leak_and_its_down_gives_the_schema_back() {
    let server = own_server().await;
    for name in CLOSED {
        for case in cases_named(name) {
            let stage = staged(&case, &server).await.unwrap();
            let before = proved(&stage, &stage.catalog).await;
            let leaks = cells(&before, isolation::Outcome::is_leak);
            assert!(!leaks.is_empty(), "{name} leaks nothing");
            let tenancy = &stage.resolved.tenancy;
            let form = Form { citus: false, major: stage.server.version().major() };
            let fix = fix::fix(&stage.catalog, tenancy, &before, tenancy.role.as_deref(), &form);
            let mended = run(&stage.scratch, &fix.up()).await;
            let after = proved(&stage, &mended).await;
            let left = cells(&after, isolation::Outcome::is_leak);
            assert!(left.is_empty(), "{name}: {left:#?} after\n{}\nremains: {:?}", fix.up(), fix.remains);
            let back = run(&stage.scratch, &fix.down()).await;
            let differences = stage.catalog.differences(&back);
            assert!(differences.is_empty(), "{name}: {differences:#?} after\n{}", fix.down());
            stage.scratch.remove().await.unwrap();
        }
    }
}
