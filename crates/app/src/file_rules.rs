//! Rules that are decided by the files of a migrations folder alone, before anything is run.

mod allow_unknown;
mod allow_unused;
mod allow_without_reason;
mod baseline_outdated;
mod file_not_read;
mod script_empty;
mod syntax_error;

use freehold_model::finding::Rule;

pub(crate) use allow_unknown::finding as allow_unknown;
pub(crate) use allow_unused::finding as allow_unused;
pub(crate) use allow_without_reason::finding as allow_without_reason;
pub(crate) use baseline_outdated::finding as baseline_outdated;
pub(crate) use file_not_read::finding as file_not_read;
pub(crate) use script_empty::finding as script_empty;
pub(crate) use syntax_error::finding as syntax_error;

/// All of them.
pub(crate) static ALL: &[&Rule] = &[
    &syntax_error::RULE,
    &script_empty::RULE,
    &file_not_read::RULE,
    &allow_without_reason::RULE,
    &allow_unused::RULE,
    &allow_unknown::RULE,
    &baseline_outdated::RULE,
];
