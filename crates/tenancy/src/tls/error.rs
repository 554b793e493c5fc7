//! What can go wrong with TLS, told apart so that each case says what to do next.

use std::{error::Error as StdError, io, path::PathBuf};

use rustls::CertificateError;

/// Why no TLS came about. Never holds what is in a key.
///
/// ```
/// use freehold_tenancy::{Error, TlsError};
///
/// fn advice(error: &Error) -> &'static str {
///     match error {
///         Error::Tls { source: TlsError::WrongName { .. }, .. } => "the server is somebody else, or goes by another name",
///         Error::Tls { source: TlsError::Expired, .. } => "renew the server's certificate",
///         _ => "see the error's source",
///     }
/// }
/// # let _ = advice;
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The server answered that it speaks none.
    #[error("the server offers no TLS, which the URL demands; switch it on there (ssl = on)")]
    NotOffered,
    /// No trusted authority signed the server's certificate: a self-signed one, for example.
    #[error(
        "the server's certificate is signed by nobody who is trusted; name its authority's certificate by sslrootcert"
    )]
    Untrusted,
    /// The server's certificate is for other names.
    #[error("the server's certificate is not for this host, but for {names:?}; connect by one of its names")]
    WrongName {
        /// The names in the certificate, where they can be told.
        names: Vec<String>,
    },
    /// The server's certificate, or that of an authority above it, is too old.
    #[error("the server's certificate has expired")]
    Expired,
    /// The server's certificate, or that of an authority above it, is too new; or this machine's clock is behind.
    #[error("the server's certificate is not valid yet")]
    NotYetValid,
    /// The server shows the certificate of an authority as its own, as `openssl req -x509` makes them.
    #[error(
        "the server shows an authority's certificate as its own; have the authority sign one for the server"
    )]
    AuthorityAsServer,
    /// The server's certificate is unusable for another reason.
    #[error("the server's certificate could not be verified")]
    Certificate(#[source] rustls::Error),
    /// Both sides could not agree.
    #[error("the TLS handshake failed")]
    Handshake(#[source] rustls::Error),
    /// The connection ended in between.
    #[error("the connection ended during the TLS handshake")]
    Broken(#[source] Box<dyn StdError + Send + Sync>),
    /// A file can't be read, or does not hold what it should.
    #[error("the file {} that {option} names can't be read as PEM, or holds nothing", .path.display())]
    File {
        /// The option.
        option: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The machine trusts no authority at all.
    #[error("this machine has no trusted certificates; name the authority's by sslrootcert")]
    NoSystemRoots,
}

/// What rustls says of a handshake.
pub(crate) fn of_handshake(error: rustls::Error) -> TlsError {
    let rustls::Error::InvalidCertificate(reason) = &error else { return TlsError::Handshake(error) };
    match reason {
        // The second: an authority of the trusted one's name, with another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsError::Untrusted,
        CertificateError::NotValidForName => TlsError::WrongName { names: Vec::new() },
        CertificateError::NotValidForNameContext { presented, .. } => {
            TlsError::WrongName { names: presented.clone() }
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsError::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsError::NotYetValid,
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            TlsError::AuthorityAsServer
        }
        _ => TlsError::Certificate(error),
    }
}

/// What a stream says of a handshake: rustls speaks through its errors.
pub(crate) fn of_io(error: io::Error) -> TlsError {
    match error.downcast::<rustls::Error>() {
        Ok(error) => of_handshake(error),
        Err(error) => TlsError::Broken(Box::new(error)),
    }
}

/// Whether this is what the driver says when a server offers no TLS.
pub(crate) fn not_offered(text: &str) -> bool {
    text.contains("does not support TLS")
}
