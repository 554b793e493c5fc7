//! A foreign table with the tenant column shows rows of all tenants.
//!
//! ## What it finds
//! Foreign tables that carry the tenant column and were granted to somebody that is kept to a tenant, or where no grant is known.
//!
//! ## Why it hurts
//! No lock, and nobody waits. Foreign tables cannot have row level security here, and over there the session is the user of the
//! mapping, without this session's tenant: whoever may read it reads the rows of all tenants.
//!
//! ## Do instead
//! Revoke it from the application and show it through a view that has the tenant's condition.
//!
//! ## When to ignore
//! When the mapped user over there is itself kept to the tenant.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies" and CREATE FOREIGN TABLE.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{catalog::RelationKind, name::display_identifier};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "foreign-table-with-tenants",
        code: "FH0819",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[107],
        summary: "a foreign table shows rows of all tenants",
        source: include_str!("foreign_table_with_tenants.rs"),
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
        let relation = &known.relation;
        let column =
            tenancy.column_of(&relation.name).filter(|_| relation.kind == RelationKind::ForeignTable);
        let Some(column) = column else { continue };
        let grantees = tenancy.grantees(relation, None);
        if grantees.is_empty() && relation.grants.iter().any(|grant| !grant.to_owner) {
            continue;
        }
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("foreign table", relation.name.to_string()),
                    known.made,
                    format!(
                        "{} carries {} and cannot have row level security: whoever may read it reads the rows of all tenants",
                        relation.name,
                        display_identifier(column)
                    ),
                )
                .on(&relation.name)
                .advised("REVOKE it from the application, and show it through a view that has the tenant's condition."),
        );
    }
}
