//! Autovacuum is switched off for a table and not on again.
//!
//! ## What it finds
//! `autovacuum_enabled = false`, also for the toast table, in `ALTER TABLE … SET` or in `CREATE TABLE … WITH`, when
//! the script does not switch it on again.
//!
//! ## Why it hurts
//! Dead rows are never cleared away: the table and its indexes grow with every change, plans go stale without fresh
//! statistics, and in the end an anti-wraparound vacuum comes at the worst moment.
//!
//! ## Do instead
//! Tune it for the table (`autovacuum_vacuum_scale_factor`, `autovacuum_vacuum_cost_delay`) instead; for a bulk load
//! switch it on again in the same script.
//!
//! ## When to ignore
//! For a table that is filled once and never changed again.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, 20.10 and "Routine Vacuuming".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "autovacuum-off",
        code: "FH0914",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[118],
        summary: "autovacuum is switched off for a table",
        source: include_str!("autovacuum_off.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for (table, (statement, span)) in &context.walk.marks.autovacuum_off {
        let mut found = context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                *span,
                format!("autovacuum is switched off for {table}: its dead rows stay for ever and its statistics go stale"),
            )
            .on(table)
            .advised("Leave it on and tune it for this table, or switch it on again at the end of the script.");
        found.statement = Some(*statement);
        findings.push(found);
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn only_what_stays_off_is_told() {
        let off = |sql: &str| said(sql).iter().filter(|(id, _)| *id == "autovacuum-off").count();
        assert_eq!(off("ALTER TABLE t SET (autovacuum_enabled = false);"), 1);
        assert_eq!(off("ALTER TABLE t SET (toast.autovacuum_enabled = off);"), 1);
        assert_eq!(off("CREATE TABLE t (id bigint PRIMARY KEY) WITH (autovacuum_enabled = 'false');"), 1);
        assert_eq!(off("ALTER TABLE t SET (autovacuum_enabled = true);"), 0);
        assert_eq!(off("ALTER TABLE t SET (autovacuum_vacuum_scale_factor = 0.01, fillfactor = 70);"), 0);
        assert_eq!(
            off("ALTER TABLE t SET (autovacuum_enabled = false);\nALTER TABLE t RESET (autovacuum_enabled);"),
            0
        );
        assert_eq!(
            off(
                "ALTER TABLE t SET (autovacuum_enabled = off);\nALTER TABLE public.t SET (autovacuum_enabled);"
            ),
            0
        );
    }
}
