//! Through a pooler: a PgBouncer of the test's own in front of the server, in each of its modes.

use std::{
    fmt::Write as _,
    os::unix::{fs::MetadataExt, fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use freehold_db::{ConnectTo, Session};
use freehold_prove::isolation::{self, Matrix, Options, Outcome};
use freehold_sandbox::testing;

use super::{Case, staged};

const PORT: u16 = 6432;

/// A PgBouncer with one server connection, ended with its value.
struct Pooler {
    child: Child,
    folder: PathBuf,
}

impl Pooler {
    /// In front of a server, by its socket's folder, as the user that the server runs as: the sandbox lets nobody else in.
    async fn start(name: &str, mode: &str, socket: &str, port: &str) -> Self {
        let program = [
            "/usr/sbin/pgbouncer",
            "/usr/bin/pgbouncer",
            "/usr/local/bin/pgbouncer",
            "/opt/homebrew/bin/pgbouncer",
        ]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .expect("this test needs pgbouncer: install it, as dev/setup does");
        let folder = std::env::temp_dir().join(format!("freehold-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
        let mut ini = String::new();
        writeln!(ini, "[databases]\n* = host={socket} port={port} user=postgres\n[pgbouncer]").unwrap();
        writeln!(ini, "unix_socket_dir = {}\nlisten_port = {PORT}\nauth_type = any", folder.display())
            .unwrap();
        writeln!(ini, "pool_mode = {mode}\ndefault_pool_size = 1\nmax_client_conn = 20").unwrap();
        writeln!(ini, "ignore_startup_parameters = extra_float_digits,options").unwrap();
        let file = folder.join("pgbouncer.ini");
        std::fs::write(&file, ini).unwrap();
        let owner = std::fs::metadata(socket).unwrap();
        let mut command = Command::new(program);
        command.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        if owner.uid() != std::fs::metadata(&folder).unwrap().uid() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let child = command.spawn().unwrap();
        let pooler = Self { child, folder };
        let ready = pooler.folder.join(format!(".s.PGSQL.{PORT}"));
        for _ in 0..100 {
            if ready.exists() {
                return pooler;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("pgbouncer did not begin to listen in {}", pooler.folder.display());
    }

    fn url(&self, database: &str) -> ConnectTo {
        let folder = self.folder.display();
        ConnectTo::from_url(&format!("host={folder} port={PORT} user=app dbname={database}")).unwrap()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn case(name: &str, assume: &str) -> Case {
    Case {
        name: name.to_owned(),
        sql: format!(
            "CREATE ROLE {name}_app; CREATE TABLE tenants (id uuid PRIMARY KEY, name text);
             CREATE TABLE orders (tenant_id uuid NOT NULL REFERENCES tenants, id int, PRIMARY KEY (tenant_id, id));
             ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
             CREATE POLICY own ON orders USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
             GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO {name}_app;"
        ),
        settings: format!("[tenancy]\nassume = [\"{assume}\"]"),
        leaked: Vec::new(),
        held: Vec::new(),
        not_tried: Vec::new(),
    }
}

/// The cells of the pooler, for a mode and a context that is taken on by this statement.
async fn through(mode: &str, name: &str, assume: &str) -> Matrix {
    let server = testing::server().await;
    let stage = staged(&case(name, assume), &server).await.unwrap();
    let behind = server.scratch().await.unwrap();
    let session = Session::open(&behind.connect_to()).await.unwrap();
    let sql = "SELECT current_setting('unix_socket_directories'), current_setting('port')";
    let row = session.query(sql, &[]).await.unwrap().remove(0);
    let (socket, port): (String, String) = (row.get(0), row.get(1));
    session.close().await;
    let pooler = Pooler::start(name, mode, &socket, &port).await;
    let options = Options {
        pooler: Some(pooler.url(behind.connect_to().database())),
        ways: vec!["pooler".to_owned()],
        ..Options::default()
    };
    let tenancy = &stage.resolved.tenancy;
    let matrix =
        isolation::prove(&stage.server, &stage.scratch, &stage.catalog, tenancy, &options, &|_, _, _| {})
            .await
            .unwrap();
    drop(pooler);
    stage.scratch.remove().await.unwrap();
    behind.remove().await.unwrap();
    matrix
}

fn outcome<'m>(matrix: &'m Matrix, way: &str) -> &'m Outcome {
    &matrix.cells.iter().find(|cell| cell.way.id == way).unwrap().outcome
}

const FOR_THE_TRANSACTION: &str = "SELECT set_config('app.tenant', $1, true)";
const FOR_THE_SESSION: &str = "SELECT set_config('app.tenant', $1, false)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_context_of_one_transaction_does_not_reach_the_next_client() {
    let matrix = through("transaction", "pooled_local", FOR_THE_TRANSACTION).await;
    assert!(matches!(outcome(&matrix, "pooler-context"), Outcome::Held { .. }), "{matrix:#?}");
    // What outlives a transaction is a note: no pooler of this mode can know whose it is.
    let Outcome::Leaked(leak) = outcome(&matrix, "pooler-state") else { panic!("{matrix:#?}") };
    assert!(leak.note_only);
    assert_eq!(leak.returned.len(), 5, "{leak:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_context_of_the_session_reaches_the_next_client() {
    let matrix = through("transaction", "pooled_session", FOR_THE_SESSION).await;
    let Outcome::Leaked(leak) = outcome(&matrix, "pooler-context") else { panic!("{matrix:#?}") };
    assert!(!leak.note_only);
    assert!(leak.returned.iter().any(|line| line.contains("app.tenant")), "{leak:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_resets_its_connections_hands_nothing_on() {
    let matrix = through("session", "pooled_reset", FOR_THE_SESSION).await;
    assert!(matches!(outcome(&matrix, "pooler-context"), Outcome::Held { .. }), "{matrix:#?}");
    assert!(matches!(outcome(&matrix, "pooler-state"), Outcome::Held { .. }), "{matrix:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_without_transactions_is_not_tried() {
    let matrix = through("statement", "pooled_statement", FOR_THE_TRANSACTION).await;
    let Outcome::NotTried { why } = outcome(&matrix, "pooler-context") else { panic!("{matrix:#?}") };
    assert!(!why.is_empty());
}
