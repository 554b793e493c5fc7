//! The application may TRUNCATE a table under row level security.
//!
//! ## What it finds
//! `GRANT TRUNCATE`, also by `GRANT ALL`, on a table under row level security to a role that is kept to a tenant, or to PUBLIC. The
//! roles of Supabase have it on everything by default and reach tables through a gateway that sends no TRUNCATE: there it is one
//! note for the folder.
//!
//! ## Why it hurts
//! TRUNCATE takes ACCESS EXCLUSIVE and asks no policy: one tenant's session can empty the table for all.
//!
//! ## Do instead
//! Grant SELECT, INSERT, UPDATE and DELETE by name, and no TRUNCATE.
//!
//! ## When to ignore
//! Never for a role that serves tenants.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies": TRUNCATE and REFERENCES are not subject to row security.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::name::{display_identifier, quote_identifier};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "truncate-granted",
        code: "FH0828",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[112],
        advice: &[7],
        summary: "TRUNCATE passes row level security by",
        source: include_str!("truncate_granted.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    let mut noted = false;
    for known in context.state.relations.values() {
        let relation = &known.relation;
        if !relation.row_security {
            continue;
        }
        let mut roles = tenancy.grantees(relation, Some("TRUNCATE"));
        roles.sort_unstable();
        roles.dedup();
        for role in roles {
            let by_gateway = tenancy.hosted && matches!(role, "anon" | "authenticated");
            if by_gateway && std::mem::replace(&mut noted, true) {
                continue;
            }
            let shown = if role == "public" { "PUBLIC".to_owned() } else { display_identifier(role) };
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("table", relation.name.to_string()),
                        context.state.marks.grant(&relation.name, role, "TRUNCATE").or(known.made),
                        format!("{shown} may TRUNCATE {}, which asks no policy: one tenant's session can empty it for all", relation.name),
                    )
                    .with_severity(if by_gateway { Severity::Note } else { Severity::Error })
                    .on(&relation.name)
                    .fixed_by(
                        "Grant what the application needs by name.",
                        format!("REVOKE TRUNCATE ON {} FROM {}", relation.name.quoted(), quoted(role)),
                    ),
            );
        }
    }
}

fn quoted(role: &str) -> String {
    if role == "public" { "PUBLIC".to_owned() } else { quote_identifier(role) }
}
