//! Which relations belong to a tenant: by their own column, or by way of a foreign key.

use std::collections::BTreeMap;

use freehold_model::{
    catalog::{Constraint, Relation},
    name::QualifiedName,
};

use super::Tenancy;
use crate::{options::Options, state::State};

/// How a relation belongs to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owned {
    /// It is the table of tenants.
    Root {
        /// Its key.
        key: String,
    },
    /// By this column.
    Column(String),
    /// It has no such column, and belongs to a row that has one.
    Through {
        /// The table of that row.
        parent: QualifiedName,
        /// The foreign key to it.
        constraint: String,
    },
}

impl Tenancy {
    pub(super) fn find_owned(&mut self, state: &State, options: &Options) {
        let Some(column) = self.column.clone() else { return };
        for name in &options.shared {
            let (schema, bare) = match name.split_once('.') {
                Some((schema, bare)) => (Some(schema), bare),
                None => (None, name.as_str()),
            };
            self.shared.insert(state.resolve(schema, bare));
        }
        let mut owned = BTreeMap::new();
        if let Some(root) = &self.root
            && let Some(known) = state.relation(root)
        {
            let key = known.relation.primary_key().and_then(|key| key.columns.first().cloned());
            owned.insert(root.clone(), Owned::Root { key: key.unwrap_or_else(|| "id".to_owned()) });
        }
        let tables = || {
            state
                .relations
                .values()
                .map(|known| &known.relation)
                .filter(|relation| relation.is_table() && relation.name.schema != "pg_temp")
        };
        for relation in tables() {
            if self.shared.contains(&relation.name) || owned.contains_key(&relation.name) {
                continue;
            }
            if let Some(own) = own_column(relation, &column, self.root.as_ref()) {
                owned.insert(relation.name.clone(), Owned::Column(own));
            }
        }
        // A chain is followed link by link; each round finds those one link farther away.
        loop {
            let found: Vec<(QualifiedName, Owned)> = tables()
                .filter(|relation| {
                    !owned.contains_key(&relation.name) && !self.shared.contains(&relation.name)
                })
                .filter_map(|relation| Some((relation.name.clone(), through(relation, &owned)?)))
                .collect();
            if found.is_empty() {
                break;
            }
            owned.extend(found);
        }
        self.owned = owned;
    }
}

/// The tenant column of a relation itself.
fn own_column(relation: &Relation, column: &str, root: Option<&QualifiedName>) -> Option<String> {
    if relation.column(column).is_some() {
        return Some(column.to_owned());
    }
    // Another name, pointing to the root: only when there is one such column and every row has it.
    let mut keys =
        relation.foreign_keys().filter(|key| root.is_some() && key.referenced_table.as_ref() == root);
    let key = keys.next()?;
    let [own] = key.columns.as_slice() else { return None };
    let required = relation.column(own).is_some_and(|column| column.not_null);
    (keys.next().is_none() && required && looks_alike(own, column)).then(|| own.clone())
}

/// True for names such as `tenant` and `tenant_id`, `org_id` and `organization_id`.
fn looks_alike(one: &str, other: &str) -> bool {
    let stem = |name: &str| name.to_ascii_lowercase().replace("_id", "").replace('_', "");
    let (one, other) = (stem(one), stem(other));
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    short.len() >= 3 && long.starts_with(&short)
}

/// The foreign key by which a relation without a tenant column belongs to one that is owned: one that every row has,
/// or that the row goes away with.
fn through(relation: &Relation, owned: &BTreeMap<QualifiedName, Owned>) -> Option<Owned> {
    let key = relation.foreign_keys().find(|key| belongs(relation, key, owned))?;
    Some(Owned::Through { parent: key.referenced_table.clone()?, constraint: key.name.clone() })
}

fn belongs(relation: &Relation, key: &Constraint, owned: &BTreeMap<QualifiedName, Owned>) -> bool {
    let Some(target) = key.referenced_table.as_ref() else { return false };
    let target_is_row = matches!(owned.get(target), Some(Owned::Column(_) | Owned::Through { .. }));
    let required = key.columns.iter().all(|name| relation.column(name).is_some_and(|column| column.not_null));
    *target != relation.name && target_is_row && required && relation.partition.is_none()
}
