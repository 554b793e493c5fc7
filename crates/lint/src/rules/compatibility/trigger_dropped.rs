//! A trigger goes that the application relies on.
//!
//! ## What it finds
//! `DROP TRIGGER` on a table that was there before the script, when the script neither makes a trigger of that name
//! again, nor another one on the same table, nor drops the table.
//!
//! ## Why it hurts
//! What the trigger did stops in silence: `updated_at` stands still, the audit has holes, copies of columns drift
//! apart, checks that it made are no longer made. No statement fails.
//!
//! ## Do instead
//! Deploy code that does the trigger's work first. Keep triggers that copy between columns until no old code
//! writes.
//!
//! ## When to ignore
//! When the trigger belonged to a move that is finished.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, DROP TRIGGER.

use freehold_model::finding::{Category, Depth, Rule, Severity};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "trigger-dropped",
        code: "FH0519",
        category: Category::Compatibility,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[78],
        summary: "a trigger goes that the application relies on",
        source: include_str!("trigger_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| gone.kind == ObjectKind::Trigger && gone.is_dropped())
    {
        if !gone.may_be_missed(context) || gone.is_back(context) || is_replaced(context, gone) {
            continue;
        }
        let name = gone.part.as_deref().unwrap_or_default();
        let calls = gone.known.as_ref().and_then(|known| {
            known
                .relation
                .triggers
                .iter()
                .find(|trigger| trigger.name == name)
                .map(|trigger| &trigger.function)
        });
        let what = calls.map_or_else(String::new, |function| format!(", which calls {function},"));
        let message = format!(
            "what trigger {} does{what} is done no more, and no statement fails for it",
            gone.shown()
        );
        findings.push(
            gone.found(context, findings.rule(), message)
                .advised("Deploy code that does the trigger's work first, and drop it in a later release."),
        );
    }
}

/// Another trigger came on the same table, or the table went.
fn is_replaced(context: &ScriptContext<'_>, gone: &crate::Gone) -> bool {
    let table_went = context
        .walk
        .gone
        .iter()
        .any(|other| other.kind == ObjectKind::Table && other.is_dropped() && other.name == gone.name);
    let unheard = |before: &crate::state::Known, name: &str| {
        before.relation.triggers.iter().all(|trigger| trigger.name != name)
    };
    let came = context.state.relation(&gone.name).zip(gone.known.as_ref()).is_some_and(|(now, before)| {
        now.relation.triggers.iter().any(|trigger| unheard(before, &trigger.name))
    });
    table_went || came
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "trigger-dropped").count()
    }

    #[test]
    fn a_trigger_that_comes_again_is_silent() {
        let again = "DROP TRIGGER IF EXISTS t ON a; CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();";
        assert_eq!(count("DROP TRIGGER t ON app.a;"), 1);
        let made = "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY);\n-- migration: 2_b\n";
        assert_eq!(count(&format!("{made}{again}")), 0);
        assert_eq!(count(&format!("{made}DROP TRIGGER t ON a; DROP TABLE a;")), 0);
    }
}
