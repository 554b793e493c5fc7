//! A trigger of a table that was there is made, or switched on or off, while nobody can write to the table.
//!
//! ## What it finds
//! `CREATE TRIGGER`, and `ALTER TABLE … ENABLE` or `DISABLE TRIGGER` on a table that an earlier migration made.
//!
//! ## Why it hurts
//! Both take SHARE ROW EXCLUSIVE on the table: every write waits, to the end of the transaction. The work itself is quick; the waiting for it is not when a long query runs.
//!
//! ## Do instead
//! Keep the transaction short and set a `lock_timeout`, so that those who queue behind it go on soon.
//!
//! ## When to ignore
//! When the transaction does nothing else: then this is the price of a trigger.
//!
//! ## PostgreSQL versions
//! All. From 15 on switching a trigger of a partitioned table locks the partitions too.
//!
//! ## Source
//! PostgreSQL manual, CREATE TRIGGER; 13.3.1 "Table-Level Locks".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::{Action, ObjectKind, StatementKind};

use crate::{
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "trigger-changed-on-existing-table",
        code: "FH0110",
        category: Category::Locks,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::ShareRowExclusive),
        hazards: &[10],
        summary: "a trigger of an existing table is changed while its writers wait",
        source: include_str!("trigger_changed_on_existing_table.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    let what = match effect.kind {
        StatementKind::Create(ObjectKind::Trigger) => "making a trigger",
        StatementKind::AlterTable => {
            // Another action of the statement may need more anyway.
            match effect.actions.as_slice() {
                [Action::EnableTrigger { .. }] => "switching a trigger on",
                [Action::DisableTrigger { .. }] => "switching a trigger off",
                _ => return,
            }
        }
        _ => return,
    };
    let Some((table, _)) = context.main_relation() else { return };
    let Some(lock) = context.locks.iter().find(|lock| lock.relation == table) else { return };
    let held = context.walk.held.get(&table).is_some_and(|held| held.mode >= lock.mode);
    if held || !context.may_be_large(&table) {
        return;
    }
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                format!("{what} takes {} on {table}: writes wait until the transaction ends", lock.mode),
            )
            .on(&table)
            .claiming(Claim::Locks { relation: table.clone(), mode: lock.mode })
            .advised("Keep the transaction short, and set a lock_timeout before it waits."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE t (a bigint PRIMARY KEY);\n-- migration: 2_b\n";
        said(&format!("{made}{text}")).iter().any(|(id, _)| *id == "trigger-changed-on-existing-table")
    }

    #[test]
    fn every_way_to_change_a_trigger_is_told_once() {
        assert!(fires("CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();"));
        assert!(fires("ALTER TABLE t ENABLE ALWAYS TRIGGER x;"));
        assert!(fires("ALTER TABLE t DISABLE TRIGGER USER;"));
    }

    #[test]
    fn triggers_of_new_tables_and_of_views_are_silent() {
        assert!(!fires(
            "CREATE TABLE u (a bigint);\nCREATE TRIGGER x BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION f();"
        ));
        assert!(!fires("ALTER TABLE t ENABLE ROW LEVEL SECURITY;"));
    }
}
