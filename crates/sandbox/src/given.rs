//! A development server given by its URL: scratch databases are made on it and always dropped.

mod production;

use std::sync::Arc;

use freehold_db::{ConnectTo, Session};
use freehold_model::version::PgVersion;

use crate::admin::{Admin, Kind};
use crate::error::SandboxError;
use crate::sandbox::off_the_runtime;

/// A server that is not ours. When the value ends, every scratch database and role made on it through this value is
/// dropped.
#[derive(Debug)]
pub struct GivenServer {
    to: ConnectTo,
    version: PgVersion,
    admin: Arc<Admin>,
}

impl GivenServer {
    /// Connects, and refuses a server on which the role may not create databases, and, unless `force` is given, one
    /// that looks like a production server. Drops what killed runs left on it.
    pub async fn open(to: ConnectTo, force: bool) -> Result<Self, SandboxError> {
        let failed =
            |source| SandboxError::Database { doing: format!("look at the server {}", to.masked()), source };
        let session = Session::open(&to).await.map_err(failed)?;
        let may_create = session
            .query(
                "SELECT FROM pg_catalog.pg_roles WHERE rolname = current_user AND (rolcreatedb OR rolsuper)",
                &[],
            )
            .await
            .map_err(failed)?;
        if !force {
            let signs = production::signs(&session, &to).await.map_err(failed)?;
            if !signs.is_empty() {
                return Err(SandboxError::LooksLikeProduction { server: to.masked(), signs });
            }
        }
        if may_create.is_empty() {
            return Err(SandboxError::MayNotCreateDatabases {
                role: to.user().to_owned(),
                server: to.masked(),
            });
        }
        let version = session.version();
        let admin = Admin::start(to.clone(), Kind::Given);
        let given = Self { to, version, admin };
        given.admin.sweep().await?;
        Ok(given)
    }

    /// The server's version.
    pub fn version(&self) -> PgVersion {
        self.version
    }

    /// The connection that was given.
    pub fn connect_to(&self) -> ConnectTo {
        self.to.clone()
    }

    pub(crate) fn admin(&self) -> &Arc<Admin> {
        &self.admin
    }

    /// Drops what is left of this run on the server.
    pub async fn close(self) -> Result<(), SandboxError> {
        let admin = self.admin;
        off_the_runtime("clean up the server", move || {
            admin.end();
            Ok(())
        })
        .await
    }
}
