//! What rows there are, and whose they are: read by the superuser, whom no policy binds.

use std::collections::BTreeMap;

use freehold_db::{DbError, Session};
use freehold_model::{
    catalog::{Catalog, Relation},
    name::{quote_identifier, quote_literal},
};

use tokio_postgres::SimpleQueryMessage;

use super::{IsolationError, Tenancy};
use crate::isolation::tenancy::Ownership;

/// The rows of a relation, and whose they are.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// Names of the columns of [`TruthRow::values`], in the relation's order.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<TruthRow>,
}

/// One row.
#[derive(Debug, Clone)]
pub struct TruthRow {
    /// The tenant: 0 is A, 1 is B, 2 is C; `None` for a row of nobody's, or of a tenant that was there before.
    pub tenant: Option<usize>,
    /// The tenant's key as it stands there.
    pub key: Option<String>,
    /// Its values as text, in the order of [`Truth::columns`].
    pub values: Vec<Option<String>>,
    /// A condition, with unqualified columns, that is true for this row: its primary key, or all its values.
    pub found_by: String,
}

impl Truth {
    /// The rows of a tenant: 0 is A, 1 is B, 2 is C.
    pub fn of(&self, tenant: usize) -> impl Iterator<Item = &TruthRow> {
        self.rows.iter().filter(move |row| row.tenant == Some(tenant))
    }

    /// Rows that belong to a tenant other than this one, also tenants that were there before.
    pub fn foreign_to(&self, tenant: usize) -> impl Iterator<Item = &TruthRow> {
        self.rows.iter().filter(move |row| row.key.is_some() && row.tenant != Some(tenant))
    }

    /// A condition, with unqualified columns, that is true for exactly the rows foreign to a tenant; none without any.
    pub fn foreign_condition(&self, tenant: usize) -> Option<String> {
        let conditions: Vec<&str> = self.foreign_to(tenant).map(|row| row.found_by.as_str()).collect();
        (!conditions.is_empty()).then(|| format!("({})", conditions.join(" OR ")))
    }

    /// The value of a column in a row.
    pub fn value<'r>(&self, row: &'r TruthRow, column: &str) -> Option<&'r str> {
        let at = self.columns.iter().position(|name| name == column)?;
        row.values.get(at)?.as_deref()
    }
}

/// Of every relation with rows of tenants.
pub(super) async fn all(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
    tenants: &[String],
) -> Result<BTreeMap<u32, Truth>, IsolationError> {
    let mut truths = BTreeMap::new();
    for oid in tenancy.owned.keys() {
        let Some(relation) = catalog.relation_by_oid(*oid).filter(|relation| relation.is_table()) else {
            continue;
        };
        let Some(tenant) = tenant_of(catalog, tenancy, *oid, "r") else { continue };
        truths.insert(*oid, of(session, relation, &tenant, tenants).await?);
    }
    Ok(truths)
}

async fn of(
    session: &Session,
    relation: &Relation,
    tenant: &str,
    tenants: &[String],
) -> Result<Truth, IsolationError> {
    let columns: Vec<String> = relation.columns.iter().map(|column| column.name.clone()).collect();
    let selected: Vec<String> =
        columns.iter().map(|name| format!(", r.{}", quote_identifier(name))).collect();
    let sql = format!("SELECT {tenant}{} FROM {} r", selected.concat(), relation.name.quoted());
    let doing = format!("reading the rows of {}", relation.name);
    // By the simple protocol, as trials are answered: a cast to text writes booleans, addresses and padded texts otherwise.
    let messages = session.client().simple_query(&sql).await;
    let messages = messages
        .map_err(|error| IsolationError::own(doing.clone())(DbError::from_postgres(doing.as_str(), error)))?;
    let found = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let key_columns: Vec<String> = relation.primary_key().map(|key| key.columns.clone()).unwrap_or_default();
    let mut truth = Truth { columns, rows: Vec::new() };
    for row in found {
        let key: Option<String> = row.get(0).map(str::to_owned);
        let values: Vec<Option<String>> =
            (1..=truth.columns.len()).map(|at| row.get(at).map(str::to_owned)).collect();
        let of_key = |name: &String| key_columns.is_empty() || key_columns.contains(name);
        let conditions: Vec<String> = relation
            .columns
            .iter()
            .zip(&values)
            .filter(|(column, _)| of_key(&column.name))
            .map(|(column, value)| condition(&column.name, &column.type_name, value.as_deref()))
            .collect();
        truth.rows.push(TruthRow {
            tenant: key.as_ref().and_then(|key| tenants.iter().position(|tenant| tenant == key)),
            key,
            found_by: format!("({})", conditions.join(" AND ")),
            values,
        });
    }
    Ok(truth)
}

/// Types without equality (json, xml, points) are compared as text.
fn condition(column: &str, type_name: &str, value: Option<&str>) -> String {
    let column = quote_identifier(column);
    let as_text = ["json", "xml", "point", "polygon", "box", "line", "path", "circle"]
        .contains(&type_name.trim_end_matches("[]"));
    match value {
        None => format!("{column} IS NULL"),
        Some(value) if as_text => format!("{column}::text = {}", quote_literal(value)),
        Some(value) => format!("{column} = {}", quote_literal(value)),
    }
}

/// The expression that gives the tenant's key of a row.
pub(in crate::isolation) fn tenant_of(
    catalog: &Catalog,
    tenancy: &Tenancy,
    relation: u32,
    alias: &str,
) -> Option<String> {
    link(catalog, tenancy, relation, alias, 0)
}

fn link(catalog: &Catalog, tenancy: &Tenancy, relation: u32, alias: &str, depth: usize) -> Option<String> {
    // A circle of references is no chain to a tenant.
    if depth > 16 {
        return None;
    }
    match tenancy.owned.get(&relation)? {
        Ownership::Root { key: column } | Ownership::Column(column) => {
            Some(format!("{alias}.{}::pg_catalog.text", quote_identifier(column)))
        }
        Ownership::Through { parent, columns } => {
            let name = catalog.relation_by_oid(*parent)?.name.quoted();
            let above = format!("p{depth}");
            let tenant = link(catalog, tenancy, *parent, &above, depth + 1)?;
            let joined: Vec<String> = columns
                .iter()
                .map(|(own, theirs)| {
                    format!("{above}.{} = {alias}.{}", quote_identifier(theirs), quote_identifier(own))
                })
                .collect();
            Some(format!("(SELECT {tenant} FROM {name} {above} WHERE {} LIMIT 1)", joined.join(" AND ")))
        }
    }
}

/// A user of each tenant who is a member of no other.
pub(super) async fn users(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
    tenants: &[String],
    said: &mut Vec<String>,
) -> Result<Vec<String>, IsolationError> {
    let Some(membership) = &tenancy.membership else { return Ok(Vec::new()) };
    let (Some(relation), Some(tenant)) =
        (catalog.relation_by_oid(membership.relation), tenant_of(catalog, tenancy, membership.relation, "m"))
    else {
        return Ok(Vec::new());
    };
    let (table, user) = (relation.name.quoted(), quote_identifier(&membership.user));
    let sql = format!(
        "SELECT s.who, s.tenant FROM (SELECT m.{user}::pg_catalog.text AS who, {tenant} AS tenant FROM {table} m) s \
         WHERE NOT EXISTS (SELECT FROM (SELECT m.{user}::pg_catalog.text AS who, {tenant} AS tenant FROM {table} m) o \
                           WHERE o.who = s.who AND o.tenant IS DISTINCT FROM s.tenant) ORDER BY 1"
    );
    let rows = session
        .query(&sql, &[])
        .await
        .map_err(IsolationError::own(format!("reading the members in {}", relation.name)))?;
    let mut users = Vec::new();
    for key in tenants {
        let user = rows.iter().find_map(|row| {
            let (who, tenant): (Option<String>, Option<String>) = (row.get(0), row.get(1));
            who.filter(|_| tenant.as_ref() == Some(key))
        });
        match user {
            Some(user) => users.push(user),
            None => {
                said.push(format!("{} has no member of one tenant only", relation.name));
                users.push(String::new());
            }
        }
    }
    Ok(users)
}
