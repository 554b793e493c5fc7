//! Why the tenant line could not be tried: each a way out with exit code 2.

use freehold_db::DbError;
use freehold_model::finding::Finding;
use freehold_prove::{isolation::IsolationError, rehearsal::RepeatRefused, step::Step};
use freehold_sandbox::SandboxError;

use crate::check::CheckError;

/// A proof that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum IsolationRunError {
    /// The project, its folder or a server could not be had.
    #[error(transparent)]
    Project(#[from] CheckError),
    /// A script is no SQL.
    #[error("the migrations cannot be applied: {place}{message}")]
    Unreadable {
        /// The file and line, with a colon after it.
        place: String,
        /// What is wrong there.
        message: String,
    },
    /// The server refused a migration.
    #[error("the migrations cannot be applied: {label} is refused")]
    Refused {
        /// The migration.
        label: String,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
    /// Nothing says how tenants are told apart.
    #[error("nothing in the schema says how tenants are told apart, so there is nothing to mend or to plant")]
    NoTenancy,
    /// A command of the user's own is only run against a sandbox.
    #[error(
        "`--run` needs a private sandbox: a given server's URL may hold a password, which no command is given"
    )]
    TestsNeedSandbox,
    /// The migration could not be written.
    #[error("the migration that closes the leaks could not be written")]
    Unwritten(#[source] Box<freehold_migrate::ComposeError>),
    /// A database in use could not be looked at.
    #[error("the database could not be looked at")]
    Live(#[source] Box<DbError>),
    /// The proof had to stop.
    #[error(transparent)]
    Proof(#[from] IsolationError),
}

impl IsolationRunError {
    /// What to do next.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoTenancy => Some(super::NO_TENANCY.to_owned()),
            Self::TestsNeedSandbox => Some("leave out --server".to_owned()),
            Self::Proof(IsolationError::TestsFail { said }) => Some(format!("the tests said: {said}")),
            Self::Unwritten(error) => error.help(),
            Self::Live(error) => error.help().map(str::to_owned),
            Self::Proof(error) => error.help().map(str::to_owned),
            _ => None,
        }
    }

    pub(super) fn unreadable(finding: &Finding) -> Self {
        let place = finding.place.as_ref();
        Self::Unreadable {
            place: place.map(|at| format!("{}:{}: ", at.file.display(), at.start.line)).unwrap_or_default(),
            message: finding.message.clone(),
        }
    }

    pub(super) fn refused(steps: &[Step], refused: RepeatRefused) -> Self {
        let label = steps.get(refused.step).map(Step::label).unwrap_or_default();
        Self::Refused { label, source: Box::new(refused.error) }
    }
}

impl From<SandboxError> for IsolationRunError {
    fn from(error: SandboxError) -> Self {
        Self::Project(CheckError::from(error))
    }
}
