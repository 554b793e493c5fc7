//! Two tenants with rows, and the role that stands for the application.

use std::collections::BTreeMap;

use freehold_db::Session;
use freehold_model::{catalog::Catalog, name::quote_literal};

use super::quoted;
use crate::isolation::{
    error::IsolationError,
    tenancy::{Ownership, Tenancy},
    world::tenant_of,
};

/// How many tenants are looked at to find two with rows in many tables.
const CANDIDATES: usize = 20;

/// Two tenants.
pub(super) struct Tenants {
    /// Their keys; never shown.
    a: String,
    pub(super) b: String,
    /// A member of A alone, where a context needs one.
    user_a: Option<String>,
    /// What is worth knowing of the choice.
    pub(super) said: Vec<String>,
}

impl Tenants {
    /// The statement with the values of its variables.
    pub(super) fn filled(&self, sql: &str, keys: &[(String, String)]) -> String {
        let mut filled = sql
            .replace(":'tenant_a'", &quote_literal(&self.a))
            .replace(":'tenant_b'", &quote_literal(&self.b))
            .replace(":'user_a'", &quote_literal(self.user_a.as_deref().unwrap_or_default()));
        for (name, value) in keys {
            filled = filled.replace(&format!(":'{name}'"), &quote_literal(value));
        }
        filled
    }

    /// The key of A or B, for asking as the role that connects.
    pub(super) fn key(&self, of_b: bool) -> &str {
        if of_b { &self.b } else { &self.a }
    }
}

/// The role that stands for the application, and how a session becomes it.
pub(super) struct Application {
    pub(super) name: String,
    superuser: bool,
}

impl Application {
    pub(super) fn becoming(&self) -> String {
        // Only a superuser can be somebody else as if that one had logged in.
        let what = if self.superuser { "SESSION AUTHORIZATION" } else { "ROLE" };
        format!("SET LOCAL {what} {}", quoted(&self.name))
    }
}

/// Makes sure that the session sees all rows and can become the application.
pub(super) async fn application(session: &Session, tenancy: &Tenancy) -> Result<Application, IsolationError> {
    let own = IsolationError::own("looking at the role that connects");
    let sql = "SELECT rolname::pg_catalog.text, rolsuper, rolsuper OR rolbypassrls FROM pg_catalog.pg_roles \
               WHERE rolname = current_user";
    let rows = session.query(sql, &[]).await.map_err(own)?;
    let (name, superuser, sees_all): (String, bool, bool) =
        rows.first().map_or_else(Default::default, |row| (row.get(0), row.get(1), row.get(2)));
    if !sees_all {
        return Err(IsolationError::Bound { role: name });
    }
    let Some(role) = tenancy.role.clone() else { return Err(IsolationError::NoRole) };
    let sql = "SELECT r.rolsuper OR r.rolbypassrls, pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER') \
               FROM pg_catalog.pg_roles r WHERE r.rolname = $1";
    let rows = session
        .query(sql, &[&role])
        .await
        .map_err(IsolationError::own("looking for the application's role"))?;
    let Some(row) = rows.first() else { return Err(IsolationError::NoRole) };
    if !superuser && !row.get::<_, bool>(1) {
        return Err(IsolationError::NotAMember { role: name, of: role });
    }
    Ok(Application { name: role, superuser })
}

/// The two of the first tenants that have rows in the most tables.
pub(super) async fn choose(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
) -> Result<Tenants, IsolationError> {
    let own = || IsolationError::own("choosing two tenants");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut said = Vec::new();
    let root = tenancy.root.and_then(|root| Some((catalog.relation_by_oid(root)?, tenancy.column_of(root)?)));
    if let Some((root, key)) = root {
        let key = quoted(key);
        let sql = format!(
            "SELECT {key}::pg_catalog.text FROM {} WHERE {key} IS NOT NULL ORDER BY {key} LIMIT {CANDIDATES}",
            root.name.quoted()
        );
        for row in session.query(&sql, &[]).await.map_err(own())? {
            seen.insert(row.get(0), 0);
        }
    }
    for (oid, ownership) in &tenancy.owned {
        let (Ownership::Column(column), Some(relation)) = (ownership, catalog.relation_by_oid(*oid)) else {
            continue;
        };
        if !relation.is_table() || relation.partition.is_some() {
            continue;
        }
        let (column, table) = (quoted(column), relation.name.quoted());
        // The distinct values of the first rows, when no root names the tenants.
        let sql = if root.is_some() {
            let keys: Vec<String> = seen.keys().map(|key| quote_literal(key)).collect();
            if keys.is_empty() {
                break;
            }
            format!(
                "SELECT DISTINCT {column}::pg_catalog.text FROM {table} WHERE {column} IN ({})",
                keys.join(", ")
            )
        } else {
            format!(
                "SELECT DISTINCT k FROM (SELECT {column}::pg_catalog.text AS k FROM {table} WHERE {column} IS NOT NULL \
                 LIMIT 1000) s LIMIT {CANDIDATES}"
            )
        };
        match session.query(&sql, &[]).await {
            Ok(rows) => rows.iter().for_each(|row| *seen.entry(row.get(0)).or_default() += 1),
            Err(_) => said.push(format!("{} took too long to look through for tenants", relation.name)),
        }
    }
    let mut best: Vec<(String, usize)> = seen.into_iter().collect();
    best.sort_by_key(|(_, tables)| std::cmp::Reverse(*tables));
    let mut best = best.into_iter();
    let (Some((a, in_a)), Some((b, in_b))) = (best.next(), best.next()) else {
        return Err(IsolationError::NoTwoTenants);
    };
    said.push(format!("two tenants were chosen: one with rows in {in_a} tables, one in {in_b}"));
    let user_a = user(session, catalog, tenancy, &a).await?;
    Ok(Tenants { a, b, user_a, said })
}

/// A member of a tenant and of no other.
async fn user(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
    key: &str,
) -> Result<Option<String>, IsolationError> {
    let Some(membership) = &tenancy.membership else { return Ok(None) };
    let (Some(relation), Some(tenant)) =
        (catalog.relation_by_oid(membership.relation), tenant_of(catalog, tenancy, membership.relation, "m"))
    else {
        return Ok(None);
    };
    let (table, user) = (relation.name.quoted(), quoted(&membership.user));
    let sql = format!(
        "SELECT m.{user}::pg_catalog.text FROM {table} m WHERE {tenant} = $1 AND NOT EXISTS \
         (SELECT FROM (SELECT m.{user} AS who, {tenant} AS tenant FROM {table} m) o \
          WHERE o.who = m.{user} AND o.tenant IS DISTINCT FROM $1) LIMIT 1"
    );
    let rows = session
        .query(&sql, &[&key])
        .await
        .map_err(IsolationError::own(format!("reading the members in {}", relation.name)))?;
    Ok(rows.first().and_then(|row| row.get(0)))
}
