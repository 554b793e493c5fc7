//! What the server's planner thinks of a statement.

use super::{
    QueryError, Table,
    statement::{Statement, failed},
};
use crate::{Error, Execute};

/// The server's plan of a statement, which is not run.
pub(crate) async fn of<T: Table>(
    mut statement: Statement<'_>,
    on: &impl Execute,
) -> Result<serde_json::Value, QueryError> {
    statement.text.insert_str(0, "EXPLAIN (FORMAT JSON) ");
    let rows = statement.rows::<T>(on).await?;
    let Some(row) = rows.first() else {
        return Err(failed::<T>(Error::Rows { wanted: "a plan", got: 0 }));
    };
    row.get::<serde_json::Value>(0_usize).map_err(failed::<T>)
}

/// The rows that the plan expects.
pub(crate) fn rows(plan: &serde_json::Value) -> Option<u64> {
    let rows = plan.pointer("/0/Plan/Plan Rows")?;
    rows.as_u64().or_else(|| rows.as_f64().map(|rows| rows as u64))
}
