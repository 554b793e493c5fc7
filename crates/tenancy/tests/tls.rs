//! TLS is verified, and says what is wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::PathBuf,
};

use freehold_db::{ConnectTo, Session};
use freehold_sandbox::{Sandbox, testing};
use freehold_tenancy::{Db, Error, Execute, TenantId, TlsError};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};

/// A certificate and its key, as PEM.
type Paper = (String, String);

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    fn signs(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Paper {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// A server on the loopback, and a folder for the files of clients.
struct TlsServer {
    sandbox: Sandbox,
    port: u16,
    admin: Session,
    files: tempfile::TempDir,
}

impl TlsServer {
    async fn start() -> Self {
        for _ in 0..5 {
            // Somebody else may take a free port before the server does.
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut options = testing::options();
            options.settings.push(("listen_addresses".to_owned(), "127.0.0.1".to_owned()));
            options.settings.push(("port".to_owned(), port.to_string()));
            let Ok(sandbox) = Sandbox::start(&options).await else { continue };
            let admin = Session::open(&ConnectTo::socket(sandbox.socket_dir(), port, "postgres", "postgres"))
                .await
                .unwrap();
            let hba = sandbox.data_dir().join("pg_hba.conf");
            let ours = fs::read_to_string(&hba).unwrap();
            fs::write(&hba, format!("{ours}host all ann 127.0.0.1/32 scram-sha-256\n")).unwrap();
            admin.run("CREATE ROLE ann LOGIN PASSWORD 'of ann'").await.unwrap();
            admin.run("SELECT pg_reload_conf()").await.unwrap();
            return Self { sandbox, port, admin, files: tempfile::tempdir().unwrap() };
        }
        panic!("no server that listens");
    }

    /// Shows this certificate from now on.
    async fn show(&self, (certificate, key): &Paper) {
        let folder = self.sandbox.data_dir();
        let owner = fs::metadata(&folder).unwrap();
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let mark = format!("{} ", std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos());
        self.admin.run("ALTER SYSTEM SET ssl = 'on'").await.unwrap();
        self.admin.run(&format!("ALTER SYSTEM SET log_line_prefix = '{mark}'")).await.unwrap();
        self.admin.run("SELECT pg_reload_conf()").await.unwrap();
        let to = ConnectTo::socket(self.sandbox.socket_dir(), self.port, "postgres", "postgres");
        // A session that sees the new mark was made after the whole reload.
        for _ in 0..500 {
            let fresh = Session::open(&to).await.unwrap();
            let row = fresh.query("SHOW log_line_prefix", &[]).await.unwrap().remove(0);
            if row.get::<_, String>(0) == mark {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("the reload does not come: {}", self.sandbox.log_tail());
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.files.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn url(&self, options: &str) -> String {
        format!("postgres://ann:of%20ann@localhost:{}/postgres?hostaddr=127.0.0.1&{options}", self.port)
    }

    async fn refusal(&self, options: &str) -> TlsError {
        match Db::builder(&self.url(options)).open().await {
            Err(Error::Tls { source, to }) => {
                assert!(!to.contains("of ann"), "{to}");
                source
            }
            other => panic!("{options}: {other:?}"),
        }
    }

    /// Whether both kinds of connection speak TLS.
    async fn speaks_tls(&self, options: &str) -> bool {
        let db = Db::builder(&self.url(options)).open().await.unwrap();
        let tenant = db.tenant(&TenantId::bigint(1).unwrap());
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let single: bool = tenant.query_value(sql, &[]).await.unwrap();
        let transaction: bool = tenant.begin().await.unwrap().query_value(sql, &[]).await.unwrap();
        assert_eq!(single, transaction);
        single
    }
}

#[tokio::test]
async fn only_the_right_server_is_taken() {
    let server = TlsServer::start().await;
    let authority = Authority::new();
    let roots = server.file("roots.pem", &authority.certificate);
    let trusting = format!("sslrootcert={}", roots.display());
    assert!(matches!(server.refusal("sslmode=require").await, TlsError::NotOffered));
    assert!(!server.speaks_tls("").await, "this machine needs none");

    server.show(&authority.signs("localhost", |_| {})).await;
    for mode in ["", "sslmode=require&", "sslmode=verify-ca&", "sslmode=verify-full&"] {
        assert!(server.speaks_tls(&format!("{mode}{trusting}")).await, "{mode}");
    }
    assert!(!server.speaks_tls(&format!("sslmode=disable&{trusting}")).await);
    let stranger = server.file("stranger.pem", &Authority::new().certificate);
    let refusal = server.refusal(&format!("sslmode=require&sslrootcert={}", stranger.display())).await;
    assert!(matches!(refusal, TlsError::Untrusted), "{refusal:?}");

    server.show(&authority.signs("elsewhere.example", |_| {})).await;
    let refusal = server.refusal(&format!("sslmode=require&{trusting}")).await;
    let TlsError::WrongName { names } = &refusal else { panic!("{refusal:?}") };
    assert!(names.iter().any(|name| name.contains("elsewhere.example")), "{names:?}");
    // Whoever asks for it gets any server, by a word that nobody writes by accident.
    assert!(server.speaks_tls("sslmode=no-verify-anyone-can-pose-as-the-server").await);

    server.show(&authority.signs("localhost", |params| params.not_after = date_time_ymd(2020, 1, 1))).await;
    let refusal = server.refusal(&format!("sslmode=require&{trusting}")).await;
    assert!(matches!(refusal, TlsError::Expired), "{refusal:?}");

    server.show(&authority.signs("localhost", |params| params.not_before = date_time_ymd(2190, 1, 1))).await;
    let refusal = server.refusal(&format!("sslmode=require&{trusting}")).await;
    assert!(matches!(refusal, TlsError::NotYetValid), "{refusal:?}");

    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    server.show(&(own.pem(), key.serialize_pem())).await;
    let refusal = server.refusal(&format!("sslmode=require&{trusting}")).await;
    assert!(matches!(refusal, TlsError::Untrusted), "self-signed: {refusal:?}");
}

#[tokio::test]
async fn files_that_are_of_no_use_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "no certificate").unwrap();
    for file in [empty, folder.path().join("missing.pem")] {
        let url = format!("postgres://u@127.0.0.1:1/d?sslmode=verify-full&sslrootcert={}", file.display());
        let error = Db::builder(&url).open().await.unwrap_err();
        let Error::Tls { source: TlsError::File { option, path }, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*option, path), ("sslrootcert", &file));
    }
}

#[tokio::test]
async fn nothing_falls_back_to_plain_text() {
    for mode in ["allow", "prefer", "no-verify"] {
        let error =
            Db::builder(&format!("postgres://u@127.0.0.1:1/d?sslmode={mode}")).open().await.unwrap_err();
        assert!(matches!(error, Error::Setup(_)), "{mode}: {error:?}");
    }
}
