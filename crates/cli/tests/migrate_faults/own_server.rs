//! A server that a test can kill, start again, copy and turn into a replica. The sandbox's own servers live and die with
//! their values, which is what these tests must not have.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use freehold_db::{ConnectTo, Session};
use freehold_sandbox::{Search, find_installations, testing};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const PORT: u16 = 5432;

/// The server's folder, its socket folder, and the process while it runs.
pub(crate) struct OwnServer {
    pub(crate) data: PathBuf,
    folder: TempDir,
    bin: PathBuf,
    postmaster: Option<Child>,
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.kill();
    }
}

impl OwnServer {
    /// A new one, running.
    pub(crate) async fn start() -> Self {
        let search: Search = testing::options().search;
        let bin = find_installations(&search).usable.first().expect("a server").bin_dir.clone();
        let folder = tempfile::Builder::new().prefix("fh").tempdir_in("/tmp").unwrap();
        let data = folder.path().join("data");
        let mut server = Self { data: data.clone(), folder, bin, postmaster: None };
        server.give_away(server.folder.path());
        let made = server
            .command("initdb")
            .args(["-U", "postgres", "-A", "trust", "--no-sync", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success());
        server.again().await;
        server
    }

    /// A program of PostgreSQL, as a user that it does not refuse.
    #[expect(clippy::disallowed_methods, reason = "only a test may kill a server and start it again")]
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.current_dir("/tmp");
        if let Some((uid, gid)) = account() {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn give_away(&self, path: &Path) {
        if let Some((uid, gid)) = account() {
            std::os::unix::fs::chown(path, Some(uid), Some(gid)).unwrap();
        }
    }

    /// Starts it on the folder as it is, and waits until it answers.
    pub(crate) async fn again(&mut self) {
        let begun = Instant::now();
        loop {
            let process = self
                .command("postgres")
                .arg("-D")
                .arg(&self.data)
                .arg("-k")
                .arg(self.folder.path())
                .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=40"])
                .args(["-c", "max_prepared_transactions=2"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            self.postmaster = Some(process);
            while self.postmaster.as_mut().unwrap().try_wait().unwrap().is_none() {
                if let Ok(session) = Session::open(&self.to("postgres")).await {
                    session.close().await;
                    return;
                }
                assert!(begun.elapsed() < Duration::from_secs(30), "the server does not answer");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // The processes of the one before may still be on their way out.
            assert!(begun.elapsed() < Duration::from_secs(30), "the server does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Kills it with -9; its other processes notice and go.
    pub(crate) fn kill(&mut self) {
        if let Some(mut postmaster) = self.postmaster.take() {
            let _ = postmaster.kill();
            let _ = postmaster.wait();
        }
    }

    /// False once the postmaster has ended.
    pub(crate) fn is_running(&mut self) -> bool {
        self.postmaster.as_mut().is_some_and(|postmaster| postmaster.try_wait().unwrap().is_none())
    }

    /// Waits until it answers: after a backend was killed it goes through recovery.
    pub(crate) async fn answers(&self) {
        let begun = Instant::now();
        while Session::open(&self.to("postgres")).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the server does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The process id of the postmaster.
    pub(crate) fn pid(&self) -> Pid {
        let id = self.postmaster.as_ref().expect("it runs").id();
        Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
    }

    /// Stops it in order.
    pub(crate) fn stop(&mut self) {
        kill_process(self.pid(), Signal::INT).unwrap();
        self.postmaster.take().unwrap().wait().unwrap();
    }

    /// A copy of its folder that is a replica: stopped before, and started as a standby.
    pub(crate) async fn replica(&mut self) -> Self {
        self.stop();
        let folder = tempfile::Builder::new().prefix("fh").tempdir_in("/tmp").unwrap();
        self.give_away(folder.path());
        let data = folder.path().join("data");
        #[expect(clippy::disallowed_methods, reason = "a copy of a whole folder with its owners")]
        let copied = Command::new("cp").arg("-a").arg(&self.data).arg(&data).status().unwrap();
        assert!(copied.success());
        std::fs::write(data.join("standby.signal"), "").unwrap();
        self.give_away(&data.join("standby.signal"));
        let mut replica = Self { data, folder, bin: self.bin.clone(), postmaster: None };
        replica.again().await;
        replica
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join(".s.PGSQL.5432")
    }

    pub(crate) fn socket_folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn to(&self, database: &str) -> ConnectTo {
        ConnectTo::socket(self.folder.path(), PORT, "postgres", database)
    }

    /// A new database.
    pub(crate) async fn database(&self, name: &str) -> ConnectTo {
        run(&self.to("postgres"), &format!("create database {name}")).await;
        self.to(name)
    }
}

/// Runs SQL over a session of its own.
pub(crate) async fn run(to: &ConnectTo, sql: &str) {
    let session = Session::open(to).await.unwrap();
    session.run(sql).await.unwrap();
    session.close().await;
}

/// The account that a server may run as, when the test itself is root.
fn account() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let line = users.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        let mut parts = line.split(':').skip(2);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody"))
}
