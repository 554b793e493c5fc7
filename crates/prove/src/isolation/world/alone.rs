//! Takes the rows of all tenants but A away, so that what A sees with and without them can be compared.

use freehold_db::Session;
use freehold_model::{
    catalog::{Catalog, RelationKind},
    name::quote_literal,
};

use super::{IsolationError, Tenancy, populate, truth};

/// Deletes the rows of B and C from every table with rows of tenants, and fills materialised views again.
pub(super) async fn leave_only_a(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
    tenants: &[String],
) -> Result<(), IsolationError> {
    let others: Vec<String> = tenants.iter().skip(1).map(|key| quote_literal(key)).collect();
    if others.is_empty() {
        return Ok(());
    }
    let others = others.join(", ");
    let mut sql = "BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL row_security = off;\n\
                   CREATE TEMP TABLE freehold_doomed (relation oid, place tid) ON COMMIT DROP;\n"
        .to_owned();
    let mut deletes = String::new();
    for oid in tenancy.owned.keys() {
        let Some(relation) = catalog.relation_by_oid(*oid).filter(|r| r.kind == RelationKind::Table) else {
            continue;
        };
        let Some(tenant) = truth::tenant_of(catalog, tenancy, *oid, "r") else { continue };
        let name = relation.name.quoted();
        // A chain ends in rows that are deleted too: what is to go is written down before anything goes.
        sql.push_str(&format!(
            "INSERT INTO freehold_doomed SELECT {oid}, r.ctid FROM ONLY {name} r WHERE {tenant} IN ({others});\n"
        ));
        deletes.push_str(&format!(
            "DELETE FROM ONLY {name} r USING freehold_doomed d WHERE d.relation = {oid} AND d.place = r.ctid;\n"
        ));
    }
    sql.push_str(&deletes);
    sql.push_str("COMMIT;");
    session.run(&sql).await.map_err(IsolationError::own("leaving only the rows of one tenant"))?;
    populate::refresh(session, catalog, &mut Vec::new()).await;
    Ok(())
}
