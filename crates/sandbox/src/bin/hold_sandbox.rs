//! Holds a server until it is ended in the way that a test wants: the child of the tests of what is left over.
//!
//! `hold_sandbox <way> [redis | URL]`. It starts a sandbox, or a Redis, or opens the server at the URL and makes a
//! scratch database and a role there; prints one line with what it made; then waits, and ends by the way: `wait` (until it is
//! killed), `signals` (stops in order on SIGINT and SIGTERM), `abort`, `return`, each of the last two when its standard
//! input ends.

use std::io::{Read, Write};
use std::process::ExitCode;

use freehold_db::{ConnectTo, Session};
use freehold_sandbox::{GivenServer, RedisOptions, RedisServer, Sandbox, Server, stop_all_now, testing};
use tokio::signal::unix::{SignalKind, signal};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Dropping order at the end: the database before its server.
enum Held {
    Databases { _scratch: freehold_sandbox::Scratch, _server: Box<Server> },
    Redis { _server: RedisServer },
}

#[expect(clippy::disallowed_methods, reason = "a program for tests only, beside the one door to flags")]
fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the way that a signal's handler ends the program in the cli room"
)]
async fn end_on_signals() -> Outcome<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        let code = tokio::select! {
            _ = interrupt.recv() => 130,
            _ = terminate.recv() => 143,
        };
        stop_all_now();
        std::process::exit(code);
    });
    Ok(())
}

async fn hold(url: Option<&String>) -> Outcome<(Held, String)> {
    let Some(url) = url else {
        let sandbox = Sandbox::start(&testing::options()).await?;
        let line = format!("{} {}", sandbox.pid().unwrap_or_default(), sandbox.socket_dir().display());
        let server = Server::Own(sandbox);
        return Ok((Held::Databases { _scratch: server.scratch().await?, _server: Box::new(server) }, line));
    };
    if url == "redis" {
        let options = RedisOptions { search: testing::beside(), ..RedisOptions::default() };
        let redis = RedisServer::start(&options).await?;
        let redis_pid = redis.pid().unwrap_or_default();
        let folder = redis.socket().parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        return Ok((Held::Redis { _server: redis }, format!("{redis_pid} {folder}")));
    }
    let server = Server::Given(GivenServer::open(ConnectTo::from_url(url)?, true).await?);
    let scratch = server.scratch().await?;
    let session = Session::open(&scratch.connect_to()).await?;
    session
        .run("CREATE ROLE made_by_a_script; CREATE TABLE t (); GRANT SELECT ON t TO made_by_a_script")
        .await?;
    let line = scratch.name().to_owned();
    Ok((Held::Databases { _scratch: scratch, _server: Box::new(server) }, line))
}

fn run() -> Outcome<()> {
    let arguments = arguments();
    let way = arguments.first().map_or("wait", String::as_str);
    let runtime = tokio::runtime::Runtime::new()?;
    if way == "signals" {
        runtime.block_on(end_on_signals())?;
    }
    let (held, line) = runtime.block_on(hold(arguments.get(1)))?;
    writeln!(std::io::stdout(), "{line}")?;
    if matches!(way, "wait" | "signals") {
        loop {
            std::thread::park();
        }
    }
    let _ = std::io::stdin().read(&mut [0])?;
    if way == "abort" {
        std::process::abort();
    }
    drop(held);
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}: {:?}", error.source().map(ToString::to_string));
            ExitCode::FAILURE
        }
    }
}
