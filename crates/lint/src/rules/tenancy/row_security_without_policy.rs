//! Row level security is on and there is no policy.
//!
//! ## What it finds
//! Tables under row level security that have no policy at all. Silent when the history dropped the last policy: that is told
//! at the statement that did. A note in the style of Supabase, where a table without policies is closed to users on purpose.
//!
//! ## Why it hurts
//! No lock, and nobody waits. Without a policy nobody but the owner sees or writes a row, and with FORCE not even the owner.
//! Reading gives no row and no error, so it is found late.
//!
//! ## Do instead
//! Make the policy in the same script.
//!
//! ## When to ignore
//! When the table is to be closed to everybody but the owner and those who bypass row level security.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies": a default-deny policy is assumed.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{catalog::Relation, name::display_identifier};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    tenancy::Tenancy,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "row-security-without-policy",
        code: "FH0810",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[104],
        advice: &[8],
        summary: "row level security is on and there is no policy",
        source: include_str!("row_security_without_policy.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    if !context.state.complete && context.state.marks.row_security_in_code() {
        return;
    }
    let marks = &context.state.marks;
    for known in context.state.relations.values() {
        let relation = &known.relation;
        let closed = relation.row_security && relation.policies.is_empty();
        let provided = tenancy.hosted && PROVIDED.contains(&relation.name.schema.as_str());
        if !closed || provided || marks.dropped_policies().any(|dropped| dropped.table == relation.name) {
            continue;
        }
        // A partition that only its parent is to be reached by.
        let granted = !tenancy.grantees(relation, None).is_empty();
        if relation.partition.is_some() && !granted {
            continue;
        }
        let severity = match (tenancy.hosted, granted) {
            (true, _) => Severity::Note,
            (false, true) => Severity::Error,
            (false, false) => Severity::Warning,
        };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", relation.name.to_string()),
                    marks.row_security(&relation.name).or(known.made),
                    format!(
                        "{} is under row level security and has no policy: whoever is bound by it sees no row and writes none, without an error when reading",
                        relation.name
                    ),
                )
                .with_severity(severity)
                .on(&relation.name)
                .advised(advice(tenancy, relation)),
        );
    }
}

/// Schemas that Supabase makes and looks after.
const PROVIDED: &[&str] = &[
    "auth",
    "storage",
    "realtime",
    "vault",
    "graphql",
    "extensions",
    "supabase_functions",
    "_realtime",
    "cron",
    "net",
];

fn advice(tenancy: &Tenancy, relation: &Relation) -> String {
    let policy = display_identifier(&format!("{}_of_tenant", relation.name.name));
    match tenancy.closed_condition(relation) {
        Some(condition) => {
            format!("Add: CREATE POLICY {policy} ON {} FOR ALL USING ({condition});", relation.name)
        }
        None => "Make the policy in the same script, or revoke what was granted.".to_owned(),
    }
}
