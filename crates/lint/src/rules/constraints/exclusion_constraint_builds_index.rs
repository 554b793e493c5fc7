//! An exclusion constraint is added to a table that was there, and its index is built while nobody can use the table.
//!
//! ## What it finds
//! `ADD ... EXCLUDE` on a table that an earlier migration made and that is not known to be tiny.
//!
//! ## Why it hurts
//! The statement holds ACCESS EXCLUSIVE on the table until the whole table was read, the index built and every row held
//! against the others: reads and writes wait, and whoever queues behind them waits too. There is no way around it:
//! EXCLUDE takes neither `NOT VALID` nor `USING INDEX`, and its index cannot be built concurrently.
//!
//! ## Do instead
//! Make the constraint part of a new table, fill that in batches and put it in the old one's place; or add it at a time at
//! which the table may be locked for as long as it is read.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE TABLE, "EXCLUDE", and ALTER TABLE, "ADD table_constraint".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::ConstraintKind;

use crate::{
    alter::{changes, through_index},
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "exclusion-constraint-builds-index",
        code: "FH0307",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[42],
        summary: "an exclusion constraint is added to an existing table and its index is built while the table is locked",
        source: include_str!("exclusion_constraint_builds_index.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-index-build"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Some((constraint, tree)) = change.added_constraint() else { continue };
        if constraint.kind != ConstraintKind::Exclusion {
            continue;
        }
        let table = &change.table;
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("constraint", format!("{table}.{}", through_index::name(&change, constraint, tree))),
                    format!(
                        "this builds the index of the exclusion constraint over {table} under ACCESS EXCLUSIVE and \
                         holds every row against the others: reads and writes of it wait until the end"
                    ),
                )
                .on(table)
                .claiming_all(change.claims(context, Claim::BuildsIndex))
                .advised(
                    "Add it while the table is small, or to a new table that is filled in batches and takes this one's \
                     place: EXCLUDE takes neither NOT VALID nor USING INDEX.",
                ),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "exclusion-constraint-builds-index";
    const ADD: &str = "ADD CONSTRAINT e EXCLUDE USING gist (during WITH &&);";

    #[test]
    fn it_fires_on_a_table_that_was_there() {
        let text = format!(
            "-- migration: 1_a\nCREATE TABLE t (during tstzrange);\n-- migration: 2_b\nALTER TABLE t {ADD}"
        );
        assert!(ids(&text).contains(&ID));
        assert!(ids(&format!("ALTER TABLE t {ADD}")).contains(&ID));
    }

    #[test]
    fn it_is_silent_on_a_new_table() {
        let text = format!("CREATE TABLE t (during tstzrange); ALTER TABLE t {ADD}");
        assert!(!ids(&text).contains(&ID));
        assert!(
            !ids("CREATE TABLE t (during tstzrange, EXCLUDE USING gist (during WITH &&));").contains(&ID)
        );
    }
}
