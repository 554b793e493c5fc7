//! Indexes: FH06 and two digits.

mod corruptible_concurrent_build;
mod different_index_kept;
mod duplicate_index;
mod foreign_key_without_index;
mod invalid_index;
mod invalid_index_kept;
mod made;
mod redundant_index;
mod replica_identity_index_dropped;
mod shape;
mod unused_index;
mod wide_index;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &foreign_key_without_index::RULE,
    &duplicate_index::RULE,
    &redundant_index::RULE,
    &unused_index::RULE,
    &invalid_index::RULE,
    &invalid_index_kept::RULE,
    &different_index_kept::RULE,
    &wide_index::RULE,
    &corruptible_concurrent_build::RULE,
    &replica_identity_index_dropped::RULE,
];
