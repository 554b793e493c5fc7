//! What the options of a connection text mean, as libpq defines them (PostgreSQL manual, 34.1.2).

use std::{net::IpAddr, time::Duration};

use tokio_postgres::config::{ChannelBinding, Config, Host, TargetSessionAttrs};

use super::{
    error::ConnectToError,
    parse::{Pairs, Parsed},
};
use crate::tls::{TlsGiven, TlsOptions};

/// One place where a server may listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The socket's folder, or the name that a certificate must be for.
    pub(crate) host: Host,
    /// Where `host` is to be found, when no one is to be asked for it.
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: u16,
}

impl Endpoint {
    /// True for a Unix socket, where PostgreSQL speaks no TLS.
    pub(crate) fn is_socket(&self) -> bool {
        !matches!(self.host, Host::Tcp(_))
    }
}

/// All that a connection text says.
pub(super) struct Options {
    /// Everything but hosts and TLS.
    pub(super) config: Config,
    /// In the order in which they are to be tried; never empty.
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) tls: TlsOptions,
}

/// The lists of hosts, addresses and ports, until they are put together.
#[derive(Default)]
struct Places {
    hosts: Vec<Host>,
    addresses: Vec<IpAddr>,
    ports: Vec<u16>,
}

/// Reads the options of a text.
pub(super) fn options(parsed: &Parsed) -> Result<Options, ConnectToError> {
    let mut config = Config::new();
    let mut places = Places::default();
    let mut tls = TlsGiven::default();
    for (at, (name, value)) in parsed.pairs.iter().enumerate() {
        if tls.take(name, value)? {
            continue;
        }
        apply(&mut config, &mut places, name, value).map_err(|error| match error {
            // What follows an unquoted password may be a piece of it.
            ConnectToError::UnknownOption { .. } if !parsed.is_url && has_password(&parsed.pairs, at) => {
                ConnectToError::Pair
            }
            other => other,
        })?;
    }
    let endpoints = places.endpoints()?;
    let over_network = endpoints.iter().any(|endpoint| !endpoint.is_socket());
    Ok(Options { config, tls: tls.options(over_network)?, endpoints })
}

fn has_password(pairs: &Pairs, before: usize) -> bool {
    pairs.iter().take(before).any(|(name, _)| name == "password")
}

impl Places {
    fn endpoints(mut self) -> Result<Vec<Endpoint>, ConnectToError> {
        if self.hosts.is_empty() && self.addresses.is_empty() {
            // The folders that PostgreSQL and its packages are built with, then the loopback, as libpq would find one.
            #[cfg(unix)]
            self.hosts.extend(["/var/run/postgresql", "/tmp"].map(host));
            self.hosts.push(host("localhost"));
        }
        if self.hosts.is_empty() {
            self.hosts = self.addresses.iter().map(|address| Host::Tcp(address.to_string())).collect();
        }
        if !self.addresses.is_empty() && self.addresses.len() != self.hosts.len() {
            return Err(ConnectToError::Count { name: "hostaddr" });
        }
        if self.ports.len() > 1 && self.ports.len() != self.hosts.len() {
            return Err(ConnectToError::Count { name: "port" });
        }
        let nth = |(nth, host)| Endpoint {
            host,
            address: self.addresses.get(nth).copied(),
            port: self.ports.get(nth).or(self.ports.first()).copied().unwrap_or(5432),
        };
        Ok(self.hosts.into_iter().enumerate().map(nth).collect())
    }
}

/// A name, an address or a socket's folder.
fn host(text: &str) -> Host {
    let mut config = Config::new();
    config.host(if text.is_empty() { "localhost" } else { text });
    config.get_hosts().first().cloned().unwrap_or_else(|| Host::Tcp(text.to_owned()))
}

/// Options of libpq, and of the drivers and tools whose URLs projects have, that say nothing to this program.
const IGNORED: &[&str] = &[
    "client_encoding",
    "connection_limit",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "passfile",
    "pgbouncer",
    "pool_timeout",
    "require_auth",
    "requirepeer",
    "socket_timeout",
    "sslcompression",
    "statement_cache_size",
    "tcp_user_timeout",
];

fn apply(config: &mut Config, places: &mut Places, name: &str, value: &str) -> Result<(), ConnectToError> {
    let bad = |name| ConnectToError::Value { name };
    match name {
        "user" => {
            config.user(value);
        }
        "password" => {
            config.password(value);
        }
        "dbname" => {
            config.dbname(value);
        }
        "application_name" => {
            config.application_name(value);
        }
        "options" => {
            config.options(value);
        }
        "host" if value.is_empty() => places.hosts.clear(),
        "host" => places.hosts = value.split(',').map(host).collect(),
        "hostaddr" if value.is_empty() => places.addresses.clear(),
        "hostaddr" => {
            places.addresses =
                value.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| bad("hostaddr"))?;
        }
        "port" => {
            let port = |port: &str| if port.is_empty() { Ok(5432) } else { port.parse() };
            places.ports = value.split(',').map(port).collect::<Result<_, _>>().map_err(|_| bad("port"))?;
        }
        "connect_timeout" => {
            let seconds: i64 = value.parse().map_err(|_| bad("connect_timeout"))?;
            if let Ok(seconds @ 1..) = u64::try_from(seconds) {
                config.connect_timeout(Duration::from_secs(seconds));
            }
        }
        "target_session_attrs" => {
            config.target_session_attrs(match value {
                "any" | "prefer-standby" => TargetSessionAttrs::Any,
                "read-write" | "primary" => TargetSessionAttrs::ReadWrite,
                "read-only" | "standby" => TargetSessionAttrs::ReadOnly,
                _ => return Err(bad("target_session_attrs")),
            });
        }
        "channel_binding" => {
            config.channel_binding(match value {
                "disable" => ChannelBinding::Disable,
                "prefer" | "" => ChannelBinding::Prefer,
                "require" => ChannelBinding::Require,
                _ => return Err(bad("channel_binding")),
            });
        }
        // Prisma's and lib/pq's ways to say the schema.
        "schema" | "search_path" => add_setting(config, "search_path", value),
        ignored if IGNORED.contains(&ignored) || ignored.starts_with("x-") => {}
        other => return Err(ConnectToError::UnknownOption { name: other.to_owned() }),
    }
    Ok(())
}

/// Adds `-c name=value` to the options of the session's start; blanks and backslashes are escaped with a backslash
/// (PostgreSQL manual, 20.1.4 and the `options` key word).
pub(super) fn add_setting(config: &mut Config, name: &str, value: &str) {
    let mut options = config.get_options().unwrap_or_default().to_owned();
    if !options.is_empty() {
        options.push(' ');
    }
    options.push_str("-c ");
    for character in format!("{name}={value}").chars() {
        if character == '\\' || character.is_whitespace() {
            options.push('\\');
        }
        options.push(character);
    }
    config.options(options);
}
