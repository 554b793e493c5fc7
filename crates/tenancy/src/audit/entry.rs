//! Entries of the trail, and pages of them.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde_json::Value;

use crate::{Error, FromRow, Row};

/// What was done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It was made.
    Insert,
    /// It was changed.
    Update,
    /// It was removed.
    Delete,
}

/// One change of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When the transaction began, and which of its changes it is.
    pub position: Position,
    /// When the transaction began that made the change.
    pub at: Timestamp,
    /// The table: `faces`, or `schema.faces` where it is not in `public`.
    pub table: String,
    /// The primary key of the row as it was before: an object from column to value.
    pub row_key: Value,
    /// What was done.
    pub action: Action,
    /// What the changed columns held before; `None` for INSERT and after erasure.
    pub old_values: Option<Value>,
    /// What they hold since; `None` for DELETE and after erasure.
    pub new_values: Option<Value>,
    /// The person, key or job behind it.
    pub acting_user: Option<String>,
    /// The request within which it was done.
    pub request: Option<String>,
    /// Where that came from.
    pub ip: Option<String>,
    /// The role that was logged in.
    pub acting_role: String,
    /// When the values were erased.
    pub erased_at: Option<Timestamp>,
}

pub(super) const COLUMNS: &str = "at, id, table_name, row_key, action, old_values, new_values, acting_user, request, \
     host(ip) AS ip, acting_role, erased_at";

impl FromRow for Entry {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let at: Timestamp = row.get("at")?;
        let action: String = row.get("action")?;
        Ok(Self {
            position: Position { at, id: row.get("id")? },
            at,
            table: row.get("table_name")?,
            row_key: row.get("row_key")?,
            action: match action.as_str() {
                "INSERT" => Action::Insert,
                "UPDATE" => Action::Update,
                "DELETE" => Action::Delete,
                _ => {
                    let source = "neither INSERT nor UPDATE nor DELETE".into();
                    return Err(Error::Column { column: "action".to_owned(), source });
                }
            },
            old_values: row.get("old_values")?,
            new_values: row.get("new_values")?,
            acting_user: row.get("acting_user")?,
            request: row.get("request")?,
            ip: row.get("ip")?,
            acting_role: row.get("acting_role")?,
            erased_at: row.get("erased_at")?,
        })
    }
}

/// Where an entry stands in the trail of its tenant. As text it may stand in a URL; it gives access to nothing.
///
/// ```
/// use freehold_tenancy::audit::Position;
///
/// let position: Position = "1760000000000000-42".parse()?;
/// assert_eq!(position.to_string(), "1760000000000000-42");
/// assert!("1760000000000000".parse::<Position>().is_err());
/// # Ok::<(), freehold_tenancy::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    pub(super) at: Timestamp,
    pub(super) id: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at.as_microsecond(), self.id)
    }
}

impl FromStr for Position {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let read = || {
            let (at, id) = text.split_once('-')?;
            let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
            Some(Self { at, id: id.parse().ok()? })
        };
        read().ok_or_else(|| Error::Input {
            what: "reading a position in the audit trail",
            why: "it is written as two numbers with a dash between them".to_owned(),
        })
    }
}

/// Which entries are wanted: the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub(super) limit: i64,
    pub(super) before: Option<Position>,
}

impl Page {
    /// Entries of the longest page.
    pub const LONGEST: u16 = 1000;

    /// The newest entries; at least 1, at most [`Page::LONGEST`].
    pub fn first(limit: u16) -> Self {
        Self { limit: limit.clamp(1, Self::LONGEST).into(), before: None }
    }

    /// The entries that are older than the one at `position`.
    #[must_use]
    pub fn before(mut self, position: Position) -> Self {
        self.before = Some(position);
        self
    }
}

/// A page of entries, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Pages {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where the next page begins; `None` when there are no older entries.
    pub next: Option<Position>,
}
