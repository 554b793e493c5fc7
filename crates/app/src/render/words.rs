//! Sentences that several renderers say alike.

use super::{one_line, visible};
use crate::report::{Growth, GrowthKind, Report, ReportFinding, ReportMigration};

/// `1 error`, `2 errors`.
pub(super) fn count(number: usize, singular: &str) -> String {
    if number == 1 { format!("1 {singular}") } else { format!("{number} {singular}s") }
}

/// Milliseconds for people: `0.4 ms`, `12 ms`, `3.2 s`.
pub(super) fn time(ms: f64) -> String {
    if !ms.is_finite() {
        "unknown time".to_owned()
    } else if ms < 10.0 {
        // The sum of nothing is minus zero; adding zero makes it plain.
        format!("{:.1} ms", ms + 0.0)
    } else if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else if ms < 120_000.0 {
        format!("{:.1} s", ms / 1000.0)
    } else {
        format!("{:.1} min", ms / 60_000.0)
    }
}

/// Seconds for people, with enough digits that a small slope is not shown as zero.
pub(super) fn seconds(seconds: f64) -> String {
    if seconds >= 10.0 {
        format!("{seconds:.0} s")
    } else if seconds >= 0.1 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.3} s")
    }
}

/// A migration as people call it: version and name, without a dangling space where there is no name.
pub(super) fn title(migration: &ReportMigration) -> String {
    let title = format!("{} {}", one_line(&migration.version), one_line(&migration.name));
    title.trim().to_owned()
}

/// One sentence on the whole: `2 errors and 1 warning in 12 migrations (48 statements)`.
pub(super) fn headline(report: &Report) -> String {
    let summary = &report.summary;
    let found: Vec<String> =
        [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| count(number, word))
            .collect();
    let found = match found.as_slice() {
        [] => "nothing found".to_owned(),
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, second, ..] => format!("{first}, {second} and {}", count(summary.notes, "note")),
    };
    format!(
        "{found} in {} ({})",
        count(summary.migrations, "migration"),
        count(summary.statements, "statement")
    )
}

/// The growth of a statement's cost for people.
pub(super) fn growth_words(growth: &Growth) -> String {
    let measured = match (growth.small_rows, growth.small_ms, growth.large_rows, growth.large_ms) {
        (Some(small), Some(small_ms), Some(large), Some(large_ms)) => {
            format!(" ({} at {small} rows, {} at {large} rows)", time(small_ms), time(large_ms))
        }
        _ => String::new(),
    };
    match growth.kind {
        GrowthKind::Constant => format!("its cost does not grow with the rows{measured}"),
        GrowthKind::Grows => match growth.seconds_per_million_rows {
            Some(slope) => format!("grows by {} per million rows{measured}", seconds(slope)),
            None => format!("its cost grows with the rows{measured}"),
        },
        GrowthKind::NotMeasured => {
            let why = growth.why.as_deref().map(one_line).unwrap_or_default();
            if why.is_empty() {
                "growth not measured".to_owned()
            } else {
                format!("growth not measured: {why}")
            }
        }
    }
}

/// A finding's message with its evidence and its fix below, as plain lines, made visible.
pub(super) fn whole_message(finding: &ReportFinding) -> String {
    let mut words = visible(&finding.message);
    for evidence in &finding.evidence {
        let took = evidence.ms.map(|ms| format!(": {}", time(ms))).unwrap_or_default();
        words.push_str(&format!("\n{}: {}{took}", evidence.kind.word(), visible(&evidence.text)));
        for line in &evidence.lines {
            words.push_str(&format!("\n  {}", visible(line)));
        }
    }
    if let Some(fix) = &finding.fix {
        words.push_str(&format!("\nfix: {}", visible(&fix.advice)));
        if let Some(sql) = &fix.sql {
            words.push_str(&format!("\n{}", visible(sql)));
        }
    }
    words
}
