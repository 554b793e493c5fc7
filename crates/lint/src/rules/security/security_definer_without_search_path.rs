//! A SECURITY DEFINER routine has no search_path of its own.
//!
//! ## What it finds
//! Functions and procedures in SQL, PL/pgSQL and other languages that run SQL, marked `SECURITY DEFINER`, for which no
//! `SET search_path` stands in `CREATE FUNCTION` or a later `ALTER FUNCTION`. Bodies of the SQL standard (`BEGIN
//! ATOMIC`) are bound when they are made and need none; routines in C find nothing by name.
//!
//! ## Why it hurts
//! It runs with its owner's rights, but bare names in it mean what the caller's `search_path` makes of them: whoever
//! may call it can put a table, a function or an operator of that name in front, a temporary one at the least, and
//! have it run as the owner.
//!
//! ## Do instead
//! `SET search_path = pg_catalog, app, pg_temp` in the definition, `pg_temp` last, and no schema in it that callers
//! can create in; or `SET search_path = ''` and every name written with its schema.
//!
//! ## When to ignore
//! When nobody but its owner may call it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely".

use freehold_model::{
    catalog::{Function, FunctionKind},
    finding::{Category, Depth, Rule, Severity, Subject},
    name::quote_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "security-definer-without-search-path",
        code: "FH0901",
        category: Category::Security,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[113],
        summary: "a SECURITY DEFINER routine looks names up where its caller says",
        source: include_str!("security_definer_without_search_path.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    for known in context.state.functions.values().flat_map(|known| known.iter()) {
        let function = &known.function;
        if !function.security_definer || is_pinned(function) || !runs_sql(function) {
            continue;
        }
        let word = if function.kind == FunctionKind::Procedure { "procedure" } else { "function" };
        let name =
            format!("{}.{}", quote_identifier(&function.name.schema), quote_identifier(&function.name.name));
        let pin = format!(
            "ALTER {} {name}({}) SET search_path = pg_catalog, {}, pg_temp",
            word.to_ascii_uppercase(),
            function.identity_arguments,
            quote_identifier(&function.name.schema)
        );
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new(word, function.name.to_string()),
                    known.made,
                    format!("{} runs with its owner's rights and looks names up in its caller's search_path: a caller can put another object in front", function.name),
                )
                .advised(format!("Give it a search_path of its own, with pg_temp last: {pin};")),
        );
    }
}

fn is_pinned(function: &Function) -> bool {
    function.config.iter().any(|setting| setting.to_ascii_lowercase().starts_with("search_path="))
}

/// False for what finds nothing by name when it runs.
fn runs_sql(function: &Function) -> bool {
    let body = function.body.trim_start().to_ascii_lowercase();
    let bound =
        function.language == "sql" && (body.starts_with("begin atomic") || body.starts_with("return "));
    let by_name = !matches!(function.language.as_str(), "c" | "internal");
    by_name && !bound && matches!(function.kind, FunctionKind::Function | FunctionKind::Procedure)
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    const HEAD: &str = "CREATE FUNCTION app_now(zone text) RETURNS timestamptz LANGUAGE sql SECURITY DEFINER";

    fn told(sql: &str) -> bool {
        said(sql).iter().any(|(id, _)| *id == "security-definer-without-search-path")
    }

    #[test]
    fn only_what_stays_open_at_the_end_is_told() {
        assert!(told(&format!("{HEAD} AS 'SELECT now()';")));
        assert!(told(&format!("{HEAD} SET work_mem = '1MB' AS 'SELECT now()';")));
        assert!(told(&format!(
            "{HEAD} SET search_path = '' AS 'SELECT now()';\n{} AS 'SELECT now()';",
            HEAD.replace("CREATE", "CREATE OR REPLACE")
        )));
        assert!(told(
            "CREATE PROCEDURE app_do() LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN NULL; END $$;"
        ));
    }

    #[test]
    fn what_is_pinned_bound_or_gone_is_silent() {
        assert!(!told(&format!("{HEAD} SET search_path = '' AS 'SELECT now()';")));
        assert!(!told(&format!("{HEAD} SET search_path TO pg_catalog, pg_temp AS 'SELECT now()';")));
        assert!(!told(&format!(
            "{HEAD} AS 'SELECT now()';\nALTER FUNCTION app_now(text) SET search_path = '';"
        )));
        assert!(!told(&format!("{HEAD} AS 'SELECT now()';\nALTER FUNCTION app_now SECURITY INVOKER;")));
        assert!(!told(&format!("{HEAD} AS 'SELECT now()';\nDROP FUNCTION app_now(text);")));
        assert!(!told(&format!("{HEAD} BEGIN ATOMIC SELECT now(); END;")));
        assert!(!told("CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()';"));
    }
}
