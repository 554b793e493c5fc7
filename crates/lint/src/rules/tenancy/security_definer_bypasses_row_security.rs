//! A SECURITY DEFINER function reads or writes the rows of all tenants for its caller.
//!
//! ## What it finds
//! Functions and procedures with `SECURITY DEFINER` whose body reads or writes tables under row level security and asks nobody
//! who is there: no setting, no `auth.uid()`, no function that does. Triggers are left out, for nobody calls them; so are
//! functions that only roles working across tenants may execute. Those that hand out no rows are a warning.
//!
//! ## Why it hurts
//! No lock, and nobody waits. The body runs with the rights of its owner, which row level security does not bind in most
//! systems: the caller gets, or changes, the rows of all tenants. Everybody may execute a new function unless that is revoked.
//!
//! ## Do instead
//! Leave `SECURITY DEFINER` out. Where it is needed, put the tenant's condition into each statement of the body.
//!
//! ## When to ignore
//! When what it hands out may be known to all, or the caller proves its right by an argument that nobody can guess.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::KnownFunction,
    tenancy::{Touched, asks_who_is_there, is_trigger, relations},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "security-definer-bypasses-row-security",
        code: "FH0820",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[107],
        advice: &[7],
        summary: "a SECURITY DEFINER function hands out rows of all tenants",
        source: include_str!("security_definer_bypasses_row_security.rs"),
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
    let functions = context.state.functions.values().flat_map(|all| all.iter());
    for known in functions.filter(|known| known.function.security_definer && !is_trigger(known)) {
        let function = &known.function;
        if !is_within_reach(context, known) || asks_who_is_there(context.state, &function.body) {
            continue;
        }
        let touched: Vec<Touched> = relations(context.state, &function.language, &function.body)
            .into_iter()
            .filter(|touched| {
                context.state.relation(&touched.name).is_some_and(|known| known.relation.row_security)
            })
            .collect();
        let Some(first) = touched.iter().find(|touched| touched.reads).or(touched.first()) else { continue };
        let hands_out = first.reads && gives_rows(context, function.result.as_deref());
        let verb = if hands_out {
            "hands out rows of"
        } else if first.reads {
            "looks into rows of"
        } else {
            "writes rows of"
        };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("function", function.name.to_string()),
                    known.made,
                    format!(
                        "{} {verb} {} with its owner's rights and does not ask who calls it: row level security does not stand between the caller and other tenants",
                        function.name, first.name
                    ),
                )
                .with_severity(if hands_out { Severity::Error } else { Severity::Warning })
                .advised("Leave SECURITY DEFINER out, or put the tenant's condition into each statement of the body."),
        );
    }
}

/// True when somebody who is kept to a tenant may execute it; everybody may, unless that was revoked.
fn is_within_reach(context: &SchemaContext<'_>, known: &KnownFunction) -> bool {
    let grants = &known.function.grants;
    let mut roles = grants
        .iter()
        .filter(|grant| !grant.to_owner && grant.privileges.iter().any(|given| given.name == "EXECUTE"))
        .map(|grant| grant.grantee.as_deref().unwrap_or("public"));
    let untouched = grants.iter().next().is_none();
    if is_in_closed_schema(context, known) {
        return false;
    }
    untouched || roles.any(|role| !context.tenancy().is_apart(role))
}

/// True in a schema of the project's own that nobody but its owner may use.
fn is_in_closed_schema(context: &SchemaContext<'_>, known: &KnownFunction) -> bool {
    let schema = &known.function.name.schema;
    let made = context.state.schemas.get(&QualifiedName::new("", schema.as_str()));
    schema != "public"
        && made.is_some_and(|made| {
            !made.1.iter().any(|grant| {
                let usable = grant.privileges.iter().any(|given| given.name == "USAGE");
                let role = grant.grantee.as_deref().unwrap_or("public");
                usable && !grant.to_owner && !context.tenancy().is_administration(role)
            })
        })
}

/// True for results that carry values of rows: rows, JSON, texts; not for nothing, truth values and numbers.
fn gives_rows(context: &SchemaContext<'_>, result: Option<&str>) -> bool {
    let Some(result) = result else { return false };
    let result = result.to_ascii_lowercase();
    let bare = result.trim_start_matches("setof ").trim_matches('"');
    let is_table = || {
        let (schema, name) = match bare.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, bare),
        };
        context.state.relation(&context.state.resolve(schema, name)).is_some()
    };
    result.starts_with("table")
        || result.starts_with("setof")
        || matches!(bare, "json" | "jsonb" | "text" | "record")
        || is_table()
}
