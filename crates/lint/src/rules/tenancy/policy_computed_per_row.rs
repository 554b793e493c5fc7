//! A policy computes the same thing for every row.
//!
//! ## What it finds
//! Calls in a policy that give one value for a whole query (`current_setting(...)`, `auth.uid()`, functions without arguments of
//! the row that read them) and do not stand in a sub-select of their own; and PL/pgSQL or volatile functions that search tables
//! and are called with a column of the row.
//!
//! ## Why it hurts
//! No lock. Where no index serves the condition, the function is called for every row that is read, and a function in PL/pgSQL
//! that searches a table does so for every row: a query over a million rows makes a million look-ups.
//!
//! ## Do instead
//! Put the call into a sub-select: `tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)`. PostgreSQL
//! computes it once. Turn look-ups by row into `IN (SELECT ...)` over what the caller belongs to.
//!
//! ## When to ignore
//! On small tables, or where every query reaches its rows by an index that begins with the compared column. Citus refuses
//! sub-selects in policies of distributed tables.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! EXPLAIN on a server: an InitPlan where there is a sub-select, a call in the filter where there is none.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{catalog::ObjectKind, name::display_identifier};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "policy-computed-per-row",
        code: "FH0816",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[106],
        summary: "a policy computes the same thing for every row",
        source: include_str!("policy_computed_per_row.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    for (table, policies) in &tenancy.policies {
        let Some(known) = context.state.relation(table) else { continue };
        if context.options.rows.get(table).is_some_and(|rows| *rows <= context.options.tiny_rows) {
            continue;
        }
        for read in policies {
            // WITH CHECK is computed for the rows that are written, and each of them costs more than that.
            let Some(facts) = read.using.as_ref() else { continue };
            let policy = display_identifier(&read.policy.name);
            let (message, advice) = if let Some(call) = facts.constant_calls.first() {
                (
                    format!(
                        "{policy} calls {call} for every row of {table} that is read, although it gives the same each time"
                    ),
                    match tenancy.closed_condition(&known.relation) {
                        Some(condition)
                            if facts.constant_calls.iter().all(|call| call.ends_with("current_setting"))
                                && tenancy.column_of(table).is_some_and(|column| facts.binds(column)) =>
                        {
                            format!(
                                "Put it into a sub-select, which is computed once: ALTER POLICY {policy} ON {table} USING ({condition});"
                            )
                        }
                        _ => format!(
                            "Put the call into a sub-select, which is computed once: (SELECT {call}(…))."
                        ),
                    },
                )
            } else if let Some(call) = facts.row_calls.first() {
                (
                    format!("{policy} calls {call} for every row of {table} that is read, and it searches a table each time"),
                    "Compare the column with IN (SELECT …) over what the caller belongs to, which is computed once.".to_owned(),
                )
            } else {
                continue;
            };
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("policy", policy),
                        known.site_of(ObjectKind::Policy, &read.policy.name),
                        message,
                    )
                    .on(table)
                    .advised(advice),
            );
        }
    }
}
