//! Reading connection URLs and key=value strings. Errors name options, never values.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{Config, Host, SslMode, TargetSessionAttrs};

/// Why a connection text cannot be used. No variant holds any part of a value, for it may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectToError {
    /// Neither a `postgres://` URL nor `key=value` pairs.
    #[error("the connection text is neither a postgres:// URL nor key=value pairs")]
    Form,
    /// A part of the URL is not percent-encoded text.
    #[error("the {part} in the connection URL is not valid percent-encoded UTF-8")]
    Encoding {
        /// Which part.
        part: &'static str,
    },
    /// An `@` stands where it cannot: some special character before it is not percent-encoded.
    #[error(
        "the user or password in the connection URL holds a special character that is not percent-encoded"
    )]
    SpecialCharacter,
    /// An option that is neither known nor ignored.
    #[error("the connection option `{name}` is not known")]
    UnknownOption {
        /// Its name.
        name: String,
    },
    /// A pair without `=`, or a quote that is never closed.
    #[error("the connection text has an option without a value or an open quote")]
    Pair,
    /// A known option with a value that it cannot have.
    #[error("the connection option `{name}` has a value that it cannot have")]
    Value {
        /// Its name.
        name: &'static str,
    },
    /// TLS is demanded.
    #[error("the connection demands TLS (sslmode={mode}), which Freehold does not speak yet")]
    Tls {
        /// The value of `sslmode`.
        mode: String,
    },
}

impl ConnectToError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Form | Self::Pair => {
                "write postgres://USER:PASSWORD@HOST:PORT/DATABASE or host=HOST user=USER dbname=DATABASE"
            }
            Self::Encoding { .. } | Self::SpecialCharacter => {
                "percent-encode special characters in the user and the password: @ is %40, / is %2F, ? is %3F, # is %23"
            }
            Self::UnknownOption { .. } | Self::Value { .. } => {
                "see the PostgreSQL manual, section \"Parameter Key Words\", for the options and their values"
            }
            Self::Tls { .. } => {
                "connect through a local proxy, a tunnel or a socket, or set sslmode=prefer where plain text is safe"
            }
        }
    }
}

type Pairs = Vec<(String, String)>;

/// Reads a URL or a key=value string.
pub(super) fn config(text: &str) -> Result<Config, ConnectToError> {
    let text = text.trim();
    let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
    let pairs = match rest {
        Some(rest) => url_pairs(rest)?,
        None if names_another_scheme(text) || !text.contains('=') => return Err(ConnectToError::Form),
        None => keyword_pairs(text)?,
    };
    let mut config = Config::new();
    let mut demanded = None;
    for (at, (name, value)) in pairs.iter().enumerate() {
        if name == "sslmode" {
            demanded = demanded_tls(value)?;
            continue;
        }
        let password_before = pairs.iter().take(at).any(|(name, _)| name == "password");
        apply(&mut config, name, value).map_err(|error| match error {
            // What follows an unquoted password may be a piece of it.
            ConnectToError::UnknownOption { .. } if rest.is_none() && password_before => ConnectToError::Pair,
            other => other,
        })?;
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        // The folders that PostgreSQL and its packages are built with, then the loopback, as libpq would find one.
        #[cfg(unix)]
        config.host_path("/var/run/postgresql").host_path("/tmp");
        config.host("localhost");
    }
    let over_network = config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)));
    if let (Some(mode), true) = (demanded, over_network) {
        return Err(ConnectToError::Tls { mode });
    }
    config.ssl_mode(SslMode::Disable);
    Ok(config)
}

/// Whether a URL of something else than PostgreSQL begins the text; a `://` inside a value is no scheme.
fn names_another_scheme(text: &str) -> bool {
    text.split_once("://").is_some_and(|(before, _)| {
        before.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    })
}

fn demanded_tls(mode: &str) -> Result<Option<String>, ConnectToError> {
    match mode {
        "disable" | "allow" | "prefer" | "" => Ok(None),
        "require" | "verify-ca" | "verify-full" => Ok(Some(mode.to_owned())),
        _ => Err(ConnectToError::Value { name: "sslmode" }),
    }
}

fn url_pairs(rest: &str) -> Result<Pairs, ConnectToError> {
    let rest =
        rest.split('#').next().filter(|_| !rest.contains('#')).ok_or(ConnectToError::SpecialCharacter)?;
    let (before, query) = rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
    let (authority, path) = before.split_once('/').map_or((before, None), |(a, p)| (a, Some(p)));
    let (login, hosts) = authority.rsplit_once('@').map_or((None, authority), |(l, h)| (Some(l), h));
    if query.is_some_and(|q| q.contains('@')) || path.is_some_and(|p| p.contains('@')) {
        return Err(ConnectToError::SpecialCharacter);
    }
    let mut pairs = Vec::new();
    if let Some(login) = login {
        let (user, password) = login.split_once(':').map_or((login, None), |(u, p)| (u, Some(p)));
        if !user.is_empty() {
            pairs.push(("user".to_owned(), decoded(user, "user")?));
        }
        if let Some(password) = password {
            pairs.push(("password".to_owned(), decoded(password, "password")?));
        }
    }
    if !hosts.is_empty() {
        host_pairs(hosts, &mut pairs)?;
    }
    if let Some(path) = path.filter(|path| !path.is_empty()) {
        pairs.push(("dbname".to_owned(), decoded(path, "database")?));
    }
    for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(ConnectToError::Pair)?;
        pairs.push((decoded(name, "option's name")?, decoded(value, "option")?));
    }
    Ok(pairs)
}

/// `host:port,host:port`; a missing port in a list is 5432.
fn host_pairs(hosts: &str, pairs: &mut Pairs) -> Result<(), ConnectToError> {
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for host in hosts.split(',') {
        let (name, port) = match host.strip_prefix('[') {
            Some(bracketed) => {
                let (name, after) =
                    bracketed.split_once(']').ok_or(ConnectToError::Value { name: "host" })?;
                (name, after.strip_prefix(':').unwrap_or(after))
            }
            None => host.split_once(':').unwrap_or((host, "")),
        };
        names.push(decoded(name, "host")?);
        ports.push(port);
    }
    if names.iter().any(|name| !name.is_empty()) {
        pairs.push(("host".to_owned(), names.join(",")));
    }
    if ports.iter().any(|port| !port.is_empty()) {
        pairs.push(("port".to_owned(), ports.join(",")));
    }
    Ok(())
}

fn decoded(text: &str, part: &'static str) -> Result<String, ConnectToError> {
    let bytes = text.as_bytes();
    let broken = |at: usize| {
        let digits = bytes.get(at + 1..at + 3);
        bytes.get(at) == Some(&b'%') && !digits.is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit))
    };
    if (0..bytes.len()).any(broken) {
        return Err(ConnectToError::Encoding { part });
    }
    let text = percent_decode_str(text).decode_utf8().map_err(|_| ConnectToError::Encoding { part })?;
    Ok(text.into_owned())
}

/// `key = value` pairs; values may stand in single quotes, and a backslash takes the next character as it is.
fn keyword_pairs(text: &str) -> Result<Pairs, ConnectToError> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(ConnectToError::Pair)?;
        let name = name.trim();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
            return Err(ConnectToError::Pair);
        }
        let (value, after) = keyword_value(after.trim_start())?;
        pairs.push((name.to_owned(), value));
        rest = after.trim_start();
    }
    Ok(pairs)
}

fn keyword_value(text: &str) -> Result<(String, &str), ConnectToError> {
    let (text, quoted) = text.strip_prefix('\'').map_or((text, false), |inner| (inner, true));
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, next)| next)),
            '\'' if quoted => return Ok((value, text.get(at + 1..).unwrap_or_default())),
            space if !quoted && space.is_whitespace() => {
                return Ok((value, text.get(at..).unwrap_or_default()));
            }
            other => value.push(other),
        }
    }
    if quoted { Err(ConnectToError::Pair) } else { Ok((value, "")) }
}

/// Options of libpq, and of the drivers and tools whose URLs projects have, that say nothing to this program.
const IGNORED: &[&str] = &[
    "channel_binding",
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
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "statement_cache_size",
    "tcp_user_timeout",
];

fn apply(config: &mut Config, name: &str, value: &str) -> Result<(), ConnectToError> {
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
        "host" => {
            for host in value.split(',') {
                config.host(host);
            }
        }
        "hostaddr" => {
            for address in value.split(',') {
                config.hostaddr(address.parse().map_err(|_| bad("hostaddr"))?);
            }
        }
        "port" => {
            for port in value.split(',') {
                config.port(if port.is_empty() { 5432 } else { port.parse().map_err(|_| bad("port"))? });
            }
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
