//! Why a connection text cannot be used. Errors name options, never values that could be secret.

/// Why a connection text cannot be used. No variant holds a value that was given, for it may be a password; modes and
/// options are told by their own names.
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
    /// Hosts, addresses and ports are lists whose lengths do not fit.
    #[error("the connection option `{name}` does not list as many values as there are hosts")]
    Count {
        /// The list that does not fit.
        name: &'static str,
    },
    /// The server's certificate is to be verified, and nothing says by which authorities.
    #[error(
        "sslmode={mode} verifies the server's certificate, but `sslrootcert` does not say who is trusted"
    )]
    NoRoots {
        /// The mode that was given.
        mode: &'static str,
    },
    /// An option that only makes sense with a stricter `sslmode`.
    #[error("sslmode={mode} is too weak to be used with {option}")]
    WeakMode {
        /// The mode that was given.
        mode: &'static str,
        /// The option with its value.
        option: &'static str,
        /// The modes that go with it.
        stricter: &'static str,
    },
    /// One half of a client certificate and its key.
    #[error("the connection option `{given}` is given without `{lacks}`")]
    HalfOfPair {
        /// The one that is there.
        given: &'static str,
        /// The one that is not.
        lacks: &'static str,
    },
    /// A private key under a password.
    #[error("the connection option `sslpassword` is given, but private keys under a password are not read")]
    KeyPassword,
    /// An option of libpq that would make the connection safer and cannot be kept.
    #[error("the connection option `{name}` cannot be kept")]
    Unsupported {
        /// Its name, with its value where that matters.
        name: &'static str,
        /// What to do instead.
        instead: &'static str,
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
            Self::UnknownOption { .. } | Self::Value { .. } | Self::Count { .. } => {
                "see the PostgreSQL manual, section \"Parameter Key Words\", for the options and their values"
            }
            Self::NoRoots { mode: "verify-full" } => {
                "add sslrootcert=FILE with the certificate of the authority that signed the server's, or \
                 sslrootcert=system to trust whom this machine trusts"
            }
            Self::NoRoots { .. } => {
                "add sslrootcert=FILE with the certificate of the authority that signed the server's"
            }
            Self::WeakMode { stricter, .. } => stricter,
            Self::HalfOfPair { .. } => {
                "a client certificate needs both: sslcert=FILE for the certificate, sslkey=FILE for its private key"
            }
            Self::KeyPassword => {
                "keep the key without a password in a file that only you can read \
                 (openssl pkey -in OLD -out NEW), name it by sslkey and leave sslpassword out"
            }
            Self::Unsupported { instead, .. } => instead,
        }
    }
}
