//! What a project says of its tenants and columns, as a population.

use std::collections::BTreeSet;

use freehold_db::Session;
use freehold_migrate::{DEFAULT_HISTORY, PEERS, PeerColumn, PeerTable, TENANT_HISTORY};
use freehold_model::{
    catalog::{Catalog, Relation, RelationKind, Roles},
    name::quote_literal,
};
use freehold_prove::isolation::Ownership;
use freehold_synth::Population;

use super::{Request, SeedError};
use crate::{settings::nearest, tenancy::resolve};

/// A population, and what is to be said of how it was chosen.
pub(super) struct Chosen {
    pub(super) population: Population,
    pub(super) said: Vec<String>,
}

pub(super) fn population(request: &Request, catalog: &Catalog, roles: &Roles) -> Result<Chosen, SeedError> {
    let mut said = Vec::new();
    let mut population = Population {
        tenants: request.tenants,
        rows: request.rows,
        seed: request.seed,
        skew: request.skew,
        triggers: request.triggers,
        except: histories(request, catalog),
        ..Population::default()
    };
    match resolve(catalog, roles, &request.settings) {
        Some(found) => {
            said.push(match &found.root {
                Some(root) => format!("tenants are the rows of {root}, told apart by {}", found.column),
                None => format!("tenants are told apart by {}", found.column),
            });
            let tenancy = found.tenancy;
            population.root = tenancy.root;
            population.root_key = tenancy.root.and_then(|root| tenancy.column_of(root)).map(str::to_owned);
            population.columns = tenancy
                .owned
                .iter()
                .filter_map(|(oid, ownership)| match ownership {
                    Ownership::Column(column) => Some((*oid, column.clone())),
                    Ownership::Root { .. } | Ownership::Through { .. } => None,
                })
                .collect();
            population.shared = tenancy.shared;
        }
        None => said.push("nothing says how tenants are told apart".to_owned()),
    }
    if !request.tables.is_empty() {
        let named = request.tables.iter().map(|name| table("--table", catalog, name).map(|r| r.oid));
        population.tables = Some(named.collect::<Result<_, _>>()?);
    }
    for (name, expression) in &request.settings.seed.generators {
        let (of, column) = name.rsplit_once('.').unwrap_or((name.as_str(), ""));
        let relation = table("[seed] generators", catalog, of)?;
        if relation.column(column).is_none() {
            return Err(SeedError::NoColumn { name: name.clone(), table: relation.name.to_string() });
        }
        population.generators.insert((relation.oid, column.to_owned()), expression.clone());
    }
    Ok(Chosen { population, said })
}

/// The table of a name as people write it: with its schema or, where only one has it, without.
fn table<'c>(of: &'static str, catalog: &'c Catalog, name: &str) -> Result<&'c Relation, SeedError> {
    let tables: Vec<&Relation> = catalog
        .relations
        .iter()
        .filter(|relation| matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable))
        .collect();
    let full = |relation: &Relation| format!("{}.{}", relation.name.schema, relation.name.name);
    let exact =
        tables.iter().find(|relation| full(relation) == name || relation.name.to_string() == name).or_else(
            || tables.iter().find(|relation| relation.name.schema == "public" && relation.name.name == name),
        );
    if let Some(relation) = exact {
        return Ok(*relation);
    }
    let mut bare = tables.iter().filter(|relation| relation.name.name == name);
    if let (Some(relation), None) = (bare.next(), bare.next()) {
        return Ok(*relation);
    }
    let names: Vec<String> = tables.iter().map(|relation| relation.name.to_string()).collect();
    let near =
        nearest(name, &names.iter().map(String::as_str).collect::<Vec<_>>()).map(|near| near.to_owned());
    Err(SeedError::NoTable { of, name: name.to_owned(), near })
}

/// Tables in which migrations are noted down are no place for made-up rows.
fn histories(request: &Request, catalog: &Catalog) -> BTreeSet<u32> {
    let own = request.settings.migrate.history.as_ref();
    let (schema, _) = DEFAULT_HISTORY;
    let is_own = |relation: &Relation| {
        let named = own.is_some_and(|own| {
            own.table == relation.name.name
                && own.schema.as_ref().is_none_or(|schema| *schema == relation.name.schema)
        });
        named || relation.name.name == TENANT_HISTORY || relation.name.schema == schema
    };
    let found = catalog.relations.iter().filter(|relation| is_own(relation) || is_peers(relation, catalog));
    found.map(|relation| relation.oid).collect()
}

fn is_peers(relation: &Relation, catalog: &Catalog) -> bool {
    let full = format!("{}.{}", relation.name.schema, relation.name.name);
    let bare = |type_name: &str| {
        let (name, rest) = type_name.split_once('(').unwrap_or((type_name, ""));
        let zone = rest.split_once(')').map_or("", |(_, zone)| zone);
        format!("{name}{zone}")
    };
    let beside = catalog.relations.iter().filter(|other| other.name.schema == relation.name.schema);
    let table = PeerTable {
        name: relation.name.clone(),
        columns: relation
            .columns
            .iter()
            .map(|column| PeerColumn { name: column.name.clone(), type_name: bare(&column.type_name) })
            .collect(),
        beside: beside.map(|other| other.name.name.clone()).collect(),
    };
    PEERS.iter().any(|peer| {
        let named = |name: &&str| **name == relation.name.name || **name == full;
        peer.tables().iter().any(|name| named(name)) && peer.recognises(&table)
    })
}

/// Tables that would be filled and have rows.
pub(super) async fn with_rows(
    session: &Session,
    catalog: &Catalog,
    population: &Population,
) -> Result<Vec<String>, SeedError> {
    let planned = freehold_synth::planned(catalog, population);
    let asked: Vec<String> = planned
        .iter()
        .filter(|oid| !population.shared.contains(oid))
        .filter_map(|oid| catalog.relation_by_oid(*oid))
        .map(|relation| {
            let (name, table) = (quote_literal(&relation.name.to_string()), relation.name.quoted());
            format!("SELECT {name} WHERE EXISTS (SELECT FROM {table})")
        })
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let rows = session.query(&asked.join(" UNION ALL "), &[]).await;
    let rows = rows.map_err(SeedError::server("looking for tables that have rows"))?;
    Ok(rows.iter().filter_map(|row| row.try_get(0).ok()).collect())
}
