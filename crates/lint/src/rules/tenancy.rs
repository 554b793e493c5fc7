//! The line between tenants: FH08 and two digits.

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[];
