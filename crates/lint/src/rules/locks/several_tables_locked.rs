//! One transaction locks several tables that were there, one after the other.
//!
//! ## What it finds
//! A second table that was there and may be large is kept from its writers while the transaction holds such a lock on a
//! first one. Said once for each transaction; a warning when another script of the folder takes the two the other way
//! round.
//!
//! ## Why it hurts
//! While the transaction waits for the second table, the first one stays closed. And whoever uses both in the other order
//! is in a deadlock with it: PostgreSQL then ends one of the two.
//!
//! ## Do instead
//! One migration for each table. Where both must change together, lock the busier one last.
//!
//! ## When to ignore
//! When the change must be one, and a `lock_timeout` bounds the waiting.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, 13.3.4 "Deadlocks".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "several-tables-locked",
        code: "FH0118",
        category: Category::Locks,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        hazards: &[18],
        summary: "one transaction locks several existing tables one after the other",
        source: include_str!("several_tables_locked.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let [(first, held)] = context.walk.blocked.as_slice() else { return };
    let second = context.locks.iter().find(|lock| {
        lock.mode >= LockMode::Share
            && lock.relation != *first
            && context.names(&lock.relation)
            && context.may_be_large(&lock.relation)
            && !context.state.index_tables.contains(&lock.relation)
    });
    let Some(second) = second else { return };
    let (other, mode) = (&second.relation, second.mode);
    let reversed = context
        .walk
        .lock_order
        .get(&(other.clone(), first.clone()))
        .filter(|script| **script != context.script_id);
    let mut message = format!(
        "the transaction holds {} on {first} since statement {} while it waits for {mode} on {other}",
        held.mode,
        held.statement + 1
    );
    if reversed.is_some() {
        message.push_str("; another script of the folder takes the two the other way round");
    }
    findings.push(
        context
            .found(findings.rule(), Subject::new("table", other.to_string()), message)
            .on(other)
            .advised(format!("Change {first} and {other} in migrations of their own.")),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(text: &str) -> Vec<String> {
        let made =
            "-- migration: 1_a\nCREATE TABLE t (a int);\nCREATE TABLE u (a int);\nCREATE TABLE v (a int);\n";
        let said = said(&format!("{made}{text}"));
        said.into_iter().filter(|(id, _)| *id == "several-tables-locked").map(|(_, said)| said).collect()
    }

    const ADD: &str =
        "ALTER TABLE t ADD COLUMN b int;\nALTER TABLE u ADD COLUMN b int;\nALTER TABLE v ADD COLUMN b int;";

    #[test]
    fn it_is_said_once_for_each_transaction() {
        assert_eq!(told(&format!("-- migration: 2_b\n{ADD}")).len(), 1);
        assert_eq!(told(&format!("-- migration: 2_b (no transaction)\n{ADD}")).len(), 0);
        assert_eq!(
            told("-- migration: 2_b\nALTER TABLE t ADD COLUMN b int;\nALTER TABLE t ADD COLUMN c int;").len(),
            0
        );
    }

    #[test]
    fn the_other_way_round_is_a_deadlock_in_waiting() {
        let there_and_back = "-- migration: 2_b\nALTER TABLE t ADD COLUMN b int;\nALTER TABLE u ADD COLUMN b int;\n\
                              -- migration: 3_c\nALTER TABLE u ADD COLUMN c int;\nALTER TABLE t ADD COLUMN c int;";
        let said = told(there_and_back);
        assert!(said.len() == 2 && said[1].contains("the other way round"), "{said:?}");
    }
}
