//! Who the tenant is: one type for the three kinds of key, which can't be empty.

use std::{error::Error as StdError, fmt, str::FromStr};

use bytes::BytesMut;
use postgres_types::{IsNull, ToSql, Type, to_sql_checked};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The key of a tenant: a uuid, a bigint or a text.
///
/// There is no way to make an empty one: the nil and the max uuid, zero, negative numbers, texts that are empty or
/// blank, hold NUL or are longer than [`TenantId::LONGEST_TEXT`] bytes are refused where the value is made, so they
/// never reach SQL.
///
/// ```
/// use freehold_tenancy::TenantId;
///
/// let acme: TenantId = "7f2c1a52-5a0e-4c5e-9d65-0c5a1d2b3e4f".parse()?;
/// assert_eq!(acme.to_string(), "7f2c1a52-5a0e-4c5e-9d65-0c5a1d2b3e4f");
/// assert!(TenantId::uuid(uuid::Uuid::nil()).is_err());
/// assert!(TenantId::text("  ").is_err());
/// # Ok::<(), freehold_tenancy::TenantIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(Key);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    Uuid(Uuid),
    BigInt(i64),
    Text(Box<str>),
}

/// Which of the three kinds of key tenants have.
///
/// ```
/// use freehold_tenancy::{TenantId, TenantKind};
///
/// let kind = TenantKind::BigInt;
/// assert_eq!(TenantId::parse(kind, "7")?.kind(), kind);
/// assert_eq!(TenantKind::default(), TenantKind::Uuid);
/// # Ok::<(), freehold_tenancy::TenantIdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TenantKind {
    /// `uuid`
    #[default]
    Uuid,
    /// `bigint`
    BigInt,
    /// `text`
    Text,
}

impl TenantKind {
    /// The type's name in SQL.
    ///
    /// ```
    /// use freehold_tenancy::TenantKind;
    ///
    /// assert_eq!(format!("org_id {} NOT NULL", TenantKind::BigInt.sql_type()), "org_id bigint NOT NULL");
    /// ```
    pub fn sql_type(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::BigInt => "bigint",
            Self::Text => "text",
        }
    }
}

/// Why something is no tenant.
///
/// ```
/// use freehold_tenancy::{TenantId, TenantIdError};
///
/// assert_eq!(TenantId::bigint(0), Err(TenantIdError::NotPositive(0)));
/// assert_eq!(TenantId::text("").unwrap_err().to_string(), "the tenant is empty");
/// assert_eq!("acme".parse::<TenantId>(), Err(TenantIdError::Malformed("uuid")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TenantIdError {
    /// Nothing was given where a tenant has to be: no request extension, for example.
    #[error(
        "no tenant was given: put a TenantId into the request's extensions before anything asks for rows"
    )]
    Missing,
    /// An empty or blank text.
    #[error("the tenant is empty")]
    Empty,
    /// The nil or the max uuid.
    #[error("the tenant is the {0} uuid, which stands for nobody")]
    NoBody(&'static str),
    /// Zero or less.
    #[error("the tenant is {0}; keys of tenants begin at 1")]
    NotPositive(i64),
    /// A NUL byte, or more than [`TenantId::LONGEST_TEXT`] bytes.
    #[error("the tenant's text {0}")]
    Text(&'static str),
    /// Neither uuid nor bigint.
    #[error("the tenant is no {0}")]
    Malformed(&'static str),
}

impl TenantId {
    /// Bytes of the longest text that is taken for a tenant.
    ///
    /// ```
    /// use freehold_tenancy::TenantId;
    ///
    /// assert!(TenantId::text(&"a".repeat(TenantId::LONGEST_TEXT)).is_ok());
    /// assert!(TenantId::text(&"a".repeat(TenantId::LONGEST_TEXT + 1)).is_err());
    /// ```
    pub const LONGEST_TEXT: usize = 200;

    /// A tenant whose key is a uuid.
    ///
    /// ```
    /// use freehold_tenancy::TenantId;
    /// use uuid::Uuid;
    ///
    /// let acme = TenantId::uuid(Uuid::now_v7())?;
    /// assert!(acme.as_uuid().is_some());
    /// assert!(TenantId::uuid(Uuid::nil()).is_err());
    /// # Ok::<(), freehold_tenancy::TenantIdError>(())
    /// ```
    ///
    /// # Errors
    /// For the nil and the max uuid.
    pub fn uuid(id: Uuid) -> Result<Self, TenantIdError> {
        if id.is_nil() {
            return Err(TenantIdError::NoBody("nil"));
        }
        if id.is_max() {
            return Err(TenantIdError::NoBody("max"));
        }
        Ok(Self(Key::Uuid(id)))
    }

    /// A tenant whose key is a bigint.
    ///
    /// ```
    /// use freehold_tenancy::TenantId;
    ///
    /// assert_eq!(TenantId::bigint(7)?.to_string(), "7");
    /// assert!(TenantId::bigint(0).is_err(), "what a counter that was never set holds");
    /// # Ok::<(), freehold_tenancy::TenantIdError>(())
    /// ```
    ///
    /// # Errors
    /// For zero and less.
    pub fn bigint(id: i64) -> Result<Self, TenantIdError> {
        if id <= 0 {
            return Err(TenantIdError::NotPositive(id));
        }
        Ok(Self(Key::BigInt(id)))
    }

    /// A tenant whose key is a text.
    ///
    /// ```
    /// use freehold_tenancy::TenantId;
    ///
    /// assert_eq!(TenantId::text("acme")?.to_string(), "acme");
    /// assert!(TenantId::text(" \t").is_err());
    /// assert!(TenantId::text("acme\0").is_err());
    /// # Ok::<(), freehold_tenancy::TenantIdError>(())
    /// ```
    ///
    /// # Errors
    /// When it is empty or blank, holds a NUL byte, or is too long.
    pub fn text(id: &str) -> Result<Self, TenantIdError> {
        if id.trim().is_empty() {
            return Err(TenantIdError::Empty);
        }
        if id.contains('\0') {
            return Err(TenantIdError::Text("holds a NUL byte"));
        }
        if id.len() > Self::LONGEST_TEXT {
            return Err(TenantIdError::Text("is longer than 200 bytes"));
        }
        Ok(Self(Key::Text(id.into())))
    }

    /// Reads a text as a tenant of one kind, as it stands in a path, a token or an API key.
    ///
    /// ```
    /// use freehold_tenancy::{TenantId, TenantIdError, TenantKind};
    ///
    /// assert_eq!(TenantId::parse(TenantKind::BigInt, "7")?, TenantId::bigint(7)?);
    /// assert_eq!(TenantId::parse(TenantKind::Uuid, "7"), Err(TenantIdError::Malformed("uuid")));
    /// # Ok::<(), TenantIdError>(())
    /// ```
    ///
    /// # Errors
    /// When it is empty, stands for nobody, or is not of this kind.
    pub fn parse(kind: TenantKind, text: &str) -> Result<Self, TenantIdError> {
        if text.trim().is_empty() {
            return Err(TenantIdError::Empty);
        }
        match kind {
            TenantKind::Uuid => {
                Uuid::from_str(text).map_err(|_| TenantIdError::Malformed("uuid")).and_then(Self::uuid)
            }
            TenantKind::BigInt => {
                i64::from_str(text).map_err(|_| TenantIdError::Malformed("bigint")).and_then(Self::bigint)
            }
            TenantKind::Text => Self::text(text),
        }
    }

    /// The tenant that a middleware put into a request's extensions.
    ///
    /// ```
    /// use freehold_tenancy::{TenantId, TenantIdError};
    ///
    /// let mut extensions = http::Extensions::new();
    /// assert_eq!(TenantId::from_extensions(&extensions), Err(TenantIdError::Missing));
    /// extensions.insert(TenantId::bigint(7)?);
    /// assert_eq!(TenantId::from_extensions(&extensions)?.to_string(), "7");
    /// # Ok::<(), TenantIdError>(())
    /// ```
    ///
    /// # Errors
    /// [`TenantIdError::Missing`] when there is none.
    pub fn from_extensions(extensions: &http::Extensions) -> Result<Self, TenantIdError> {
        extensions.get::<Self>().cloned().ok_or(TenantIdError::Missing)
    }

    /// Which kind of key it is.
    ///
    /// ```
    /// use freehold_tenancy::{TenantId, TenantKind};
    ///
    /// // Texts and numbers differ, though they look alike.
    /// assert_eq!(TenantId::text("7")?.kind(), TenantKind::Text);
    /// assert_ne!(TenantId::text("7")?, TenantId::bigint(7)?);
    /// # Ok::<(), freehold_tenancy::TenantIdError>(())
    /// ```
    pub fn kind(&self) -> TenantKind {
        match self.0 {
            Key::Uuid(_) => TenantKind::Uuid,
            Key::BigInt(_) => TenantKind::BigInt,
            Key::Text(_) => TenantKind::Text,
        }
    }

    /// The uuid, where the key is one.
    ///
    /// ```
    /// use freehold_tenancy::TenantId;
    /// use uuid::Uuid;
    ///
    /// assert_eq!(TenantId::uuid(Uuid::from_u128(7))?.as_uuid(), Some(Uuid::from_u128(7)));
    /// assert_eq!(TenantId::bigint(7)?.as_uuid(), None);
    /// # Ok::<(), freehold_tenancy::TenantIdError>(())
    /// ```
    pub fn as_uuid(&self) -> Option<Uuid> {
        match self.0 {
            Key::Uuid(id) => Some(id),
            _ => None,
        }
    }

    /// Eight hex digits that stand for the tenant in logs, spans and metrics: the beginning of the SHA-256 of its
    /// text. It tells tenants apart without naming them.
    ///
    /// ```
    /// use freehold_tenancy::TenantId;
    ///
    /// let acme = TenantId::text("acme")?;
    /// assert_eq!(acme.hash_for_logs().len(), 8);
    /// assert!(!acme.hash_for_logs().contains("acme"));
    /// assert_eq!(acme.hash_for_logs(), TenantId::text("acme")?.hash_for_logs());
    /// # Ok::<(), freehold_tenancy::TenantIdError>(())
    /// ```
    pub fn hash_for_logs(&self) -> String {
        let digest = Sha256::digest(self.to_string().as_bytes());
        hex::encode(digest.get(..4).unwrap_or_default())
    }
}

/// A uuid in text, the usual case; the other kinds are read by [`TenantId::parse`].
impl FromStr for TenantId {
    type Err = TenantIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(TenantKind::Uuid, text)
    }
}

/// The text that the context setting takes on.
impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Key::Uuid(id) => id.fmt(f),
            Key::BigInt(id) => id.fmt(f),
            Key::Text(id) => f.write_str(id),
        }
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantId({self})")
    }
}

/// Bound as the type of its key: `uuid`, `int8`, or a text type.
impl ToSql for TenantId {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match &self.0 {
            Key::Uuid(id) if *ty == Type::UUID => id.to_sql(ty, out),
            Key::BigInt(id) if *ty == Type::INT8 => id.to_sql(ty, out),
            Key::Text(id) if <&str as ToSql>::accepts(ty) => id.as_ref().to_sql(ty, out),
            _ if <&str as ToSql>::accepts(ty) => self.to_string().as_str().to_sql(ty, out),
            _ => Err(format!("a tenant of kind {} was bound to a {ty}", self.kind().sql_type()).into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID || *ty == Type::INT8 || <&str as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_no_tenant() {
        assert_eq!(TenantId::uuid(Uuid::nil()), Err(TenantIdError::NoBody("nil")));
        assert_eq!(TenantId::uuid(Uuid::max()), Err(TenantIdError::NoBody("max")));
        assert_eq!(TenantId::bigint(0), Err(TenantIdError::NotPositive(0)));
        assert_eq!(TenantId::text(" \t"), Err(TenantIdError::Empty));
        assert!(TenantId::text("a\0b").is_err());
        assert!(TenantId::text(&"a".repeat(201)).is_err());
        assert!(TenantId::text(&"a".repeat(200)).is_ok());
    }

    #[test]
    fn a_text_is_read_as_the_kind_asked_for() {
        assert_eq!(TenantId::parse(TenantKind::BigInt, "12"), TenantId::bigint(12));
        assert_eq!(TenantId::parse(TenantKind::BigInt, "x"), Err(TenantIdError::Malformed("bigint")));
        assert_eq!(TenantId::parse(TenantKind::Uuid, ""), Err(TenantIdError::Empty));
        assert_eq!(
            TenantId::parse(TenantKind::Uuid, "00000000-0000-0000-0000-000000000000"),
            Err(TenantIdError::NoBody("nil"))
        );
    }

    #[test]
    fn a_request_without_a_tenant_has_none() {
        let mut extensions = http::Extensions::new();
        assert_eq!(TenantId::from_extensions(&extensions), Err(TenantIdError::Missing));
        let acme = TenantId::bigint(7).unwrap();
        extensions.insert(acme.clone());
        assert_eq!(TenantId::from_extensions(&extensions), Ok(acme));
    }

    #[test]
    fn logs_get_a_hash() {
        let acme = TenantId::text("acme").unwrap();
        assert_eq!(acme.hash_for_logs().len(), 8);
        assert_ne!(acme.hash_for_logs(), TenantId::text("acmf").unwrap().hash_for_logs());
    }
}
