//! Where keys are kept, and how they are made.

use std::time::Duration;

use super::error::ApiKeyError;
use crate::{Sql, quote_identifier};

/// The names of the table of keys and its columns, besides the tenant's column.
///
/// Types: `id` uuid, `name` text, `key_prefix` text (up to 16 characters), `key_hash` text (64 hex digits), `scopes`
/// text[], `rate_limit` integer, the others timestamptz. There has to be an index on (tenant, `key_hash`).
///
/// ```
/// use freehold_tenancy::api_keys::ApiKeyTable;
///
/// let table = ApiKeyTable { table: "tokens".into(), rate_limit: None, ..ApiKeyTable::default() };
/// assert_eq!(table.key_hash, "key_hash");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyTable {
    /// The schema. `None`: the search path finds it.
    pub schema: Option<String>,
    /// The table. Usually `api_keys`.
    pub table: String,
    /// The key of the row.
    pub id: String,
    /// What the tenant calls the key.
    pub name: String,
    /// The beginning of the key's secret, to tell keys apart in a list.
    pub key_prefix: String,
    /// The SHA-256 of the key, in hex.
    pub key_hash: String,
    /// What the key may do.
    pub scopes: String,
    /// Requests a minute, where they differ from what is usual. `None`: there is no such column.
    pub rate_limit: Option<String>,
    /// Last use. `None`: it is not recorded.
    pub last_used_at: Option<String>,
    /// End of validity; null means none.
    pub expires_at: String,
    /// When the key was taken back; null means it was not.
    pub revoked_at: String,
}

impl Default for ApiKeyTable {
    fn default() -> Self {
        Self {
            schema: None,
            table: "api_keys".to_owned(),
            id: "id".to_owned(),
            name: "name".to_owned(),
            key_prefix: "key_prefix".to_owned(),
            key_hash: "key_hash".to_owned(),
            scopes: "scopes".to_owned(),
            rate_limit: Some("rate_limit_override".to_owned()),
            last_used_at: Some("last_used_at".to_owned()),
            expires_at: "expires_at".to_owned(),
            revoked_at: "revoked_at".to_owned(),
        }
    }
}

/// How keys are made and verified.
///
/// ```
/// use freehold_tenancy::api_keys::ApiKeySettings;
///
/// let settings = ApiKeySettings { scopes: vec!["read".into(), "write".into()], ..ApiKeySettings::prefixed("acme") };
/// assert_eq!(settings.remembered.as_secs(), 30);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeySettings {
    /// What all keys of the service begin with: 2 to 7 lower-case letters, digits and underscores, a letter first.
    pub prefix: String,
    /// The table of keys.
    pub table: ApiKeyTable,
    /// The scopes that there are. Empty: any.
    pub scopes: Vec<String>,
    /// How long a verified key is remembered without asking the database, and so how long another process may take one
    /// that was revoked here. Usually 30 seconds.
    pub remembered: Duration,
    /// How many keys are remembered at most. Usually 100,000.
    pub keys: u64,
    /// How far clocks may be apart: a key is taken for so long after its end. Usually 10 seconds.
    pub tolerance: Duration,
    /// How often the last use of a key is written at most. Usually once a minute.
    pub used_every: Duration,
}

impl ApiKeySettings {
    /// The usual settings, for keys with this prefix.
    ///
    /// ```
    /// use freehold_tenancy::api_keys::ApiKeySettings;
    ///
    /// let settings = ApiKeySettings::prefixed("acme");
    /// assert_eq!((settings.table.table.as_str(), settings.tolerance.as_secs()), ("api_keys", 10));
    /// assert!(settings.scopes.is_empty(), "any scope may be given");
    /// ```
    pub fn prefixed(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            table: ApiKeyTable::default(),
            scopes: Vec::new(),
            remembered: Duration::from_secs(30),
            keys: 100_000,
            tolerance: Duration::from_secs(10),
            used_every: Duration::from_secs(60),
        }
    }

    pub(super) fn check(&self) -> Result<(), ApiKeyError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !(2..=7).contains(&self.prefix.len())
            || !self.prefix.starts_with(|c: char| c.is_ascii_lowercase())
            || self.prefix.ends_with('_')
            || !self.prefix.chars().all(fits)
        {
            return Err(ApiKeyError::Settings(
                "the prefix has 2 to 7 lower-case letters, digits and underscores, a letter first and no underscore last",
            ));
        }
        Ok(())
    }
}

/// The statements on the table.
pub(super) struct Statements {
    /// Tenant, hash.
    pub(super) find: Sql,
    /// Tenant, id, name, prefix, hash, scopes, rate limit, end of validity or seconds until it, the clock's reading, and
    /// by how many seconds it may be off.
    pub(super) issue: Sql,
    /// The clock's reading: by how many seconds it is off.
    pub(super) skew: Sql,
    /// Tenant, id.
    pub(super) revoke: Sql,
    /// Tenant.
    pub(super) list: Sql,
    /// Tenant, ids, ages in seconds, seconds between two writes.
    pub(super) used: Option<Sql>,
}

impl Statements {
    pub(super) fn new(names: &ApiKeyTable, tenant: &str) -> Self {
        let quoted = |name: &String| quote_identifier(name);
        let table = match &names.schema {
            Some(schema) => format!("{}.{}", quoted(schema), quoted(&names.table)),
            None => quoted(&names.table),
        };
        let tenant = quote_identifier(tenant);
        let (id, name) = (quoted(&names.id), quoted(&names.name));
        let (prefix, hash, scopes) =
            (quoted(&names.key_prefix), quoted(&names.key_hash), quoted(&names.scopes));
        let (expires, revoked) = (quoted(&names.expires_at), quoted(&names.revoked_at));
        let limit = names.rate_limit.as_ref().map_or_else(|| "NULL::integer".to_owned(), quoted);
        let limit_to =
            names.rate_limit.as_ref().map(|limit| format!(", {}", quoted(limit))).unwrap_or_default();
        let limit_from = if names.rate_limit.is_some() { ", $7::integer" } else { "" };
        let limit_is = if names.rate_limit.is_some() { "" } else { " AND $7::integer IS NULL" };
        let used = names.last_used_at.as_ref().map_or_else(|| "NULL::timestamptz".to_owned(), quoted);
        let sql = Sql::vouched;
        // What the calendar of programs can't hold is as good as for ever, or as ever past.
        let end = format!(
            "CASE WHEN {expires} < '9999-01-01' THEN greatest({expires}, timestamptz '1970-01-01 00:00:00Z') END"
        );
        let ends = "coalesce($8::timestamptz, clock_timestamp() + $9::float8 * interval '1 second')";
        Self {
            find: sql(format!(
                "SELECT {id} AS id, {name} AS name, {hash} AS hash, {scopes} AS scopes, {limit} AS rate_limit,
                        {end} AS expires_at, {revoked} IS NOT NULL AS revoked, clock_timestamp() AS asked_at
                 FROM {table} WHERE {tenant} = $1 AND {hash} = $2"
            )),
            issue: sql(format!(
                "INSERT INTO {table} ({tenant}, {id}, {name}, {prefix}, {hash}, {scopes}{limit_to}, {expires})
                 SELECT $1, $2, $3, $4, $5, $6{limit_from}, {ends}
                 WHERE ({ends} > clock_timestamp() OR {ends} IS NULL){limit_is}
                   AND ($10::timestamptz IS NULL OR abs(extract(epoch FROM clock_timestamp() - $10)) <= $11::float8)"
            )),
            skew: sql("SELECT abs(extract(epoch FROM clock_timestamp() - $1::timestamptz))::float8".to_owned()),
            revoke: sql(format!(
                "UPDATE {table} SET {revoked} = clock_timestamp() WHERE {tenant} = $1 AND {id} = $2 AND {revoked} IS NULL"
            )),
            list: sql(format!(
                "SELECT {id} AS id, {name} AS name, {prefix} AS key_prefix, {scopes} AS scopes, {limit} AS rate_limit,
                        {used} AS last_used_at, {end} AS expires_at, {revoked} AS revoked_at
                 FROM {table} WHERE {tenant} = $1 ORDER BY {id}"
            )),
            used: names.last_used_at.as_ref().map(|_| {
                // Another process may have written a moment ago; then this one does not.
                sql(format!(
                    "UPDATE {table} AS k SET {used} = clock_timestamp() - u.age * interval '1 second'
                     FROM unnest($2::uuid[], $3::float8[]) AS u (id, age)
                     WHERE k.{tenant} = $1 AND k.{id} = u.id
                       AND (k.{used} IS NULL OR k.{used} <= clock_timestamp() - (u.age + $4::float8) * interval '1 second')"
                ))
            }),
        }
    }
}
