//! Roles belong to the server, not to a database, and are no part of the catalog: they are looked at where a script
//! can make or change some.

use freehold_db::{Session, catalog::read_roles};
use freehold_model::catalog::{Difference, Roles};

use crate::{
    error::RehearsalError,
    step::{Script, Step},
};

/// The roles before the up, if a script of the step can touch any.
pub(super) async fn before(session: &Session, step: &Step) -> Result<Option<Roles>, RehearsalError> {
    if touches_roles(&step.up) || step.down.as_ref().is_some_and(touches_roles) {
        read(session).await.map(Some)
    } else {
        Ok(None)
    }
}

/// What differs from then, if they were looked at.
pub(super) async fn differences(
    session: &Session,
    before: Option<&Roles>,
) -> Result<Vec<Difference>, RehearsalError> {
    match before {
        Some(before) => Ok(before.differences(&read(session).await?)),
        None => Ok(Vec::new()),
    }
}

async fn read(session: &Session) -> Result<Roles, RehearsalError> {
    read_roles(session).await.map_err(RehearsalError::own("read the roles"))
}

fn touches_roles(script: &Script) -> bool {
    script.statements.iter().any(|s| s.statement.effect.cluster_wide || s.statement.effect.opaque)
}
