//! Changes of a JSONB document, checked before they are written.

mod apply;
mod shape;

use std::{fmt, sync::Arc};

use postgres_types::Json;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Column, Filter, QueryError, Table,
    change::Rows,
    raw::Raw,
    statement::{Statement, failed},
};
use crate::Execute;

pub use shape::{Shape, ShapeError};

/// Times that a change is begun anew because somebody else has changed the document meanwhile.
const ATTEMPTS: usize = 8;

/// Why a document was not changed.
///
/// ```
/// # use freehold_tenancy::query::{self, PatchError, Shape};
/// # use serde_json::json;
/// # use freehold_tenancy_ground::DataNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let shape = Shape::new();
/// let patch = query::patch(Note::DATA).filter(Note::ID.eq(99));
/// let refused = patch.merge(&acme, &shape, &json!({"rows": 20})).await;
/// assert!(matches!(refused, Err(PatchError::NoRow)));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// No row meets the filter.
    #[error("there is no such row")]
    NoRow,
    /// More than one row meets the filter.
    #[error("more than one row meets the filter: a patch is for one document")]
    SeveralRows,
    /// The list of operations is none (RFC 6902).
    #[error("this is no list of operations")]
    NoPatch,
    /// The list of operations is too long.
    #[error("the patch has {given} operations, {most} may be")]
    TooManyOperations {
        /// As many it has.
        given: usize,
        /// As many may be.
        most: usize,
    },
    /// An operation can't be done: its place is not there, or its `test` found something else.
    #[error("operation {operation} can't be done")]
    Operation {
        /// Its position, counted from 0.
        operation: usize,
    },
    /// The patch, or the document that it makes, has not the shape of the column's type.
    #[error("the document would not be what the column holds")]
    Shape(#[from] ShapeError),
    /// Somebody else changed the document each time.
    #[error("the document was changed by others {ATTEMPTS} times: try again")]
    Contended,
    /// The row is there, unchanged, and can't be written: a policy forbids it, or the document holds numbers that are
    /// no 64-bit ones and that would not come back as they were.
    #[error("the document can't be written back as it was read")]
    Unwritable,
    /// Reading or writing failed.
    #[error("patching a document")]
    Query(#[from] QueryError),
}

/// A change of one JSONB document. [`patch`] begins it.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::DataNote as Note;
/// let patch = query::patch(Note::DATA).filter(Note::ID.eq(7));
/// assert!(format!("{patch:?}").contains(r#"filters: [Filter("id" = $1)]"#));
/// ```
pub struct Patch<T, P> {
    column: Column<T, Json<P>>,
    rows: Rows<T>,
}

/// Changes one document by a merge patch (RFC 7396) or by a list of operations (RFC 6902).
///
/// The document is read, changed and held against its [`Shape`]; then it is written, if it is still the one that was
/// read: what others write meanwhile is never lost. On a handle and inside a transaction it is the same.
///
/// ```
/// use freehold_tenancy::{FromRow, query::{self, PatchError, Shape, Table}};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Serialize, Deserialize, JsonSchema)]
/// #[serde(deny_unknown_fields)]
/// struct Settings {
///     #[schemars(length(max = 40))]
///     title: String,
///     #[schemars(range(min = 1, max = 100))]
///     rows: Option<u32>,
/// }
///
/// #[derive(FromRow, Table)]
/// #[table(name = "boards", key(id))]
/// struct Board {
///     id: i64,
///     #[from_row(json)]
///     settings: Settings,
/// }
///
/// # freehold_tenancy_ground::with_ground(|ground| async move {
/// # ground.admin("CREATE TABLE boards (tenant_id uuid, id bigint, settings jsonb)").await;
/// # ground.protect(&["boards"]).await;
/// # ground.admin(r#"INSERT INTO boards SELECT id, 7, '{"title": "Plans"}' FROM tenants"#).await;
/// # let acme = ground.db().await.tenant(&freehold_tenancy_ground::tenant(1));
/// let shape = Shape::<Settings>::new(); // once, for all requests
/// let patch = query::patch(Board::SETTINGS).filter(Board::ID.eq(7));
/// let now: Settings = patch.merge(&acme, &shape, &serde_json::json!({"rows": 20})).await?;
/// assert_eq!((now.title.as_str(), now.rows), ("Plans", Some(20)));
/// let refused = patch.merge(&acme, &shape, &serde_json::json!({"rows": 200})).await;
/// assert!(matches!(refused, Err(PatchError::Shape(_))));
/// # Ok(())
/// # });
/// ```
pub fn patch<T: Table, P>(column: Column<T, Json<P>>) -> Patch<T, P> {
    Patch { column, rows: Rows::default() }
}

impl<T, P> Patch<T, P>
where
    T: Table,
    P: JsonSchema + DeserializeOwned + Serialize + fmt::Debug + Send + Sync + 'static,
{
    /// The row: a filter that one row meets.
    ///
    /// ```
    /// # use freehold_tenancy::query::{self, PatchError, Shape};
    /// # use serde_json::json;
    /// # use freehold_tenancy_ground::DataNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let shape = Shape::new();
    /// let all = query::patch(Note::DATA).filter(Note::ID.gt(0));
    /// let refused = all.merge(&acme, &shape, &json!({"rows": 20})).await;
    /// assert!(matches!(refused, Err(PatchError::SeveralRows)));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn filter(mut self, filter: Filter<T>) -> Self {
        self.rows.filters.push(filter);
        self
    }

    /// The row of any tenant, where the handle is for work across them.
    ///
    /// ```
    /// # use freehold_tenancy::query::{self, Shape};
    /// # use serde_json::json;
    /// # use freehold_tenancy_ground::DataNote as Note;
    /// # freehold_tenancy_ground::with_acme(|db, _acme| async move {
    /// let system = db.system("a setting of one document")?;
    /// let patch = query::patch(Note::DATA).filter(Note::ID.eq(3)).across_tenants();
    /// let now = patch.merge(&system, &Shape::new(), &json!({"rows": 20})).await?;
    /// assert_eq!(now["rows"], 20);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn across_tenants(mut self) -> Self {
        self.rows.scope.across_tenants = true;
        self
    }

    /// Merges a patch into the document (RFC 7396): members that are null are removed, objects are merged, anything else
    /// replaces what is there. A column that is NULL is taken for an empty document.
    ///
    /// # Errors
    /// As [`PatchError`] says. Then nothing is written.
    ///
    /// ```
    /// # use freehold_tenancy::query::{self, Shape};
    /// # use serde_json::json;
    /// # use freehold_tenancy_ground::DataNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let (shape, patch) = (Shape::new(), query::patch(Note::DATA).filter(Note::ID.eq(1)));
    /// patch.merge(&acme, &shape, &json!({"rows": 20, "width": 3})).await?;
    /// let now = patch.merge(&acme, &shape, &json!({"width": null})).await?;
    /// assert_eq!(serde_json::to_value(now)?, json!({"rows": 20}), "null removes");
    /// # Ok(())
    /// # });
    /// ```
    pub async fn merge(&self, on: &impl Execute, shape: &Shape<P>, patch: &Value) -> Result<P, PatchError> {
        shape.bounds(patch)?;
        let changed = |mut document: Value| {
            json_patch::merge(&mut document, patch);
            Ok(document)
        };
        self.run(on, shape, changed).await
    }

    /// Does operations one after the other (RFC 6902): all of them or none. A `test` that finds something else is
    /// [`PatchError::Operation`].
    ///
    /// # Errors
    /// As [`PatchError`] says. Then nothing is written.
    ///
    /// ```
    /// # use freehold_tenancy::query::{self, PatchError, Shape};
    /// # use serde_json::json;
    /// # use freehold_tenancy_ground::DataNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let (shape, patch) = (Shape::new(), query::patch(Note::DATA).filter(Note::ID.eq(1)));
    /// let now = patch.apply(&acme, &shape, &json!([{"op": "add", "path": "/rows", "value": 20}])).await?;
    /// assert_eq!(now["rows"], 20);
    /// let test = json!([{"op": "test", "path": "/rows", "value": 7}, {"op": "remove", "path": "/rows"}]);
    /// let refused = patch.apply(&acme, &shape, &test).await;
    /// assert!(matches!(refused, Err(PatchError::Operation { operation: 0 })));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn apply(&self, on: &impl Execute, shape: &Shape<P>, patch: &Value) -> Result<P, PatchError> {
        shape.bounds(patch)?;
        let operations = apply::operations(patch)?;
        self.run(on, shape, |document| apply::all(document, &operations, shape)).await
    }

    async fn run(
        &self,
        on: &impl Execute,
        shape: &Shape<P>,
        change: impl Fn(Value) -> Result<Value, PatchError> + Sync,
    ) -> Result<P, PatchError> {
        let mut before: Option<Option<Raw>> = None;
        for _ in 0..ATTEMPTS {
            let (raw, document) = self.read(on).await?;
            if before.as_ref() == Some(&raw) {
                return Err(PatchError::Unwritable);
            }
            let changed = change(document.clone().unwrap_or(Value::Null))?;
            let value = shape.check(&changed)?;
            if document.as_ref() == Some(&changed) || self.write(on, document, changed).await? {
                return Ok(value);
            }
            before = Some(raw);
        }
        Err(PatchError::Contended)
    }

    /// The document as the server sent it, and as it is read.
    async fn read(&self, on: &impl Execute) -> Result<(Option<Raw>, Option<Value>), PatchError> {
        let mut statement = Statement::new("SELECT ");
        statement.name(self.column.name()).push(" FROM ").table::<T>();
        let mut statement = self.rows.write("patching", statement, on)?;
        statement.push(" LIMIT 2");
        let rows = statement.rows::<T>(on).await?;
        let row = match rows.as_slice() {
            [] => return Err(PatchError::NoRow),
            [row] => row,
            _ => return Err(PatchError::SeveralRows),
        };
        let read = || Ok((row.get(0_usize)?, row.get(0_usize)?));
        read().map_err(|error| failed::<T>(error).into())
    }

    /// Writes the document, unless it is another by now.
    async fn write(&self, on: &impl Execute, old: Option<Value>, new: Value) -> Result<bool, PatchError> {
        let name = self.column.name();
        if let Some(flaw) = super::flaw_of_json(&new) {
            return Err(QueryError::Value { column: name, flaw }.into());
        }
        let mut statement = Statement::new("UPDATE ");
        statement.table::<T>().push(" SET ").name(name).push(" = ").bind(Arc::new(new));
        if let Some(version) = T::VERSION {
            statement.push(", ").name(version).push(" = ").name(version).push(" + 1");
        }
        let mut statement = self.rows.write("patching", statement, on)?;
        statement.condition().name(name);
        match old {
            Some(old) => statement.push(" = ").bind(Arc::new(old)),
            None => statement.push(" IS NULL"),
        };
        match statement.affected::<T>(on).await? {
            0 => Ok(false),
            _ => Ok(true),
        }
    }
}

impl<T: Table, P> fmt::Debug for Patch<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.show("Patch", f)
    }
}
