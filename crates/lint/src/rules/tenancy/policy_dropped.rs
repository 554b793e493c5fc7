//! A policy goes and nothing takes its place.
//!
//! ## What it finds
//! `DROP POLICY` in an up script, when at the script's end no other policy of the table serves the same command for the same
//! roles, or when the policy was a restrictive one that is not made again. Dropping a policy to make it anew, or together
//! with its table, is not complained about.
//!
//! ## Why it hurts
//! The statement takes ACCESS EXCLUSIVE for a moment. What stays: without a permissive policy for a command, the application
//! that is running reads and writes no row any more, silently. Without a restrictive one, it reads more than before (then this
//! is an error).
//!
//! ## Do instead
//! `ALTER POLICY`, or make the new policy in the same script as the old one is dropped.
//!
//! ## When to ignore
//! When the command is to be forbidden: then revoke the privilege as well.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, DROP POLICY and CREATE POLICY.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_model::{
    catalog::{Policy, PolicyCommand, Relation},
    name::display_identifier,
};

use crate::{
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
    script::Direction,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "policy-dropped",
        code: "FH0807",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[103],
        summary: "a policy goes and nothing takes its place",
        source: include_str!("policy_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    if context.script.direction == Direction::Down {
        return;
    }
    for dropped in context.state.marks.dropped_policies().filter(|it| it.site.script == context.script_id) {
        let Some(known) = context.state.relation(&dropped.table) else { continue };
        let relation = &known.relation;
        if !relation.row_security || is_replaced(&dropped.policy, relation) {
            continue;
        }
        let policy = display_identifier(&dropped.policy.name);
        let (severity, message) = if dropped.policy.permissive {
            let command = command(&dropped.policy);
            (
                Severity::Warning,
                format!(
                    "without {policy} no policy of {} lets {command} through: the application finds no row, and no error",
                    dropped.table
                ),
            )
        } else {
            (
                Severity::Error,
                format!(
                    "without {policy}, which was restrictive, {} shows more rows than before",
                    dropped.table
                ),
            )
        };
        let mut found = context
            .found(findings.rule(), Subject::new("policy", policy), dropped.site.span, message)
            .with_severity(severity)
            .on(&dropped.table)
            .advised("Make the policy that replaces it in the same script, or change it with ALTER POLICY.");
        found.statement = Some(dropped.site.statement);
        findings.push(found);
    }
}

fn is_replaced(dropped: &Policy, relation: &Relation) -> bool {
    let everybody =
        |policy: &Policy| policy.roles.is_empty() || policy.roles.iter().any(|role| role == "public");
    let serves_roles = |policy: &Policy| {
        everybody(policy)
            || dropped.roles.iter().any(|role| policy.roles.contains(role))
            || everybody(dropped)
    };
    let commands = match dropped.command {
        PolicyCommand::All => {
            vec![PolicyCommand::Select, PolicyCommand::Insert, PolicyCommand::Update, PolicyCommand::Delete]
        }
        one => vec![one],
    };
    let others = || relation.policies.iter().filter(|policy| policy.permissive == dropped.permissive);
    commands.iter().all(|command| {
        others().any(|policy| {
            (policy.command == PolicyCommand::All || policy.command == *command) && serves_roles(policy)
        })
    })
}

fn command(policy: &Policy) -> &'static str {
    match policy.command {
        PolicyCommand::All => "some command",
        one => one.word(),
    }
}
