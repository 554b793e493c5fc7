//! Where a sealed value belongs.

use std::{borrow::Cow, fmt};

use uuid::Uuid;

use crate::{TenantId, quote_identifier};

/// A column of sealed values. Table and column are authenticated with every value in it: write them the same way
/// everywhere, and rename neither without sealing anew (a [`Rotation`](super::Rotation) can be told of the old names).
///
/// ```
/// use freehold_tenancy::secrets::Column;
///
/// const IBAN: Column = Column::new("accounts", "iban_sealed").in_schema("billing");
/// assert_eq!(IBAN.to_string(), "billing.accounts.iban_sealed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Column {
    pub(crate) schema: Option<Cow<'static, str>>,
    pub(crate) table: Cow<'static, str>,
    pub(crate) column: Cow<'static, str>,
}

impl Column {
    /// A column of a table in the search path.
    ///
    /// ```
    /// use freehold_tenancy::secrets::Column;
    ///
    /// const EMAIL: Column = Column::new("users", "email_sealed");
    /// assert_eq!(EMAIL.to_string(), "users.email_sealed");
    /// ```
    pub const fn new(table: &'static str, column: &'static str) -> Self {
        Self { schema: None, table: Cow::Borrowed(table), column: Cow::Borrowed(column) }
    }

    /// A column whose name is known at run time only.
    ///
    /// ```
    /// use freehold_tenancy::secrets::Column;
    ///
    /// let column = Column::named("users".to_owned(), format!("{}_sealed", "email"));
    /// assert_eq!(column, Column::new("users", "email_sealed"));
    /// ```
    pub fn named(table: String, column: String) -> Self {
        Self { schema: None, table: Cow::Owned(table), column: Cow::Owned(column) }
    }

    /// The same, in a schema that is named.
    ///
    /// ```
    /// use freehold_tenancy::secrets::Column;
    ///
    /// let plain = Column::new("accounts", "iban_sealed");
    /// let named = plain.clone().in_schema("public");
    /// // Values are bound to what is written here, so these are two columns, whatever the search path finds.
    /// assert_ne!(plain, named);
    /// ```
    #[must_use]
    pub const fn in_schema(self, schema: &'static str) -> Self {
        // A const function can't drop what it takes apart, so nothing is taken apart.
        let mut column = self;
        std::mem::forget(column.schema.replace(Cow::Borrowed(schema)));
        column
    }

    /// The place of one row's value.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Column, RowKey};
    ///
    /// const EMAIL: Column = Column::new("users", "email_sealed");
    /// assert_eq!(EMAIL.at(7_i64), EMAIL.at("7"));
    /// assert_ne!(EMAIL.at(RowKey::of(["2026", "7"])), EMAIL.at(RowKey::of(["7", "2026"])));
    /// ```
    pub fn at(&self, row: impl Into<RowKey>) -> Place {
        Place { column: self.clone(), row: row.into() }
    }

    /// The table, quoted for use in a statement.
    pub(crate) fn table_sql(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quote_identifier(schema), quote_identifier(&self.table)),
            None => quote_identifier(&self.table),
        }
    }

    /// The table as it is written into progress rows.
    pub(crate) fn table_name(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.table),
            None => self.table.clone().into_owned(),
        }
    }

    /// What is authenticated of it.
    pub(super) fn fields(&self) -> [&[u8]; 3] {
        [self.schema.as_deref().unwrap_or_default().as_bytes(), self.table.as_bytes(), self.column.as_bytes()]
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table_name(), self.column)
    }
}

/// The key of a row, as text: what PostgreSQL prints for the key's columns. The columns are uuids, integers or texts.
///
/// ```
/// use freehold_tenancy::secrets::RowKey;
///
/// assert_eq!(RowKey::from(7_i64), RowKey::from("7"));
/// // A key of two columns; not the same as one column that holds both.
/// let two = RowKey::of(["7", "a"]);
/// assert_ne!(two, RowKey::from("7a"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RowKey(pub(super) Vec<String>);

impl RowKey {
    /// A key of several columns, besides the tenant's, in the order of the primary key.
    ///
    /// ```
    /// use freehold_tenancy::secrets::RowKey;
    ///
    /// // Of a table whose primary key is (tenant_id, year, number).
    /// assert_eq!(RowKey::of([2026, 7]).columns(), ["2026", "7"]);
    /// ```
    pub fn of<T: ToString>(columns: impl IntoIterator<Item = T>) -> Self {
        Self(columns.into_iter().map(|part| part.to_string()).collect())
    }

    /// The key's columns.
    ///
    /// ```
    /// use freehold_tenancy::secrets::RowKey;
    ///
    /// assert_eq!(RowKey::from(7_i64).columns(), ["7"]);
    /// ```
    pub fn columns(&self) -> &[String] {
        &self.0
    }
}

macro_rules! row_key {
    ($($ty:ty),+) => {
        $(impl From<$ty> for RowKey {
            fn from(key: $ty) -> Self {
                Self(vec![key.to_string()])
            }
        })+
    };
}

row_key!(Uuid, &Uuid, i64, i32, i16, &str, String, &String);

/// Only how many columns it has: keys may be people's addresses.
impl fmt::Debug for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowKey({} columns)", self.0.len())
    }
}

/// One row's value in a column.
///
/// ```
/// use freehold_tenancy::secrets::{Column, Place};
///
/// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
/// let place: Place = Column::new("users", "email_sealed").at(7_i64);
/// let other: Place = Column::new("users", "phone_sealed").at(7_i64);
/// let sealed = keys.seal_text(&place, "ada@example.org")?;
/// assert!(keys.open_text(&place, &sealed).is_ok() && keys.open_text(&other, &sealed).is_err());
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub(super) column: Column,
    pub(super) row: RowKey,
}

impl Place {
    /// Everything that a value at this place is bound to.
    pub(super) fn associated(&self, header: &[u8], tenant: &TenantId) -> Vec<u8> {
        let tenant_text = tenant.to_string();
        let [schema, table, column] = self.column.fields();
        let fixed =
            [header, tenant.kind().sql_type().as_bytes(), tenant_text.as_bytes(), schema, table, column];
        fields(b"freehold sealed value", fixed.into_iter().chain(self.row.0.iter().map(String::as_bytes)))
    }
}

/// Fields one after the other, each with its length before it, so that no two lists of fields give the same bytes.
pub(super) fn fields<'f>(purpose: &'f [u8], fields: impl IntoIterator<Item = &'f [u8]>) -> Vec<u8> {
    let mut all = Vec::with_capacity(192);
    for field in std::iter::once(purpose).chain(fields) {
        all.extend_from_slice(&u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        all.extend_from_slice(field);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_places_are_authenticated_alike() {
        let acme = TenantId::text("1").unwrap();
        let of = |column: &Column, row: RowKey| column.at(row).associated(b"h", &acme);
        let base = of(&Column::new("ab", "c"), RowKey::from("d"));
        assert_eq!(base, of(&Column::named("ab".into(), "c".into()), RowKey::from("d")));
        assert_ne!(base, of(&Column::new("a", "bc"), RowKey::from("d")));
        assert_ne!(base, of(&Column::new("ab", "cd"), RowKey::from("")));
        assert_ne!(base, of(&Column::new("b", "c").in_schema("a"), RowKey::from("d")));
        assert_ne!(base, of(&Column::new("ab", "c"), RowKey::of(["d", ""])));
        let other = TenantId::bigint(1).unwrap();
        assert_ne!(base, Column::new("ab", "c").at("d").associated(b"h", &other));
    }
}
