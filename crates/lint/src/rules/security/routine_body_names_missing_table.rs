//! A routine uses a table or view that is not there.
//!
//! ## What it finds
//! Statements in the bodies of SQL and PL/pgSQL routines that name a relation which the server's catalog does not
//! have. PostgreSQL looks into SQL bodies when they are made and into PL/pgSQL bodies only when a statement is
//! reached; neither is looked at again when a table is dropped or renamed. Temporary tables that the body makes,
//! common table expressions, transition tables and system catalogs are known.
//!
//! ## Why it hurts
//! The routine fails when it is called, perhaps in a trigger of another table, long after the migration that took the
//! table away.
//!
//! ## Do instead
//! Change or drop the routine in the same migration as the table.
//!
//! ## When to ignore
//! When the table is made at run time before the routine is called.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE FUNCTION; PL/pgSQL, "Plan Caching".

use freehold_model::{
    catalog::Function,
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};

use freehold_sql::{ObjectKind, Use, parse_each, tree::plpgsql};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::State,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "routine-body-names-missing-table",
        code: "FH0913",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Catalog],
        hazards: &[117],
        summary: "a routine uses a table that is not there",
        source: include_str!("routine_body_names_missing_table.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let state = context.state;
    // What is not known may be there.
    if !state.complete || !state.doubts.is_empty() || extensions_may_make_tables(state) {
        return;
    }
    for known in state.functions.values().flat_map(|known| known.iter()) {
        let function = &known.function;
        let Some(missing) = missing(state, function) else { continue };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("function", function.name.to_string()),
                    known.made,
                    format!(
                        "the body of {} uses {missing}, which is not there: it fails when it gets to that",
                        function.name
                    ),
                )
                .advised("Change or drop the routine, or make the table."),
        );
    }
}

/// Extensions that make no relations outside of `pg_` names.
const WITHOUT_TABLES: &[&str] = &[
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dblink",
    "dict_int",
    "earthdistance",
    "file_fdw",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "moddatetime",
    "pg_stat_statements",
    "pg_trgm",
    "pgcrypto",
    "pgstattuple",
    "plpgsql",
    "postgres_fdw",
    "seg",
    "tablefunc",
    "unaccent",
    "uuid-ossp",
    "vector",
];

/// What belongs to an extension is not in the state.
fn extensions_may_make_tables(state: &State) -> bool {
    state.extensions.iter().any(|(name, _)| !WITHOUT_TABLES.contains(&name.name.as_str()))
}

/// The first relation of a body that the state does not have.
fn missing(state: &State, function: &Function) -> Option<String> {
    let statements = match function.language.as_str() {
        "sql" if !function.body.trim_start().to_ascii_lowercase().starts_with("begin atomic") => {
            vec![function.body.clone()]
        }
        "plpgsql" => statements(function)?,
        _ => return None,
    };
    let path = search_path(state, function)?;
    let mut uses: Vec<(Option<String>, String)> = Vec::new();
    let mut made: Vec<String> = Vec::new();
    for sql in statements {
        parse_each(&sql, &mut |outcome| {
            let Ok(parsed) = outcome else { return };
            for object in &parsed.statement.effect.objects {
                let table = matches!(
                    object.kind,
                    ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView
                );
                match object.use_ {
                    Use::Creates => made.push(object.name.clone()),
                    Use::Reads | Use::Writes if table => {
                        uses.push((object.schema.clone(), object.name.clone()))
                    }
                    _ => {}
                }
            }
        });
    }
    let is_there = |(schema, name): &(Option<String>, String)| match schema.as_deref() {
        Some(schema) if is_system(schema) => true,
        Some(schema) => state.relations.contains(&QualifiedName::new(schema, name.as_str())),
        None => {
            made.contains(name)
                || name.starts_with("pg_")
                || path.iter().any(|schema| {
                    state.relations.contains(&QualifiedName::new(schema.as_str(), name.as_str()))
                })
        }
    };
    let (schema, name) = uses.iter().find(|used| !is_there(used))?;
    Some(schema.as_ref().map_or_else(|| name.clone(), |schema| format!("{schema}.{name}")))
}

fn is_system(schema: &str) -> bool {
    schema.starts_with("pg_") || schema == "information_schema"
}

/// The schemas that bare names may stand in; none when extensions or callers may add others.
fn search_path(state: &State, function: &Function) -> Option<Vec<String>> {
    let own = function.config.iter().find_map(|setting| setting.strip_prefix("search_path="));
    match own {
        Some(own) => Some(own.split(',').map(|schema| schema.trim().trim_matches('"').to_owned()).collect()),
        // The caller's path may name any schema.
        None => Some(
            state.schemas.iter().map(|(name, _)| name.name.clone()).chain(["public".to_owned()]).collect(),
        ),
    }
}

/// The SQL of a PL/pgSQL body; none when it cannot be compiled without a catalog, or has names of its own for tables.
fn statements(function: &Function) -> Option<Vec<String>> {
    const TAG: &str = "$freehold_body$";
    let lower = function.body.to_ascii_lowercase();
    // Triggers may have transition tables, whose names stand in the trigger.
    let returns = function.result.as_deref().unwrap_or("void");
    if lower.contains(TAG) || returns == "trigger" || returns == "event_trigger" {
        return None;
    }
    let head = format!(
        "CREATE FUNCTION f({}) RETURNS {returns} LANGUAGE plpgsql AS {TAG}{}{TAG}",
        function.arguments, function.body
    );
    let compiled = plpgsql(&head).ok()?;
    let mut found = Vec::new();
    collect(&compiled, &mut found);
    Some(found)
}

/// Every SQL statement of the compiled body.
fn collect(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            if let Some(sql) =
                fields.get("PLpgSQL_expr").and_then(|expr| expr.get("query")).and_then(|query| query.as_str())
            {
                let first = sql.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
                if [
                    "select", "insert", "update", "delete", "merge", "with", "truncate", "create", "lock",
                    "perform",
                ]
                .contains(&first.as_str())
                {
                    found.push(sql.to_owned());
                } else {
                    found.push(format!("SELECT {sql}"));
                }
            }
            fields.values().for_each(|value| collect(value, found));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use freehold_model::catalog::Relation;

    use super::*;
    use crate::state::Known;

    fn told(language: &str, body: &str) -> Option<String> {
        let mut state = State::new();
        state.complete = true;
        let name = QualifiedName::new("public", "users");
        let known =
            Known { relation: Relation { name: name.clone(), ..Relation::default() }, ..Known::default() };
        state.relations.put(name, std::sync::Arc::new(known));
        let function = Function {
            name: QualifiedName::new("public", "f"),
            language: language.to_owned(),
            body: body.to_owned(),
            arguments: "a integer".to_owned(),
            result: Some("void".to_owned()),
            ..Function::default()
        };
        missing(&state, &function)
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert_eq!(told("sql", "SELECT * FROM users; DELETE FROM app.gone").as_deref(), Some("app.gone"));
        assert_eq!(told("plpgsql", "BEGIN UPDATE gone SET a = 1; END").as_deref(), Some("gone"));
        assert_eq!(
            told("plpgsql", "BEGIN IF EXISTS (SELECT FROM gone) THEN RETURN; END IF; END").as_deref(),
            Some("gone")
        );
    }

    #[test]
    fn what_is_there_or_made_by_the_body_is_silent() {
        for body in [
            "BEGIN PERFORM 1 FROM public.users; END",
            "BEGIN CREATE TEMP TABLE scratch AS SELECT 1; INSERT INTO scratch VALUES (2); END",
            "BEGIN WITH recent AS (SELECT * FROM users) DELETE FROM users USING recent WHERE true; END",
            "BEGIN PERFORM 1 FROM pg_class, information_schema.tables; END",
            "DECLARE r users%ROWTYPE; BEGIN SELECT * INTO r FROM users; END",
        ] {
            assert_eq!(told("plpgsql", body), None, "{body}");
        }
    }
}
