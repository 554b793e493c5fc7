//! `freehold lint --fix` as a whole: what may be changed, the remedies, the rehearsal, the files.

use std::{collections::BTreeSet, path::PathBuf};

use freehold_migrate::Folder;
use freehold_prove::rehearsal::{Measure, Options};
use freehold_sandbox::SandboxOptions;

use super::{Changed, FixError, Rehearsed, mend, rehearse};
use crate::{
    check::{Steps, preludes},
    lint::{Request, allow::Comments, drive, heard::Heard, options, scope::Scope, select::Selection, source},
};

/// What was changed, or would be.
#[derive(Debug)]
pub struct Fixed {
    /// The folder of migrations.
    pub dir: PathBuf,
    /// Its files that differ.
    pub changed: Vec<Changed>,
    /// What was done, a sentence each.
    pub changes: Vec<String>,
    /// What could not be done, a sentence each.
    pub left: Vec<String>,
    /// What the rehearsal said of the schema.
    pub schema: SchemaAfter,
}

/// The schema that the changed folder gives, beside the one from before.
#[derive(Debug)]
pub enum SchemaAfter {
    /// Nothing was changed, so nothing was compared.
    Unchanged,
    /// Both are equal.
    Same,
    /// These are the differences, a line each.
    Differs(Vec<String>),
    /// They could not be compared, and why.
    NotCompared(String),
}

/// Mends the migrations that may be changed. `all`: every one of the folder. `write`: the files are changed; else it is
/// only said what would be.
///
/// # Errors
/// When it is not said which migrations may be changed, or the changed folder does not run.
pub async fn run(request: &Request, all: bool, write: bool) -> Result<Fixed, FixError> {
    let batch = one_folder(request)?;
    let folder = &batch.folder;
    let files = request.since.as_ref().or(batch.only.as_ref());
    let start_after = request.start_after.as_deref().or(request.settings.lint.start_after.as_deref());
    let scope = Scope::of(folder, start_after, files).map_err(Box::new)?;
    let limited = start_after.is_some() || files.is_some();
    if !limited && !all {
        return Err(FixError::NoScope { migrations: folder.migrations.len() });
    }
    let wanted: BTreeSet<String> = folder
        .migrations
        .iter()
        .enumerate()
        .filter(|(number, _)| scope.wants(*number))
        .map(|(_, migration)| migration.key())
        .collect();
    request.progress.phase("Mending", None);
    let mended = mend(folder, &|migration| wanted.contains(&migration.key()), &|folder, wanted| {
        told(request, folder, wanted)
    })?;
    let changed = mended.changed()?;
    let schema = if changed.is_empty() {
        SchemaAfter::Unchanged
    } else {
        request.progress.phase("Rehearsing the changed folder", None);
        let after = freehold_migrate::read(mended.dir(), Some(folder.format.name())).map_err(Box::new)?;
        compared(request, folder, &after).await?
    };
    if write {
        mended.write_back()?;
    }
    let (changes, left) = (mended.changes.clone(), mended.left.clone());
    Ok(Fixed { dir: folder.dir.clone(), changed, changes, left, schema })
}

fn one_folder(request: &Request) -> Result<source::Batch, FixError> {
    let mut batches = source::read(request).map_err(Box::new)?;
    match batches.pop() {
        Some(batch) if batches.is_empty() && !batch.alone && batch.folder.dir.is_dir() => Ok(batch),
        _ => Err(FixError::NoFolder),
    }
}

/// What the rules say, without the remedies of what comments allow or nobody wants to hear.
fn told(request: &Request, folder: &Folder, wanted: &(dyn Fn(usize) -> bool + Sync)) -> drive::Outcome {
    let selection = Selection::new(&request.settings, &request.flags, false);
    let mut options = options::options(&request.settings);
    options.one_deployment = request.since.is_some();
    let asked = drive::Asked {
        options,
        rule: &|rule| selection.looks(&rule.rule),
        wanted,
        locks: false,
        probes: false,
    };
    let project = request.project_dir.as_path();
    let mut outcome = drive::walk(folder, project, &asked, &drive::Depths::text());
    let heard = outcome.linted.found.iter().enumerate().map(|(index, found)| Heard {
        finding: outcome.finding(folder, project, found),
        relation: found.relation.clone(),
        found: Some((0, index)),
    });
    let heard: Vec<Heard> = heard.collect();
    let heard = selection.apply(Comments::read(folder, project, &|number| wanted(number)).apply(heard));
    let left: BTreeSet<usize> = heard.iter().filter_map(|heard| Some(heard.found?.1)).collect();
    for (index, found) in outcome.linted.found.iter_mut().enumerate() {
        if !left.contains(&index) {
            found.remedy = None;
        }
    }
    outcome
}

async fn compared(request: &Request, before: &Folder, after: &Folder) -> Result<SchemaAfter, FixError> {
    let mut sandbox = SandboxOptions {
        search: request.search.clone(),
        pg_major: request.pg_major.or(request.settings.sandbox.pg_major),
        ..SandboxOptions::default()
    };
    if let Some(cache_dir) = &request.cache_dir {
        sandbox.cache_dir.clone_from(cache_dir);
    }
    let preludes = preludes(&request.settings, &request.project_dir, before)
        .map_err(|error| FixError::Rehearsal(Box::new(error)))?;
    let options =
        Options { prelude: preludes.scripts, measure: Measure::None, witness_rows: 0, ..Options::default() };
    let steps = |folder| Steps::read(folder, &request.project_dir).ready;
    let unread = |folder: &Folder, ready: usize| folder.migrations.len() > ready;
    let (old, new) = (steps(before), steps(after));
    if unread(before, old.len()) {
        return Ok(SchemaAfter::NotCompared("a script before the change is no SQL".to_owned()));
    }
    match rehearse(&sandbox, &options, &old, &new).await? {
        Rehearsed::RefusedBefore(why) => {
            Ok(SchemaAfter::NotCompared(format!("the folder was refused before it was changed: {why}")))
        }
        Rehearsed::Both(differences) if differences.is_empty() => Ok(SchemaAfter::Same),
        Rehearsed::Both(differences) => {
            Ok(SchemaAfter::Differs(differences.iter().map(ToString::to_string).collect()))
        }
    }
}

impl FixError {
    /// What to do next.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoScope { .. } => Some(
                "say which were not applied yet: `--start-after VERSION`, `--since GIT-REF` or the files; `--all` \
                 changes every one"
                    .to_owned(),
            ),
            Self::NoFolder => Some("name the folder of migrations, or files of it".to_owned()),
            Self::Lint(error) => crate::explain::Explain::help(&**error),
            Self::Read(error) => error.help(),
            Self::Compose(error) => error.help(),
            Self::Refused { .. } => {
                Some("apply the fixes one by one: `--select RULE`; and tell us, for this is a bug".to_owned())
            }
            Self::DownBroken { .. } => {
                Some("change its statement by hand, or leave the rule out: `--ignore RULE`".to_owned())
            }
            Self::File { .. } | Self::NoEnd | Self::Rehearsal(_) => None,
        }
    }
}
