//! Transactions, timeouts and passes over one table: FH0112 to FH0119.

mod constraint_validated_where_added;
mod lock_timeout_missing;
mod statement_timeout_missing;
mod table_passed_over_twice;
mod timeout_around_concurrent_build;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &lock_timeout_missing::RULE,
    &statement_timeout_missing::RULE,
    &timeout_around_concurrent_build::RULE,
    &constraint_validated_where_added::RULE,
    &table_passed_over_twice::RULE,
];
