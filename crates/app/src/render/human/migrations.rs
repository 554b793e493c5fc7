//! What was observed of each migration, line by line, for `-v`.

use std::fmt::Write as _;

use super::{BOLD, DIM, RED, YELLOW};
use crate::{
    render::{
        one_line,
        visible::shortened,
        words::{growth_words, time, title},
    },
    report::{LockBlocks, Report, ReportMigration, ReportStatement, VerdictWord},
};

/// Appends one block per migration.
pub(super) fn write(report: &Report, text: &mut String) {
    for migration in &report.migrations {
        one(migration, text);
    }
    if !report.migrations.is_empty() {
        text.push('\n');
    }
}

fn one(migration: &ReportMigration, text: &mut String) {
    let applied = if migration.applied { "" } else { ", not applied" };
    let down = migration.down_ms.map(|ms| format!(", down {}", time(ms))).unwrap_or_default();
    let reversible = match migration.reversible {
        VerdictWord::Proven => "reversible: proven",
        VerdictWord::Refuted => "reversible: refuted",
        VerdictWord::NothingToProve => "reversible: nothing to prove",
        VerdictWord::Undecided => "reversible: undecided",
    };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{BOLD}{}{BOLD:#} {DIM}up {}{down}, {}, {reversible}{applied}{DIM:#}",
        title(migration),
        time(migration.up_ms),
        migration.transaction.words(),
    );
    for line in &migration.statements {
        statement(line, "", text);
    }
    for line in &migration.down_statements {
        statement(line, "down ", text);
    }
    for difference in &migration.differences {
        let _ = writeln!(text, "        {}: {}", difference.after.words(), one_line(&difference.line));
    }
}

fn statement(statement: &ReportStatement, direction: &str, text: &mut String) {
    let place = format!("{direction}{}:{}", statement.line, statement.column);
    let headline = shortened(&one_line(&statement.headline), 90);
    let _ = writeln!(text, "  {place:>9}  {headline}  {DIM}{}{DIM:#}", time(statement.ms));
    for lock in &statement.locks {
        let style = match lock.blocks {
            LockBlocks::ReadsAndWrites => RED,
            LockBlocks::Writes => YELLOW,
            LockBlocks::Ddl | LockBlocks::Nothing => DIM,
        };
        let waited = lock.waited_for.as_deref().map(|w| format!(", after waiting for {}", one_line(w)));
        let _ = writeln!(
            text,
            "             {style}{}{style:#} on {} for {}: blocks {}{}",
            one_line(&lock.mode),
            one_line(&lock.relation),
            time(lock.held_ms),
            lock.blocks.words(),
            waited.unwrap_or_default()
        );
    }
    for relation in &statement.rewrites {
        let _ = writeln!(text, "             rewrites {}", one_line(relation));
    }
    for relation in &statement.scans {
        let _ = writeln!(text, "             scans {}", one_line(relation));
    }
    for build in &statement.index_builds {
        let _ = writeln!(
            text,
            "             builds index {} on {}",
            one_line(&build.index),
            one_line(&build.relation)
        );
    }
    if let Some(growth) = &statement.growth {
        let _ = writeln!(text, "             {}", growth_words(growth));
    }
}
