//! A policy fails when the setting reads as the empty string.
//!
//! ## What it finds
//! Policies that cast `current_setting(..., true)` to a type that has no empty value (uuid, integers, json …) without
//! `nullif(..., '')`. Without the `true` the author wants an error when no tenant is set; then it is a note.
//!
//! ## Why it hurts
//! No lock, and nobody waits. On a fresh session the setting is NULL and all is well. After a `SET LOCAL` or
//! `set_config(..., true)` has ended in that session it reads `''`, and from then on every query of that pooled connection that
//! comes without a tenant fails with 22P02.
//!
//! ## Do instead
//! `nullif(current_setting('app.tenant_id', true), '')::uuid`: no tenant means no rows, on every connection.
//!
//! ## When to ignore
//! When every query is sure to set its tenant first.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! Tried on a server; PostgreSQL manual, "Customized Options".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{catalog::ObjectKind, name::display_identifier};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    tenancy::{Evaluator, Reading, Value},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "policy-fails-on-empty-setting",
        code: "FH0814",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[105],
        advice: &[4],
        summary: "a policy fails when the setting reads as the empty string",
        source: include_str!("policy_fails_on_empty_setting.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    for (table, policies) in &tenancy.policies {
        let Some(known) = context.state.relation(table) else { continue };
        for read in policies {
            let mut expressions = [&read.policy.using, &read.policy.with_check].into_iter().flatten();
            let Some(sql) = expressions.find(|sql| value(context, sql, Reading::Empty).fails()) else {
                continue;
            };
            let wants_error = value(context, sql, Reading::Unset).fails();
            let policy = display_identifier(&read.policy.name);
            let settings = tenancy.settings_of(read).join(", ");
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("policy", policy.clone()),
                        known.site_of(ObjectKind::Policy, &read.policy.name),
                        format!("once a SET LOCAL of {settings} has ended in a session it reads '', and the cast in {policy} fails with 22P02 for every query that comes without a tenant"),
                    )
                    .with_severity(if wants_error { Severity::Note } else { Severity::Error })
                    .on(table)
                    .advised(match tenancy.closed_condition(&known.relation) {
                        Some(condition) => format!("Write the condition as {condition}"),
                        None => format!("Put nullif(…, '') around current_setting('{settings}', true) before the cast."),
                    }),
            );
        }
    }
}

/// What the expression comes to.
fn value(context: &SchemaContext<'_>, sql: &str, reading: Reading) -> Value {
    freehold_sql::tree::read_expression(sql)
        .map_or(Value::Unknown, |node| Evaluator::new(context.state, reading).value(&node))
}
