//! Why a proof of isolation could not go on.

use freehold_db::DbError;
use freehold_sandbox::SandboxError;

/// A proof that had to stop. What the server refuses in a trial is no error: that is an outcome.
#[derive(Debug, thiserror::Error)]
pub enum IsolationError {
    /// A statement of Freehold's own failed.
    #[error("the tenant line could not be tried: {doing} failed")]
    Own {
        /// What was being done, as a noun: `reading the rows of orders`.
        doing: String,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
    /// The rows could not be made.
    #[error("no rows could be made to try the tenant line with")]
    Rows(#[from] Box<freehold_synth::SynthError>),
    /// A team's tests fail on the schema as it is.
    #[error(
        "the tests fail on the schema as it is, so nothing could be learnt from their failing on a faulty one"
    )]
    TestsFail {
        /// The last lines of what they said.
        said: String,
    },
    /// A team's tests could not be started.
    #[error("the command of the tests could not be started")]
    Tests(#[source] std::io::Error),
    /// The role that connects to a database in use is bound by policies.
    #[error("the role {role} does not see which rows are whose: policies bind it")]
    Bound {
        /// The role that connects.
        role: String,
    },
    /// The role of the application is not known, or does not exist.
    #[error("the role that the application connects as is not known")]
    NoRole,
    /// The role that connects cannot become the application.
    #[error("{role} is no member of {of}, so that it cannot do what {of} does")]
    NotAMember {
        /// The role that connects.
        role: String,
        /// The application's role.
        of: String,
    },
    /// There are no two tenants with rows.
    #[error("there are no two tenants with rows")]
    NoTwoTenants,
    /// The copies of the scratch database could not be made or removed.
    #[error("the tenant line has no scratch database to be tried on")]
    Sandbox(#[from] Box<SandboxError>),
}

impl IsolationError {
    /// What to do next, about a database in use.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Bound { .. } => {
                Some("connect as a role with BYPASSRLS that is a member of the application's role")
            }
            Self::NoRole => Some("name it with `--tenant-role ROLE`, or `[tenancy] role` in freehold.toml"),
            Self::NotAMember { .. } => Some("grant it the application's role, or connect as another role"),
            _ => None,
        }
    }

    /// Wraps a failure of one of Freehold's own statements; used with `map_err`.
    pub(crate) fn own(doing: impl Into<String>) -> impl FnOnce(DbError) -> Self {
        let doing = doing.into();
        move |source| Self::Own { doing, source: Box::new(source) }
    }
}

impl From<SandboxError> for IsolationError {
    fn from(error: SandboxError) -> Self {
        Self::Sandbox(Box::new(error))
    }
}
