//! The ways of reaching across the tenant line: one file each, all on one list.

mod judge;
mod read;
mod write;

use super::way::Way;

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
];
