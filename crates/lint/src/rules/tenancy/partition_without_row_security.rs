//! A partition has no row level security although its parent has.
//!
//! ## What it finds
//! Partitions, made or attached, that are not under row level security while a partitioned table above them is.
//!
//! ## Why it hurts
//! No lock, and nobody waits. The policies of the parent hold only for queries that name the parent. Whoever may read the
//! partition by its own name reads the rows of all tenants in it.
//!
//! ## Do instead
//! Switch row level security on for each partition too, with the same policy, wherever partitions are made; and grant nothing
//! on partitions.
//!
//! ## When to ignore
//! When no role but the owner will ever have a privilege on partitions. As long as none is granted this is a note.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies" and "Table Partitioning".

use freehold_model::catalog::Relation;
use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "partition-without-row-security",
        code: "FH0802",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[101],
        advice: &[6],
        summary: "a partition has no row level security although its parent has",
        source: include_str!("partition_without_row_security.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    if !tenancy.uses_row_security || (!context.state.complete && context.state.marks.row_security_in_code()) {
        return;
    }
    for known in context.state.relations.values() {
        let relation = &known.relation;
        let Some(parent) = guarded_parent(context, relation) else { continue };
        if relation.row_security || context.state.marks.row_security(&relation.name).is_some() {
            continue;
        }
        let reached = !tenancy.grantees(relation, None).is_empty();
        let knows_grants = !tenancy.grantees(&parent.relation, None).is_empty();
        let severity = if reached || !knows_grants { Severity::Error } else { Severity::Note };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("partition", relation.name.to_string()),
                    known.made,
                    format!(
                        "the policies of {} do not hold for a query that names {}: it shows the rows of all tenants",
                        parent.relation.name, relation.name
                    ),
                )
                .with_severity(severity)
                .on(&relation.name)
                .advised(format!(
                    "Add after it: ALTER TABLE {0} ENABLE ROW LEVEL SECURITY; ALTER TABLE {0} FORCE ROW LEVEL SECURITY; with the policies of {1}, and grant nothing on partitions.",
                    relation.name, parent.relation.name
                )),
        );
    }
}

/// The nearest table above a partition that is under row level security.
fn guarded_parent<'a>(context: &SchemaContext<'a>, relation: &'a Relation) -> Option<&'a Known> {
    let mut partition = relation.partition.as_ref()?;
    loop {
        let parent = context.state.relation(&partition.parent)?;
        if parent.relation.row_security {
            return Some(parent);
        }
        partition = parent.relation.partition.as_ref()?;
    }
}
