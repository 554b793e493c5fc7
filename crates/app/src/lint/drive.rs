//! A folder through the rules: its scripts are parsed by several threads and walked through in order by one.

mod pipeline;

use std::{collections::BTreeSet, path::Path, sync::Arc};

use freehold_lint::{Direction, Executed, Found, LintRule, Linted, Linter, Options, ScriptInfo};
use freehold_migrate::{Folder, Migration, MigrationKind, Script, TransactionMode};
use freehold_model::{
    catalog::Catalog,
    finding::Finding,
    place::{Place, Span},
};
use freehold_sql::{Delivery, ScriptError};

use crate::file_rules;

/// What is known besides the text.
pub(crate) struct Depths<'a> {
    /// The catalog that the up of this migration met, by the migration's number.
    pub(crate) before: &'a (dyn Fn(usize) -> Option<Arc<Catalog>> + Sync),
    /// What was seen of a statement: number of the migration, direction, number of the statement.
    pub(crate) executed: &'a (dyn Fn(usize, Direction, usize) -> Option<&'a Executed> + Sync),
    /// The catalog at the end.
    pub(crate) last: Option<Arc<Catalog>>,
    /// The catalog before the first migration, when a prelude made something: what is to be said of that is no matter
    /// of the folder.
    pub(crate) prelude: Option<Arc<Catalog>>,
}

impl Depths<'_> {
    /// Nothing but the text.
    pub(crate) fn text() -> Self {
        Self { before: &|_| None, executed: &|_, _, _| None, last: None, prelude: None }
    }
}

/// What is asked of the rules.
pub(crate) struct Asked<'a> {
    /// What a run knows besides the scripts.
    pub(crate) options: Options,
    /// Which rules look.
    pub(crate) rule: &'a (dyn Fn(&LintRule) -> bool + Sync),
    /// Of which migrations findings are wanted, by number; the others are only followed.
    pub(crate) wanted: &'a (dyn Fn(usize) -> bool + Sync),
    /// The locks of statements are told too.
    pub(crate) locks: bool,
    /// What could be asked of a database's rows is told too.
    pub(crate) probes: bool,
}

/// A script that was walked through, by its `ScriptId`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walked {
    /// The number of its migration.
    pub(crate) migration: usize,
    /// Up or down.
    pub(crate) direction: Direction,
}

/// What a walk gives.
pub(crate) struct Outcome {
    /// What the rules said; what was executed has been weighed already.
    pub(crate) linted: Linted,
    /// The scripts, by `ScriptId`.
    pub(crate) walked: Vec<Walked>,
    /// What could not be read, in the order of the scripts.
    pub(crate) unread: Vec<Unread>,
    /// Statements that were looked at in scripts whose findings are wanted.
    pub(crate) statements: usize,
    /// Statements that run code which text does not show, in scripts whose findings are wanted: migration, place, why.
    pub(crate) opaque: Vec<(usize, Place, String)>,
}

/// A piece of a script that is no SQL.
pub(crate) struct Unread {
    pub(crate) migration: usize,
    pub(crate) direction: Direction,
    /// In the script's text.
    pub(crate) span: Span,
    pub(crate) error: ScriptError,
}

/// Walks through all scripts of a folder.
pub(crate) fn walk<'a>(
    folder: &'a Folder,
    project: &'a Path,
    asked: &'a Asked<'a>,
    depths: &'a Depths<'a>,
) -> Outcome {
    let jobs = jobs(folder);
    let outcome = pipeline::run(&jobs, |parsed| {
        let mut walker = Walker::new(folder, project, asked, depths);
        for (job, statements) in jobs.iter().zip(parsed) {
            walker.script(*job, statements);
        }
        walker.finish()
    });
    outcome.unwrap_or_else(|| Walker::new(folder, project, asked, depths).finish())
}

/// A script to be parsed.
#[derive(Clone, Copy)]
pub(super) struct Job<'f> {
    number: usize,
    migration: &'f Migration,
    direction: Direction,
    script: &'f Script,
}

fn jobs(folder: &Folder) -> Vec<Job<'_>> {
    let mut jobs = Vec::with_capacity(folder.migrations.len() * 2);
    for (number, migration) in folder.migrations.iter().enumerate() {
        jobs.push(Job { number, migration, direction: Direction::Up, script: &migration.up });
        if let Some(down) = &migration.down {
            jobs.push(Job { number, migration, direction: Direction::Down, script: down });
        }
    }
    jobs
}

/// Scripts, what could not be read, statements, those that hide what they do: as in [`Outcome`].
type Seen = (Vec<Walked>, Vec<Unread>, usize, Vec<(usize, Place, String)>);

struct Walker<'a> {
    folder: &'a Folder,
    project: &'a Path,
    asked: &'a Asked<'a>,
    depths: &'a Depths<'a>,
    knows_downs: bool,
    linter: Linter,
    outcome: Seen,
}

impl<'a> Walker<'a> {
    fn new(folder: &'a Folder, project: &'a Path, asked: &'a Asked<'a>, depths: &'a Depths<'a>) -> Self {
        let linter = Linter::new(asked.options.clone(), asked.rule);
        let some_down = folder.migrations.iter().any(|migration| migration.down.is_some());
        Self {
            folder,
            project,
            asked,
            depths,
            knows_downs: folder.format.expects_downs() || some_down,
            linter: match (asked.locks, asked.probes) {
                (_, true) => linter.telling_probes(),
                (true, false) => linter.telling_locks(),
                (false, false) => linter,
            },
            outcome: Default::default(),
        }
    }

    fn script(&mut self, job: Job<'_>, statements: pipeline::Statements) {
        if job.direction == Direction::Up
            && let Some(catalog) = (self.depths.before)(job.number)
        {
            self.linter.rebase(&catalog);
        }
        let wanted = (self.asked.wanted)(job.number);
        let info = self.info(job, wanted);
        self.linter.begin(info);
        let (walked, unread, count, opaque) = &mut self.outcome;
        walked.push(Walked { migration: job.number, direction: job.direction });
        for (number, outcome) in statements.enumerate() {
            match outcome {
                Ok(parsed) => {
                    let executed = (self.depths.executed)(job.number, job.direction, number);
                    if wanted {
                        *count += 1;
                        let effect = &parsed.statement.effect;
                        if effect.opaque && executed.is_none() {
                            let why = effect.opaque_because.clone().unwrap_or_default();
                            opaque.push((job.number, job.script.place(parsed.statement.span), why));
                        }
                    }
                    self.linter.statement(&parsed, job.script.text(), executed);
                }
                Err(error) => {
                    self.linter.unreadable();
                    let span = error.span();
                    unread.push(Unread {
                        migration: job.number,
                        direction: job.direction,
                        span,
                        error: *error,
                    });
                }
            }
        }
        self.linter.end();
    }

    fn info(&self, job: Job<'_>, wanted: bool) -> ScriptInfo {
        let asked_for_no_transaction = job.script.no_transaction_mark.is_some()
            || matches!(job.script.transaction, TransactionMode::None { .. });
        ScriptInfo {
            version: job.migration.version.clone(),
            label: job.migration.label(),
            file: relative(&job.script.file.path, self.project),
            direction: job.direction,
            delivery: delivery(job.script),
            asked_for_no_transaction,
            wanted,
            down_missing: self.knows_downs
                && job.direction == Direction::Up
                && job.migration.kind == MigrationKind::Versioned
                && job.migration.down.is_none(),
            whole_schema: job.migration.kind == MigrationKind::WholeSchema,
        }
    }

    fn finish(mut self) -> Outcome {
        if let Some(catalog) = &self.depths.last {
            self.linter.rebase(catalog);
        }
        let mut linted = self.linter.finish();
        if let Some(catalog) = &self.depths.prelude {
            let there_before = there_before(self.asked, catalog);
            linted.found.retain(|found| found.script.is_some() || !there_before.contains(&told(found)));
        }
        let (walked, unread, statements, mut opaque) = self.outcome;
        let seen = |script: usize, statement: usize| {
            let script = walked.get(script)?;
            (self.depths.executed)(script.migration, script.direction, statement)
        };
        linted.found = freehold_lint::judge::judge(linted.found, seen);
        for (_, place, _) in &mut opaque {
            place.file = relative(&place.file, self.project);
        }
        debug_assert!(walked.len() <= self.folder.migrations.len() * 2, "each script is walked through once");
        Outcome { linted, walked, unread, statements, opaque }
    }
}

/// What the rules say of a schema before the first script.
fn there_before(asked: &Asked<'_>, catalog: &Catalog) -> BTreeSet<(&'static str, String)> {
    let mut linter = Linter::new(asked.options.clone(), asked.rule);
    linter.rebase(catalog);
    linter.finish().found.iter().map(told).collect()
}

/// A finding without the numbers in its message: they count what is there besides.
fn told(found: &Found) -> (&'static str, String) {
    (found.rule.rule.id, found.message.chars().filter(|c| !c.is_ascii_digit()).collect())
}

impl Outcome {
    /// What the rows of a database answer says nothing of scripts that are applied there.
    pub(super) fn forget_answers(&mut self, applied: &BTreeSet<usize>) {
        let walked = &self.walked;
        self.linted.found.retain(|found| {
            let migration = found.script.and_then(|script| walked.get(script)).map(|walked| walked.migration);
            found.rule.rule.id != "data-breaks-constraint"
                || migration.is_none_or(|number| !applied.contains(&number))
        });
    }

    /// The script of a finding.
    pub(crate) fn script<'f>(
        &self,
        folder: &'f Folder,
        found: &Found,
    ) -> Option<(&'f Migration, &'f Script)> {
        let walked = self.walked.get(found.script?)?;
        let migration = folder.migrations.get(walked.migration)?;
        script_of(migration, walked.direction).map(|script| (migration, script))
    }

    /// A finding as a report takes it.
    pub(crate) fn finding(&self, folder: &Folder, project: &Path, found: &Found) -> Finding {
        let place = self.script(folder, found).map(|(_, script)| {
            let mut place = script.place(found.span);
            place.file = relative(&place.file, project);
            place
        });
        Finding {
            rule: &found.rule.rule,
            severity: found.severity,
            subject: found.subject.clone(),
            place,
            message: found.message.clone(),
            evidence: found.evidence.clone(),
            fix: found.fix.clone(),
            also: Vec::new(),
        }
    }

    /// What could not be read, as findings.
    pub(crate) fn syntax(&self, folder: &Folder, project: &Path) -> Vec<Finding> {
        let finding = |unread: &Unread| {
            let migration = folder.migrations.get(unread.migration)?;
            let script = script_of(migration, unread.direction)?;
            let (message, help) = (unread.error.to_string(), unread.error.help());
            let mut finding =
                file_rules::syntax_error(&migration.label(), script, unread.span, &message, help);
            if let Some(place) = &mut finding.place {
                place.file = relative(&place.file, project);
            }
            Some(finding)
        };
        self.unread.iter().filter_map(finding).collect()
    }
}

/// The script that was walked through.
pub(crate) fn script(folder: &Folder, walked: Walked) -> Option<&Script> {
    script_of(folder.migrations.get(walked.migration)?, walked.direction)
}

fn script_of(migration: &Migration, direction: Direction) -> Option<&Script> {
    match direction {
        Direction::Up => Some(&migration.up),
        Direction::Down => migration.down.as_ref(),
    }
}

fn delivery(script: &Script) -> Delivery {
    match script.transaction {
        TransactionMode::Wrapped => Delivery::Wrapped,
        TransactionMode::Implicit => Delivery::Implicit,
        TransactionMode::None { .. } => Delivery::Separate,
    }
}

fn relative(path: &Path, project: &Path) -> std::path::PathBuf {
    path.strip_prefix(project).unwrap_or(path).to_owned()
}
