//! Client certificates, and files that are of no use.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use freehold_db::TlsError;

use crate::{
    OPEN,
    papers::{Authority, Paper},
    server::{TlsServer, told},
};

fn options(certificate: &Path, key: &Path) -> String {
    format!("sslmode=require sslcert='{}' sslkey='{}'", certificate.display(), key.display())
}

/// Writes both files of a client.
fn given(server: &TlsServer, name: &str, paper: &Paper) -> String {
    let certificate = server.file(&format!("{name}.crt"), &paper.certificate);
    options(&certificate, &server.file(&format!("{name}.key"), &paper.key))
}

#[tokio::test]
async fn a_client_certificate_that_the_server_demands_lets_its_owner_in() {
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let hba = "hostssl all ann 127.0.0.1/32 cert\nhostssl all bob 127.0.0.1/32 trust clientcert=verify-ca";
    let server = TlsServer::with(&servers.signs("server", &["localhost"]), hba).await;
    server.trust(&clients.certificate).await;
    let ann = given(&server, "ann", &clients.signs("ann", &[]));
    let seen = server.line_of(&ann).await;
    assert_eq!((seen.tls, seen.client.as_deref()), (true, Some("/CN=ann")));
    assert!(server.line_of(&format!("{ann} user=bob")).await.tls);
    let older = server.line_of(&format!("{ann} ssl_max_protocol_version=TLSv1.2")).await;
    assert_eq!(older.client.as_deref(), Some("/CN=ann"));

    for options in ["sslmode=require", "sslmode=prefer", "sslmode=allow", "sslmode=require user=bob"] {
        let error = server.failure(options).await;
        let told = told(&error);
        assert_eq!(error.sqlstate().unwrap().code(), "28000", "{options}: {told}");
        assert!(told.contains("valid client certificate") && told.contains("sslcert"), "{options}: {told}");
    }
    let withheld = server.failure(&format!("{ann} sslcertmode=disable")).await;
    assert!(told(&withheld).contains("sslcert"), "{}", told(&withheld));

    // Of another person, of another authority.
    let error = server.failure(&given(&server, "carl", &clients.signs("carl", &[]))).await;
    assert!(error.server().is_some(), "{}", told(&error));
    for version in ["TLSv1.2", "TLSv1.3"] {
        let stranger = given(&server, "stranger", &servers.signs("ann", &[]));
        let error = server.failure(&format!("{stranger} ssl_max_protocol_version={version}")).await;
        let told = told(&error);
        let refused =
            matches!(error.tls(), Some(TlsError::ClientCertificate { sent: true, .. } | TlsError::Broken(_)));
        assert!(refused && told.contains("client certificate"), "{version}: {told}");
    }
}

#[tokio::test]
async fn a_client_certificate_that_was_refused_does_not_lead_to_plain_text() {
    let ca = Authority::new("servers");
    let server = TlsServer::with(&ca.signs("server", &["localhost"]), OPEN).await;
    server.trust(&ca.certificate).await;
    let known = given(&server, "known", &ca.signs("ann", &[])).replace("=require", "=prefer");
    assert!(server.line_of(&known).await.tls);
    let stranger = given(&server, "stranger", &Authority::new("clients").signs("ann", &[]));
    // The server lets anybody in without TLS, but that is not what was wanted.
    for _ in 0..10 {
        server.failure(&stranger.replace("=require", "=prefer")).await;
    }
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_with_their_option_and_the_reason() {
    let ca = Authority::new("ca");
    let server = TlsServer::with(&ca.signs("server", &["localhost"]), OPEN).await;
    let paper = ca.signs("ann", &[]);
    let certificate = server.file("ann.crt", &paper.certificate);
    let key = server.file("ann.key", &paper.key);
    let prose = server.file("prose.txt", "no certificate\n");
    let broken = server.file("broken.crt", &paper.certificate.replace("-----END", "%"));
    let locked = server.file(
        "locked.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let open = server.file("open.key", &paper.key);
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
    let other = server.file("other.key", &ca.signs("bob", &[]).key);
    let missing = Path::new("/nowhere/file.pem");
    let root = |path: &Path| format!("sslmode=require sslrootcert='{}'", path.display());
    let revoked = |path: &Path| format!("{} sslcrl='{}'", root(&certificate), path.display());

    for (options, words) in [
        (root(missing), vec!["/nowhere/file.pem", "sslrootcert", "could not be read", "No such file"]),
        (root(&prose), vec!["prose.txt", "sslrootcert", "no certificate in PEM form"]),
        (root(&broken), vec!["broken.crt", "sslrootcert", "PEM"]),
        (revoked(missing), vec!["/nowhere/file.pem", "sslcrl"]),
        (revoked(&prose), vec!["prose.txt", "sslcrl", "revocation list"]),
        (options(missing, &key), vec!["/nowhere/file.pem", "sslcert"]),
        (options(&certificate, missing), vec!["/nowhere/file.pem", "sslkey", "No such file"]),
        (options(&certificate, &prose), vec!["prose.txt", "sslkey", "no private key"]),
        (options(&certificate, &locked), vec!["locked.key", "sslkey", "under a password"]),
        (options(&certificate, &open), vec!["open.key", "sslkey", "open to others", "chmod 600"]),
        (options(&certificate, &other), vec!["other.key", "ann.crt", "does not belong"]),
    ] {
        // Even where plain text would do: whoever names a file wants it used.
        for options in [options.clone(), options.replace("sslmode=require", "sslmode=prefer")] {
            let error = server.failure(&options).await;
            let told = told(&error);
            assert!(error.tls().is_some() && !error.is_connection_lost(), "{options}: {told}");
            assert!(words.iter().all(|word| told.contains(word)), "{options}: {told}");
            let secret = paper.key.lines().nth(1).unwrap();
            assert!(!format!("{error:?} {told}").contains(secret), "{told}");
        }
    }
    assert!(server.line_of(&options(&certificate, &key)).await.tls);
}

#[tokio::test]
async fn a_key_in_der_form_is_read_as_well() {
    let clients = Authority::new("clients");
    let server =
        TlsServer::with(&clients.signs("server", &["localhost"]), "hostssl all ann 127.0.0.1/32 cert").await;
    server.trust(&clients.certificate).await;
    let paper = clients.signs("ann", &[]);
    let certificate = server.file("ann.crt", &paper.certificate);
    let key = server.file("ann.der", "");
    fs::write(&key, rcgen::KeyPair::from_pem(&paper.key).unwrap().serialize_der()).unwrap();
    assert_eq!(server.line_of(&options(&certificate, &key)).await.client.as_deref(), Some("/CN=ann"));
}
