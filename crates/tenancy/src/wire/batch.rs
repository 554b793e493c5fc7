//! Several statements in one round trip.

use crate::{
    Error, FromRow, Row, Sql, Tenant,
    execute::Param,
    wire::{self, Step},
};

/// Several statements of a tenant that travel together: one implicit transaction holds them all, and one round trip
/// brings their answers. When one is refused, none has had an effect.
///
/// What one statement makes, the next ones see; only what the first ones *define* (a new table) the next ones can't name,
/// because all of them are parsed before the first one runs.
///
/// ```no_run
/// use freehold_tenancy::{Error, Param, Tenant};
///
/// # async fn f(tenant: &Tenant, id: i64) -> Result<(), Error> {
/// let of_note: [Param<'_>; 1] = [&id];
/// let mut answers = tenant
///     .batch()
///     .add("UPDATE notes SET body = 'read' WHERE id = $1", &of_note)
///     .add("SELECT count(*) FROM notes WHERE body <> 'read'", &[])
///     .send()
///     .await?
///     .into_iter();
/// let changed = answers.next().map_or(0, |answer| answer.affected());
/// let left: Vec<(i64,)> = answers.next().map_or(Ok(Vec::new()), |answer| answer.read())?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before send()"]
pub struct Batch<'t> {
    tenant: &'t Tenant,
    steps: Vec<(Sql, &'t [Param<'t>])>,
}

/// What one statement of a [`Batch`] answered.
#[derive(Debug, Clone)]
pub struct BatchAnswer {
    rows: Vec<Row>,
    affected: u64,
}

impl BatchAnswer {
    /// Its rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many rows it changed or found.
    pub fn affected(&self) -> u64 {
        self.affected
    }

    /// Its rows, each read as `T`.
    ///
    /// # Errors
    /// [`Error::Column`] for the first row that is no `T`.
    pub fn read<T: FromRow>(&self) -> Result<Vec<T>, Error> {
        self.rows.iter().map(T::from_row).collect()
    }
}

impl<'t> Batch<'t> {
    /// So many statements can travel together.
    pub const MOST: usize = 64;

    pub(crate) fn of(tenant: &'t Tenant) -> Self {
        Self { tenant, steps: Vec::new() }
    }

    /// One more statement, with its parameters.
    pub fn add(mut self, sql: impl Into<Sql>, params: &'t [Param<'t>]) -> Self {
        self.steps.push((sql.into(), params));
        self
    }

    /// Sends them, and gives an answer for each, in their order.
    ///
    /// # Errors
    /// [`Error`] of the first that is refused; [`Error::Input`] when they are more than [`Batch::MOST`].
    pub async fn send(self) -> Result<Vec<BatchAnswer>, Error> {
        if self.steps.len() > Self::MOST {
            return Err(Error::Input {
                what: "sending a batch",
                why: format!("it has {} statements, {} can travel together", self.steps.len(), Self::MOST),
            });
        }
        if self.steps.is_empty() {
            return Ok(Vec::new());
        }
        let steps: Vec<Step<'_>> = self.steps.iter().map(|(sql, params)| Step { sql, params }).collect();
        let replies = wire::replies(&self.tenant.db, &self.tenant.context, &steps).await?;
        Ok(replies
            .into_iter()
            .map(|reply| BatchAnswer { rows: reply.rows, affected: reply.affected })
            .collect())
    }
}

/// Texts of the statements; no values.
impl std::fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.steps.iter().map(|(sql, _)| sql.as_str())).finish()
    }
}
