//! Statements that go over all rows of a table.

use freehold_model::catalog::ConstraintKind as Kind;
use freehold_sql::{Action, ConstraintKind, Effect, StatementKind};

use crate::state::State;

/// How a statement goes over all rows of its table, in the pass that one `ALTER TABLE` makes for all its actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// It reads them.
    Reads,
    /// It writes them anew.
    Writes,
}

/// Functions in defaults that give each row another value.
const VOLATILE: &[&str] = &[
    "clock_timestamp",
    "gen_random_uuid",
    "nextval",
    "random",
    "timeofday",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

impl Pass {
    /// The pass of a statement, as far as it is certain. Foreign keys are compared by a query of their own, for each one.
    pub fn of(effect: &Effect, state: &State) -> Option<Self> {
        if effect.kind != StatementKind::AlterTable {
            return None;
        }
        let table = state.relation_of(effect.objects.first()?);
        let known = state.relation(&table).map(|known| &known.relation);
        let writes = effect.actions.iter().any(|action| match action {
            Action::AddColumn { column, .. } => {
                let volatile = |call: &String| {
                    let name = call.rsplit('.').next().unwrap_or(call);
                    VOLATILE.contains(&name)
                };
                column.identity
                    || column.generated_stored == Some(true)
                    || column.type_.contains("serial")
                    || column.default_calls.iter().any(volatile)
            }
            Action::AlterColumnType { column, type_, using: false } => {
                known.and_then(|known| known.column(column)).is_some_and(|column| {
                    is_fixed(&column.type_name) && is_fixed(type_) && column.type_name != *type_
                })
            }
            Action::SetLogged | Action::SetUnlogged => true,
            _ => false,
        });
        if writes {
            return Some(Self::Writes);
        }
        let reads = effect.actions.iter().any(|action| match action {
            Action::AddConstraint(added) => {
                added.kind == ConstraintKind::Check && !added.not_valid && !added.not_enforced
            }
            Action::ValidateConstraint { name } => {
                let constraint = known.and_then(|known| known.constraint(name));
                constraint.is_none_or(|constraint| constraint.kind == Kind::Check && !constraint.validated)
            }
            _ => false,
        });
        reads.then_some(Self::Reads)
    }
}

/// Numbers of fixed length: any change from one to another writes the rows anew.
fn is_fixed(type_name: &str) -> bool {
    matches!(
        type_name,
        "smallint"
            | "integer"
            | "bigint"
            | "real"
            | "double precision"
            | "int2"
            | "int4"
            | "int8"
            | "int"
            | "float8"
    )
}
