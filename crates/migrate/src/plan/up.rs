//! What is pending, and whether it may be applied.

use std::collections::HashSet;

use super::{Plan, PlanStep, Planner, Refusal, Unfinished, edited};
use crate::folder::{Migration, MigrationKind};
use crate::history::{Direction, HistoryRow, Standing};
use crate::squash::Squashed;

impl Planner<'_> {
    /// What is pending: at most `count` migrations, and none after `last`.
    pub(super) fn up(&self, count: Option<usize>, last: Option<usize>) -> Result<Plan, Box<Refusal>> {
        if let Some(row) = self.history.unfinished().filter(|row| row.direction == Direction::Down) {
            return Err(Box::new(Refusal::HalfReverted { label: row.label(), error: row.error.clone() }));
        }
        self.refuse_what_does_not_fit()?;
        let mut plan = Plan::default();
        let migrations = self.prepared.migrations();
        let newest = migrations
            .iter()
            .rposition(|m| m.kind != MigrationKind::Repeatable && self.standing(m) == Standing::Applied);
        let wanted = last.map_or(migrations.len(), |last| last + 1);
        for (index, migration) in migrations.iter().enumerate().take(wanted) {
            let step = self.pending(index, migration, newest, &mut plan)?;
            plan.steps.extend(step);
        }
        // A script that stopped in the middle comes first, whatever its place.
        plan.steps.sort_by_key(|step| step.resumes.is_none());
        if let Some(count) = count {
            plan.steps.truncate(count);
        }
        self.refuse_code(&plan)?;
        Ok(plan)
    }

    fn pending(
        &self,
        index: usize,
        migration: &Migration,
        newest: Option<usize>,
        plan: &mut Plan,
    ) -> Result<Option<PlanStep>, Box<Refusal>> {
        let step = |resumes, out_of_order| {
            Some(PlanStep { migration: index, direction: Direction::Up, resumes, out_of_order })
        };
        let row = self.latest.get(migration.key().as_str());
        let standing = self.standing(migration);
        Ok(match (migration.kind, standing) {
            (MigrationKind::WholeSchema, _) => {
                return Err(Box::new(Refusal::WholeSchema { file: migration.up.file.path.clone() }));
            }
            (_, Standing::HalfApplied) => step(row.map(|row| Unfinished::of(row)), false),
            (MigrationKind::Repeatable, Standing::Applied)
                if row.is_none_or(|row| row.checksum == migration.up.checksum) =>
            {
                None
            }
            (MigrationKind::Repeatable, _) => step(None, false),
            (_, Standing::Applied | Standing::HalfReverted) => {
                if let Some(edited) = row.and_then(|row| edited(migration, row))
                    && !stands_for_others(migration)
                {
                    if edited.changes_code() {
                        return Err(Box::new(Refusal::Edited(edited)));
                    }
                    plan.skipped.push((migration.label(), edited.in_words()));
                }
                None
            }
            (_, Standing::NotApplied) if stands_for_others(migration) && self.anything_applied() => {
                return Err(Box::new(Refusal::BehindBaseline { label: migration.label() }));
            }
            (_, Standing::NotApplied) => match newest.filter(|newest| index < *newest) {
                Some(newest) if !self.allow.out_of_order => {
                    let after = self.migration(newest).map(Migration::label).unwrap_or_default();
                    return Err(Box::new(Refusal::OutOfOrder {
                        label: migration.label(),
                        file: migration.up.file.path.clone(),
                        after,
                    }));
                }
                late => step(None, late.is_some()),
            },
        })
    }

    fn anything_applied(&self) -> bool {
        !self.history.applied().is_empty()
    }

    /// Applied migrations whose files are gone, unless a script in the folder stands for them.
    fn refuse_what_does_not_fit(&self) -> Result<(), Box<Refusal>> {
        let keys: HashSet<String> = self.prepared.migrations().iter().map(Migration::key).collect();
        if let Some(half) = self.history.unfinished().filter(|row| !keys.contains(&row.version))
            && !self.allow.missing
        {
            // Nothing stands for a part of a migration.
            return Err(Box::new(Refusal::FilesGone { labels: vec![half.label()] }));
        }
        let mut gone = self.history.applied();
        gone.retain(|row| !keys.contains(&row.version));
        if let Some(stand_in) = self.prepared.migrations().iter().find(|m| stands_for_others(m)) {
            let all = gone.len();
            let reached = self.latest.get(stand_in.key().as_str());
            gone.retain(|row| !is_stood_for(row, stand_in, reached.map(|reached| reached.id)));
            if let (Some(squashed), Some(reached)) = (Squashed::of(&stand_in.up), reached) {
                // The last of them has the version of the stand-in itself; the others are gone.
                let here = all - gone.len() + 1;
                if reached.checksum != stand_in.up.checksum && here < squashed.count {
                    return Err(Box::new(Refusal::BehindBaseline { label: stand_in.label() }));
                }
            }
        }
        if gone.is_empty() || self.allow.missing {
            return Ok(());
        }
        Err(Box::new(Refusal::FilesGone { labels: gone.iter().map(|row| row.label()).collect() }))
    }

    /// Migrations that are no SQL and come before a pending one, without any sign that somebody has applied them.
    fn refuse_code(&self, plan: &Plan) -> Result<(), Box<Refusal>> {
        if self.allow.code {
            return Ok(());
        }
        let number = |name: &str| {
            let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u128>().ok()
        };
        let applied: Vec<u128> =
            self.history.applied().iter().filter_map(|row| number(&row.version)).collect();
        let pending: Vec<u128> = plan
            .steps
            .iter()
            .filter_map(|step| self.migration(step.migration))
            .filter_map(|migration| number(&migration.version))
            .collect();
        let skipped = &self.prepared.folder().skipped;
        let code = skipped.iter().filter(|s| s.path.extension().is_some_and(|e| e != "sql"));
        let files: Vec<_> = code
            .filter(|skipped| {
                let name = skipped.path.file_name().map(|n| n.to_string_lossy().into_owned());
                name.and_then(|name| number(&name)).is_some_and(|own| {
                    pending.iter().any(|pending| *pending > own)
                        && !applied.iter().any(|applied| *applied >= own)
                })
            })
            .map(|skipped| skipped.path.clone())
            .collect();
        if files.is_empty() { Ok(()) } else { Err(Box::new(Refusal::CodeMigrations { files })) }
    }
}

/// A script that stands for all before it: a baseline, or what a squash wrote.
fn stands_for_others(migration: &Migration) -> bool {
    migration.kind == MigrationKind::Baseline || Squashed::of(&migration.up).is_some()
}

/// True when a row is of a migration that the stand-in stands for: applied before its version was, or, if it was applied
/// late, with a version before that one.
fn is_stood_for(row: &HistoryRow, stand_in: &Migration, reached: Option<i64>) -> bool {
    let applied_before = reached.is_none_or(|reached| row.id < reached);
    let numbers = |version: &str| -> Vec<u128> {
        version.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
    };
    let (own, last) = (numbers(&row.version), numbers(&stand_in.version));
    applied_before || (!own.is_empty() && own < last)
}
