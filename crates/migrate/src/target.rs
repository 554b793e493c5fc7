//! What migrations are applied to: a database, or one tenant's schema in a database.

use freehold_db::ConnectTo;
use freehold_model::name::quote_identifier;

/// Where a database keeps its history unless the project says otherwise.
pub const DEFAULT_HISTORY: (&str, &str) = ("freehold", "migrations");
/// The history table in a tenant's own schema: it goes where the schema goes.
pub const TENANT_HISTORY: &str = "freehold_migrations";

/// A database, or one tenant's schema in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// How it is called in events and summaries: the database, or the tenant's schema.
    pub name: String,
    /// The database. The role must be allowed to change it.
    pub to: ConnectTo,
    /// The tenant's schema, where tenants have schemas.
    pub tenant: Option<TenantSchema>,
    /// The history's table.
    pub history: HistoryTable,
}

/// A tenant's schema and what else unqualified names may mean there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSchema {
    /// The schema that scripts work in: first in `search_path`.
    pub schema: String,
    /// Schemas after it in `search_path`, such as `public` for extensions.
    pub shared: Vec<String>,
}

impl Target {
    /// A whole database, with its history in `freehold.migrations`.
    pub fn database(name: impl Into<String>, to: ConnectTo) -> Self {
        let (schema, table) = DEFAULT_HISTORY;
        Self { name: name.into(), to, tenant: None, history: HistoryTable::new(schema, table) }
    }

    /// A tenant's schema, with its history in `SCHEMA.freehold_migrations`.
    pub fn schema(to: ConnectTo, schema: impl Into<String>, shared: Vec<String>) -> Self {
        let schema = schema.into();
        Self {
            name: schema.clone(),
            to,
            history: HistoryTable::new(&schema, TENANT_HISTORY),
            tenant: Some(TenantSchema { schema, shared }),
        }
    }

    /// The same with another history table.
    #[must_use]
    pub fn with_history(mut self, history: HistoryTable) -> Self {
        self.history = history;
        self
    }
}

impl TenantSchema {
    /// The value of `search_path`, quoted.
    pub fn search_path(&self) -> String {
        let schemas = std::iter::once(&self.schema).chain(&self.shared);
        schemas.map(|schema| quote_identifier(schema).to_string()).collect::<Vec<_>>().join(", ")
    }
}

/// The table that holds a history.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HistoryTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
}

impl HistoryTable {
    /// A table by its two names, unquoted.
    pub fn new(schema: impl Into<String>, table: impl Into<String>) -> Self {
        Self { schema: schema.into(), table: table.into() }
    }

    /// From `schema.table` as people write it in settings; a name without a schema stands in `public`.
    pub fn parse(text: &str) -> Option<Self> {
        let (schema, table) = text.split_once('.').unwrap_or(("public", text));
        let good = |part: &str| !part.is_empty() && !part.contains(['.', '"', '\0']);
        (good(schema) && good(table)).then(|| Self::new(schema, table))
    }

    /// The name for SQL, quoted.
    pub fn quoted(&self) -> String {
        format!("{}.{}", quote_identifier(&self.schema), quote_identifier(&self.table))
    }

    /// The name for people.
    pub fn shown(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }
}
