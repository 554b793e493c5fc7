//! A table belongs to tenants by way of another table and has no tenant column itself.
//!
//! ## What it finds
//! Tables without the tenant column that point, with columns that are NOT NULL, to a table whose rows belong to tenants. An
//! error where a setting and policies hold the line or the project names its tenancy; where policies ask who the user is, a
//! note.
//!
//! ## Why it hurts
//! No lock. A policy on such a table has to look up the parent for every row, an index that begins with the tenant is not
//! possible, the foreign key can point at another tenant's row, and one forgotten join shows rows of all tenants.
//!
//! ## Do instead
//! Give it the tenant column, filled from its parent, and a foreign key that carries it.
//!
//! ## When to ignore
//! When the rows are the same for all tenants: name the table in `[tenancy] shared`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies"; tried on a server.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::name::display_identifier;

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    tenancy::{Line, Owned},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "tenant-owned-without-tenant-column",
        code: "FH0825",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[109, 101],
        advice: &[9],
        summary: "a table belongs to tenants and has no tenant column",
        source: include_str!("tenant_owned_without_tenant_column.rs"),
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
    let Some(column) = &tenancy.column else { return };
    for (name, owned) in &tenancy.owned {
        let Owned::Through { parent, constraint } = owned else { continue };
        let Some(known) = context.state.relation(name).filter(|known| known.whole || context.state.complete)
        else {
            continue;
        };
        let column = display_identifier(column);
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", name.to_string()),
                    known.made,
                    format!(
                        "{name} belongs to tenants only by way of {parent} ({}): it has no {column} that a policy, an index or a key could begin with",
                        display_identifier(constraint)
                    ),
                )
                .with_severity(severity)
                .on(name)
                .advised(format!(
                    "Add {column} NOT NULL, filled from {parent}, and let the foreign key carry it; or name {name} in [tenancy] shared."
                )),
        );
    }
}
