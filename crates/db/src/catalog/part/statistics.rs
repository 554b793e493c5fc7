//! Reads extended statistics.

use freehold_model::catalog::{Relation, Statistics};

use super::PartReader;
use crate::catalog::rows::{Bad, Fields};

pub(super) const READER: PartReader = PartReader {
    what: "statistics",
    sql: include_str!("statistics.sql"),
    add,
    keep: |relation, known| relation.statistics.clone_from(&known.statistics),
};

fn add(relation: &mut Relation, mut row: Fields<'_>) -> Result<(), Bad> {
    relation.statistics.push(Statistics {
        oid: row.next()?,
        name: row.next()?,
        definition: row.next()?,
        owner: row.next()?,
        target: row.next()?,
        comment: row.next()?,
    });
    Ok(())
}
