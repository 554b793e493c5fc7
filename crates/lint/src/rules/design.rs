//! The design of schemas and queries: FH10 and two digits.

mod approximate_index_over_all_tenants;
mod count_for_existence;
mod embedding_rounded;
mod index_needs_immutable;
mod ivfflat_on_empty_table;
mod offset_pagination;
mod threshold_after_approximate_index;
mod timestamps_missing;
mod too_many_partitions;
mod uuid_range_batches;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &index_needs_immutable::RULE,
    &ivfflat_on_empty_table::RULE,
    &approximate_index_over_all_tenants::RULE,
    &uuid_range_batches::RULE,
    &offset_pagination::RULE,
    &embedding_rounded::RULE,
    &threshold_after_approximate_index::RULE,
    &count_for_existence::RULE,
    &too_many_partitions::RULE,
    &timestamps_missing::RULE,
];
