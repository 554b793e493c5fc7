//! The tenant column may be NULL.
//!
//! ## What it finds
//! Tenant columns without NOT NULL, where a setting and policies hold the line or the project names its tenancy. Silent when a
//! policy of the table speaks of NULL: such rows are then shared on purpose.
//!
//! ## Why it hurts
//! No lock. A row without a tenant belongs to nobody: policies that compare hide it from everyone, unique constraints with the
//! tenant do not hold for it, and a foreign key that carries the tenant is not checked at all.
//!
//! ## Do instead
//! `NOT NULL`; in an existing table by a validated CHECK first.
//!
//! ## When to ignore
//! When rows without a tenant are templates or the service's own.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Constraints": MATCH SIMPLE, NULL in unique constraints.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{
    catalog::{ConstraintKind, ObjectKind, Relation},
    name::display_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "tenant-column-nullable",
        code: "FH0823",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[109],
        summary: "the tenant column may be NULL",
        source: include_str!("tenant_column_nullable.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    if !tenancy.is_strict() {
        return;
    }
    for known in context.state.relations.values() {
        let relation = &known.relation;
        let name = tenancy.column_of(&relation.name).filter(|_| tenancy.carries_tenant(&relation.name));
        let Some(column) = name.and_then(|name| relation.column(name)) else { continue };
        let proven = is_proven(relation, &column.name);
        if column.not_null
            || context.state.marks.is_copy(&relation.name)
            || proven
            || relation.partition.is_some()
            || !relation.is_table()
            || speaks_of_null(relation)
        {
            continue;
        }
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("column", format!("{}.{}", relation.name, display_identifier(&column.name))),
                    known.site_of(ObjectKind::Column, &column.name),
                    format!(
                        "{} of {} may be NULL: such a row belongs to no tenant, and keys that carry the tenant do not hold for it",
                        display_identifier(&column.name),
                        relation.name
                    ),
                )
                .on(&relation.name)
                .advised(format!(
                    "Make it NOT NULL; where rows exist: ADD CHECK ({} IS NOT NULL) NOT VALID, VALIDATE, then SET NOT NULL.",
                    display_identifier(&column.name)
                )),
        );
    }
}

/// True with a validated CHECK that says so.
fn is_proven(relation: &Relation, column: &str) -> bool {
    let says = format!("{column} is not null");
    relation.constraints.iter().any(|constraint| {
        constraint.kind == ConstraintKind::Check
            && constraint.validated
            && constraint.definition.to_ascii_lowercase().replace('"', "").contains(&says)
    })
}

fn speaks_of_null(relation: &Relation) -> bool {
    relation.policies.iter().any(|policy| {
        [&policy.using, &policy.with_check].into_iter().flatten().any(|sql| {
            let sql = sql.to_ascii_lowercase();
            sql.contains("is null") || sql.contains("not distinct")
        })
    })
}
