//! A script switches triggers off and does not switch them on again.
//!
//! ## What it finds
//! `ALTER TABLE … DISABLE TRIGGER` for which no `ENABLE TRIGGER` follows in the script, on a table that was there
//! before. One trigger by its name is told as a note, since switching it off may be what the migration is for.
//!
//! ## Why it hurts
//! Foreign keys are triggers: with `DISABLE TRIGGER ALL` rows that point nowhere are let in from then on, and nothing
//! tells. Audit trails and derived columns stop as silently.
//!
//! ## Do instead
//! `ENABLE TRIGGER` at the end of the same transaction; to be rid of a trigger for good, drop it.
//!
//! ## When to ignore
//! When the trigger is switched off for good and is kept on purpose.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, DISABLE TRIGGER.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "triggers-left-off",
        code: "FH0910",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[116],
        summary: "triggers are switched off and not on again",
        source: include_str!("triggers_left_off.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for ((table, name), (statement, span)) in &context.walk.marks.triggers_off {
        let known = context.state.relation(table);
        if known.and_then(|known| known.made).is_some_and(|made| made.script == context.script_id) {
            continue;
        }
        let which =
            name.as_ref().map_or_else(|| "its triggers".to_owned(), |name| format!("its trigger {name}"));
        let keys = if name.is_none() { ", and with ALL its foreign keys," } else { "" };
        let mut found = context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                *span,
                format!("the script switches {which} on {table} off and not on again: they stay off{keys} for everybody"),
            )
            .on(table)
            .advised("Switch them on again with ENABLE TRIGGER at the end of the script, or drop what is not wanted.");
        if name.is_some() {
            found = found.with_severity(Severity::Note);
        }
        found.statement = Some(*statement);
        findings.push(found);
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn what_is_switched_on_again_is_silent() {
        let left = |sql: &str| said(sql).iter().filter(|(id, _)| *id == "triggers-left-off").count();
        assert_eq!(left("ALTER TABLE t DISABLE TRIGGER ALL;"), 1);
        assert_eq!(left("ALTER TABLE t DISABLE TRIGGER USER;\nALTER TABLE u ENABLE TRIGGER USER;"), 1);
        assert_eq!(left("ALTER TABLE t DISABLE TRIGGER ALL;\nALTER TABLE public.t ENABLE TRIGGER ALL;"), 0);
        assert_eq!(left("ALTER TABLE t DISABLE TRIGGER a;\nALTER TABLE t ENABLE TRIGGER ALL;"), 0);
        assert_eq!(left("ALTER TABLE t DISABLE TRIGGER a;\nALTER TABLE t ENABLE ALWAYS TRIGGER a;"), 0);
    }
}
