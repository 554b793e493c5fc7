//! Changing and deleting many rows by their keys, each row with values of its own.

use super::{
    Columns, QueryError, Table, source,
    statement::{Deleted, Scope, Statement, failed, tenant_of},
};
use crate::Execute;

/// What became of rows that were to be changed or deleted.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let notes = [Note { id: 1, body: "oat milk".to_owned() }, Note { id: 99, body: "oil".to_owned() }];
/// let changed = query::update_rows(&notes, Note::BODY).run(&acme).await?;
/// assert_eq!(changed, query::Changed { rows: 1, missed: vec![1] }, "there is no note 99");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// How many were.
    pub rows: u64,
    /// Positions (from 0) of the rows that were not: there is no such row, it is softly deleted, its version is another
    /// by now, or its key was given twice.
    pub missed: Vec<usize>,
}

/// Rows to be changed. [`update_rows`] begins it.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// let notes = [Note { id: 1, body: "oat milk".to_owned() }];
/// let change = query::update_rows(&notes, Note::BODY);
/// assert_eq!(format!("{change:?}"), r#"ChangeRows { table: "notes", rows: 1, set: ["body"], .. }"#);
/// ```
pub struct ChangeRows<'r, T> {
    rows: &'r [T],
    set: Vec<&'static str>,
    scope: Scope,
}

/// Sets columns of many rows, found by their key, each to values of its own, in one statement.
///
/// Where the table has a version, a row is changed only when it still has the version of the struct, and the version is
/// counted up.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::VersionedNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let mut notes = query::select::<Note>().sort(Note::ID.asc()).limit(2).all(&acme).await?;
/// notes[0].body = "oat milk".to_owned();
/// notes[1].body = "rye bread".to_owned();
/// assert_eq!(query::update_rows(&notes, Note::BODY).run(&acme).await?.rows, 2);
/// let again = query::update_rows(&notes, Note::BODY).run(&acme).await?;
/// assert_eq!(again.missed, [0, 1], "their version is another by now");
/// # Ok(())
/// # });
/// ```
pub fn update_rows<T: Table>(rows: &[T], columns: impl Columns<T>) -> ChangeRows<'_, T> {
    ChangeRows { rows, set: columns.names(), scope: Scope::default() }
}

impl<T: Table> ChangeRows<'_, T> {
    /// Rows of any tenant, where the handle is for work across them; the struct names the tenant then.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::Note;
    /// # freehold_tenancy_ground::with_acme(|db, _acme| async move {
    /// let system = db.system("moderation")?;
    /// let mut notes = query::select::<Note>().filter(Note::ID.eq(1)).across_tenants().all(&system).await?;
    /// notes.iter_mut().for_each(|note| note.body = "removed".to_owned());
    /// let changed = query::update_rows(&notes, Note::BODY).across_tenants().run(&system).await?;
    /// assert_eq!(changed.rows, 2, "note 1 of each of two tenants");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn across_tenants(mut self) -> Self {
        self.scope.across_tenants = true;
        self
    }

    /// Softly deleted rows too.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// query::soft_delete::<Note>().filter(Note::ID.eq(1)).run(&acme).await?;
    /// let notes = [Note { id: 1, body: "oat milk".to_owned() }];
    /// assert_eq!(query::update_rows(&notes, Note::BODY).run(&acme).await?.rows, 0);
    /// assert_eq!(query::update_rows(&notes, Note::BODY).with_deleted().run(&acme).await?.rows, 1);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.scope.deleted = Deleted::Shown;
        self
    }

    /// Changes them.
    ///
    /// # Errors
    /// As [`QueryError`] says. That rows are not there is none: [`Changed::missed`] tells.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let notes = [Note { id: 1, body: "oat milk".to_owned() }, Note { id: 2, body: "rye bread".to_owned() }];
    /// assert_eq!(query::update_rows(&notes, Note::BODY).run(&acme).await?.rows, 2);
    /// let the_key = query::update_rows(&notes, Note::ID).run(&acme).await;
    /// assert!(matches!(the_key, Err(query::QueryError::Columns { .. })), "the key tells which row is meant");
    /// # Ok(())
    /// # });
    /// ```
    pub async fn run(self, on: &impl Execute) -> Result<Changed, QueryError> {
        let fixed = |name: &str| name == T::TENANT || T::KEY.contains(&name) || Some(name) == T::VERSION;
        if self.set.is_empty() || self.set.iter().any(|name| fixed(name)) {
            let why = "give columns to set, and neither the tenant nor the key nor the version among them";
            return Err(QueryError::Columns { table: T::NAME, why });
        }
        let mut statement = Statement::new("UPDATE ");
        statement.table::<T>().push(" AS kept SET ");
        for (at, name) in self.set.iter().enumerate() {
            statement.push(if at > 0 { ", " } else { "" }).name(name).push(" = given.").name(name);
        }
        if let Some(version) = T::VERSION {
            statement.push(", ").name(version).push(" = kept.").name(version).push(" + 1");
        }
        statement.push(" FROM ");
        run(statement, self.rows, &self.set, self.scope, on).await
    }
}

/// Rows to be deleted. [`delete_rows`] begins it.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// let notes = [Note { id: 1, body: String::new() }];
/// assert_eq!(format!("{:?}", query::delete_rows(&notes)), r#"DeleteRows { table: "notes", rows: 1, .. }"#);
/// ```
pub struct DeleteRows<'r, T> {
    rows: &'r [T],
    scope: Scope,
}

/// Deletes many rows for good, found by their key (and version, where the table has one), in one statement.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let done = query::select::<Note>().filter(Note::ID.le(2)).all(&acme).await?;
/// assert_eq!(query::delete_rows(&done).run(&acme).await?.rows, 2);
/// let again = query::delete_rows(&done).run(&acme).await?;
/// assert_eq!(again.missed, [0, 1], "they are gone already");
/// # Ok(())
/// # });
/// ```
pub fn delete_rows<T: Table>(rows: &[T]) -> DeleteRows<'_, T> {
    DeleteRows { rows, scope: Scope { deleted: Deleted::Shown, ..Scope::default() } }
}

impl<T: Table> DeleteRows<'_, T> {
    /// Rows of any tenant, where the handle is for work across them; the struct names the tenant then.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::Note;
    /// # freehold_tenancy_ground::with_acme(|db, _acme| async move {
    /// let system = db.system("moderation")?;
    /// let notes = query::select::<Note>().filter(Note::BODY.contains("secret")).across_tenants().all(&system).await?;
    /// assert_eq!(query::delete_rows(&notes).across_tenants().run(&system).await?.rows, 1);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn across_tenants(mut self) -> Self {
        self.scope.across_tenants = true;
        self
    }

    /// Deletes them.
    ///
    /// # Errors
    /// As [`QueryError`] says. That rows are not there is none: [`Changed::missed`] tells.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::VersionedNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let mut note = query::select::<Note>().filter(Note::ID.eq(1)).all(&acme).await?;
    /// note[0].version = 7;
    /// assert_eq!(query::delete_rows(&note).run(&acme).await?.missed, [0], "it has another version");
    /// note[0].version = 1;
    /// assert_eq!(query::delete_rows(&note).run(&acme).await?.rows, 1);
    /// # Ok(())
    /// # });
    /// ```
    pub async fn run(self, on: &impl Execute) -> Result<Changed, QueryError> {
        let mut statement = Statement::new("DELETE FROM ");
        statement.table::<T>().push(" AS kept USING ");
        run(statement, self.rows, &[], self.scope, on).await
    }
}

/// Adds the rows and the joining conditions, and runs it.
async fn run<'r, T: Table>(
    mut statement: Statement<'r>,
    rows: &'r [T],
    set: &[&'static str],
    scope: Scope,
    on: &impl Execute,
) -> Result<Changed, QueryError> {
    let tenant = tenant_of::<T>(on, scope)?;
    source::check(rows, tenant.as_ref())?;
    if rows.is_empty() {
        return Ok(Changed { rows: 0, missed: Vec::new() });
    }
    let mut matched: Vec<&'static str> = T::KEY.iter().copied().chain(T::VERSION).collect();
    if tenant.is_none() {
        matched.push(T::TENANT);
    }
    matched.retain(|name| tenant.is_none() || *name != T::TENANT);
    source::write(&mut statement, rows, |name| set.contains(&name) || matched.contains(&name))?;
    statement.push(" WHERE ");
    for (at, name) in matched.iter().enumerate() {
        statement.push(if at > 0 { " AND " } else { "" }).push("kept.").name(name);
        statement.push(" = given.").name(name);
    }
    if let Some(tenant) = tenant {
        statement.push(" AND kept.").name(T::TENANT).push(" = ");
        source::bind_tenant(&mut statement, &tenant);
    }
    if let (Some(column), Deleted::Hidden) = (T::SOFT_DELETE, scope.deleted) {
        statement.push(" AND kept.").name(column).push(" IS NULL");
    }
    statement.push(" RETURNING given.").name(source::AT);
    let mut met = vec![false; rows.len()];
    let mut count = 0;
    for row in statement.rows::<T>(on).await? {
        let at: i64 = row.get(0_usize).map_err(failed::<T>)?;
        let place = usize::try_from(at - 1).ok().and_then(|at| met.get_mut(at));
        count += u64::from(place.is_some_and(|place| !std::mem::replace(place, true)));
    }
    let missed = met.iter().enumerate().filter(|(_, met)| !**met).map(|(at, _)| at).collect();
    Ok(Changed { rows: count, missed })
}

impl<T: Table> std::fmt::Debug for ChangeRows<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("ChangeRows");
        shown.field("table", &T::NAME).field("rows", &self.rows.len()).field("set", &self.set);
        shown.finish_non_exhaustive()
    }
}

impl<T: Table> std::fmt::Debug for DeleteRows<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("DeleteRows");
        shown.field("table", &T::NAME).field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
