//! `--fix` and `--diff`: the remedies of rules put into a copy of the folder, round by round until none is left, then
//! rehearsed; only then do files change.

mod copy;
mod edit;
mod place;
mod rehearse;
mod run;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use freehold_lint::{Direction, Found, Remedy};
use freehold_migrate::{ComposeError, ComposeOptions, Folder, Migration, ReadError, Scripts, compose};

use super::{LintError, drive::Outcome};
pub use copy::Changed;
use copy::Copy;
use rehearse::{Rehearsed, rehearse};
pub use run::{Fixed, SchemaAfter, run};

/// How many rounds are made before it is said that there is no end.
const ROUNDS: usize = 12;

/// Why nothing was mended.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// It is not said which migrations may be changed.
    #[error("the folder has {migrations} migrations, and those that were applied must not be edited")]
    NoScope {
        /// How many there are.
        migrations: usize,
    },
    /// Only folders of migrations can be mended.
    #[error("only a folder of migrations can be mended")]
    NoFolder,
    /// What is to be linted cannot be read.
    #[error(transparent)]
    Lint(#[from] Box<LintError>),
    /// The folder, or its copy, cannot be read as migrations.
    #[error("could not read the migrations")]
    Read(#[from] Box<ReadError>),
    /// A file cannot be read or written.
    #[error("could not {doing} {}", .path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A new migration cannot be written in this format.
    #[error("could not write the migration that a fix needs")]
    Compose(#[from] Box<ComposeError>),
    /// The remedies answer each other for ever.
    #[error("the fixes did not come to an end after {ROUNDS} rounds")]
    NoEnd,
    /// The rehearsal of the changed folder could not be made.
    #[error("could not rehearse the changed folder")]
    Rehearsal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A down of the changed folder does not undo its up, although the one before did.
    #[error("after the change the down of {label} would not undo its up, so nothing was changed: {why}")]
    DownBroken {
        /// The migration.
        label: String,
        /// What the server said, or what is left.
        why: String,
    },
    /// The changed folder does not run although the one before did.
    #[error("the changed folder is refused by the server, so nothing was changed: {why}")]
    Refused {
        /// Which migration, and what the server said.
        why: String,
    },
}

/// A folder with all remedies in it, not yet written back.
pub(crate) struct Mended {
    copy: Copy,
    /// What was changed, a sentence each.
    pub(crate) changes: Vec<String>,
    /// What could not be, a sentence each.
    pub(crate) left: Vec<String>,
}

impl Mended {
    /// The folder with the changes.
    pub(crate) fn dir(&self) -> &Path {
        self.copy.dir()
    }

    /// Files that differ, by their place in the folder.
    pub(crate) fn changed(&self) -> Result<Vec<Changed>, FixError> {
        self.copy.changed()
    }

    /// Puts the changes into the folder that was given.
    pub(crate) fn write_back(&self) -> Result<Vec<Changed>, FixError> {
        self.copy.write_back()
    }
}

/// Asks the rules about a folder, for the migrations whose numbers are wanted.
type Lint<'a> = dyn Fn(&Folder, &(dyn Fn(usize) -> bool + Sync)) -> Outcome + 'a;

/// Puts the remedies of the rules into a copy of the folder, for the migrations for which `wanted` says yes (by
/// [`Migration::key`]), and for those that the remedies add.
pub(crate) fn mend(
    folder: &Folder,
    wanted: &dyn Fn(&Migration) -> bool,
    lint: &Lint<'_>,
) -> Result<Mended, FixError> {
    let copy = Copy::of(&folder.dir)?;
    let format = folder.format.name();
    let old: BTreeSet<String> = folder.migrations.iter().map(Migration::key).collect();
    let unwanted: BTreeSet<String> =
        folder.migrations.iter().filter(|migration| !wanted(migration)).map(Migration::key).collect();
    let mut mended = Mended { copy, changes: Vec::new(), left: Vec::new() };
    let mut refused: BTreeSet<(String, &'static str)> = BTreeSet::new();
    for _ in 0..ROUNDS {
        let now = freehold_migrate::read(mended.dir(), Some(format)).map_err(Box::new)?;
        let wanted: Vec<bool> = now.migrations.iter().map(|m| !unwanted.contains(&m.key())).collect();
        let outcome = lint(&now, &|number| wanted.get(number).copied().unwrap_or(false));
        let Some(round) = Round::first(&now, &outcome, &refused) else { return Ok(mended) };
        match round.apply(&now, mended.dir()) {
            Ok(changes) => mended.changes.extend(changes),
            Err(FixError::Compose(error)) => {
                // This format cannot say it: the others are still worth mending.
                let rule = round.remedies.first().map_or("", |(found, _)| found.rule.rule.id);
                mended.left.push(format!("{}: {rule} stays: {error}", round.migration.label()));
                refused.insert((round.migration.key(), rule));
            }
            Err(error) => return Err(error),
        }
        debug_assert!(old.len() <= now.migrations.len(), "no migration goes");
    }
    Err(FixError::NoEnd)
}

/// What the remedy of one finding changes, with the texts that an editor has open in place of the files.
pub(crate) fn one(
    folder: &Folder,
    outcome: &Outcome,
    found: &Found,
    open: &BTreeMap<PathBuf, String>,
) -> Result<Vec<Changed>, FixError> {
    let copy = Copy::of(&folder.dir)?;
    for (path, text) in open {
        let Ok(place) = path.strip_prefix(&folder.dir) else { continue };
        let path = copy.dir().join(place);
        if path.is_file() {
            std::fs::write(&path, text).map_err(|source| FixError::File { doing: "write", path, source })?;
        }
    }
    let walked = found.script.and_then(|id| outcome.walked.get(id)).copied();
    let now = freehold_migrate::read(copy.dir(), Some(folder.format.name())).map_err(Box::new)?;
    let migration = walked.and_then(|walked| now.migrations.get(walked.migration));
    let (Some(walked), Some(migration)) = (walked, migration) else { return Ok(Vec::new()) };
    let round = Round { number: walked.migration, migration, remedies: vec![(found, walked.direction)] };
    round.apply(&now, copy.dir())?;
    let mut changed = copy.changed()?;
    for file in &mut changed {
        if let Some(text) = open.get(&folder.dir.join(&file.place)) {
            file.before = Some(text.clone());
        }
    }
    changed.retain(|file| file.before != file.after);
    Ok(changed)
}

/// The remedies of one migration: those inside its files all at once, else one that needs another migration.
struct Round<'a> {
    number: usize,
    migration: &'a Migration,
    remedies: Vec<(&'a Found, Direction)>,
}

impl<'a> Round<'a> {
    fn first(
        folder: &'a Folder,
        outcome: &'a Outcome,
        refused: &BTreeSet<(String, &'static str)>,
    ) -> Option<Self> {
        let mut by_migration: BTreeMap<usize, Vec<(&Found, Direction)>> = BTreeMap::new();
        for found in &outcome.linted.found {
            let walked = found.script.and_then(|id| outcome.walked.get(id));
            let (Some(walked), Some(remedy)) = (walked, &found.remedy) else { continue };
            let migration = folder.migrations.get(walked.migration)?;
            let open = !refused.contains(&(migration.key(), found.rule.rule.id));
            let elsewhere = !matches!(remedy, Remedy::Replace { .. } | Remedy::Preamble(_));
            // A down has no migration after it.
            if open && !(elsewhere && walked.direction == Direction::Down) {
                by_migration.entry(walked.migration).or_default().push((found, walked.direction));
            }
        }
        let (number, mut remedies) = by_migration.into_iter().next()?;
        let inside = |(found, _): &(&Found, Direction)| {
            matches!(found.remedy, Some(Remedy::Replace { .. } | Remedy::Preamble(_)))
        };
        if remedies.iter().any(inside) {
            remedies.retain(inside);
        } else {
            remedies.truncate(1);
        }
        Some(Self { number, migration: folder.migrations.get(number)?, remedies })
    }

    /// Changes the files below `dir`; what was done, a sentence each.
    fn apply(&self, folder: &Folder, dir: &Path) -> Result<Vec<String>, FixError> {
        let label = self.migration.label();
        let mut inside = edit::Edits::default();
        for (found, direction) in &self.remedies {
            let script = match direction {
                Direction::Up => &self.migration.up,
                Direction::Down => match &self.migration.down {
                    Some(down) => down,
                    None => continue,
                },
            };
            match &found.remedy {
                Some(Remedy::Replace { span, with }) => inside.replace(script, *span, with),
                Some(Remedy::Preamble(statements)) => inside.preamble(script, statements),
                Some(Remedy::MoveWithoutTransaction { keep, statements, undo, name }) => {
                    let parts = Parts { statements, undo, name, without_transaction: true };
                    self.elsewhere(folder, dir, found, keep.as_deref(), &parts)?;
                }
                Some(Remedy::Follow { keep, statements, undo, name }) => {
                    let parts = Parts { statements, undo, name, without_transaction: false };
                    self.elsewhere(folder, dir, found, Some(keep), &parts)?;
                }
                Some(Remedy::Down(statements)) => place::with_down(folder, self.number, statements)?,
                None => {}
            }
        }
        inside.write()?;
        let done = |(found, _): &(&Found, Direction)| format!("{label}: {}", found.rule.rule.id);
        Ok(self.remedies.iter().map(done).collect())
    }

    /// The statement goes, or stays in another form, and a migration of its own does the rest.
    fn elsewhere(
        &self,
        folder: &Folder,
        dir: &Path,
        found: &Found,
        keep: Option<&str>,
        parts: &Parts<'_>,
    ) -> Result<(), FixError> {
        let script = &self.migration.up;
        let statements = place::fitting(folder.format.name(), parts);
        if keep.is_none() && edit::is_only_statement(script, found.span) && parts.without_transaction {
            return place::in_place(folder, self.number, found.span, &statements, parts.undo);
        }
        let down = self.migration.down.is_some();
        let options = ComposeOptions {
            no_transaction: parts.without_transaction && place::needs_mark(folder.format.name()),
            down: Some(down),
            scripts: Some(Scripts { up: lines(&statements), down: lines(parts.undo) }),
            ..ComposeOptions::at(jiff::Timestamp::now())
        };
        // First what can be refused; the statement is taken out when its new place is there.
        compose(dir, Some(folder.format.name()), &place::file_name(parts.name), &options)
            .map_err(Box::new)?;
        let mut edits = edit::Edits::default();
        match keep {
            Some(keep) => edits.replace(script, found.span, keep),
            None => edits.remove(script, found.span),
        }
        if let Some(down) = &self.migration.down {
            edit::follow_in_down(&mut edits, down, parts.statements, parts.undo);
        }
        edits.write()
    }
}

/// What a migration of its own holds.
struct Parts<'a> {
    statements: &'a [String],
    undo: &'a [String],
    name: &'a str,
    without_transaction: bool,
}

/// Statements, each on lines of its own with its semicolon.
fn lines(statements: &[String]) -> String {
    statements.iter().map(|statement| format!("{};\n", statement.trim_end_matches(';'))).collect()
}
