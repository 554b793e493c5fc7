//! Reads constraints.

use freehold_model::{
    catalog::{Constraint, ConstraintKind, Deferrable, Relation},
    name::QualifiedName,
};

use super::PartReader;
use crate::catalog::rows::{Bad, Fields};

pub(super) const READER: PartReader = PartReader {
    what: "constraints",
    sql: include_str!("constraint.sql"),
    add,
    keep: |relation, known| relation.constraints.clone_from(&known.constraints),
};

fn add(relation: &mut Relation, mut row: Fields<'_>) -> Result<(), Bad> {
    let (oid, name) = (row.next()?, row.next()?);
    let kind = match row.next::<&str>()? {
        "f" => ConstraintKind::ForeignKey,
        "p" => ConstraintKind::PrimaryKey,
        "u" => ConstraintKind::Unique,
        "x" => ConstraintKind::Exclusion,
        "n" => ConstraintKind::NotNull,
        "t" => ConstraintKind::Trigger,
        _ => ConstraintKind::Check,
    };
    let (definition, columns) = (row.next()?, row.next()?);
    let (schema, table) = (row.next::<Option<String>>()?, row.next::<Option<String>>()?);
    let referenced_table = schema.zip(table).map(|(schema, name)| QualifiedName { schema, name });
    let (referenced_oid, referenced_columns) = (row.next()?, row.next()?);
    let (on_delete, on_update) = (action(row.next()?), action(row.next()?));
    let (index_oid, validated, enforced) = (row.next()?, row.next()?, row.next()?);
    let deferrable = match (row.next()?, row.next()?) {
        (true, true) => Deferrable::InitiallyDeferred,
        (true, false) => Deferrable::InitiallyImmediate,
        (false, _) => Deferrable::No,
    };
    relation.constraints.push(Constraint {
        oid,
        name,
        kind,
        definition,
        columns,
        referenced_table,
        referenced_oid,
        referenced_columns,
        on_delete,
        on_update,
        index_oid,
        validated,
        enforced,
        deferrable,
        no_inherit: row.next()?,
        is_local: row.next()?,
        has_parent: row.next()?,
        triggers_enabled: row.next()?,
        comment: row.next()?,
    });
    Ok(())
}

/// `confdeltype` and `confupdtype` in words.
fn action(letter: &str) -> Option<String> {
    let word = match letter {
        "a" => "NO ACTION",
        "r" => "RESTRICT",
        "c" => "CASCADE",
        "n" => "SET NULL",
        "d" => "SET DEFAULT",
        _ => return None,
    };
    Some(word.to_owned())
}
