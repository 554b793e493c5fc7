//! A constraint is still NOT VALID at the end of the history.
//!
//! ## What it finds
//! A CHECK, foreign key or NOT NULL constraint that was added `NOT VALID` and that no later migration validates. While the
//! migration that added it is the newest one this is a note: the validation may be about to be written. In a live
//! database, every constraint that is not valid.
//!
//! ## Why it hurts
//! The rows that were there were never looked at: the constraint is no promise about them. The planner does not use it, SET
//! NOT NULL and ATTACH PARTITION do not take it for a proof, and an UPDATE of an old row that breaks it fails although it
//! changes something else.
//!
//! ## Do instead
//! `ALTER TABLE ... VALIDATE CONSTRAINT` in a migration of its own: reads and writes go on meanwhile.
//!
//! ## When to ignore
//! When old rows are known to break it and are to stay as they are.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "VALIDATE CONSTRAINT".

use freehold_model::{
    catalog::{Constraint, ObjectKind},
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    script::Direction,
    state::Site,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "constraint-never-validated",
        code: "FH0310",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[45],
        summary: "a constraint stays NOT VALID: nothing is known of the rows that were there before it",
        source: include_str!("constraint_never_validated.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let newest = context.scripts.iter().rposition(|script| script.direction == Direction::Up);
    for known in context.state.relations.values() {
        for constraint in known.relation.constraints.iter().filter(|constraint| is_left(constraint)) {
            let site = known.site_of(ObjectKind::Constraint, &constraint.name);
            let waits = site.is_some_and(|site| is_newest(site, newest));
            let table = &known.relation.name;
            let name = display_identifier(&constraint.name);
            let message = if waits {
                format!("{name} is NOT VALID: the rows of {table} that are there are not looked at yet")
            } else {
                format!(
                    "{name} was added NOT VALID and nothing validates it: the rows of {table} that were there may break it"
                )
            };
            findings.push(
                context
                    .found(findings.rule(), Subject::new("constraint", format!("{table}.{name}")), site, message)
                    .with_severity(if waits { Severity::Note } else { Severity::Warning })
                    .on(table)
                    .advised(format!(
                        "Validate it in a migration that follows: ALTER TABLE {table} VALIDATE CONSTRAINT {name};"
                    )),
            );
        }
    }
}

/// The partitions' copies are validated with the constraint of the table above.
fn is_left(constraint: &Constraint) -> bool {
    !constraint.validated && constraint.enforced && constraint.is_local && !constraint.has_parent
}

fn is_newest(site: Site, newest: Option<usize>) -> bool {
    newest.is_some_and(|newest| site.script >= newest)
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "constraint-never-validated";
    const ADD: &str = "-- migration: 1_a\nCREATE TABLE t (n bigint);\n-- migration: 2_b\nALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;\n";

    #[test]
    fn it_fires_until_the_constraint_is_validated_or_gone() {
        assert!(ids(ADD).contains(&ID));
        assert!(ids(&format!("{ADD}-- migration: 3_c\nSELECT 1;")).contains(&ID));
        assert!(!ids(&format!("{ADD}-- migration: 3_c\nALTER TABLE t VALIDATE CONSTRAINT c;")).contains(&ID));
        assert!(!ids(&format!("{ADD}-- migration: 3_c\nALTER TABLE t DROP CONSTRAINT c;")).contains(&ID));
        assert!(!ids(&format!("{ADD}-- migration: 3_c\nDROP TABLE t;")).contains(&ID));
    }

    #[test]
    fn it_is_silent_about_a_down() {
        let text = "-- migration: 1_a\nCREATE TABLE t (n bigint);\n-- down:\nALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;\n-- migration: 2_b\nSELECT 1;\n";
        assert!(!ids(text).contains(&ID));
    }
}
