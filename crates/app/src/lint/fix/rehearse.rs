//! The folder before and after, both rehearsed: what is different in the schema that comes out, and which downs undo less.

use std::{collections::BTreeMap, sync::Arc};

use freehold_model::catalog::{Catalog, Difference};
use freehold_prove::{
    observation::StepRun,
    rehearsal::{Options, rehearse as observe},
    step::Step,
};
use freehold_sandbox::{Sandbox, SandboxOptions, Server};

use super::FixError;

/// What came of it.
pub(crate) enum Rehearsed {
    /// Both ran; these are the differences of the schemas, none when they are equal.
    Both(Vec<Difference>),
    /// The folder was refused before it was changed too.
    RefusedBefore(String),
}

/// Applies both folders. Each has a server of its own: roles outlive a database.
pub(crate) async fn rehearse(
    sandbox: &SandboxOptions,
    options: &Options,
    before: &[Step],
    after: &[Step],
) -> Result<Rehearsed, FixError> {
    let (before, after) =
        futures_util::future::join(applied(sandbox, options, before), applied(sandbox, options, after)).await;
    match (before?, after?) {
        (Ok(before), Ok(after)) => {
            if let Some((label, why)) =
                after.downs.iter().find(|(label, _)| !before.downs.contains_key(*label))
            {
                return Err(FixError::DownBroken { label: label.clone(), why: why.clone() });
            }
            Ok(Rehearsed::Both(before.catalog.differences(&after.catalog)))
        }
        (Ok(_), Err(why)) => Err(FixError::Refused { why }),
        (Err(why), _) => Ok(Rehearsed::RefusedBefore(why)),
    }
}

/// What a folder came to.
struct Applied {
    catalog: Arc<Catalog>,
    /// Downs that fail or do not restore, by migration: what is wrong with each.
    downs: BTreeMap<String, String>,
}

async fn applied(
    sandbox: &SandboxOptions,
    options: &Options,
    steps: &[Step],
) -> Result<Result<Applied, String>, FixError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| FixError::Rehearsal(error);
    let server = Server::Own(Sandbox::start(sandbox).await.map_err(|e| failed(Box::new(e)))?);
    let outcome = observe(&server, steps, options, &|_, _| {}).await;
    server.close().await.map_err(|e| failed(Box::new(e)))?;
    let rehearsal = outcome.map_err(|e| failed(Box::new(e)))?;
    if let Some(stopped) = rehearsal.stopped_at {
        let label = steps.get(stopped).map(Step::label).unwrap_or_default();
        let refused = rehearsal.steps.get(stopped).and_then(|run| run.up.refused.as_ref());
        let why = refused.map(|refusal| refusal.error.to_string()).unwrap_or_default();
        return Ok(Err(format!("{label}: {why}")));
    }
    let downs = steps.iter().zip(&rehearsal.steps).filter_map(|(step, run)| Some((step.label(), down(run)?)));
    Ok(Ok(Applied { downs: downs.collect(), catalog: rehearsal.catalog }))
}

/// What is wrong with a down.
fn down(run: &StepRun) -> Option<String> {
    let refused = run.down.as_ref().and_then(|down| down.refused.as_ref());
    if let Some(refusal) = refused.or(run.reapply_refused.as_ref()) {
        return Some(refusal.error.to_string());
    }
    run.down_differences.first().map(|difference| format!("it does not undo {difference}"))
}
