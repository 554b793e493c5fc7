//! Where to connect: from a URL, a key=value string or a socket folder. Shows itself without the password.

mod error;
mod options;
mod parse;

use std::{fmt, path::Path, str::FromStr};

use freehold_model::secret::Secret;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tokio_postgres::config::{Config, Host};

use crate::tls::TlsOptions;

pub use error::ConnectToError;
pub(crate) use options::Endpoint;
use options::Options;

/// The name by which servers know this program's sessions.
const APPLICATION: &str = "freehold";

/// A server, a database, a user and settings. Cheap enough to clone; `Debug` and `Display` mask the password.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectTo {
    /// Everything but hosts and TLS. In a box, as the options of TLS are: many values hold a place to connect to.
    config: Box<Config>,
    endpoints: Vec<Endpoint>,
    tls: Box<TlsOptions>,
    database: String,
    user: String,
}

impl ConnectTo {
    /// From a `postgres://` or `postgresql://` URL, or a `key=value` string, as libpq reads them (PostgreSQL manual,
    /// 34.1.1). A Unix socket is given by `?host=/folder`, a percent-encoded host, or `host=/folder`. What is left out
    /// is as in libpq: the local socket, port 5432, the user `postgres`, a database named like the user, and
    /// `sslmode=prefer`. Files that options of TLS name are read when a connection is made.
    ///
    /// # Errors
    /// When the text cannot be read, names an unknown option, or options that do not go together. No error repeats a
    /// value that could be secret.
    pub fn from_url(url: &str) -> Result<Self, ConnectToError> {
        let Options { mut config, endpoints, tls } = options::options(&parse::parse(url)?)?;
        let user = config.get_user().unwrap_or("postgres").to_owned();
        let database = config.get_dbname().unwrap_or(&user).to_owned();
        config.user(&user).dbname(&database);
        if config.get_application_name().is_none() {
            config.application_name(APPLICATION);
        }
        Ok(Self { config: Box::new(config), endpoints, tls: Box::new(tls), database, user })
    }

    /// A server that listens on a Unix socket in a folder.
    pub fn socket(dir: &Path, port: u16, user: &str, database: &str) -> Self {
        let mut config = Config::new();
        config.user(user).dbname(database).application_name(APPLICATION);
        Self {
            config: Box::new(config),
            endpoints: vec![Endpoint { host: Host::Unix(dir.to_owned()), address: None, port }],
            tls: Box::default(),
            database: database.to_owned(),
            user: user.to_owned(),
        }
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
        options::add_setting(&mut other.config, name, value);
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
        self.endpoints.iter().all(|endpoint| match &endpoint.host {
            // The address is where it goes, whatever the name beside it.
            Host::Tcp(_) if endpoint.address.is_some() => endpoint.address.is_some_and(|to| to.is_loopback()),
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
        for Endpoint { host, port, .. } in &self.endpoints {
            match host {
                Host::Tcp(name) if name.contains(':') => hosts.push(format!("[{name}]:{port}")),
                Host::Tcp(name) => hosts.push(format!("{name}:{port}")),
                #[cfg(unix)]
                Host::Unix(path) => folder = folder.or_else(|| Some((path.display().to_string(), *port))),
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

    /// Where the server may listen, in the order in which it is tried there; never empty.
    pub(crate) fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// How TLS is to be spoken.
    pub(crate) fn tls(&self) -> &TlsOptions {
        &self.tls
    }

    /// What to connect to one endpoint with; TLS is left to the caller.
    pub(crate) fn config_for(&self, endpoint: &Endpoint) -> Config {
        let mut config = Config::clone(&self.config);
        match &endpoint.host {
            Host::Tcp(name) => config.host(name),
            #[cfg(unix)]
            Host::Unix(folder) => config.host_path(folder),
        };
        if let Some(address) = endpoint.address {
            config.hostaddr(address);
        }
        config.port(endpoint.port);
        config
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
mod tests;
