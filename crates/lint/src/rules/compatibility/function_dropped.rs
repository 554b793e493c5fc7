//! A function that running code may call is dropped.
//!
//! ## What it finds
//! `DROP FUNCTION`, `PROCEDURE`, `ROUTINE` and `AGGREGATE` of what was there before the script and is not there
//! again, under the same name, at its end. Functions of triggers, which code does not call, are left out.
//!
//! ## Why it hurts
//! Calls in running code fail, and so do bodies of other functions: PostgreSQL does not know what those call and
//! lets the drop pass.
//!
//! ## Do instead
//! Deploy code that does without it, and drop it in a later release.
//!
//! ## When to ignore
//! When nothing but dropped objects used it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, DROP FUNCTION; 5.15 Dependency Tracking.

use freehold_model::finding::{Category, Depth, Rule, Severity};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::{Fate, Gone, list},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "function-dropped",
        code: "FH0514",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[76],
        summary: "a function that running code may call is dropped",
        source: include_str!("function_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| is_routine(gone) && gone.is_dropped()) {
        if !gone.may_be_missed(context) || is_there_again(context, gone) {
            continue;
        }
        let results: Vec<&str> =
            gone.functions.iter().filter_map(|known| known.function.result.as_deref()).collect();
        if results.iter().any(|result| matches!(*result, "trigger" | "event_trigger")) {
            continue;
        }
        let broken = gone.hanging.iter().filter(|hanging| hanging.fate == Fate::Breaks);
        let bodies =
            if broken.clone().next().is_some() { format!("; so do {}", list(broken)) } else { String::new() };
        let message = format!("running code that calls {} fails{bodies}", gone.shown());
        findings.push(
            gone.found(context, findings.rule(), message)
                // What is not known may be the function of a trigger.
                .with_severity(if gone.functions.is_empty() { Severity::Warning } else { Severity::Error })
                .advised("Deploy code that does without it, and drop it in a later release."),
        );
    }
}

/// True for whatever is called.
pub(super) fn is_routine(gone: &Gone) -> bool {
    matches!(
        gone.kind,
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate
    )
}

/// True when the script makes a routine of its name after it: whether it is the same is told by another rule.
pub(super) fn is_there_again(context: &ScriptContext<'_>, gone: &Gone) -> bool {
    context.state.functions_named(&gone.name).iter().any(|known| {
        known.made.is_some_and(|made| made.script == context.script_id && made.statement > gone.statement)
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "function-dropped").count()
    }

    #[test]
    fn every_form_is_told() {
        assert_eq!(
            count(
                "DROP FUNCTION a, app.b(int, text); DROP PROCEDURE c(); DROP ROUTINE d; DROP AGGREGATE e(int);"
            ),
            5
        );
        assert_eq!(
            count(
                "DROP FUNCTION IF EXISTS a(int); CREATE FUNCTION a(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
            ),
            0
        );
    }

    #[test]
    fn functions_of_triggers_are_not_called_by_code() {
        let text = "-- migration: 1_a\nCREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n-- migration: 2_b\nDROP FUNCTION f();";
        assert_eq!(count(text), 0);
    }
}
