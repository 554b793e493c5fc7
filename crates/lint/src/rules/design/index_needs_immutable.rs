//! An index depends on something that is not immutable, which PostgreSQL refuses.
//!
//! ## What it finds
//! `CREATE INDEX` whose condition or expressions call what gives another answer tomorrow: `now()`, `CURRENT_DATE`,
//! `random()`, `current_setting()`; what depends on settings, such as `to_char` or `concat`; a timestamptz made a date or
//! cut with `date_trunc`, whose answer depends on TimeZone; and functions of the project that are not IMMUTABLE.
//!
//! ## Why it hurts
//! The statement fails: "functions in index predicate must be marked IMMUTABLE". The advice to keep only rows with
//! `expires_at > now()` in an index is common and cannot work: rows do not leave an index because time passes.
//!
//! ## Do instead
//! Index the column as it is (`expires_at`), with a condition over what is stored (`revoked_at IS NULL`), and compare with
//! the clock in the query. For a day: `((created_at AT TIME ZONE 'UTC')::date)`.
//!
//! ## When to ignore
//! Never: it cannot run.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE INDEX, on expressions and predicates; each function tried.

use freehold_model::{
    catalog::Volatility,
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};
use freehold_sql::{
    StatementKind,
    tree::{
        NodeEnum,
        protobuf::{FuncCall, Node, TypeCast},
    },
};

use crate::{
    context::Context,
    expression::text,
    found::Findings,
    queries::{Part, parts},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "index-needs-immutable",
        code: "FH1001",
        category: Category::Design,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        advice: &[1],
        summary: "an index depends on something that is not immutable, which is refused",
        source: include_str!("index_needs_immutable.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["migration-fails"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !matches!(context.statement.effect.kind, StatementKind::CreateIndex { .. }) {
        return;
    }
    let Some(NodeEnum::IndexStmt(create)) = context.tree else { return };
    let Some((table, _)) = context.main_relation() else { return };
    let table = create.relation.as_ref().map_or(table, |range| {
        let schema = Some(range.schemaname.as_str()).filter(|schema| !schema.is_empty());
        context.state.resolve(schema, &range.relname)
    });
    let expressions = create.index_params.iter().filter_map(|item| match item.node.as_ref()? {
        NodeEnum::IndexElem(item) => item.expr.as_deref(),
        _ => None,
    });
    let condition = create.where_clause.as_deref();
    let places =
        condition.map(|node| ("condition", node)).into_iter().chain(expressions.map(|node| ("key", node)));
    for (place, node) in places {
        let Some(changing) = changing(context, &table, node) else { continue };
        let name = if create.idxname.is_empty() { table.to_string() } else { create.idxname.clone() };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("index", name),
                    format!(
                        "{changing} in the index's {place} is not immutable: PostgreSQL refuses the index, for what it \
                         holds would depend on when and by whom a row was written"
                    ),
                )
                .on(&table)
                .advised("Index the column as it is and compare with what changes in the query."),
        );
        return;
    }
}

/// The first thing in an expression that gives another answer at another time, for people.
fn changing(context: &Context<'_>, table: &QualifiedName, expression: &Node) -> Option<String> {
    parts(expression.node.as_ref()?).into_iter().find_map(|part| match part {
        Part::Node(NodeEnum::SqlvalueFunction(_)) => Some("the current time or user".to_owned()),
        Part::Node(NodeEnum::FuncCall(call)) => changing_call(context, table, call),
        Part::Node(NodeEnum::TypeCast(cast)) => changing_cast(context, table, cast),
        _ => None,
    })
}

/// Functions all of whose forms are stable or volatile.
const CHANGING: &[&str] = &[
    "now",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "timeofday",
    "random",
    "gen_random_uuid",
    "uuid_generate_v1",
    "uuid_generate_v4",
    "current_setting",
    "nextval",
    "currval",
    "lastval",
    "txid_current",
    "pg_current_xact_id",
    "pg_backend_pid",
    "to_char",
    "concat",
    "concat_ws",
    "format",
    "version",
];

fn changing_call(context: &Context<'_>, table: &QualifiedName, call: &FuncCall) -> Option<String> {
    let (name, before) = call.funcname.split_last()?;
    let (name, schema) = (text(name)?, before.last().and_then(text));
    let builtin = schema.is_none_or(|schema| schema == "pg_catalog" || schema == "public");
    if builtin && CHANGING.contains(&name) {
        // A function of the project of that name comes later on the search path than the server's own.
        return Some(format!("{name}()"));
    }
    if builtin && name == "date_trunc" && call.args.len() == 2 {
        let zoned = call.args.last().is_some_and(|argument| is_zoned_column(context, table, argument));
        return zoned.then(|| "date_trunc() of a timestamptz".to_owned());
    }
    let own = context.state.functions_named(&context.state.resolve(schema, name));
    let changing = !own.is_empty()
        && own.iter().all(|known| {
            // What is written in SQL may be put in place of its call, and then counts for itself.
            known.function.language == "plpgsql" && known.function.volatility != Volatility::Immutable
        });
    changing.then(|| format!("{name}()"))
}

fn changing_cast(context: &Context<'_>, table: &QualifiedName, cast: &TypeCast) -> Option<String> {
    let type_name = cast.type_name.as_ref()?.names.last().and_then(text)?;
    let argument = cast.arg.as_deref()?;
    let zoned =
        matches!(type_name, "date" | "time" | "timestamp") && is_zoned_column(context, table, argument);
    // How a time is written depends on DateStyle, with or without a zone.
    let written = matches!(type_name, "text" | "varchar")
        && column_type(context, table, argument)
            .is_some_and(|of| of.starts_with("timestamp") || of == "date" || of.starts_with("interval"));
    (zoned || written).then(|| format!("making a {type_name} of a time"))
}

/// True for a plain column that is known to be a timestamptz.
fn is_zoned_column(context: &Context<'_>, table: &QualifiedName, node: &Node) -> bool {
    column_type(context, table, node)
        .is_some_and(|of| of.starts_with("timestamp") && of.ends_with("with time zone"))
}

/// The type of a plain column, where it is known.
fn column_type<'c>(context: &Context<'c>, table: &QualifiedName, node: &Node) -> Option<&'c str> {
    let NodeEnum::ColumnRef(reference) = node.node.as_ref()? else { return None };
    let name = reference.fields.last().and_then(text)?;
    Some(context.state.relation(table)?.relation.column(name)?.type_name.as_str())
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(index: &str) -> bool {
        let sql = format!(
            "create table t (id bigint primary key, a text, at timestamptz, local timestamp);
             create function own(text) returns text language plpgsql as $$ begin return $1; end $$;
             create function fixed(text) returns text language plpgsql immutable as $$ begin return $1; end $$;
             create index on t {index};"
        );
        said(&sql).iter().any(|(id, _)| *id == "index-needs-immutable")
    }

    #[test]
    fn what_the_server_refuses_is_told() {
        for index in [
            "(at) where at > now()",
            "(at) where at > current_date - 7",
            "(a) where at > clock_timestamp() - interval '1 day' and a is not null",
            "((at::date))",
            "((at::time))",
            "((local::text))",
            "(own(a))",
            "(date_trunc('day', at))",
            "(to_char(at, 'YYYY'))",
            "(a) where a = current_setting('app.x')",
            "(concat(a, 'x'))",
        ] {
            assert!(fires(index), "{index}");
        }
    }

    #[test]
    fn what_it_accepts_is_silent() {
        for index in [
            "(at) where at > '2026-01-01T00:00:00Z'",
            "(lower(a))",
            "((local::date))",
            "(((at at time zone 'UTC')::date))",
            "(date_trunc('day', local))",
            "((a || 'now()'))",
            "(fixed(a))",
        ] {
            assert!(!fires(index), "{index}");
        }
    }
}
