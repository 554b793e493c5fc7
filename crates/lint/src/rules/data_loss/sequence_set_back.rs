//! A sequence begins again at a number that rows may have already.
//!
//! ## What it finds
//! `ALTER SEQUENCE ... RESTART`, `ALTER COLUMN ... RESTART` of an identity column, and `setval` with a constant,
//! for a sequence that was there and whose table may hold rows. `setval` with `max(id)` or another expression is
//! left out, so is a number above the known count of rows, a table of the script, and one that the script has
//! emptied.
//!
//! ## Why it hurts
//! The next INSERTs get numbers that rows have already and fail with a unique violation, one after the other, until
//! the sequence has passed the highest number; without a unique constraint two rows share a number.
//!
//! ## Do instead
//! Set the sequence by what is in the table: `SELECT setval(pg_get_serial_sequence('t', 'id'), coalesce(max(id),
//! 1), max(id) IS NOT NULL) FROM t`.
//!
//! ## When to ignore
//! When the number is known to be above every key.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER SEQUENCE, RESTART; 9.17 Sequence Manipulation Functions.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::{QualifiedName, quote_identifier, quote_literal},
};
use freehold_sql::{
    ObjectKind, StatementKind,
    tree::{
        NodeEnum,
        protobuf::{AlterTableStmt, DefElem, FuncCall, Node, SelectStmt, a_const::Val},
    },
};

use crate::{
    alter::some,
    context::Context,
    expression::text,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "sequence-set-back",
        code: "FH0412",
        category: Category::DataLoss,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[61],
        summary: "a sequence begins again at a number that rows may have already",
        source: include_str!("sequence_set_back.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.is_up() {
        return;
    }
    match (context.statement.effect.kind, context.tree) {
        (StatementKind::Alter(ObjectKind::Sequence), Some(NodeEnum::AlterSeqStmt(alter))) => {
            let Some(range) = &alter.sequence else { return };
            let name = context.state.resolve(some(&range.schemaname), &range.relname);
            if let Some(number) = restart(&alter.options, start_of(context, &name)) {
                tell_sequence(context, &name, number, findings);
            }
        }
        (StatementKind::AlterTable, Some(NodeEnum::AlterTableStmt(alter))) => {
            identity(context, alter, findings)
        }
        (StatementKind::Select, Some(NodeEnum::SelectStmt(select))) => setvals(context, select, findings),
        _ => {}
    }
}

/// The first value of a sequence.
fn start_of(context: &Context<'_>, name: &QualifiedName) -> i64 {
    let sequence = context.state.relation(name).and_then(|known| known.relation.sequence.as_ref());
    sequence.map_or(1, |sequence| sequence.start)
}

/// The number of a RESTART.
fn restart(options: &[Node], start: i64) -> Option<i64> {
    options.iter().find_map(|option| match option.node.as_ref() {
        Some(NodeEnum::DefElem(option)) if option.defname == "restart" => {
            Some(option.arg.as_ref().map_or(start, |_| number_of(option).unwrap_or(i64::MAX)))
        }
        _ => None,
    })
}

fn number_of(option: &DefElem) -> Option<i64> {
    match option.arg.as_ref()?.node.as_ref()? {
        NodeEnum::Integer(number) => Some(i64::from(number.ival)),
        NodeEnum::Float(number) => number.fval.parse().ok(),
        _ => None,
    }
}

fn identity(context: &Context<'_>, alter: &AlterTableStmt, findings: &mut Findings<'_>) {
    for command in &alter.cmds {
        let Some(NodeEnum::AlterTableCmd(command)) = command.node.as_ref() else { continue };
        let Some(NodeEnum::List(options)) = command.def.as_ref().and_then(|def| def.node.as_ref()) else {
            continue;
        };
        let Some(number) = restart(&options.items, 1) else { continue };
        let Some((table, _)) = context.main_relation() else { return };
        tell(context, &table, Some(&command.name), number, findings);
    }
}

fn setvals(context: &Context<'_>, select: &SelectStmt, findings: &mut Findings<'_>) {
    for target in &select.target_list {
        let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { continue };
        let Some(NodeEnum::FuncCall(call)) = target.val.as_ref().and_then(|value| value.node.as_ref()) else {
            continue;
        };
        if call.funcname.last().and_then(text) == Some("setval") {
            setval(context, call, findings);
        }
    }
}

fn setval(context: &Context<'_>, call: &FuncCall, findings: &mut Findings<'_>) {
    let (Some(first), Some(number)) = (call.args.first(), call.args.get(1).and_then(number)) else { return };
    if let Some(written) = string(first) {
        let name = named(context, written);
        tell_sequence(context, &name, number, findings);
    } else if let Some(NodeEnum::FuncCall(inner)) = first.node.as_ref()
        && inner.funcname.last().and_then(text) == Some("pg_get_serial_sequence")
        && let (Some(table), Some(column)) =
            (inner.args.first().and_then(string), inner.args.get(1).and_then(string))
    {
        tell(context, &named(context, table), Some(column), number, findings);
    }
}

/// A name in a string, as `regclass` reads it.
fn named(context: &Context<'_>, written: &str) -> QualifiedName {
    let part = |part: &str| {
        part.strip_prefix('"')
            .and_then(|part| part.strip_suffix('"'))
            .map_or_else(|| part.to_lowercase(), str::to_owned)
    };
    match written.split_once('.') {
        Some((schema, name)) => QualifiedName::new(part(schema), part(name)),
        None => context.state.resolve(None, &part(written)),
    }
}

fn string(node: &Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::AConst(value) => match value.val.as_ref()? {
            Val::Sval(text) => Some(&text.sval),
            _ => None,
        },
        NodeEnum::TypeCast(cast) => string(cast.arg.as_deref()?),
        _ => None,
    }
}

fn number(node: &Node) -> Option<i64> {
    match node.node.as_ref()? {
        NodeEnum::AConst(value) => match value.val.as_ref()? {
            Val::Ival(number) => Some(i64::from(number.ival)),
            Val::Fval(number) => number.fval.parse().ok(),
            _ => None,
        },
        NodeEnum::TypeCast(cast) => number(cast.arg.as_deref()?),
        _ => None,
    }
}

fn tell_sequence(context: &Context<'_>, name: &QualifiedName, number: i64, findings: &mut Findings<'_>) {
    let known = context.state.relation(name);
    if context.is_new(name) || (known.is_none() && context.state.complete) {
        return;
    }
    let sequence = known.and_then(|known| known.relation.sequence.as_ref());
    if sequence.is_some_and(|sequence| sequence.increment < 0) {
        return;
    }
    match sequence.and_then(|sequence| sequence.owned_by.as_ref()) {
        Some(owner) => tell(context, &owner.table, Some(&owner.column), number, findings),
        None => tell(context, name, None, number, findings),
    }
}

/// Where the numbers began: of the sequence itself, or of the one that belongs to the column.
fn first_value(context: &Context<'_>, of: &QualifiedName, column: Option<&str>) -> Option<i64> {
    let own =
        column.map(|column| QualifiedName::new(of.schema.as_str(), format!("{}_{column}_seq", of.name)));
    let known = context.state.relation(own.as_ref().unwrap_or(of))?;
    known.relation.sequence.as_ref().map(|sequence| sequence.start)
}

/// `of` is the table when the column is known, else the sequence itself.
fn tell(
    context: &Context<'_>,
    of: &QualifiedName,
    column: Option<&str>,
    number: i64,
    findings: &mut Findings<'_>,
) {
    let rows = context.options.rows.get(of).copied().map(|rows| i64::try_from(rows).unwrap_or(i64::MAX));
    let emptied = context.walk.emptied.contains(of);
    if context.is_new(of) || emptied || rows.is_some_and(|rows| rows < number || rows == 0) {
        return;
    }
    let (subject, message) = match column {
        Some(column) => (
            Subject::new("table", of.to_string()),
            format!(
                "the numbers of {of}.{column} begin again at {number}: INSERTs fail if rows have reached that number"
            ),
        ),
        None => (
            Subject::new("sequence", of.to_string()),
            format!("sequence {of} begins again at {number}: INSERTs fail if rows have reached that number"),
        ),
    };
    let mut found = context.found(findings.rule(), subject, message).on(of);
    if rows.is_some() {
        found = found.with_severity(Severity::Error);
    } else if first_value(context, of, column).is_some_and(|first| number > first) {
        // Forward from where it began: meant to leave a gap, as far as anybody can tell.
        found = found.with_severity(Severity::Note);
    }
    let sql = column.filter(|_| context.state.relation(of).is_some()).map(|column| {
        let (table, id) = (of.quoted(), quote_identifier(column));
        let (table_text, column_text) = (quote_literal(&table), quote_literal(column));
        format!(
            "SELECT setval(pg_get_serial_sequence({table_text}, {column_text}), coalesce(max({id}), 1), max({id}) IS NOT NULL) FROM {table}"
        )
    });
    let advice = "Set it by the highest number that is in the table.";
    findings.push(match sql {
        Some(sql) => found.fixed_by(advice, sql),
        None => found.advised(advice),
    });
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "sequence-set-back").count()
    }

    #[test]
    fn all_forms_of_setting_back_are_told() {
        assert_eq!(count("ALTER SEQUENCE s RESTART;"), 1);
        assert_eq!(count("ALTER SEQUENCE app.s RESTART WITH 100;"), 1);
        assert_eq!(count("ALTER TABLE t ALTER COLUMN id RESTART WITH 5;"), 1);
        assert_eq!(count("SELECT pg_catalog.setval('public.s', 42, true);"), 1);
        assert_eq!(count("SELECT setval(pg_get_serial_sequence('t', 'id'), 1, false);"), 1);
    }

    #[test]
    fn a_number_by_the_rows_and_a_new_sequence_are_silent() {
        assert_eq!(count("SELECT setval('s', (SELECT max(id) FROM t));"), 0);
        assert_eq!(count("CREATE SEQUENCE s; ALTER SEQUENCE s RESTART WITH 5;"), 0);
        assert_eq!(count("ALTER SEQUENCE s INCREMENT BY 10;"), 0);
        assert_eq!(count("TRUNCATE t; ALTER TABLE t ALTER COLUMN id RESTART;"), 0);
        assert_eq!(count("-- option: rows t 10\nALTER TABLE t ALTER COLUMN id RESTART WITH 1000;"), 0);
    }
}
