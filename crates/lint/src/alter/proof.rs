//! What spares the server a look at the rows.

use freehold_model::name::QualifiedName;
use freehold_sql::tree::{self, NodeEnum, protobuf::Node};

use crate::state::State;

/// True when a validated CHECK of the table, or NOT NULL itself, says that the column holds no NULL.
pub(crate) fn not_null(state: &State, table: &QualifiedName, column: &str) -> bool {
    state.not_null_is_proven(table, column)
}

/// The condition of `CHECK (...)`.
pub(crate) fn condition(definition: &str) -> Option<Node> {
    let inner = definition.trim().strip_prefix("CHECK")?.trim_start();
    let inner = inner.trim_end_matches("NOT VALID").trim_end().trim_end_matches("NO INHERIT").trim_end();
    tree::read_expression(inner)
}

/// True when the expression is this column and nothing else.
pub(crate) fn is_column(expression: &Node, column: &str) -> bool {
    match expression.node.as_ref() {
        Some(NodeEnum::ColumnRef(reference)) => {
            matches!(reference.fields.last().and_then(|field| field.node.as_ref()),
                Some(NodeEnum::String(name)) if name.sval == column)
        }
        _ => false,
    }
}
