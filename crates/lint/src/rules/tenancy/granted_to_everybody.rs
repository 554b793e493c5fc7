//! A table with rows of tenants is granted to PUBLIC.
//!
//! ## What it finds
//! `GRANT ... TO PUBLIC` of SELECT, INSERT, UPDATE or DELETE on a table that belongs to tenants or is under row level security, where
//! the schema uses row level security or the project names its tenancy.
//!
//! ## Why it hurts
//! No lock. Every role of the server, those made later too, reaches the table: one that is not bound by its policies, or a
//! policy that is not for it, is all it takes.
//!
//! ## Do instead
//! Grant to the application's role by name.
//!
//! ## When to ignore
//! When the server has no other roles.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Privileges".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "granted-to-everybody",
        code: "FH0830",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[112],
        summary: "rows of tenants are granted to PUBLIC",
        source: include_str!("granted_to_everybody.rs"),
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
        let is_root = tenancy.root.as_ref() == Some(&relation.name);
        if !relation.is_table() || !tenancy.is_guarded(relation) || (is_root && !relation.row_security) {
            continue;
        }
        let given: Vec<&str> = ["SELECT", "INSERT", "UPDATE", "DELETE"]
            .into_iter()
            .filter(|privilege| relation.grants.has(None, privilege))
            .collect();
        let Some(first) = given.first() else { continue };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", relation.name.to_string()),
                    context.state.marks.grant(&relation.name, "public", first).or(known.made),
                    format!(
                        "PUBLIC has {} on {}, which holds rows of tenants",
                        given.join(", "),
                        relation.name
                    ),
                )
                .on(&relation.name)
                .fixed_by(
                    "Grant it to the application's role by name.",
                    format!("REVOKE {} ON {} FROM PUBLIC", given.join(", "), relation.name.quoted()),
                ),
        );
    }
}
