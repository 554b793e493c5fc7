//! Locks and blocking: FH01 and two digits.

mod index_built_without_concurrently;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[&index_built_without_concurrently::RULE];
