//! A column holds points in time without saying in which zone.
//!
//! ## What it finds
//! New columns of type `timestamp` (without time zone), and columns that are changed to it: said once for a statement.
//!
//! ## Why it hurts
//! `timestamp` keeps what the wall clock of the writing session showed and forgets where that clock hung. Two services
//! with different TimeZone settings write different values for one instant, a reader cannot tell which, and in the hour
//! that summer time takes back two instants become one. `timestamptz` takes the same eight bytes.
//!
//! ## Do instead
//! `timestamptz`. While the table is new it costs nothing; later the change writes the table again unless TimeZone is UTC.
//!
//! ## When to ignore
//! For times on a wall clock that are meant as such: opening hours, a birthday. Columns with `local` in their name are
//! passed over.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Date/Time Types, "Time Stamps"; tried: two sessions with different TimeZone read one value.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity},
    place::Span,
};

use crate::{
    context::Context,
    found::{Findings, Remedy},
    made::{self, MadeColumn},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "timestamp-without-time-zone",
        code: "FH0705",
        category: Category::Types,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[93],
        advice: &[12],
        summary: "a column holds points in time without saying in which zone",
        source: include_str!("timestamp_without_time_zone.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.is_up() {
        return;
    }
    let Some(made) = made::columns(context) else { return };
    let zoneless: Vec<&MadeColumn<'_>> = made.columns.iter().filter(|column| is_zoneless(column)).collect();
    let Some(first) = zoneless.first() else { return };
    let others: Vec<&str> = zoneless.iter().skip(1).map(|column| column.name).collect();
    let also = if others.is_empty() { String::new() } else { format!(" (and {})", others.join(", ")) };
    let found = context
        .found(
            findings.rule(),
            made.subject(first.name),
            format!(
                "{}.{}{also} is a timestamp without time zone: an instant written there means another time to every \
                 session with another TimeZone",
                made.table, first.name
            ),
        )
        .on(&made.table)
        .at(first.span(context));
    let mended: Option<Vec<(Span, String)>> = zoneless.iter().map(|column| mended(context, column)).collect();
    let found = match mended.as_deref().and_then(|mended| context.replaced(mended)) {
        Some(sql) => found.fixed_by(ZONED, sql),
        None => found.advised(
            "Make it timestamptz, and let what fills it give a timestamptz as well: now(), not now() AT TIME ZONE.",
        ),
    };
    // The others have their turn when this one is mended.
    let first_of = mended.and_then(|mended| mended.into_iter().next()).filter(|_| first.column.is_some());
    findings.push(match first_of {
        Some((span, with)) => found.mended_by(Remedy::Replace { span, with }),
        None => found,
    });
}

/// What to do.
const ZONED: &str = "Make it timestamptz.";

fn is_zoneless(column: &MadeColumn<'_>) -> bool {
    let type_name = column.type_name.trim_end_matches("[]");
    type_name.starts_with("timestamp")
        && type_name.ends_with("without time zone")
        && !column.name.to_ascii_lowercase().contains("local")
        && !column.column.is_some_and(|column| column.generated_stored.is_some())
}

/// The bytes of the type and what is to stand there; none where what fills the column would mean another instant then.
fn mended(context: &Context<'_>, column: &MadeColumn<'_>) -> Option<(Span, String)> {
    let shifts = column.column.is_some_and(|column| {
        column.has_default
            && column.default_calls.iter().any(|call| {
                !matches!(
                    call.as_str(),
                    "now" | "clock_timestamp" | "transaction_timestamp" | "statement_timestamp"
                )
            })
    });
    if shifts {
        return None;
    }
    let digits = column.type_name.find('(').zip(column.type_name.find(')'));
    let precision = digits.and_then(|(open, close)| column.type_name.get(open..=close)).unwrap_or("");
    Some((column.type_span(context)?, format!("timestamptz{precision}")))
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn columns(sql: &str) -> usize {
        let said = said(sql);
        let mut told = said.iter().filter(|(id, _)| *id == "timestamp-without-time-zone");
        told.next().map_or(0, |(_, message)| {
            message.split(" is a ").next().unwrap_or("").matches(',').count()
                + 1
                + usize::from(message.contains(" (and "))
        })
    }

    #[test]
    fn all_columns_without_a_zone_are_told_at_once() {
        let three = "create table a (id uuid primary key, b timestamp, c timestamp(3) without time zone, d timestamp);";
        assert_eq!(columns(three), 3);
        assert_eq!(columns("alter table a add column b timestamp, add c timestamp[];"), 2);
        assert_eq!(columns("alter table a alter b type timestamp;"), 1);
        assert_eq!(columns("create table a (b pg_catalog.timestamp);"), 1);
    }

    #[test]
    fn the_fix_changes_every_one_of_them() {
        let fix = |sql: &'static str| {
            let lint = move || {
                let linted = crate::example::Example::read(sql).lint();
                let found =
                    linted.found.into_iter().find(|f| f.rule.rule.id == "timestamp-without-time-zone");
                found.and_then(|found| found.fix).and_then(|fix| fix.sql)
            };
            freehold_sql::deep_thread().spawn(lint).unwrap().join().unwrap()
        };
        assert_eq!(
            fix("create table a (id uuid primary key, b timestamp not null default now(), c TIMESTAMP (3) WITHOUT TIME ZONE[]);").as_deref(),
            Some("create table a (id uuid primary key, b timestamptz not null default now(), c timestamptz(3)[])")
        );
        assert_eq!(fix("create table a (b timestamp default (now() at time zone 'utc'));"), None);
    }

    #[test]
    fn zones_and_wall_clocks_are_silent() {
        assert_eq!(columns("create table a (b timestamptz, c timestamp with time zone, d date, e time);"), 0);
        assert_eq!(columns("create table a (starts_at_local timestamp);"), 0);
        assert_eq!(columns("create temp table a (b timestamp);"), 0);
        assert_eq!(columns("create table a (b text default 'timestamp');"), 0);
    }
}
