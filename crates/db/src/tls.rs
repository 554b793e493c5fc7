//! TLS as libpq means it: the options of a connection text, and what they ask of a connection.

mod connector;
mod error;
mod files;
mod issued;
mod names;
mod verify;

use std::path::PathBuf;

pub use error::TlsError;

pub(crate) use connector::connector;
pub(crate) use error::Handshake;

use crate::connect_to::ConnectToError;

/// How much TLS is wanted (`sslmode`; PostgreSQL manual, 34.19.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Mode {
    /// Plain text only.
    Disable,
    /// Plain text; TLS when the server refuses that.
    Allow,
    /// TLS when the server offers it, else plain text.
    #[default]
    Prefer,
    /// TLS; the certificate is only verified when there is something to verify it by.
    Require,
    /// TLS with a server whose certificate a trusted authority signed.
    VerifyCa,
    /// The same, and the certificate is for the host that was asked for.
    VerifyFull,
}

impl Mode {
    /// The word of libpq.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Disable, Self::Allow, Self::Prefer, Self::Require, Self::VerifyCa, Self::VerifyFull]
            .into_iter()
            .find(|mode| mode.name() == word)
    }
}

/// By which authorities a server's certificate is verified (`sslrootcert`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Roots {
    /// By none: any certificate will do.
    #[default]
    Unasked,
    /// By those that the machine trusts.
    System,
    /// By those in a file.
    File(PathBuf),
}

/// A client's certificate with the key to it (`sslcert`, `sslkey`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// How TLS is to be spoken. Names of files only: what is in them is read when a connection is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsOptions {
    pub(crate) mode: Mode,
    pub(crate) roots: Roots,
    pub(crate) client: Option<ClientFiles>,
    /// A file of certificates that were called back (`sslcrl`).
    pub(crate) revoked: Option<PathBuf>,
    /// TLS from the first byte, without asking for it (`sslnegotiation=direct`, from PostgreSQL 17 on).
    pub(crate) direct: bool,
    /// Whether the server is told which name it was asked for (`sslsni`).
    pub(crate) tells_name: bool,
    /// Whether TLS 1.2 may be spoken.
    pub(crate) allows_1_2: bool,
    /// Whether TLS 1.3 may be spoken.
    pub(crate) allows_1_3: bool,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            roots: Roots::default(),
            client: None,
            revoked: None,
            direct: false,
            tells_name: true,
            allows_1_2: true,
            allows_1_3: true,
        }
    }
}

/// The options of TLS as they were given; an empty value is as good as none.
#[derive(Debug, Default)]
pub(crate) struct TlsGiven {
    mode: Option<Mode>,
    roots: Roots,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    withheld: bool,
    revoked: Option<PathBuf>,
    direct: bool,
    nameless: bool,
    lowest: Option<u8>,
    highest: Option<u8>,
}

impl TlsGiven {
    /// Takes an option if it is one of TLS; false when it is another.
    pub(crate) fn take(&mut self, name: &str, value: &str) -> Result<bool, ConnectToError> {
        let bad = |name| Err(ConnectToError::Value { name });
        let file = || (!value.is_empty()).then(|| PathBuf::from(value));
        match name {
            "sslmode" | "ssl-mode" => {
                self.mode = Mode::parse(value);
                if self.mode.is_none() && !value.is_empty() {
                    return bad("sslmode");
                }
            }
            "sslrootcert" | "ssl-root-cert" => {
                self.roots = match (value, file()) {
                    ("system", _) => Roots::System,
                    (_, Some(file)) => Roots::File(file),
                    (_, None) => Roots::Unasked,
                };
            }
            "sslcert" | "ssl-cert" => self.certificate = file(),
            "sslkey" | "ssl-key" => self.key = file(),
            "sslcrl" => self.revoked = file(),
            "sslcrldir" if !value.is_empty() => {
                return Err(ConnectToError::Unsupported {
                    name: "sslcrldir",
                    instead: "put the revocation lists into one PEM file and name it by sslcrl",
                });
            }
            "sslpassword" if !value.is_empty() => return Err(ConnectToError::KeyPassword),
            "sslcrldir" | "sslpassword" => {}
            "sslnegotiation" => match value {
                "postgres" | "" => self.direct = false,
                "direct" => self.direct = true,
                _ => return bad("sslnegotiation"),
            },
            "sslsni" => match value {
                "1" | "" => self.nameless = false,
                "0" => self.nameless = true,
                _ => return bad("sslsni"),
            },
            "sslcertmode" => match value {
                "allow" | "" => self.withheld = false,
                "disable" => self.withheld = true,
                "require" => {
                    return Err(ConnectToError::Unsupported {
                        name: "sslcertmode=require",
                        instead: "give sslcert and sslkey and leave sslcertmode out; \
                                  the certificate is sent when the server asks for it",
                    });
                }
                _ => return bad("sslcertmode"),
            },
            "ssl_min_protocol_version" => self.lowest = version(value, "ssl_min_protocol_version")?,
            "ssl_max_protocol_version" => self.highest = version(value, "ssl_max_protocol_version")?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What they mean together. What only matters to TLS is not demanded where no connection goes over a network.
    pub(crate) fn options(self, over_network: bool) -> Result<TlsOptions, ConnectToError> {
        let system = self.roots == Roots::System;
        // As in libpq: whoever trusts all public authorities must look at the name.
        let mode = self.mode.unwrap_or(if system { Mode::VerifyFull } else { Mode::default() });
        let weak = |option, stricter| Err(ConnectToError::WeakMode { mode: mode.name(), option, stricter });
        if system && mode < Mode::VerifyFull {
            return weak("sslrootcert=system", "use sslmode=verify-full, or name a file by sslrootcert");
        }
        if self.direct && mode < Mode::Require {
            return weak("sslnegotiation=direct", "use sslmode=require, verify-ca or verify-full");
        }
        if over_network && mode >= Mode::VerifyCa && self.roots == Roots::Unasked {
            return Err(ConnectToError::NoRoots { mode: mode.name() });
        }
        let client = match (self.certificate, self.key) {
            _ if self.withheld => None,
            (Some(certificate), Some(key)) => Some(ClientFiles { certificate, key }),
            (Some(_), None) => return Err(ConnectToError::HalfOfPair { given: "sslcert", lacks: "sslkey" }),
            (None, Some(_)) => return Err(ConnectToError::HalfOfPair { given: "sslkey", lacks: "sslcert" }),
            (None, None) => None,
        };
        // As in libpq, TLS 1.2 is the lowest; the two before it are not spoken by anybody here.
        let (lowest, highest) = (self.lowest.unwrap_or(2).max(2), self.highest.unwrap_or(3));
        if highest < lowest {
            return Err(ConnectToError::Value { name: "ssl_max_protocol_version" });
        }
        Ok(TlsOptions {
            mode,
            roots: self.roots,
            client,
            revoked: self.revoked,
            direct: self.direct,
            tells_name: !self.nameless,
            allows_1_2: lowest <= 2,
            allows_1_3: highest >= 3,
        })
    }
}

/// The minor number of a version of TLS, such as 2 of `TLSv1.2`.
fn version(word: &str, name: &'static str) -> Result<Option<u8>, ConnectToError> {
    let versions = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
    let found = (0..).zip(versions).find(|(_, version)| version.eq_ignore_ascii_case(word));
    match found {
        Some((minor, _)) => Ok(Some(minor)),
        None if word.is_empty() => Ok(None),
        None => Err(ConnectToError::Value { name }),
    }
}
