//! Applying the whole folder a second time from nothing: the same catalog must come out.

use std::sync::Arc;

use freehold_db::{DbError, Session, catalog::CatalogReader};
use freehold_model::catalog::Catalog;
use freehold_sandbox::{Scratch, Server};

use super::{Options, apply, settings};
use crate::{error::RehearsalError, send::Trouble, step::Step};

/// The second run was refused, although the first was not.
#[derive(Debug)]
pub struct RepeatRefused {
    /// Which step.
    pub step: usize,
    /// What the server said.
    pub error: DbError,
}

/// Applies the steps on a new scratch database and gives its catalog, for the caller to compare with that of the
/// rehearsal. The server should be another one than the rehearsal's where steps make roles or tablespaces, since
/// those outlive a database.
///
/// # Errors
/// As the rehearsal's.
pub async fn repeat(
    server: &Server,
    steps: &[Step],
    options: &Options,
) -> Result<Result<Arc<Catalog>, RepeatRefused>, RehearsalError> {
    let scratch = super::world::fresh(server, options).await?;
    let outcome = apply_all(&scratch, steps, options).await;
    let removed = scratch.remove().await;
    let outcome = outcome?;
    removed?;
    Ok(outcome)
}

/// Applies the steps on a new scratch database, without looking, and hands it over.
///
/// # Errors
/// As the rehearsal's.
pub async fn applied(
    server: &Server,
    steps: &[Step],
    options: &Options,
) -> Result<Result<Scratch, RepeatRefused>, RehearsalError> {
    let scratch = super::world::fresh(server, options).await?;
    Ok(apply_all(&scratch, steps, options).await?.map(|_| scratch))
}

async fn apply_all(
    scratch: &Scratch,
    steps: &[Step],
    options: &Options,
) -> Result<Result<Arc<Catalog>, RepeatRefused>, RehearsalError> {
    let session = Session::open(&scratch.connect_to())
        .await
        .map_err(RehearsalError::own("open a session to the scratch database"))?;
    let major = session.version().major();
    let mut refused = None;
    for (number, step) in steps.iter().enumerate() {
        match apply::silently(&session, &step.up, major, options.statement_limit).await {
            Ok(()) => settings::reset(&session, &step.up).await?,
            Err(Trouble::Refused(_)) if !step.left_out_before.is_empty() => {
                session.run("ROLLBACK").await.map_err(RehearsalError::own("roll a refused script back"))?;
            }
            Err(Trouble::Refused(error)) => {
                refused = Some(RepeatRefused { step: number, error });
                break;
            }
            Err(Trouble::Stop(error)) => return Err(error),
        }
    }
    let outcome = match refused {
        Some(refusal) => Err(refusal),
        None => Ok(CatalogReader::new()
            .read(&session)
            .await
            .map_err(RehearsalError::own("read the catalog of the second run"))?),
    };
    session.close().await;
    Ok(outcome)
}
