//! The bytes before the ciphertext.

use uuid::Uuid;

use super::{data_key::KeyVersion, error::SecretsError, place::Column};

/// The first byte of every sealed value. It begins no UTF-8 text and no JSON.
const MARK: u8 = 0xF4;
/// The version of the format that is written.
const FORMAT: u8 = 1;
/// Bytes of the header up to the key's version: what tells one key's values from another's.
pub(crate) const KEY_BYTES: usize = 22;
/// Bytes of the whole header.
pub(super) const HEADER: usize = KEY_BYTES + 1;
/// Bytes of the nonce.
pub(super) const NONCE: usize = 12;
/// Bytes of the tag.
const TAG: usize = 16;

/// How many bytes longer a sealed value is than what is in it.
///
/// ```
/// use freehold_tenancy::secrets::{Column, OVERHEAD};
///
/// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
/// const PIN: Column = Column::new("users", "pin_sealed");
/// assert_eq!(keys.seal_bytes(&PIN.at(7_i64), b"1234")?.len(), 4 + OVERHEAD);
/// assert_eq!(OVERHEAD, 51);
/// # Ok(())
/// # });
/// ```
pub const OVERHEAD: usize = HEADER + NONCE + TAG;

/// What was sealed. It is authenticated, so that a text is not taken for an embedding.
///
/// ```
/// use freehold_tenancy::secrets::{Column, Kind, SecretsError};
///
/// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
/// const NOTE: Column = Column::new("users", "note_sealed");
/// let sealed = keys.seal_json(&NOTE.at(7_i64), &["a", "b"])?;
/// let refused = keys.open_text(&NOTE.at(7_i64), &sealed);
/// assert!(matches!(refused, Err(SecretsError::KindDiffers { sealed: Kind::Json, asked: Kind::Text, .. })));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Bytes.
    Bytes,
    /// UTF-8 text.
    Text,
    /// JSON, compact.
    Json,
    /// 32-bit floats, little endian.
    Embedding,
}

impl Kind {
    fn byte(self) -> u8 {
        match self {
            Self::Bytes => 1,
            Self::Text => 2,
            Self::Json => 3,
            Self::Embedding => 4,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Self::Bytes, Self::Text, Self::Json, Self::Embedding].into_iter().find(|kind| kind.byte() == byte)
    }
}

/// What a sealed value says of itself without being opened. It is authenticated when the value is opened, not before.
///
/// ```
/// use freehold_tenancy::secrets::{Column, Header, SecretsError};
///
/// const PHONE: Column = Column::new("users", "phone_sealed");
/// assert!(matches!(Header::read(&PHONE, b"+49 30 1234567"), Err(SecretsError::NotSealed { .. })));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The data key.
    pub key: KeyVersion,
    /// What is in it.
    pub kind: Kind,
}

impl Header {
    /// Reads the header of a value that was found in `column`.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Column, Header, Kind};
    ///
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// const PHONE: Column = Column::new("users", "phone_sealed");
    /// let sealed = keys.seal_text(&PHONE.at(7_i64), "+49 30 1234567")?;
    /// let header = Header::read(&PHONE, &sealed)?;
    /// assert_eq!((header.kind, header.key.version), (Kind::Text, 1));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`SecretsError::NotSealed`], [`SecretsError::Format`], [`SecretsError::Truncated`] or
    /// [`SecretsError::KindUnknown`].
    pub fn read(column: &Column, sealed: &[u8]) -> Result<Self, SecretsError> {
        Parts::read(column, sealed).map(|parts| parts.header)
    }

    pub(super) fn bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let parts = key_bytes(self.key).into_iter().chain([self.kind.byte()]);
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        bytes
    }
}

/// What all values that one key sealed begin with.
pub(crate) fn key_bytes(key: KeyVersion) -> [u8; KEY_BYTES] {
    let mut bytes = [0; KEY_BYTES];
    let parts = [MARK, FORMAT].into_iter().chain(*key.id.as_bytes()).chain(key.version.to_be_bytes());
    bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
    bytes
}

/// A sealed value taken apart.
pub(super) struct Parts<'v> {
    pub(super) header: Header,
    pub(super) raw: &'v [u8; HEADER],
    pub(super) nonce: &'v [u8; NONCE],
    pub(super) sealed: &'v [u8],
}

impl<'v> Parts<'v> {
    pub(super) fn read(column: &Column, value: &'v [u8]) -> Result<Self, SecretsError> {
        match value {
            [MARK, FORMAT, ..] => {}
            [MARK, format, ..] => {
                return Err(SecretsError::Format { column: column.clone(), format: *format });
            }
            [] | [MARK] => return Err(truncated(column, value)),
            _ => return Err(SecretsError::NotSealed { column: column.clone() }),
        }
        let (raw, rest) = value.split_first_chunk::<HEADER>().ok_or_else(|| truncated(column, value))?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or_else(|| truncated(column, value))?;
        if sealed.len() < TAG {
            return Err(truncated(column, value));
        }
        Ok(Self { header: header(column, raw)?, raw, nonce, sealed })
    }
}

fn header(column: &Column, raw: &[u8; HEADER]) -> Result<Header, SecretsError> {
    let [_, _, rest @ .., kind] = raw;
    let mut id = [0; 16];
    let mut version = [0; 4];
    id.iter_mut().chain(version.iter_mut()).zip(rest).for_each(|(to, from)| *to = *from);
    let key = KeyVersion { id: Uuid::from_bytes(id), version: u32::from_be_bytes(version) };
    let unknown = || SecretsError::KindUnknown { column: column.clone(), kind: *kind };
    Ok(Header { key, kind: Kind::of(*kind).ok_or_else(unknown)? })
}

fn truncated(column: &Column, value: &[u8]) -> SecretsError {
    SecretsError::Truncated { column: column.clone(), bytes: value.len(), least: OVERHEAD }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMN: Column = Column::new("t", "c");

    #[test]
    fn a_header_is_read_as_it_was_written() {
        for kind in [Kind::Bytes, Kind::Text, Kind::Json, Kind::Embedding] {
            let key = KeyVersion { id: Uuid::from_u128(0x1234_5678), version: 0x0102_0304 };
            let mut value = Header { key, kind }.bytes().to_vec();
            assert_eq!(value.get(..KEY_BYTES), Some(&key_bytes(key)[..]));
            value.resize(OVERHEAD, 0);
            assert_eq!(Header::read(&COLUMN, &value).unwrap(), Header { key, kind });
        }
    }

    #[test]
    fn what_is_no_sealed_value_is_told_by_what_is_wrong_with_it() {
        let key = KeyVersion { id: Uuid::from_u128(1), version: 1 };
        let mut value = Header { key, kind: Kind::Text }.bytes().to_vec();
        value.resize(OVERHEAD, 0);
        let read = |value: &[u8]| Header::read(&COLUMN, value).unwrap_err();
        assert!(matches!(read(&value[..OVERHEAD - 1]), SecretsError::Truncated { bytes: 50, least: 51, .. }));
        assert!(matches!(read(&[]), SecretsError::Truncated { bytes: 0, .. }));
        assert!(matches!(read(b"plain text"), SecretsError::NotSealed { .. }));
        let mut other = value.clone();
        other[1] = 2;
        assert!(matches!(read(&other), SecretsError::Format { format: 2, .. }));
        let mut other = value;
        other[22] = 9;
        assert!(matches!(read(&other), SecretsError::KindUnknown { kind: 9, .. }));
    }
}
