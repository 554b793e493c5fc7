//! Reads triggers.

use freehold_model::{
    catalog::{Relation, Trigger, TriggerEnabled},
    name::QualifiedName,
};

use super::PartReader;
use crate::catalog::rows::{Bad, Fields};

pub(super) const READER: PartReader = PartReader {
    what: "triggers",
    sql: include_str!("trigger.sql"),
    add,
    keep: |relation, known| relation.triggers.clone_from(&known.triggers),
};

fn add(relation: &mut Relation, mut row: Fields<'_>) -> Result<(), Bad> {
    relation.triggers.push(Trigger {
        oid: row.next()?,
        name: row.next()?,
        definition: row.next()?,
        enabled: enabled(row.next()?),
        function: QualifiedName { schema: row.next()?, name: row.next()? },
        function_oid: row.next()?,
        comment: row.next()?,
    });
    Ok(())
}

/// `tgenabled` and `ev_enabled`.
pub(super) fn enabled(letter: &str) -> TriggerEnabled {
    match letter {
        "D" => TriggerEnabled::Disabled,
        "R" => TriggerEnabled::Replica,
        "A" => TriggerEnabled::Always,
        _ => TriggerEnabled::Origin,
    }
}
