//! Reads rewrite rules.

use freehold_model::catalog::{Relation, Rule};

use super::{PartReader, trigger::enabled};
use crate::catalog::rows::{Bad, Fields};

pub(super) const READER: PartReader = PartReader {
    what: "rules",
    sql: include_str!("rule.sql"),
    add,
    keep: |relation, known| relation.rules.clone_from(&known.rules),
};

fn add(relation: &mut Relation, mut row: Fields<'_>) -> Result<(), Bad> {
    relation.rules.push(Rule {
        oid: row.next()?,
        name: row.next()?,
        definition: row.next()?,
        enabled: enabled(row.next()?),
        comment: row.next()?,
    });
    Ok(())
}
