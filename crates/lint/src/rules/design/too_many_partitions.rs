//! A table has more than 100 partitions.
//!
//! ## What it finds
//! Partitioned tables with more than 100 partitions alive, those of partitions counted in; said where the newest was made.
//!
//! ## Why it hurts
//! Planning and locking grow with the partitions that cannot be left out: a query without the partition key opens them
//! all, a prepared statement may do so at each execution, and every session keeps what it knows of them in memory.
//!
//! ## Do instead
//! Wider partitions (months instead of days), and drop or detach what retention no longer needs.
//!
//! ## When to ignore
//! When every query names the partition key with a constant.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Table Partitioning, "Best Practices for Declarative Partitioning".

use std::collections::BTreeMap;

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::Site,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "too-many-partitions",
        code: "FH1009",
        category: Category::Design,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog],
        summary: "a table has more than 100 partitions",
        source: include_str!("too_many_partitions.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

/// More partitions than this are many.
const MANY: usize = 100;

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let mut counted: BTreeMap<&QualifiedName, (usize, Option<Site>)> = BTreeMap::new();
    for known in context.state.relations.values() {
        let Some(partition) = &known.relation.partition else { continue };
        let mut root = &partition.parent;
        // Partitions of partitions are few levels deep; a loop cannot be made.
        for _ in 0..8 {
            match context.state.relation(root).and_then(|parent| parent.relation.partition.as_ref()) {
                Some(above) => root = &above.parent,
                None => break,
            }
        }
        let entry = counted.entry(root).or_default();
        entry.0 += 1;
        entry.1 = entry.1.max(known.made);
    }
    for (table, (number, newest)) in counted.into_iter().filter(|(_, (number, _))| *number > MANY) {
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", table.to_string()),
                    newest,
                    format!(
                        "{table} has {number} partitions: queries that do not name its key open all of them"
                    ),
                )
                .on(table)
                .advised("Make partitions wider, and drop those that retention no longer needs."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn a_hundred_are_not_too_many() {
        let fires = |number: usize| {
            let mut sql = String::from("create table t (id bigint primary key) partition by hash (id);");
            for at in 0..number {
                sql.push_str(&format!(
                    "create table t{at} partition of t for values with (modulus 128, remainder {at});"
                ));
            }
            said(&sql).iter().filter(|(id, _)| *id == "too-many-partitions").count()
        };
        assert_eq!(fires(100), 0);
        assert_eq!(fires(101), 1);
    }
}
