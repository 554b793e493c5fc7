//! What can go wrong with TLS, told apart so that each case can say what to do next.

use std::{error::Error, io, path::PathBuf};

use rustls::{AlertDescription, CertificateError, pki_types::InvalidDnsNameError};

use super::{Roots, TlsOptions};

/// Why no TLS came about. Never holds what is in a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The server answered that it speaks none.
    #[error("the server offers no TLS, which sslmode={mode} demands")]
    NotOffered {
        /// The `sslmode`.
        mode: &'static str,
    },
    /// No trusted authority signed the server's certificate.
    #[error("the server's certificate is not trusted: it is signed by none of the authorities {}", whose(.file))]
    Untrusted {
        /// The file of trusted authorities; `None` when they are the machine's own.
        file: Option<PathBuf>,
    },
    /// The server's certificate is for other names.
    #[error("the server's certificate is not for the host {host}, but for {}", listed(.names))]
    WrongName {
        /// The host that was asked for.
        host: String,
        /// The names in the certificate.
        names: Vec<String>,
    },
    /// The server's certificate, or that of an authority above it, is too old.
    #[error("the server's certificate has expired")]
    Expired,
    /// The server's certificate, or that of an authority above it, is too new.
    #[error("the server's certificate is not valid yet")]
    NotYetValid,
    /// The authority called the server's certificate back.
    #[error("the server's certificate is revoked")]
    Revoked,
    /// The server's certificate is unusable for another reason.
    #[error("the server's certificate could not be verified")]
    Certificate(#[source] rustls::Error),
    /// The server wants a client certificate, or does not like the one it got.
    #[error("the server {} ({alert})", if *.sent { "refused the client certificate" } else { "demands a client certificate" })]
    ClientCertificate {
        /// Whether one was ready to be sent.
        sent: bool,
        /// The server's alert.
        alert: String,
    },
    /// Both sides could not agree.
    #[error("the TLS handshake failed")]
    Handshake(#[source] rustls::Error),
    /// The connection ended in between.
    #[error("the connection ended during the TLS handshake")]
    Broken(#[source] tokio_postgres::Error),
    /// The host's name cannot be asked for in TLS.
    #[error("the host {host} has a name that no certificate can be for")]
    HostName {
        /// The host.
        host: String,
    },
    /// A file cannot be read.
    #[error("the file {} that `{option}` names could not be read", .path.display())]
    File {
        /// The option.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("the file {} that `{option}` names is of no use: {why}", .path.display())]
    Content {
        /// The option.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Others than its owner may read or change the private key.
    #[error("the private key in {} that `{option}` names is open to others", .path.display())]
    OpenKey {
        /// The option.
        option: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The private key is another certificate's.
    #[error("the private key in {} does not belong to the certificate in {}", .key.display(), .certificate.display())]
    OtherKey {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The machine trusts nobody.
    #[error("no trusted certificates were found on this machine for sslrootcert=system")]
    NoSystemRoots,
}

fn whose(file: &Option<PathBuf>) -> String {
    match file {
        Some(file) => format!("in {}", file.display()),
        None => "that this machine trusts".to_owned(),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") }
}

impl TlsError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotOffered { .. } => {
                "turn TLS on at the server (ssl = on, ssl_cert_file, ssl_key_file), \
                 or use sslmode=prefer where plain text is safe"
            }
            Self::Untrusted { file: Some(_) } => {
                "name by sslrootcert a file with the certificate of the authority that signed the server's; \
                 if that is the right file, something else answers at this address"
            }
            Self::Untrusted { file: None } => {
                "name by sslrootcert a file with the certificate of the authority that signed the server's; \
                 most providers of databases have it for download"
            }
            Self::WrongName { .. } => {
                "connect by a name that the certificate is for (hostaddr may say where that is), \
                 have the server's certificate made for this host, \
                 or use sslmode=verify-ca where any server of that authority may answer"
            }
            Self::Expired => "renew the server's certificate; if it is new, compare the clocks",
            Self::NotYetValid => "compare this machine's clock with the server's",
            Self::Revoked => "do not connect to this server before it has a new certificate",
            Self::Certificate(_) => {
                "have the server's certificate made anew: X.509 version 3, a subjectAltName for the host, not itself \
                 an authority's, signed with RSA of 2048 bits or more, ECDSA P-256 or P-384, or Ed25519"
            }
            Self::ClientCertificate { sent: false, .. } => {
                "name a certificate by sslcert and its private key by sslkey"
            }
            Self::ClientCertificate { sent: true, .. } => {
                "name by sslcert a certificate that an authority in the server's ssl_ca_file signed, \
                 followed by those of the authorities in between"
            }
            Self::Handshake(_) => {
                "look at the server's log, and whether it speaks TLS 1.2 or 1.3; \
                 sslnegotiation=direct needs PostgreSQL 17 or later"
            }
            Self::Broken(_) => {
                "look at the server's log: it may have refused the client certificate; \
                 sslnegotiation=direct needs PostgreSQL 17 or later"
            }
            Self::HostName { .. } => "connect by another name of the server, or by its address",
            Self::File { .. } | Self::Content { .. } => {
                "correct the name of the file, or the file; the name is relative to the current folder"
            }
            Self::OpenKey { .. } => "run chmod 600 on the file; the group may only read what root owns (640)",
            Self::OtherKey { .. } => "name the key that the certificate was made for",
            Self::NoSystemRoots => {
                "install the system's package of trusted certificates (such as ca-certificates), \
                 or name a file by sslrootcert"
            }
        }
    }

    /// True when trying again may help.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}

// `tokio_postgres` tells the kinds of its errors apart by their words only; the tests hold it to them.
const IN_HANDSHAKE: &str = "error performing TLS handshake";
const IN_EXCHANGE: &str = "error communicating with the server";
const NO_TLS: &str = "server does not support TLS";

/// What a connection attempt was about, to make sense of how it failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handshake<'a> {
    pub(crate) options: &'a TlsOptions,
    pub(crate) host: &'a str,
    /// Whether plain text was out of the question.
    pub(crate) demanded: bool,
}

impl Handshake<'_> {
    /// True when it failed before TLS stood. From TLS 1.3 on a server looks at the client's certificate only later.
    pub(crate) fn failed(error: &tokio_postgres::Error) -> bool {
        error.to_string() == IN_HANDSHAKE
    }

    /// What an error of the attempt says of TLS; the error itself when it is about something else.
    pub(crate) fn explain(&self, error: tokio_postgres::Error) -> Result<TlsError, tokio_postgres::Error> {
        let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        let inner = io.and_then(io::Error::get_ref);
        if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Ok(self.explain_rustls(error));
        }
        if inner.is_some_and(|inner| inner.is::<InvalidDnsNameError>()) {
            return Ok(TlsError::HostName { host: self.host.to_owned() });
        }
        if io.is_none() && error.source().is_some_and(|s| s.to_string() == NO_TLS) {
            return Ok(TlsError::NotOffered { mode: self.options.mode.name() });
        }
        let in_handshake = io.is_some() && Self::failed(&error);
        let right_after = error.to_string() == IN_EXCHANGE || error.is_closed();
        if in_handshake || (self.demanded && right_after) {
            return Ok(TlsError::Broken(error));
        }
        Err(error)
    }

    fn explain_rustls(&self, error: &rustls::Error) -> TlsError {
        match error {
            rustls::Error::InvalidCertificate(reason) => self.explain_certificate(reason, error),
            rustls::Error::AlertReceived(alert) if is_about_client(*alert) => TlsError::ClientCertificate {
                sent: self.options.client.is_some(),
                alert: format!("alert {alert:?}"),
            },
            other => TlsError::Handshake(other.clone()),
        }
    }

    fn explain_certificate(&self, reason: &CertificateError, whole: &rustls::Error) -> TlsError {
        match reason {
            // A signature that does not fit: an authority of the same name has another key.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsError::Untrusted {
                file: match &self.options.roots {
                    Roots::File(file) => Some(file.clone()),
                    Roots::System | Roots::Unasked => None,
                },
            },
            CertificateError::NotValidForNameContext { presented, .. } => {
                TlsError::WrongName { host: self.host.to_owned(), names: presented.clone() }
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsError::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsError::NotYetValid
            }
            CertificateError::Revoked => TlsError::Revoked,
            _ => TlsError::Certificate(whole.clone()),
        }
    }
}

/// Alerts by which a server turns down a client's certificate or the lack of one (RFC 8446, 6.2).
fn is_about_client(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::NoCertificate
    )
}
