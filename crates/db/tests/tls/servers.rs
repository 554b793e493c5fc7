//! Which servers are taken, and by which certificates.

use freehold_db::{ConnectTo, Session, TlsError};

use crate::{
    OPEN,
    papers::{Authority, self_signed},
    server::{TlsServer, seen, told},
};

#[tokio::test]
async fn a_server_with_tls_is_spoken_to_in_tls_unless_plain_text_is_wanted() {
    let server = TlsServer::with(&Authority::new("ca").signs("server", &["localhost"]), OPEN).await;
    for (options, tls) in [
        ("", true),
        ("sslmode=prefer", true),
        ("sslmode=require", true),
        ("sslmode=disable", false),
        ("sslmode=allow", false),
    ] {
        assert_eq!(server.line_of(options).await.tls, tls, "{options}");
    }
    assert_eq!(server.line_of("").await.version.as_deref(), Some("TLSv1.3"));
    let older = server.line_of("ssl_max_protocol_version=TLSv1.2").await;
    assert_eq!(older.version.as_deref(), Some("TLSv1.2"));
}

#[tokio::test]
async fn a_server_without_tls_is_refused_when_tls_is_demanded_and_taken_when_it_is_preferred() {
    let server = TlsServer::plain(OPEN).await;
    for options in ["", "sslmode=prefer", "sslmode=allow", "sslmode=disable"] {
        assert!(!server.line_of(options).await.tls, "{options}");
    }
    let root = server.file("ca.pem", &Authority::new("ca").certificate);
    for mode in ["require", "verify-ca", "verify-full"] {
        let error = server.failure(&format!("sslmode={mode} sslrootcert='{}'", root.display())).await;
        assert!(
            matches!(error.tls(), Some(TlsError::NotOffered { mode: told }) if *told == mode),
            "{error:?}"
        );
        let told = told(&error);
        assert!(told.contains("the server offers no TLS") && told.contains("ssl = on"), "{told}");
        assert!(!told.contains("lost") && !error.is_connection_lost(), "{told}");
    }
}

#[tokio::test]
async fn what_the_server_wants_is_tried_where_the_mode_allows_it() {
    let hba = "hostssl all ann 127.0.0.1/32 trust\nhostnossl all bob 127.0.0.1/32 trust";
    let server = TlsServer::with(&Authority::new("ca").signs("server", &["localhost"]), hba).await;
    assert!(server.line_of("sslmode=allow").await.tls);
    assert!(!server.line_of("sslmode=prefer user=bob").await.tls);
    let error = server.failure("sslmode=disable").await;
    assert_eq!(error.sqlstate().unwrap().code(), "28000");
    assert!(error.help().unwrap().contains("sslmode=require"));
    let error = server.failure("sslmode=require user=bob").await;
    assert_eq!(error.sqlstate().unwrap().code(), "28000", "{}", told(&error));
    // Neither way is for this one: the reason of the way with TLS is told.
    for mode in ["allow", "prefer"] {
        let error = server.failure(&format!("sslmode={mode} user=carl")).await;
        assert!(told(&error).contains("SSL encryption"), "{}", told(&error));
    }
}

#[tokio::test]
async fn a_certificate_of_the_right_authority_is_taken_and_of_another_one_is_not() {
    let (ours, other, namesake) = (Authority::new("ca"), Authority::new("other"), Authority::new("ca"));
    let server = TlsServer::with(&ours.signs("server", &["localhost"]), OPEN).await;
    let ours = server.file("ours.pem", &ours.certificate);
    let both =
        server.file("both.pem", &format!("{}{}", other.certificate, std::fs::read_to_string(&ours).unwrap()));
    for mode in ["require", "verify-ca", "verify-full"] {
        for file in [&ours, &both] {
            let options = format!("sslmode={mode} sslrootcert='{}'", file.display());
            assert!(server.line_of(&options).await.tls, "{options}");
        }
        for (nth, wrong) in [&other, &namesake].into_iter().enumerate() {
            let file = server.file(&format!("wrong{nth}.pem"), &wrong.certificate);
            let error = server.failure(&format!("sslmode={mode} sslrootcert='{}'", file.display())).await;
            assert!(
                matches!(error.tls(), Some(TlsError::Untrusted { file: Some(told) }) if *told == file),
                "{error:?}"
            );
            let told = told(&error);
            assert!(told.contains("not trusted") && told.contains("sslrootcert"), "{told}");
            assert!(!told.contains("lost") && !error.is_connection_lost(), "{told}");
        }
    }
    // As in libpq: where plain text is allowed it is the way out.
    let wrong = server.file("wrong.pem", &other.certificate);
    assert!(!server.line_of(&format!("sslrootcert='{}'", wrong.display())).await.tls);
}

#[tokio::test]
async fn the_machines_own_authorities_do_not_vouch_for_one_that_a_test_made() {
    let server = TlsServer::with(&Authority::new("ca").signs("server", &["localhost"]), OPEN).await;
    let error = server.failure("sslrootcert=system").await;
    let refused = matches!(error.tls(), Some(TlsError::Untrusted { file: None } | TlsError::NoSystemRoots));
    assert!(refused, "{error:?}");
}

#[tokio::test]
async fn a_wrong_name_is_refused_under_verify_full_and_taken_under_verify_ca() {
    let ca = Authority::new("ca");
    let server = TlsServer::with(&ca.signs("localhost", &["db.example", "10.1.2.3"]), OPEN).await;
    let root = server.file("ca.pem", &ca.certificate);
    let root = format!("sslrootcert='{}'", root.display());
    assert!(server.line_of(&format!("sslmode=verify-ca {root}")).await.tls);
    // The common name is the right one, but does not count where other names are.
    let error = server.failure(&format!("sslmode=verify-full {root}")).await;
    let Some(TlsError::WrongName { host, names }) = error.tls() else { panic!("{error:?}") };
    assert_eq!((host.as_str(), names.join(" ")), ("localhost", "db.example 10.1.2.3".to_owned()));
    let text = told(&error);
    assert!(text.contains("not for the host localhost, but for db.example, 10.1.2.3"), "{text}");
    assert!(!error.is_connection_lost() && text.contains("hostaddr"), "{text}");
    assert!(server.line_of(&format!("sslmode=verify-full {root} host=db.example")).await.tls);
    assert!(server.line_of(&format!("sslmode=verify-full {root} host=10.1.2.3")).await.tls);
    let error = server.failure(&format!("sslmode=verify-full {root} host=127.0.0.1")).await;
    assert!(matches!(error.tls(), Some(TlsError::WrongName { .. })), "{error:?}");
}

#[tokio::test]
async fn names_are_looked_for_where_libpq_looks() {
    let ca = Authority::new("ca");
    let server = TlsServer::with(&ca.signs("db.example", &[]), OPEN).await;
    let root = server.file("ca.pem", &ca.certificate);
    let full = format!("sslmode=verify-full sslrootcert='{}'", root.display());
    assert!(server.line_of(&format!("{full} host=DB.example")).await.tls);
    assert!(matches!(server.failure(&full).await.tls(), Some(TlsError::WrongName { .. })));
    server.show(&ca.signs("127.0.0.1", &[])).await;
    assert!(server.line_of(&format!("{full} host=127.0.0.1")).await.tls);
    server.show(&ca.signs("x", &["*.example"])).await;
    assert!(server.line_of(&format!("{full} host=my_db.example")).await.tls);
    assert!(matches!(
        server.failure(&format!("{full} host=a.b.example")).await.tls(),
        Some(TlsError::WrongName { .. })
    ));
}

#[tokio::test]
async fn certificates_that_are_made_by_the_manual_are_verified() {
    let alone = self_signed("localhost", false);
    let server = TlsServer::with(&alone, OPEN).await;
    assert!(server.line_of("sslmode=require").await.tls);
    let root = server.file("alone.pem", &alone.certificate);
    let full = |root: &std::path::Path| format!("sslmode=verify-full sslrootcert='{}'", root.display());
    assert!(server.line_of(&full(&root)).await.tls);
    let wrong_host = server.failure(&format!("{} host=db.example", full(&root))).await;
    assert!(matches!(wrong_host.tls(), Some(TlsError::WrongName { .. })), "{wrong_host:?}");
    let namesake = server.file("namesake.pem", &self_signed("localhost", false).certificate);
    assert!(server.failure(&full(&namesake)).await.tls().is_some());

    let late = self_signed("localhost", true);
    server.show(&late).await;
    let root = server.file("late.pem", &late.certificate);
    assert!(matches!(server.failure(&full(&root)).await.tls(), Some(TlsError::Expired)));

    let ca = Authority::new("ca");
    server.show(&ca.signs_version_1("localhost")).await;
    let root = server.file("ca.pem", &ca.certificate);
    for version in ["TLSv1.2", "TLSv1.3"] {
        for options in ["sslmode=require".to_owned(), full(&root)] {
            let seen = server.line_of(&format!("{options} ssl_max_protocol_version={version}")).await;
            assert_eq!(seen.version.as_deref(), Some(version), "{options}");
        }
    }
    let wrong_host = server.failure(&format!("{} host=db.example", full(&root))).await;
    assert!(matches!(wrong_host.tls(), Some(TlsError::WrongName { .. })), "{wrong_host:?}");
    let namesake = server.file("namesake.pem", &Authority::new("ca").certificate);
    let error = server.failure(&full(&namesake)).await;
    assert!(error.tls().is_some() && told(&error).contains("certificate"), "{}", told(&error));
}

#[tokio::test]
async fn a_chain_over_an_authority_in_between_is_followed() {
    let ca = Authority::new("ca");
    let between = ca.below("between");
    let mut paper = between.signs("server", &["localhost"]);
    let server = TlsServer::with(&paper, OPEN).await;
    let root = server.file("ca.pem", &ca.certificate);
    let full = format!("sslmode=verify-full sslrootcert='{}'", root.display());
    let error = server.failure(&full).await;
    assert!(matches!(error.tls(), Some(TlsError::Untrusted { .. })), "{error:?}");
    paper.certificate.push_str(&between.certificate);
    server.show(&paper).await;
    assert!(server.line_of(&full).await.tls);
}

#[tokio::test]
async fn certificates_that_are_out_of_date_or_called_back_are_refused() {
    let ca = Authority::new("ca");
    let server = TlsServer::with(&ca.signs_expired("server", &["localhost"]), OPEN).await;
    let root = server.file("ca.pem", &ca.certificate);
    let full = format!("sslmode=verify-full sslrootcert='{}'", root.display());
    let error = server.failure(&full).await;
    assert!(matches!(error.tls(), Some(TlsError::Expired)), "{error:?}");
    assert!(server.line_of("sslmode=require").await.tls);

    server.show(&ca.signs_numbered("server", &["localhost"], 77)).await;
    for (number, revoked) in [(76, false), (77, true)] {
        let list = server.file("list.pem", &ca.revokes(number));
        let options = format!("{full} sslcrl='{}'", list.display());
        match server.open(&options).await {
            Ok(session) => assert!(!revoked && seen(&session).await.tls),
            Err(error) => assert!(revoked && matches!(error.tls(), Some(TlsError::Revoked)), "{error:?}"),
        }
    }
}

#[tokio::test]
async fn a_socket_is_never_asked_for_tls_and_the_files_are_not_read() {
    let server = TlsServer::with(&Authority::new("ca").signs("server", &["localhost"]), OPEN).await;
    let to = format!(
        "host={} port={} user=postgres dbname=postgres sslmode=verify-full sslrootcert=/nowhere sslcert=/no sslkey=/no",
        server.socket_dir().display(),
        server.port
    );
    let session = Session::open(&ConnectTo::from_url(&to).unwrap()).await.unwrap();
    assert!(!seen(&session).await.tls);
}
