//! Values as the server sent them, sent back unread.

use std::{error::Error as StdError, fmt};

use bytes::BytesMut;
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// A value in its binary form, with the type that it has on the server. It comes back as exactly what it was: a
/// timestamp to the microsecond, a float to the bit.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) oid: u32,
    pub(crate) bytes: Vec<u8>,
}

/// The column has another type now than when the value was read.
#[derive(Debug, thiserror::Error)]
#[error("the column's type has changed since the value was read")]
pub(crate) struct TypeChanged;

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw").field("oid", &self.oid).finish_non_exhaustive()
    }
}

impl<'r> FromSql<'r> for Raw {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self { oid: ty.oid(), bytes: raw.to_vec() })
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl ToSql for Raw {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        if ty.oid() != self.oid && !both_texts(ty.oid(), self.oid) {
            return Err(Box::new(TypeChanged));
        }
        out.extend_from_slice(&self.bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A `varchar` is compared as a `text`; the binary form of both is the text.
fn both_texts(one: u32, other: u32) -> bool {
    let texts = [Type::TEXT.oid(), Type::VARCHAR.oid()];
    texts.contains(&one) && texts.contains(&other)
}
