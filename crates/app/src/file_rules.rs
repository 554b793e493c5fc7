//! Rules that are decided by the files of a migrations folder alone, before anything is run.

mod file_not_read;
mod script_empty;
mod syntax_error;

use freehold_model::finding::Rule;

pub(crate) use file_not_read::finding as file_not_read;
pub(crate) use script_empty::finding as script_empty;
pub(crate) use syntax_error::finding as syntax_error;

/// All of them.
pub(crate) static ALL: &[&Rule] = &[&syntax_error::RULE, &script_empty::RULE, &file_not_read::RULE];
