//! Loss of data and the way back: FH04 and two digits.

mod all_rows_deleted;
mod all_rows_overwritten;
mod column_dropped;
mod database_dropped;
mod down_drops_more;
mod down_without_if_exists;
mod drop_cascades;
mod lossy_type_change;
mod migration_without_down;
mod schema_dropped;
mod sequence_set_back;
mod table_dropped;
mod table_made_unlogged;
mod table_truncated;
mod truncate_cascades;
mod type_drop_cascades;

use crate::rule::LintRule;

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &table_dropped::RULE,
    &column_dropped::RULE,
    &schema_dropped::RULE,
    &database_dropped::RULE,
    &table_truncated::RULE,
    &truncate_cascades::RULE,
    &all_rows_deleted::RULE,
    &all_rows_overwritten::RULE,
    &drop_cascades::RULE,
    &type_drop_cascades::RULE,
    &lossy_type_change::RULE,
    &sequence_set_back::RULE,
    &table_made_unlogged::RULE,
    &migration_without_down::RULE,
    &down_without_if_exists::RULE,
    &down_drops_more::RULE,
];
