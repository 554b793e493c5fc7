//! What was filled, for people.

use std::fmt::Write as _;

use super::SeedReport;
use crate::render::{one_line, visible};

/// More tenants are counted, not listed.
const LISTED: usize = 5;

pub(super) fn human(report: &SeedReport) -> String {
    let mut text = String::new();
    let rows: u64 = report.tables.iter().filter(|table| !table.partition).map(|table| table.rows).sum();
    let tables = report.tables.iter().filter(|table| !table.partition && table.rows > 0).count();
    let width = report.tables.iter().map(|table| table.table.chars().count()).max().unwrap_or(0).min(60);
    for table in &report.tables {
        let name = one_line(&table.table);
        let name = if table.partition { format!("  {name}") } else { name };
        let note = table.note.as_ref().map(|note| format!("  {}", one_line(note))).unwrap_or_default();
        let _ = writeln!(text, "{name:<width$}  {:>10}{note}", table.rows, width = width + 2);
    }
    if !report.unfilled.is_empty() {
        let _ = writeln!(text, "\nNot filled for every tenant:");
        for why in &report.unfilled {
            let _ = writeln!(text, "  {}", visible(why));
        }
    }
    let done = if report.kept { "" } else { " would be" };
    let seconds = report.duration_ms as f64 / 1000.0;
    let _ = writeln!(
        text,
        "\n{rows} rows in {tables} tables{done} filled in {} ({seconds:.1} s)",
        visible(&report.database)
    );
    for sentence in &report.tenancy {
        let _ = writeln!(text, "{}", visible(sentence));
    }
    if !report.tenants.is_empty() {
        let listed: Vec<&str> = report.tenants.iter().take(LISTED).map(String::as_str).collect();
        let more = report.tenants.len().saturating_sub(LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "tenants: {}{more}", one_line(&listed.join(", ")));
    }
    text
}
