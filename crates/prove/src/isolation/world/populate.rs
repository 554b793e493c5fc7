//! Rows of three tenants in every table.

use std::collections::BTreeMap;

use freehold_db::Session;
use freehold_model::catalog::{Catalog, RelationKind};
use freehold_synth::Population;

use super::{IsolationError, Options, Tenancy, Unfilled, alike, members};
use crate::isolation::tenancy::Ownership;

/// Where tenants decide on the partition, so many that each partition holds rows of several.
const TENANTS_IN_PARTITIONS: u32 = 8;

/// True when the rows of one tenant are all in one partition of some table.
fn partitioned_by_tenant(catalog: &Catalog, tenancy: &Tenancy) -> bool {
    tenancy.owned.keys().filter_map(|oid| Some((oid, catalog.relation_by_oid(*oid)?))).any(
        |(oid, relation)| {
            let column = tenancy.column_of(*oid);
            relation
                .partition_key
                .as_ref()
                .is_some_and(|key| key.columns.iter().any(|own| Some(own.as_str()) == column))
        },
    )
}

/// What was made.
pub(super) struct Made {
    pub(super) tenants: Vec<String>,
    pub(super) unfilled: Vec<Unfilled>,
}

/// Makes the rows and commits them.
pub(super) async fn populate(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
    options: &Options,
    said: &mut Vec<String>,
) -> Result<Made, IsolationError> {
    let columns = tenancy.owned.iter().filter_map(|(oid, ownership)| match ownership {
        Ownership::Column(column) => Some((*oid, column.clone())),
        Ownership::Root { .. } | Ownership::Through { .. } => None,
    });
    let root_key = tenancy.root.and_then(|root| tenancy.column_of(root)).map(str::to_owned);
    let population = Population {
        tenants: if partitioned_by_tenant(catalog, tenancy) { TENANTS_IN_PARTITIONS } else { 3 },
        rows: options.rows,
        seed: options.seed,
        root: tenancy.root,
        root_key,
        columns: columns.collect(),
        shared: tenancy.shared.clone(),
        generators: BTreeMap::new(),
        skew: None,
        triggers: false,
        ..Population::default()
    };
    let own = |doing: &'static str| IsolationError::own(doing);
    session.run("BEGIN").await.map_err(own("beginning to make rows"))?;
    let populated = freehold_synth::populate(session, catalog, &population).await.map_err(Box::new)?;
    session.run("COMMIT").await.map_err(own("committing the rows that were made"))?;
    let tenants = alike::make(session, catalog, tenancy, populated.tenants).await?;
    members::set_apart(session, catalog, tenancy, &tenants).await?;
    refresh(session, catalog, said).await;
    session.run("ANALYZE").await.map_err(own("analysing the rows that were made"))?;
    let unfilled = populated.unsatisfied.iter().map(|error| Unfilled {
        table: error.relation().unwrap_or_default().to_owned(),
        why: error.to_string(),
    });
    Ok(Made { tenants, unfilled: unfilled.collect() })
}

/// Fills the materialised views again; one may read another, so in the order in which they were made.
pub(super) async fn refresh(session: &Session, catalog: &Catalog, said: &mut Vec<String>) {
    let mut views: Vec<_> =
        catalog.relations.iter().filter(|relation| relation.kind == RelationKind::MaterializedView).collect();
    views.sort_by_key(|view| view.oid);
    for view in views {
        let sql = format!("REFRESH MATERIALIZED VIEW {}", view.name.quoted());
        if let Err(error) = session.run(&sql).await {
            said.push(format!("{} could not be filled: {error}", view.name));
        }
    }
}
