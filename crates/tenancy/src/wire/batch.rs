//! Several statements in one round trip.

use std::panic::Location;

use crate::{
    Error, FromRow, Row, Sql, Tenant,
    execute::{Param, Sealed as _},
    telemetry::Watch,
    wire::{self, Step},
};

/// Several statements of a tenant that travel together: one implicit transaction holds them all, and one round trip
/// brings their answers. When one is refused, none has had an effect.
///
/// What one statement makes, the next ones see; only what the first ones *define* (a new table) the next ones can't name,
/// because all of them are parsed before the first one runs.
///
/// ```
/// use freehold_tenancy::Param;
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let (acme, id) = (db.tenant(&tenant), 1_i64);
/// let of_note: [Param<'_>; 1] = [&id];
/// let answers = acme
///     .batch()
///     .add("UPDATE notes SET body = 'read' WHERE id = $1", &of_note)
///     .add("SELECT count(*) FROM notes WHERE body <> 'read'", &[])
///     .send()
///     .await?;
/// assert_eq!(answers[0].affected(), 1);
/// assert_eq!(answers[1].read::<(i64,)>()?, [(2,)]);
/// # Ok(())
/// # });
/// ```
#[must_use = "nothing is sent before send()"]
pub struct Batch<'t> {
    tenant: &'t Tenant,
    steps: Vec<(Sql, &'t [Param<'t>])>,
}

/// What one statement of a [`Batch`] answered.
///
/// ```
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let acme = db.tenant(&tenant);
/// let answers = acme.batch().add("SELECT id, body FROM notes ORDER BY id", &[]).send().await?;
/// assert_eq!(answers[0].rows()[0].get::<&str>("body")?, "milk");
/// assert_eq!(answers[0].affected(), 3, "as many as it found");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct BatchAnswer {
    rows: Vec<Row>,
    affected: u64,
}

impl BatchAnswer {
    /// Its rows.
    ///
    /// ```
    /// use freehold_tenancy::{BatchAnswer, Error};
    ///
    /// fn first_body(answer: &BatchAnswer) -> Result<Option<&str>, Error> {
    ///     answer.rows().first().map(|row| row.get("body")).transpose()
    /// }
    /// ```
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many rows it changed or found.
    ///
    /// ```
    /// use freehold_tenancy::BatchAnswer;
    ///
    /// fn all_changed(answers: &[BatchAnswer]) -> u64 {
    ///     answers.iter().map(BatchAnswer::affected).sum()
    /// }
    /// ```
    pub fn affected(&self) -> u64 {
        self.affected
    }

    /// Its rows, each read as `T`.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let answers = acme.batch().add("SELECT id, body FROM notes WHERE id = 3", &[]).send().await?;
    /// assert_eq!(answers[0].read::<(i64, String)>()?, [(3, "tea".to_owned())]);
    /// assert!(answers[0].read::<(String,)>().is_err(), "a bigint is no text");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Column`] for the first row that is no `T`.
    pub fn read<T: FromRow>(&self) -> Result<Vec<T>, Error> {
        self.rows.iter().map(T::from_row).collect()
    }
}

impl<'t> Batch<'t> {
    /// So many statements can travel together.
    ///
    /// ```
    /// use freehold_tenancy::{Batch, Error};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let mut batch = acme.batch();
    /// for _ in 0..=Batch::MOST {
    ///     batch = batch.add("SELECT 1", &[]);
    /// }
    /// assert!(matches!(batch.send().await, Err(Error::Input { .. })));
    /// # Ok(())
    /// # });
    /// ```
    pub const MOST: usize = 64;

    pub(crate) fn of(tenant: &'t Tenant) -> Self {
        Self { tenant, steps: Vec::new() }
    }

    /// One more statement, with its parameters.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let batch = acme.batch().add("DELETE FROM notes", &[]).add("SELECT count(*) FROM notes", &[]);
    /// // What one makes, the next one sees.
    /// assert_eq!(batch.send().await?[1].read::<(i64,)>()?, [(0,)]);
    /// # Ok(())
    /// # });
    /// ```
    pub fn add(mut self, sql: impl Into<Sql>, params: &'t [Param<'t>]) -> Self {
        self.steps.push((sql.into(), params));
        self
    }

    /// Sends them, and gives an answer for each, in their order.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let batch = acme.batch().add("DELETE FROM notes", &[]).add("SELECT 1 / 0", &[]);
    /// assert!(batch.send().await.is_err());
    /// assert_eq!(acme.execute("SELECT FROM notes", &[]).await?, 3, "none of them has had an effect");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error`] of the first that is refused; [`Error::Input`] when they are more than [`Batch::MOST`].
    #[track_caller]
    pub fn send(self) -> impl Future<Output = Result<Vec<BatchAnswer>, Error>> + Send {
        let site = Location::caller();
        async move { self.send_from(site).await }
    }

    async fn send_from(self, site: &'static Location<'static>) -> Result<Vec<BatchAnswer>, Error> {
        if self.steps.len() > Self::MOST {
            return Err(Error::Input {
                what: "sending a batch",
                why: format!("it has {} statements, {} can travel together", self.steps.len(), Self::MOST),
            });
        }
        if self.steps.is_empty() {
            return Ok(Vec::new());
        }
        let tenant = self.tenant;
        let watches: Vec<Watch> =
            self.steps.iter().map(|(sql, params)| Watch::begin(tenant, sql, params, site)).collect();
        let tags = tenant.tags().filter(|tags| !tags.is_empty());
        let texts: Vec<Sql> =
            tags.map_or_else(Vec::new, |tags| self.steps.iter().map(|(sql, _)| tags.on(sql)).collect());
        let steps: Vec<Step<'_>> = (self.steps.iter().enumerate())
            .map(|(at, (sql, params))| Step { sql: texts.get(at).unwrap_or(sql), params })
            .collect();
        match wire::replies(&tenant.db, &tenant.context, &steps).await {
            Ok(replies) => {
                let answers = replies.into_iter().zip(watches).map(|(reply, watch)| {
                    let answer = BatchAnswer { rows: reply.rows, affected: reply.affected };
                    watch.end(Ok(answer.affected.max(answer.rows.len() as u64)));
                    answer
                });
                Ok(answers.collect())
            }
            Err(error) => {
                // Refused one, refused all: none has had an effect.
                watches.into_iter().for_each(|watch| watch.end(Err(&error)));
                Err(error)
            }
        }
    }
}

/// Texts of the statements; no values.
impl std::fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.steps.iter().map(|(sql, _)| sql.as_str())).finish()
    }
}
