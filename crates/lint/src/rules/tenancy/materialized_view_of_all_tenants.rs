//! A materialised view shows the rows of all tenants.
//!
//! ## What it finds
//! Materialised views over tables with rows of tenants that were granted to somebody, or where no grant is known. Those granted
//! only to roles that work across tenants are left out.
//!
//! ## Why it hurts
//! No lock, and nobody waits. A materialised view is filled with its owner's rights and knows no row level security of its own:
//! whoever may read it reads what it holds of all tenants.
//!
//! ## Do instead
//! Revoke it from the application, and show it through a view that has the tenant's condition; or keep the sums in a table
//! under row level security.
//!
//! ## When to ignore
//! When what it holds may be known to all.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies" and CREATE MATERIALIZED VIEW.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{catalog::RelationKind, name::QualifiedName};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    tenancy::{Tenancy, read_by_query},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "materialized-view-of-all-tenants",
        code: "FH0818",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[107],
        advice: &[7],
        summary: "a materialised view shows the rows of all tenants",
        source: include_str!("materialized_view_of_all_tenants.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    if !tenancy.uses_row_security && !tenancy.named {
        return;
    }
    for known in context.state.relations.values() {
        let view = &known.relation;
        let Some(query) = view.definition.as_deref().filter(|_| view.kind == RelationKind::MaterializedView)
        else {
            continue;
        };
        let grantees = tenancy.grantees(view, Some("SELECT"));
        if grantees.is_empty()
            && (view.grants.iter().any(|grant| !grant.to_owner) || grants_elsewhere(context))
        {
            continue;
        }
        let guarded = read_by_query(context.state, query).into_iter().find(|name| {
            context
                .state
                .relation(name)
                .is_some_and(|known| tenancy.is_guarded(&known.relation) && !is_root(tenancy, name))
        });
        let Some(table) = guarded else { continue };
        let severity = if grantees.is_empty() { Severity::Warning } else { Severity::Error };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("materialized view", view.name.to_string()),
                    known.made,
                    format!(
                        "{} holds rows of all tenants from {table} and knows no row level security: whoever may read it sees them all",
                        view.name
                    ),
                )
                .with_severity(severity)
                .on(&view.name)
                .advised(format!(
                    "REVOKE it from the application, and grant a view over {} that has the tenant's condition{}.",
                    view.name,
                    tenancy.settings.first().map_or_else(String::new, |setting| {
                        format!(" (nullif(current_setting('{setting}', true), ''))")
                    })
                )),
        );
    }
}

fn is_root(tenancy: &Tenancy, name: &QualifiedName) -> bool {
    tenancy.root.as_ref() == Some(name) && !tenancy.uses_row_security
}

/// True when the history does grant things, so that what it did not grant is closed.
fn grants_elsewhere(context: &SchemaContext<'_>) -> bool {
    context.state.relations.values().any(|known| known.relation.grants.iter().any(|grant| !grant.to_owner))
}
