//! The baseline knows findings that are found no more.
//!
//! ## What it finds
//! Lines of the baseline for which this run, which looked at the rule and the migration, found nothing.
//!
//! ## Why it hurts
//! Each such line would silence the same fault if somebody made it again.
//!
//! ## Do instead
//! Write the baseline anew: `freehold lint --write-baseline`. It only shrinks when nothing new was found.
//!
//! ## When to ignore
//! While a branch with a mended migration is not merged yet.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! `docs/lint.md`, "Old projects".

use std::path::Path;

use freehold_model::{
    finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject},
    place::Place,
};

pub(super) static RULE: Rule = Rule {
    id: "baseline-outdated",
    code: "FH0007",
    category: Category::Files,
    decided_by: &[Depth::Text],
    severity: Severity::Note,
    summary: "the baseline knows findings that are found no more",
    source: include_str!("baseline_outdated.rs"),
    ..Rule::NEW
};

/// For a baseline with such lines; none without.
pub(crate) fn finding(file: &Path, gone: Vec<String>) -> Option<Finding> {
    let count = gone.len();
    let noun = if count == 1 { "finding that is" } else { "findings that are" };
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    (count > 0).then(|| {
        Finding::new(
            &RULE,
            Subject::new("file", name),
            format!("the baseline knows {count} {noun} found no more"),
        )
        .at(Some(Place::whole_file(file)))
        .because(Evidence::Differs(gone))
        .fixed_by("Write it anew with `freehold lint --write-baseline`.", None)
    })
}
