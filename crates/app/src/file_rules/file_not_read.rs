//! A file in the migrations folder looks like a migration and is not taken for one.
//!
//! ## What it finds
//! Names that nearly match the folder's format, byte order marks, copies that an editor left.
//!
//! ## Why it hurts
//! The migration tool passes over such a file without a word, and the change is missing in production.
//!
//! ## Do instead
//! Rename the file after the format's pattern, or move it out of the folder.
//!
//! ## When to ignore
//! When the file is there on purpose and is no migration.

use freehold_migrate::FileWarning;
use freehold_model::{
    finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject},
    place::Place,
};

pub(super) static RULE: Rule = Rule {
    id: "file-not-read",
    code: "FH0003",
    category: Category::Files,
    decided_by: &[Depth::Text],
    hazards: &[118],
    severity: Severity::Warning,
    summary: "a file looks like a migration and is not taken for one",
    source: include_str!("file_not_read.rs"),
    ..Rule::NEW
};

/// For what the reader of the folder remarked about a file.
pub(crate) fn finding(warning: &FileWarning) -> Finding {
    let name = warning
        .path
        .file_name()
        .map_or_else(|| warning.path.display().to_string(), |n| n.to_string_lossy().into_owned());
    Finding::new(&RULE, Subject::new("file", name), warning.message.clone())
        .at(Some(Place::whole_file(&warning.path)))
        .because(Evidence::Saw("the names of the folder's files".to_owned()))
}
