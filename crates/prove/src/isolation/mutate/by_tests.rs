//! The same faults put to a team's own tests: a test suite that passes on a faulty schema would not have seen the fault.

use std::{sync::Arc, time::Instant};

use freehold_db::{ConnectTo, Session};
use freehold_model::catalog::Catalog;
use freehold_sandbox::{Scratch, Server};
use futures_util::future::BoxFuture;

use super::{Fate, IsolationError, Judged, Tenancy, Tried, mutants};

/// What a run of the tests came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// They passed.
    Passed,
    /// They failed: the last lines of what they said.
    Failed(String),
}

/// Runs the tests against a database.
pub type Tests<'a> = dyn Fn(ConnectTo) -> BoxFuture<'a, Result<Verdict, IsolationError>> + Sync + 'a;

/// Plants every mutant in a fresh copy of `from` and runs the tests on it. `tell` is told the mutant that is tried next,
/// with its number and their count.
///
/// # Errors
/// When the copies cannot be made, the tests cannot be started, or they fail on the schema as it is
/// ([`IsolationError::TestsFail`]): then nothing could be concluded from a failure.
pub async fn judge(
    server: &Server,
    from: &Scratch,
    catalog: &Arc<Catalog>,
    tenancy: &Tenancy,
    tests: &Tests<'_>,
    tell: &(dyn Fn(usize, usize, &str) + Sync),
) -> Result<Judged, IsolationError> {
    let begun = Instant::now();
    let sound = server.fork(from).await?;
    let verdict = tests(sound.connect_to()).await;
    sound.remove().await?;
    if let Verdict::Failed(said) = verdict? {
        return Err(IsolationError::TestsFail { said });
    }
    let mutants = mutants(catalog, tenancy, tenancy.role.as_deref());
    let count = mutants.len();
    let mut tried = Vec::with_capacity(count);
    for (number, mutant) in mutants.into_iter().enumerate() {
        tell(number, count, &mutant.name);
        let scratch = server.fork(from).await?;
        let session =
            Session::open(&scratch.connect_to()).await.map_err(IsolationError::own("opening a session"))?;
        let planted = session.run(&mutant.apply).await;
        session.close().await;
        let fate = match planted {
            Ok(()) => match tests(scratch.connect_to()).await {
                Ok(Verdict::Passed) => Ok(Fate::Survived),
                Ok(Verdict::Failed(said)) => Ok(Fate::Caught(vec![said])),
                Err(error) => Err(error),
            },
            Err(error) => match error.server() {
                Some(refused) => Ok(Fate::Refused(refused.to_string())),
                None => Err(IsolationError::own(format!("planting {}", mutant.name))(error)),
            },
        };
        scratch.remove().await?;
        tried.push(Tried { fate: fate?, mutant });
    }
    Ok(Judged { tried, seconds: begun.elapsed().as_secs_f64() })
}
