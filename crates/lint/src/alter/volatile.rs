//! Whether an expression gives another value for each row.

use freehold_model::catalog::Volatility;
use freehold_sql::tree::protobuf::Node;

use crate::context::Context;

/// Whether an expression gives another value for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PerRow {
    /// No: one value for the whole statement.
    No,
    /// Yes.
    Yes,
    /// It calls a function that is not known.
    Unknown,
}

/// Judges the expression by the functions that it calls; the one that is to blame is given with the answer.
pub(crate) fn per_row(context: &Context<'_>, expression: &Node) -> (PerRow, Option<String>) {
    let judged = context.state.judge_volatility(expression);
    match judged.volatility {
        Some(Volatility::Volatile) => (PerRow::Yes, judged.because),
        Some(Volatility::Stable | Volatility::Immutable) => (PerRow::No, None),
        None => (PerRow::Unknown, judged.because),
    }
}
