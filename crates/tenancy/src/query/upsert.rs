//! Inserting rows, or changing those that are there.

use super::{
    Columns, QueryError, Table,
    insert::{all_written, insertion},
    select::columns,
    statement::{Scope, Statement, failed},
};
use crate::{Execute, FromRow, SqlState};

/// Whether the row was inserted.
const INSERTED: &str = "freehold_inserted";

/// Rows to be inserted, or changed where they are. [`upsert`] begins it.
pub struct Upsert<'r, T> {
    rows: &'r [T],
    scope: Scope,
    unique: Vec<&'static str>,
    with_tenant: bool,
    set: Option<Vec<&'static str>>,
}

/// A row after [`Upsert::returning`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upserted<R> {
    /// As it is now.
    pub row: R,
    /// Whether it was inserted; otherwise it was there and was changed.
    pub inserted: bool,
}

/// Inserts rows; where one with the same key is there, changes it instead (`ON CONFLICT … DO UPDATE`).
///
/// Without [`Upsert::on`] the key is the struct's; without [`Upsert::set`] all columns that are written are set, those
/// of the key excepted. A softly deleted row stays deleted. A version is counted up.
///
/// ```no_run
/// # use freehold_tenancy::{FromRow, Tenant, query::{self, QueryError, Table}};
/// # #[derive(Clone, FromRow, Table)]
/// # #[table(name = "notes", key(id))]
/// # struct Note { id: i64, body: String, pinned: bool }
/// # async fn f(tenant: &Tenant, notes: &[Note]) -> Result<(), QueryError> {
/// let now = query::upsert(notes).on(Note::ID).set(Note::BODY).returning::<Note>(tenant).await?;
/// println!("{} new", now.iter().filter(|note| note.inserted).count());
/// # Ok(())
/// # }
/// ```
pub fn upsert<T: Table>(rows: &[T]) -> Upsert<'_, T> {
    Upsert { rows, scope: Scope::default(), unique: T::KEY.to_vec(), with_tenant: true, set: None }
}

impl<T: Table> Upsert<'_, T> {
    /// The columns of the unique constraint in which a conflict is looked for, the tenant's left out: it is added.
    #[must_use]
    pub fn on(mut self, columns: impl Columns<T>) -> Self {
        (self.unique, self.with_tenant) = (columns.names(), true);
        self
    }

    /// As [`Upsert::on`], for a unique constraint without the tenant. A conflict with another tenant's row is refused
    /// by the server, which tells that there is such a row: prefer constraints that begin with the tenant.
    #[must_use]
    pub fn on_without_tenant(mut self, columns: impl Columns<T>) -> Self {
        (self.unique, self.with_tenant) = (columns.names(), false);
        self
    }

    /// What is set in rows that are there.
    #[must_use]
    pub fn set(mut self, columns: impl Columns<T>) -> Self {
        self.set = Some(columns.names());
        self
    }

    /// Rows of any tenant, where the handle is for work across them; the struct names the tenant then.
    #[must_use]
    pub fn across_tenants(mut self) -> Self {
        self.scope.across_tenants = true;
        self
    }

    /// Inserts or changes them and gives the number of rows.
    ///
    /// # Errors
    /// [`QueryError::SameKeyTwice`], otherwise as [`QueryError`] says.
    pub async fn run(self, on: &impl Execute) -> Result<u64, QueryError> {
        let Some(statement) = self.statement(on)? else { return Ok(0) };
        statement.affected::<T>(on).await.map_err(same_key_twice::<T>)
    }

    /// Inserts or changes them and gives them back in the order in which they were given, each with whether it was
    /// inserted. A partitioned table can't tell that: the server refuses (`0A000`); [`Upsert::run`] works there.
    ///
    /// # Errors
    /// [`QueryError::SameKeyTwice`], [`QueryError::LeftOut`] when a trigger left rows out, otherwise as [`QueryError`]
    /// says.
    pub async fn returning<R: Table + FromRow>(
        self,
        on: &impl Execute,
    ) -> Result<Vec<Upserted<R>>, QueryError> {
        let Some(mut statement) = self.statement(on)? else { return Ok(Vec::new()) };
        // A row that was inserted by this statement has nobody who locked it; one that was changed has this one.
        statement.push(" RETURNING ").push(&columns::<R>()).push(", (xmax = 0) AS ").name(INSERTED);
        let rows = statement.rows::<T>(on).await.map_err(same_key_twice::<T>)?;
        all_written::<T>(self.rows.len(), &rows)?;
        rows.iter()
            .map(|row| Ok(Upserted { row: R::from_row(row)?, inserted: row.get(INSERTED)? }))
            .collect::<Result<_, _>>()
            .map_err(failed::<T>)
    }

    fn statement(&self, on: &impl Execute) -> Result<Option<Statement<'_>>, QueryError> {
        if self.unique.is_empty() {
            return Err(QueryError::Columns { table: T::NAME, why: "no column to look for a conflict in" });
        }
        let fixed = |name: &str| name == T::TENANT || self.unique.contains(&name);
        let set: Vec<&str> = match &self.set {
            Some(set) => set.clone(),
            None => T::COLUMNS
                .iter()
                .filter(|column| !column.generated && !T::KEY.contains(&column.name))
                .map(|column| column.name)
                .filter(|name| !fixed(name))
                .collect(),
        };
        if set.iter().any(|name| fixed(name)) {
            let why = "the tenant and the columns in which conflicts are looked for can't be set";
            return Err(QueryError::Columns { table: T::NAME, why });
        }
        let set: Vec<&str> = set.into_iter().filter(|name| Some(*name) != T::VERSION).collect();
        if set.is_empty() {
            return Err(QueryError::Columns {
                table: T::NAME,
                why: "nothing to set: insert with skip_conflicts",
            });
        }
        let Some(mut statement) = insertion(self.rows, self.scope, on)? else { return Ok(None) };
        let tenant = self.with_tenant.then_some(T::TENANT);
        let unique = self.unique.iter().copied().filter(|name| Some(*name) != tenant);
        statement.push(" ON CONFLICT (").names("", tenant.into_iter().chain(unique)).push(") DO UPDATE SET ");
        for (at, name) in set.iter().enumerate() {
            statement.push(if at > 0 { ", " } else { "" }).name(name).push(" = EXCLUDED.").name(name);
        }
        if let Some(version) = T::VERSION {
            statement.push(", ").name(version).push(" = ").name(T::NAME).push(".").name(version).push(" + 1");
        }
        Ok(Some(statement))
    }
}

fn same_key_twice<T: Table>(error: QueryError) -> QueryError {
    match &error {
        QueryError::Run { source, .. } if source.sqlstate() == SqlState::parse("21000") => {
            QueryError::SameKeyTwice { table: T::NAME }
        }
        _ => error,
    }
}

impl<T: Table> std::fmt::Debug for Upsert<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upsert")
            .field("table", &T::NAME)
            .field("rows", &self.rows.len())
            .field("on", &self.unique)
            .field("set", &self.set)
            .finish_non_exhaustive()
    }
}
