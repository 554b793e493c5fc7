//! Rust types that stand for types of SQL's.

use std::{io, net::IpAddr};

use postgres_types::{Json, ToSql};
use serde::Serialize;
use uuid::Uuid;

use super::{Flaw, LARGEST_JSON};
use crate::TenantId;

/// A Rust type with a type of SQL's that the builder may write casts to.
///
/// Implement it for enums of your own, or name the type on the field: `#[table(sql = "mood")]`.
///
/// ```
/// use freehold_tenancy::query::SqlType;
///
/// assert_eq!(<i64 as SqlType>::SQL, "bigint");
/// assert!(<Vec<String> as SqlType>::ARRAY);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no type of SQL's",
    label = "which column type is this?",
    note = "write #[table(sql = \"...\")] on the field, or #[from_row(json)] for JSONB, or implement SqlType"
)]
pub trait SqlType: ToSql + Send + Sync + 'static {
    /// The type's name, or that of its elements.
    const SQL: &'static str;
    /// Whether it is an array.
    const ARRAY: bool = false;

    /// What is wrong with a value before it is sent.
    ///
    /// ```
    /// use freehold_tenancy::query::{Flaw, SqlType};
    ///
    /// assert_eq!("milk".to_owned().flaw(), None);
    /// assert_eq!(vec!["a".to_owned(), "b\0".to_owned()].flaw(), Some(Flaw::Nul));
    /// ```
    fn flaw(&self) -> Option<Flaw> {
        None
    }
}

/// What an array may hold.
///
/// ```
/// use freehold_tenancy::query::Element;
///
/// fn array_of<E: Element>() -> String {
///     format!("{}[]", E::SQL)
/// }
///
/// assert_eq!(array_of::<i64>(), "bigint[]");
/// ```
pub trait Element: SqlType {}

/// A column of `jsonb`.
///
/// ```
/// # use freehold_tenancy_ground::DataNote as Note;
/// // A field with #[from_row(json)] is one, and has json_contains.
/// let filter = Note::DATA.json_contains(serde_json::json!({"rows": 20}));
/// assert_eq!(format!("{filter:?}"), r#"Filter("data" @> $1)"#);
/// ```
pub trait JsonColumn {}

macro_rules! types {
    ($($ty:ty, $sql:literal;)*) => {
        $(
            impl SqlType for $ty {
                const SQL: &'static str = $sql;
            }
            impl Element for $ty {}
        )*
    };
}

types! {
    bool, "boolean";
    i16, "smallint";
    i32, "integer";
    i64, "bigint";
    f32, "real";
    f64, "double precision";
    Uuid, "uuid";
    jiff::Timestamp, "timestamptz";
    jiff::civil::Date, "date";
    jiff::civil::Time, "time";
    jiff::civil::DateTime, "timestamp";
    std::time::SystemTime, "timestamptz";
    IpAddr, "inet";
}

impl SqlType for String {
    const SQL: &'static str = "text";

    fn flaw(&self) -> Option<Flaw> {
        self.contains('\0').then_some(Flaw::Nul)
    }
}
impl Element for String {}

impl SqlType for Vec<u8> {
    const SQL: &'static str = "bytea";
}

impl<E: Element> SqlType for Vec<E> {
    const SQL: &'static str = E::SQL;
    const ARRAY: bool = true;

    fn flaw(&self) -> Option<Flaw> {
        self.iter().find_map(E::flaw)
    }
}

impl SqlType for serde_json::Value {
    const SQL: &'static str = "jsonb";

    fn flaw(&self) -> Option<Flaw> {
        flaw_of_json(self)
    }
}
impl JsonColumn for serde_json::Value {}

impl<T: Serialize + std::fmt::Debug + Send + Sync + 'static> SqlType for Json<T> {
    const SQL: &'static str = "jsonb";

    fn flaw(&self) -> Option<Flaw> {
        flaw_of_json(&self.0)
    }
}
impl<T> JsonColumn for Json<T> {}

#[cfg(feature = "vectors")]
impl SqlType for pgvector::Vector {
    const SQL: &'static str = "vector";
}

#[cfg(feature = "vectors")]
impl SqlType for pgvector::HalfVector {
    const SQL: &'static str = "halfvec";
}

/// Types that no flaw is known of.
#[doc(hidden)]
pub fn flawless<T>(_: &T) -> Option<Flaw> {
    None
}

/// What is wrong with a value as `jsonb`.
#[doc(hidden)]
pub fn flaw_of_json<T: Serialize>(value: &T) -> Option<Flaw> {
    let mut reader = Reader { bytes: 0, escape: [0; 6], filled: 0, flaw: None };
    match serde_json::to_writer(&mut reader, value) {
        Ok(()) => None,
        Err(_) => reader.flaw.or(Some(Flaw::NoJson)),
    }
}

/// Reads JSON as it is written, and stops at the first flaw. Nothing is kept of it but an escape that has begun.
struct Reader {
    bytes: usize,
    escape: [u8; 6],
    filled: usize,
    flaw: Option<Flaw>,
}

impl io::Write for Reader {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.bytes += text.len();
        if self.bytes > LARGEST_JSON {
            self.flaw = Some(Flaw::TooLarge { most: LARGEST_JSON });
        }
        for &byte in text {
            if self.filled == 0 && byte != b'\\' {
                continue;
            }
            if let Some(place) = self.escape.get_mut(self.filled) {
                *place = byte;
            }
            self.filled += 1;
            if &self.escape == b"\\u0000" && self.filled == 6 {
                self.flaw = Some(Flaw::Nul);
            }
            let whole = if self.escape.get(1) == Some(&b'u') { 6 } else { 2 };
            if self.filled > 1 && self.filled >= whole {
                self.filled = 0;
            }
        }
        if self.flaw.is_some() { Err(io::ErrorKind::InvalidData.into()) } else { Ok(text.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A field that may name a tenant.
///
/// ```
/// use freehold_tenancy::{TenantId, query::NamesTenant};
///
/// let acme = TenantId::bigint(7)?;
/// assert!(7_i64.names(&acme) && "7".to_owned().names(&acme));
/// # Ok::<(), freehold_tenancy::TenantIdError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't name a tenant",
    label = "a tenant column is read as Uuid, i64 or String"
)]
pub trait NamesTenant {
    /// Whether it names this one.
    ///
    /// ```
    /// use freehold_tenancy::{TenantId, query::NamesTenant};
    ///
    /// let acme = TenantId::uuid(uuid::Uuid::from_u128(1))?;
    /// assert!(uuid::Uuid::from_u128(1).names(&acme));
    /// assert!(!uuid::Uuid::from_u128(2).names(&acme));
    /// # Ok::<(), freehold_tenancy::TenantIdError>(())
    /// ```
    fn names(&self, tenant: &TenantId) -> bool;
}

macro_rules! names_tenant {
    ($($ty:ty)*) => {
        $(impl NamesTenant for $ty {
            fn names(&self, tenant: &TenantId) -> bool {
                tenant.to_string().parse::<$ty>().is_ok_and(|named| named == *self)
            }
        })*
    };
}

names_tenant!(Uuid i64 String);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_nul_anywhere_in_json_is_found_and_its_spelling_as_text_is_not() {
        assert_eq!(flaw_of_json(&json!({"a": ["x", "y\0"]})), Some(Flaw::Nul));
        assert_eq!(flaw_of_json(&json!({"a\0": 1})), Some(Flaw::Nul));
        assert_eq!(flaw_of_json(&json!({"a": "\\u0000"})), None);
        assert_eq!(flaw_of_json(&json!({"a": "\\\\\0"})), Some(Flaw::Nul));
        assert_eq!(flaw_of_json(&json!({"a": "\u{1}\u{0}"})), Some(Flaw::Nul));
        assert_eq!(flaw_of_json(&json!({"a": "\u{1}0000\"\\u0000"})), None);
    }

    #[test]
    fn json_may_be_as_large_as_the_bound_and_no_larger() {
        let of = |bytes: usize| flaw_of_json(&"a".repeat(bytes - 2));
        assert_eq!(of(LARGEST_JSON), None);
        assert_eq!(of(LARGEST_JSON + 1), Some(Flaw::TooLarge { most: LARGEST_JSON }));
    }

    #[test]
    fn a_nul_in_an_array_of_texts_is_found() {
        assert_eq!(vec!["a".to_owned(), "b\0".to_owned()].flaw(), Some(Flaw::Nul));
        assert_eq!(vec!["a".to_owned()].flaw(), None);
        assert_eq!(vec![0_u8].flaw(), None);
    }

    #[test]
    fn a_field_names_the_tenant_or_another() {
        let seven = TenantId::bigint(7).unwrap();
        assert!(7_i64.names(&seven));
        assert!(!8_i64.names(&seven));
        assert!("7".to_owned().names(&seven));
    }
}
