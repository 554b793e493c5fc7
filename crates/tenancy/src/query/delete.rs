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
    ($name:ident, $bound:ident, $verb:literal, $begin:literal, $id:literal, $all:literal, $across:literal) => {
        impl<T: $bound> $name<T> {
            /// Only rows that meet this too.
            ///
            /// ```
            /// # use freehold_tenancy::query;
            /// # use freehold_tenancy_ground::PlainNote as Note;
            #[doc = concat!(" let begun = query::", $begin, "::<Note>();")]
            /// let chosen = begun.filter(Note::ID.gt(1)).filter(Note::BODY.ne(""));
            /// assert!(format!("{chosen:?}").contains(r#"filters: [Filter("id" > $1), Filter("body" <> $1)]"#));
            /// ```
            #[must_use]
            pub fn filter(mut self, filter: Filter<T>) -> Self {
                self.rows.filters.push(filter);
                self
            }

            /// Every row of the tenant, where no filter is given.
            ///
            /// ```
            /// # use freehold_tenancy::query;
            /// # use freehold_tenancy_ground::PlainNote as Note;
            /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
            /// # query::soft_delete::<Note>().filter(Note::ID.eq(2)).run(&acme).await?;
            /// // Of three notes, note 2 is softly deleted.
            #[doc = concat!(" assert_eq!(query::", $begin, "::<Note>().all().run(&acme).await?, ", $all, ");")]
            /// # Ok(())
            /// # });
            /// ```
            #[must_use]
            pub fn all(mut self) -> Self {
                self.rows.all = true;
                self
            }

            /// Rows of all tenants, where the handle is for work across them.
            ///
            /// ```
            /// # use freehold_tenancy::query;
            /// # use freehold_tenancy_ground::PlainNote as Note;
            /// # freehold_tenancy_ground::with_acme(|db, acme| async move {
            /// # query::soft_delete::<Note>().filter(Note::ID.eq(2)).run(&acme).await?;
            /// // Of three notes of one tenant and one of another, one is softly deleted.
            /// let system = db.system("a clean-up")?;
            #[doc = concat!(" let changed = query::", $begin, "::<Note>().all().across_tenants().run(&system).await?;")]
            #[doc = concat!(" assert_eq!(changed, ", $across, ");")]
            /// # Ok(())
            /// # });
            /// ```
            #[must_use]
            pub fn across_tenants(mut self) -> Self {
                self.rows.scope.across_tenants = true;
                self
            }

            /// Does it and gives the number of rows.
            ///
            /// # Errors
            /// [`QueryError::NoFilter`] without a filter and without `all()`; otherwise as [`QueryError`] says.
            ///
            /// ```
            /// # use freehold_tenancy::query::{self, QueryError};
            /// # use freehold_tenancy_ground::PlainNote as Note;
            /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
            /// # query::soft_delete::<Note>().filter(Note::ID.eq(2)).run(&acme).await?;
            /// // Note 2 is softly deleted.
            #[doc = concat!(" let chosen = query::", $begin, "::<Note>().filter(Note::ID.eq(", $id, "));")]
            /// assert_eq!(chosen.run(&acme).await?, 1);
            #[doc = concat!(" let every = query::", $begin, "::<Note>().run(&acme).await;")]
            /// assert!(matches!(every, Err(QueryError::NoFilter { table: "notes", .. })));
            /// # Ok(())
            /// # });
            /// ```
            pub async fn run(&self, on: &impl Execute) -> Result<u64, QueryError> {
                self.rows.write($verb, self.head(), on)?.affected::<T>(on).await
            }

            /// Does it and gives the rows, in no certain order.
            ///
            /// # Errors
            /// As `run`.
            ///
            /// ```
            /// # use freehold_tenancy::query;
            /// # use freehold_tenancy_ground::PlainNote as Note;
            /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
            /// # query::soft_delete::<Note>().filter(Note::ID.eq(2)).run(&acme).await?;
            /// // Note 2 is softly deleted.
            #[doc = concat!(" let chosen: Vec<Note> = query::", $begin, "::<Note>().all().returning(&acme).await?;")]
            #[doc = concat!(" assert!(chosen.iter().any(|note| note.id == ", $id, "));")]
            /// # Ok(())
            /// # });
            /// ```
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
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// query::delete::<Note>().filter(Note::BODY.eq("milk")).run(&acme).await?;
/// let kept = query::select::<Note>().with_deleted().all(&acme).await?;
/// assert_eq!(kept.len(), 2, "the note is not hidden, it is gone");
/// # Ok(())
/// # });
/// ```
pub struct Delete<T> {
    rows: Rows<T>,
}

/// Rows that are softly deleted. [`soft_delete`] begins it.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// query::soft_delete::<Note>().filter(Note::BODY.eq("milk")).run(&acme).await?;
/// assert_eq!(query::select::<Note>().all(&acme).await?.len(), 2);
/// assert_eq!(query::select::<Note>().with_deleted().all(&acme).await?.len(), 3);
/// # Ok(())
/// # });
/// ```
pub struct SoftDeletion<T> {
    rows: Rows<T>,
}

/// Softly deleted rows that are restored. [`restore`] begins it.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// query::soft_delete::<Note>().all().run(&acme).await?;
/// let restore = query::restore::<Note>().filter(Note::BODY.eq("milk"));
/// assert_eq!(restore.run(&acme).await?, 1);
/// assert_eq!(restore.run(&acme).await?, 0, "it is not deleted any more");
/// # Ok(())
/// # });
/// ```
pub struct Restore<T> {
    rows: Rows<T>,
}

chosen!(Delete, Table, "deleting", "delete", 1, 2, 3);
chosen!(SoftDeletion, SoftDelete, "deleting", "soft_delete", 1, 2, 3);
chosen!(Restore, SoftDelete, "restoring", "restore", 2, 1, 1);

/// Deletes rows for good; softly deleted ones are left, unless [`Delete::with_deleted`] is said.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// query::soft_delete::<Note>().filter(Note::BODY.eq("milk")).run(&acme).await?;
/// let deleted = query::delete::<Note>().filter(Note::ID.in_list([1, 2, 3])).run(&acme).await?;
/// assert_eq!(deleted, 2, "the milk is kept, and can be restored");
/// assert_eq!(query::restore::<Note>().filter(Note::ID.eq(1)).run(&acme).await?, 1);
/// # Ok(())
/// # });
/// ```
pub fn delete<T: Table>() -> Delete<T> {
    Delete { rows: Rows::default() }
}

impl<T: Table> Delete<T> {
    /// Softly deleted rows too.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// query::soft_delete::<Note>().filter(Note::ID.eq(1)).run(&acme).await?;
    /// assert_eq!(query::delete::<Note>().all().with_deleted().run(&acme).await?, 3);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.rows.scope.deleted = Deleted::Shown;
        self
    }

    /// Softly deleted rows alone, as when they have been kept for long enough.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// query::soft_delete::<Note>().filter(Note::ID.eq(1)).run(&acme).await?;
    /// assert_eq!(query::delete::<Note>().all().only_deleted().run(&acme).await?, 1);
    /// assert_eq!(query::select::<Note>().all(&acme).await?.len(), 2);
    /// # Ok(())
    /// # });
    /// ```
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
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// query::soft_delete::<Note>().filter(Note::ID.eq(1)).run(&acme).await?;
/// let again = query::soft_delete::<Note>().filter(Note::ID.eq(1)).run(&acme).await?;
/// assert_eq!(again, 0, "it keeps the time at which it was deleted");
/// # Ok(())
/// # });
/// ```
pub fn soft_delete<T: SoftDelete>() -> SoftDeletion<T> {
    SoftDeletion { rows: Rows::default() }
}

impl<T: SoftDelete> SoftDeletion<T> {
    fn head(&self) -> Statement<'static> {
        marked::<T>("now()")
    }
}

/// Takes the mark from rows that were softly deleted.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// query::soft_delete::<Note>().filter(Note::ID.le(2)).run(&acme).await?;
/// assert_eq!(query::restore::<Note>().all().run(&acme).await?, 2, "of three: one was never deleted");
/// # Ok(())
/// # });
/// ```
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
