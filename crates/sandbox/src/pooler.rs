//! A PgBouncer in front of a sandbox: started for its value, gone with its value.

use std::fmt::Write as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use freehold_db::ConnectTo;

use crate::daemon::{CONF, Daemon, find_program, free_port};
use crate::error::SandboxError;
use crate::find::Search;
use crate::folders::PORT as SERVER_PORT;
use crate::options::SandboxOptions;
use crate::sandbox::{Sandbox, off_the_runtime};

/// The port in the socket's name when nothing listens on TCP.
const PORT: u16 = 6432;

/// When a pooler hands a server connection to the next client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PoolMode {
    /// When the client's session ends.
    Session,
    /// After each transaction, the usual mode.
    #[default]
    Transaction,
    /// After each statement; no transactions of more than one.
    Statement,
}

/// Who clients of a pooler are on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PoolerLogin {
    /// Each client is the role it names, if it is one of these; no passwords.
    Own(Vec<String>),
    /// Every client is this role, whatever it names (`auth_type = any`).
    As(String),
}

/// What a PgBouncer is started with.
///
/// ```
/// use freehold_sandbox::{PoolMode, PoolerLogin, PoolerOptions};
///
/// let options = PoolerOptions { pool_size: 2, ..PoolerOptions::for_roles(["app_writer", "app_system"]) };
/// assert_eq!(options.mode, PoolMode::Transaction);
/// ```
#[derive(Debug, Clone)]
pub struct PoolerOptions {
    /// Where to look for `pgbouncer`; beyond `PATH`, the usual folders.
    pub search: Search,
    /// Its folder (socket, log, files) is made in this one.
    pub runtime_dir: PathBuf,
    /// When a server connection is handed on.
    pub mode: PoolMode,
    /// Server connections for each database and role.
    pub pool_size: u32,
    /// Clients at once.
    pub max_clients: u32,
    /// Who clients are.
    pub login: PoolerLogin,
    /// Also listens on a free port of 127.0.0.1.
    pub tcp: bool,
    /// Further lines of `[pgbouncer]`, such as `("server_reset_query_always", "1")`. They win over the sandbox's own.
    pub settings: Vec<(String, String)>,
}

impl PoolerOptions {
    /// In transaction mode, 4 server connections, 200 clients, each of which is one of these roles.
    pub fn for_roles<R: Into<String>>(roles: impl IntoIterator<Item = R>) -> Self {
        Self {
            search: Search::default(),
            runtime_dir: SandboxOptions::default().runtime_dir,
            mode: PoolMode::default(),
            pool_size: 4,
            max_clients: 200,
            login: PoolerLogin::Own(roles.into_iter().map(Into::into).collect()),
            tcp: false,
            settings: Vec::new(),
        }
    }
}

/// A private PgBouncer in front of a [`Sandbox`]. It dies with this value, with this process, and with a panic.
///
/// ```no_run
/// # async fn f(sandbox: &freehold_sandbox::Sandbox) -> Result<(), freehold_sandbox::SandboxError> {
/// use freehold_sandbox::{PoolerOptions, PoolerServer};
///
/// sandbox.admit("app_writer")?; // the server itself must let the role in, too
/// let pooler = PoolerServer::start(&PoolerOptions::for_roles(["app_writer"]), sandbox).await?;
/// let url = pooler.connect_to("app_writer", "postgres").masked(); // there is no password to mask
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PoolerServer {
    daemon: Arc<Daemon>,
    port: u16,
    tcp: bool,
}

impl PoolerServer {
    /// Starts a PgBouncer in a folder of its own. Takes clients when this returns.
    ///
    /// Roles that clients log in as must be admitted to the sandbox ([`Sandbox::admit`]).
    ///
    /// # Errors
    /// [`SandboxError::NoProgram`] when PgBouncer is not installed, [`SandboxError::DiedAtStart`] with its log when it
    /// does not take its settings.
    pub async fn start(options: &PoolerOptions, server: &Sandbox) -> Result<Self, SandboxError> {
        let (options, server) = (options.clone(), server.socket_dir().to_owned());
        off_the_runtime("start PgBouncer", move || Self::start_blocking(&options, &server)).await
    }

    fn start_blocking(options: &PoolerOptions, server: &Path) -> Result<Self, SandboxError> {
        let program = find_program(&options.search, &["pgbouncer"])?;
        let mut attempts_left = if options.tcp { 5 } else { 0 };
        loop {
            let port = if options.tcp { free_port()? } else { PORT };
            let daemon = Daemon::new(program.clone(), &["-q"], &options.runtime_dir)?;
            daemon.write("users.txt", &users(options))?;
            daemon.write(CONF, &configuration(options, &daemon.folder.path, server, port))?;
            let socket = socket_in(&daemon.folder.path, port);
            match daemon.launch(|| UnixStream::connect(&socket).is_ok()) {
                Err(SandboxError::DiedAtStart { log, .. })
                    if attempts_left > 0 && log.contains("Address already in use") =>
                {
                    attempts_left -= 1;
                }
                started => {
                    started?;
                    return Ok(Self { daemon, port, tcp: options.tcp });
                }
            }
        }
    }

    /// How a role connects to a database through it, over the Unix socket.
    pub fn connect_to(&self, role: &str, database: &str) -> ConnectTo {
        ConnectTo::socket(&self.daemon.folder.path, self.port, role, database)
    }

    /// The folder of its socket.
    pub fn socket_dir(&self) -> &Path {
        &self.daemon.folder.path
    }

    /// Its port on 127.0.0.1; `None` when it was started without [`PoolerOptions::tcp`].
    pub fn port(&self) -> Option<u16> {
        self.tcp.then_some(self.port)
    }

    /// Its process; `None` when it is not running.
    pub fn pid(&self) -> Option<i32> {
        self.daemon.pid()
    }

    /// The last lines of its log, at most 8 KiB.
    pub fn log_tail(&self) -> String {
        self.daemon.log_tail()
    }

    /// Ends the process as `kill -9` does; the folder stays for [`PoolerServer::restart`].
    ///
    /// # Errors
    /// [`SandboxError::ThreadLost`] when the runtime is going down.
    pub async fn kill(&self) -> Result<(), SandboxError> {
        let daemon = self.daemon.clone();
        off_the_runtime("kill PgBouncer", move || {
            daemon.kill();
            Ok(())
        })
        .await
    }

    /// Starts it again on the same socket. Nothing happens when it runs.
    ///
    /// # Errors
    /// As [`PoolerServer::start`].
    pub async fn restart(&self) -> Result<(), SandboxError> {
        let (daemon, socket) = (self.daemon.clone(), socket_in(self.socket_dir(), self.port));
        off_the_runtime("restart PgBouncer", move || {
            if daemon.pid().is_none() {
                // The socket of a killed one is still there, and PgBouncer takes it for a living one's.
                let _ = std::fs::remove_file(&socket);
            }
            daemon.launch(|| UnixStream::connect(&socket).is_ok())
        })
        .await
    }

    /// Ends it and removes its folder.
    ///
    /// # Errors
    /// [`SandboxError::Files`] when the folder can't be removed; the watchdog tries again.
    pub async fn stop(self) -> Result<(), SandboxError> {
        let daemon = self.daemon.clone();
        off_the_runtime("stop PgBouncer", move || daemon.end()).await
    }
}

fn socket_in(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!(".s.PGSQL.{port}"))
}

fn users(options: &PoolerOptions) -> String {
    let PoolerLogin::Own(roles) = &options.login else { return String::new() };
    roles.iter().map(|role| format!("\"{}\" \"\"\n", role.replace('"', "\"\""))).collect()
}

fn configuration(options: &PoolerOptions, folder: &Path, server: &Path, port: u16) -> String {
    let mut text = String::from("[databases]\n");
    let (user, auth) = match &options.login {
        PoolerLogin::Own(_) => (String::new(), "trust"),
        // A value in this file is quoted like a string of SQL.
        PoolerLogin::As(role) => (format!(" user='{}'", role.replace('\'', "''")), "any"),
    };
    let mode = match options.mode {
        PoolMode::Session => "session",
        PoolMode::Transaction => "transaction",
        PoolMode::Statement => "statement",
    };
    let tcp = if options.tcp { "listen_addr = 127.0.0.1\n" } else { "" };
    // Writing into a string cannot fail.
    let _ = write!(
        text,
        "* = host={} port={SERVER_PORT}{user}\n[pgbouncer]\n{tcp}listen_port = {port}\nunix_socket_dir = {}\n\
         auth_type = {auth}\nauth_file = {}\npool_mode = {mode}\ndefault_pool_size = {}\nmax_client_conn = {}\n\
         ignore_startup_parameters = extra_float_digits,options\n",
        server.display(),
        folder.display(),
        folder.join("users.txt").display(),
        options.pool_size,
        options.max_clients,
    );
    for (name, value) in &options.settings {
        let _ = writeln!(text, "{name} = {value}");
    }
    text
}
