//! A policy is true for every row of a table that policies are to divide.
//!
//! ## What it finds
//! Permissive policies whose `USING` is always true (`true`, `1 = 1`, `... OR true`) for a role that is meant to be kept to a
//! tenant, on a table that carries the tenant column. On tables that belong to no tenant only a policy that opens writing to
//! everybody is complained about. Silent for reading what is public, for roles that no tenant's policy binds, and for those
//! that administer by their name.
//!
//! ## Why it hurts
//! No lock, and nobody waits. Permissive policies are joined by OR: one that is always true makes all others void, and each
//! tenant reads or changes the rows of all.
//!
//! ## Do instead
//! Compare the tenant column in every permissive policy. What must see all tenants gets a role, and a policy `TO` that role.
//!
//! ## When to ignore
//! When the rows are public on purpose.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE POLICY, "Application of Multiple Policies".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{
    catalog::{ObjectKind, PolicyCommand, Relation},
    name::{QualifiedName, display_identifier},
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    tenancy::{Evaluator, ReadPolicy, Reading, Tenancy, Value},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "policy-admits-all-rows",
        code: "FH0808",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[103],
        summary: "a policy is true for every row",
        source: include_str!("policy_admits_all_rows.rs"),
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
            let open = read.policy.permissive && is_always_true(context, read);
            let Some(severity) = weight(tenancy, table, read).filter(|_| open) else { continue };
            let policy = display_identifier(&read.policy.name);
            let command = read.policy.command.word();
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("policy", policy.clone()),
                        known.site_of(ObjectKind::Policy, &read.policy.name),
                        format!(
                            "{policy} is true for every row of {table}: beside it no other policy for {command} counts, and {} reaches the rows of all tenants",
                            who(read)
                        ),
                    )
                    .with_severity(severity)
                    .on(table)
                    .advised(advice(tenancy, &known.relation, read)),
            );
        }
    }
}

fn is_always_true(context: &SchemaContext<'_>, read: &ReadPolicy) -> bool {
    let evaluator = Evaluator::new(context.state, Reading::Set);
    read.policy
        .using
        .as_deref()
        .and_then(freehold_sql::tree::read_expression)
        .is_some_and(|node| evaluator.value(&node) == Value::Bool(true))
}

/// How much it matters; none where it is no fault.
fn weight(tenancy: &Tenancy, table: &QualifiedName, read: &ReadPolicy) -> Option<Severity> {
    if !tenancy.lets_tenants_in(read) || tenancy.is_narrowed(table, read) {
        return None;
    }
    let reads = read.policy.command == PolicyCommand::Select;
    let divided = tenancy.is_owned(table);
    // Who is not even signed in is named only where rows are to be public.
    let public = reads && !tenancy.is_strict() && read.policy.roles.iter().any(|role| role == "anon");
    let is_root = tenancy.root.as_ref() == Some(table);
    match (divided, reads) {
        (true, true) if public => Some(Severity::Note),
        (true, true) if is_root => Some(Severity::Warning),
        (true, _) if tenancy.is_strict() => Some(Severity::Error),
        (true, true) => Some(Severity::Warning),
        (true, false) => Some(Severity::Error),
        (false, false) if read.is_for_everybody() => Some(Severity::Warning),
        (false, _) => None,
    }
}

fn who(read: &ReadPolicy) -> String {
    if read.is_for_everybody() {
        return "everybody".to_owned();
    }
    let roles: Vec<String> = read.policy.roles.iter().map(|role| display_identifier(role)).collect();
    roles.join(", ")
}

fn advice(tenancy: &Tenancy, relation: &Relation, read: &ReadPolicy) -> String {
    match tenancy.closed_condition(relation) {
        Some(condition) => format!(
            "Write ALTER POLICY {} ON {} USING ({condition}); or name the role that may see all tenants behind TO.",
            display_identifier(&read.policy.name),
            relation.name
        ),
        None => "Let the policy compare the row with who is asking, or name behind TO the role that may see all rows.".to_owned(),
    }
}
