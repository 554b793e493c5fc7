//! Deleting all rows that meet a filter, for good or softly, and restoring them.

use std::fmt;

use super::{
    Filter, QueryError, SoftDelete, Table,
    change::Rows,
    select::{columns, read},
    statement::{Deleted, Scope, Statement},
};
use crate::{Execute, FromRow};

macro_rules! chosen {
    ($name:ident, $bound:ident, $verb:literal) => {
        impl<T: $bound> $name<T> {
            /// Only rows that meet this too.
            #[must_use]
            pub fn filter(mut self, filter: Filter<T>) -> Self {
                self.rows.filters.push(filter);
                self
            }

            /// Every row of the tenant, where no filter is given.
            #[must_use]
            pub fn all(mut self) -> Self {
                self.rows.all = true;
                self
            }

            /// Rows of all tenants, where the handle is for work across them.
            #[must_use]
            pub fn across_tenants(mut self) -> Self {
                self.rows.scope.across_tenants = true;
                self
            }

            /// Does it and gives the number of rows.
            ///
            /// # Errors
            /// [`QueryError::NoFilter`] without a filter and without `all()`; otherwise as [`QueryError`] says.
            pub async fn run(&self, on: &impl Execute) -> Result<u64, QueryError> {
                self.rows.write($verb, self.head(), on)?.affected::<T>(on).await
            }

            /// Does it and gives the rows, in no certain order.
            ///
            /// # Errors
            /// As `run`.
            pub async fn returning<R: Table + FromRow>(
                &self,
                on: &impl Execute,
            ) -> Result<Vec<R>, QueryError> {
                let mut statement = self.rows.write($verb, self.head(), on)?;
                statement.push(" RETURNING ").push(&columns::<R>());
                read::<T, R>(&statement.rows::<T>(on).await?)
            }
        }

        impl<T: $bound> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.rows.show(stringify!($name), f)
            }
        }
    };
}

/// Rows that are deleted for good. [`delete`] begins it.
pub struct Delete<T> {
    rows: Rows<T>,
}

/// Rows that are softly deleted. [`soft_delete`] begins it.
pub struct SoftDeletion<T> {
    rows: Rows<T>,
}

/// Softly deleted rows that are restored. [`restore`] begins it.
pub struct Restore<T> {
    rows: Rows<T>,
}

chosen!(Delete, Table, "deleting");
chosen!(SoftDeletion, SoftDelete, "deleting");
chosen!(Restore, SoftDelete, "restoring");

/// Deletes rows for good; softly deleted ones are left, unless [`Delete::with_deleted`] is said.
///
/// ```no_run
/// # use freehold_tenancy::{FromRow, Tenant, query::{self, QueryError, Table}};
/// # #[derive(FromRow, Table)]
/// # #[table(name = "notes", key(id), soft_delete = "deleted_at")]
/// # struct Note { id: i64, body: String }
/// # async fn f(tenant: &Tenant) -> Result<(), QueryError> {
/// query::soft_delete::<Note>().filter(Note::BODY.eq("")).run(tenant).await?;
/// query::restore::<Note>().filter(Note::ID.eq(7)).run(tenant).await?;
/// query::delete::<Note>().filter(Note::ID.in_list([1, 2, 3])).run(tenant).await?;
/// # Ok(())
/// # }
/// ```
pub fn delete<T: Table>() -> Delete<T> {
    Delete { rows: Rows::default() }
}

impl<T: Table> Delete<T> {
    /// Softly deleted rows too.
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.rows.scope.deleted = Deleted::Shown;
        self
    }

    /// Softly deleted rows alone, as when they have been kept for long enough.
    #[must_use]
    pub fn only_deleted(mut self) -> Self {
        self.rows.scope.deleted = Deleted::Only;
        self
    }

    fn head(&self) -> Statement<'static> {
        let mut head = Statement::new("DELETE FROM ");
        head.table::<T>();
        head
    }
}

/// Marks rows as deleted, now: from then on they are hidden.
pub fn soft_delete<T: SoftDelete>() -> SoftDeletion<T> {
    SoftDeletion { rows: Rows::default() }
}

impl<T: SoftDelete> SoftDeletion<T> {
    fn head(&self) -> Statement<'static> {
        marked::<T>("now()")
    }
}

/// Takes the mark from rows that were softly deleted.
pub fn restore<T: SoftDelete>() -> Restore<T> {
    Restore { rows: Rows { scope: Scope { deleted: Deleted::Only, ..Scope::default() }, ..Rows::default() } }
}

impl<T: SoftDelete> Restore<T> {
    fn head(&self) -> Statement<'static> {
        marked::<T>("NULL")
    }
}

fn marked<T: SoftDelete>(mark: &str) -> Statement<'static> {
    let mut head = Statement::new("UPDATE ");
    head.table::<T>().push(" SET ").name(T::SOFT_DELETE.unwrap_or_default()).push(" = ").push(mark);
    if let Some(version) = T::VERSION {
        head.push(", ").name(version).push(" = ").name(version).push(" + 1");
    }
    head
}
