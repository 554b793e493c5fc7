//! Constraints: FH03 and two digits.

mod check_validated_at_once;
mod constraint_in_added_column;
mod constraint_never_validated;
mod constraint_unnamed;
mod data_breaks_constraint;
mod domain_constraint_validated_at_once;
mod exclusion_constraint_builds_index;
mod foreign_key_type_differs;
mod foreign_key_validated_at_once;
mod key_on_nullable_column;
mod not_null_without_proof;
mod primary_key_builds_index;
mod primary_key_redefined;
mod unique_constraint_builds_index;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &check_validated_at_once::RULE,
    &foreign_key_validated_at_once::RULE,
    &not_null_without_proof::RULE,
    &unique_constraint_builds_index::RULE,
    &primary_key_builds_index::RULE,
    &key_on_nullable_column::RULE,
    &exclusion_constraint_builds_index::RULE,
    &constraint_in_added_column::RULE,
    &domain_constraint_validated_at_once::RULE,
    &constraint_never_validated::RULE,
    &primary_key_redefined::RULE,
    &constraint_unnamed::RULE,
    &data_breaks_constraint::RULE,
    &foreign_key_type_differs::RULE,
];
