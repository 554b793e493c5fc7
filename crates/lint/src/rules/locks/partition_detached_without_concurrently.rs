//! A partition is detached while nobody can read or write the partitioned table.
//!
//! ## What it finds
//! `DETACH PARTITION` without `CONCURRENTLY` from a table that was there before.
//!
//! ## Why it hurts
//! Detaching is quick, but it needs ACCESS EXCLUSIVE on the partitioned table: it waits for every query on any of its
//! partitions, and while it waits everybody else queues behind it.
//!
//! ## Do instead
//! `DETACH PARTITION … CONCURRENTLY` in a migration that runs outside a transaction: it takes SHARE UPDATE EXCLUSIVE on
//! the table and waits for those who use it without making others wait. An attempt that was interrupted is ended with
//! `DETACH PARTITION … FINALIZE`.
//!
//! ## When to ignore
//! When the table is hardly used. A table with a DEFAULT partition takes no CONCURRENTLY: there only a short
//! `lock_timeout` and another try help.
//!
//! ## PostgreSQL versions
//! `CONCURRENTLY` from 14 on.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, DETACH PARTITION.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::Action;

use crate::{
    context::Context,
    found::{Claim, Findings, Remedy},
    locks::default_partition,
    rule::{Check, LintRule},
    rules::locks::{locks, written},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "partition-detached-without-concurrently",
        code: "FH0106",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[6],
        summary: "a partition is detached while the whole partitioned table waits",
        source: include_str!("partition_detached_without_concurrently.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let [Action::DetachPartition { schema, partition, concurrently: false, finalize: false }] =
        context.statement.effect.actions.as_slice()
    else {
        return;
    };
    let Some((table, _)) = context.main_relation() else { return };
    if !locks(context, &table) || !context.may_be_large(&table) {
        return;
    }
    let partition = context.state.resolve(schema.as_deref(), partition);
    let found = context
        .found(
            findings.rule(),
            Subject::new("table", table.to_string()),
            format!(
                "detaching {partition} takes ACCESS EXCLUSIVE on {table}: it waits for every query on any partition, \
                 and all who come after it wait too"
            ),
        )
        .on(&table)
        .claiming(Claim::Locks { relation: table.clone(), mode: LockMode::AccessExclusive });
    if default_partition(context.state, &table).is_some() {
        findings.push(found.advised(
            "Set a short lock_timeout and try again when it strikes: with a DEFAULT partition there is no \
             concurrent way.",
        ));
        return;
    }
    let (parent, child) = (written(context, &table), written(context, &partition));
    let concurrent = format!("ALTER TABLE {parent} DETACH PARTITION {child} CONCURRENTLY");
    findings.push(
        found
            .fixed_by(
                "Detach it concurrently, in a migration of its own that runs outside a transaction.",
                concurrent.clone(),
            )
            .mended_by(Remedy::MoveWithoutTransaction {
                keep: None,
                statements: vec![concurrent],
                undo: Vec::new(),
                name: format!("detach_{}", partition.name),
            }),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE p (a bigint) PARTITION BY RANGE (a);\n\
                    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);\n-- migration: 2_b (no transaction)\n";
        said(&format!("{made}{text}")).iter().any(|(id, _)| *id == "partition-detached-without-concurrently")
    }

    #[test]
    fn only_the_blocking_form_on_tables_that_were_there_is_told() {
        assert!(fires("ALTER TABLE p DETACH PARTITION p1;"));
        assert!(fires("ALTER TABLE IF EXISTS public.p DETACH PARTITION public.p1;"));
        assert!(!fires("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;"));
        assert!(!fires("ALTER TABLE p DETACH PARTITION p1 FINALIZE;"));
    }
}
