//! Why somebody's rights could not be served.

use std::error::Error as StdError;

use crate::Error;

/// Why an export, an erasure or a check of consent was not made.
///
/// ```
/// use freehold_tenancy::rights::{Export, RightsError, Subject, export};
///
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// let person = Subject::person().whose("faces", "email", "ada@example.org");
/// let refused = export(&tenant.clone().snapshot().begin().await?, &Export::of(person), tokio::io::sink()).await;
/// assert!(matches!(refused, Err(RightsError::Column { column, .. }) if column == "email"));
/// let person = Subject::person().whose("faces", "external_id", "person-1");
/// let refused = export(&tenant.begin().await?, &Export::of(person), tokio::io::sink()).await;
/// assert!(matches!(refused, Err(RightsError::NoSnapshot)));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RightsError {
    /// Work across tenants has to be held to one of them first.
    #[error("serving somebody's rights without a tenant: take System::within_tenant")]
    NoTenant,
    /// The transaction sees the database change meanwhile.
    #[error("the transaction has to see one moment: begin it on a handle after snapshot()")]
    NoSnapshot,
    /// A table that was named is not there, or several have the name.
    #[error("the table {0} was named, {1}")]
    Table(String, &'static str),
    /// A column that was named is not there.
    #[error("the column {column} of {table} was named, which the table does not have")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Nothing was declared that belongs to the person.
    #[error("nothing is declared that belongs to the person: name a table and a column with Subject::whose")]
    Nothing,
    /// Tables that hold rows of the person, and of which nobody said what becomes of them.
    #[error("what becomes of rows in {} was not decided: delete, anonymise or keep them", .0.join(", "))]
    Undecided(Vec<String>),
    /// What was decided of two tables can't both be done.
    #[error("{child} is to stay and refers to {parent}, which is to be deleted: {why}")]
    Conflict {
        /// The table that is to stay.
        child: String,
        /// The table that it refers to.
        parent: String,
        /// What would happen.
        why: &'static str,
    },
    /// Rows of others refer to rows that are to be deleted. Nothing was erased.
    #[error("rows that are not the person's refer to one that is to be deleted; nothing was erased")]
    StillReferenced(#[source] Error),
    /// An encrypted value could not be opened.
    #[error("decrypting the column {column} of {table}")]
    Decrypt {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The lines could not be written.
    #[error("writing the export")]
    Write(#[from] std::io::Error),
    /// The person has not agreed, or not any more.
    #[error("there is no consent of the kind {kind}")]
    NoConsent {
        /// What was asked for.
        kind: String,
    },
    /// A statement failed.
    #[error("reading or erasing what is held about somebody")]
    Database(#[from] Error),
}
