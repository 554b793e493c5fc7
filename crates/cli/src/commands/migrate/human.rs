//! Events in words for people.

use freehold_app::migrate::events::{EventHolder, EventKind, MigrateEvent};

/// What was done, for standard output: said when it is committed, and not before.
pub(super) fn done(event: &MigrateEvent) -> Option<String> {
    Some(match &event.what {
        EventKind::Applied { migration, took_ms, found_out } => {
            let word = if migration.goes_down() { "taken back" } else { "applied" };
            let how = if *found_out { ", as the history says: the connection was lost" } else { "" };
            format!("{word} {} ({}{how})", migration.label(), milliseconds(*took_ms))
        }
        EventKind::Declared { migration, state } => match (state.as_str(), migration.goes_down()) {
            (_, true) => format!("recorded as not applied: {}", migration.label()),
            ("adopted", _) => format!("adopted {}", migration.label()),
            (_, false) => format!("recorded as applied: {}", migration.label()),
        },
        _ => return None,
    })
}

/// What goes on meanwhile, for standard error.
pub(super) fn remark(event: &MigrateEvent) -> Option<String> {
    Some(match &event.what {
        EventKind::WaitingForMigrator { holder, waited_ms } => {
            let who = holder.as_ref().map_or("a session that cannot be seen", |holder| holder.shown.as_str());
            format!("waiting for another migrator{}: {who}", for_long(*waited_ms))
        }
        EventKind::WaitingForLock { migration, holders, waited_ms } => {
            format!("{} waits for a lock{}: {}", migration.label(), for_long(*waited_ms), list(holders))
        }
        EventKind::Retried { migration, attempt, of, reason, pause_ms, .. } => format!(
            "{} was rolled back and is tried again in {} (attempt {attempt} of {of}): {reason}",
            migration.label(),
            milliseconds(*pause_ms)
        ),
        EventKind::Reconnecting { migration, reason } => {
            let during =
                migration.as_ref().map(|m| format!(" while {} was being run", m.label())).unwrap_or_default();
            format!("the connection was lost{during} ({reason}); connecting again")
        }
        EventKind::Resumed { migration, done, of, reason } => {
            format!("{} goes on after statement {done} of {of}: {reason}", migration.label())
        }
        EventKind::IndexDropped { migration, index } => {
            format!("dropped the invalid index {index} that {} had left", migration.label())
        }
        EventKind::Skipped { migration, reason } => format!("{migration}: {reason}"),
        _ => return None,
    })
}

fn list(holders: &[EventHolder]) -> String {
    holders.iter().map(|holder| holder.shown.as_str()).collect::<Vec<_>>().join("; ")
}

fn for_long(waited_ms: u64) -> String {
    if waited_ms < 1000 { String::new() } else { format!(" since {}", milliseconds(waited_ms)) }
}

/// A time for people: `12 ms`, `3.4 s`, `3 min 20 s`.
pub(super) fn milliseconds(time: u64) -> String {
    match time {
        0..1000 => format!("{time} ms"),
        1000..60_000 => format!("{}.{} s", time / 1000, time % 1000 / 100),
        _ => format!("{} min {} s", time / 60_000, time % 60_000 / 1000),
    }
}

/// `1 migration`, `3 migrations`, `4,000 migrations`.
pub(super) fn count(number: usize, what: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_written_for_people() {
        assert_eq!(count(1, "migration"), "1 migration");
        assert_eq!(count(1_234_567, "migration"), "1,234,567 migrations");
        assert_eq!(count(400, "target"), "400 targets");
        assert_eq!(milliseconds(999), "999 ms");
        assert_eq!(milliseconds(3_450), "3.4 s");
        assert_eq!(milliseconds(200_000), "3 min 20 s");
    }
}
