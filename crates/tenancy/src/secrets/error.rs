//! Why a value could not be sealed or opened.

use std::{sync::Arc, time::Duration};

use super::{data_key::KeyVersion, format::Kind, key::KeyError, kms::KmsError, place::Column};
use crate::Error;

/// Why a value could not be sealed or opened. Nothing in it repeats a value, a key of a row, or a key.
///
/// ```
/// use freehold_tenancy::secrets::{Column, SecretsError};
///
/// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
/// const PHONE: Column = Column::new("users", "phone_sealed");
/// let never_sealed = keys.open_text(&PHONE.at(7_i64), b"+49 30 1234567").unwrap_err();
/// assert_eq!(never_sealed.to_string(), "the value in users.phone_sealed is not sealed");
/// let mut sealed = keys.seal_text(&PHONE.at(7_i64), "+49 30 1234567")?;
/// sealed[40] ^= 1;
/// assert!(matches!(keys.open_text(&PHONE.at(7_i64), &sealed), Err(SecretsError::Refused { .. })));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretsError {
    /// The value was never sealed, or what lies there is something else.
    #[error("the value in {column} is not sealed")]
    NotSealed {
        /// Where it was found.
        column: Column,
    },
    /// A version of the format that this program does not know: written by a newer one.
    #[error("the value in {column} has format {format}, this program reads format 1")]
    Format {
        /// Where it was found.
        column: Column,
        /// The version that it says.
        format: u8,
    },
    /// Shorter than the shortest sealed value.
    #[error("the value in {column} is cut off: it has {bytes} bytes, a sealed one has at least {least}")]
    Truncated {
        /// Where it was found.
        column: Column,
        /// As many as it has.
        bytes: usize,
        /// As many as the shortest has.
        least: usize,
    },
    /// It says to be of a kind that this program does not know.
    #[error("the value in {column} is of kind {kind}, which this program does not know")]
    KindUnknown {
        /// Where it was found.
        column: Column,
        /// The kind that it says.
        kind: u8,
    },
    /// It was sealed as something else than what it is to be opened as.
    #[error("the value in {column} was sealed as {sealed:?} and was to be opened as {asked:?}")]
    KindDiffers {
        /// Where it was found.
        column: Column,
        /// What it was sealed as.
        sealed: Kind,
        /// What it was to be opened as.
        asked: Kind,
    },
    /// The tenant has no such data key: the value belongs to another tenant, or the key was destroyed.
    #[error(
        "the value in {column} was sealed with a data key that this tenant does not have (version {}): it belongs to another tenant, or the key was destroyed",
        .key.version
    )]
    UnknownKey {
        /// Where it was found.
        column: Column,
        /// The key that it says.
        key: KeyVersion,
    },
    /// The key is there, and the value does not open: it was changed, cut off at its end, or moved here from another
    /// row, column or table.
    #[error(
        "the value in {column} does not open with data key {}: it was changed, or it belongs to another row, column or table",
        .key.version
    )]
    Refused {
        /// Where it was found.
        column: Column,
        /// The key that it says.
        key: KeyVersion,
    },
    /// The data key that sealed it could not be unwrapped.
    #[error("unwrapping data key {} of the tenant", .key.version)]
    Unwrap {
        /// The data key.
        key: KeyVersion,
        /// Why not.
        source: Arc<KmsError>,
    },
    /// A new data key could not be wrapped.
    #[error("wrapping a data key")]
    Wrap(#[source] KmsError),
    /// No new key could be made.
    #[error("making a data key")]
    Key(#[from] KeyError),
    /// It opened, and is not what its kind says, or not what was asked for. The position is within the value.
    #[error("the opened value of {column} is no {wanted} (line {line}, column {at})")]
    Content {
        /// Where it was found.
        column: Column,
        /// What it was to be.
        wanted: &'static str,
        /// Counted from 1; 0 where there is none.
        line: usize,
        /// Counted from 1; 0 where there is none.
        at: usize,
    },
    /// The value can't be written as JSON.
    #[error("the value for {column} can't be written as JSON")]
    NoJson {
        /// Where it was to go.
        column: Column,
    },
    /// An embedding with NaN or infinity in it.
    #[error("the embedding for {column} has NaN or infinity at position {at}")]
    NotFinite {
        /// Where it was to go.
        column: Column,
        /// Counted from 0.
        at: usize,
    },
    /// An embedding of another dimension.
    #[error("the embedding in {column} has {dimensions} dimensions, {wanted} were asked for")]
    Dimensions {
        /// Where it was found.
        column: Column,
        /// As many as it has.
        dimensions: usize,
        /// As many as were asked for.
        wanted: usize,
    },
    /// More bytes than are sealed.
    #[error("the value for {column} has {bytes} bytes, more than {most}")]
    TooLong {
        /// Where it was to go.
        column: Column,
        /// As many as it has.
        bytes: usize,
        /// As many as are taken.
        most: usize,
    },
    /// The key has sealed as many values in this process as a key may.
    #[error("data key {} has sealed 2^32 values in this process: rotate it", .key.version)]
    WornOut {
        /// The data key.
        key: KeyVersion,
    },
    /// Old data keys can't be destroyed: values that they sealed are still there.
    #[error(
        "{left} values in {column} are still sealed with an older key: run its rotation to the end first"
    )]
    StillNeeded {
        /// The column.
        column: Column,
        /// How many.
        left: i64,
    },
    /// Old data keys can't be destroyed yet: another process may not know of the newer one.
    #[error(
        "the newest data key is younger than {wait:?}: another process may still seal with the one before"
    )]
    TooSoon {
        /// How long keys are remembered in memory.
        wait: Duration,
    },
    /// A column, table or key that a rotation can't walk.
    #[error("the rotation of {column} can't be run: {why}")]
    Rotation {
        /// The column.
        column: Column,
        /// Why not.
        why: &'static str,
    },
    /// The table of data keys, or the table that is rotated, could not be read or written.
    #[error("{doing}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: Error,
    },
    /// The load was shared with another task, and failed for it.
    #[error("loading the tenant's data keys")]
    Load(#[source] Arc<SecretsError>),
}

impl SecretsError {
    pub(super) fn store(doing: &'static str) -> impl FnOnce(Error) -> Self {
        move |source| Self::Store { doing, source }
    }
}

/// So that it can be the error of a transaction's work.
impl From<Error> for SecretsError {
    fn from(source: Error) -> Self {
        Self::Store { doing: "running the transaction", source }
    }
}
