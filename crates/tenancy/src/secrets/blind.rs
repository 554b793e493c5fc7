//! Equality of sealed values, without opening them.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{
    data_key::{IndexKey, TenantKeys},
    error::SecretsError,
    key::{Key, KeyError},
    place::{Column, fields},
};

/// Bytes of the MAC that are kept: 128 bits tell all values of a column apart.
const KEPT: usize = 16;
/// Bytes of a derived key: HMAC-SHA256's block.
const DERIVED: usize = 64;

/// How values of a sealed column are made comparable, and which column's they are.
///
/// A blind index is a keyed hash of the value, stored in a `bytea` column of its own beside the sealed one, with an
/// ordinary index on (tenant, blind index). Whoever reads the table sees which rows of one tenant have equal values, and
/// nothing else: the key is derived for the tenant and the column.
///
/// ```
/// use freehold_tenancy::secrets::{BlindIndex, Column};
///
/// const EMAIL: Column = Column::new("users", "email_sealed");
/// // "Ada@Example.org" is found as " ada@example.org".
/// const EMAIL_INDEX: BlindIndex = BlindIndex::new(EMAIL).normalised(BlindIndex::folded);
/// ```
#[derive(Clone)]
pub struct BlindIndex {
    column: Column,
    normalise: fn(&str) -> String,
}

impl BlindIndex {
    /// Values are compared as they are.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{BlindIndex, Column};
    ///
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// const NAME: BlindIndex = BlindIndex::new(Column::new("users", "name_sealed"));
    /// assert_eq!(keys.blind_index(&NAME, "Ada")?, keys.blind_index(&NAME, "Ada")?);
    /// assert_ne!(keys.blind_index(&NAME, "Ada")?, keys.blind_index(&NAME, "ada")?);
    /// # Ok(())
    /// # });
    /// ```
    pub const fn new(column: Column) -> Self {
        Self { column, normalise: str::to_owned }
    }

    /// Values are compared after this was done to them. It has to give the same for ever: what it gave is stored.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{BlindIndex, Column};
    ///
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// const PHONE: BlindIndex = BlindIndex::new(Column::new("users", "phone_sealed")).normalised(BlindIndex::digits);
    /// assert_eq!(keys.blind_index(&PHONE, "030 / 123-45")?, keys.blind_index(&PHONE, "03012345")?);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub const fn normalised(mut self, normalise: fn(&str) -> String) -> Self {
        self.normalise = normalise;
        self
    }

    /// Without blanks at both ends, in lower case.
    ///
    /// ```
    /// use freehold_tenancy::secrets::BlindIndex;
    ///
    /// assert_eq!(BlindIndex::folded(" Ada@Example.ORG\n"), "ada@example.org");
    /// ```
    pub fn folded(text: &str) -> String {
        text.trim().to_lowercase()
    }

    /// Digits alone, such as of a telephone number.
    ///
    /// ```
    /// use freehold_tenancy::secrets::BlindIndex;
    ///
    /// assert_eq!(BlindIndex::digits("+49 (30) 123-45"), "493012345");
    /// ```
    pub fn digits(text: &str) -> String {
        text.chars().filter(char::is_ascii_digit).collect()
    }

    /// The column of sealed values.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{BlindIndex, Column};
    ///
    /// const EMAIL: Column = Column::new("users", "email_sealed");
    /// assert_eq!(BlindIndex::new(EMAIL).column(), &EMAIL);
    /// ```
    pub fn column(&self) -> &Column {
        &self.column
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlindIndex").field("column", &self.column).finish_non_exhaustive()
    }
}

impl TenantKeys {
    /// The blind index of a text: 20 bytes, the version of the key (4, big endian) and a MAC. To be stored.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{BlindIndex, Column};
    ///
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// const EMAIL: BlindIndex = BlindIndex::new(Column::new("users", "email_sealed"));
    /// const BACKUP: BlindIndex = BlindIndex::new(Column::new("users", "backup_email_sealed"));
    /// let index = keys.blind_index(&EMAIL, "ada@example.org")?;
    /// assert_eq!((index.len(), &index[..4]), (20, &[0, 0, 0, 1][..]));
    /// // Equal values of two columns can't be told to be equal.
    /// assert_ne!(index, keys.blind_index(&BACKUP, "ada@example.org")?);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`SecretsError::Unwrap`] when the key could not be unwrapped.
    pub fn blind_index(&self, index: &BlindIndex, text: &str) -> Result<Vec<u8>, SecretsError> {
        let unknown = || SecretsError::UnknownKey { column: index.column.clone(), key: self.version() };
        self.blind(self.index.last().ok_or_else(unknown)?, index, text)
    }

    /// All that the text's blind index may be stored as while the key is being rotated: to be looked for, with
    /// `email_index = ANY($2)`. The newest first.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::secrets::{BlindIndex, Column};
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// # const SEALED: Column = Column::new("users", "email_sealed");
    /// # const EMAIL: BlindIndex = BlindIndex::new(SEALED).normalised(BlindIndex::folded);
    /// vault.rotate_index_key(&tenant).await?;
    /// let keys = vault.keys(&tenant).await?;
    /// // The row still has the index that the older key gave.
    /// let asked = keys.blind_indexes(&EMAIL, "Ada@example.org")?;
    /// let found: i64 = one.query_value("SELECT id FROM users WHERE email_index = ANY ($1)", &[&asked]).await?;
    /// assert_eq!((asked.len(), found), (2, 1));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`TenantKeys::blind_index`].
    pub fn blind_indexes(&self, index: &BlindIndex, text: &str) -> Result<Vec<Vec<u8>>, SecretsError> {
        self.index.iter().rev().map(|key| self.blind(key, index, text)).collect()
    }

    fn blind(&self, key: &IndexKey, index: &BlindIndex, text: &str) -> Result<Vec<u8>, SecretsError> {
        let at = key.at;
        let key =
            key.key.as_ref().map_err(|source| SecretsError::Unwrap { key: at, source: source.clone() })?;
        let normal = Zeroizing::new((index.normalise)(text));
        let mut mac = self.mac(key, &index.column)?;
        mac.update(normal.as_bytes());
        let mac = mac.finalize().into_bytes();
        Ok(at.version.to_be_bytes().into_iter().chain(mac.into_iter().take(KEPT)).collect())
    }

    /// A MAC under the key of this tenant and column.
    fn mac(&self, key: &Key, column: &Column) -> Result<Hmac<Sha256>, KeyError> {
        let tenant = self.tenant.to_string();
        let [schema, table, name] = column.fields();
        let of = [self.tenant.kind().sql_type().as_bytes(), tenant.as_bytes(), schema, table, name];
        let mut derived = Zeroizing::new([0; DERIVED]);
        Hkdf::<Sha256>::new(None, key.expose())
            .expand(&fields(b"freehold blind index", of), &mut *derived)
            .map_err(|_| KeyError::Length(DERIVED))?;
        Ok(Hmac::new((&*derived).into()))
    }
}
