//! A column holds points in time without saying in which zone.
//!
//! ## What it finds
//! New columns of type `timestamp` (without time zone), and columns that are changed to it.
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

use freehold_model::finding::{Category, Depth, Rule, Severity};

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
    for column in made.columns.iter().filter(|column| is_zoneless(column)) {
        let found = context
            .found(
                findings.rule(),
                made.subject(column.name),
                format!(
                    "{}.{} is a timestamp without time zone: an instant written there means another time to every \
                     session with another TimeZone",
                    made.table, column.name
                ),
            )
            .on(&made.table)
            .at(column.span(context));
        findings.push(match mended(context, column) {
            Some((to, sql)) => {
                let found = found.fixed_by("Make it timestamptz.", sql);
                match column.type_span(context).filter(|_| column.column.is_some()) {
                    Some(span) => found.mended_by(Remedy::Replace { span, with: to }),
                    None => found,
                }
            }
            None => found.advised(
                "Make it timestamptz, and let what fills it give a timestamptz as well: now(), not now() AT TIME ZONE.",
            ),
        });
    }
}

fn is_zoneless(column: &MadeColumn<'_>) -> bool {
    let type_name = column.type_name.trim_end_matches("[]");
    type_name.starts_with("timestamp")
        && type_name.ends_with("without time zone")
        && !column.name.to_ascii_lowercase().contains("local")
        && !column.column.is_some_and(|column| column.generated_stored.is_some())
}

/// The type and the statement with it; none where what fills the column would mean another instant then.
fn mended(context: &Context<'_>, column: &MadeColumn<'_>) -> Option<(String, String)> {
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
    let to = format!("timestamptz{precision}");
    let sql = column.retyped(context, &to)?;
    Some((to, sql))
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn columns(sql: &str) -> usize {
        said(sql).iter().filter(|(id, _)| *id == "timestamp-without-time-zone").count()
    }

    #[test]
    fn each_column_without_a_zone_is_told() {
        assert_eq!(
            columns("create table a (id uuid primary key, b timestamp, c timestamp(3) without time zone);"),
            2
        );
        assert_eq!(columns("alter table a add column b timestamp, add c timestamp[];"), 2);
        assert_eq!(columns("alter table a alter b type timestamp;"), 1);
        assert_eq!(columns("create table a (b pg_catalog.timestamp);"), 1);
    }

    #[test]
    fn zones_and_wall_clocks_are_silent() {
        assert_eq!(columns("create table a (b timestamptz, c timestamp with time zone, d date, e time);"), 0);
        assert_eq!(columns("create table a (starts_at_local timestamp);"), 0);
        assert_eq!(columns("create temp table a (b timestamp);"), 0);
        assert_eq!(columns("create table a (b text default 'timestamp');"), 0);
    }
}
