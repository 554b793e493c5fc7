//! The role that the application uses owns a table under row level security.
//!
//! ## What it finds
//! Tables under row level security whose owner, by `OWNER TO` or by the catalog, is a role that policies or the project name as
//! the application's.
//!
//! ## Why it hurts
//! No lock, and nobody waits. Without `FORCE` the owner is not bound at all (then this is an error). With it, the owner is bound
//! until it says otherwise: it may drop the policies, switch row level security off, and truncate.
//!
//! ## Do instead
//! Let a role of the migrations own the tables, and grant the application what it needs.
//!
//! ## When to ignore
//! When the application's own role must run the migrations and there is no other.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::name::display_identifier;

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "table-owned-by-application",
        code: "FH0805",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[102],
        summary: "the role of the application owns a table under row level security",
        source: include_str!("table_owned_by_application.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    for known in context.state.relations.values() {
        let relation = &known.relation;
        if !relation.row_security
            || !tenancy.application.contains(&relation.owner)
            || relation.owner == "postgres"
        {
            continue;
        }
        let (severity, what) = if relation.force_row_security {
            (Severity::Warning, "may switch row level security off again")
        } else {
            (Severity::Error, "is not bound by row level security, which is not forced")
        };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", relation.name.to_string()),
                    context.state.marks.owner(&relation.name).or(known.made),
                    format!(
                        "{} belongs to {}, the role of the application, which {what}",
                        relation.name,
                        display_identifier(&relation.owner)
                    ),
                )
                .with_severity(severity)
                .on(&relation.name)
                .advised("Let the role that runs the migrations own the table, and GRANT the application what it needs."),
        );
    }
}
