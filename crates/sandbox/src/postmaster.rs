//! One running server: its process, its folder and its end.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::account::Account;
use crate::error::SandboxError;
use crate::find::Installation;
use crate::folders::{SandboxFolder, give_to};
use crate::processes::{end_all_in, free_shared_memory, signal};
use crate::registry::EndNow;
use crate::settings::ident_map;
use crate::watchdog::Watchdog;

/// How long a server may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long a server may take to end by itself when it is asked to.
const FAST_LIMIT: Duration = Duration::from_secs(2);

/// A server's process with everything that must go when it goes. Dropping it ends it at once.
#[derive(Debug)]
pub(crate) struct Postmaster {
    pub(crate) folder: SandboxFolder,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// The folder is there, the server is not started yet.
    Made { watchdog: Watchdog },
    /// The server was started; it may have ended by itself.
    Started { child: Child, watchdog: Watchdog },
    /// Server and folder are gone.
    Ended,
}

impl Postmaster {
    /// A watched, empty folder for a server.
    pub(crate) fn new(root: &Path, account: &Account) -> Result<Self, SandboxError> {
        let folder = SandboxFolder::create(root, account)?;
        let watchdog = Watchdog::start(&folder.path, &folder.data(), folder.lock_path())?;
        Ok(Self { folder, state: Mutex::new(State::Made { watchdog }) })
    }

    /// Starts the server on the data folder and waits until it takes sessions.
    pub(crate) fn start(
        &self,
        installation: &Installation,
        account: &Account,
        settings: &[(String, String)],
    ) -> Result<(), SandboxError> {
        self.write_ident_map(account, installation.version.major(), &[])?;
        self.launch(installation, account, settings)
    }

    /// Ends every process of the server as `kill -9` does; the folder stays for [`Postmaster::launch`].
    pub(crate) fn kill(&self) {
        if let State::Started { child, .. } = &mut *self.state() {
            // A zombie that was not waited for yet would hide that it is gone.
            let _ = child.kill();
            let _ = child.wait();
            end_all_in(&self.folder.path);
            free_shared_memory(&self.folder.data());
        }
    }

    /// Starts the server's process, also after [`Postmaster::kill`], and waits until it takes sessions. Nothing happens
    /// when it runs.
    pub(crate) fn launch(
        &self,
        installation: &Installation,
        account: &Account,
        settings: &[(String, String)],
    ) -> Result<(), SandboxError> {
        if self.pid().is_some() {
            return Ok(());
        }
        // What a killed server left there says `ready` of a process that is gone.
        let _ = fs::remove_file(self.folder.data().join("postmaster.pid"));
        let child = self.spawn(installation, account, settings)?;
        {
            let mut state = self.state();
            *state = match std::mem::replace(&mut *state, State::Ended) {
                State::Made { watchdog } => State::Started { child, watchdog },
                State::Started { watchdog, .. } => State::Started { child, watchdog },
                // A signal ended everything in between; this server must go too.
                State::Ended => {
                    drop(state);
                    end_child(child, &self.folder.path);
                    return Err(SandboxError::Stopped);
                }
            };
        }
        self.wait_until_ready()
    }

    fn spawn(
        &self,
        installation: &Installation,
        account: &Account,
        settings: &[(String, String)],
    ) -> Result<Child, SandboxError> {
        let log = self.folder.log();
        let file = File::create(&log).map_err(|e| SandboxError::files("create", &log, e))?;
        give_to(&log, account)?;
        let second = file.try_clone().map_err(|e| SandboxError::files("open", &log, e))?;
        let program = installation.program("postgres");
        #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
        let mut command = Command::new(&program);
        account.apply(&mut command);
        command.arg("-D").arg(self.folder.data()).arg("-k").arg(&self.folder.path);
        for (name, value) in settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.stdin(Stdio::null()).stdout(file).stderr(second);
        // A group of its own: Ctrl-C at the terminal reaches Freehold, which then stops the server in order.
        command.current_dir(&self.folder.path).process_group(0);
        command.spawn().map_err(|source| SandboxError::Spawn { program, source })
    }

    /// The server writes `ready` into the eighth line of `postmaster.pid` (PostgreSQL's `miscadmin.h`,
    /// `LOCK_FILE_LINE_PM_STATUS`); looking there costs no session.
    fn wait_until_ready(&self) -> Result<(), SandboxError> {
        let (started, file) = (Instant::now(), self.folder.data().join("postmaster.pid"));
        loop {
            let text = fs::read_to_string(&file).unwrap_or_default();
            if text.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            if let Some(status) = self.died() {
                let log = self.log_tail();
                if log.contains("No space left on device") {
                    return Err(SandboxError::DiskFull {
                        doing: "start the server in",
                        path: self.folder.path.clone(),
                    });
                }
                return Err(SandboxError::DiedAtStart { status, log });
            }
            if matches!(*self.state(), State::Ended) {
                return Err(SandboxError::Stopped);
            }
            if started.elapsed() > START_LIMIT {
                return Err(SandboxError::NotReady { seconds: START_LIMIT.as_secs(), log: self.log_tail() });
            }
            std::thread::sleep(Duration::from_millis(if started.elapsed().as_millis() < 200 {
                1
            } else {
                5
            }));
        }
    }

    /// Writes which system users may be which roles; the server reads it at its start and when told to reload.
    pub(crate) fn write_ident_map(
        &self,
        account: &Account,
        major: u32,
        roles: &[String],
    ) -> Result<(), SandboxError> {
        let path = self.folder.data().join("pg_ident.conf");
        fs::write(&path, ident_map(account, major, roles)).map_err(|e| SandboxError::files("write", &path, e))
    }

    /// The server's process; `None` when it is not running.
    pub(crate) fn pid(&self) -> Option<i32> {
        match &mut *self.state() {
            State::Started { child, .. } => match child.try_wait() {
                Ok(None) => i32::try_from(child.id()).ok(),
                Ok(Some(_)) | Err(_) => None,
            },
            State::Made { .. } | State::Ended => None,
        }
    }

    /// How the server ended, if it ended without being told to.
    pub(crate) fn died(&self) -> Option<String> {
        match &mut *self.state() {
            State::Started { child, .. } => child.try_wait().ok().flatten().map(|status| status.to_string()),
            State::Made { .. } | State::Ended => None,
        }
    }

    /// The last lines of the server's log, at most 8 KiB; empty when the folder is gone.
    pub(crate) fn log_tail(&self) -> String {
        tail_of(&self.folder.log(), 8 * 1024).unwrap_or_default()
    }

    /// Asks the server to end its sessions and itself, waits a little, then ends it the hard way.
    pub(crate) fn stop(&self) -> Result<(), SandboxError> {
        if let Some(pid) = self.pid() {
            signal(pid, Signal::INT);
            let asked = Instant::now();
            while self.pid().is_some() && asked.elapsed() < FAST_LIMIT {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        self.end()
    }

    /// Ends the server at once, removes its folder and sends the watchdog home.
    pub(crate) fn end(&self) -> Result<(), SandboxError> {
        let watchdog = match std::mem::replace(&mut *self.state(), State::Ended) {
            State::Ended => return Ok(()),
            State::Made { watchdog } => watchdog,
            State::Started { child, watchdog } => {
                end_child(child, &self.folder.path);
                watchdog
            }
        };
        // When the folder cannot be removed the watchdog is not dismissed, so it tries again.
        self.folder.remove()?;
        watchdog.dismiss();
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EndNow for Postmaster {
    fn end_now(&self) {
        // What is left behind here is the watchdog's and the next sweep's.
        let _ = self.end();
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        self.end_now();
    }
}

/// Immediate shutdown: the postmaster passes it on to its children. One that does not answer, or was killed by
/// somebody and left its children alone, is killed with all of them.
fn end_child(mut child: Child, folder: &Path) {
    let asked = Instant::now();
    let pid = i32::try_from(child.id()).unwrap_or_default();
    let ended_by_itself = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if asked.elapsed() > Duration::from_secs(1) => break None,
            Ok(None) if asked.elapsed() < Duration::from_micros(500) => signal(pid, Signal::QUIT),
            Ok(None) => {}
            Err(_) => break None,
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let was_killed = |status: ExitStatus| status.signal().is_some();
    if ended_by_itself.is_none_or(was_killed) {
        end_all_in(folder);
        free_shared_memory(&folder.join("data"));
        let _ = child.kill();
        let _ = child.wait();
    }
}

pub(crate) fn tail_of(path: &Path, length: u64) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(length);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // The first line of a cut text is most likely not whole.
    Ok(if start > 0 {
        text.split_once('\n').map_or("", |(_, rest)| rest).to_owned()
    } else {
        text.into_owned()
    })
}
