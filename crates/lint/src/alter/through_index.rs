//! UNIQUE and PRIMARY KEY by an index that was built while reads and writes go on.

use freehold_model::{
    catalog::IndexColumn,
    name::{display_identifier, quote_identifier},
};
use freehold_sql::{
    ConstraintKind, NewConstraint,
    tree::{
        NodeEnum,
        protobuf::{ConstrType, Constraint, Node},
    },
};

use super::{
    Change,
    added::{NotNull, name_of},
    proof,
};
use crate::{
    context::Context,
    found::{Found, Remedy},
};

/// The constraint's name, or one that it could have.
pub(crate) fn name(change: &Change<'_>, constraint: &NewConstraint, tree: &Constraint) -> String {
    name_of(&change.table, change.known.map(|known| &known.relation), constraint, tree)
}

/// Those of these columns that are known to allow NULL, and of which nothing proves that they hold none.
pub(crate) fn nullable(context: &Context<'_>, change: &Change<'_>, columns: &[String]) -> Vec<String> {
    let Some(known) = change.known else { return Vec::new() };
    let allows = |column: &&String| {
        known.relation.column(column).is_some_and(|known| !known.not_null)
            && !proof::not_null(context.state, &change.table, column)
    };
    columns.iter().filter(allows).cloned().collect()
}

/// The plain columns of an index of the table, if it is known.
pub(crate) fn columns_of_index(change: &Change<'_>, index: &str) -> Vec<String> {
    let index = change.known.and_then(|known| known.relation.index(index));
    let columns = index.map_or(&[][..], |index| index.columns.as_slice());
    columns.iter().filter_map(IndexColumn::column).map(str::to_owned).collect()
}

/// The finding with the way around it: an index that is built concurrently and given to the constraint.
pub(crate) fn mended(
    found: Found,
    context: &Context<'_>,
    change: &Change<'_>,
    name: &str,
    tree: &Constraint,
) -> Found {
    if change.is_partitioned() {
        return found.advised(
            "Build a unique index concurrently on each partition; then add the constraint to the table alone (ALTER \
             TABLE ONLY) and attach the partitions' indexes to its index, one by one.",
        );
    }
    if tree.without_overlaps || !tree.options.is_empty() {
        return found.advised(
            "Build the unique index concurrently, with the same options, outside a transaction, and give it to the \
             constraint with USING INDEX.",
        );
    }
    let mut statements = Vec::new();
    if tree.contype == ConstrType::ConstrPrimary as i32 {
        for column in nullable(context, change, &names(&tree.keys)) {
            statements.extend(NotNull::steps(context, change, &column).all());
        }
    }
    statements.extend(self::statements(change, name, tree));
    let sql = change.instead(&statements);
    let found = found.fixed_by(
        "Build the unique index concurrently, outside a transaction, and give it to the constraint.",
        sql,
    );
    if !context.is_up() {
        return found;
    }
    let undo = format!("{} DROP CONSTRAINT IF EXISTS {}", change.alter_table(), display_identifier(name));
    found.mended_by(Remedy::MoveWithoutTransaction {
        keep: change.rest(),
        statements,
        undo: vec![undo],
        name: format!("add_{name}"),
    })
}

/// The steps, each to be sent by itself.
pub(crate) fn statements(change: &Change<'_>, name: &str, tree: &Constraint) -> Vec<String> {
    let index = display_identifier(name);
    let qualified = format!("{}.{}", quote_identifier(&change.table.schema), quote_identifier(name));
    let distinct = if tree.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let include = list(&tree.including).map_or_else(String::new, |columns| format!(" INCLUDE ({columns})"));
    let space = match tree.indexspace.as_str() {
        "" => String::new(),
        space => format!(" TABLESPACE {}", display_identifier(space)),
    };
    let key = list(&tree.keys).unwrap_or_default();
    let kind = if tree.contype == ConstrType::ConstrPrimary as i32 { "PRIMARY KEY" } else { "UNIQUE" };
    let deferrable = match (tree.deferrable, tree.initdeferred) {
        (_, true) => " DEFERRABLE INITIALLY DEFERRED",
        (true, false) => " DEFERRABLE",
        (false, false) => "",
    };
    vec![
        // An interrupted attempt leaves an INVALID index of that name.
        format!("DROP INDEX CONCURRENTLY IF EXISTS {qualified}"),
        format!(
            "CREATE UNIQUE INDEX CONCURRENTLY {index} ON {} ({key}){include}{distinct}{space}",
            change.written
        ),
        format!("{} ADD CONSTRAINT {index} {kind} USING INDEX {index}{deferrable}", change.alter_table()),
    ]
}

fn list(nodes: &[Node]) -> Option<String> {
    let names: Vec<String> = names(nodes).iter().map(|name| display_identifier(name)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn names(nodes: &[Node]) -> Vec<String> {
    let name = |node: &Node| match node.node.as_ref() {
        Some(NodeEnum::String(name)) => Some(name.sval.clone()),
        _ => None,
    };
    nodes.iter().filter_map(name).collect()
}

/// The kind in the words of SQL.
pub(crate) fn kind_in_words(kind: ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::NotNull => "NOT NULL",
        ConstraintKind::Check => "CHECK",
        ConstraintKind::PrimaryKey => "PRIMARY KEY",
        ConstraintKind::Unique => "UNIQUE",
        ConstraintKind::Exclusion => "EXCLUDE",
        ConstraintKind::ForeignKey => "REFERENCES",
    }
}
