//! Many rows in one statement: one array for each column.

use std::sync::Arc;

use super::{MOST_WRITTEN, QueryError, Table, statement::Statement};
use crate::TenantId;

/// The position among the given rows, counted from 1.
pub(super) const AT: &str = "freehold_at";

/// Values that one statement binds at most, in the protocol.
const MOST_VALUES: usize = 65_000;

/// Refuses rows that can't be sent, or that belong to somebody else than the handle.
pub(super) fn check<T: Table>(rows: &[T], tenant: Option<&TenantId>) -> Result<(), QueryError> {
    if rows.len() > MOST_WRITTEN {
        let (given, most) = (rows.len(), MOST_WRITTEN);
        return Err(QueryError::TooManyGiven { table: T::NAME, what: "rows", given, most });
    }
    for (at, row) in rows.iter().enumerate() {
        if let Some((column, flaw)) = row.flaw() {
            return Err(QueryError::Value { column, flaw });
        }
        if tenant.is_some_and(|tenant| row.belongs_to(tenant) == Some(false)) {
            return Err(QueryError::OtherTenant { table: T::NAME, row: at });
        }
    }
    if tenant.is_none() && !T::COLUMNS.iter().any(|column| column.name == T::TENANT) {
        return Err(QueryError::TenantField { table: T::NAME, column: T::TENANT });
    }
    Ok(())
}

/// The rows as `given`, with the columns that `wanted` picks and their position [`AT`].
///
/// Arrays of arrays are not what `unnest` takes apart, so that rows with an array in them are listed one by one.
pub(super) fn write<'r, T: Table>(
    to: &mut Statement<'r>,
    rows: &'r [T],
    wanted: impl Fn(&str) -> bool,
) -> Result<(), QueryError> {
    let columns: Vec<_> = T::COLUMNS.iter().enumerate().filter(|(_, column)| wanted(column.name)).collect();
    let names = columns.iter().map(|(_, column)| column.name).chain([AT]);
    if !columns.is_empty() && columns.iter().all(|(_, column)| !column.array) {
        to.push("unnest(");
        for (nth, (at, column)) in columns.iter().enumerate() {
            let values = T::values(rows, *at).ok_or_else(unknown::<T>)?;
            to.push(if nth > 0 { ", " } else { "" }).bind(values).push("::").push(column.sql).push("[]");
        }
        to.push(") WITH ORDINALITY");
    } else {
        let given = rows.len() * columns.len();
        if given > MOST_VALUES {
            return Err(QueryError::TooManyGiven {
                table: T::NAME,
                what: "values",
                given,
                most: MOST_VALUES,
            });
        }
        for (nth, row) in rows.iter().enumerate() {
            to.push(if nth > 0 { ", (" } else { "(VALUES (" });
            for (at, column) in &columns {
                let value = T::value(row, *at).ok_or_else(unknown::<T>)?;
                to.bind(value).push("::").push(column.sql).push(if column.array { "[], " } else { ", " });
            }
            to.push(&format!("{}::bigint)", nth + 1));
        }
        to.push(")");
    }
    to.push(" AS given (").names("", names).push(")");
    Ok(())
}

fn unknown<T: Table>() -> QueryError {
    QueryError::Columns { table: T::NAME, why: "a column has no field" }
}

/// The tenant, with the type that a bare parameter in a `SELECT` list would not have.
pub(super) fn bind_tenant(to: &mut Statement<'_>, tenant: &TenantId) {
    let sql = tenant.kind().sql_type();
    to.bind(Arc::new(tenant.clone())).push("::").push(sql);
}
