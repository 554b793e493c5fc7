//! The tenant column points to no tenant.
//!
//! ## What it finds
//! Tables that carry the tenant column and have no foreign key with it among its columns, where a setting and policies hold the
//! line or the project names its tenancy, and the table of tenants is in the same schema's history. Partitions and tables
//! partitioned by time are left out, for keys are dear there.
//!
//! ## Why it hurts
//! No lock. Rows can name tenants that do not exist, and stay when theirs is deleted.
//!
//! ## Do instead
//! A foreign key to the table of tenants, or one to another table that carries the tenant.
//!
//! ## When to ignore
//! When tenants live in another database, or the table is a log that outlives them.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Foreign Keys".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{
    catalog::{ObjectKind, RelationKind},
    name::display_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "tenant-column-without-foreign-key",
        code: "FH0824",
        category: Category::Tenancy,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[109],
        summary: "the tenant column points to no tenant",
        source: include_str!("tenant_column_without_foreign_key.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    let Some(root) = tenancy.root.as_ref().filter(|_| tenancy.is_strict()) else { return };
    if context.state.relation(root).is_none() {
        return;
    }
    for known in context.state.relations.values().filter(|known| known.whole) {
        let relation = &known.relation;
        let Some(column) =
            tenancy.column_of(&relation.name).filter(|_| tenancy.carries_tenant(&relation.name))
        else {
            continue;
        };
        let pointed = relation.foreign_keys().any(|key| key.columns.iter().any(|name| name == column));
        if pointed
            || context.state.marks.is_copy(&relation.name)
            || relation.kind != RelationKind::Table
            || relation.partition.is_some()
        {
            continue;
        }
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("column", format!("{}.{}", relation.name, display_identifier(column))),
                    known.site_of(ObjectKind::Column, column),
                    format!(
                        "no foreign key checks {} of {}: rows can name tenants that do not exist",
                        display_identifier(column),
                        relation.name
                    ),
                )
                .on(&relation.name)
                .advised(format!("Add FOREIGN KEY ({}) REFERENCES {root}.", display_identifier(column))),
        );
    }
}
