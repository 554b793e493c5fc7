//! Reads indexes.

use freehold_model::catalog::{Index, IndexColumn, Relation};

use super::PartReader;
use crate::catalog::rows::{Bad, Fields};

pub(super) const READER: PartReader = PartReader {
    what: "indexes",
    sql: include_str!("index.sql"),
    add,
    keep: |relation, known| relation.indexes.clone_from(&known.indexes),
};

fn add(relation: &mut Relation, mut row: Fields<'_>) -> Result<(), Bad> {
    let (oid, relfilenode, name) = (row.next()?, row.next()?, row.next()?);
    let (definition, method) = (row.next()?, row.next()?);
    let keys: Vec<String> = row.next()?;
    let numbers: Vec<i16> = row.next()?;
    let key_length = usize::try_from(row.next::<i16>()?).unwrap_or(0);
    let (mut columns, mut included) = (Vec::new(), Vec::new());
    for (place, (key, number)) in keys.into_iter().zip(numbers).enumerate() {
        // Number 0 stands for an expression; included columns are never expressions.
        if place >= key_length {
            included.push(key);
        } else if number == 0 {
            columns.push(IndexColumn::Expression(key));
        } else {
            columns.push(IndexColumn::Column(key));
        }
    }
    relation.indexes.push(Index {
        oid,
        relfilenode,
        name,
        definition,
        method,
        columns,
        included,
        predicate: row.next()?,
        unique: row.next()?,
        nulls_not_distinct: row.next()?,
        primary: row.next()?,
        exclusion: row.next()?,
        valid: row.next()?,
        ready: row.next()?,
        clustered: row.next()?,
        replica_identity: row.next()?,
        constraint: row.next()?,
        attached: row.next()?,
        parent: row.next()?,
        tablespace: row.next()?,
        statistics_targets: row.next()?,
        comment: row.next()?,
    });
    Ok(())
}
