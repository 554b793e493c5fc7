//! Row level security is switched on and does not bind the owner of the table.
//!
//! ## What it finds
//! Tables under row level security without `FORCE`, also after `NO FORCE`, where the application may well be the owner: nothing
//! in the history names another role for it, or the other tables of the schema are forced and this one is not. Silent where
//! grants and policies show that the application is another role, and in the style of Supabase, whose users never own tables.
//!
//! ## Why it hurts
//! No lock, and nobody waits. Policies do not apply to a table's owner. An application that connects as the role that ran the
//! migrations reads and writes the rows of all tenants, and every test against it passes.
//!
//! ## Do instead
//! `ALTER TABLE ... FORCE ROW LEVEL SECURITY`, and an application role that owns nothing.
//!
//! ## When to ignore
//! When the owner is a role that no application uses.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "Row Security Policies"; ALTER TABLE, "FORCE ROW LEVEL SECURITY".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "row-security-not-forced",
        code: "FH0804",
        category: Category::Tenancy,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[102],
        advice: &[5],
        summary: "row level security does not bind the owner of the table",
        source: include_str!("row_security_not_forced.rs"),
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
    let relations = || context.state.relations.values().map(AsRef::as_ref);
    let others_are_forced =
        relations().any(|known| known.relation.row_security && known.relation.force_row_security);
    let nobody_else = tenancy.application.is_empty() && !others_grant(context);
    for known in relations().filter(|known| is_lax(known)) {
        let relation = &known.relation;
        // A known owner that is the application's role is told by a rule of its own.
        if tenancy.application.contains(&relation.owner) || !(others_are_forced || nobody_else) {
            continue;
        }
        let why =
            if others_are_forced { "the other tables are forced" } else { "nothing here names another role" };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", relation.name.to_string()),
                    context.state.marks.row_security(&relation.name).or(known.made),
                    format!(
                        "row level security on {} does not bind its owner ({why}): an application that connects as the owner sees all tenants",
                        relation.name
                    ),
                )
                .on(&relation.name)
                .fixed_by(
                    "Force it on the owner too.",
                    format!(
                        "ALTER TABLE {0} ENABLE ROW LEVEL SECURITY;\nALTER TABLE {0} FORCE ROW LEVEL SECURITY",
                        relation.name.quoted()
                    ),
                ),
        );
    }
}

fn is_lax(known: &Known) -> bool {
    let relation = &known.relation;
    relation.row_security && !relation.force_row_security && relation.is_table()
}

/// True when anything was granted to a role that is not the owner.
fn others_grant(context: &SchemaContext<'_>) -> bool {
    context
        .state
        .relations
        .values()
        .any(|known| known.relation.grants.iter().any(|grant| !grant.to_owner && grant.grantee.is_some()))
}
