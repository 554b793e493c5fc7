//! The folder before and after, both applied to nothing: what is different in the schema that comes out.

use std::sync::Arc;

use freehold_model::catalog::{Catalog, Difference};
use freehold_prove::{
    rehearsal::{Options, RepeatRefused, repeat},
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
        (Ok(before), Ok(after)) => Ok(Rehearsed::Both(before.differences(&after))),
        (Ok(_), Err(why)) => Err(FixError::Refused { why }),
        (Err(why), _) => Ok(Rehearsed::RefusedBefore(why)),
    }
}

type Applied = Result<Arc<Catalog>, String>;

async fn applied(sandbox: &SandboxOptions, options: &Options, steps: &[Step]) -> Result<Applied, FixError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| FixError::Rehearsal(error);
    let server = Server::Own(Sandbox::start(sandbox).await.map_err(|e| failed(Box::new(e)))?);
    let outcome = repeat(&server, steps, options).await;
    server.close().await.map_err(|e| failed(Box::new(e)))?;
    let words = |refused: RepeatRefused| {
        let label = steps.get(refused.step).map(Step::label).unwrap_or_default();
        format!("{label}: {}", refused.error)
    };
    outcome.map(|applied| applied.map_err(words)).map_err(|e| failed(Box::new(e)))
}
