//! Reads functions, procedures and aggregates.

use std::sync::Arc;

use freehold_model::{
    catalog::{Function, FunctionKind, Grants, Parallel, Volatility},
    name::QualifiedName,
};

use super::rows::{Bad, Fields};

/// Takes the ids of functions, gives one row for each that a user made.
pub(super) const SQL: &str = include_str!("function.sql");

/// The function of one row.
pub(super) fn function(mut row: Fields<'_>) -> Result<Arc<Function>, Bad> {
    let mut function = Function {
        oid: row.next()?,
        name: QualifiedName { schema: row.next()?, name: row.next()? },
        identity_arguments: row.next()?,
        kind: match row.next::<&str>()? {
            "p" => FunctionKind::Procedure,
            "a" => FunctionKind::Aggregate,
            "w" => FunctionKind::Window,
            _ => FunctionKind::Function,
        },
        arguments: row.next()?,
        result: row.next()?,
        language: row.next()?,
        body: row.next()?,
        library: row.next()?,
        volatility: match row.next::<&str>()? {
            "i" => Volatility::Immutable,
            "s" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
        strict: row.next()?,
        leakproof: row.next()?,
        parallel: match row.next::<&str>()? {
            "s" => Parallel::Safe,
            "r" => Parallel::Restricted,
            _ => Parallel::Unsafe,
        },
        security_definer: row.next()?,
        config: row.next()?,
        cost: row.next()?,
        rows: row.next()?,
        support: row.next()?,
        transforms: row.next()?,
        aggregate: row.next()?,
        owner: row.next()?,
        ..Function::default()
    };
    function.grants = Grants::parse(row.next::<Vec<&str>>()?, &function.owner);
    function.comment = row.next()?;
    Ok(Arc::new(function))
}
