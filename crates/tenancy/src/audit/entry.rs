//! Entries of the trail, and pages of them.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde_json::Value;

use crate::{Error, FromRow, Row};

/// What was done to a row.
///
/// ```
/// # use freehold_tenancy::Execute;
/// use freehold_tenancy::audit::{self, Action, Actor, Page};
///
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// let ada = tenant.acting_as(&Actor::user("ada")?);
/// ada.execute("UPDATE notes SET body = body WHERE id = 1", &[]).await?; // changes nothing, leaves no entry
/// ada.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
/// let entries = audit::of_actor(&ada, "ada", &Page::first(10)).await?.entries;
/// assert_eq!(entries.iter().map(|entry| entry.action).collect::<Vec<_>>(), [Action::Delete]);
/// # Ok(())
/// # });
/// ```
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
///
/// ```
/// # use freehold_tenancy::Execute;
/// # use freehold_tenancy::audit::{self, Actor, Page};
/// use serde_json::json;
///
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// let ada = tenant.acting_as(&Actor::user("ada")?);
/// ada.execute("UPDATE notes SET body = 'oat milk' WHERE id = 1", &[]).await?;
/// let entry = audit::of_actor(&ada, "ada", &Page::first(1)).await?.entries.remove(0);
/// assert_eq!((entry.table.as_str(), &entry.row_key["id"]), ("notes", &json!(1)));
/// // Of a row that was changed, the columns that were.
/// assert_eq!(entry.old_values, Some(json!({ "body": "milk" })));
/// assert_eq!(entry.new_values, Some(json!({ "body": "oat milk" })));
/// # Ok(())
/// # });
/// ```
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
///
/// ```
/// use freehold_tenancy::audit::{Page, Position};
///
/// let position: Position = "1760000000000000-42".parse()?;
/// assert_ne!(Page::first(20), Page::first(20).before(position));
/// # Ok::<(), freehold_tenancy::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub(super) limit: i64,
    pub(super) before: Option<Position>,
}

impl Page {
    /// Entries of the longest page.
    ///
    /// ```
    /// use freehold_tenancy::audit::Page;
    ///
    /// assert_eq!(Page::first(u16::MAX), Page::first(Page::LONGEST));
    /// ```
    pub const LONGEST: u16 = 1000;

    /// The newest entries; at least 1, at most [`Page::LONGEST`].
    ///
    /// ```
    /// use freehold_tenancy::audit::Page;
    ///
    /// // What is out of bounds is not refused: a page has at least one entry.
    /// assert_eq!(Page::first(0), Page::first(1));
    /// ```
    pub fn first(limit: u16) -> Self {
        Self { limit: limit.clamp(1, Self::LONGEST).into(), before: None }
    }

    /// The entries that are older than the one at `position`.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::audit::{self, Actor, Page};
    /// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
    /// # let ada = tenant.acting_as(&Actor::user("ada")?);
    /// for body in ["oat milk", "soy milk"] {
    ///     ada.execute("UPDATE notes SET body = $1 WHERE id = 1", &[&body]).await?;
    /// }
    /// let newest = audit::of_actor(&ada, "ada", &Page::first(1)).await?.entries.remove(0);
    /// let older = audit::of_actor(&ada, "ada", &Page::first(1).before(newest.position)).await?;
    /// assert_eq!(older.entries[0].new_values, Some(serde_json::json!({ "body": "oat milk" })));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn before(mut self, position: Position) -> Self {
        self.before = Some(position);
        self
    }
}

/// A page of entries, the newest first.
///
/// ```
/// # use freehold_tenancy::Execute;
/// # use freehold_tenancy::audit::{self, Actor, Page};
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// # let ada = tenant.acting_as(&Actor::user("ada")?);
/// # ada.execute("UPDATE notes SET body = upper(body)", &[]).await?;
/// let page = audit::of_actor(&ada, "ada", &Page::first(2)).await?;
/// let next = page.next.ok_or("three notes were changed")?;
/// let last = audit::of_actor(&ada, "ada", &Page::first(2).before(next)).await?;
/// assert_eq!((page.entries.len(), last.entries.len(), last.next), (2, 1, None));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pages {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where the next page begins; `None` when there are no older entries.
    pub next: Option<Position>,
}
