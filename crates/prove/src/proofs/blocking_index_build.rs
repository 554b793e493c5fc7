//! An index is built over a table that was there while writes wait.
//!
//! ## What it finds
//! `CREATE INDEX` without CONCURRENTLY, `ADD UNIQUE`, `ADD PRIMARY KEY`, an exclusion constraint, `REINDEX`: the server
//! said "building index" for an existing table while a lock held up writes, or reads and writes. Where it was measured,
//! the seconds per million rows are given.
//!
//! ## Why it hurts
//! `CREATE INDEX` takes SHARE: no row can be written until the index is complete. A constraint takes ACCESS EXCLUSIVE:
//! no row can be read either.
//!
//! ## Do instead
//! `CREATE INDEX CONCURRENTLY` in a migration of its own without a transaction; for a constraint, build the unique
//! index so and then `ADD CONSTRAINT ... USING INDEX`. An exclusion constraint cannot be built so.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`, and the finding becomes a note.

use freehold_model::finding::{Category, Depth, Finding, Rule, Severity};

use super::{Case, in_force};

pub(super) static RULE: Rule = Rule {
    id: "blocking-index-build",
    code: "FH1115",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[24],
    severity: Severity::Warning,
    summary: "an index is built over an existing table while writes wait",
    source: include_str!("blocking_index_build.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let pick = |observed: &crate::observation::Observed| {
        let mut relations: Vec<_> =
            observed.index_builds.iter().map(|build| build.relation.clone()).collect();
        relations.dedup();
        relations
    };
    in_force::holding_up(case, pick)
        .iter()
        .map(|found| {
            let indexes: Vec<&str> = found
                .observed
                .index_builds
                .iter()
                .filter(|build| build.relation.oid == found.relation.oid)
                .map(|build| build.index.as_str())
                .collect();
            let what = format!("this builds {} over the whole table", indexes.join(", "));
            found.finding(&RULE, case, &what).fixed_by(
                "Build the index with CREATE INDEX CONCURRENTLY in a migration of its own without a transaction; a \
                 constraint can then be added USING INDEX.",
                None,
            )
        })
        .collect()
}
