//! Rewrites and scans: FH02 and two digits.

mod column_type_narrowed;
mod column_type_rewritten;
mod indexes_rebuilt_by_type_change;
mod type_change;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] =
    &[&column_type_rewritten::RULE, &indexes_rebuilt_by_type_change::RULE, &column_type_narrowed::RULE];
