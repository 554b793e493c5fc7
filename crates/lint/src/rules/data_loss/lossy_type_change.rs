//! A change of type loses digits, times or text in silence.
//!
//! ## What it finds
//! `ALTER COLUMN ... TYPE` that PostgreSQL carries out without an error and that does not keep the values: numeric
//! or floating point to integer (rounded), a smaller scale, `double precision` to `real`, a timestamp to a date or
//! a time, fewer digits of a second; and `USING` that cuts, rounds, truncates or does not use the old value at all.
//! A change that refuses values which do not fit (text to a shorter varchar, bigint to integer) loses nothing.
//!
//! ## Why it hurts
//! The old values cannot be computed from the new ones, and no down brings them back; nobody is told, because the
//! statement succeeds.
//!
//! ## Do instead
//! Add a column of the new type, fill it, look at the rows that would lose something, let the code switch, and drop
//! the old column in a later release.
//!
//! ## When to ignore
//! When the digits that go are known to be noise.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, SET DATA TYPE; 8.1 Numeric Types; 8.5 Date/Time Types.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};
use freehold_sql::{
    Action, StatementKind,
    tree::{
        NodeEnum,
        protobuf::{ColumnDef, Node},
    },
};

use crate::{
    alter::types::narrows,
    context::Context,
    expression::{columns, text},
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "lossy-type-change",
        code: "FH0411",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        hazards: &[60],
        summary: "a change of type loses digits, times or text in silence",
        source: include_str!("lossy_type_change.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if effect.kind != StatementKind::AlterTable || !context.is_up() {
        return;
    }
    let Some((table, known)) = context.main_relation() else { return };
    let Some(NodeEnum::AlterTableStmt(alter)) = context.tree else { return };
    if context.is_new(&table) || context.options.rows.get(&table) == Some(&0) {
        return;
    }
    for (action, command) in effect.actions.iter().zip(&alter.cmds) {
        let Action::AlterColumnType { column, type_, .. } = action else { continue };
        let definition = match command.node.as_ref() {
            Some(NodeEnum::AlterTableCmd(command)) => definition(command.def.as_deref()),
            _ => None,
        };
        let old =
            known.and_then(|known| known.relation.column(column)).map(|column| column.type_name.as_str());
        let using = definition.and_then(|definition| definition.raw_default.as_deref());
        // Fewer digits of the same type are told as a narrowing.
        if using.is_none() && old.is_some_and(|old| narrows(context.state, old, type_)) {
            continue;
        }
        let Some(why) = loss(old, type_, using, column) else { continue };
        let copied = context.state.copies.of_column(&table, column).next();
        let shown = format!("{table}.{}", display_identifier(column));
        let (severity, kept) = match copied {
            Some(copy) => (Severity::Warning, format!("; they were copied into {} before", copy.to.0)),
            None => (Severity::Error, String::new()),
        };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("column", shown.clone()),
                    format!("the values of {shown} do not survive this: {why}{kept}"),
                )
                .with_severity(severity)
                .on(&table)
                .advised("Add a column of the new type and fill it; drop the old one in a later release."),
        );
    }
}

fn definition(node: Option<&Node>) -> Option<&ColumnDef> {
    match node?.node.as_ref()? {
        NodeEnum::ColumnDef(definition) => Some(definition),
        _ => None,
    }
}

/// Why values are lost; none when they are not, or nothing is known.
fn loss(old: Option<&str>, new: &str, using: Option<&Node>, column: &str) -> Option<String> {
    if let Some(using) = using {
        if columns(using).is_empty() && !has_subquery(using) {
            return Some("USING does not look at the old value".to_owned());
        }
        if let Some(function) = cutting(using) {
            return Some(format!("USING {function}() keeps only a part of each value"));
        }
        // With any other expression the text does not tell; a plain cast is what would be done anyway, but cuts strings.
        let cast = plain_cast(using, column)?;
        if let (Some(length), Some(old)) = (length_of_string(new), old)
            && cast
            && length_of_string(old).is_none_or(|before| before > length)
            && is_string(old)
        {
            return Some(format!("an explicit cast cuts texts after {length} characters without a word"));
        }
    }
    lossy(&Shape::of(old?), &Shape::of(new))
}

fn has_subquery(node: &Node) -> bool {
    matches!(node.node.as_ref(), Some(NodeEnum::SubLink(_)))
}

/// The function by which an expression takes a part of the value.
fn cutting(node: &Node) -> Option<&str> {
    const CUTTING: &[&str] = &[
        "left",
        "right",
        "substring",
        "substr",
        "trunc",
        "round",
        "floor",
        "ceil",
        "ceiling",
        "date_trunc",
        "split_part",
        "date_part",
        "extract",
        "md5",
        "overlay",
    ];
    match node.node.as_ref()? {
        NodeEnum::FuncCall(call) => {
            let name = call.funcname.last().and_then(text)?;
            CUTTING.contains(&name).then_some(name).or_else(|| call.args.iter().find_map(cutting))
        }
        NodeEnum::TypeCast(cast) => cutting(cast.arg.as_deref()?),
        _ => None,
    }
}

/// `Some(true)` for a cast of the bare column, `Some(false)` for the bare column.
fn plain_cast(node: &Node, column: &str) -> Option<bool> {
    match node.node.as_ref()? {
        NodeEnum::TypeCast(cast) => plain_cast(cast.arg.as_deref()?, column).map(|_| true),
        NodeEnum::ColumnRef(_) => {
            columns(node).iter().all(|used| used.name.as_deref() == Some(column)).then_some(false)
        }
        _ => None,
    }
}

/// A type's name without modifiers, and those.
struct Shape {
    name: String,
    modifiers: Vec<i64>,
}

impl Shape {
    fn of(type_: &str) -> Self {
        let type_ = type_.replace('"', "");
        let type_ = type_.as_str();
        let (before, inside, after) = match (type_.find('('), type_.find(')')) {
            (Some(open), Some(close)) if open < close => (
                type_.get(..open).unwrap_or(""),
                type_.get(open + 1..close).unwrap_or(""),
                type_.get(close + 1..).unwrap_or(""),
            ),
            _ => (type_, "", ""),
        };
        let modifiers = inside.split(',').filter_map(|number| number.trim().parse().ok()).collect();
        Self { name: format!("{}{after}", before.trim_end()), modifiers }
    }

    fn is_integer(&self) -> bool {
        matches!(self.name.as_str(), "smallint" | "integer" | "bigint")
    }

    fn is_instant(&self) -> bool {
        matches!(self.name.as_str(), "timestamp with time zone" | "timestamp without time zone")
    }

    /// Digits of a second, or of a fraction.
    fn seconds(&self) -> i64 {
        self.modifiers.first().copied().unwrap_or(6)
    }
}

fn is_string(type_: &str) -> bool {
    let name = Shape::of(type_).name;
    matches!(name.as_str(), "text" | "character varying" | "character")
}

fn length_of_string(type_: &str) -> Option<i64> {
    let shape = Shape::of(type_);
    is_string(type_).then(|| shape.modifiers.first().copied()).flatten()
}

/// What an assignment cast loses in silence.
fn lossy(old: &Shape, new: &Shape) -> Option<String> {
    let broken = matches!(old.name.as_str(), "numeric" | "real" | "double precision");
    let scale =
        |shape: &Shape| (!shape.modifiers.is_empty()).then(|| shape.modifiers.get(1).copied().unwrap_or(0));
    if broken && new.is_integer() && scale(old) != Some(0) {
        return Some("fractions are rounded to whole numbers".to_owned());
    }
    match (old.name.as_str(), new.name.as_str()) {
        ("numeric" | "real" | "double precision", "numeric") => {
            let after = scale(new)?;
            let before = scale(old).filter(|_| old.name == "numeric");
            before
                .is_none_or(|before| before > after)
                .then(|| format!("digits beyond the {after} after the point are rounded away"))
        }
        ("double precision" | "numeric" | "bigint" | "integer", "real") => {
            Some("real keeps about six digits".to_owned())
        }
        ("numeric" | "bigint", "double precision") => {
            Some("double precision keeps about fifteen digits".to_owned())
        }
        (_, "date") if old.is_instant() => Some("the time of day is cut off".to_owned()),
        (_, "time without time zone" | "time with time zone") if old.is_instant() => {
            Some("the date is cut off".to_owned())
        }
        (_, _)
            if (old.is_instant() && new.is_instant())
                || (old.name == new.name && old.name.starts_with("time")) =>
        {
            (old.seconds() > new.seconds())
                .then(|| format!("seconds are rounded to {} digits", new.seconds()))
        }
        ("interval", "interval") => (old.seconds() > new.seconds())
            .then(|| format!("seconds are rounded to {} digits", new.seconds())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(old: &str, change: &str) -> bool {
        let text = format!(
            "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY, b {old});\n-- migration: 2_b\nALTER TABLE a ALTER COLUMN b TYPE {change};"
        );
        said(&text).iter().any(|(id, _)| *id == "lossy-type-change")
    }

    #[test]
    fn what_is_lost_in_silence_is_told() {
        for (old, change) in [
            ("numeric", "int"),
            ("float8", "int"),
            ("float8", "numeric(10,2)"),
            ("float8", "real"),
            ("timestamptz", "date"),
            ("timestamp", "time"),
            ("timestamptz", "timestamptz(0) USING date_trunc('second', b)"),
            ("text", "varchar(10) USING b::varchar(10)"),
            ("text", "varchar(10) USING left(b, 10)"),
            ("text", "int USING 0"),
        ] {
            assert!(told(old, change), "{old} to {change}");
        }
    }

    #[test]
    fn what_fits_or_is_refused_loses_nothing() {
        for (old, change) in [
            ("int", "bigint"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,0)", "bigint"),
            ("text", "varchar(10)"),
            ("varchar(50)", "varchar(20)"),
            ("bigint", "int"),
            ("timestamp", "timestamptz"),
            ("text", "int USING b::int"),
            ("int", "text"),
        ] {
            assert!(!told(old, change), "{old} to {change}");
        }
    }
}
