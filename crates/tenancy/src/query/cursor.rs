//! Cursors: places in a sorted list that a client keeps and can't make up.

mod key;

use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{QueryError, raw::Raw};
use crate::TenantId;

pub use key::{CursorKey, CursorKeyError};

/// Of the form described at [`Cursors::seal`].
const VERSION: u8 = 1;

/// Bytes of the longest cursor's text. Sort keys are short; a longer text is nobody's cursor.
const LONGEST: usize = 8 << 10;

/// Bytes of the MAC.
const MAC: usize = 32;

/// Why a cursor can't be used.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// use freehold_tenancy::query::{CursorError, CursorKey, Cursors, QueryError};
///
/// let cursors = Cursors::new(CursorKey::new(1, b"32 bytes from a secret of its own")?);
/// let made_up = query::select::<Note>().page(&acme, &cursors, 50, Some("2")).await;
/// assert!(matches!(made_up, Err(QueryError::Cursor(CursorError::Malformed))));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CursorError {
    /// It is no cursor: cut off, altered in a place that tells, or something else.
    #[error("it is no cursor: begin with the first page")]
    Malformed,
    /// Its signature is not by any of the keys.
    #[error("it was not given out by this service: begin with the first page")]
    Forged,
    /// It was signed by a key that is not among the keys any more.
    #[error("the key that signed it is retired: begin with the first page")]
    RetiredKey,
    /// It was given to another tenant.
    #[error("it was given to another tenant")]
    OtherTenant,
    /// It belongs to a list with another table, filter or order.
    #[error("it belongs to another list: keep filter and order as they were, or begin with the first page")]
    OtherQuery,
    /// It was given out by an older version of the library, or before a column's type was changed.
    #[error("it was given out by an older version: begin with the first page")]
    OlderVersion,
    /// It is too old.
    #[error("it has expired: begin with the first page")]
    Expired,
    /// A value that the list is sorted by is too long to be carried by a cursor.
    #[error("a value that the list is sorted by is too long for a cursor")]
    TooLong,
}

/// Signs cursors and checks them.
///
/// A cursor holds the sort keys of one row, and is bound to its tenant, table, filter and order by a MAC. It is signed,
/// not encrypted: sort by no column whose values the client must not see.
///
/// ```
/// use freehold_tenancy::query::{CursorKey, Cursors};
///
/// let cursors = Cursors::new(CursorKey::new(2, &[7; 32])?)
///     .and_older(CursorKey::new(1, &[3; 32])?)
///     .expiring(std::time::Duration::from_secs(86_400));
/// assert!(!format!("{cursors:?}").contains('7'));
/// # Ok::<(), freehold_tenancy::query::CursorKeyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cursors {
    signing: CursorKey,
    older: Vec<CursorKey>,
    life: Option<Duration>,
}

/// Which rows a cursor stands before or behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// Those after the place.
    After,
    /// Those before it.
    Before,
    /// The one at the place and those after it.
    From,
    /// Those before it and the one at the place.
    UpTo,
}

impl Edge {
    const ALL: [Self; 4] = [Self::After, Self::Before, Self::From, Self::UpTo];

    pub(crate) fn is_backwards(self) -> bool {
        matches!(self, Self::Before | Self::UpTo)
    }

    pub(crate) fn is_inclusive(self) -> bool {
        matches!(self, Self::From | Self::UpTo)
    }
}

/// What a cursor says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) edge: Edge,
    pub(crate) values: Vec<Option<Raw>>,
}

/// What a cursor is bound to.
pub(crate) struct List<'l> {
    /// `None` across tenants.
    pub(crate) tenant: Option<&'l TenantId>,
    /// Table, filter and order.
    pub(crate) digest: [u8; 32],
}

impl Cursors {
    /// Cursors signed by this key, which never expire.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// use freehold_tenancy::query::{CursorKey, Cursors};
    ///
    /// let cursors = Cursors::new(CursorKey::new(1, b"32 bytes from a secret of its own")?);
    /// let first = query::select::<Note>().page(&acme, &cursors, 2, None).await?;
    /// let second = query::select::<Note>().page(&acme, &cursors, 2, first.next.as_deref()).await?;
    /// assert_eq!((first.rows.len(), second.rows.len()), (2, 1));
    /// # Ok(())
    /// # });
    /// ```
    pub fn new(key: CursorKey) -> Self {
        Self { signing: key, older: Vec::new(), life: None }
    }

    /// Also takes cursors that this key has signed: a key is replaced by signing with a new one while the older is
    /// still taken, until nobody has its cursors any more.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// use freehold_tenancy::query::{CursorError, CursorKey, Cursors, QueryError};
    ///
    /// # let key = |id: u8| CursorKey::new(id, &[id; 32]);
    /// let before = Cursors::new(key(1)?);
    /// let given_out = query::select::<Note>().page(&acme, &before, 2, None).await?.next;
    /// let now = Cursors::new(key(2)?).and_older(key(1)?);
    /// assert!(query::select::<Note>().page(&acme, &now, 2, given_out.as_deref()).await.is_ok());
    /// let later = Cursors::new(key(2)?);
    /// let refused = query::select::<Note>().page(&acme, &later, 2, given_out.as_deref()).await;
    /// assert!(matches!(refused, Err(QueryError::Cursor(CursorError::RetiredKey))));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn and_older(mut self, key: CursorKey) -> Self {
        self.older.push(key);
        self
    }

    /// Cursors are taken for as long as this, counted in whole seconds.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// use freehold_tenancy::query::{CursorError, Cursors, QueryError};
    ///
    /// # let key = |id: u8| query::CursorKey::new(id, &[id; 32]);
    /// let short = Cursors::new(key(1)?).expiring(std::time::Duration::ZERO);
    /// let given_out = query::select::<Note>().page(&acme, &short, 2, None).await?.next;
    /// let refused = query::select::<Note>().page(&acme, &short, 2, given_out.as_deref()).await;
    /// assert!(matches!(refused, Err(QueryError::Cursor(CursorError::Expired))));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn expiring(mut self, life: Duration) -> Self {
        self.life = Some(life);
        self
    }

    /// The text of a cursor: base64url of version (1 byte), key (1), edge (1), expiry in seconds since 1970 or zero (8),
    /// tenant (8, keyed), list (16), the values (a type's OID, a length or -1, the bytes; each number 4 bytes, big
    /// endian), and the MAC of all that (32).
    pub(crate) fn seal(&self, list: &List<'_>, place: &Place) -> Result<String, QueryError> {
        let expiry = match self.life {
            None => 0,
            Some(life) => now().saturating_add(life.as_secs()).max(1),
        };
        let edge = Edge::ALL.iter().position(|edge| *edge == place.edge).unwrap_or_default();
        let mut bytes = vec![VERSION, self.signing.id(), u8::try_from(edge).unwrap_or_default()];
        bytes.extend(expiry.to_be_bytes());
        bytes.extend(tenant_tag(&self.signing, list));
        bytes.extend(list_tag(list));
        for value in &place.values {
            let Some(raw) = value else {
                bytes.extend([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
                continue;
            };
            let length = i32::try_from(raw.bytes.len()).map_err(|_| CursorError::TooLong)?;
            bytes.extend(raw.oid.to_be_bytes());
            bytes.extend(length.to_be_bytes());
            bytes.extend(&raw.bytes);
        }
        let mac = self.signing.mac(&[b"cursor", &bytes]);
        bytes.extend(mac);
        let text = URL_SAFE_NO_PAD.encode(bytes);
        if text.len() > LONGEST { Err(CursorError::TooLong.into()) } else { Ok(text) }
    }

    /// What a cursor says, if it is one for this list.
    pub(crate) fn open(&self, list: &List<'_>, text: &str) -> Result<Place, CursorError> {
        if text.len() > LONGEST {
            return Err(CursorError::Malformed);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Malformed)?;
        match bytes.first() {
            Some(&VERSION) => {}
            Some(&version) if version != 0 && version < VERSION => return Err(CursorError::OlderVersion),
            _ => return Err(CursorError::Malformed),
        }
        let signed = bytes.len().checked_sub(MAC).ok_or(CursorError::Malformed)?;
        let (said, mac) = bytes.split_at_checked(signed).ok_or(CursorError::Malformed)?;
        let mut reader = Reader(said);
        let [_, id, edge] = reader.take()?;
        let key = std::iter::once(&self.signing).chain(&self.older).find(|key| key.id() == id);
        let key = key.ok_or(CursorError::RetiredKey)?;
        if !key.verifies(&[b"cursor", said], mac) {
            return Err(CursorError::Forged);
        }
        let expiry = u64::from_be_bytes(reader.take()?);
        if expiry != 0 && expiry <= now() {
            return Err(CursorError::Expired);
        }
        if reader.take::<8>()? != tenant_tag(key, list) {
            return Err(CursorError::OtherTenant);
        }
        if reader.take::<16>()? != list_tag(list) {
            return Err(CursorError::OtherQuery);
        }
        let edge = *Edge::ALL.get(usize::from(edge)).ok_or(CursorError::Malformed)?;
        let mut values = Vec::new();
        while !reader.0.is_empty() {
            let oid = u32::from_be_bytes(reader.take()?);
            let length = i32::from_be_bytes(reader.take()?);
            values.push(match usize::try_from(length) {
                Err(_) => None,
                Ok(length) => Some(Raw { oid, bytes: reader.take_slice(length)?.to_vec() }),
            });
        }
        Ok(Place { edge, values })
    }
}

/// Keyed, so that cursors do not name tenants to those who know how to read base64.
fn tenant_tag(key: &CursorKey, list: &List<'_>) -> [u8; 8] {
    let mac = match list.tenant {
        Some(tenant) => {
            key.mac(&[b"tenant", tenant.kind().sql_type().as_bytes(), tenant.to_string().as_bytes()])
        }
        None => key.mac(&[b"across tenants"]),
    };
    mac.first_chunk().copied().unwrap_or_default()
}

fn list_tag(list: &List<'_>) -> [u8; 16] {
    Sha256::digest(list.digest).first_chunk().copied().unwrap_or_default()
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], CursorError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(CursorError::Malformed)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn take_slice(&mut self, length: usize) -> Result<&'b [u8], CursorError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(CursorError::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests;
