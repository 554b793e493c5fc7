//! A policy lets rows through when no tenant is set.
//!
//! ## What it finds
//! Policies that come to true when the session's setting was never set, is NULL or the empty string:
//! `current_setting('app.tenant_id', true) IS NULL OR ...`, `coalesce(..., true)`, `IS NOT FALSE`, a pattern that an empty
//! setting makes match everything; and those that fall back to a fixed tenant.
//!
//! ## Why it hurts
//! No lock, and nobody waits. The day a connection is used without a tenant (a forgotten call, a job, a pool that reset the
//! session) it reads and writes the rows of all tenants instead of none.
//!
//! ## Do instead
//! `tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)`: NULL is never equal, so that no tenant means
//! no rows. What must see all tenants gets a role with a policy of its own.
//!
//! ## When to ignore
//! Never for a role of the application.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "System Administration Functions", current_setting; tried on a server.

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
        id: "policy-open-without-tenant",
        code: "FH0813",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[105],
        summary: "a policy lets rows through when no tenant is set",
        source: include_str!("policy_open_without_tenant.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    for (table, policies) in &tenancy.policies {
        let Some(known) = context.state.relation(table) else { continue };
        for read in
            policies.iter().filter(|read| read.policy.permissive && !tenancy.settings_of(read).is_empty())
        {
            let expressions = [&read.policy.using, &read.policy.with_check];
            let Some(opening) = expressions.into_iter().flatten().find_map(|sql| opening(context, sql))
            else {
                continue;
            };
            if !read.is_for_everybody()
                && read.policy.roles.iter().all(|role| tenancy.is_administration(role))
            {
                continue;
            }
            let policy = display_identifier(&read.policy.name);
            let settings = tenancy.settings_of(read).join(", ");
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("policy", policy.clone()),
                        known.site_of(ObjectKind::Policy, &read.policy.name),
                        format!("{policy} {opening} of {table} through when {settings} is not set"),
                    )
                    .on(table)
                    .advised(match tenancy.closed_condition(&known.relation) {
                        Some(condition) => format!("Write ALTER POLICY {policy} ON {table} USING ({condition}); no tenant then means no rows."),
                        None => "Compare with nullif(current_setting(…, true), ''): NULL is never equal, so that no tenant means no rows.".to_owned(),
                    }),
            );
        }
    }
}

/// What the expression lets through without a tenant; none when it is closed.
fn opening(context: &SchemaContext<'_>, sql: &str) -> Option<String> {
    let set = value(context, sql, Reading::Set);
    [Reading::Unset, Reading::Empty].into_iter().find_map(|reading| match value(context, sql, reading) {
        Value::Bool(true) if set != Value::Bool(true) => Some("lets all rows".to_owned()),
        Value::RowsWith(fixed)
            if !fixed.is_empty() && fixed != "NULL" && set != Value::RowsWith(fixed.clone()) =>
        {
            Some(format!("lets the rows with {fixed:?}"))
        }
        _ => None,
    })
}

/// What the expression comes to.
fn value(context: &SchemaContext<'_>, sql: &str, reading: Reading) -> Value {
    freehold_sql::tree::read_expression(sql)
        .map_or(Value::Unknown, |node| Evaluator::new(context.state, reading).value(&node))
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(condition: &str) -> bool {
        let text = format!(
            "create table tenants (id int primary key);\
             create table a (tenant_id int not null references tenants, id int, primary key (tenant_id, id));\
             alter table a enable row level security; alter table a force row level security;\
             create policy p on a using ({condition});"
        );
        said(&text).iter().any(|(id, _)| *id == "policy-open-without-tenant")
    }

    #[test]
    fn whatever_is_true_without_a_tenant_is_found() {
        assert!(fires(
            "current_setting('app.t', true) = '' or tenant_id = nullif(current_setting('app.t', true), '')::int"
        ));
        assert!(fires("coalesce(tenant_id = nullif(current_setting('app.t', true), '')::int, true)"));
        assert!(fires("tenant_id = coalesce(nullif(current_setting('app.t', true), '')::int, 1)"));
        assert!(fires("tenant_id::text like current_setting('app.t', true) || '%'"));
    }

    #[test]
    fn closed_conditions_are_left_alone() {
        assert!(!fires("tenant_id = nullif(current_setting('app.t', true), '')::int"));
        assert!(!fires("tenant_id is null or tenant_id = nullif(current_setting('app.t', true), '')::int"));
        assert!(!fires("tenant_id = current_setting('app.t')::int"));
        assert!(!fires(
            "current_setting('app.t', true) <> '' and tenant_id = nullif(current_setting('app.t', true), '')::int"
        ));
    }
}
