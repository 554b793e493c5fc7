//! The tables whose rows a statement could change or lose, by its text: for downs, before they are run.

use freehold_model::catalog::{Catalog, Relation, RelationKind};
use freehold_sql::{ObjectKind, Use};

use super::{loses_more_than_new_columns, needs_no_rows};
use crate::{observation::RelationSeen, step::ScriptStatement};

/// Tables of the catalog that the statement names and could empty, narrow or write to.
pub(super) fn at_stake(statement: &ScriptStatement, before: &Catalog) -> Vec<RelationSeen> {
    let effect = &statement.statement.effect;
    let named: Vec<&Relation> =
        before.relations.iter().filter(|relation| names(statement, relation)).collect();
    if effect.opaque || statement.changes_rows() {
        return named.into_iter().filter_map(seen).collect();
    }
    named
        .into_iter()
        .filter(|relation| loses_more_than_new_columns(statement, &[relation]) || needs_no_rows(statement))
        .filter_map(seen)
        .collect()
}

/// True when the statement names the table as something that it drops, alters or writes to, or its schema as something
/// that it drops; for a statement that cannot be looked into, when the table's name is a word of it.
fn names(statement: &ScriptStatement, relation: &Relation) -> bool {
    let effect = &statement.statement.effect;
    if effect.opaque && words(&statement.sql).any(|word| word == relation.name.name) {
        return true;
    }
    effect.objects.iter().any(|object| match (object.kind, object.use_) {
        (ObjectKind::Schema, Use::Drops) => object.name == relation.name.schema,
        (ObjectKind::Table, Use::Drops | Use::Alters | Use::Writes) => {
            object.name == relation.name.name
                && object.schema.as_ref().is_none_or(|schema| *schema == relation.name.schema)
        }
        _ => false,
    })
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).filter(|word| !word.is_empty())
}

fn seen(relation: &Relation) -> Option<RelationSeen> {
    let kind = match relation.kind {
        RelationKind::Table => 'r',
        RelationKind::PartitionedTable => 'p',
        _ => return None,
    };
    Some(RelationSeen {
        oid: relation.oid,
        schema: relation.name.schema.clone(),
        name: relation.name.name.clone(),
        display: relation.name.to_string(),
        kind,
    })
}
