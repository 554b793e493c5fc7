//! Up, down and up of every step over one connection, without looking: what a rehearsal's speed is measured against.

use std::time::{Duration, Instant};

use freehold_db::Session;
use freehold_sandbox::Server;

use super::{Options, apply, settings, world};
use crate::{error::RehearsalError, send::Trouble, step::Step};

/// What the plain run did.
#[derive(Debug, Clone, Copy)]
pub struct PlainRun {
    /// Time of all scripts together, from the first BEGIN to the last COMMIT.
    pub took: Duration,
    /// Scripts that were carried out.
    pub scripts: usize,
    /// Scripts that the server refused, and what follows from them.
    pub refused: usize,
}

/// Runs up, down and up of each step as the project's tool would, on a scratch database of the server. A refused script
/// is rolled back and counted; the run goes on.
///
/// # Errors
/// As the rehearsal's.
pub async fn plain(server: &Server, steps: &[Step], options: &Options) -> Result<PlainRun, RehearsalError> {
    let scratch = world::fresh(server, options).await?;
    let session = Session::open(&scratch.connect_to())
        .await
        .map_err(RehearsalError::own("open a session to the scratch database"))?;
    let major = session.version().major();
    let mut run = PlainRun { took: Duration::ZERO, scripts: 0, refused: 0 };
    let begun = Instant::now();
    for step in steps {
        let scripts = [Some(&step.up), step.down.as_ref(), step.down.as_ref().map(|_| &step.up)];
        for script in scripts.into_iter().flatten() {
            match apply::silently(&session, script, major, options.statement_limit).await {
                Ok(()) => run.scripts += 1,
                Err(Trouble::Refused(_)) => {
                    run.refused += 1;
                    session
                        .run("ROLLBACK")
                        .await
                        .map_err(RehearsalError::own("roll a refused script back"))?;
                }
                Err(Trouble::Stop(error)) => return Err(error),
            }
            settings::reset(&session, script).await?;
        }
    }
    run.took = begun.elapsed();
    session.close().await;
    scratch.remove().await?;
    Ok(run)
}
