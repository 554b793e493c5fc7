//! TRIGGER or REFERENCES is granted to the application on a table under row level security.
//!
//! ## What it finds
//! `GRANT TRIGGER` or `GRANT REFERENCES` on such a table to a role that is kept to a tenant, or to PUBLIC. Where TRUNCATE was granted
//! with it, that is told instead. The roles of Supabase, which have both on everything, are left out.
//!
//! ## Why it hurts
//! No lock. REFERENCES lets the role make a table whose foreign key tells which keys exist, of all tenants. TRIGGER lets it run
//! code of its own with every row that somebody else writes.
//!
//! ## Do instead
//! Grant SELECT, INSERT, UPDATE and DELETE by name.
//!
//! ## When to ignore
//! When the role makes tables of its own that refer to this one.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Privileges" and "Row Security Policies".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::name::{display_identifier, quote_identifier};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "trigger-or-references-granted",
        code: "FH0829",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[112],
        summary: "a privilege lets the application reach around row level security",
        source: include_str!("trigger_or_references_granted.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    if tenancy.hosted {
        return;
    }
    for known in context.state.relations.values() {
        let relation = &known.relation;
        if !relation.row_security {
            continue;
        }
        let mut roles = tenancy.grantees(relation, None);
        roles.sort_unstable();
        roles.dedup();
        let truncates = tenancy.grantees(relation, Some("TRUNCATE"));
        for role in roles.into_iter().filter(|role| !truncates.contains(role)) {
            let given: Vec<&str> = ["REFERENCES", "TRIGGER"]
                .into_iter()
                .filter(|privilege| tenancy.grantees(relation, Some(privilege)).contains(&role))
                .collect();
            let Some(first) = given.first() else { continue };
            let everybody = role == "public";
            let shown = if everybody { "PUBLIC".to_owned() } else { display_identifier(role) };
            let quoted = if everybody { "PUBLIC".to_owned() } else { quote_identifier(role) };
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("table", relation.name.to_string()),
                        context.state.marks.grant(&relation.name, role, first).or(known.made),
                        format!(
                            "{shown} has {} on {}: neither asks a policy",
                            given.join(" and "),
                            relation.name
                        ),
                    )
                    .on(&relation.name)
                    .fixed_by(
                        "Grant what the application needs by name.",
                        format!("REVOKE {} ON {} FROM {quoted}", given.join(", "), relation.name.quoted()),
                    ),
            );
        }
    }
}
