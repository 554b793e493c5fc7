//! Reads columns.

use freehold_model::catalog::{Column, Generated, Grants, Identity, Relation};

use super::PartReader;
use crate::catalog::rows::{Bad, Fields};

pub(super) const READER: PartReader = PartReader {
    what: "columns",
    sql: include_str!("column.sql"),
    add,
    keep: |relation, known| relation.columns.clone_from(&known.columns),
};

fn add(relation: &mut Relation, mut row: Fields<'_>) -> Result<(), Bad> {
    let position = u32::try_from(relation.columns.len()).unwrap_or(u32::MAX).saturating_add(1);
    relation.columns.push(Column {
        number: row.next()?,
        position,
        name: row.next()?,
        type_name: row.next()?,
        type_oid: row.next()?,
        not_null: row.next()?,
        default: row.next()?,
        generated: match row.next::<&str>()? {
            "s" => Some(Generated::Stored),
            "v" => Some(Generated::Virtual),
            _ => None,
        },
        identity: match row.next::<&str>()? {
            "a" => Some(Identity::Always),
            "d" => Some(Identity::ByDefault),
            _ => None,
        },
        collation: row.next()?,
        storage: row.next()?,
        type_storage: row.next()?,
        compression: row.next()?,
        statistics_target: row.next()?,
        options: row.next()?,
        foreign_options: row.next()?,
        is_local: row.next()?,
        inherited: u32::try_from(row.next::<i32>()?).unwrap_or(0),
        grants: Grants::parse(row.next::<Vec<&str>>()?, &relation.owner),
        comment: row.next()?,
    });
    Ok(())
}
