//! A view shows rows that row level security hides from whoever asks it.
//!
//! ## What it finds
//! Views without `security_invoker` over tables under row level security, also by way of other views, that were granted to
//! somebody, or where no grant is known. Views whose own query asks who is there are left out, and so are those granted only
//! to roles that work across tenants.
//!
//! ## Why it hurts
//! No lock, and nobody waits. A view reads with its owner's rights: policies that bind the application's role do not apply, and
//! an owner that is a superuser, bypasses row level security or is not forced sees, and shows, the rows of all tenants.
//!
//! ## Do instead
//! `CREATE VIEW ... WITH (security_invoker = true)`. Before PostgreSQL 15: let the view belong to a role that the policies bind,
//! or put the tenant's condition into the view.
//!
//! ## When to ignore
//! When the view shows only what may be known to all: sums over all tenants, public columns.
//!
//! ## PostgreSQL versions
//! `security_invoker` is there from 15 on; the hazard is there in all.
//!
//! ## Source
//! PostgreSQL manual, CREATE VIEW, "security_invoker".

use freehold_model::catalog::{Relation, RelationKind};
use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::SchemaContext,
    found::{Findings, Found},
    rule::{Check, LintRule},
    state::Known,
    tenancy::{ReadPolicy, asks_who_is_there, read_by_query},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "view-bypasses-row-security",
        code: "FH0817",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[107, 110],
        advice: &[7],
        summary: "a view shows rows that row level security hides",
        source: include_str!("view_bypasses_row_security.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    if !tenancy.uses_row_security {
        return;
    }
    for known in context.state.relations.values() {
        let view = &known.relation;
        if view.kind != RelationKind::View || invokes_as_caller(view) {
            continue;
        }
        let Some(query) = view.definition.as_deref() else { continue };
        let granted = !tenancy.grantees(view, None).is_empty();
        let nobody = view.grants.iter().any(|grant| !grant.to_owner);
        if (!granted && nobody) || asks_who_is_there(context.state, query) {
            continue;
        }
        let Some(table) = hidden_table(context, query, 0) else { continue };
        findings.push(told(context, findings, known, table, query, granted));
    }
}

fn told(
    context: &SchemaContext<'_>,
    findings: &Findings<'_>,
    known: &Known,
    table: &Relation,
    query: &str,
    granted: bool,
) -> Found {
    let view = &known.relation;
    // An owner that is bound itself, by policies for everybody, sees through the view what the session may.
    let owner_is_bound = table.force_row_security
        && context.tenancy().policies_of(&table.name).iter().all(ReadPolicy::is_for_everybody);
    let severity = if granted && !owner_is_bound { Severity::Error } else { Severity::Warning };
    let found = context
        .found(
            findings.rule(),
            Subject::new("view", view.name.to_string()),
            known.made,
            format!(
                "{} reads {} with its owner's rights: the policies that bind whoever asks it do not apply, and it shows the rows of all tenants",
                view.name, table.name
            ),
        )
        .with_severity(severity)
        .on(&view.name);
    if context.options.majors.iter().any(|major| *major >= 15) {
        let query = query.trim().trim_end_matches(';');
        found.fixed_by(
            "Let it read with the rights of whoever asks (from PostgreSQL 15 on).",
            format!(
                "CREATE OR REPLACE VIEW {} WITH (security_invoker = true) AS\n{query}",
                view.name.quoted()
            ),
        )
    } else {
        found.advised(
            "Put the tenant's condition into the view, or let it belong to a role that the policies bind.",
        )
    }
}

fn invokes_as_caller(view: &Relation) -> bool {
    view.options.iter().any(|option| {
        let (name, value) = option.split_once('=').unwrap_or((option, "true"));
        name == "security_invoker" && !matches!(value, "false" | "off" | "0" | "no")
    })
}

/// The first table under row level security that a query reads, by way of views too.
fn hidden_table<'a>(context: &SchemaContext<'a>, query: &str, depth: u8) -> Option<&'a Relation> {
    read_by_query(context.state, query).into_iter().find_map(|name| {
        let relation = &context.state.relation(&name)?.relation;
        match &relation.definition {
            Some(query) if depth < 5 && relation.kind == RelationKind::View => {
                hidden_table(context, query, depth + 1)
            }
            _ => relation.row_security.then_some(relation),
        }
    })
}
