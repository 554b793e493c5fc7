//! A server for the tests of all rooms: one for each test process, started when it is first asked for.
//!
//! Statics are never dropped, so the server's end is the watchdog's work: it acts as soon as the test process is gone.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::find::Search;
use crate::options::SandboxOptions;
use crate::redis::{RedisOptions, RedisServer};
use crate::sandbox::Sandbox;
use crate::scratch::Scratch;
use crate::server::Server;

static REDIS: OnceCell<Arc<RedisServer>> = OnceCell::const_new();
static SERVER: OnceCell<Arc<Server>> = OnceCell::const_new();

/// Options for tests: server programs from `FREEHOLD_PG_BIN` or the usual places, folders that need no environment.
pub fn options() -> SandboxOptions {
    let mut options = SandboxOptions::default();
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no face that could read the environment for them"
    )]
    {
        options.search.explicit = std::env::var_os("FREEHOLD_PG_BIN").map(Into::into);
        options.search.path = std::env::var_os("PATH");
    }
    options
}

/// The server of this test process.
///
/// # Panics
/// When no server can be started: then no test that needs one can say anything.
#[expect(clippy::panic, reason = "only tests call this, and a test without a server has failed")]
pub async fn server() -> Arc<Server> {
    let started =
        SERVER.get_or_try_init(|| async { Sandbox::start(&options()).await.map(Server::Own).map(Arc::new) });
    match started.await {
        Ok(server) => server.clone(),
        Err(error) => panic!("no server for tests: {}", with_causes(&error)),
    }
}

/// A new scratch database on the server of this test process.
///
/// # Panics
/// When it cannot be made.
#[expect(clippy::panic, reason = "only tests call this, and a test without a database has failed")]
pub async fn scratch() -> Scratch {
    match server().await.scratch().await {
        Ok(scratch) => scratch,
        Err(error) => panic!("no scratch database for a test: {}", with_causes(&error)),
    }
}

/// The Redis of this test process: on a Unix socket, with nothing on disk.
///
/// # Panics
/// When it can't be started: then no test that needs one can say anything.
#[expect(clippy::panic, reason = "only tests call this, and a test without a server has failed")]
pub async fn redis() -> Arc<RedisServer> {
    let options = RedisOptions { search: beside(), ..RedisOptions::default() };
    let started = REDIS.get_or_try_init(|| async { RedisServer::start(&options).await.map(Arc::new) });
    match started.await {
        Ok(server) => server.clone(),
        Err(error) => panic!("no Redis for tests: {}", with_causes(&error)),
    }
}

/// Where tests look for programs beside PostgreSQL: in `PATH`.
pub fn beside() -> Search {
    Search { explicit: None, ..options().search }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
