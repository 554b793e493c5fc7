//! A foreign key can point at another tenant's row.
//!
//! ## What it finds
//! Foreign keys between two tables that carry the tenant column, when that column is not among theirs. An error where row level
//! security with a setting holds the line; where policies ask who the user is, a note.
//!
//! ## Why it hurts
//! No lock. PostgreSQL checks foreign keys without row level security: a tenant can refer to a row of another, learns from the
//! error whether a key exists, and with ON DELETE CASCADE loses its row when the other tenant deletes theirs.
//!
//! ## Do instead
//! Carry the tenant: `FOREIGN KEY (tenant_id, upload_id) REFERENCES uploads (tenant_id, id)`, over a unique key of both columns.
//!
//! ## When to ignore
//! When the parent's rows are shared by tenants on purpose.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies": referential integrity checks always bypass row security; tried on a server.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{catalog::ObjectKind, name::display_identifier};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    tenancy::Line,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "foreign-key-without-tenant",
        code: "FH0822",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[108],
        advice: &[7],
        summary: "a foreign key can point at another tenant's row",
        source: include_str!("foreign_key_without_tenant.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    let severity = match tenancy.line {
        _ if tenancy.is_strict() => Severity::Error,
        Line::Identity => Severity::Note,
        _ => return,
    };
    for known in context.state.relations.values() {
        let relation = &known.relation;
        let Some(own) = tenancy.column_of(&relation.name).filter(|_| tenancy.carries_tenant(&relation.name))
        else {
            continue;
        };
        for key in relation.foreign_keys().filter(|key| !key.has_parent) {
            let Some(parent) = key.referenced_table.as_ref() else { continue };
            let Some(theirs) = tenancy.column_of(parent).filter(|_| tenancy.carries_tenant(parent)) else {
                continue;
            };
            let carried = key
                .columns
                .iter()
                .zip(&key.referenced_columns)
                .any(|(one, other)| one == own && other == theirs);
            if carried
                || (key.referenced_columns.is_empty() && key.columns.iter().any(|column| column == own))
            {
                continue;
            }
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("constraint", display_identifier(&key.name)),
                        known.site_of(ObjectKind::Constraint, &key.name),
                        format!(
                            "{} does not carry {}: a row of {} can point at a row of {parent} that belongs to another tenant",
                            display_identifier(&key.name),
                            display_identifier(own),
                            relation.name
                        ),
                    )
                    .with_severity(severity)
                    .on(&relation.name)
                    .advised(format!(
                        "Write FOREIGN KEY ({}, {}) REFERENCES {parent} ({}, {}), over a unique key of those columns.",
                        display_identifier(own),
                        key.columns.join(", "),
                        display_identifier(theirs),
                        if key.referenced_columns.is_empty() { "id".to_owned() } else { key.referenced_columns.join(", ") }
                    )),
            );
        }
    }
}
