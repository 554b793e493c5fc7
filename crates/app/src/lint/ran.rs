//! One folder walked through for its findings.

use std::{collections::BTreeSet, sync::Arc};

use freehold_lint::Options;

use super::{
    LintError, Request,
    drive::{self, Asked, Depths, Outcome},
    live::Live,
    scope::Scope,
    select::Selection,
    source::Batch,
};

/// One folder that was walked through.
pub(super) struct Ran {
    pub(super) batch: Batch,
    pub(super) scope: Scope,
    pub(super) outcome: Outcome,
}

/// Which migrations of a folder are judged.
pub(super) fn scope_of(request: &Request, batch: &Batch) -> Result<Scope, LintError> {
    let files = request.since.as_ref().or(batch.only.as_ref());
    let start_after = request.start_after.as_deref().or(request.settings.lint.start_after.as_deref());
    // A file that was named is judged, however old it is, unless the flag says otherwise.
    let start_after = if batch.alone || (batch.only.is_some() && request.start_after.is_none()) {
        None
    } else {
        start_after
    };
    let files = if batch.alone { None } else { files };
    Scope::of(&batch.folder, start_after, files)
}

/// Walks through one folder, of which these migrations are applied to the live database.
pub(super) fn walk(
    request: &Request,
    batch: Batch,
    selection: &Selection<'_>,
    live: Option<&Live>,
    applied: &BTreeSet<usize>,
) -> Result<Ran, LintError> {
    let scope = scope_of(request, &batch)?;
    let pending =
        (0..batch.folder.migrations.len()).find(|number| !applied.contains(number) && scope.wants(*number));
    // What is there already is what the first migration that is judged will meet.
    let first = if applied.is_empty() { scope.first().filter(|_| !scope.is_whole()) } else { pending };
    let before = |number: usize| {
        let live = live.filter(|_| Some(number) == first)?;
        Some(Arc::clone(&live.catalog))
    };
    let last = live.filter(|_| first.is_none()).map(|live| Arc::clone(&live.catalog));
    let depths = Depths { before: &before, last, ..Depths::text() };
    let asked = Asked {
        options: options(request, live),
        rule: &|rule| selection.looks(&rule.rule),
        wanted: &|number| scope.wants(number),
        locks: false,
        probes: false,
    };
    let mut outcome = drive::walk(&batch.folder, &request.project_dir, &asked, &depths);
    if outcome.walked.is_empty() && !batch.folder.migrations.is_empty() {
        return Err(LintError::NoThreads { migrations: batch.folder.migrations.len() });
    }
    outcome.unread.retain(|unread| scope.wants(unread.migration));
    outcome.forget_answers(applied);
    Ok(Ran { batch, scope, outcome })
}

/// What the rules know besides the scripts.
pub(super) fn options(request: &Request, live: Option<&Live>) -> Options {
    let mut options = super::options::options(&request.settings);
    options.one_deployment = request.since.is_some();
    if let Some(live) = live {
        options = live.told(options);
    }
    options
}
