//! Questions about the schema that more than one rule asks.

mod bound;
mod builtin;
mod excluded;
mod proof;
mod volatility;

pub(super) use builtin::{is_builtin_function, is_known_call};
pub use volatility::Judged;

pub use crate::alter::types::TypeChange;

use super::State;

impl State {
    /// The work of changing a column of one type to another, both as `format_type` writes them, without `USING` or with
    /// a mere cast. `utc`: the session's time zone is UTC.
    pub fn type_change(&self, from: &str, to: &str, utc: bool) -> TypeChange {
        crate::alter::types::type_change(self, from, to, utc)
    }

    /// True when values that the column may hold are refused by the new type although it is one of the same kind: a
    /// shorter length, fewer digits, a smaller integer.
    pub fn narrows(&self, from: &str, to: &str) -> bool {
        crate::alter::types::narrows(self, from, to)
    }
}
