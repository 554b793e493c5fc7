//! Data keys in their table, wrapped.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    data_key::KeyVersion,
    error::SecretsError,
    key::Key,
    kms::{Kms, KmsError, Wrapped},
    place::fields,
};
use crate::{Error, Execute, FromRow, Row, Sql, TenantId, quote_identifier};

/// The table of data keys, unless named otherwise.
pub(super) const KEYS: &str = "freehold_data_keys";
/// The table of rotations, unless named otherwise.
pub(super) const ROTATIONS: &str = "freehold_rotations";

/// What a data key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Data,
    Index,
}

impl Purpose {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Index => "index",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Self::Data, Self::Index].into_iter().find(|purpose| purpose.text() == text)
    }
}

/// A row of the table.
pub(super) struct Stored {
    pub(super) purpose: Purpose,
    pub(super) at: KeyVersion,
    pub(super) wrapped: Wrapped,
}

impl FromRow for Stored {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let purpose = row.get::<&str>("purpose")?;
        let wrong =
            |why: &'static str| move || Error::Input { what: "reading a data key", why: why.to_owned() };
        let version = u32::try_from(row.get::<i32>("version")?);
        Ok(Self {
            purpose: Purpose::of(purpose).ok_or_else(wrong("its purpose is unknown"))?,
            at: KeyVersion {
                id: row.get("key_id")?,
                version: version.map_err(|_| wrong("its version is negative")())?,
            },
            wrapped: Wrapped { master: row.get("master_key")?, bytes: row.get("wrapped")? },
        })
    }
}

/// What a wrapped key is bound to: it does not unwrap as another tenant's, or as another version.
pub(super) fn context(tenant: &TenantId, purpose: Purpose, at: KeyVersion) -> Vec<u8> {
    let text = tenant.to_string();
    let version = at.version.to_be_bytes();
    let of = [
        tenant.kind().sql_type().as_bytes(),
        text.as_bytes(),
        purpose.text().as_bytes(),
        at.id.as_bytes(),
        &version,
    ];
    fields(b"freehold data key", of)
}

/// The statements on the table, made once for a vault.
pub(super) struct Statements {
    pub(super) all: Sql,
    pub(super) insert: Sql,
    pub(super) outdated: Sql,
    pub(super) rewrap: Sql,
    pub(super) age: Sql,
    pub(super) destroy_older: Sql,
    pub(super) destroy_all: Sql,
}

impl Statements {
    pub(super) fn new(table: &str, tenant: &str) -> Self {
        let (table, tenant) = (quote_identifier(table), quote_identifier(tenant));
        let columns = "purpose, version, key_id, master_key, wrapped";
        let sql = Sql::vouched;
        Self {
            all: sql(format!("SELECT {columns} FROM {table} WHERE {tenant} = $1 ORDER BY purpose, version")),
            // Of two processes that make the same version at once, the first one's stays.
            insert: sql(format!(
                "INSERT INTO {table} ({tenant}, purpose, version, key_id, master_key, wrapped)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ({tenant}, purpose, version) DO NOTHING"
            )),
            outdated: sql(format!(
                "SELECT {tenant}::text AS tenant, {columns} FROM {table}
                 WHERE master_key <> $1 AND ({tenant}::text, purpose, version) > ($2, $3, $4)
                 ORDER BY {tenant}::text, purpose, version LIMIT $5"
            )),
            rewrap: sql(format!(
                "UPDATE {table} SET master_key = $4, wrapped = $5, updated_at = now()
                 WHERE {tenant} = $1 AND key_id = $2 AND wrapped = $3"
            )),
            age: sql(format!(
                "SELECT (extract(epoch FROM now() - created_at) * 1000)::bigint FROM {table}
                 WHERE {tenant} = $1 AND key_id = $2"
            )),
            destroy_older: sql(format!(
                "DELETE FROM {table} WHERE {tenant} = $1 AND purpose = $2 AND version < $3"
            )),
            destroy_all: sql(format!("DELETE FROM {table} WHERE {tenant} = $1")),
        }
    }

    /// All keys of the tenant that `on` asks for.
    pub(super) async fn load(
        &self,
        on: &impl Execute,
        tenant: &TenantId,
    ) -> Result<Vec<Stored>, SecretsError> {
        on.rows(&self.all, &[tenant])
            .await
            .and_then(|rows| rows.iter().map(Stored::from_row).collect())
            .map_err(SecretsError::store("loading the tenant's data keys"))
    }

    /// Makes a key and stores it, unless there is one of that version already.
    pub(super) async fn make(
        &self,
        on: &impl Execute,
        tenant: &TenantId,
        kms: &dyn Kms,
        purpose: Purpose,
        version: u32,
    ) -> Result<(), SecretsError> {
        let at = KeyVersion { id: Uuid::new_v4(), version };
        let key = Key::generate()?;
        let wrapped = kms.wrap(&context(tenant, purpose, at), &key).await.map_err(SecretsError::Wrap)?;
        let number = i32::try_from(version).unwrap_or(i32::MAX);
        on.affected(
            &self.insert,
            &[tenant, &purpose.text(), &number, &at.id, &wrapped.master, &wrapped.bytes],
        )
        .await
        .map_err(SecretsError::store("storing a new data key"))?;
        Ok(())
    }
}

/// Unwraps a stored key.
pub(super) async fn unwrap(kms: &dyn Kms, tenant: &TenantId, stored: &Stored) -> Result<Key, Arc<KmsError>> {
    let context = context(tenant, stored.purpose, stored.at);
    kms.unwrap(&stored.wrapped.master, &context, &stored.wrapped.bytes).await.map_err(Arc::new)
}
