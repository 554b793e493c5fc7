//! The role of the application is not bound by row level security.
//!
//! ## What it finds
//! `BYPASSRLS` or `SUPERUSER` given to a role that policies, grants on guarded tables or the project name as the application's,
//! or to a role that it is a member of.
//!
//! ## Why it hurts
//! No lock, and nobody waits. Every policy is passed by: the application reads and writes the rows of all tenants.
//!
//! ## Do instead
//! `NOBYPASSRLS NOSUPERUSER`. What must work across tenants (administration, jobs, backups) gets a role of its own.
//!
//! ## When to ignore
//! When the role is not the application's after all: name the right one in `[tenancy] role`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies"; CREATE ROLE.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::name::{QualifiedName, display_identifier, quote_identifier};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "role-bypasses-row-security",
        code: "FH0806",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[102],
        summary: "the role of the application is not bound by row level security",
        source: include_str!("role_bypasses_row_security.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    if !tenancy.uses_row_security {
        return;
    }
    for role in &tenancy.application {
        let role_in_state = context.state.roles.get(&QualifiedName::new("", role.as_str()));
        let by_itself = role_in_state.is_some_and(|role| role.superuser || role.bypass_row_security);
        let site = context.state.marks.bypass(role);
        if !by_itself && site.is_none() {
            continue;
        }
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("role", display_identifier(role)),
                    site,
                    format!(
                        "no policy binds {} any more, the role of the application: it sees and changes the rows of all tenants",
                        display_identifier(role)
                    ),
                )
                .fixed_by(
                    "Take the attribute away; what works across tenants gets a role of its own.",
                    format!("ALTER ROLE {} NOSUPERUSER NOBYPASSRLS", quote_identifier(role)),
                ),
        );
    }
}
