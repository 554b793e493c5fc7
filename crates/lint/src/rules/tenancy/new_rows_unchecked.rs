//! Rows can be written for another tenant.
//!
//! ## What it finds
//! A `WITH CHECK` that does not ask for the tenant, on a table that carries the tenant column: `WITH CHECK (true)` for INSERT,
//! or beside a `USING` that does ask. A policy `FOR ALL` or `FOR UPDATE` without `WITH CHECK` is sound: PostgreSQL then checks
//! new rows by `USING`.
//!
//! ## Why it hurts
//! No lock, and nobody waits. A session of one tenant inserts rows for another, or moves its own rows there by changing the
//! tenant column.
//!
//! ## Do instead
//! Repeat the condition of `USING` in `WITH CHECK`, or leave `WITH CHECK` out where there is a `USING`.
//!
//! ## When to ignore
//! When the role writes for all tenants on purpose: give it a name or a policy of its own.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE POLICY, "WITH CHECK".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{
    catalog::{ObjectKind, PolicyCommand},
    name::display_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    tenancy::{Evaluator, ReadPolicy, Reading, Value},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "new-rows-unchecked",
        code: "FH0812",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[104, 109],
        summary: "rows can be written for another tenant",
        source: include_str!("new_rows_unchecked.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    for (table, policies) in &tenancy.policies {
        let Some(known) = context.state.relation(table).filter(|known| known.relation.row_security) else {
            continue;
        };
        let (true, Some(column)) = (tenancy.carries_tenant(table), tenancy.column_of(table)) else {
            continue;
        };
        for read in policies.iter().filter(|read| read.policy.permissive && tenancy.lets_tenants_in(read)) {
            if !is_unchecked(context, read, column) || tenancy.is_narrowed(table, read) {
                continue;
            }
            let policy = display_identifier(&read.policy.name);
            let what = match read.policy.command {
                PolicyCommand::Insert => "insert rows for any other",
                PolicyCommand::Update => "move its rows to any other",
                _ => "write rows for any other",
            };
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("policy", policy.clone()),
                        known.site_of(ObjectKind::Policy, &read.policy.name),
                        format!(
                            "WITH CHECK of {policy} does not ask for {}: a tenant can {what}",
                            display_identifier(column)
                        ),
                    )
                    .on(table)
                    .advised(match tenancy.closed_condition(&known.relation) {
                        Some(condition) => {
                            format!("Write ALTER POLICY {policy} ON {table} WITH CHECK ({condition});")
                        }
                        None => {
                            "Repeat in WITH CHECK the condition that binds rows to the tenant.".to_owned()
                        }
                    }),
            );
        }
    }
}

/// True when new rows may name another tenant although old ones may not, or are inserted without any question.
fn is_unchecked(context: &SchemaContext<'_>, read: &ReadPolicy, column: &str) -> bool {
    let (Some(facts), Some(sql)) = (&read.with_check, &read.policy.with_check) else { return false };
    if facts.binds(column) || facts.by_prefix.is_some() {
        return false;
    }
    let open = freehold_sql::tree::read_expression(sql)
        .is_some_and(|node| Evaluator::new(context.state, Reading::Set).value(&node) == Value::Bool(true));
    let binds_old = read.using.as_ref().is_some_and(|using| using.binds(column));
    match read.policy.command {
        PolicyCommand::Insert => open,
        PolicyCommand::All | PolicyCommand::Update => binds_old && (open || !facts.asks_who_is_there()),
        PolicyCommand::Select | PolicyCommand::Delete => false,
    }
}
