//! The relations that were there before a script began: what a lock on one of them means for others.

use std::collections::HashMap;

use freehold_db::{DbError, Session};
use freehold_model::name::QualifiedName;
use tokio_postgres::Row;

use crate::observation::RelationSeen;

/// What the server counts for a relation within a transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) scans: i64,
    pub(crate) inserted: i64,
    pub(crate) updated: i64,
    pub(crate) deleted: i64,
}

impl Counts {
    pub(crate) fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            scans: row.try_get("scans")?,
            inserted: row.try_get("inserted")?,
            updated: row.try_get("updated")?,
            deleted: row.try_get("deleted")?,
        })
    }

    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            scans: self.scans - earlier.scans,
            inserted: self.inserted - earlier.inserted,
            updated: self.updated - earlier.updated,
            deleted: self.deleted - earlier.deleted,
        }
    }

    pub(crate) fn changes_rows(self) -> bool {
        self.inserted != 0 || self.updated != 0 || self.deleted != 0
    }
}

/// One relation as it was when the script began, updated as statements go by.
#[derive(Debug, Clone)]
pub(crate) struct Present {
    pub(crate) relation: RelationSeen,
    pub(crate) filenode: u32,
    pub(crate) counts: Counts,
}

/// Asks which relations are there; to be called inside the transaction that will run the script.
pub(crate) async fn present(session: &Session) -> Result<HashMap<u32, Present>, DbError> {
    let rows = session.query(include_str!("present.sql"), &[]).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let entry =
            read(row).map_err(|e| DbError::from_postgres("read the relations of the scratch database", e))?;
        found.insert(entry.relation.oid, entry);
    }
    Ok(found)
}

fn read(row: &Row) -> Result<Present, tokio_postgres::Error> {
    let oid: u32 = row.try_get("oid")?;
    let kind: i8 = row.try_get("relkind")?;
    let schema: String = row.try_get("nspname")?;
    let name: String = row.try_get("relname")?;
    let display = QualifiedName::new(schema.clone(), name.clone()).to_string();
    Ok(Present {
        relation: RelationSeen { oid, schema, name, display, kind: kind_letter(kind) },
        filenode: row.try_get("relfilenode")?,
        counts: Counts::from_row(row)?,
    })
}

/// `"char"` arrives as a signed byte.
fn kind_letter(byte: i8) -> char {
    char::from(byte.unsigned_abs())
}
