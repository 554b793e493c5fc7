//! From a history and a folder to where each migration stands.

use freehold_migrate::{
    Migration, MigrationKind, Prepared, Squashed,
    history::{History, HistoryRow, Standing as Row},
    plan::{Edited, edited},
};

use super::types::{EditedStatus, MigrationStatus, Standing, StatusCounts, TargetStatus};

/// Where one migration stands: what the folder and the history say of it.
#[derive(Debug)]
pub struct Fact<'a> {
    /// It, where the folder has it.
    pub migration: Option<&'a Migration>,
    /// Its deciding row, where it has one.
    pub row: Option<&'a HistoryRow>,
    /// Where it stands.
    pub standing: Standing,
    /// It is pending although a later one is applied.
    pub late: bool,
    /// How its file was changed after it was applied.
    pub edited: Option<Edited>,
}

/// What is to be said of every migration: those of the folder in its order, then those that are applied without a file.
pub fn facts<'a>(prepared: &'a Prepared, history: &'a History) -> Vec<Fact<'a>> {
    let latest = history.latest();
    let migrations = prepared.migrations();
    let row_of = |migration: &Migration| latest.get(migration.key().as_str()).copied();
    let counts_as_order = |m: &&Migration| m.kind != MigrationKind::Repeatable;
    let is_applied = |m: &Migration| row_of(m).is_some_and(|row| row.standing() == Row::Applied);
    let newest = migrations.iter().rposition(|m| counts_as_order(&m) && is_applied(m));
    let squashed = migrations.iter().any(stands_for_others);
    let mut facts: Vec<Fact<'a>> = Vec::with_capacity(migrations.len());
    for (index, migration) in migrations.iter().enumerate() {
        let row = row_of(migration);
        let edited = row
            .filter(|row| row.standing() == Row::Applied && !stands_for_others(migration))
            .and_then(|row| edited(migration, row));
        let repeatable = migration.kind == MigrationKind::Repeatable;
        let standing = match row.map_or(Row::NotApplied, HistoryRow::standing) {
            // A repeatable one whose text changed is run again.
            Row::Applied if repeatable && edited.is_some() => Standing::Pending,
            Row::Applied => Standing::Applied,
            Row::NotApplied => Standing::Pending,
            Row::HalfApplied => Standing::HalfApplied,
            Row::HalfReverted => Standing::HalfReverted,
        };
        let late =
            standing == Standing::Pending && !repeatable && newest.is_some_and(|newest| index < newest);
        facts.push(Fact {
            migration: Some(migration),
            row,
            standing,
            late,
            edited: edited.filter(|_| !repeatable),
        });
    }
    for row in history.applied() {
        if prepared.index_of(&row.version).is_none() {
            let standing = if squashed { Standing::Squashed } else { Standing::Missing };
            facts.push(Fact { migration: None, row: Some(row), standing, late: false, edited: None });
        }
    }
    facts
}

fn stands_for_others(migration: &Migration) -> bool {
    migration.kind == MigrationKind::Baseline || Squashed::of(&migration.up).is_some()
}

pub(super) fn of_target(target: &str, prepared: &Prepared, history: &History) -> TargetStatus {
    let facts = facts(prepared, history);
    let count = |wanted: &dyn Fn(&Fact<'_>) -> bool| facts.iter().filter(|fact| wanted(fact)).count();
    let half = |fact: &Fact<'_>| matches!(fact.standing, Standing::HalfApplied | Standing::HalfReverted);
    let counts = StatusCounts {
        applied: count(&|fact| fact.row.is_some_and(|row| row.standing() == Row::Applied)),
        pending: count(&|fact| matches!(fact.standing, Standing::Pending | Standing::HalfApplied)),
        edited: count(&|fact| fact.edited.as_ref().is_some_and(Edited::changes_code)),
        missing: count(&|fact| fact.standing == Standing::Missing),
        unfinished: count(&half),
        late: count(&|fact| fact.late),
    };
    TargetStatus {
        target: target.to_owned(),
        trouble: None,
        has_history: history.exists,
        at: history.version().map(|row| row.version.clone()),
        counts,
        migrations: facts.iter().map(shown).collect(),
    }
}

fn shown(fact: &Fact<'_>) -> MigrationStatus {
    let key = fact.migration.map(Migration::key).or_else(|| fact.row.map(|row| row.version.clone()));
    let name = fact.migration.map(|m| m.name.clone()).or_else(|| fact.row.map(|row| row.name.clone()));
    // The row of a migration that was taken back says nothing of what stands.
    let row = fact.row.filter(|row| row.standing() != Row::NotApplied);
    MigrationStatus {
        version: key.unwrap_or_default(),
        name: name.unwrap_or_default(),
        file: fact.migration.map(|migration| crate::report::slashed(&migration.up.file.path)),
        standing: fact.standing,
        late: fact.late,
        edited: fact.edited.as_ref().map(|edited| EditedStatus {
            what: edited.in_words(),
            changes_code: edited.changes_code(),
            diff: edited.diff.clone(),
        }),
        state: row.map(|row| row.state.word().to_owned()),
        applied_at: row.map(|row| row.applied_at.to_string()),
        applied_by: row.map(|row| row.applied_by.clone()),
        duration_ms: row.and_then(|row| row.duration_ms),
        ticket: row.and_then(|row| row.ticket.clone()),
        out_of_order: row.is_some_and(|row| row.out_of_order),
        source: row.and_then(|row| row.source.clone()),
        statement: row.filter(|row| !row.state.is_done()).and_then(|row| row.statement),
        statements: row.filter(|row| !row.state.is_done()).and_then(|row| row.statements),
        error: row.and_then(|row| row.error.clone()),
    }
}
