//! A command is granted on a table and no policy lets it through.
//!
//! ## What it finds
//! Tables under row level security with policies, on which a role has a privilege (SELECT, INSERT, UPDATE, DELETE) that no
//! permissive policy serves for that role. The roles of Supabase are left out: they have all privileges on everything, and
//! there the policies alone decide.
//!
//! ## Why it hurts
//! No lock, and nobody waits. The command reaches no row: UPDATE and DELETE say `0 rows` and no error, INSERT fails. It is
//! found by users.
//!
//! ## Do instead
//! Add the policy for the command, or revoke the privilege.
//!
//! ## When to ignore
//! When the role gets its policies by way of another role that it is a member of, in a place that is not among the migrations.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE POLICY and "Row Security Policies".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{
    catalog::PolicyCommand,
    name::{QualifiedName, display_identifier},
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    tenancy::ReadPolicy,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "command-without-policy",
        code: "FH0811",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[104],
        summary: "a command is granted and no policy lets it through",
        source: include_str!("command_without_policy.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    if tenancy.hosted || (!context.state.complete && context.state.marks.row_security_in_code()) {
        return;
    }
    for (table, policies) in &tenancy.policies {
        let Some(known) = context.state.relation(table).filter(|known| known.relation.row_security) else {
            continue;
        };
        let mut roles = tenancy.grantees(&known.relation, None);
        roles.sort_unstable();
        roles.dedup();
        for role in roles.into_iter().filter(|role| *role != "public" && !is_member(context, role)) {
            let missing: Vec<&str> = COMMANDS
                .iter()
                .filter(|(word, command)| {
                    tenancy.grantees(&known.relation, Some(word)).contains(&role)
                        && !policies.iter().any(|read| serves(read, *command, role))
                })
                .map(|(word, _)| *word)
                .collect();
            let Some(first) = missing.first() else { continue };
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("table", table.to_string()),
                        context.state.marks.grant(table, role, first).or(known.made),
                        format!(
                            "{} may {} on {table}, and no policy lets a row of it through: it does nothing, mostly without an error",
                            display_identifier(role),
                            missing.join(", ")
                        ),
                    )
                    .on(table)
                    .advised(format!(
                        "Add a policy FOR {first} TO {0}, or REVOKE {1} ON {table} FROM {0};",
                        display_identifier(role),
                        missing.join(", ")
                    )),
            );
        }
    }
}

const COMMANDS: [(&str, PolicyCommand); 4] = [
    ("SELECT", PolicyCommand::Select),
    ("INSERT", PolicyCommand::Insert),
    ("UPDATE", PolicyCommand::Update),
    ("DELETE", PolicyCommand::Delete),
];

fn serves(read: &ReadPolicy, command: PolicyCommand, role: &str) -> bool {
    read.policy.permissive
        && read.is_for(command)
        && (read.is_for_everybody() || read.policy.roles.iter().any(|named| named == role))
}

/// True for a role that may have policies by way of others, or is not bound at all.
fn is_member(context: &SchemaContext<'_>, role: &str) -> bool {
    let known = context.state.roles.get(&QualifiedName::new("", role));
    known.is_some_and(|role| !role.member_of.is_empty() || role.superuser || role.bypass_row_security)
        || context.state.marks.bypass(role).is_some()
}
