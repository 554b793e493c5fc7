//! A private Redis: started for its value, gone with its value.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;

use crate::daemon::{CONF, Daemon, find_program, free_port};
use crate::error::SandboxError;
use crate::find::Search;
use crate::options::SandboxOptions;
use crate::sandbox::off_the_runtime;

/// The names that packages give the program.
const PROGRAMS: &[&str] = &["redis-server", "valkey-server"];

/// The oldest version that is served.
const OLDEST: (u32, u32) = (6, 2);

/// What a private Redis is started with. `Default` needs no environment: a Unix socket alone, nothing on disk.
///
/// ```
/// use freehold_sandbox::RedisOptions;
///
/// let options = RedisOptions { tcp: true, settings: vec![("maxmemory".into(), "64mb".into())], ..Default::default() };
/// assert!(!options.append_only);
/// ```
#[derive(Debug, Clone)]
pub struct RedisOptions {
    /// Where to look for `redis-server` or `valkey-server`; beyond `PATH`, the usual folders.
    pub search: Search,
    /// Its folder (socket, log, files) is made in this one.
    pub runtime_dir: PathBuf,
    /// Also listens on a free port of 127.0.0.1.
    pub tcp: bool,
    /// Writes every change to the append-only file before it is answered, so that [`RedisServer::kill`] loses nothing.
    pub append_only: bool,
    /// Further lines of its configuration, such as `("maxmemory", "64mb")`. They win over the sandbox's own.
    pub settings: Vec<(String, String)>,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            search: Search::default(),
            runtime_dir: SandboxOptions::default().runtime_dir,
            tcp: false,
            append_only: false,
            settings: Vec::new(),
        }
    }
}

/// A private Redis server. It dies with this value, with this process, and with a panic, as a
/// [`Sandbox`](crate::Sandbox) does.
///
/// ```no_run
/// # async fn f() -> Result<(), freehold_sandbox::SandboxError> {
/// use freehold_sandbox::{RedisOptions, RedisServer};
///
/// let redis = RedisServer::start(&RedisOptions::default()).await?;
/// assert!(redis.url().starts_with("redis+unix:///"));
/// redis.kill().await?;    // as kill -9
/// redis.restart().await?; // the same socket again, empty: nothing was written to disk
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RedisServer {
    daemon: Arc<Daemon>,
    port: Option<u16>,
    version: (u32, u32, u32),
}

impl RedisServer {
    /// Starts a server in a folder of its own. Answers when this returns.
    ///
    /// # Errors
    /// [`SandboxError::NoProgram`] when no server is installed, [`SandboxError::ProgramTooOld`] for one before 6.2,
    /// [`SandboxError::DiedAtStart`] with its log when it does not take its settings.
    pub async fn start(options: &RedisOptions) -> Result<Self, SandboxError> {
        let options = options.clone();
        off_the_runtime("start Redis", move || Self::start_blocking(&options)).await
    }

    fn start_blocking(options: &RedisOptions) -> Result<Self, SandboxError> {
        let program = find_program(&options.search, PROGRAMS)?;
        let version = version_of(&program)?;
        // Somebody may take the port between our finding it and the server's listening.
        let mut attempts_left = if options.tcp { 5 } else { 0 };
        loop {
            let port = options.tcp.then(free_port).transpose()?;
            let daemon = Daemon::new(program.clone(), &[], &options.runtime_dir)?;
            daemon.write(CONF, &configuration(options, &daemon.folder.path, port))?;
            let socket = socket_in(&daemon.folder.path);
            match daemon.launch(|| answers(&socket)) {
                Err(SandboxError::DiedAtStart { log, .. })
                    if attempts_left > 0 && log.contains("Address already in use") =>
                {
                    attempts_left -= 1;
                }
                started => {
                    started?;
                    return Ok(Self { daemon, port, version });
                }
            }
        }
    }

    /// The URL of its Unix socket, as Redis clients read it: `redis+unix:///…/redis.sock`.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// The URL of its port on 127.0.0.1; `None` when it was started without [`RedisOptions::tcp`].
    pub fn tcp_url(&self) -> Option<String> {
        self.port.map(|port| format!("redis://127.0.0.1:{port}/"))
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        socket_in(&self.daemon.folder.path)
    }

    /// Its port on 127.0.0.1, where it has one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Its version: major, minor, patch.
    pub fn version(&self) -> (u32, u32, u32) {
        self.version
    }

    /// Its process; `None` when it is not running.
    pub fn pid(&self) -> Option<i32> {
        self.daemon.pid()
    }

    /// The last lines of its log, at most 8 KiB.
    pub fn log_tail(&self) -> String {
        self.daemon.log_tail()
    }

    /// Ends the process as `kill -9` does; folder and port stay for [`RedisServer::restart`]. Nothing happens when it
    /// does not run.
    ///
    /// # Errors
    /// [`SandboxError::ThreadLost`] when the runtime is going down.
    pub async fn kill(&self) -> Result<(), SandboxError> {
        let daemon = self.daemon.clone();
        off_the_runtime("kill Redis", move || {
            daemon.kill();
            Ok(())
        })
        .await
    }

    /// Starts it again on the same socket and port, with what the append-only file holds. Nothing happens when it runs.
    ///
    /// # Errors
    /// As [`RedisServer::start`].
    pub async fn restart(&self) -> Result<(), SandboxError> {
        let (daemon, socket) = (self.daemon.clone(), self.socket());
        off_the_runtime("restart Redis", move || daemon.launch(|| answers(&socket))).await
    }

    /// Makes it stand still: connections stay open and nothing is answered, until [`RedisServer::resume`].
    pub fn pause(&self) {
        self.daemon.signal(Signal::STOP);
    }

    /// Lets it go on after [`RedisServer::pause`].
    pub fn resume(&self) {
        self.daemon.signal(Signal::CONT);
    }

    /// Ends it and removes its folder.
    ///
    /// # Errors
    /// [`SandboxError::Files`] when the folder can't be removed; the watchdog tries again.
    pub async fn stop(self) -> Result<(), SandboxError> {
        let daemon = self.daemon.clone();
        off_the_runtime("stop Redis", move || daemon.end()).await
    }
}

fn socket_in(folder: &Path) -> PathBuf {
    folder.join("redis.sock")
}

/// A later line of a Redis configuration wins over an earlier one.
fn configuration(options: &RedisOptions, folder: &Path, port: Option<u16>) -> String {
    let mut text = format!(
        "port {}\nbind 127.0.0.1\nunixsocket {}\nunixsocketperm 700\ndir {}\nsave \"\"\nset-proc-title no\n",
        port.unwrap_or(0),
        socket_in(folder).display(),
        folder.display()
    );
    if options.append_only {
        text.push_str("appendonly yes\nappendfsync always\n");
    }
    for (name, value) in &options.settings {
        text.push_str(&format!("{name} {value}\n"));
    }
    text
}

/// True when the server answers PING, also while it still reads its file (then with an error: not yet).
fn answers(socket: &Path) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        // With a password set, refusing is an answer too.
        Ok(&answer == b"+PONG" || &answer == b"-NOAU")
    };
    ask().unwrap_or(false)
}

fn version_of(program: &Path) -> Result<(u32, u32, u32), SandboxError> {
    #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    let output = output.map_err(|source| SandboxError::Spawn { program: program.to_owned(), source })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match parse_version(&text) {
        Some(version) if (version.0, version.1) >= OLDEST => Ok(version),
        _ => Err(SandboxError::ProgramTooOld {
            program: program.to_owned(),
            found: text.trim().to_owned(),
            oldest: format!("{}.{}", OLDEST.0, OLDEST.1),
        }),
    }
}

/// From `Redis server v=7.0.15 sha=…` or `Valkey server v=8.0.1 sha=…`.
fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let word = text.split_whitespace().find_map(|word| word.strip_prefix("v="))?;
    let mut numbers = word.split('.').map(|number| number.parse::<u32>().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_banner() {
        assert_eq!(parse_version("Redis server v=7.0.15 sha=0:0 malloc=libc bits=64"), Some((7, 0, 15)));
        assert_eq!(parse_version("Valkey server v=8.1.0-rc1 sha=0"), Some((8, 1, 0)));
        assert_eq!(parse_version("something else"), None);
    }
}
