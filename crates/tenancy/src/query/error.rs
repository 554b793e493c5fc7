//! What can be wrong with a statement that depends on the request.

use super::CursorError;
use crate::Error;

/// What is wrong with a value before it is sent. Never the value itself.
///
/// ```
/// use freehold_tenancy::query::{Flaw, SqlType};
///
/// let flaw = "milk\0".to_owned().flaw();
/// assert_eq!(flaw, Some(Flaw::Nul));
/// assert_eq!(Flaw::Nul.to_string(), "it holds a NUL byte");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// A NUL byte, which no text of PostgreSQL's can hold.
    #[error("it holds a NUL byte")]
    Nul,
    /// More bytes of JSON than [`LARGEST_JSON`](super::LARGEST_JSON).
    #[error("it has more than {most} bytes of JSON")]
    TooLarge {
        /// As many may be.
        most: usize,
    },
    /// It can't be written as JSON, such as a map with keys that are no text.
    #[error("it can't be written as JSON")]
    NoJson,
    /// A pattern that ends in a lone backslash.
    #[error("the pattern ends with a backslash that escapes nothing")]
    Pattern,
    /// More elements than [`LONGEST_LIST`](super::LONGEST_LIST).
    #[error("the list has {given} elements, {most} may be")]
    TooMany {
        /// As many were given.
        given: usize,
        /// As many may be.
        most: usize,
    },
}

/// Why a statement of the builder was not run, or failed.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// use freehold_tenancy::query::QueryError;
///
/// let refused = query::select::<Note>().limit(0).all(&acme).await.unwrap_err();
/// assert!(matches!(refused, QueryError::Limit { given: 0, most: 10_000 }));
/// assert_eq!(refused.to_string(), "0 rows were asked for: ask for 1 to 10000");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Running the statement failed.
    #[error("asking {table}")]
    Run {
        /// The table.
        table: &'static str,
        /// Why.
        source: Error,
    },
    /// The handle is for work across tenants, and the statement was not told so.
    #[error("asking {table} across tenants: say across_tenants() if that is meant")]
    NoTenant {
        /// The table.
        table: &'static str,
    },
    /// A row names another tenant than the handle's, or none where the handle has none.
    #[error("row {row} of {table} belongs to another tenant than the handle")]
    OtherTenant {
        /// The table.
        table: &'static str,
        /// Its position, counted from 0.
        row: usize,
    },
    /// Across tenants, rows are only written by structs with a field for the tenant.
    #[error("writing {table} across tenants: its struct has no field for {column}")]
    TenantField {
        /// The table.
        table: &'static str,
        /// The tenant column.
        column: &'static str,
    },
    /// A value that can't be sent.
    #[error("the value for {column}: {flaw}")]
    Value {
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// A limit or a page size of 0, or a huge one.
    #[error("{given} rows were asked for: ask for 1 to {most}")]
    Limit {
        /// As many were asked for.
        given: u32,
        /// As many may be.
        most: u32,
    },
    /// More rows than one statement gives, where no limit was set.
    #[error("{table} has more than {most} such rows: set a limit, or ask for pages")]
    TooManyRows {
        /// The table.
        table: &'static str,
        /// As many may be.
        most: u32,
    },
    /// More rows or values than one statement takes.
    #[error("{given} {what} were given for one statement on {table}: {most} may be")]
    TooManyGiven {
        /// The table.
        table: &'static str,
        /// What there are too many of.
        what: &'static str,
        /// As many were given.
        given: usize,
        /// As many may be.
        most: usize,
    },
    /// Conditions nested deeper than [`DEEPEST_FILTER`](super::DEEPEST_FILTER).
    #[error("the filter on {table} is nested too deeply")]
    TooDeep {
        /// The table.
        table: &'static str,
    },
    /// A change of all rows that was not asked for.
    #[error("{verb} every row of {table}: give a filter, or say all()")]
    NoFilter {
        /// The table.
        table: &'static str,
        /// Such as `deleting`.
        verb: &'static str,
    },
    /// Nothing to set, no column to look for conflicts in, or a column that the statement can't set.
    #[error("writing {table}: {why}")]
    Columns {
        /// The table.
        table: &'static str,
        /// What is wrong.
        why: &'static str,
    },
    /// Two of the given rows have the same key.
    #[error("two of the rows for {table} have the same key")]
    SameKeyTwice {
        /// The table.
        table: &'static str,
    },
    /// The server wrote fewer rows than it was given: a trigger left some out.
    #[error(
        "{table} took {written} of {given} rows: a trigger left some out, so that their order can't be told"
    )]
    LeftOut {
        /// The table.
        table: &'static str,
        /// As many were given.
        given: usize,
        /// As many were written.
        written: usize,
    },
    /// A cursor that can't be used here.
    #[error("the cursor can't be used")]
    Cursor(#[from] CursorError),
}

impl QueryError {
    /// Whether what the caller sent is at fault, so that an HTTP service answers with 400 rather than 500.
    ///
    /// ```
    /// use freehold_tenancy::query::{CursorError, QueryError};
    ///
    /// assert!(QueryError::from(CursorError::Expired).is_callers_fault());
    /// assert!(QueryError::Limit { given: 0, most: 1_000 }.is_callers_fault());
    /// assert!(!QueryError::NoFilter { table: "notes", verb: "deleting" }.is_callers_fault(), "the program's");
    /// ```
    pub fn is_callers_fault(&self) -> bool {
        match self {
            Self::Value { .. } | Self::Limit { .. } | Self::TooDeep { .. } | Self::Cursor(_) => true,
            Self::TooManyGiven { .. } | Self::SameKeyTwice { .. } => true,
            Self::Run { source, .. } => matches!(source, Error::Tenant(_) | Error::Input { .. }),
            _ => false,
        }
    }
}
