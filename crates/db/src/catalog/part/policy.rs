//! Reads row security policies.

use freehold_model::catalog::{Policy, PolicyCommand, Relation};

use super::PartReader;
use crate::catalog::rows::{Bad, Fields};

pub(super) const READER: PartReader = PartReader {
    what: "policies",
    sql: include_str!("policy.sql"),
    add,
    keep: |relation, known| relation.policies.clone_from(&known.policies),
};

fn add(relation: &mut Relation, mut row: Fields<'_>) -> Result<(), Bad> {
    relation.policies.push(Policy {
        oid: row.next()?,
        name: row.next()?,
        command: match row.next::<&str>()? {
            "r" => PolicyCommand::Select,
            "a" => PolicyCommand::Insert,
            "w" => PolicyCommand::Update,
            "d" => PolicyCommand::Delete,
            _ => PolicyCommand::All,
        },
        permissive: row.next()?,
        roles: row.next()?,
        using: row.next()?,
        with_check: row.next()?,
        comment: row.next()?,
    });
    Ok(())
}
