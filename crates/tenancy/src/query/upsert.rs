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
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// let notes = [Note { id: 1, body: "oat milk".to_owned() }];
/// let upsert = query::upsert(&notes);
/// assert_eq!(format!("{upsert:?}"), r#"Upsert { table: "notes", rows: 1, on: ["id"], set: None, .. }"#);
/// ```
pub struct Upsert<'r, T> {
    rows: &'r [T],
    scope: Scope,
    unique: Vec<&'static str>,
    with_tenant: bool,
    set: Option<Vec<&'static str>>,
}

/// A row after [`Upsert::returning`].
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let notes = [Note { id: 1, body: "oat milk".to_owned() }, Note { id: 4, body: "salt".to_owned() }];
/// let now = query::upsert(&notes).returning::<Note>(&acme).await?;
/// assert_eq!((now[0].row.body.as_str(), now[0].inserted), ("oat milk", false));
/// assert!(now[1].inserted);
/// # Ok(())
/// # });
/// ```
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
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let notes = [3, 4, 5].map(|id| Note { id, body: format!("note {id}") });
/// let now = query::upsert(&notes).on(Note::ID).set(Note::BODY).returning::<Note>(&acme).await?;
/// assert_eq!(now.iter().filter(|note| note.inserted).count(), 2);
/// # Ok(())
/// # });
/// ```
pub fn upsert<T: Table>(rows: &[T]) -> Upsert<'_, T> {
    Upsert { rows, scope: Scope::default(), unique: T::KEY.to_vec(), with_tenant: true, set: None }
}

impl<T: Table> Upsert<'_, T> {
    /// The columns of the unique constraint in which a conflict is looked for, the tenant's left out: it is added.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # ground.admin("CREATE UNIQUE INDEX ON notes (tenant_id, body)").await;
    /// # let acme = ground.db().await.tenant(&freehold_tenancy_ground::tenant(1));
    /// // There is a unique index on (tenant_id, body).
    /// let moved = [Note { id: 10, body: "milk".to_owned() }];
    /// query::upsert(&moved).on(Note::BODY).set(Note::ID).run(&acme).await?;
    /// assert!(query::select::<Note>().filter(Note::ID.eq(10)).exists(&acme).await?, "note 1 has become 10");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn on(mut self, columns: impl Columns<T>) -> Self {
        (self.unique, self.with_tenant) = (columns.names(), true);
        self
    }

    /// As [`Upsert::on`], for a unique constraint without the tenant. A conflict with another tenant's row is refused
    /// by the server, which tells that there is such a row: prefer constraints that begin with the tenant.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # ground.admin("CREATE UNIQUE INDEX ON notes (body)").await;
    /// # let acme = ground.db().await.tenant(&freehold_tenancy_ground::tenant(1));
    /// // There is a unique index on (body).
    /// let upsert = |body: &str| [Note { id: 10, body: body.to_owned() }];
    /// let own = query::upsert(&upsert("milk")).on_without_tenant(Note::BODY).set(Note::ID).run(&acme).await?;
    /// assert_eq!(own, 1);
    /// let others = upsert("a secret of tenant 2");
    /// let refused = query::upsert(&others).on_without_tenant(Note::BODY).set(Note::ID).run(&acme).await;
    /// assert!(refused.is_err());
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn on_without_tenant(mut self, columns: impl Columns<T>) -> Self {
        (self.unique, self.with_tenant) = (columns.names(), false);
        self
    }

    /// What is set in rows that are there.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::TopicNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let note = [Note { id: 1, topic: Some("larder".to_owned()) }];
    /// query::upsert(&note).set(Note::TOPIC).run(&acme).await?;
    /// let the_key = query::upsert(&note).set(Note::ID).run(&acme).await;
    /// assert!(matches!(the_key, Err(query::QueryError::Columns { .. })));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn set(mut self, columns: impl Columns<T>) -> Self {
        self.set = Some(columns.names());
        self
    }

    /// Rows of any tenant, where the handle is for work across them; the struct names the tenant then.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use uuid::Uuid;
    /// # use freehold_tenancy_ground::Note;
    /// # freehold_tenancy_ground::with_acme(|db, _acme| async move {
    /// let system = db.system("a first note for everybody")?;
    /// let notes = [1, 2, 3].map(|n| Note { tenant_id: Uuid::from_u128(n), id: 1, body: "Welcome".to_owned() });
    /// let now = query::upsert(&notes).across_tenants().returning::<Note>(&system).await?;
    /// assert_eq!(now.iter().filter(|note| note.inserted).count(), 1, "two tenants had a note 1");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn across_tenants(mut self) -> Self {
        self.scope.across_tenants = true;
        self
    }

    /// Inserts or changes them and gives the number of rows.
    ///
    /// # Errors
    /// [`QueryError::SameKeyTwice`], otherwise as [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let note = |body: &str| Note { id: 4, body: body.to_owned() };
    /// assert_eq!(query::upsert(&[note("salt")]).run(&acme).await?, 1);
    /// let twice = query::upsert(&[note("salt"), note("oil")]).run(&acme).await;
    /// assert!(matches!(twice, Err(query::QueryError::SameKeyTwice { table: "notes" })));
    /// # Ok(())
    /// # });
    /// ```
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
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let notes = [Note { id: 4, body: "salt".to_owned() }, Note { id: 1, body: "oat milk".to_owned() }];
    /// let now = query::upsert(&notes).returning::<Note>(&acme).await?;
    /// let inserted: Vec<bool> = now.iter().map(|note| note.inserted).collect();
    /// assert_eq!(inserted, [true, false], "in the order in which they were given");
    /// # Ok(())
    /// # });
    /// ```
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
