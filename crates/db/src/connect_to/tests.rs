//! Connection texts, read and shown.

use super::*;
use crate::tls::{ClientFiles, Mode, Roots};
use proptest::prelude::*;

#[test]
fn urls_are_read_as_libpq_reads_them() {
    let to = ConnectTo::from_url("postgresql://ann:s%40cret@db.example:5433/app?connect_timeout=3").unwrap();
    assert_eq!((to.user(), to.database()), ("ann", "app"));
    assert_eq!(to.config.get_password(), Some(b"s@cret".as_slice()));
    assert_eq!(to.masked(), "postgres://ann:****@db.example:5433/app");
    assert!(!to.is_local());
    let to = ConnectTo::from_url("postgres://ann@/app?host=/run/pg&port=6000").unwrap();
    assert_eq!(to.masked(), "postgres://ann@/app?host=/run/pg&port=6000");
    assert!(to.is_local());
    let to = ConnectTo::from_url("postgres://%2Frun%2Fpg/app").unwrap();
    assert_eq!(to.masked(), "postgres://postgres@/app?host=/run/pg&port=5432");
    let to = ConnectTo::from_url("postgres://a@[::1]:7000,other/app").unwrap();
    assert_eq!(to.masked(), "postgres://a@[::1]:7000,other:5432/app");
    let to = ConnectTo::from_url(r"host=localhost user=ann password='it\'s x' dbname=app").unwrap();
    assert_eq!(to.config.get_password(), Some(b"it's x".as_slice()));
    assert_eq!(to.masked(), "postgres://ann:****@localhost:5432/app");
}

proptest! {
    #[test]
    fn any_user_and_password_come_through_a_url_and_the_password_is_not_shown(
        user in "[^\0]{1,12}",
        password in "[^\0]{8,20}",
    ) {
        let url = format!("postgres://{}:{}@h/app", all_encoded(&user), all_encoded(&password));
        let to = ConnectTo::from_url(&url).unwrap();
        prop_assert_eq!(to.user(), user.as_str());
        prop_assert_eq!(to.config.get_password(), Some(password.as_bytes()));
        let shown = format!("{to} {to:?}");
        prop_assert!(!shown.contains(&password) && !shown.contains(&all_encoded(&password)));
    }

    #[test]
    fn any_value_comes_through_a_keyword_string(password in "[^\0]{1,20}") {
        let escaped = password.replace('\\', r"\\").replace('\'', r"\'");
        let to = ConnectTo::from_url(&format!("host=h password='{escaped}' user=u")).unwrap();
        prop_assert_eq!(to.config.get_password(), Some(password.as_bytes()));
    }

    #[test]
    fn a_value_may_look_like_a_url(before in "[a-z']{0,3}", after in "[ -~]{0,8}") {
        let password = format!("{before}://{after}");
        let escaped = password.replace('\\', r"\\").replace('\'', r"\'");
        let to = ConnectTo::from_url(&format!("host=h password='{escaped}' user=u")).unwrap();
        prop_assert_eq!(to.config.get_password(), Some(password.as_bytes()));
        prop_assert_eq!(ConnectTo::from_url(&format!("mysql://u:p=1@{after}")).unwrap_err(), ConnectToError::Form);
    }

    #[test]
    fn no_text_makes_reading_panic(text in "(postgres://)?[ -~é]{0,40}") {
        let _ = ConnectTo::from_url(&text);
    }

    #[test]
    fn no_piece_of_a_password_that_should_have_been_quoted_is_shown(password in "[ -~]{0,10} hunter2=[ -~]{0,10}") {
        if let Err(error) = ConnectTo::from_url(&format!("host=h password={password}")) {
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains("hunter2"));
        }
    }
}

fn all_encoded(text: &str) -> String {
    utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[test]
fn an_empty_url_means_the_local_socket() {
    let to = ConnectTo::from_url("postgres://").unwrap();
    assert_eq!((to.user(), to.database()), ("postgres", "postgres"));
    assert!(to.is_local());
}

#[test]
fn the_password_is_shown_nowhere() {
    let to = ConnectTo::from_url("postgres://ann:hunter2@h/app").unwrap();
    assert!(!format!("{to} {to:?} {}", to.masked()).contains("hunter2"));
    for broken in [
        "postgres://ann:hunter2@h:port/app",
        "postgres://ann:hunter2@h/app?hunter2",
        "postgres://ann:a?hunter2=b@h/app",
        "postgres://ann:hunter2%zz@h:1:2/app",
        "postgres://ann:hunter2#x@h:70000/app",
        "host=h password=hunter2 hunter2",
        "host=h password='hunter2",
        "host=h hunter2 word password=x",
        "mysql://ann:hunter2@h/app",
        "ann:hunter2@h/app",
        "postgres://ann:hunter2@h/app?sslmode=hunter2",
        "postgres://ann:hunter2@h/app?sslmode=verify-full",
        "postgres://ann:hunter2@h/app?sslpassword=hunter2",
        "postgres://ann:hunter2@h/app?sslcert=hunter2",
        "postgres://ann:hunter2@h/app?sslsni=hunter2",
    ] {
        let error = ConnectTo::from_url(broken).unwrap_err();
        let shown = format!("{error} {error:?} {}", error.help());
        assert!(!shown.contains("hunter2"), "{broken}: {shown}");
    }
}

fn tls(text: &str) -> TlsOptions {
    *ConnectTo::from_url(text).unwrap().tls
}

fn refused(text: &str) -> ConnectToError {
    ConnectTo::from_url(text).unwrap_err()
}

#[test]
fn sslmode_means_what_libpq_means() {
    let modes = ["disable", "allow", "prefer", "require"];
    let read: Vec<_> = modes.iter().map(|mode| tls(&format!("postgres://h/?sslmode={mode}")).mode).collect();
    assert_eq!(read, [Mode::Disable, Mode::Allow, Mode::Prefer, Mode::Require]);
    assert_eq!(tls("postgres://h/app").mode, Mode::Prefer);
    assert_eq!(tls("host=h sslmode=''").mode, Mode::Prefer);
    assert_eq!(tls("postgres://h/app?ssl=true").mode, Mode::Require);
    assert_eq!(tls("host=h sslmode=verify-ca sslrootcert=ca.pem").roots, Roots::File("ca.pem".into()));
    assert_eq!(refused("postgres://h/?sslmode=Require"), ConnectToError::Value { name: "sslmode" });
    assert_eq!(refused("host=h ssl=true"), ConnectToError::UnknownOption { name: "ssl".to_owned() });
}

#[test]
fn who_verifies_must_say_by_whom_unless_only_sockets_are_meant() {
    for mode in ["verify-ca", "verify-full"] {
        let error = refused(&format!("postgres://h/app?sslmode={mode}"));
        assert_eq!(error, ConnectToError::NoRoots { mode });
        assert!(error.help().contains("sslrootcert=FILE"));
        assert!(ConnectTo::from_url(&format!("postgres://u@/app?host=/run/pg&sslmode={mode}")).is_ok());
    }
}

#[test]
fn the_systems_authorities_go_with_verify_full_alone_and_make_it_the_default() {
    let to = tls("postgres://h/app?sslrootcert=system");
    assert_eq!((to.mode, to.roots), (Mode::VerifyFull, Roots::System));
    for mode in ["disable", "prefer", "require", "verify-ca"] {
        let error = refused(&format!("host=h sslrootcert=system sslmode={mode}"));
        assert!(matches!(error, ConnectToError::WeakMode { mode: told, .. } if told == mode), "{error}");
    }
}

#[test]
fn direct_tls_needs_a_mode_that_demands_tls() {
    assert!(tls("host=h sslmode=require sslnegotiation=direct").direct);
    assert!(!tls("host=h sslmode=require sslnegotiation=postgres").direct);
    assert!(matches!(
        refused("host=h sslnegotiation=direct"),
        ConnectToError::WeakMode { mode: "prefer", .. }
    ));
}

#[test]
fn a_client_certificate_needs_its_key_and_no_password() {
    let to = tls("host=h sslcert=/c sslkey=/k");
    assert_eq!(to.client, Some(ClientFiles { certificate: "/c".into(), key: "/k".into() }));
    assert_eq!(tls("host=h sslcert=/c sslkey=/k sslcertmode=disable").client, None);
    assert_eq!(
        refused("host=h sslcert=/c"),
        ConnectToError::HalfOfPair { given: "sslcert", lacks: "sslkey" }
    );
    assert_eq!(refused("host=h sslkey=/k"), ConnectToError::HalfOfPair { given: "sslkey", lacks: "sslcert" });
    assert_eq!(refused("host=h sslcert=/c sslkey=/k sslpassword=x"), ConnectToError::KeyPassword);
    assert_eq!(tls("host=h sslpassword='' sslcert=''").client, None);
}

#[test]
fn what_would_make_tls_safer_is_kept_or_refused_but_never_ignored() {
    let versions = |text: &str| (tls(text).allows_1_2, tls(text).allows_1_3);
    assert_eq!(versions("host=h"), (true, true));
    assert_eq!(versions("host=h ssl_min_protocol_version=TLSv1.3"), (false, true));
    assert_eq!(
        versions("host=h ssl_min_protocol_version=tlsv1 ssl_max_protocol_version=TLSv1.2"),
        (true, false)
    );
    let old = refused("host=h ssl_max_protocol_version=TLSv1.1");
    assert_eq!(old, ConnectToError::Value { name: "ssl_max_protocol_version" });
    assert_eq!(tls("host=h sslcrl=/crl").revoked, Some("/crl".into()));
    assert!(matches!(
        refused("host=h sslcrldir=/crls"),
        ConnectToError::Unsupported { name: "sslcrldir", .. }
    ));
    assert!(matches!(refused("host=h sslcertmode=require"), ConnectToError::Unsupported { .. }));
    assert!(!tls("host=h sslsni=0").tells_name && tls("host=h sslsni=1").tells_name);
    assert_eq!(
        ConnectTo::from_url("host=h channel_binding=require").unwrap().config.get_channel_binding(),
        tokio_postgres::config::ChannelBinding::Require
    );
    assert_eq!(refused("host=h channel_binding=yes"), ConnectToError::Value { name: "channel_binding" });
}

#[test]
fn lists_of_hosts_addresses_and_ports_must_fit() {
    assert_eq!(refused("host=a,b port=1,2,3"), ConnectToError::Count { name: "port" });
    assert_eq!(refused("host=a,b hostaddr=127.0.0.1"), ConnectToError::Count { name: "hostaddr" });
    let to = ConnectTo::from_url("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=7000").unwrap();
    let shown: Vec<_> = to.endpoints().iter().map(|at| (at.address.unwrap().to_string(), at.port)).collect();
    assert_eq!(shown, [("10.0.0.1".to_owned(), 7000), ("10.0.0.2".to_owned(), 7000)]);
}

#[test]
fn an_address_says_more_about_where_a_server_is_than_the_name_beside_it() {
    assert!(!ConnectTo::from_url("host=localhost hostaddr=10.0.0.1").unwrap().is_local());
    assert!(!ConnectTo::from_url("hostaddr=10.0.0.1").unwrap().is_local());
    assert!(ConnectTo::from_url("host=db.example hostaddr=127.0.0.1").unwrap().is_local());
    assert_eq!(
        ConnectTo::from_url("hostaddr=10.0.0.1").unwrap().masked(),
        "postgres://postgres@10.0.0.1:5432/postgres"
    );
}

#[test]
fn settings_are_escaped_for_the_start_of_the_session() {
    let to = ConnectTo::from_url("postgres://h/app?options=-c%20geqo%3Doff").unwrap();
    let to = to.with_setting("search_path", r"a b\c, d");
    assert_eq!(to.config.get_options(), Some(r"-c geqo=off -c search_path=a\ b\\c,\ d"));
}
