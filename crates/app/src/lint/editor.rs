//! A project as an editor has it open: what the rules say of one file while it is being typed, the lock of each
//! statement, and the changes that a fix would make.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use freehold_lint::{Found, Remedy};
use freehold_migrate::{Folder, ReadError, ReadOptions, find_migrations_dir, read_with};
use freehold_model::{
    finding::{Finding, Severity},
    lock::Blocks,
    place::{Place, Span},
};

use super::{
    allow::Comments,
    drive::{self, Asked, Depths, Outcome},
    fix::{Changed, FixError, one},
    heard::Heard,
    options::options,
    select::{Flags, Selection},
};
use crate::{
    rules,
    settings::{Settings, SettingsError},
};

/// A folder of migrations in an editor.
#[derive(Debug, Clone)]
pub struct Workspace {
    project_dir: PathBuf,
    migrations_dir: PathBuf,
    format: Option<String>,
    settings: Settings,
}

/// What is to be shown of one file.
#[derive(Debug, Default)]
pub struct Looked {
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
    /// The locks of its statements, in the order of the file.
    pub locks: Vec<LockHint>,
}

/// Something wrong in a file.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The rule's code.
    pub code: &'static str,
    /// The rule's id.
    pub rule: &'static str,
    /// The rule's page, in Markdown.
    pub page: String,
    /// How much it matters.
    pub severity: Severity,
    /// What happens, and what to do.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What a fix would do, as a title; none when there is none.
    pub fix: Option<String>,
}

/// The lock of a statement.
#[derive(Debug, Clone)]
pub struct LockHint {
    /// Where the statement stands.
    pub place: Place,
    /// `ACCESS EXCLUSIVE on users`.
    pub label: String,
    /// What waits, in words, for each relation.
    pub detail: String,
}

/// Why a file belongs to no project.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The settings are wrong.
    #[error("could not read the project's settings")]
    Settings(#[from] Box<SettingsError>),
}

impl Workspace {
    /// The folder of migrations that a file belongs to: that of the nearest `freehold.toml`, the one found below `root`,
    /// or the folder that the file is in.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn around(file: &Path, root: &Path) -> Result<Self, WorkspaceError> {
        let settings = Settings::load(file.parent().unwrap_or(root), &rules::ALL).map_err(Box::new)?;
        let project_dir = settings.folder().unwrap_or(root).to_owned();
        let named = settings.migrations.dir.as_ref().map(|dir| project_dir.join(dir));
        let found = || find_migrations_dir(&project_dir).into_iter().map(|candidate| candidate.dir);
        let holding = named.into_iter().chain(found()).find(|dir| file.starts_with(dir));
        let migrations_dir =
            holding.or_else(|| file.parent().map(Path::to_owned)).unwrap_or_else(|| project_dir.clone());
        let format = settings.migrations.format.clone();
        Ok(Self { project_dir, migrations_dir, format, settings })
    }

    /// The folder of migrations.
    pub fn migrations_dir(&self) -> &Path {
        &self.migrations_dir
    }

    /// What is to be shown of a file, with the texts that are open in place of those on the disk.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn look(&self, file: &Path, open: &BTreeMap<PathBuf, String>) -> Result<Looked, ReadError> {
        let folder = self.read(open)?;
        let outcome = self.walk(&folder, file);
        let mut looked = Looked::default();
        let here = |place: Option<&Place>| place.is_some_and(|place| place.file == file);
        for heard in self.told(&folder, &outcome, file) {
            let remedy = heard.found.and_then(|(_, index)| outcome.linted.found.get(index)?.remedy.as_ref());
            if here(heard.finding.place.as_ref()) {
                looked.problems.extend(problem(&heard.finding, remedy));
            }
        }
        looked.problems.sort_by_key(|problem| problem.place.span.start);
        for locks in &outcome.linted.locks {
            let walked = outcome.walked.get(locks.script);
            let script = walked.and_then(|walked| drive::script(&folder, *walked));
            let Some(place) = script.map(|script| script.place(locks.span)).filter(|p| p.file == file) else {
                continue;
            };
            let strong = locks.locks.iter().filter(|lock| lock.mode.blocks() >= Blocks::Ddl);
            let strong: Vec<_> = strong.collect();
            let Some(strongest) = strong.iter().max_by_key(|lock| lock.mode) else { continue };
            let lines = strong
                .iter()
                .map(|lock| format!("{} on {}: {}", lock.mode, lock.relation, lock.mode.blocks()));
            looked.locks.push(LockHint {
                place,
                label: format!("{} on {}", strongest.mode, strongest.relation),
                detail: lines.collect::<Vec<_>>().join("\n"),
            });
        }
        Ok(looked)
    }

    /// The files that a fix would change: that of the rule `rule` for what it says at `span` of the file. Nothing when
    /// there is none there.
    ///
    /// # Errors
    /// When the folder cannot be read, or the fix cannot be written in its format.
    pub fn fixed(
        &self,
        file: &Path,
        rule: &str,
        span: Span,
        open: &BTreeMap<PathBuf, String>,
    ) -> Result<Vec<Changed>, FixError> {
        let folder = self.read(open).map_err(Box::new)?;
        let outcome = self.walk(&folder, file);
        let meant = |found: &&Found| {
            let place = outcome.finding(&folder, Path::new(""), found).place;
            found.rule.rule.id == rule
                && found.remedy.is_some()
                && place.is_some_and(|place| place.file == file && place.span == span)
        };
        match outcome.linted.found.iter().find(meant) {
            Some(found) => one(&folder, &outcome, found, open),
            None => Ok(Vec::new()),
        }
    }

    fn read(&self, open: &BTreeMap<PathBuf, String>) -> Result<Folder, ReadError> {
        let options = ReadOptions { instead: open.clone(), ..ReadOptions::default() };
        read_with(&self.migrations_dir, self.format.as_deref(), &options)
    }

    fn walk(&self, folder: &Folder, file: &Path) -> Outcome {
        let flags = Flags::default();
        let selection = Selection::new(&self.settings, &flags, false);
        let asked = Asked {
            options: options(&self.settings),
            rule: &|rule| selection.looks(&rule.rule),
            wanted: &|number| is_of(folder, number, file),
            locks: true,
            probes: false,
        };
        drive::walk(folder, &self.project_dir, &asked, &Depths::text())
    }

    /// What is told of what was found: levels and allow comments are as in the program's other faces.
    fn told(&self, folder: &Folder, outcome: &Outcome, file: &Path) -> Vec<Heard> {
        let root = Path::new("");
        let flags = Flags::default();
        let selection = Selection::new(&self.settings, &flags, false);
        let mut heard: Vec<Heard> = outcome.syntax(folder, root).into_iter().map(Heard::from).collect();
        for (index, found) in outcome.linted.found.iter().enumerate() {
            heard.push(Heard {
                finding: outcome.finding(folder, root, found),
                relation: found.relation.clone(),
                found: Some((0, index)),
            });
        }
        let mut comments = Comments::read(folder, root, &|number| is_of(folder, number, file));
        heard = comments.apply(heard);
        heard.extend(comments.remarks(&|rule| selection.looks(rule)).into_iter().map(Heard::from));
        selection.apply(heard)
    }
}

/// True when the file holds a script of the migration.
fn is_of(folder: &Folder, number: usize, file: &Path) -> bool {
    folder.migrations.get(number).is_some_and(|migration| {
        let scripts = [Some(&migration.up), migration.down.as_ref()];
        scripts.into_iter().flatten().any(|script| script.file.path == file)
    })
}

fn problem(finding: &Finding, remedy: Option<&Remedy>) -> Option<Problem> {
    let mut message = finding.message.clone();
    if let Some(fix) = &finding.fix {
        message.push('\n');
        message.push_str(&fix.advice);
    }
    Some(Problem {
        code: finding.rule.code,
        rule: finding.rule.id,
        page: finding.rule.page(),
        severity: finding.severity,
        message,
        place: finding.place.clone()?,
        fix: remedy.map(title),
    })
}

/// What a fix does, as a title.
fn title(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Replace { .. } => "Write it the safe way here".to_owned(),
        Remedy::MoveWithoutTransaction { .. } => {
            "Move it to a migration of its own, outside a transaction".to_owned()
        }
        Remedy::Follow { .. } => "Do it in two steps, the second in a migration that follows".to_owned(),
        Remedy::Preamble(statements) => format!("Begin the script with {}", statements.join("; ")),
        Remedy::Down(_) => "Write the down".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_is_made_of_the_text_that_is_open() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("migrations");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("0001_a.up.sql"), "CREATE TABLE orders (id bigint PRIMARY KEY);\n").unwrap();
        let file = dir.join("0002_b.up.sql");
        std::fs::write(&file, "SELECT 1;\n").unwrap();
        let text = "SELECT 2;\nCREATE INDEX n ON orders (id);\n";
        let open = BTreeMap::from([(file.clone(), text.to_owned())]);
        let workspace = Workspace::around(&file, home.path()).unwrap();
        let looked = workspace.look(&file, &open).unwrap();
        let problem = looked.problems.iter().find(|p| p.rule == "index-built-without-concurrently").unwrap();
        let changed = workspace.fixed(&file, problem.rule, problem.place.span, &open).unwrap();
        let after: Vec<_> = changed.iter().map(|file| file.after.as_deref().unwrap_or("")).collect();
        assert_eq!(after.len(), 2, "{changed:?}");
        assert_eq!(after[0], "SELECT 2;\n");
        assert!(after[1].contains("CREATE INDEX CONCURRENTLY n ON orders (id);"), "{changed:?}");
    }
}
