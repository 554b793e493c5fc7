//! A permissive policy beside the tenant's does not ask for the tenant.
//!
//! ## What it finds
//! On a table that one permissive policy binds to the tenant: another permissive policy for the same roles whose condition is
//! about the row alone (`published`, `status = 'open'`), so that rows of other tenants pass by it. Policies that ask who is
//! there, or call functions, are not judged from the text.
//!
//! ## Why it hurts
//! No lock, and nobody waits. Permissive policies are joined by OR: each row that passes one of them is visible, to all tenants.
//!
//! ## Do instead
//! Make it `AS RESTRICTIVE` when it is to narrow, or repeat the tenant's condition in it.
//!
//! ## When to ignore
//! When such rows are public on purpose.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE POLICY, "Application of Multiple Policies".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{
    catalog::{ObjectKind, PolicyCommand},
    name::display_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    tenancy::{Evaluator, Line, ReadPolicy, Reading, Value},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "policy-without-tenant",
        code: "FH0809",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[103],
        summary: "a permissive policy beside the tenant's does not ask for the tenant",
        source: include_str!("policy_without_tenant.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    if tenancy.line != Line::Setting {
        return;
    }
    for (table, policies) in &tenancy.policies {
        let (Some(known), Some(column)) = (context.state.relation(table), tenancy.column_of(table)) else {
            continue;
        };
        let bound = |read: &&ReadPolicy| {
            read.policy.permissive && read.using.as_ref().is_some_and(|using| using.binds(column))
        };
        let binding: Vec<&ReadPolicy> = policies.iter().filter(bound).collect();
        for read in policies.iter().filter(|read| read.policy.permissive && is_about_the_row(context, read)) {
            let beside = binding.iter().any(|other| share(other, read) && tenancy.lets_tenants_in(read));
            if !beside || tenancy.is_narrowed(table, read) {
                continue;
            }
            let policy = display_identifier(&read.policy.name);
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("policy", policy.clone()),
                        known.site_of(ObjectKind::Policy, &read.policy.name),
                        format!("rows of {table} that pass {policy} are seen by all tenants: it is joined by OR with the policy that asks for the tenant"),
                    )
                    .on(table)
                    .advised("Make it AS RESTRICTIVE when it is to narrow, or repeat the tenant's condition in it."),
            );
        }
    }
}

/// True when the condition depends on the row and on nothing else.
fn is_about_the_row(context: &SchemaContext<'_>, read: &ReadPolicy) -> bool {
    let asks = read.using.as_ref().is_none_or(|using| using.asks_who_is_there() || using.by_prefix.is_some());
    let value = || {
        let node = freehold_sql::tree::read_expression(read.policy.using.as_deref()?)?;
        Some(Evaluator::new(context.state, Reading::Set).value(&node))
    };
    !asks && matches!(value(), Some(Value::Row | Value::RowsWith(_)))
}

/// True when two policies serve a command in common, for roles in common.
fn share(one: &ReadPolicy, other: &ReadPolicy) -> bool {
    let all = PolicyCommand::All;
    let commands = one.policy.command == all
        || other.policy.command == all
        || one.policy.command == other.policy.command;
    let roles = one.is_for_everybody()
        || other.is_for_everybody()
        || one.policy.roles.iter().any(|role| other.policy.roles.contains(role));
    commands && roles
}
