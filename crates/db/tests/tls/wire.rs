//! What goes over the wire: requests to cancel, passwords, channel binding, TLS without asking.

use std::time::Duration;

use freehold_db::{ConnectTo, Session, TlsError};

use crate::{
    OPEN,
    papers::Authority,
    proxy::{ASKS_FOR_TLS, CANCELS, Proxy},
    server::{TlsServer, open_at, told},
};

#[tokio::test]
async fn a_request_to_cancel_goes_the_way_that_the_session_goes() {
    let server = TlsServer::with(&Authority::new("ca").signs("server", &["localhost"]), OPEN).await;
    for (mode, tls) in [("require", true), ("prefer", true), ("allow", false), ("disable", false)] {
        let proxy = Proxy::before(server.port).await;
        let session = open_at(proxy.port, &format!("sslmode={mode}")).await.unwrap();
        let canceller = session.canceller();
        let (outcome, ()) = tokio::join!(session.run("select pg_sleep(30)"), async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            canceller.cancel().await.unwrap();
        });
        assert_eq!(outcome.unwrap_err().sqlstate().unwrap().code(), "57014", "{mode}");
        let sent = proxy.sent();
        let [session, cancel] = sent.as_slice() else { panic!("{mode}: {} connections", sent.len()) };
        assert_eq!(session.starts_with(&ASKS_FOR_TLS), tls, "{mode}");
        assert_eq!(cancel.starts_with(&ASKS_FOR_TLS), tls, "{mode}");
        assert_eq!(cancel.windows(4).any(|part| part == CANCELS), !tls, "{mode}");
    }
}

#[tokio::test]
async fn nothing_but_the_wish_for_tls_is_sent_in_the_clear() {
    let hba = "host all bob 127.0.0.1/32 password";
    let server = TlsServer::with(&Authority::new("ca").signs("server", &["localhost"]), hba).await;
    let shows = |proxy: &Proxy, what: &[u8]| {
        proxy.sent().iter().any(|sent| sent.windows(what.len()).any(|part| part == what))
    };
    for (options, clear) in [("sslmode=disable", true), ("sslmode=require", false), ("", false)] {
        let proxy = Proxy::before(server.port).await;
        open_at(proxy.port, &format!("user=bob password='secret of bob' {options}")).await.unwrap();
        assert_eq!(shows(&proxy, b"secret of bob"), clear, "{options}");
    }
    // A password that was refused over TLS is not tried again without it.
    let proxy = Proxy::before(server.port).await;
    let error = open_at(proxy.port, "user=bob password='wrong of bob'").await.unwrap_err();
    assert_eq!(error.sqlstate().unwrap().code(), "28P01");
    assert!(!shows(&proxy, b"wrong of bob") && proxy.sent().len() == 1);
}

#[tokio::test]
async fn a_password_is_bound_to_the_servers_certificate() {
    let hba = "host all bob 127.0.0.1/32 scram-sha-256";
    let server = TlsServer::with(&Authority::new("ca").signs("server", &["localhost"]), hba).await;
    let bob = "user=bob password='secret of bob'";
    for binding in ["require", "prefer", "disable"] {
        let seen = server.line_of(&format!("{bob} sslmode=require channel_binding={binding}")).await;
        assert!(seen.tls, "{binding}");
    }
    assert!(!server.line_of(&format!("{bob} sslmode=disable")).await.tls);
    let error = server.failure(&format!("{bob} sslmode=disable channel_binding=require")).await;
    assert!(told(&error).contains("channel binding"), "{}", told(&error));
    // Certificates of version 1 are bound too.
    server.show(&Authority::new("ca").signs_version_1("localhost")).await;
    assert!(server.line_of(&format!("{bob} sslmode=require channel_binding=require")).await.tls);
}

#[tokio::test]
async fn tls_from_the_first_byte_works_where_the_server_can() {
    let ca = Authority::new("ca");
    let server = TlsServer::with(&ca.signs("server", &["localhost"]), OPEN).await;
    let root = server.file("ca.pem", &ca.certificate);
    let proxy = Proxy::before(server.port).await;
    let options = format!("sslmode=verify-full sslnegotiation=direct sslrootcert='{}'", root.display());
    let outcome = open_at(proxy.port, &options).await;
    assert!(!proxy.sent().iter().any(|sent| sent.starts_with(&ASKS_FOR_TLS)));
    match outcome {
        Ok(_) => assert!(server.major() >= 17),
        Err(error) => {
            assert!(server.major() < 17 && error.tls().is_some(), "{}", told(&error));
            assert!(told(&error).contains("PostgreSQL 17"), "{}", told(&error));
        }
    }
}

#[tokio::test]
async fn a_server_that_answers_and_refuses_is_the_last_that_is_asked() {
    let server = TlsServer::plain("host all bob 127.0.0.1/32 scram-sha-256").await;
    let other = TlsServer::plain(OPEN).await;
    let at = |first: u16, password: &str| {
        let text = format!(
            "host=127.0.0.1,127.0.0.1 port={first},{} user=bob dbname=postgres password='{password}'",
            other.port
        );
        async move { Session::open(&ConnectTo::from_url(&text).unwrap()).await }
    };
    assert_eq!(at(server.port, "wrong").await.unwrap_err().sqlstate().unwrap().code(), "28P01");
    // Nobody listens at the first one.
    assert!(at(1, "wrong").await.is_ok());
}

#[tokio::test]
async fn what_is_no_server_of_postgresql_is_told_from_one_without_tls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let error = open_at(port, "sslmode=require").await.unwrap_err();
    assert!(matches!(error.tls(), Some(TlsError::Broken(_))), "{error:?}");
    assert!(error.is_connection_lost(), "it may be a server that is just stopping");
}
