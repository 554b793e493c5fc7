//! Making a connection: the endpoints in their order, and at each the ways that `sslmode` allows, as libpq does it.

use std::future::poll_fn;

use tokio::task::JoinHandle;
use tokio_postgres::{
    AsyncMessage, CancelToken, Client, Config, Connection, Error, NoTls, Socket,
    config::{Host, SslMode, SslNegotiation},
    tls::{MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    connect_to::{ConnectTo, Endpoint},
    error::DbError,
    notice::{Notice, Notices},
    tls::{Handshake, Mode, TlsError, TlsOptions, connector},
};

/// A connection with the task that drives it.
pub(crate) struct Connected {
    pub(crate) client: Client,
    /// The server's version in its own words.
    pub(crate) banner: String,
    pub(crate) notices: Notices,
    pub(crate) driver: JoinHandle<()>,
    pub(crate) line: Line,
}

/// What a connection goes over, for others to the same server.
#[derive(Clone)]
pub(crate) enum Line {
    Plain,
    Tls(MakeRustlsConnect),
}

impl Line {
    /// Asks the server to cancel what runs, in the way that the session itself speaks with it.
    pub(crate) async fn cancel(&self, token: &CancelToken) -> Result<(), Error> {
        match self {
            Self::Plain => token.cancel_query(NoTls).await,
            Self::Tls(tls) => token.cancel_query(tls.clone()).await,
        }
    }
}

/// One way to speak with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    /// TLS, or plain text when the server offers none.
    TlsIfOffered,
    Tls,
}

/// The ways that a mode allows, the first choice first. A socket is not asked for TLS, for no server offers it there.
fn ways(mode: Mode, endpoint: &Endpoint) -> &'static [Way] {
    match mode {
        _ if endpoint.is_socket() => &[Way::Plain],
        Mode::Disable => &[Way::Plain],
        Mode::Allow => &[Way::Plain, Way::Tls],
        Mode::Prefer => &[Way::TlsIfOffered, Way::Plain],
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => &[Way::Tls],
    }
}

/// Connects to the first endpoint that takes the session. An endpoint where a server answers and refuses is the last
/// that is tried, unless it says that it cannot take anybody now (PostgreSQL manual, 34.1.1.3).
pub(crate) async fn connect(to: &ConnectTo) -> Result<Connected, DbError> {
    let mut failure = None;
    for endpoint in to.endpoints() {
        match at(to, endpoint).await {
            Ok(connected) => return Ok(connected),
            Err(error) if error.may_be_elsewhere() => failure = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(failure.unwrap_or_else(|| DbError::nowhere(doing(to))))
}

fn doing(to: &ConnectTo) -> String {
    format!("connecting to {to}")
}

/// One way that led nowhere.
struct Failed {
    error: DbError,
    /// Whether the next way may do better.
    another_may_do: bool,
}

async fn at(to: &ConnectTo, endpoint: &Endpoint) -> Result<Connected, DbError> {
    let mut before: Option<Failed> = None;
    for way in ways(to.tls().mode, endpoint) {
        if before.as_ref().is_some_and(|failed| !failed.another_may_do) {
            break;
        }
        match by(to, endpoint, *way).await {
            Ok(connected) => return Ok(connected),
            Err(failed) => {
                let error = match before {
                    Some(first) => more_telling(*way, first.error, failed.error),
                    None => failed.error,
                };
                before = Some(Failed { error, ..failed });
            }
        }
    }
    Err(before.map_or_else(|| DbError::nowhere(doing(to)), |failed| failed.error))
}

/// Of two attempts that failed, the one that says more: an error of the server that is about more than the way, else
/// what became of TLS, unless there is none.
fn more_telling(second: Way, first_error: DbError, second_error: DbError) -> DbError {
    let (plain, tls) =
        if second == Way::Plain { (second_error, first_error) } else { (first_error, second_error) };
    let plain_got_further = plain.server().is_some() && !plain.is_not_admitted();
    let no_tls = matches!(tls.tls(), Some(TlsError::NotOffered { .. }));
    if plain_got_further || no_tls { plain } else { tls }
}

async fn by(to: &ConnectTo, endpoint: &Endpoint, way: Way) -> Result<Connected, Failed> {
    let mut config = to.config_for(endpoint);
    let options = to.tls();
    if way == Way::Plain {
        config.ssl_mode(SslMode::Disable);
        return over(&config, NoTls, Line::Plain).await.map_err(|error| {
            let mut error = DbError::on_connect(doing(to), error);
            if error.is_not_admitted() && options.mode == Mode::Disable && !endpoint.is_socket() {
                error = error.with_help("if the server demands TLS, use sslmode=require or stricter");
            }
            // After plain text was refused, TLS may do.
            Failed { another_may_do: error.server().is_some(), error }
        });
    }
    // Whoever names a file wants it used, also where plain text would do.
    let tls = connector(options)
        .map_err(|error| Failed { error: DbError::tls_failed(doing(to), error), another_may_do: false })?;
    config.ssl_mode(if way == Way::Tls { SslMode::Require } else { SslMode::Prefer });
    if options.direct {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    over(&config, tls.clone(), Line::Tls(tls)).await.map_err(|error| {
        // When the handshake failed or the server admits nobody in TLS, plain text may do. Once TLS stands, nothing
        // that was refused is said again in the clear: no password, and no session that wanted a certificate.
        let in_handshake = Handshake::failed(&error);
        let error = explained(doing(to), endpoint, options, way, error);
        Failed { another_may_do: in_handshake || error.is_not_admitted(), error }
    })
}

fn explained(doing: String, endpoint: &Endpoint, options: &TlsOptions, way: Way, error: Error) -> DbError {
    let host = match &endpoint.host {
        Host::Tcp(host) => host,
        #[cfg(unix)]
        Host::Unix(_) => "",
    };
    match (Handshake { options, host, demanded: way == Way::Tls }).explain(error) {
        Ok(tls) => DbError::tls_failed(doing, tls),
        Err(other) => {
            let error = DbError::on_connect(doing, other);
            if error.is_not_admitted() && options.client.is_none() {
                return error.with_help(
                    "if the server demands a client certificate, name it by sslcert and its private key by sslkey",
                );
            }
            error
        }
    }
}

async fn over<T>(config: &Config, tls: T, line: Line) -> Result<Connected, Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let (client, connection) = config.connect(tls).await?;
    let banner = connection.parameter("server_version").unwrap_or("of unknown version").to_owned();
    let notices = Notices::default();
    let driver = tokio::spawn(drive(connection, notices.clone()));
    Ok(Connected { client, banner, notices, driver, line })
}

async fn drive<T: TlsStream + Unpin>(mut connection: Connection<Socket, T>, heard: Notices) {
    // Whoever waits for an answer on this connection is told of its end by `tokio_postgres` itself.
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notice(raw) = message {
            heard.push(Notice::from_postgres(&raw));
        }
    }
}
