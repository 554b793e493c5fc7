//! Code that runs while the schema changes: FH05 and two digits.

pub(super) mod live;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
];
