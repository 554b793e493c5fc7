//! Why it could not be seen what has drifted.

use std::sync::Arc;

use freehold_db::DbError;
use freehold_migrate::history::HistoryError;

use crate::migrate::squash::GroundError;

/// Why it could not be seen what has drifted on a target.
#[derive(Debug, thiserror::Error)]
pub enum DriftError {
    /// The target cannot be reached.
    #[error("{target} cannot be reached")]
    Connect {
        /// The target.
        target: String,
        /// Why.
        #[source]
        source: Arc<DbError>,
    },
    /// Its history cannot be read.
    #[error("the history of {target} cannot be read")]
    History {
        /// The target.
        target: String,
        /// Why.
        #[source]
        source: Box<HistoryError>,
    },
    /// Its catalog cannot be read.
    #[error("the catalog of {target} cannot be read")]
    Catalog {
        /// The target.
        target: String,
        /// Why: a right that is missing is named there.
        #[source]
        source: Arc<DbError>,
    },
    /// There is no such schema.
    #[error("{target} has no schema of its own in its database")]
    NoSchema {
        /// The target.
        target: String,
    },
    /// What the migrations give could not be seen on a private server.
    #[error(transparent)]
    Ground(#[from] Box<GroundError>),
}

impl DriftError {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::History { source, .. } => source.help(),
            Self::Ground(error) => error.help(),
            Self::Connect { .. } | Self::Catalog { .. } | Self::NoSchema { .. } => None,
        }
    }

    /// The error and its causes, on one line.
    pub fn in_words(&self) -> String {
        let causes = std::iter::successors(Some(self as &dyn std::error::Error), |error| error.source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }
}

impl From<GroundError> for DriftError {
    fn from(error: GroundError) -> Self {
        Self::Ground(Box::new(error))
    }
}
