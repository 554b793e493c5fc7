//! How a transaction is begun.

use crate::context::Context;

/// How much of other transactions a transaction sees.
///
/// ```
/// use freehold_tenancy::{Execute, Isolation, TransactionOptions};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let options = TransactionOptions::default().isolation(Isolation::RepeatableRead);
/// let tx = db.tenant(&tenant).begin_with(options).await?;
/// assert_eq!(tx.query_value::<String>("SHOW transaction_isolation", &[]).await?, "repeatable read");
/// tx.rollback().await?;
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    #[default]
    ReadCommitted,
    /// All statements see what was committed before the first.
    RepeatableRead,
    /// As if there were no other transactions; some fail with a serialisation failure and have to be begun again, which
    /// [`Tenant::transaction_with`](crate::Tenant::transaction_with) does.
    Serializable,
}

/// How a transaction is begun; `default()` is READ COMMITTED.
///
/// ```
/// use freehold_tenancy::{Error, Execute, Isolation, TransactionOptions};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let acme = db.tenant(&tenant);
/// let options = TransactionOptions::default().isolation(Isolation::Serializable);
/// let left = acme
///     .transaction_with(options, |tx| async move {
///         let taken: i64 = tx.query_value("SELECT count(*) FROM notes WHERE body <> ''", &[]).await?;
///         tx.execute("UPDATE notes SET body = '' WHERE id = 1", &[]).await?;
///         Ok::<_, Error>(taken - 1)
///     })
///     .await?;
/// assert_eq!(left, 2);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[must_use]
pub struct TransactionOptions {
    isolation: Isolation,
    read_only: bool,
    deferrable: bool,
}

impl TransactionOptions {
    /// How much of other transactions it sees.
    ///
    /// ```
    /// use freehold_tenancy::{Isolation, TransactionOptions};
    ///
    /// let options = TransactionOptions::default();
    /// assert_eq!(options.isolation(Isolation::ReadCommitted), options);
    /// assert_ne!(options.isolation(Isolation::Serializable), options);
    /// ```
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// Nothing may be written. Unlike with [`Tenant::read_only`](crate::Tenant::read_only), the primary answers.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, TransactionOptions};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let tx = db.tenant(&tenant).begin_with(TransactionOptions::default().read_only()).await?;
    /// assert_eq!(tx.query_value::<String>("SHOW transaction_read_only", &[]).await?, "on");
    /// tx.rollback().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// A serialisable transaction that only reads waits at its beginning until nothing can make it fail; it is made
    /// serialisable and read-only by this.
    ///
    /// ```
    /// use freehold_tenancy::{Isolation, TransactionOptions};
    ///
    /// let options = TransactionOptions::default();
    /// // It says the other two as well.
    /// assert_eq!(options.isolation(Isolation::Serializable).read_only().deferrable(), options.deferrable());
    /// ```
    pub fn deferrable(mut self) -> Self {
        self.isolation = Isolation::Serializable;
        self.read_only = true;
        self.deferrable = true;
        self
    }

    /// The statement that begins it.
    pub(super) fn begin(self, context: &Context) -> &'static str {
        let isolation = match self.isolation {
            Isolation::ReadCommitted if context.snapshot => Isolation::RepeatableRead,
            other => other,
        };
        match (isolation, self.read_only || context.read_only, self.deferrable) {
            (_, _, true) => "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE",
            (Isolation::ReadCommitted, false, _) => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            (Isolation::ReadCommitted, true, _) => "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
            (Isolation::RepeatableRead, false, _) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE",
            (Isolation::RepeatableRead, true, _) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            (Isolation::Serializable, false, _) => "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
            (Isolation::Serializable, true, _) => "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY",
        }
    }
}
