//! What spares the server a look at the rows.

use freehold_model::{
    catalog::{ConstraintKind, Relation},
    name::QualifiedName,
};
use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{BoolExprType, Node, NullTestType},
};

use crate::state::State;

/// True when a validated CHECK of the table says that the column holds no NULL, as PostgreSQL would find it.
pub(crate) fn not_null(state: &State, table: &QualifiedName, column: &str) -> bool {
    state.relation(table).is_some_and(|known| proves(&known.relation, column))
}

fn proves(relation: &Relation, column: &str) -> bool {
    relation
        .constraints
        .iter()
        .filter(|check| check.kind == ConstraintKind::Check && check.validated)
        .filter(|check| check.definition.contains(column))
        .filter_map(|check| condition(&check.definition))
        .any(|condition| implies(&condition, column))
}

/// The condition of `CHECK (...)`.
pub(crate) fn condition(definition: &str) -> Option<Node> {
    let inner = definition.trim().strip_prefix("CHECK")?.trim_start();
    let inner = inner.trim_end_matches("NOT VALID").trim_end().trim_end_matches("NO INHERIT").trim_end();
    tree::read_expression(inner)
}

fn implies(condition: &Node, column: &str) -> bool {
    match condition.node.as_ref() {
        Some(NodeEnum::BoolExpr(parts)) if parts.boolop == BoolExprType::AndExpr as i32 => {
            parts.args.iter().any(|part| implies(part, column))
        }
        Some(NodeEnum::NullTest(test)) if test.nulltesttype == NullTestType::IsNotNull as i32 => {
            test.arg.as_deref().is_some_and(|arg| is_column(arg, column))
        }
        _ => false,
    }
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
