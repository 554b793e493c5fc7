//! The table and the columns that rows go to.

use std::sync::Arc;

use postgres_types::{Kind, Type};

use super::{Ingest, IngestError};
use crate::{Error, Tenancy, Tenant, TenantId, Transaction, quote_identifier};

/// Table and columns by name, and whose rows they are.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// As it was given.
    pub(super) table: String,
    /// Quoted.
    pub(super) table_sql: String,
    pub(super) columns: Vec<String>,
    pub(super) tenant_column: String,
    pub(super) tenant: TenantId,
}

/// The types of a [`Target`]'s columns.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) table: Arc<str>,
    pub(super) names: Arc<[String]>,
    pub(super) types: Vec<Type>,
    pub(super) tenant_type: Type,
}

impl Target {
    pub(super) fn new(
        ingest: &Ingest,
        own: &[&str],
        (tenancy, tenant): (&Tenancy, TenantId),
    ) -> Result<Self, IngestError> {
        let table = ingest.table.clone();
        let columns: Vec<String> = if ingest.columns.is_empty() {
            own.iter().map(|name| (*name).to_owned()).collect()
        } else {
            ingest.columns.clone()
        };
        let parts: Vec<&str> = table.split('.').collect();
        if parts.len() > 2 {
            return Err(named("table", &table, "write name or schema.name"));
        }
        for part in &parts {
            check("table", part)?;
        }
        for column in &columns {
            check("column", column)?;
            if *column == tenancy.column {
                return Err(IngestError::TenantColumn { table, column: column.clone() });
            }
        }
        if columns.is_empty() {
            return Err(IngestError::NoColumns { table });
        }
        let table_sql =
            parts.iter().map(|part| quote_identifier(part).to_string()).collect::<Vec<_>>().join(".");
        Ok(Self { table, table_sql, columns, tenant_column: tenancy.column.clone(), tenant })
    }

    /// The columns but the tenant's, quoted.
    pub(super) fn column_list(&self) -> String {
        let quoted: Vec<String> =
            self.columns.iter().map(|name| quote_identifier(name).to_string()).collect();
        quoted.join(", ")
    }

    /// What is done, for spans and metrics.
    pub(super) fn as_text(&self) -> String {
        format!("INSERT INTO {} ({})", self.table_sql, self.column_list())
    }

    /// The tenant's column, quoted.
    pub(super) fn tenant_column(&self) -> String {
        quote_identifier(&self.tenant_column).to_string()
    }

    /// Asks the server for the types.
    pub(super) async fn columns(&self, transaction: &Transaction) -> Result<Columns, IngestError> {
        let sql = format!(
            "SELECT {}, {} FROM {} WHERE false",
            self.tenant_column(),
            self.column_list(),
            self.table_sql
        );
        let failed = |source| IngestError::Table { table: self.table.clone(), source };
        let statement = transaction.describe(&sql).await.map_err(failed)?;
        let mut types = statement.columns().iter().map(|column| column.type_().clone());
        let tenant_type = types.next().unwrap_or(Type::UNKNOWN);
        Ok(Columns {
            table: self.table.as_str().into(),
            names: self.columns.clone().into(),
            types: types.collect(),
            tenant_type,
        })
    }
}

impl Columns {
    /// Whether `unnest` gives one row for each element: it takes arrays of arrays apart to the bottom.
    pub(super) fn can_be_unnested(&self) -> bool {
        !self.types.iter().any(|ty| matches!(ty.kind(), Kind::Array(_)))
    }
}

fn named(what: &'static str, name: &str, why: &'static str) -> IngestError {
    IngestError::Name { what, name: name.to_owned(), why }
}

fn check(what: &'static str, name: &str) -> Result<(), IngestError> {
    match name.len() {
        0 => Err(named(what, name, "a name can't be empty")),
        64.. => Err(named(what, name, "a name has at most 63 bytes")),
        _ if name.contains('\0') => Err(named(what, name, "a name holds no NUL byte")),
        _ => Ok(()),
    }
}

impl Tenant {
    pub(super) fn tenancy_and_id(&self) -> Result<(&Tenancy, TenantId), Error> {
        whose(&self.context.tenancy, self.context.tenant.as_ref())
    }
}

impl Transaction {
    pub(super) fn tenancy_and_id(&self) -> Result<(&Tenancy, TenantId), Error> {
        use crate::Execute;
        whose(self.tenancy(), self.tenant_id())
    }
}

fn whose<'t>(tenancy: &'t Tenancy, tenant: Option<&TenantId>) -> Result<(&'t Tenancy, TenantId), Error> {
    let tenant = tenant.ok_or(Error::Tenant(crate::TenantIdError::Missing))?;
    Ok((tenancy, tenant.clone()))
}
