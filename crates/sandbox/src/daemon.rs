//! A process beside PostgreSQL (Redis, PgBouncer) with a folder of its own and the same end as a sandbox: with its
//! value, on a signal, by the watchdog, or by the next sweep.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::account::Account;
use crate::error::SandboxError;
use crate::find::Search;
use crate::folders::{SandboxFolder, give_to, root_for_new, runtime_roots};
use crate::options::{SandboxOptions, Storage};
use crate::processes::{end_all_in, signal};
use crate::registry::{EndNow, register};
use crate::sweep::sweep_root;
use crate::watchdog::Watchdog;

/// How long a program may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Folders where packages put such programs and `PATH` may not look.
const KNOWN_FOLDERS: &[&str] = &[
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/opt/homebrew/bin",
    "/home/linuxbrew/.linuxbrew/bin",
];

/// The file that the program is configured by; also how it is recognised where there is no `/proc`.
pub(crate) const CONF: &str = "daemon.conf";

/// The first of several programs that is found, as an absolute path.
pub(crate) fn find_program(search: &Search, names: &[&'static str]) -> Result<PathBuf, SandboxError> {
    let folders: Vec<PathBuf> = match &search.explicit {
        Some(folder) => vec![folder.clone()],
        None => {
            let path = search.path.iter().flat_map(std::env::split_paths);
            path.chain(KNOWN_FOLDERS.iter().map(PathBuf::from)).collect()
        }
    };
    let found = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    let found = found.filter(|path| path.is_absolute()).find(|path| path.is_file());
    found.ok_or_else(|| SandboxError::NoProgram {
        program: names.first().copied().unwrap_or_default(),
        explicit: search.explicit.clone(),
    })
}

/// A port on the loopback address that nobody listened on just now.
pub(crate) fn free_port() -> Result<u16, SandboxError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener
        .map(|address| address.port())
        .map_err(|error| SandboxError::files("find a free port on", Path::new("127.0.0.1"), error))
}

/// A program with its folder. Dropping it ends both.
#[derive(Debug)]
pub(crate) struct Daemon {
    pub(crate) folder: SandboxFolder,
    account: Account,
    program: PathBuf,
    /// Flags before the configuration's path.
    flags: &'static [&'static str],
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Not started, or ended on purpose; the folder is there.
    Down { watchdog: Watchdog },
    /// Started; it may have ended by itself.
    Up { child: Child, watchdog: Watchdog },
    /// Program and folder are gone.
    Ended,
}

impl Daemon {
    /// A watched folder of the server's user for a program, with nothing in it yet.
    pub(crate) fn new(
        program: PathBuf,
        flags: &'static [&'static str],
        runtime_dir: &Path,
    ) -> Result<Arc<Self>, SandboxError> {
        let account = Account::choose()?;
        let options = SandboxOptions {
            runtime_dir: runtime_dir.to_owned(),
            storage: Storage::Disk,
            ..SandboxOptions::default()
        };
        let root = root_for_new(&options, &account)?;
        for root in runtime_roots(&options, &account) {
            sweep_root(&root)?;
        }
        let folder = SandboxFolder::create(&root, &account)?;
        let watchdog = Watchdog::start(&folder.path, &folder.data(), folder.lock_path())?;
        let state = Mutex::new(State::Down { watchdog });
        let daemon = Arc::new(Self { folder, account, program, flags, state });
        let live: Arc<dyn EndNow> = daemon.clone();
        register(Arc::downgrade(&live));
        Ok(daemon)
    }

    /// Writes a file into the folder, readable by the program.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, SandboxError> {
        let path = self.folder.path.join(name);
        fs::write(&path, text).map_err(|error| SandboxError::files("write", &path, error))?;
        give_to(&path, &self.account)?;
        Ok(path)
    }

    /// Starts the program unless it runs, and waits until `ready` says so.
    pub(crate) fn launch(&self, ready: impl Fn() -> bool) -> Result<(), SandboxError> {
        let log = self.folder.log();
        let file = File::options().create(true).append(true).open(&log);
        let file = file.map_err(|error| SandboxError::files("create", &log, error))?;
        give_to(&log, &self.account)?;
        let second = file.try_clone().map_err(|error| SandboxError::files("open", &log, error))?;
        {
            let mut state = self.state();
            let watchdog = match std::mem::replace(&mut *state, State::Ended) {
                State::Down { watchdog } => watchdog,
                State::Up { mut child, watchdog } => match child.try_wait() {
                    // It ended by itself.
                    Ok(Some(_)) => watchdog,
                    Ok(None) | Err(_) => {
                        *state = State::Up { child, watchdog };
                        return Ok(());
                    }
                },
                State::Ended => return Err(SandboxError::Stopped),
            };
            *state = match self.command(file, second).spawn() {
                Ok(child) => State::Up { child, watchdog },
                Err(source) => {
                    *state = State::Down { watchdog };
                    return Err(SandboxError::Spawn { program: self.program.clone(), source });
                }
            };
        }
        self.wait_until(ready)
    }

    fn command(&self, out: File, err: File) -> Command {
        #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
        let mut command = Command::new(&self.program);
        self.account.apply(&mut command);
        let conf: OsString = self.folder.path.join(CONF).into();
        command.args(self.flags).arg(conf);
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        command.current_dir(&self.folder.path).process_group(0);
        command
    }

    fn wait_until(&self, ready: impl Fn() -> bool) -> Result<(), SandboxError> {
        let started = Instant::now();
        while !ready() {
            if let Some(status) = self.died() {
                return Err(SandboxError::DiedAtStart { status, log: self.log_tail() });
            }
            if matches!(*self.state(), State::Ended) {
                return Err(SandboxError::Stopped);
            }
            if started.elapsed() > START_LIMIT {
                return Err(SandboxError::NotReady { seconds: START_LIMIT.as_secs(), log: self.log_tail() });
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// The program's process; `None` when it is not running.
    pub(crate) fn pid(&self) -> Option<i32> {
        match &mut *self.state() {
            State::Up { child, .. } => match child.try_wait() {
                Ok(None) => i32::try_from(child.id()).ok(),
                Ok(Some(_)) | Err(_) => None,
            },
            State::Down { .. } | State::Ended => None,
        }
    }

    fn died(&self) -> Option<String> {
        match &mut *self.state() {
            State::Up { child, .. } => child.try_wait().ok().flatten().map(|status| status.to_string()),
            State::Down { .. } | State::Ended => None,
        }
    }

    /// Sends the program a signal, if it runs.
    pub(crate) fn signal(&self, what: Signal) {
        if let Some(pid) = self.pid() {
            signal(pid, what);
        }
    }

    /// Ends the program with SIGKILL, keeps the folder.
    pub(crate) fn kill(&self) {
        let mut state = self.state();
        *state = match std::mem::replace(&mut *state, State::Ended) {
            State::Up { child, watchdog } => {
                self.end_child(child);
                State::Down { watchdog }
            }
            other => other,
        };
    }

    /// The last lines of what the program wrote, at most 8 KiB.
    pub(crate) fn log_tail(&self) -> String {
        crate::postmaster::tail_of(&self.folder.log(), 8 * 1024).unwrap_or_default()
    }

    /// Ends the program at once, removes its folder and sends the watchdog home.
    pub(crate) fn end(&self) -> Result<(), SandboxError> {
        let watchdog = match std::mem::replace(&mut *self.state(), State::Ended) {
            State::Ended => return Ok(()),
            State::Down { watchdog } => watchdog,
            State::Up { child, watchdog } => {
                self.end_child(child);
                watchdog
            }
        };
        self.folder.remove()?;
        watchdog.dismiss();
        Ok(())
    }

    /// Also what the program started itself: Redis saves in a child of its own.
    fn end_child(&self, mut child: Child) {
        let _ = child.kill();
        let _ = child.wait();
        end_all_in(&self.folder.path);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EndNow for Daemon {
    fn end_now(&self) {
        // What is left behind here is the watchdog's and the next sweep's.
        let _ = self.end();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end_now();
    }
}
