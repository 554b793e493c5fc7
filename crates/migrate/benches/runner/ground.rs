//! Where the benchmark works: a server of its own, durable as a production server is or not at all, and programs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use freehold_db::{ConnectTo, Session};
use freehold_model::name::quote_identifier;
use freehold_sandbox::{Sandbox, SandboxOptions, Storage};

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What a server is set to that must not lose anything: PostgreSQL's own defaults.
const DURABLE: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("wal_level", "replica"),
    ("wal_init_zero", "on"),
    ("wal_recycle", "on"),
    ("max_wal_size", "1GB"),
    ("checkpoint_timeout", "5min"),
    ("checkpoint_flush_after", "256kB"),
    ("bgwriter_flush_after", "512kB"),
    ("bgwriter_lru_maxpages", "100"),
    ("autovacuum", "on"),
    ("jit", "on"),
    ("track_io_timing", "off"),
    ("max_connections", "100"),
];

/// A private server.
pub(crate) struct Ground {
    sandbox: Sandbox,
}

impl Ground {
    /// Starts one, with its data on disk.
    pub(crate) async fn start(durable: bool) -> Outcome<Self> {
        let mut options = SandboxOptions { storage: Storage::Disk, ..SandboxOptions::default() };
        if durable {
            let settings = DURABLE.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            options.settings = settings.collect();
        }
        Ok(Self { sandbox: Sandbox::start(&options).await? })
    }

    /// The settings that a durable server is given, as text.
    pub(crate) fn durable_settings() -> String {
        let named = DURABLE.iter().map(|(name, value)| format!("{name} = {value}"));
        named.collect::<Vec<_>>().join(", ")
    }

    /// Where a database of it is.
    pub(crate) fn to(&self, database: &str) -> ConnectTo {
        self.sandbox.connect_to().with_database(database)
    }

    /// The folder of its socket.
    pub(crate) fn socket_dir(&self) -> &Path {
        self.sandbox.socket_dir()
    }

    /// Its version.
    pub(crate) fn version(&self) -> String {
        self.sandbox.installation().version.to_string()
    }

    /// Makes an empty database in place of what has the name, and lets the server write out what is left to write.
    pub(crate) async fn empty(&self, database: &str) -> Outcome<()> {
        let admin = Session::open(&self.to("postgres")).await?;
        let name = quote_identifier(database);
        admin.run(&format!("DROP DATABASE IF EXISTS {name}")).await?;
        admin.run(&format!("CREATE DATABASE {name} TEMPLATE template0")).await?;
        admin.run("CHECKPOINT").await?;
        admin.close().await;
        Ok(())
    }

    /// One number that a query gives.
    pub(crate) async fn number(&self, database: &str, query: &str) -> Outcome<i64> {
        let session = Session::open(&self.to(database)).await?;
        let rows = session.query(query, &[]).await?;
        let number = rows.first().ok_or("no row")?.try_get(0)?;
        session.close().await;
        Ok(number)
    }

    pub(crate) async fn stop(self) -> Outcome<()> {
        Ok(self.sandbox.stop().await?)
    }
}

/// How a program ran.
pub(crate) struct Ran {
    pub(crate) took: Duration,
    /// The most memory it held at once (`VmHWM`), in MiB; it is looked at every few milliseconds.
    pub(crate) peak_mib: f64,
    pub(crate) status: ExitStatus,
    pub(crate) said: String,
}

/// Runs a program to its end, or kills it when `enough` says so.
pub(crate) fn run(command: &mut Command, enough: Option<&dyn Fn() -> bool>) -> io::Result<Ran> {
    let log = tempfile::NamedTempFile::new()?;
    command.stdin(Stdio::null()).stdout(log.reopen()?).stderr(log.reopen()?);
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let (ended, peak) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let watcher = thread::spawn({
        let (ended, peak, pid) = (Arc::clone(&ended), Arc::clone(&peak), child.id());
        move || {
            while !ended.load(Ordering::Relaxed) {
                peak.fetch_max(high_water(pid).unwrap_or(0), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(5));
            }
        }
    });
    if let Some(enough) = enough {
        while child.try_wait()?.is_none() {
            if enough() {
                child.kill()?;
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
    let status = child.wait()?;
    let took = begun.elapsed();
    ended.store(true, Ordering::Relaxed);
    let _ = watcher.join();
    #[expect(clippy::cast_precision_loss, reason = "memory in KiB is far below 2^52")]
    let peak_mib = peak.load(Ordering::Relaxed) as f64 / 1024.0;
    Ok(Ran { took, peak_mib, status, said: fs::read_to_string(log.path())? })
}

/// The most memory that a process has held, in KiB (proc(5), VmHWM).
fn high_water(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// An error with the program's own words when it failed.
pub(crate) fn demand(ran: Ran, what: &str) -> Outcome<Ran> {
    if ran.status.success() {
        return Ok(ran);
    }
    let end: Vec<&str> = ran.said.lines().rev().take(15).collect();
    let end: Vec<&str> = end.into_iter().rev().collect();
    Err(format!("{what} failed ({}):\n{}", ran.status, end.join("\n")).into())
}

/// The programs that are measured, as `make bench` names them.
pub(crate) struct Programs {
    /// The release build of Freehold.
    pub(crate) freehold: Option<PathBuf>,
    peers: Option<PathBuf>,
}

impl Programs {
    /// From the environment of `make bench`.
    pub(crate) fn from_environment() -> Self {
        let path = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.exists());
        Self { freehold: path("FREEHOLD_BENCH_PROGRAM"), peers: path("FREEHOLD_BENCH_PEERS") }
    }

    /// A peer's program, if it is installed.
    pub(crate) fn peer(&self, name: &str) -> Option<PathBuf> {
        let path = self.peers.as_ref()?.join(name);
        path.exists().then_some(path)
    }
}
