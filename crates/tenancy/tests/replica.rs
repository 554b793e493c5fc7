//! Those who only read are answered by a streaming replica, as long as it is near enough.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed; it starts a replica of its own"
)]

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use freehold_db::{ConnectTo, Session};
use freehold_sandbox::{Sandbox, testing};
use freehold_tenancy::{Db, Error, Execute, Tenant, TenantId};

const TABLE: &str = "
    CREATE ROLE reader LOGIN;
    CREATE TABLE notes (tenant_id bigint NOT NULL, id bigint NOT NULL, PRIMARY KEY (tenant_id, id));
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON notes
        USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::bigint));
    GRANT SELECT, INSERT ON notes TO reader";

/// A standby that follows a sandbox by streaming, ended with its value.
struct Standby {
    child: Child,
    folder: PathBuf,
}

impl Standby {
    async fn of(primary: &Sandbox, bin: &Path) -> Self {
        let owner = fs::metadata(primary.data_dir()).unwrap();
        let folder = std::env::temp_dir().join(format!("freehold-standby-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        chown(&folder, Some(owner.uid()), Some(owner.gid())).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o711)).unwrap();
        let data = folder.join("data");
        let command = |program: &str| {
            let mut command = Command::new(bin.join(program));
            if owner.uid() != fs::metadata("/proc/self").unwrap().uid() {
                command.uid(owner.uid()).gid(owner.gid());
            }
            command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let copied = command("pg_basebackup")
            .args(["-U", "postgres", "-X", "stream", "-c", "fast", "-R", "-h"])
            .arg(primary.socket_dir())
            .arg("-D")
            .arg(&data)
            .status();
        assert!(copied.unwrap().success(), "{}", primary.log_tail());
        let child = command("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&folder)
            .args(["-c", "listen_addresses=", "-c", "port=5432", "-c", "hot_standby=on", "-c", "fsync=off"])
            .args(["-c", "max_wal_senders=5", "-c", "wal_level=replica", "-c", "max_connections=100"])
            .spawn()
            .unwrap();
        let standby = Self { child, folder };
        for _ in 0..400 {
            if Session::open(&standby.to("postgres")).await.is_ok() {
                return standby;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the standby does not come up");
    }

    fn to(&self, user: &str) -> ConnectTo {
        ConnectTo::socket(&self.folder, 5432, user, "postgres")
    }

    async fn run(&self, sql: &str) {
        Session::open(&self.to("postgres")).await.unwrap().run(sql).await.unwrap();
    }

    /// It stops at once, as a machine that is switched off.
    fn stop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        // SIGINT: its own processes end with it.
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).ok();
        self.child.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

async fn primary() -> (Sandbox, PathBuf) {
    let mut options = testing::options();
    for (name, value) in [("wal_level", "replica"), ("max_wal_senders", "5")] {
        options.settings.push((name.to_owned(), value.to_owned()));
    }
    let sandbox = Sandbox::start(&options).await.unwrap();
    let hba = sandbox.data_dir().join("pg_hba.conf");
    let ours = fs::read_to_string(&hba).unwrap();
    fs::write(&hba, format!("local replication postgres peer map=freehold\n{ours}")).unwrap();
    sandbox.admit("reader").unwrap();
    let admin = Session::open(&sandbox.connect_to()).await.unwrap();
    admin.run(TABLE).await.unwrap();
    admin.run("SELECT pg_reload_conf()").await.unwrap();
    let bin = sandbox.installation().program("postgres").parent().unwrap().to_path_buf();
    tokio::time::sleep(Duration::from_millis(200)).await;
    (sandbox, bin)
}

/// Who answers single statements and transactions: the replica or the primary.
async fn replica_answers(handle: &Tenant) -> bool {
    let sql = "SELECT pg_is_in_recovery()";
    let single: bool = handle.query_value(sql, &[]).await.unwrap();
    let tx = handle.begin().await.unwrap();
    let transaction: bool = tx.query_value(sql, &[]).await.unwrap();
    tx.commit().await.unwrap();
    single && transaction
}

async fn until(handle: &Tenant, wanted: bool) {
    for _ in 0..400 {
        if replica_answers(handle).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the replica answers is not {wanted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_answers_as_long_as_it_is_near() {
    let (sandbox, bin) = primary().await;
    let mut standby = Standby::of(&sandbox, &bin).await;
    let db = Db::builder(&sandbox.connect_to().with_user("reader").masked())
        .replica(standby.to("reader").masked())
        .replica_lag(Duration::from_millis(1500))
        .open()
        .await
        .unwrap();
    let one = db.tenant(&TenantId::bigint(1).unwrap());
    let reads = one.clone().read_only();
    until(&reads, true).await;
    assert!(!replica_answers(&one).await, "who may write is answered by the primary");

    // What was committed longer ago than the bound is there.
    one.execute("INSERT INTO notes VALUES (1, 7)", &[]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1600)).await;
    let seen: i64 = reads.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(seen, 1);
    let other = db.tenant(&TenantId::bigint(2).unwrap()).read_only();
    let seen: i64 = other.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(seen, 0, "policies hold on the replica");

    // It stands still while the primary goes on: past the bound nobody is sent there.
    standby.run("SELECT pg_wal_replay_pause()").await;
    one.execute("INSERT INTO notes VALUES (1, 8)", &[]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1600)).await;
    let seen: i64 = reads.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
    assert_eq!(seen, 2);
    assert!(!replica_answers(&reads).await);
    standby.run("SELECT pg_wal_replay_resume()").await;
    until(&reads, true).await;

    // Switched off under a reader's hands: the primary answers, and no statement fails.
    standby.stop();
    for _ in 0..20 {
        let seen: i64 = reads.query_value("SELECT count(*) FROM notes", &[]).await.unwrap();
        assert_eq!(seen, 2);
        reads.begin().await.unwrap().commit().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_replica_of_the_primary_never_answers() {
    let (sandbox, _) = primary().await;
    let url = sandbox.connect_to().with_user("reader").masked();
    // The primary itself, which is not in recovery.
    let builder = Db::builder(&url).replica(&url).replica_lag(Duration::from_millis(400));
    let db = builder.open().await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let reads = db.tenant(&TenantId::bigint(1).unwrap()).read_only();
    assert!(!replica_answers(&reads).await);
    let other = sandbox.connect_to().masked();
    let error = Db::builder(&url).replica(other).open().await.unwrap_err();
    assert!(matches!(error, Error::Setup(_)), "another role: {error:?}");
}
