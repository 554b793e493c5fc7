//! A migration ends with an index that PostgreSQL does not use.
//!
//! ## What it finds
//! An index that is marked invalid in the catalog after the up: a concurrent build that failed half-way, an index on
//! a partitioned table that not all partitions have.
//!
//! ## Why it hurts
//! An invalid index is kept up to date by every write and used by no query; a unique one does not guard anything.
//! `IF NOT EXISTS` finds its name and is content.
//!
//! ## Do instead
//! Drop it and build it again; for a partitioned table attach an index of each partition.
//!
//! ## When to ignore
//! When a later migration of the same release completes it.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};

use super::{Case, refusal};

pub(super) static RULE: Rule = Rule {
    id: "invalid-index-left",
    code: "FH1117",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[85],
    severity: Severity::Warning,
    summary: "the up leaves an index behind that is not valid",
    source: include_str!("invalid_index_left.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    case.run
        .invalid_indexes
        .iter()
        .map(|index| {
            let message = format!("after the up the index {index} is marked invalid: no query uses it");
            Finding::new(&RULE, Subject::new("index", index), message)
                .at(refusal::top(&case.step.up))
                .because(Evidence::Saw(format!("pg_index.indisvalid is false for {index} after the up")))
        })
        .collect()
}
