//! Rewrites and scans: FH02 and two digits.

mod bounds;
mod collation_refreshed_without_reindex;
mod column_type_narrowed;
mod column_type_rewritten;
mod constrained_domain_column_added;
mod default_added_before_version_11;
mod indexes_rebuilt_by_type_change;
mod large_table_copied;
mod logging_switched;
mod self_numbering_column_added;
mod storage_moved;
mod stored_column_added;
mod type_change;
mod volatile_default_added;
mod whole_table_updated;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &column_type_rewritten::RULE,
    &indexes_rebuilt_by_type_change::RULE,
    &column_type_narrowed::RULE,
    &volatile_default_added::RULE,
    &default_added_before_version_11::RULE,
    &stored_column_added::RULE,
    &self_numbering_column_added::RULE,
    &logging_switched::RULE,
    &storage_moved::RULE,
    &constrained_domain_column_added::RULE,
    &whole_table_updated::RULE,
    &large_table_copied::RULE,
    &collation_refreshed_without_reindex::RULE,
];
