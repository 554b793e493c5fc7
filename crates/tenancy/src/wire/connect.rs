//! From a host's name to a session that is ready: socket, TLS, startup, authentication.

use std::{io, path::Path, time::Duration};

use bytes::BytesMut;
use postgres_protocol::message::{
    backend::Message,
    frontend::{self},
};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_postgres::config::{Host, LoadBalanceHosts, SslNegotiation, TargetSessionAttrs};

use super::{auth, fault::Fault, frames, stream::Stream};
use crate::{db::ConnectOptions, tls};

/// Nothing that a server says before it is ready is longer.
const LONGEST_GREETING: usize = 1 << 20;

/// Where one server is.
#[derive(Debug, Clone)]
pub(super) enum Place {
    #[cfg(unix)]
    Unix(std::path::PathBuf),
    Tcp {
        /// What is connected to: a name or an address.
        to: String,
        port: u16,
        /// What the certificate is for.
        name: String,
    },
}

/// A session that is ready.
pub(super) struct Opened {
    pub(super) stream: Stream,
    pub(super) buffer: BytesMut,
    pub(super) place: Place,
    /// Process and secret, with which a cancel request names it.
    pub(super) key: (i32, i32),
}

/// Tries the hosts of the URL in turn.
///
/// # Errors
/// The [`Fault`] of the last one.
pub(super) async fn open(options: &ConnectOptions, within: Duration) -> Result<Opened, Fault> {
    let mut last = Fault::Setup("the database's URL names no host");
    for place in places(options) {
        let result = timeout(within, session(options, place)).await;
        match result.unwrap_or(Err(Fault::TimedOut)) {
            Ok(opened) => return Ok(opened),
            Err(fault) => last = fault,
        }
    }
    Err(last)
}

fn places(options: &ConnectOptions) -> Vec<Place> {
    let config = &options.config;
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let port = |at: usize| ports.get(at).or_else(|| ports.first()).copied().unwrap_or(5432);
    let mut places: Vec<Place> = (0..hosts.len().max(addresses.len()))
        .filter_map(|at| {
            let address = addresses.get(at).map(ToString::to_string);
            match (hosts.get(at), address) {
                #[cfg(unix)]
                (Some(Host::Unix(folder)), _) => {
                    Some(Place::Unix(folder.join(format!(".s.PGSQL.{}", port(at)))))
                }
                #[cfg(not(unix))]
                (Some(Host::Unix(_)), _) => None,
                (Some(Host::Tcp(name)), address) => Some(Place::Tcp {
                    to: address.unwrap_or_else(|| name.clone()),
                    port: port(at),
                    name: name.clone(),
                }),
                (None, Some(address)) => {
                    Some(Place::Tcp { to: address.clone(), port: port(at), name: address })
                }
                (None, None) => None,
            }
        })
        .collect();
    if config.get_load_balance_hosts() == LoadBalanceHosts::Random {
        fastrand::shuffle(&mut places);
    }
    places
}

/// A socket to a place, with TLS where the URL asks for it.
pub(super) async fn socket(options: &ConnectOptions, place: &Place) -> Result<Stream, Fault> {
    match place {
        #[cfg(unix)]
        Place::Unix(path) => Ok(Stream::Unix(tokio::net::UnixStream::connect(Path::new(path)).await?)),
        Place::Tcp { to, port, name } => {
            let mut stream = TcpStream::connect((to.as_str(), *port)).await?;
            stream.set_nodelay(true)?;
            let Some(config) = &options.tls else { return Ok(Stream::Tcp(stream)) };
            if options.config.get_ssl_negotiation() == SslNegotiation::Postgres {
                let mut ask = BytesMut::new();
                frontend::ssl_request(&mut ask);
                stream.write_all(&ask).await?;
                if stream.read_u8().await? != b'S' {
                    return Err(Fault::Tls(tls::TlsError::NotOffered.into()));
                }
            }
            let name = ServerName::try_from(name.clone())
                .map_err(|_| Fault::Setup("the host's name can be no server's name in a certificate"))?;
            let connector = tokio_rustls::TlsConnector::from(config.clone());
            let stream = connector.connect(name, stream).await;
            let stream = stream.map_err(|error| Fault::Tls(tls::of_io(error).into()))?;
            Ok(Stream::Tls(Box::new(stream)))
        }
    }
}

async fn session(options: &ConnectOptions, place: Place) -> Result<Opened, Fault> {
    let config = &options.config;
    let mut talk = Talk { stream: socket(options, &place).await?, buffer: BytesMut::with_capacity(8192) };
    let user = config.get_user().unwrap_or_default();
    let mut parameters = vec![("client_encoding", "UTF8"), ("user", user)];
    let named = [
        ("database", config.get_dbname()),
        ("options", config.get_options()),
        ("application_name", config.get_application_name()),
    ];
    parameters.extend(named.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let mut hello = BytesMut::new();
    frontend::startup_message(parameters, &mut hello)?;
    talk.stream.write_all(&hello).await?;
    auth::authenticate(&mut talk, config, matches!(place, Place::Tcp { .. })).await?;
    let (mut key, mut standby) = ((0, 0), None);
    loop {
        match talk.next().await? {
            Message::BackendKeyData(body) => key = (body.process_id(), body.secret_key()),
            Message::ParameterStatus(body) => match (body.name()?, body.value()?) {
                ("in_hot_standby", value) => standby = Some(value == "on"),
                ("server_encoding" | "client_encoding", "SQL_ASCII") => {
                    return Err(Fault::Setup("the database's encoding is SQL_ASCII: texts have no encoding"));
                }
                _ => {}
            },
            Message::NoticeResponse(_) => {}
            Message::ReadyForQuery(_) => break,
            Message::ErrorResponse(body) => return Err(server(&body)?),
            _ => return Err(Fault::Protocol("an unexpected message before the session was ready")),
        }
    }
    match (config.get_target_session_attrs(), standby) {
        (TargetSessionAttrs::ReadWrite, Some(true)) => {
            return Err(Fault::Setup("the server is a standby, and the URL asks for one that writes"));
        }
        (TargetSessionAttrs::ReadOnly, Some(false)) => {
            return Err(Fault::Setup("the server is no standby, and the URL asks for one"));
        }
        _ => {}
    }
    Ok(Opened { stream: talk.stream, buffer: talk.buffer, place, key })
}

/// What a refusal says; its fields are read leniently.
pub(super) fn server(body: &postgres_protocol::message::backend::ErrorResponseBody) -> Result<Fault, Fault> {
    use fallible_iterator::FallibleIterator;
    let mut bytes = Vec::new();
    let mut fields = body.fields();
    while let Some(field) = fields.next()? {
        bytes.push(field.type_());
        bytes.extend_from_slice(field.value_bytes());
        bytes.push(0);
    }
    Ok(Fault::Server(Box::new(frames::refusal(&bytes))))
}

/// A conversation before there are units.
pub(super) struct Talk {
    pub(super) stream: Stream,
    buffer: BytesMut,
}

impl Talk {
    pub(super) async fn next(&mut self) -> Result<Message, Fault> {
        loop {
            if let Some((_, length)) = frames::head(&self.buffer)? {
                if length > LONGEST_GREETING {
                    return Err(Fault::Protocol("a greeting of more than a megabyte"));
                }
                if self.buffer.len() >= length
                    && let Some(message) = Message::parse(&mut self.buffer)?
                {
                    return Ok(message);
                }
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    pub(super) async fn say(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.stream.write_all(bytes).await?;
        Ok(self.stream.flush().await?)
    }
}

/// Asks the server to stop what a session does, and waits until the request has been passed on: when this ends well,
/// what is sent to that session later is not hit.
pub(super) async fn cancel(
    options: &ConnectOptions,
    place: &Place,
    (process, secret): (i32, i32),
) -> Result<(), Fault> {
    let mut stream = socket(options, place).await?;
    let mut ask = BytesMut::new();
    frontend::cancel_request(process, secret, &mut ask);
    stream.write_all(&ask).await?;
    stream.flush().await?;
    // The server closes the connection once the signal is on its way; how exactly it closes it says nothing.
    let mut rest = [0; 64];
    while matches!(stream.read(&mut rest).await, Ok(count) if count > 0) {}
    Ok(())
}
