//! The servers of one check: a private sandbox, a second one for the second application of the folder, or the server
//! that was given.
//!
//! Roles and tablespaces outlive a database, so a folder that makes some cannot be applied twice on one server as if
//! from nothing: hence the second sandbox, which also lets both runs use a core each.

use freehold_sandbox::{GivenServer, Sandbox, SandboxOptions, Server};

use super::{CheckError, Request};

pub(crate) struct Servers {
    first: Server,
    second: Option<Server>,
    description: String,
}

impl Servers {
    pub(crate) async fn start(request: &Request) -> Result<Self, CheckError> {
        if let Some(to) = &request.server {
            let given = GivenServer::open(to.clone(), request.allow_production).await?;
            let first = Server::Given(given);
            let description = format!("PostgreSQL {}, {}", first.version(), to.masked());
            return Ok(Self { first, second: None, description });
        }
        request.progress.phase("Starting a private PostgreSQL", None);
        let options = sandbox_options(request);
        let (first, second) = if request.repeat {
            let (first, second) =
                futures_util::future::join(Sandbox::start(&options), Sandbox::start(&options)).await;
            (first?, Some(second?))
        } else {
            (Sandbox::start(&options).await?, None)
        };
        let description = format!("PostgreSQL {}, private sandbox", first.version());
        Ok(Self { first: Server::Own(first), second: second.map(Server::Own), description })
    }

    pub(crate) fn first(&self) -> &Server {
        &self.first
    }

    pub(crate) fn second(&self) -> Option<&Server> {
        self.second.as_ref()
    }

    /// The major version that the migrations run on.
    pub(crate) fn major(&self) -> u32 {
        self.first.version().major()
    }

    pub(crate) fn describe(&self) -> String {
        self.description.clone()
    }

    /// As if nothing had been run yet: on a server that was given, everything that was made is dropped, roles too.
    pub(crate) async fn renewed(self, request: &Request) -> Result<Self, CheckError> {
        self.stop().await?;
        Self::start(request).await
    }

    pub(crate) async fn stop(self) -> Result<(), CheckError> {
        if let Some(second) = self.second {
            second.close().await?;
        }
        self.first.close().await?;
        Ok(())
    }
}

fn sandbox_options(request: &Request) -> SandboxOptions {
    let mut options = SandboxOptions {
        search: request.search.clone(),
        pg_major: request.pg_major.or(request.settings.sandbox.pg_major),
        ..SandboxOptions::default()
    };
    if let Some(cache_dir) = &request.cache_dir {
        options.cache_dir.clone_from(cache_dir);
    }
    options
}
