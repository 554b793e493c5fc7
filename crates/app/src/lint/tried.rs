//! The SQL of the fixes that will be shown, tried on a private server before anybody sees it.

use std::collections::BTreeSet;

use freehold_lint::Found;
use freehold_prove::{RehearsalError, rehearsal::Options};
use freehold_sandbox::{Sandbox, SandboxOptions, Server};

use super::{Ran, Request, heard::Heard, trial};
use crate::{
    check::{Steps, preludes},
    report::NotVerified,
};

/// Tries what the findings that are left advise. What did not run, or was not tried, loses its SQL.
pub(super) async fn tried(request: &Request, all: &[Ran], heard: &mut [Heard]) -> Vec<NotVerified> {
    let mut gaps = Vec::new();
    for (number, ran) in all.iter().enumerate() {
        let mut told: Vec<(&mut Heard, Found)> = heard
            .iter_mut()
            .filter_map(|heard| {
                let (_, index) = heard.found.filter(|(batch, _)| *batch == number)?;
                let found = ran.outcome.linted.found.get(index)?.clone();
                found.fix.as_ref()?.sql.as_ref()?;
                Some((heard, found))
            })
            .collect();
        if told.is_empty() {
            continue;
        }
        let mut found: Vec<Found> = told.iter().map(|(_, found)| found.clone()).collect();
        gaps.extend(try_all(request, ran, &mut found).await);
        for ((heard, _), found) in told.iter_mut().zip(found) {
            heard.finding.evidence = found.evidence;
            heard.finding.fix = found.fix;
        }
    }
    gaps
}

async fn try_all(request: &Request, ran: &Ran, found: &mut [Found]) -> Option<NotVerified> {
    let gap = |count: usize, why: String| {
        let noun = if count == 1 { "fix" } else { "fixes" };
        let what = format!("{count} {noun}, of which the SQL is not shown");
        (count > 0).then(|| NotVerified::for_completeness(what, why))
    };
    if !request.try_fixes {
        return gap(trial::untried(found), "--no-try: only SQL that was executed is shown".to_owned());
    }
    match on_a_server(request, ran, found).await {
        // What the server refused is no advice at all; what it could not be asked may be good.
        Ok(refused) => {
            let without =
                found.iter().filter(|found| found.fix.as_ref().is_some_and(|fix| fix.sql.is_none()));
            let not_tried = without.count().saturating_sub(refused);
            gap(not_tried, "the scripts do not run as far as their statements".to_owned())
        }
        Err(why) => gap(trial::untried(found), why),
    }
}

/// How many the server refused; or why none could be tried.
async fn on_a_server(request: &Request, ran: &Ran, found: &mut [Found]) -> Result<usize, String> {
    request.progress.phase("Trying fixes", None);
    let mut sandbox = SandboxOptions {
        search: request.search.clone(),
        pg_major: request.pg_major.or(request.settings.sandbox.pg_major),
        ..SandboxOptions::default()
    };
    if let Some(cache_dir) = &request.cache_dir {
        sandbox.cache_dir.clone_from(cache_dir);
    }
    let preludes = preludes(&request.settings, &request.project_dir, &ran.batch.folder)
        .map_err(|error| error.to_string())?;
    let options = Options { prelude: preludes.scripts, ..Options::default() };
    let steps = Steps::read(&ran.batch.folder, &request.project_dir).ready;
    let of: BTreeSet<usize> =
        found.iter().filter_map(|found| Some(ran.outcome.walked.get(found.script?)?.migration)).collect();
    let server =
        Sandbox::start(&sandbox).await.map_err(|error| format!("no PostgreSQL could be had: {error}"))?;
    let server = Server::Own(server);
    let tried = trial::fixes(&server, &steps, found, &ran.outcome.walked, &of, &options).await;
    let stopped = server.close().await;
    let tried = tried.map_err(|error: RehearsalError| format!("the scripts could not be run: {error}"))?;
    stopped.map_err(|error| format!("the private server did not stop: {error}"))?;
    Ok(tried.refused.len())
}
