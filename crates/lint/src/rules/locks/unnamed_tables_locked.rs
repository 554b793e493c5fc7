//! A statement closes tables that its text does not name.
//!
//! ## What it finds
//! `ALTER TABLE` and its kin that go down to partitions or children, and the making, attaching or detaching of a
//! partition beside a DEFAULT one: tables that were there, may be large, are not named, and are locked in SHARE ROW
//! EXCLUSIVE or more.
//!
//! ## Why it hurts
//! Each of them must be had before the statement goes on: it waits for the slowest query on any of them, with all the
//! others closed already. With hundreds of partitions the lock table itself may run full.
//!
//! ## Do instead
//! Keep the transaction to this one statement, and set a `lock_timeout`.
//!
//! ## When to ignore
//! When it is known and there is no other way, as with most changes of partitioned tables.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! Seen in `pg_locks`.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::QualifiedName,
};
use freehold_sql::StatementKind;

use crate::{
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "unnamed-tables-locked",
        code: "FH0120",
        category: Category::Locks,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        hazards: &[20],
        summary: "tables are closed that the statement does not name",
        source: include_str!("unnamed_tables_locked.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

/// How many are named in the message.
const SHOWN: usize = 3;

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    // What a DROP or a TRUNCATE takes with it is told by rules of their own.
    if !matches!(context.statement.effect.kind, StatementKind::AlterTable | StatementKind::CreateTable)
        || context.locks.len() < 2
    {
        return;
    }
    let Some((main, _)) = context.main_relation() else { return };
    let heir_of_something = |name: &QualifiedName| {
        context
            .state
            .relation(name)
            .is_some_and(|known| known.relation.partition.is_some() || !known.relation.inherits.is_empty())
    };
    let hidden: Vec<_> = context
        .locks
        .iter()
        .filter(|lock| lock.mode >= LockMode::ShareRowExclusive)
        .filter(|lock| heir_of_something(&lock.relation) && !context.names(&lock.relation))
        .filter(|lock| context.may_be_large(&lock.relation))
        .collect();
    let Some(mode) = hidden.iter().map(|lock| lock.mode).max() else { return };
    let names: Vec<String> = hidden.iter().take(SHOWN).map(|lock| lock.relation.to_string()).collect();
    let more = hidden.len().saturating_sub(SHOWN);
    let and_more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let mut found = context
        .found(
            findings.rule(),
            Subject::new("table", main.to_string()),
            format!(
                "this also takes {mode} on {}{and_more}, and waits for every one of them",
                names.join(", ")
            ),
        )
        .on(&main)
        .advised("Keep the transaction to this one statement, and set a lock_timeout before it waits.");
    for lock in hidden.into_iter().take(SHOWN) {
        found = found.claiming(Claim::Locks { relation: lock.relation.clone(), mode: lock.mode });
    }
    findings.push(found);
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(text: &str) -> Vec<String> {
        let made = "-- migration: 1_a\nCREATE TABLE p (a bigint) PARTITION BY RANGE (a);\n\
                    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);\nCREATE TABLE t (a int);\n\
                    -- migration: 2_b\n";
        let said = said(&format!("{made}{text}"));
        said.into_iter().filter(|(id, _)| *id == "unnamed-tables-locked").map(|(_, said)| said).collect()
    }

    #[test]
    fn partitions_are_told_and_what_stays_on_the_parent_is_not() {
        assert_eq!(told("ALTER TABLE p ADD COLUMN b int;").len(), 1);
        assert_eq!(told("ALTER TABLE ONLY p ALTER COLUMN a SET DEFAULT 1;").len(), 0);
        assert_eq!(told("ALTER TABLE p ENABLE ROW LEVEL SECURITY;").len(), 0);
        assert_eq!(told("ALTER TABLE t ADD COLUMN b int;").len(), 0);
        assert_eq!(told("ALTER TABLE p1 ALTER COLUMN a SET DEFAULT 1;").len(), 0);
    }
}
