//! Applying the whole folder a second time from nothing: the same catalog must come out.

use std::sync::Arc;

use freehold_db::{
    DbError, Session,
    catalog::{CatalogReader, read_roles},
};
use freehold_model::catalog::{Catalog, Roles};
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

/// A scratch database to which a whole folder was applied.
#[derive(Debug)]
pub struct Standing {
    /// The database; no session is open on it.
    pub scratch: Scratch,
    /// Its catalog.
    pub catalog: Arc<Catalog>,
    /// The roles of its cluster.
    pub roles: Roles,
    /// Steps that were refused after migrations that are no SQL had been left out.
    pub passed_over: usize,
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
    Ok(match standing(server, steps, options).await? {
        Ok(standing) => {
            standing.scratch.remove().await?;
            Ok(standing.catalog)
        }
        Err(refused) => Err(refused),
    })
}

/// The same, and the database stays.
///
/// # Errors
/// As the rehearsal's.
pub async fn standing(
    server: &Server,
    steps: &[Step],
    options: &Options,
) -> Result<Result<Standing, RepeatRefused>, RehearsalError> {
    super::refuse::unrehearsable(steps, matches!(server, Server::Given(_)))?;
    let scratch = super::world::fresh(server, options).await?;
    match apply_all(&scratch, steps, options).await {
        Ok(Ok((catalog, roles, passed_over))) => Ok(Ok(Standing { scratch, catalog, roles, passed_over })),
        Ok(Err(refused)) => {
            scratch.remove().await?;
            Ok(Err(refused))
        }
        Err(error) => {
            // What stopped it is worth more than what the clearing up would say.
            scratch.remove().await.ok();
            Err(error)
        }
    }
}

async fn apply_all(
    scratch: &Scratch,
    steps: &[Step],
    options: &Options,
) -> Result<Result<(Arc<Catalog>, Roles, usize), RepeatRefused>, RehearsalError> {
    let session = Session::open(&scratch.connect_to())
        .await
        .map_err(RehearsalError::own("open a session to the scratch database"))?;
    let major = session.version().major();
    let (mut refused, mut passed_over) = (None, 0);
    for (number, step) in steps.iter().enumerate() {
        match apply::silently(&session, &step.up, major, options.statement_limit).await {
            Ok(()) => settings::reset(&session, &step.up).await?,
            Err(Trouble::Refused(_)) if !step.left_out_before.is_empty() => {
                passed_over += 1;
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
        None => {
            let own = |error| RehearsalError::own("read the catalog of the second run")(error);
            let catalog = CatalogReader::new().read(&session).await.map_err(own)?;
            let roles = read_roles(&session).await.map_err(RehearsalError::own("read the roles"))?;
            Ok((catalog, roles, passed_over))
        }
    };
    session.close().await;
    Ok(outcome)
}
