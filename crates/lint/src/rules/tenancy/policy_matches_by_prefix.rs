//! A policy compares the tenant by a pattern or a prefix.
//!
//! ## What it finds
//! Policies in which the tenant column is compared with the session's tenant by `LIKE`, a regular expression, `starts_with`, `^@`,
//! or by a part cut off with `left`, `substring` or `split_part`.
//!
//! ## Why it hurts
//! No lock, and nobody waits. Tenant `acme` sees the rows of `acme-labs`; a tenant named `a%` or an empty setting sees everybody's.
//!
//! ## Do instead
//! Compare whole values with `=`. For a hierarchy keep the ancestors in a table or an `ltree` and compare those.
//!
//! ## When to ignore
//! When the column is a path, every part of which is closed by a separator, and names cannot hold the pattern's own signs.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Pattern Matching".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{catalog::ObjectKind, name::display_identifier};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "policy-matches-by-prefix",
        code: "FH0815",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[105, 103],
        summary: "a policy compares the tenant by a pattern or a prefix",
        source: include_str!("policy_matches_by_prefix.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    for (table, policies) in &tenancy.policies {
        let Some(known) = context.state.relation(table) else { continue };
        for read in policies.iter().filter(|read| read.policy.permissive) {
            let Some(column) = read.facts().find_map(|facts| facts.by_prefix.as_deref()) else { continue };
            let is_tenant =
                tenancy.column_of(table) == Some(column) || tenancy.column.as_deref() == Some(column);
            let policy = display_identifier(&read.policy.name);
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("policy", policy.clone()),
                        known.site_of(ObjectKind::Policy, &read.policy.name),
                        format!("{policy} compares {} by a pattern: a tenant whose name begins another's sees the rows of both", display_identifier(column)),
                    )
                    .with_severity(if is_tenant { Severity::Error } else { Severity::Warning })
                    .on(table)
                    .advised(format!("Compare whole values: {} = (SELECT …).", display_identifier(column))),
            );
        }
    }
}
