//! The status of one target: a line for each migration.

use freehold_app::{
    migrate::status::{MigrationStatus, Standing, Status, TargetStatus},
    render::{one_line, visible},
};

use crate::commands::migrate::human;

/// So many of the last applied migrations are listed unless all are asked for.
const LISTED: usize = 10;

/// The text, ended by a newline.
pub(super) fn text(status: &Status, target: &TargetStatus, verbose: bool) -> String {
    let plain = target.migrations.iter().filter(|m| m.is_plain()).count();
    let hidden = if verbose { 0 } else { plain.saturating_sub(LISTED) };
    let width = target.migrations.iter().map(|m| one_line(&m.label()).chars().count()).max();
    let width = width.unwrap_or(0).min(60);
    let mut text = String::new();
    let mut passed = 0;
    if hidden > 0 {
        text.push_str(&format!("{:<14}{}\n", "applied", earlier(hidden)));
    }
    for migration in &target.migrations {
        if migration.is_plain() && passed < hidden {
            passed += 1;
            continue;
        }
        push_line(&mut text, migration, width);
    }
    for file in &status.skipped {
        text.push_str(&format!("{:<14}{}\n", "not SQL", one_line(file)));
    }
    text.push_str(&format!("\n{}\n", one_line(&summary(target))));
    text
}

fn earlier(hidden: usize) -> String {
    format!("{} earlier (-v lists them)", human::count(hidden, "migration"))
}

fn push_line(text: &mut String, migration: &MigrationStatus, width: usize) {
    let word = match (migration.standing, migration.late) {
        (Standing::Pending, true) => "pending, late",
        (standing, _) => standing.word(),
    };
    let label = one_line(&migration.label());
    let line = format!("{word:<14}{label:<width$}  {}", one_line(&details(migration)));
    text.push_str(line.trim_end());
    text.push('\n');
    if let Some(edited) = &migration.edited {
        text.push_str(&format!("{:<14}{}\n", "", one_line(&edited.what)));
        for line in edited.diff.iter().filter(|_| edited.changes_code).flat_map(|diff| diff.lines()) {
            text.push_str(&format!("{:<16}{}\n", "", visible(line).trim_end()));
        }
    }
    if let Some(error) = migration.error.as_deref().filter(|_| is_half(migration)) {
        text.push_str(&format!("{:<14}{}\n", "", one_line(error)));
    }
}

fn is_half(migration: &MigrationStatus) -> bool {
    matches!(migration.standing, Standing::HalfApplied | Standing::HalfReverted)
}

fn details(migration: &MigrationStatus) -> String {
    let mut parts = Vec::new();
    if let Some(at) = &migration.applied_at {
        parts.push(minute(at));
    }
    if let Some(by) = &migration.applied_by {
        parts.push(format!("by {by}"));
    }
    if let Some(took) = migration.duration_ms.and_then(|ms| u64::try_from(ms).ok()) {
        parts.push(human::milliseconds(took));
    }
    parts.extend(migration.ticket.clone());
    match (migration.state.as_deref(), &migration.source) {
        (Some("adopted"), Some(tool)) => parts.push(format!("adopted from {tool}")),
        (Some(state @ ("forced" | "baseline" | "adopted")), _) => parts.push(state.to_owned()),
        _ => {}
    }
    if migration.out_of_order {
        parts.push("out of order".to_owned());
    }
    if is_half(migration) {
        let done = migration.statement.unwrap_or(0);
        let of = migration.statements.map(|of| format!(" of {of}")).unwrap_or_default();
        let word =
            if migration.state.as_deref() == Some("running") { "stopped or running" } else { "failed" };
        parts.push(format!("{word} after statement {done}{of}"));
    }
    parts.join(", ")
}

/// `2026-11-21 10:34:11Z` of a time in RFC 3339.
fn minute(time: &str) -> String {
    let second = time.get(..19).unwrap_or(time);
    format!("{}Z", second.trim_end_matches('Z').replace('T', " "))
}

fn summary(target: &TargetStatus) -> String {
    let counts = target.counts;
    let at = match &target.at {
        Some(version) => format!("{} is at {version}", target.target),
        None if target.has_history => format!("nothing is applied to {}", target.target),
        None => format!("{} has no history yet", target.target),
    };
    let mut parts = vec![format!("{} applied", counts.applied), format!("{} pending", counts.pending)];
    let more = [
        (counts.late, "late"),
        (counts.edited, "edited after being applied"),
        (counts.missing, "applied without a file"),
        (counts.unfinished, "stopped in the middle"),
    ];
    parts.extend(more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    format!("{at}: {}", parts.join(", "))
}
