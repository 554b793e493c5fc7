//! An index, constraint, trigger or policy gets another name.
//!
//! ## What it finds
//! `RENAME` of an index, constraint, trigger, policy or rule that was there before the script. A rename that takes
//! the name of something that the script has dropped or renamed away is left out.
//!
//! ## Why it hurts
//! Queries do not name these, so that nothing breaks at once. Code may: `ON CONFLICT ON CONSTRAINT`, the handling
//! of unique violations by the constraint's name, hints, `REINDEX` jobs, and later migrations that were written for
//! the old name.
//!
//! ## Do instead
//! Look for the old name in code and jobs before the release.
//!
//! ## When to ignore
//! Always, when nothing but migrations mentions the name.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER INDEX; ALTER TABLE, RENAME CONSTRAINT.

use freehold_model::finding::{Category, Depth, Rule, Severity};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::Way,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "index-or-constraint-renamed",
        code: "FH0507",
        category: Category::Compatibility,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[70],
        summary: "an index, constraint, trigger or policy gets another name",
        source: include_str!("index_or_constraint_renamed.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in &context.walk.gone {
        let Way::Renamed(to) = &gone.way else { continue };
        let named = matches!(
            gone.kind,
            ObjectKind::Index
                | ObjectKind::Constraint
                | ObjectKind::Trigger
                | ObjectKind::Policy
                | ObjectKind::Rule
        );
        // `ALTER TABLE` renames indexes too.
        let index = gone.kind == ObjectKind::Table
            && gone.part.is_none()
            && gone.new_name().is_some_and(|name| context.state.index_tables.contains(&name));
        if !(named || index) || !gone.may_be_missed(context) {
            continue;
        }
        let freed = |other: &crate::Gone| {
            gone.new_name().as_ref() == Some(&other.name) || other.part.as_ref() == Some(to)
        };
        if context.walk.gone.iter().any(freed) {
            continue;
        }
        let kind = if index { ObjectKind::Index } else { gone.kind };
        let message = format!(
            "{kind} {} is called {to} from now on: code that handles it by name does not find it",
            gone.shown()
        );
        findings.push(
            gone.found(context, findings.rule(), message)
                .advised("Look for the old name in code and jobs before the release."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "index-or-constraint-renamed").count()
    }

    #[test]
    fn a_swap_of_indexes_is_silent() {
        assert_eq!(count("ALTER INDEX a RENAME TO b;"), 1);
        assert_eq!(count("DROP INDEX a; ALTER INDEX a_new RENAME TO a;"), 0);
    }
}
