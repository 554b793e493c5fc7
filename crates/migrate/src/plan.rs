//! From a folder, a history and a command to what is to be run: no I/O, so that a plan can be shown before it is done.

mod edited;
mod refusal;
mod up;

use std::collections::HashMap;

pub use edited::{Edited, edited};
pub use refusal::Refusal;

use crate::command::{Allow, Command, TakenOver};
use crate::event::StepName;
use crate::folder::{Migration, MigrationKind};
use crate::history::{Direction, History, HistoryRow, Standing, State};
use crate::prepared::Prepared;

/// What is to be done with a target, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Scripts to run.
    pub steps: Vec<PlanStep>,
    /// Rows to write without running anything.
    pub marks: Vec<Mark>,
    /// What is left alone, and why: the migration, and the reason.
    pub skipped: Vec<(String, String)>,
    /// True when the target holds no table or view of anybody: nothing can be lost there.
    pub untouched: bool,
}

/// One script to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    /// The index of the migration in the folder.
    pub migration: usize,
    /// Which of its scripts.
    pub direction: Direction,
    /// The row of an earlier run that stopped in the middle of this script.
    pub resumes: Option<Unfinished>,
    /// True when a later migration is applied already.
    pub out_of_order: bool,
}

/// A script outside a transaction that stopped in the middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The number of its row.
    pub row: i64,
    /// How many statements are known to have taken effect.
    pub done: usize,
    /// What was noted before the statement that was in flight.
    pub progress: Option<serde_json::Value>,
    /// True when the statement after those failed with an error, false when the run was killed.
    pub failed: bool,
    /// The text that was being run, where it was kept.
    pub was: Option<String>,
    /// The checksum of that text.
    pub checksum: String,
}

/// One row to write without running anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The migration's key.
    pub version: String,
    /// The migration's name.
    pub name: String,
    /// The checksum of its up script.
    pub checksum: String,
    /// Its index in the folder, where it is there.
    pub migration: Option<usize>,
    /// Whether it is declared applied or taken back.
    pub direction: Direction,
    /// Why it is declared.
    pub state: State,
    /// When it was applied, where another tool told it.
    pub applied_at: Option<jiff::Timestamp>,
    /// That tool.
    pub source: Option<&'static str>,
}

impl PlanStep {
    /// Its name in events.
    pub fn name(&self, prepared: &Prepared) -> StepName {
        let migration = prepared.migrations().get(self.migration);
        StepName {
            version: migration.map(Migration::key).unwrap_or_default(),
            name: migration.map(|m| m.name.clone()).unwrap_or_default(),
            direction: self.direction,
        }
    }
}

/// Makes the plan.
///
/// # Errors
/// When the history and the folder do not fit together, or the command cannot be carried out on them.
pub fn plan(
    prepared: &Prepared,
    history: &History,
    command: &Command,
    allow: Allow,
) -> Result<Plan, Box<Refusal>> {
    let planner = Planner { prepared, history, allow, latest: history.latest() };
    let made = match command {
        Command::Up { count } => planner.up(*count, None),
        Command::Down { count } => planner.down(*count),
        Command::Goto { version } => planner.goto(version),
        Command::Redo => planner.redo(),
        Command::Force { version } => planner.force(version),
        Command::Baseline { version } => planner.baseline(version),
        Command::Adopt { entries } => planner.adopt(entries),
    };
    made.map(|plan| Plan { untouched: history.untouched, ..plan })
}

struct Planner<'p> {
    prepared: &'p Prepared,
    history: &'p History,
    allow: Allow,
    latest: HashMap<&'p str, &'p HistoryRow>,
}

impl Planner<'_> {
    fn standing(&self, migration: &Migration) -> Standing {
        self.latest.get(migration.key().as_str()).map_or(Standing::NotApplied, |row| row.standing())
    }

    fn migration(&self, index: usize) -> Option<&Migration> {
        self.prepared.migrations().get(index)
    }

    /// The index of the version that a person wrote: as it is recorded, or as it stands in the file's name.
    fn named(&self, version: &str) -> Result<usize, Box<Refusal>> {
        let migrations = self.prepared.migrations();
        let exact =
            migrations.iter().position(|m| m.version == version && m.kind != MigrationKind::Repeatable);
        let number = version.trim_start_matches('0');
        let loosely = || {
            let mut found = migrations.iter().enumerate().filter(|(_, m)| {
                (!number.is_empty() && m.version.trim_start_matches('0') == number)
                    || (!m.name.is_empty() && (m.name == version || m.label() == version))
            });
            let first = found.next().map(|(index, _)| index);
            if found.next().is_some() { None } else { first }
        };
        exact.or_else(loosely).ok_or_else(|| {
            let known = migrations.iter().map(|m| m.version.clone()).filter(|v| !v.is_empty()).collect();
            Box::new(Refusal::NoSuchVersion { version: version.to_owned(), known })
        })
    }

    /// Takes back the last so many, the last applied first.
    fn down(&self, count: Option<usize>) -> Result<Plan, Box<Refusal>> {
        let applied: Vec<&HistoryRow> = self.versions_applied().collect();
        let count = count.unwrap_or(applied.len());
        self.take_back(applied.into_iter().take(count))
    }

    /// What can be taken back, the last applied first.
    fn versions_applied(&self) -> impl Iterator<Item = &HistoryRow> {
        self.history.applied().into_iter().rev().filter(|row| !row.is_repeatable())
    }

    fn take_back<'h>(&self, rows: impl Iterator<Item = &'h HistoryRow>) -> Result<Plan, Box<Refusal>> {
        if let Some(row) = self.history.unfinished().filter(|row| row.direction == Direction::Up) {
            return Err(Box::new(Refusal::HalfApplied { label: row.label(), error: row.error.clone() }));
        }
        let mut plan = Plan::default();
        for row in rows {
            let Some(index) = self.prepared.index_of(&row.version) else {
                return Err(Box::new(Refusal::FileGone { label: row.label() }));
            };
            let Some(migration) = self.migration(index) else { continue };
            if migration.down.is_none() {
                return Err(Box::new(Refusal::NoDown {
                    label: migration.label(),
                    file: migration.up.file.path.clone(),
                }));
            }
            let resumes = (row.standing() == Standing::HalfReverted).then(|| Unfinished::of(row));
            if resumes.is_none() {
                self.refuse_edited(migration, row)?;
            }
            plan.steps.push(PlanStep {
                migration: index,
                direction: Direction::Down,
                resumes,
                out_of_order: false,
            });
        }
        Ok(plan)
    }

    fn goto(&self, version: &str) -> Result<Plan, Box<Refusal>> {
        let index = self.named(version)?;
        let Some(migration) = self.migration(index) else { return Ok(Plan::default()) };
        if self.standing(migration) == Standing::NotApplied
            || self.standing(migration) == Standing::HalfApplied
        {
            return self.up(None, Some(index));
        }
        if let Some(row) = self.latest.get(migration.key().as_str())
            && row.standing() == Standing::HalfReverted
        {
            return Err(Box::new(Refusal::HalfReverted { label: row.label(), error: row.error.clone() }));
        }
        let key = migration.key();
        let after = self.versions_applied().take_while(|row| row.version != key);
        self.take_back(after.collect::<Vec<_>>().into_iter())
    }

    fn redo(&self) -> Result<Plan, Box<Refusal>> {
        let mut plan = self.down(Some(1))?;
        match plan.steps.first().map(|step| step.migration) {
            Some(migration) => {
                plan.steps.push(PlanStep {
                    migration,
                    direction: Direction::Up,
                    resumes: None,
                    out_of_order: false,
                });
                Ok(plan)
            }
            None => Err(Box::new(Refusal::NothingApplied)),
        }
    }

    fn mark(&self, index: usize, direction: Direction, state: State) -> Option<Mark> {
        let migration = self.migration(index)?;
        Some(Mark {
            version: migration.key(),
            name: migration.name.clone(),
            checksum: migration.up.checksum.clone(),
            migration: Some(index),
            direction,
            state,
            applied_at: None,
            source: None,
        })
    }

    /// Declares: everything up to the version applied, everything after it not.
    fn force(&self, version: &str) -> Result<Plan, Box<Refusal>> {
        let last = self.named(version)?;
        let mut plan = Plan::default();
        for (index, migration) in self.prepared.migrations().iter().enumerate() {
            if migration.kind == MigrationKind::Repeatable {
                continue;
            }
            let direction = if index <= last { Direction::Up } else { Direction::Down };
            let wanted = if index <= last { Standing::Applied } else { Standing::NotApplied };
            let standing = self.standing(migration);
            let same_script = self
                .latest
                .get(migration.key().as_str())
                .is_some_and(|row| row.checksum == migration.up.checksum || row.checksum.is_empty());
            // An edited script is declared anew: force is how one says that the edit is in the database.
            if standing == wanted && (wanted == Standing::NotApplied || same_script) {
                continue;
            }
            plan.marks.extend(self.mark(index, direction, State::Forced));
        }
        for row in self.history.applied() {
            if self.prepared.index_of(&row.version).is_none() && row.standing() == Standing::HalfReverted {
                return Err(Box::new(Refusal::FileGone { label: row.label() }));
            }
        }
        Ok(plan)
    }

    fn baseline(&self, version: &str) -> Result<Plan, Box<Refusal>> {
        let last = self.named(version)?;
        if let Some(row) = self.history.rows.last() {
            return Err(Box::new(Refusal::HistoryNotEmpty { label: row.label() }));
        }
        let indices = (0..=last)
            .filter(|index| self.migration(*index).is_some_and(|m| m.kind != MigrationKind::Repeatable));
        let marks = indices.filter_map(|index| self.mark(index, Direction::Up, State::Baseline)).collect();
        Ok(Plan { marks, ..Plan::default() })
    }

    /// Takes over what is not in the history yet.
    fn adopt(&self, entries: &[TakenOver]) -> Result<Plan, Box<Refusal>> {
        let mut plan = Plan::default();
        for entry in entries {
            let index = self
                .named(&entry.version)
                .or_else(|refusal| self.prepared.index_of(&entry.version).ok_or(refusal))?;
            let Some(migration) = self.migration(index) else { continue };
            if self.standing(migration) == Standing::Applied {
                continue;
            }
            if let Some(mut mark) = self.mark(index, Direction::Up, State::Adopted) {
                mark.applied_at = entry.applied_at;
                mark.source = Some(entry.tool);
                plan.marks.push(mark);
            }
        }
        Ok(plan)
    }

    fn refuse_edited(&self, migration: &Migration, row: &HistoryRow) -> Result<(), Box<Refusal>> {
        match edited(migration, row) {
            Some(edited) if edited.changes_code() => Err(Box::new(Refusal::Edited(edited))),
            _ => Ok(()),
        }
    }
}

impl Unfinished {
    pub(crate) fn of(row: &HistoryRow) -> Self {
        Self {
            row: row.id,
            done: row.statement.and_then(|done| usize::try_from(done).ok()).unwrap_or(0),
            progress: row.progress.clone(),
            failed: row.state == State::Failed,
            was: row.script.clone(),
            checksum: row.checksum.clone(),
        }
    }
}
