//! Where to connect: from a URL, a key=value string or a socket folder. Shows itself without the password.

mod parse;

use std::{fmt, path::Path, str::FromStr};

use freehold_model::secret::Secret;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tokio_postgres::config::{Config, Host, SslMode};

pub use parse::ConnectToError;

/// The name by which servers know this program's sessions.
const APPLICATION: &str = "freehold";

/// A server, a database, a user and settings. Cheap enough to clone; `Debug` and `Display` mask the password.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectTo {
    config: Config,
    database: String,
    user: String,
}

impl ConnectTo {
    /// From a `postgres://` or `postgresql://` URL, or a `key=value` string, as libpq reads them (PostgreSQL manual,
    /// 34.1.1). A Unix socket is given by `?host=/folder`, a percent-encoded host, or `host=/folder`. What is left out
    /// is as in libpq: the local socket, port 5432, the user `postgres`, a database named like the user.
    ///
    /// # Errors
    /// When the text cannot be read, names an unknown option, or demands TLS. No error repeats any part of a value.
    pub fn from_url(url: &str) -> Result<Self, ConnectToError> {
        let mut config = parse::config(url)?;
        let user = config.get_user().unwrap_or("postgres").to_owned();
        let database = config.get_dbname().unwrap_or(&user).to_owned();
        config.user(&user).dbname(&database);
        if config.get_application_name().is_none() {
            config.application_name(APPLICATION);
        }
        Ok(Self { config, database, user })
    }

    /// A server that listens on a Unix socket in a folder.
    pub fn socket(dir: &Path, port: u16, user: &str, database: &str) -> Self {
        let mut config = Config::new();
        config.host_path(dir).port(port).user(user).dbname(database);
        config.application_name(APPLICATION).ssl_mode(SslMode::Disable);
        Self { config, database: database.to_owned(), user: user.to_owned() }
    }

    /// The same with a password.
    #[must_use]
    pub fn with_password(mut self, password: Secret) -> Self {
        self.config.password(password.reveal());
        self
    }

    /// The same server and user, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(database);
        database.clone_into(&mut other.database);
        other
    }

    /// The same server and database, another user; the password stays.
    #[must_use]
    pub fn with_user(&self, user: &str) -> Self {
        let mut other = self.clone();
        other.config.user(user);
        user.clone_into(&mut other.user);
        other
    }

    /// The same with a run-time setting that holds from the start of the session (`RESET` goes back to it).
    #[must_use]
    pub fn with_setting(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        parse::add_setting(&mut other.config, name, value);
        other
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// True when no host but this machine's sockets or loopback is meant.
    pub fn is_local(&self) -> bool {
        self.config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
            #[cfg(unix)]
            Host::Unix(_) => true,
        })
    }

    /// As a URL for people: the password is shown as `****`.
    pub fn masked(&self) -> String {
        let mut shown = String::from("postgres://");
        shown.push_str(&encoded(&self.user));
        if self.config.get_password().is_some() {
            shown.push_str(":****");
        }
        shown.push('@');
        let mut folder = None;
        let mut hosts = Vec::new();
        let ports = self.config.get_ports();
        for (nth, host) in self.config.get_hosts().iter().enumerate() {
            let port = ports.get(nth).or_else(|| ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) if name.contains(':') => hosts.push(format!("[{name}]:{port}")),
                Host::Tcp(name) => hosts.push(format!("{name}:{port}")),
                #[cfg(unix)]
                Host::Unix(path) => folder = folder.or_else(|| Some((path.display().to_string(), port))),
            }
        }
        shown.push_str(&hosts.join(","));
        shown.push('/');
        shown.push_str(&encoded(&self.database));
        if let (Some((folder, port)), true) = (folder, hosts.is_empty()) {
            shown.push_str(&format!("?host={folder}&port={port}"));
        }
        shown
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }
}

impl FromStr for ConnectTo {
    type Err = ConnectToError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_url(text)
    }
}

impl fmt::Display for ConnectTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for ConnectTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectTo({})", self.masked())
    }
}

fn encoded(part: &str) -> impl std::ops::Deref<Target = str> {
    const SPECIAL: &AsciiSet =
        &CONTROLS.add(b' ').add(b'/').add(b'?').add(b'#').add(b'@').add(b':').add(b'%');
    utf8_percent_encode(part, SPECIAL).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urls_are_read_as_libpq_reads_them() {
        let to =
            ConnectTo::from_url("postgresql://ann:s%40cret@db.example:5433/app?connect_timeout=3").unwrap();
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
            "postgres://ann:hunter2@h/app?sslmode=require",
        ] {
            let error = ConnectTo::from_url(broken).unwrap_err();
            let shown = format!("{error} {error:?} {}", error.help());
            assert!(!shown.contains("hunter2"), "{broken}: {shown}");
        }
    }

    #[test]
    fn tls_that_is_demanded_is_refused_and_tls_that_is_merely_preferred_is_not() {
        for mode in ["require", "verify-ca", "verify-full"] {
            let error = ConnectTo::from_url(&format!("postgres://h/app?sslmode={mode}")).unwrap_err();
            assert_eq!(error, ConnectToError::Tls { mode: mode.to_owned() });
        }
        assert!(ConnectTo::from_url("postgres://h/app?sslmode=prefer").is_ok());
        assert!(ConnectTo::from_url("postgres://u@/app?host=/run/pg&sslmode=require").is_ok());
    }

    #[test]
    fn settings_are_escaped_for_the_start_of_the_session() {
        let to = ConnectTo::from_url("postgres://h/app?options=-c%20geqo%3Doff").unwrap();
        let to = to.with_setting("search_path", r"a b\c, d");
        assert_eq!(to.config.get_options(), Some(r"-c geqo=off -c search_path=a\ b\\c,\ d"));
    }
}
