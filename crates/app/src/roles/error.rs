//! Why roles could not be looked at or changed.

use freehold_db::DbError;
use freehold_operate::roles::ApplyError;

use crate::{check::CheckError, explain::Explain};

/// A command of `freehold roles` that could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum RolesError {
    /// The database cannot be reached, or does not answer a question.
    #[error("the database could not be looked at")]
    Database(#[source] DbError),
    /// The plan was refused.
    #[error("the roles are as they were")]
    Apply(#[source] ApplyError),
    /// It looks like production.
    #[error("roles are not changed in {ground} without a word")]
    Production {
        /// Whose rules hold there.
        ground: String,
    },
    /// The project's migrations could not be applied.
    #[error("the project's migrations could not be applied to a scratch database")]
    Project(#[source] Box<CheckError>),
    /// One of them was refused.
    #[error("the migration {label} was refused on a scratch database")]
    Refused {
        /// The migration.
        label: String,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
}

impl From<CheckError> for RolesError {
    fn from(error: CheckError) -> Self {
        Self::Project(Box::new(error))
    }
}

impl Explain for RolesError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Database(_) => None,
            Self::Apply(error) => error.help(),
            Self::Production { .. } => {
                Some("look at `freehold roles plan` first; --i-know carries it out".to_owned())
            }
            Self::Project(error) => error.help(),
            Self::Refused { .. } => Some("`freehold check` shows where, and why".to_owned()),
        }
    }
}
