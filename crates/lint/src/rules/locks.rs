//! Locks and blocking: FH01 and two digits.

mod busy_table_locked;
mod concurrent_index_on_partitioned_table;
mod foreign_key_locks_other_table;
mod index_built_on_partitioned_table;
mod index_built_without_concurrently;
mod index_dropped_without_concurrently;
mod index_rebuilt_without_concurrently;
mod partition_attached_with_scan;
mod partition_detached_without_concurrently;
mod refresh_without_unique_index;
mod rows_changed_under_lock;
mod several_tables_locked;
mod table_locked_explicitly;
mod table_packed_under_lock;
mod trigger_changed_on_existing_table;
mod unnamed_tables_locked;
mod view_refreshed_without_concurrently;
mod work_under_exclusive_lock;

use freehold_model::{
    catalog::RelationKind,
    name::{QualifiedName, display_identifier},
};

use crate::{context::Context, rule::LintRule};

/// The rules of the family, in the order of their codes.
pub(super) static RULES: &[&LintRule] = &[
    &index_built_without_concurrently::RULE,
    &index_dropped_without_concurrently::RULE,
    &index_rebuilt_without_concurrently::RULE,
    &view_refreshed_without_concurrently::RULE,
    &table_packed_under_lock::RULE,
    &partition_detached_without_concurrently::RULE,
    &partition_attached_with_scan::RULE,
    &index_built_on_partitioned_table::RULE,
    &table_locked_explicitly::RULE,
    &trigger_changed_on_existing_table::RULE,
    &foreign_key_locks_other_table::RULE,
    &work_under_exclusive_lock::RULE,
    &rows_changed_under_lock::RULE,
    &several_tables_locked::RULE,
    &unnamed_tables_locked::RULE,
    &busy_table_locked::RULE,
    &refresh_without_unique_index::RULE,
    &concurrent_index_on_partitioned_table::RULE,
];

/// True when the statement locks this relation: it is, or may be, there.
fn locks(context: &Context<'_>, name: &QualifiedName) -> bool {
    context.locks.iter().any(|lock| lock.relation == *name)
}

/// True for a table whose rows are in its partitions.
fn is_partitioned(context: &Context<'_>, name: &QualifiedName) -> bool {
    context.state.relation(name).is_some_and(|known| known.relation.kind == RelationKind::PartitionedTable)
}

/// A name as SQL in the statement's place may write it.
fn written(context: &Context<'_>, name: &QualifiedName) -> String {
    let bare = display_identifier(&name.name);
    if context.state.search_path.first() == Some(&name.schema) {
        bare
    } else {
        format!("{}.{bare}", display_identifier(&name.schema))
    }
}
