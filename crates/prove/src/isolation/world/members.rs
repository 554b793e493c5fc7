//! Members of one tenant only: where people are shared by all tenants, the rows that were made may make everyone a member
//! of each, and then nobody stands for one tenant.

use std::collections::BTreeSet;

use freehold_db::Session;
use freehold_model::{
    catalog::Catalog,
    name::{quote_identifier, quote_literal},
};

use super::{IsolationError, Tenancy, truth};

/// Takes memberships away so that each tenant has a member who is in no other.
pub(super) async fn set_apart(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
    tenants: &[String],
) -> Result<(), IsolationError> {
    let Some(membership) = &tenancy.membership else { return Ok(()) };
    let (Some(relation), Some(tenant)) = (
        catalog.relation_by_oid(membership.relation),
        truth::tenant_of(catalog, tenancy, membership.relation, "m"),
    ) else {
        return Ok(());
    };
    let (table, user) = (relation.name.quoted(), quote_identifier(&membership.user));
    let doing = || format!("setting members in {} apart", relation.name);
    let sql = format!("SELECT DISTINCT m.{user}::pg_catalog.text, {tenant} FROM {table} m ORDER BY 1, 2");
    let rows = session.query(&sql, &[]).await.map_err(IsolationError::own(doing()))?;
    let pairs: Vec<(String, String)> = rows
        .iter()
        .filter_map(|row| Some((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?)))
        .collect();
    let is_of_one = |who: &str| pairs.iter().filter(|(user, _)| user == who).count() == 1;
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut sql = String::new();
    for key in tenants {
        let mut members = pairs.iter().filter(|(_, tenant)| tenant == key).map(|(user, _)| user.as_str());
        if members.clone().any(is_of_one) {
            continue;
        }
        let Some(who) = members.find(|who| !taken.contains(who)) else { continue };
        taken.insert(who);
        sql.push_str(&format!(
            "DELETE FROM {table} m WHERE m.{user}::pg_catalog.text = {} AND {tenant} IS DISTINCT FROM {};\n",
            quote_literal(who),
            quote_literal(key)
        ));
    }
    if sql.is_empty() {
        return Ok(());
    }
    let sql = format!("BEGIN; SET LOCAL session_replication_role = replica;\n{sql}COMMIT;");
    session.run(&sql).await.map_err(IsolationError::own(doing()))
}
