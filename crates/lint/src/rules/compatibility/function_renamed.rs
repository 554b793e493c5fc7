//! A function that running code calls gets another name.
//!
//! ## What it finds
//! `ALTER FUNCTION`, `PROCEDURE`, `ROUTINE` and `AGGREGATE ... RENAME TO`, of what was there before the script.
//! When the script leaves a function of the old name, nothing is said.
//!
//! ## Why it hurts
//! Calls by the old name fail in running code, and in the bodies of other functions, which keep the text that they
//! were written with. Views, policies, defaults and triggers follow the rename.
//!
//! ## Do instead
//! Make a function of the new name and let the old one call it; drop the old one in a later release.
//!
//! ## When to ignore
//! When nothing outside the database calls it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER FUNCTION.

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
        id: "function-renamed",
        code: "FH0505",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[70],
        summary: "a function that running code calls gets another name",
        source: include_str!("function_renamed.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in &context.walk.gone {
        let Way::Renamed(to) = &gone.way else { continue };
        let routine = matches!(
            gone.kind,
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate
        );
        if !routine || !gone.may_be_missed(context) {
            continue;
        }
        // An overload of the name may be what is left; then it was one among several.
        let back = context.state.functions_named(&gone.name).iter().any(|known| {
            known
                .made
                .is_some_and(|made| made.script == context.script_id && made.statement != gone.statement)
        });
        let trigger = gone.functions.iter().any(|known| known.function.result.as_deref() == Some("trigger"));
        if back || trigger {
            continue;
        }
        let message = format!("running code that calls {} fails: it is called {to} from now on", gone.name);
        findings.push(gone.found(context, findings.rule(), message).advised(
            "Make a function of the new name, let the old one call it, and drop the old one in a later release.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn procedures_count_and_new_functions_do_not() {
        assert!(said("ALTER PROCEDURE p(int) RENAME TO q;").iter().any(|(id, _)| *id == "function-renamed"));
    }
}
