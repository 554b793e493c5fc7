//! A PgBouncer of a test's own, in front of its scratch database.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a part of tests, which start what they need"
)]

use std::{
    os::unix::{fs::MetadataExt, fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use super::ground::Ground;

const PORT: u16 = 6432;
static MADE: AtomicU32 = AtomicU32::new(0);

/// A PgBouncer with two connections to the server for each role, ended with its value.
pub struct Bouncer {
    child: Child,
    folder: PathBuf,
    database: String,
}

impl Bouncer {
    /// In some `pool_mode`, with further lines for its settings. It runs as the user that the server runs as: the sandbox
    /// lets nobody else in.
    pub async fn start(ground: &Ground, mode: &str, more: &str) -> Self {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .expect("this test needs pgbouncer: install it, as dev/setup does");
        let nth = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("freehold-bouncer-{}-{nth}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
        let session = freehold_db::Session::open(&ground.scratch.connect_to()).await.unwrap();
        let sql = "SELECT current_setting('unix_socket_directories'), current_setting('port')";
        let row = session.query(sql, &[]).await.unwrap().remove(0);
        let (socket, port): (String, String) = (row.get(0), row.get(1));
        let ini = format!(
            "[databases]\n* = host={socket} port={port}\n[pgbouncer]\nunix_socket_dir = {}\nlisten_port = {PORT}\n\
             auth_type = trust\nauth_file = {}\npool_mode = {mode}\ndefault_pool_size = 2\nmax_client_conn = 100\n{more}\n",
            folder.display(),
            folder.join("users").display(),
        );
        let (file, users) = (folder.join("pgbouncer.ini"), folder.join("users"));
        std::fs::write(&file, ini).unwrap();
        std::fs::write(users, "\"app_writer\" \"\"\n\"app_system\" \"\"\n").unwrap();
        let owner = std::fs::metadata(&socket).unwrap();
        let mut command = Command::new(program);
        command.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        if owner.uid() != std::fs::metadata(&folder).unwrap().uid() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let child = command.spawn().unwrap();
        let bouncer = Self { child, folder, database: ground.scratch.name().to_owned() };
        for _ in 0..200 {
            if bouncer.folder.join(format!(".s.PGSQL.{PORT}")).exists() {
                return bouncer;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("pgbouncer did not begin to listen in {}", bouncer.folder.display());
    }

    /// The URL of the database through it.
    pub fn url(&self, role: &str) -> String {
        format!("host={} port={PORT} user={role} dbname={}", self.folder.display(), self.database)
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}
