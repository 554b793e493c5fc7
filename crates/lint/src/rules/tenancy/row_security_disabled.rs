//! Row level security is switched off on a table with rows of tenants.
//!
//! ## What it finds
//! `ALTER TABLE ... DISABLE ROW LEVEL SECURITY` on a table that has policies or carries the tenant column, when nothing that
//! follows switches it on again. Switching it off for a backfill and on again in the same history is not complained about.
//!
//! ## Why it hurts
//! The statement takes ACCESS EXCLUSIVE for a moment. What stays: all policies of the table are dead letters, and whoever may
//! read it reads the rows of all tenants.
//!
//! ## Do instead
//! Leave it on. A script that must touch the rows of all tenants runs as a role that row level security does not bind, or as
//! the owner with `NO FORCE` for the time of its transaction.
//!
//! ## When to ignore
//! When the table no longer holds rows of tenants. Then drop its policies too.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "DISABLE ROW LEVEL SECURITY".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "row-security-disabled",
        code: "FH0803",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[102],
        summary: "row level security is switched off on a table with rows of tenants",
        source: include_str!("row_security_disabled.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    for known in context.state.relations.values() {
        let relation = &known.relation;
        let divided = tenancy.carries_tenant(&relation.name) || !relation.policies.is_empty();
        if relation.row_security || !divided {
            continue;
        }
        let Some(site) = context.state.marks.row_security(&relation.name) else { continue };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", relation.name.to_string()),
                    Some(site),
                    format!(
                        "row level security is off on {} from here on: its policies bind nobody, and whoever may read it reads the rows of all tenants",
                        relation.name
                    ),
                )
                .on(&relation.name)
                .fixed_by(
                    "Leave it on, and forced on the owner.",
                    format!(
                        "ALTER TABLE {0} ENABLE ROW LEVEL SECURITY;\nALTER TABLE {0} FORCE ROW LEVEL SECURITY",
                        relation.name.quoted()
                    ),
                ),
        );
    }
}
