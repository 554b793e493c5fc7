//! Code that runs while the schema changes: FH05 and two digits.

mod column_renamed;
mod constraint_tightened;
mod contract_shipped_with_expand;
mod default_dropped;
mod dropped_but_still_queried;
mod enum_value_appended;
mod enum_value_renamed;
mod function_changed;
mod function_dropped;
mod function_renamed;
mod identity_dropped;
mod index_or_constraint_renamed;
pub(super) mod live;
mod moved_to_another_schema;
mod not_null_column_without_default;
mod not_null_dropped;
mod schema_renamed;
mod table_renamed;
mod trigger_dropped;
mod type_or_sequence_renamed;
mod view_dropped;
mod view_narrowed;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &table_renamed::RULE,
    &column_renamed::RULE,
    &schema_renamed::RULE,
    &moved_to_another_schema::RULE,
    &function_renamed::RULE,
    &type_or_sequence_renamed::RULE,
    &index_or_constraint_renamed::RULE,
    &enum_value_renamed::RULE,
    &enum_value_appended::RULE,
    &not_null_column_without_default::RULE,
    &default_dropped::RULE,
    &constraint_tightened::RULE,
    &not_null_dropped::RULE,
    &function_dropped::RULE,
    &function_changed::RULE,
    &view_dropped::RULE,
    &view_narrowed::RULE,
    &identity_dropped::RULE,
    &trigger_dropped::RULE,
    &dropped_but_still_queried::RULE,
    &contract_shipped_with_expand::RULE,
];
