//! Sealed columns in an export of everything about somebody.

use std::{error::Error as StdError, sync::Arc};

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::{
    data_key::TenantKeys,
    error::SecretsError,
    format::{Header, Kind},
    place::{Column, RowKey},
};
use crate::rights::{Decrypt, SealedValue};

/// Opens sealed columns for [`rights::export`](crate::rights::export): texts as they are, JSON as JSON, embeddings as
/// numbers, bytes in hex digits.
///
/// ```
/// use freehold_tenancy::{
///     rights::{Export, Subject, export},
///     secrets::{Column, SealedColumns},
/// };
///
/// const EMAIL: Column = Column::new("users", "email_sealed");
///
/// # freehold_tenancy_ground::with_vault(|tenant, vault, id| async move {
/// let columns = SealedColumns::of(vault.keys(&id).await?).column(EMAIL, ["id"]);
/// let asked = columns.all_in(Export::of(Subject::person().whose("users", "id", "1")));
/// let mut lines = Vec::new();
/// export(&tenant.snapshot().begin().await?, &asked, &mut lines).await?;
/// assert!(String::from_utf8(lines)?.contains("ada@"));
/// # Ok(())
/// # });
/// ```
#[derive(Debug)]
pub struct SealedColumns {
    keys: Arc<TenantKeys>,
    columns: Vec<(Column, Vec<String>)>,
}

/// Why a sealed column of an export could not be opened. It lies below [`RightsError::Decrypt`](crate::rights::RightsError).
///
/// ```
/// use freehold_tenancy::secrets::SealedColumnError;
///
/// let error = SealedColumnError::Key { table: "users".to_owned(), column: "email".to_owned() };
/// assert_eq!(error.to_string(), "rows of users have no text or integer email to be their key");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealedColumnError {
    /// The column was not named with [`SealedColumns::column`].
    #[error("the sealed column {table}.{column} was not named, so nobody knows the key of its rows")]
    Unnamed {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A row has no such column, or it is neither text nor an integer.
    #[error("rows of {table} have no text or integer {column} to be their key")]
    Key {
        /// The table.
        table: String,
        /// The column of the key.
        column: String,
    },
    /// The keys are another tenant's.
    #[error("the keys belong to another tenant than the one that is exported")]
    Tenant,
    /// The value does not open.
    #[error(transparent)]
    Value(#[from] SecretsError),
}

impl SealedColumns {
    /// Opens with these keys; of no column yet.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// use freehold_tenancy::secrets::SealedColumns;
    ///
    /// let columns = SealedColumns::of(keys);
    /// // Keys are in no debug form.
    /// assert!(!format!("{columns:?}").contains("[1"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn of(keys: Arc<TenantKeys>) -> Self {
        Self { keys, columns: Vec::new() }
    }

    /// Opens this column. `key` are the columns of the row's key, as they were given to [`Column::at`] when the value was
    /// sealed.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// use freehold_tenancy::secrets::{Column, SealedColumns};
    ///
    /// // Rows of visits are told apart by two columns, besides the tenant's.
    /// let columns = SealedColumns::of(keys)
    ///     .column(Column::new("users", "email_sealed"), ["id"])
    ///     .column(Column::new("visits", "place_sealed"), ["user_id", "visited_at"]);
    /// # drop(columns);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn column<K: Into<String>>(mut self, column: Column, key: impl IntoIterator<Item = K>) -> Self {
        self.columns.push((column, key.into_iter().map(Into::into).collect()));
        self
    }

    /// The export with each of these columns named as sealed and opened by this.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_vault(|_, vault, id| async move {
    /// use freehold_tenancy::{
    ///     rights::{Export, Subject},
    ///     secrets::{Column, SealedColumns},
    /// };
    ///
    /// let columns = SealedColumns::of(vault.keys(&id).await?).column(Column::new("users", "email_sealed"), ["id"]);
    /// let asked = columns.all_in(Export::of(Subject::tenant()));
    /// assert!(format!("{asked:?}").contains("email_sealed"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn all_in<'d>(&'d self, export: crate::rights::Export<'d>) -> crate::rights::Export<'d> {
        let named = |export: crate::rights::Export<'d>, column: &Column| {
            export.sealed(&column.table_name(), &column.column)
        };
        self.columns.iter().fold(export, |export, (column, _)| named(export, column)).decrypting(self)
    }

    fn open(&self, sealed: &SealedValue<'_>) -> Result<Value, SealedColumnError> {
        if sealed.tenant != self.keys.tenant() {
            return Err(SealedColumnError::Tenant);
        }
        let is_it = |column: &Column| column.table_name() == sealed.table && column.column == sealed.column;
        let (column, key) = self.columns.iter().find(|(column, _)| is_it(column)).ok_or_else(|| {
            SealedColumnError::Unnamed { table: sealed.table.to_owned(), column: sealed.column.to_owned() }
        })?;
        let place = column.at(row_key(sealed.table, sealed.row, key)?);
        Ok(match Header::read(column, sealed.bytes)?.kind {
            Kind::Text => Value::String(self.keys.open_text(&place, sealed.bytes)?),
            Kind::Json => self.keys.open_json(&place, sealed.bytes)?,
            Kind::Bytes => {
                Value::String(format!("\\x{}", hex::encode(self.keys.open_bytes(&place, sealed.bytes)?)))
            }
            Kind::Embedding => {
                let dimensions = sealed.bytes.len().saturating_sub(super::OVERHEAD) / size_of::<f32>();
                self.keys.open_embedding(&place, sealed.bytes, dimensions)?.into()
            }
        })
    }
}

/// The key of a row as PostgreSQL prints its columns, which for texts, uuids and integers is how JSON has them.
fn row_key(table: &str, row: &Map<String, Value>, key: &[String]) -> Result<RowKey, SealedColumnError> {
    let part = |column: &String| match row.get(column) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) if number.is_i64() => Ok(number.to_string()),
        _ => Err(SealedColumnError::Key { table: table.to_owned(), column: column.clone() }),
    };
    Ok(RowKey::of(key.iter().map(part).collect::<Result<Vec<String>, _>>()?))
}

#[async_trait]
impl Decrypt for SealedColumns {
    async fn decrypt(&self, sealed: &SealedValue<'_>) -> Result<Value, Box<dyn StdError + Send + Sync>> {
        Ok(self.open(sealed)?)
    }
}
