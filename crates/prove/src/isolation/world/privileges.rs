//! What the application's role may do, as the server says.

use std::collections::BTreeMap;

use freehold_db::Session;
use freehold_model::catalog::Catalog;

use super::IsolationError;

/// What the application's role may do with a relation, by whatever grant or membership.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Privileges {
    /// Columns that it may read, in the relation's order.
    pub select: Vec<String>,
    /// Columns that it may give values to in new rows.
    pub insert: Vec<String>,
    /// Columns that it may change.
    pub update: Vec<String>,
    /// Columns that its foreign keys may refer to.
    pub references: Vec<String>,
    /// It may delete rows.
    pub delete: bool,
    /// It may empty the relation.
    pub truncate: bool,
    /// It may make triggers on it.
    pub trigger: bool,
    /// It owns the relation, or is a member of the role that does.
    pub owns: bool,
}

impl Privileges {
    /// True when it may do nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Of every relation. `role` is the one that statements run as once the context is taken on.
pub(super) async fn all(
    session: &Session,
    catalog: &Catalog,
    role: &str,
) -> Result<BTreeMap<u32, Privileges>, IsolationError> {
    let relations: Vec<u32> = catalog.relations.iter().map(|relation| relation.oid).collect();
    let sql = "SELECT c.oid, a.attname::pg_catalog.text, \
                      pg_catalog.has_column_privilege($2::pg_catalog.text, c.oid, a.attnum, 'SELECT'), \
                      pg_catalog.has_column_privilege($2::pg_catalog.text, c.oid, a.attnum, 'INSERT'), \
                      pg_catalog.has_column_privilege($2::pg_catalog.text, c.oid, a.attnum, 'UPDATE'), \
                      pg_catalog.has_column_privilege($2::pg_catalog.text, c.oid, a.attnum, 'REFERENCES'), \
                      pg_catalog.has_table_privilege($2::pg_catalog.text, c.oid, 'DELETE'), \
                      pg_catalog.has_table_privilege($2::pg_catalog.text, c.oid, 'TRUNCATE'), \
                      pg_catalog.has_table_privilege($2::pg_catalog.text, c.oid, 'TRIGGER'), \
                      pg_catalog.pg_has_role($2::pg_catalog.text, c.relowner, 'USAGE') \
               FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
               WHERE c.oid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S' \
               ORDER BY c.oid, a.attnum";
    let rows = session
        .query(sql, &[&relations, &role])
        .await
        .map_err(IsolationError::own("reading what the application's role may do"))?;
    let mut all: BTreeMap<u32, Privileges> = BTreeMap::new();
    for row in rows {
        let may = all.entry(row.get(0)).or_default();
        let column: String = row.get(1);
        let lists = [&mut may.select, &mut may.insert, &mut may.update, &mut may.references];
        for (at, list) in lists.into_iter().enumerate() {
            if row.get(at + 2) {
                list.push(column.clone());
            }
        }
        may.delete = row.get(6);
        may.truncate = row.get(7);
        may.trigger = row.get(8);
        may.owns = row.get(9);
    }
    Ok(all)
}
