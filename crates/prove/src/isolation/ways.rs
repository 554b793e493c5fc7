//! The ways of reaching across the tenant line: one file each, all on one list.

mod around;
mod attacker;
mod context;
mod interference;
mod judge;
mod live;
mod pooler;
mod read;
mod reference;
mod write;
mod writing;

use super::way::Way;
pub(in crate::isolation) use writing::Views;

/// All ways, in the order in which they are tried and shown.
pub static WAYS: &[&Way] = &[
    // Reading.
    &read::all_rows::WAY,
    &read::by_key::WAY,
    &read::count::WAY,
    &read::index::WAY,
    &read::copy::WAY,
    &read::sample::WAY,
    &read::cursor::WAY,
    &read::exists::WAY,
    &read::oracle::WAY,
    &read::returning::WAY,
    &read::lock::WAY,
    &read::nested::WAY,
    &read::system_columns::WAY,
    // Writing.
    &write::update_of_others::WAY,
    &write::delete_of_others::WAY,
    &write::insert_for_others::WAY,
    &write::take_from_others::WAY,
    &write::move_to_others::WAY,
    &write::leave_to_nobody::WAY,
    &write::upsert_over_others::WAY,
    &write::merge_over_others::WAY,
    &write::copy_from::WAY,
    &write::truncate::WAY,
    &write::cascade::WAY,
    // References.
    &reference::foreign_key::WAY,
    &reference::unique::WAY,
    &reference::exclusion::WAY,
    // Past the policies.
    &around::views::WAY,
    &around::views_conditions::WAY,
    &around::views_sequences::WAY,
    &around::functions::WAY,
    &around::functions_search_path::WAY,
    &around::functions_leakproof::WAY,
    // Own rows.
    &live::select::WAY,
    &live::insert::WAY,
    &live::update::WAY,
    &live::delete::WAY,
    // The context of a session.
    &context::none::WAY,
    &context::empty::WAY,
    &context::malformed::WAY,
    &context::reset::WAY,
    &context::left_over::WAY,
    &context::after_commit::WAY,
    &context::switched::WAY,
    &context::plan::WAY,
    &context::cursor::WAY,
    // Past the policies.
    &around::owner::WAY,
    &around::forced::WAY,
    &around::everybody::WAY,
    &around::trigger::WAY,
    &around::references::WAY,
    &around::statistics::WAY,
    &around::notify::WAY,
    &around::roles::WAY,
    &around::policy_function::WAY,
    &around::server::WAY,
    &around::large_objects::WAY,
    &around::next_table::WAY,
    &around::create::WAY,
    &around::publication::WAY,
    // The session as an attacker.
    &attacker::forge::WAY,
    // Through a pooler.
    &pooler::context::WAY,
    &pooler::state::WAY,
];
