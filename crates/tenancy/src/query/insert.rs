//! Inserting rows.

use super::{
    QueryError, Table,
    select::{columns, read},
    source,
    statement::{Scope, Statement, tenant_of},
};
use crate::{Execute, FromRow, Row};

/// Rows to be inserted. [`insert`] begins it.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// let notes = [Note { id: 4, body: "a secret".to_owned() }];
/// let insert = query::insert(&notes);
/// assert_eq!(format!("{insert:?}"), r#"Insert { table: "notes", rows: 1, .. }"#, "never what is in them");
/// ```
pub struct Insert<'r, T> {
    rows: &'r [T],
    scope: Scope,
    skip_conflicts: bool,
}

/// Inserts rows in one statement, however many they are (at most [`MOST_WRITTEN`](super::MOST_WRITTEN)).
///
/// The tenant column takes the handle's tenant; a row that names another one is refused before anything is sent. Columns
/// that are `#[table(generated)]` are left to the server.
///
/// ```
/// # use freehold_tenancy::{FromRow, query::{self, Table}};
/// #[derive(Table)]
/// #[table(name = "notes", key(id))]
/// struct NewNote {
///     id: i64,
///     body: String,
/// }
///
/// #[derive(FromRow, Table)]
/// #[table(name = "notes", key(id))]
/// struct Note {
///     id: i64,
///     body: String,
///     #[table(generated)]
///     created_at: jiff::Timestamp,
/// }
///
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let new = [NewNote { id: 5, body: "b".into() }, NewNote { id: 4, body: "a".into() }];
/// let made: Vec<Note> = query::insert(&new).returning(&acme).await?;
/// assert_eq!(made[0].id, 5);
/// # Ok(())
/// # });
/// ```
pub fn insert<T: Table>(rows: &[T]) -> Insert<'_, T> {
    Insert { rows, scope: Scope::default(), skip_conflicts: false }
}

impl<T: Table> Insert<'_, T> {
    /// Rows whose key is there already are left as they are.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let notes = [Note { id: 1, body: "salt".to_owned() }, Note { id: 4, body: "salt".to_owned() }];
    /// assert_eq!(query::insert(&notes).skip_conflicts().run(&acme).await?, 1, "note 1 is there already");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn skip_conflicts(mut self) -> Self {
        self.skip_conflicts = true;
        self
    }

    /// Rows of any tenant, where the handle is for work across them; the struct names the tenant then.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use uuid::Uuid;
    /// # use freehold_tenancy_ground::Note;
    /// # freehold_tenancy_ground::with_acme(|db, acme| async move {
    /// let system = db.system("a first note for everybody")?;
    /// let notes = [2, 3].map(|n: u128| Note { tenant_id: Uuid::from_u128(n), id: 9, body: "Welcome".to_owned() });
    /// assert_eq!(query::insert(&notes).across_tenants().run(&system).await?, 2);
    /// let by_one = query::insert(&notes).run(&acme).await;
    /// assert!(matches!(by_one, Err(query::QueryError::OtherTenant { row: 0, .. })));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn across_tenants(mut self) -> Self {
        self.scope.across_tenants = true;
        self
    }

    /// Inserts them and gives the number of rows inserted.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let notes = [Note { id: 4, body: "salt".to_owned() }, Note { id: 5, body: "oil".to_owned() }];
    /// assert_eq!(query::insert(&notes).run(&acme).await?, 2);
    /// let again = query::insert(&notes).run(&acme).await.unwrap_err();
    /// assert!(matches!(again, query::QueryError::Run { .. }), "the key is taken: {again}");
    /// # Ok(())
    /// # });
    /// ```
    pub async fn run(self, on: &impl Execute) -> Result<u64, QueryError> {
        let Some(statement) = self.statement(on)? else { return Ok(0) };
        statement.affected::<T>(on).await
    }

    /// Inserts them and gives the rows inserted, in the order in which they were given.
    ///
    /// # Errors
    /// [`QueryError::LeftOut`] when a trigger left rows out (they are inserted or not as the trigger decided, unless a
    /// transaction around it is rolled back); otherwise as [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let notes = [Note { id: 5, body: "oil".to_owned() }, Note { id: 4, body: "salt".to_owned() }];
    /// let made: Vec<Note> = query::insert(&notes).returning(&acme).await?;
    /// assert_eq!(made, notes, "in the order in which they were given");
    /// # Ok(())
    /// # });
    /// ```
    pub async fn returning<R: Table + FromRow>(self, on: &impl Execute) -> Result<Vec<R>, QueryError> {
        let (given, skips) = (self.rows.len(), self.skip_conflicts);
        let Some(mut statement) = self.statement(on)? else { return Ok(Vec::new()) };
        statement.push(" RETURNING ").push(&columns::<R>());
        let rows = statement.rows::<T>(on).await?;
        if !skips {
            all_written::<T>(given, &rows)?;
        }
        read::<T, R>(&rows)
    }

    fn statement(&self, on: &impl Execute) -> Result<Option<Statement<'_>>, QueryError> {
        let Some(mut statement) = insertion(self.rows, self.scope, on)? else { return Ok(None) };
        if self.skip_conflicts {
            statement.push(" ON CONFLICT DO NOTHING");
        }
        Ok(Some(statement))
    }
}

/// `INSERT INTO` the table all the rows, in order; nothing where there are none.
pub(super) fn insertion<'r, T: Table>(
    rows: &'r [T],
    scope: Scope,
    on: &impl Execute,
) -> Result<Option<Statement<'r>>, QueryError> {
    let tenant = tenant_of::<T>(on, scope)?;
    source::check(rows, tenant.as_ref())?;
    if rows.is_empty() {
        return Ok(None);
    }
    let written = |name: &str| {
        let own = tenant.is_some() && name == T::TENANT;
        !own && T::COLUMNS.iter().any(|column| column.name == name && !column.generated)
    };
    let names: Vec<&str> = T::COLUMNS.iter().map(|column| column.name).filter(|name| written(name)).collect();
    let mut statement = Statement::new("INSERT INTO ");
    statement.table::<T>().push(" (");
    statement.names("", tenant.iter().map(|_| T::TENANT).chain(names.iter().copied())).push(") SELECT ");
    if let Some(tenant) = &tenant {
        source::bind_tenant(&mut statement, tenant);
        statement.push(if names.is_empty() { "" } else { ", " });
    }
    statement.names("given.", names.iter().copied()).push(" FROM ");
    source::write(&mut statement, rows, written)?;
    // The server inserts, and gives back, in the order in which the rows come to it.
    statement.push(" ORDER BY given.").name(source::AT);
    Ok(Some(statement))
}

pub(super) fn all_written<T: Table>(given: usize, rows: &[Row]) -> Result<(), QueryError> {
    if rows.len() == given {
        return Ok(());
    }
    Err(QueryError::LeftOut { table: T::NAME, given, written: rows.len() })
}

impl<T: Table> std::fmt::Debug for Insert<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Insert")
            .field("table", &T::NAME)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}
