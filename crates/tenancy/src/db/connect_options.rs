//! Where a server is, who logs in there, and how TLS is spoken.

use std::{future::Future, net::IpAddr, pin::Pin, sync::Arc, time::Duration};

use deadpool_postgres::Connect;
use rustls::ClientConfig;
use tokio::task::JoinHandle;
use tokio_postgres::{
    CancelToken, Client, Config, NoTls,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    DatabaseError, Error,
    tls::{self, TlsError, TlsGiven},
};

/// What a connection is made of. `Debug` shows no password.
#[derive(Debug, Clone)]
pub(crate) struct ConnectOptions {
    /// Hosts, ports, user, password and database.
    pub(crate) config: Config,
    /// `None`: plain text.
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

impl ConnectOptions {
    /// Reads `postgres://...` or `host=... user=...`.
    ///
    /// # Errors
    /// [`Error::Setup`] when it can't be read, [`Error::Tls`] when a file that it names can't.
    pub(crate) fn from_url(url: &str) -> Result<Self, Error> {
        let (given, rest) = TlsGiven::divide(url, |rest| parse(rest).map(|config| is_far(&config)))?;
        let mut config = parse(&rest)?;
        if config.get_user().is_none() {
            return Err(Error::Setup("the database's URL names no user".to_owned()));
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(Error::Setup("the database's URL names no host".to_owned()));
        }
        let sockets = config.get_hosts().iter().any(|host| matches!(host, Host::Unix(_)));
        let tls = if sockets && config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) {
            None
        } else {
            tls::config(&given).map_err(|source| Error::Tls { to: address(&config), source })?
        };
        if sockets && tls.is_some() {
            return Err(Error::Setup("Unix sockets and hosts with TLS can't stand in one URL".to_owned()));
        }
        config.ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable });
        Ok(Self { config, tls })
    }

    /// The role that logs in.
    pub(crate) fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    /// Where to, without the password.
    pub(crate) fn to(&self) -> String {
        format!("{} as {}", address(&self.config), self.user())
    }

    /// Opens a connection of its own, outside of any pool.
    ///
    /// # Errors
    /// [`Error::Connect`] and [`Error::Tls`].
    pub(crate) async fn open(&self, within: Duration) -> Result<(Client, JoinHandle<()>), Error> {
        match tokio::time::timeout(within, connect(self, &self.config)).await {
            Ok(Ok(opened)) => Ok(opened),
            Ok(Err(error)) => Err(self.error(error)),
            Err(_) => Err(self.slow(within)),
        }
    }

    /// Why there is no connection.
    pub(crate) fn error(&self, error: tokio_postgres::Error) -> Error {
        let to = self.to();
        if let Some(refused) = error.as_db_error() {
            return Error::Connect { to, source: Box::new(DatabaseError::from(refused)) };
        }
        if self.tls.is_none() || error.to_string() != "error performing TLS handshake" {
            return Error::Connect { to, source: Box::new(error) };
        }
        let Some(cause) = error.into_source() else { return Error::Tls { to, source: TlsError::NotOffered } };
        let source = match cause.downcast::<std::io::Error>() {
            Ok(error) => tls::of_io(*error),
            Err(other) if tls::not_offered(&other.to_string()) => TlsError::NotOffered,
            Err(other) => TlsError::Broken(other),
        };
        Error::Tls { to, source }
    }

    /// That the server lets one wait.
    pub(crate) fn slow(&self, waited: Duration) -> Error {
        Error::Connect { to: self.to(), source: format!("no answer within {waited:?}").into() }
    }

    /// Tells the server to stop what it does for a connection.
    pub(crate) async fn cancel(&self, token: CancelToken) -> Result<(), tokio_postgres::Error> {
        match &self.tls {
            None => token.cancel_query(NoTls).await,
            Some(tls) => token.cancel_query(MakeRustlsConnect::new(ClientConfig::clone(tls))).await,
        }
    }
}

impl Connect for ConnectOptions {
    fn connect(
        &self,
        config: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), tokio_postgres::Error>> + Send + '_>>
    {
        let config = config.clone();
        Box::pin(async move { connect(self, &config).await })
    }
}

async fn connect(
    options: &ConnectOptions,
    config: &Config,
) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
    // What a connection says when it ends, its statements have said already.
    match &options.tls {
        None => {
            let (client, connection) = config.connect(NoTls).await?;
            Ok((client, tokio::spawn(async move { drop(connection.await) })))
        }
        Some(tls) => {
            let tls = MakeRustlsConnect::new(ClientConfig::clone(tls));
            let (client, connection) = config.connect(tls).await?;
            Ok((client, tokio::spawn(async move { drop(connection.await) })))
        }
    }
}

/// What the driver says of a text that it can't read may repeat a part of it, such as the password.
fn parse(text: &str) -> Result<Config, Error> {
    text.parse().map_err(|_| Error::Setup("the database's URL can't be read".to_owned()))
}

fn is_far(config: &Config) -> bool {
    let near = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    };
    let addresses = config.get_hostaddrs();
    if addresses.is_empty() {
        return !config.get_hosts().iter().all(near);
    }
    !addresses.iter().all(IpAddr::is_loopback)
}

fn address(config: &Config) -> String {
    let ports = config.get_ports();
    let port = |at: usize| ports.get(at).or_else(|| ports.first()).copied().unwrap_or(5432);
    let hosts: Vec<String> = (0..)
        .zip(config.get_hosts())
        .map(|(at, host)| match host {
            Host::Tcp(name) => format!("{name}:{}", port(at)),
            Host::Unix(folder) => format!("{}/.s.PGSQL.{}", folder.display(), port(at)),
        })
        .collect();
    format!(
        "{} at {}",
        config.get_dbname().unwrap_or_else(|| config.get_user().unwrap_or_default()),
        hosts.join(", ")
    )
}
