//! Where scratch databases come from: a server of our own, or a development server given by its URL.

use freehold_db::ConnectTo;
use freehold_model::version::PgVersion;

use crate::error::SandboxError;
use crate::given::GivenServer;
use crate::sandbox::Sandbox;
use crate::scratch::Scratch;

/// A server that hands out scratch databases.
#[derive(Debug)]
pub enum Server {
    /// A sandbox.
    Own(Sandbox),
    /// A development server given by its URL.
    Given(GivenServer),
}

impl Server {
    /// A new, empty scratch database, cloned from the prepared template (on a given server from `template0`).
    pub async fn scratch(&self) -> Result<Scratch, SandboxError> {
        Scratch::create(self.admin(), &self.connect_to(), None).await
    }

    /// A clone of a scratch database with everything in it. No session may be open on `from`; one that was closed
    /// just now is waited for.
    pub async fn fork(&self, from: &Scratch) -> Result<Scratch, SandboxError> {
        Scratch::create(self.admin(), &self.connect_to(), Some(from)).await
    }

    /// Drops scratch databases that killed runs left on a given server; returns how many. A sandbox was swept when it
    /// was started.
    pub async fn sweep(&self) -> Result<usize, SandboxError> {
        match self {
            Self::Own(_) => Ok(0),
            Self::Given(given) => given.admin().sweep().await,
        }
    }

    /// Names of the roles that were made on a given server since it was opened; they are dropped when it is closed.
    /// Empty for a sandbox, whose roles die with it.
    pub async fn roles_made(&self) -> Result<Vec<String>, SandboxError> {
        match self {
            Self::Own(_) => Ok(Vec::new()),
            Self::Given(given) => given.admin().roles_made().await,
        }
    }

    /// The server's version.
    pub fn version(&self) -> PgVersion {
        match self {
            Self::Own(sandbox) => sandbox.version(),
            Self::Given(given) => given.version(),
        }
    }

    /// How to connect to its maintenance database.
    pub fn connect_to(&self) -> ConnectTo {
        match self {
            Self::Own(sandbox) => sandbox.connect_to(),
            Self::Given(given) => given.connect_to(),
        }
    }

    /// The sandbox, when it is one.
    pub fn sandbox(&self) -> Option<&Sandbox> {
        match self {
            Self::Own(sandbox) => Some(sandbox),
            Self::Given(_) => None,
        }
    }

    /// Ends it in order: a sandbox is stopped; on a given server the scratch databases and roles that are left are
    /// dropped.
    pub async fn close(self) -> Result<(), SandboxError> {
        match self {
            Self::Own(sandbox) => sandbox.stop().await,
            Self::Given(given) => given.close().await,
        }
    }

    fn admin(&self) -> &std::sync::Arc<crate::admin::Admin> {
        match self {
            Self::Own(sandbox) => sandbox.admin(),
            Self::Given(given) => given.admin(),
        }
    }
}
