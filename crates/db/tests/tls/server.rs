//! A sandbox that listens on the loopback and may speak TLS, with a folder for the files of clients.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    time::Duration,
};

use freehold_db::{ConnectTo, DbError, Session};
use freehold_sandbox::{Sandbox, testing};

use super::papers::Paper;

pub(crate) struct TlsServer {
    sandbox: Sandbox,
    pub(crate) port: u16,
    admin: Session,
    /// Files of clients.
    files: tempfile::TempDir,
}

impl TlsServer {
    /// Plain text only, with these lines in `pg_hba.conf` beside the one for us.
    pub(crate) async fn plain(hba: &str) -> Self {
        let mut last = None;
        // Somebody else may take a free port before the server does.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut options = testing::options();
            options.settings.push(("listen_addresses".to_owned(), "127.0.0.1".to_owned()));
            options.settings.push(("port".to_owned(), port.to_string()));
            match Sandbox::start(&options).await {
                Ok(sandbox) => return Self::from(sandbox, port, hba).await,
                Err(error) => last = Some(error),
            }
        }
        panic!("no server that listens: {last:?}")
    }

    async fn from(sandbox: Sandbox, port: u16, hba: &str) -> Self {
        let to = ConnectTo::socket(sandbox.socket_dir(), port, "postgres", "postgres");
        let admin = Session::open(&to).await.unwrap();
        let server = Self { sandbox, port, admin, files: tempfile::tempdir().unwrap() };
        server.run("create role ann login; create role bob login password 'secret of bob'").await;
        let path = server.sandbox.data_dir().join("pg_hba.conf");
        let ours = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{ours}{hba}\n")).unwrap();
        server.set("log_connections", "on").await;
        server
    }

    /// TLS with a certificate, beside plain text.
    pub(crate) async fn with(paper: &Paper, hba: &str) -> Self {
        let server = Self::plain(hba).await;
        server.show(paper).await;
        server
    }

    /// Shows this certificate from now on.
    pub(crate) async fn show(&self, paper: &Paper) {
        self.give("server.crt", &paper.certificate);
        self.give("server.key", &paper.key);
        self.set("ssl", "on").await;
        let log = self.sandbox.log_tail();
        assert!(!log.contains("could not load"), "{log}");
    }

    /// Demands or takes client certificates of an authority.
    pub(crate) async fn trust(&self, certificate: &str) {
        self.give("clients.crt", certificate);
        self.set("ssl_ca_file", "clients.crt").await;
    }

    /// A file that is the server's.
    fn give(&self, name: &str, text: &str) {
        let (folder, path) = (self.sandbox.data_dir(), self.sandbox.data_dir().join(name));
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let owner = fs::metadata(&folder).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }

    /// Sets a setting and waits until new sessions have it.
    async fn set(&self, name: &str, value: &str) {
        // A session that sees the new mark was made after the whole reload.
        let mark = format!("{} ", mark());
        self.run(&format!("alter system set {name} = '{value}'")).await;
        self.run(&format!("alter system set log_line_prefix = '{mark}'")).await;
        self.run("select pg_reload_conf()").await;
        for _ in 0..500 {
            let fresh = Session::open(&self.socket("postgres")).await.unwrap();
            let rows = fresh.query("show log_line_prefix", &[]).await.unwrap();
            if rows[0].get::<_, String>(0) == mark {
                let rows = fresh.query("select current_setting($1)", &[&name]).await.unwrap();
                assert_eq!(rows[0].get::<_, String>(0), value, "{}", self.sandbox.log_tail());
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the setting {name} does not come: {}", self.sandbox.log_tail());
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.admin.run(sql).await.unwrap();
    }

    pub(crate) fn major(&self) -> u32 {
        self.admin.version().major()
    }

    /// Over the Unix socket.
    pub(crate) fn socket(&self, user: &str) -> ConnectTo {
        ConnectTo::socket(self.sandbox.socket_dir(), self.port, user, "postgres")
    }

    /// The folder of the Unix socket.
    pub(crate) fn socket_dir(&self) -> &Path {
        self.sandbox.socket_dir()
    }

    /// A client's file that nobody else may read.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.files.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Over the loopback, as the host `localhost` and the user `ann` unless the options say otherwise.
    pub(crate) async fn open(&self, options: &str) -> Result<Session, DbError> {
        open_at(self.port, options).await
    }

    /// What the server says of how a session goes.
    pub(crate) async fn line_of(&self, options: &str) -> Seen {
        match self.open(options).await {
            Ok(session) => seen(&session).await,
            Err(error) => panic!("{options}: {}\n{}", told(&error), self.sandbox.log_tail()),
        }
    }

    pub(crate) async fn failure(&self, options: &str) -> DbError {
        match self.open(options).await {
            Ok(session) => panic!("{options}: connected, {:?}", seen(&session).await),
            Err(error) => error,
        }
    }
}

/// Over the loopback at a port.
pub(crate) async fn open_at(port: u16, options: &str) -> Result<Session, DbError> {
    let base = format!("host=localhost hostaddr=127.0.0.1 port={port} user=ann dbname=postgres");
    Session::open(&ConnectTo::from_url(&format!("{base} {options}")).unwrap()).await
}

fn mark() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()
}

/// What `pg_stat_ssl` says of a session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) tls: bool,
    pub(crate) version: Option<String>,
    pub(crate) client: Option<String>,
}

pub(crate) async fn seen(session: &Session) -> Seen {
    let sql = "select ssl, version, client_dn from pg_stat_ssl where pid = pg_backend_pid()";
    let row = session.query(sql, &[]).await.unwrap().remove(0);
    Seen { tls: row.get(0), version: row.get(1), client: row.get(2) }
}

/// The whole chain, as people see it.
pub(crate) fn told(error: &DbError) -> String {
    let chain = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let chain = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    format!("{chain} [{}]", error.help().unwrap_or("no help"))
}
