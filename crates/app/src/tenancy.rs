//! How a project tells tenants apart: what `[tenancy]` says, and for the rest what the schema gives away.

mod assume;
mod membership;
mod role;

use std::collections::BTreeSet;

use freehold_lint::{
    State,
    tenancy::{Line, Owned, Tenancy as Read},
};
use freehold_model::{
    catalog::{Catalog, Relation, RelationKind, Roles},
    name::QualifiedName,
};
use freehold_prove::isolation::{Ownership, Tenancy};

use crate::settings::Settings;

/// How a project tells tenants apart, and how that is known.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// As plain data for the proof.
    pub tenancy: Tenancy,
    /// What is not said by the project and was concluded, as sentences.
    pub guessed: Vec<String>,
    /// Tables of which nobody said whether tenants share them.
    pub unclear: Vec<QualifiedName>,
    /// The table of tenants and the tenant column, for people: `tenants`, `tenant_id`.
    pub root: Option<String>,
    /// The tenant column.
    pub column: String,
    /// Policies are meant to keep tenants apart, or the project says how they are told apart.
    pub is_meant: bool,
}

/// How tenants are told apart in a schema; `None` when nothing says that there are any.
pub fn resolve(catalog: &Catalog, roles: &Roles, settings: &Settings) -> Option<Resolved> {
    let options = crate::lint::options::options(settings);
    // Expressions of policies are parsed by recursion.
    let read = std::thread::scope(|scope| {
        let work = || {
            let state = State::from_catalog(catalog);
            Read::of(&state, &options)
        };
        let thread = freehold_sql::deep_thread().spawn_scoped(scope, work).ok()?;
        thread.join().ok()
    })?;
    let column = read.column.clone()?;
    let mut guessed = Vec::new();
    let said = &settings.tenancy;
    let root = read.root.as_ref().and_then(|name| catalog.relation(name));
    if said.root.is_none()
        && let Some(root) = root
    {
        guessed.push(format!("the table of tenants is {}", root.name));
    }
    if said.column.is_none() {
        guessed.push(format!("the tenant column is {column}"));
    }
    let mut tenancy = Tenancy {
        root: root.map(|root| root.oid),
        owned: read
            .owned
            .iter()
            .filter_map(|(name, owned)| {
                let relation = catalog.relation(name)?;
                Some((relation.oid, ownership(catalog, relation, owned)?))
            })
            .collect(),
        shared: read.shared.iter().filter_map(|name| catalog.relation(name)).map(|r| r.oid).collect(),
        untrusted_sql: said.untrusted_sql,
        ..Tenancy::default()
    };
    hand_down(catalog, &mut tenancy);
    tenancy.settings = match &said.setting {
        Some(setting) => vec![setting.clone()],
        None => read.settings.iter().cloned().collect(),
    };
    role::choose(&mut tenancy, &read, catalog, roles, settings, &mut guessed);
    assume::choose(&mut tenancy, &read, catalog, settings, &mut guessed);
    let unclear = unclear(catalog, &tenancy, read.hosted);
    Some(Resolved {
        tenancy,
        guessed,
        unclear,
        root: root.map(|root| root.name.to_string()),
        column,
        is_meant: read.line != Line::Nothing || read.named || read.uses_row_security,
    })
}

/// Rows of partitions, and of children by inheritance, belong to whom those of the table above belong.
fn hand_down(catalog: &Catalog, tenancy: &mut Tenancy) {
    loop {
        let handed: Vec<(u32, Ownership)> = catalog
            .relations
            .iter()
            .filter(|relation| relation.is_table() && !tenancy.owned.contains_key(&relation.oid))
            .filter_map(|relation| {
                let mut above =
                    relation.partition.iter().map(|partition| &partition.parent).chain(&relation.inherits);
                let ownership =
                    above.find_map(|above| tenancy.owned.get(&catalog.relation(above)?.oid).cloned())?;
                Some((relation.oid, ownership))
            })
            .collect();
        if handed.is_empty() {
            return;
        }
        tenancy.owned.extend(handed);
    }
}

fn ownership(catalog: &Catalog, relation: &Relation, owned: &Owned) -> Option<Ownership> {
    Some(match owned {
        Owned::Root { key } => Ownership::Root { key: key.clone() },
        Owned::Column(column) => Ownership::Column(column.clone()),
        Owned::Through { parent, constraint } => {
            let key = relation.constraint(constraint)?;
            let columns = key.columns.iter().cloned().zip(key.referenced_columns.iter().cloned()).collect();
            Ownership::Through { parent: catalog.relation(parent)?.oid, columns }
        }
    })
}

/// Schemas of Supabase's platform, whose tables are not the project's to decide on.
const PLATFORM: &[&str] = &[
    "auth",
    "storage",
    "realtime",
    "vault",
    "net",
    "cron",
    "pgmq",
    "extensions",
    "graphql",
    "graphql_public",
    "pgsodium",
    "supabase_functions",
    "supabase_migrations",
    "_realtime",
    "pgbouncer",
];

/// Tables that neither belong to a tenant nor are said to be shared. Partitions are their parents' affair.
fn unclear(catalog: &Catalog, tenancy: &Tenancy, hosted: bool) -> Vec<QualifiedName> {
    let decided: BTreeSet<u32> = tenancy.owned.keys().chain(&tenancy.shared).copied().collect();
    catalog
        .relations
        .iter()
        .filter(|relation| {
            matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable)
                && relation.partition.is_none()
                && !decided.contains(&relation.oid)
                && !(hosted && PLATFORM.contains(&relation.name.schema.as_str()))
        })
        .map(|relation| relation.name.clone())
        .collect()
}
