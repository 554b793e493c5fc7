//! Bringing a column of sealed values under the tenant's newest keys, in batches, while it is in use.

mod progress;
mod statements;

use std::{borrow::Cow, time::Duration};

use super::{
    blind::BlindIndex,
    data_key::{Resealed, TenantKeys},
    error::SecretsError,
    format::{KEY_BYTES, Kind, key_bytes},
    place::{Column, RowKey},
    vault::Vault,
};
use crate::{Execute, Param, Row, Tenant, Transaction};

pub use progress::Progress;
use statements::Statements;

/// Brings a column of sealed values under the tenant's newest data key, and its blind index under the newest index key.
///
/// Each batch is one transaction, which also writes how far it came; whatever happens to the process, the next
/// [`Rotation::step`] goes on from there. Rows are not locked while their values are sealed anew: a value that a writer
/// changed in between stays as the writer left it. Values under either key are readable all the time. A pass over the
/// table is followed by another until nothing is left under an older key, so it also catches writers that had not yet
/// heard of the new one.
///
/// ```
/// use freehold_tenancy::secrets::{BlindIndex, Column, Rotation, SecretsError};
///
/// const EMAIL: Column = Column::new("users", "email_sealed");
///
/// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
/// let rotation = Rotation::new(EMAIL, ["id"])
///     .indexed("email_index", BlindIndex::new(EMAIL).normalised(BlindIndex::folded));
/// vault.rotate_data_key(&tenant).await?;
/// let progress = rotation
///     .run(&vault, &one, |progress| println!("{} of {}", progress.resealed, progress.expected))
///     .await?;
/// assert!(progress.finished && progress.unreadable_count == 0);
/// // The older key can go when all columns are through, and not within `VaultSettings::remembered`.
/// let refused = vault.destroy_older_keys(&tenant, &[&rotation]).await;
/// assert!(matches!(refused, Err(SecretsError::TooSoon { .. })));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct Rotation {
    column: Column,
    keys: Vec<Cow<'static, str>>,
    index: Option<(Cow<'static, str>, BlindIndex)>,
    formerly: Option<Column>,
    batch: u16,
    pause: Duration,
}

impl Rotation {
    /// Of a column, whose rows are named by `keys`: the columns that make up the [`RowKey`], in its order, without the
    /// tenant's. They are uuids, integers or texts.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Column, Rotation, SecretsError};
    ///
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// const EMAIL: Column = Column::new("users", "email_sealed");
    /// assert!(Rotation::new(EMAIL, ["id"]).step(&vault, &one).await?.finished, "all values are under the newest key");
    /// let refused = Rotation::new(EMAIL, ["number"]).step(&vault, &one).await;
    /// assert!(matches!(refused, Err(SecretsError::Rotation { .. })));
    /// # Ok(())
    /// # });
    /// ```
    pub fn new<K: Into<Cow<'static, str>>>(column: Column, keys: impl IntoIterator<Item = K>) -> Self {
        Self {
            column,
            keys: keys.into_iter().map(Into::into).collect(),
            index: None,
            formerly: None,
            batch: 500,
            pause: Duration::ZERO,
        }
    }

    /// The column that the value's blind index is stored in; rows that lack one get it.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{BlindIndex, Column, Rotation};
    ///
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// const EMAIL: Column = Column::new("users", "email_sealed");
    /// let index = BlindIndex::new(EMAIL).normalised(BlindIndex::folded);
    /// vault.rotate_index_key(&tenant).await?;
    /// let rotation = Rotation::new(EMAIL, ["id"]).indexed("email_index", index);
    /// assert_eq!(rotation.run(&vault, &one, |_| ()).await?.resealed, 3);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn indexed(mut self, column: impl Into<Cow<'static, str>>, index: BlindIndex) -> Self {
        self.index = Some((column.into(), index));
        self
    }

    /// What the table and column were called when the values were sealed, if they were renamed since.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// use freehold_tenancy::secrets::{Column, Rotation};
    ///
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// const NOW: Column = Column::new("users", "email_sealed");
    /// // What the table was called when the first address was sealed.
    /// const THEN: Column = Column::new("members", "email_sealed");
    /// # let sealed = vault.keys(&tenant).await?.seal_text(&THEN.at(1_i64), "ada@example.org")?;
    /// # one.execute("UPDATE users SET email_sealed = $1 WHERE id = 1", &[&sealed]).await?;
    /// vault.rotate_data_key(&tenant).await?;
    /// let rotation = Rotation::new(NOW, ["id"]);
    /// assert_eq!(rotation.run(&vault, &one, |_| ()).await?.unreadable_count, 1);
    /// assert_eq!(rotation.formerly(THEN).run(&vault, &one, |_| ()).await?.unreadable_count, 0);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn formerly(mut self, column: Column) -> Self {
        self.formerly = Some(column);
        self
    }

    /// Rows of one batch. Usually 500.
    ///
    /// ```
    /// # use freehold_tenancy::secrets::{Column, Rotation};
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// # const EMAIL: Column = Column::new("users", "email_sealed");
    /// vault.rotate_data_key(&tenant).await?;
    /// let progress = Rotation::new(EMAIL, ["id"]).batch(2).step(&vault, &one).await?;
    /// assert_eq!((progress.resealed, progress.expected, progress.finished), (2, 3, false));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn batch(mut self, rows: u16) -> Self {
        self.batch = rows.max(1);
        self
    }

    /// How long [`Rotation::run`] waits between batches. Usually not at all.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::secrets::{Column, Rotation};
    ///
    /// // At most 1,000 rows a second, whatever the table's size.
    /// let gentle = Rotation::new(Column::new("users", "email_sealed"), ["id"])
    ///     .batch(100)
    ///     .pause(Duration::from_millis(100));
    /// ```
    #[must_use]
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// The column.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Column, Rotation};
    ///
    /// let rotation = Rotation::new(Column::new("users", "email_sealed"), ["id"]);
    /// assert_eq!(rotation.column().to_string(), "users.email_sealed");
    /// ```
    pub fn column(&self) -> &Column {
        &self.column
    }

    pub(super) fn is_indexed(&self) -> bool {
        self.index.is_some()
    }

    /// Does batch after batch until nothing is left, and tells of each.
    ///
    /// ```
    /// # use freehold_tenancy::secrets::{Column, Rotation};
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// # const EMAIL: Column = Column::new("users", "email_sealed");
    /// vault.rotate_data_key(&tenant).await?;
    /// let mut told = Vec::new();
    /// let rotation = Rotation::new(EMAIL, ["id"]).batch(2);
    /// rotation.run(&vault, &one, |progress| told.push(progress.resealed)).await?;
    /// assert_eq!(told, [2, 3]);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Rotation::step`]. What was done until then stays done.
    pub async fn run(
        &self,
        vault: &Vault,
        tenant: &Tenant,
        mut told: impl FnMut(&Progress) + Send,
    ) -> Result<Progress, SecretsError> {
        loop {
            let progress = self.step(vault, tenant).await?;
            told(&progress);
            if progress.finished {
                return Ok(progress);
            }
            tokio::time::sleep(self.pause).await;
        }
    }

    /// Does one batch.
    ///
    /// Values that do not open are counted and listed in the [`Progress`], and left as they are.
    ///
    /// ```
    /// # use freehold_tenancy::secrets::{Column, Rotation};
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// # const EMAIL: Column = Column::new("users", "email_sealed");
    /// vault.rotate_data_key(&tenant).await?;
    /// Rotation::new(EMAIL, ["id"]).batch(2).step(&vault, &one).await?;
    /// // The process was stopped here. Another goes on where it was.
    /// let progress = Rotation::new(EMAIL, ["id"]).batch(2).step(&vault, &one).await?;
    /// assert_eq!((progress.resealed, progress.finished), (3, true));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`SecretsError::Rotation`] when the table has no such columns or a key of another type, [`SecretsError::Store`],
    /// [`SecretsError::Unwrap`].
    pub async fn step(&self, vault: &Vault, tenant: &Tenant) -> Result<Progress, SecretsError> {
        let id = tenant.tenant_id().ok_or_else(|| self.fails("the handle has no tenant"))?;
        let keys = vault.fresh_keys(id).await?;
        let begun = "beginning a batch of a rotation";
        let transaction = tenant.begin().await.map_err(SecretsError::store(begun))?;
        let statements = Statements::new(self, vault, &transaction).await?;
        let mut progress = self.take_up(&transaction, &statements, &keys).await?;
        let rows = self.rows(&transaction, &statements, &keys, progress.walked_to.as_ref()).await?;
        progress.walked_to = match rows.last() {
            Some(row) => Some(self.row_key(row)?),
            None => progress.walked_to,
        };
        let through = rows.len() < usize::from(self.batch);
        let (batch, unreadable) = self.reseal(&keys, rows)?;
        let written = self.write(&transaction, &statements, &keys, &batch).await?;
        progress.resealed += written;
        progress.overtaken += u64::try_from(batch.len()).unwrap_or(u64::MAX).saturating_sub(written);
        progress.note_unreadable(unreadable);
        if through {
            let left = self.left(&transaction, &keys).await?;
            progress.end_pass(left);
        }
        self.save(&transaction, &statements, &keys, &progress).await?;
        let ended = "ending a batch of a rotation";
        transaction.commit().await.map_err(SecretsError::store(ended))?;
        Ok(progress)
    }

    /// How many values are not yet under the newest keys.
    pub(super) async fn left(&self, on: &Transaction, keys: &TenantKeys) -> Result<i64, SecretsError> {
        let (data, index) = self.targets(keys);
        let mut params: Vec<Param<'_>> = vec![&keys.tenant, &data];
        if self.index.is_some() {
            params.push(&index);
        }
        on.query_value(self.count_sql(&on.tenancy().column), &params)
            .await
            .map_err(SecretsError::store("counting values under older data keys"))
    }

    /// What sealed values, and blind indexes, begin with when they are under the newest keys.
    fn targets(&self, keys: &TenantKeys) -> (Vec<u8>, Vec<u8>) {
        let index = keys.index_version().map_or(0, |at| at.version);
        (key_bytes(keys.version()).to_vec(), index.to_be_bytes().to_vec())
    }

    async fn rows(
        &self,
        on: &Transaction,
        statements: &Statements,
        keys: &TenantKeys,
        after: Option<&RowKey>,
    ) -> Result<Vec<Row>, SecretsError> {
        let (data, index) = self.targets(keys);
        let limit = i64::from(self.batch);
        let mut params: Vec<Param<'_>> = vec![&keys.tenant, &limit, &data];
        if self.index.is_some() {
            params.push(&index);
        }
        let sql = match after {
            None => &statements.first,
            Some(after) => {
                params.extend(after.0.iter().map(|part| part as Param<'_>));
                &statements.next
            }
        };
        on.rows(sql, &params).await.map_err(SecretsError::store("reading a batch of sealed values"))
    }

    fn row_key(&self, row: &Row) -> Result<RowKey, SecretsError> {
        (0..self.keys.len())
            .map(|at| row.get::<String>(at))
            .collect::<Result<_, _>>()
            .map(RowKey)
            .map_err(SecretsError::store("reading the key of a row"))
    }

    /// Seals anew what opens. The keys of rows whose values do not.
    fn reseal(&self, keys: &TenantKeys, rows: Vec<Row>) -> Result<(Vec<Change>, Vec<RowKey>), SecretsError> {
        let (mut batch, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows {
            let key = self.row_key(&row)?;
            let old: Vec<u8> =
                row.get(self.keys.len()).map_err(SecretsError::store("reading a sealed value"))?;
            match self.reseal_one(keys, &key, &old) {
                Ok((new, index)) => batch.push(Change { key, old, new, index }),
                Err(
                    error @ (SecretsError::Key(_)
                    | SecretsError::WornOut { .. }
                    | SecretsError::Unwrap { .. }
                    | SecretsError::TooLong { .. }
                    | SecretsError::Rotation { .. }),
                ) => return Err(error),
                Err(_) => unreadable.push(key),
            }
        }
        Ok((batch, unreadable))
    }

    fn reseal_one(
        &self,
        keys: &TenantKeys,
        key: &RowKey,
        old: &[u8],
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), SecretsError> {
        let place = self.column.at(key.clone());
        let resealed = match (keys.reseal(&place, old), &self.formerly) {
            (Err(SecretsError::Refused { .. }), Some(formerly)) => {
                let former = keys.reseal(&formerly.at(key.clone()), old)?;
                Resealed { sealed: keys.seal(&place, former.kind, &former.plain)?, ..former }
            }
            (resealed, _) => resealed?,
        };
        let Some((_, index)) = &self.index else { return Ok((resealed.sealed, None)) };
        if resealed.kind != Kind::Text {
            return Err(self.fails("it has a blind index, and not all of its values are texts"));
        }
        let text = std::str::from_utf8(&resealed.plain)
            .map_err(|_| self.fails("it has a blind index, and not all of its values are texts"))?;
        Ok((resealed.sealed, Some(keys.blind_index(index, text)?)))
    }

    async fn write(
        &self,
        on: &Transaction,
        statements: &Statements,
        keys: &TenantKeys,
        batch: &[Change],
    ) -> Result<u64, SecretsError> {
        if batch.is_empty() {
            return Ok(0);
        }
        let columns: Vec<Vec<&str>> = (0..self.keys.len())
            .map(|at| batch.iter().filter_map(|change| change.key.0.get(at).map(String::as_str)).collect())
            .collect();
        let old: Vec<&[u8]> = batch.iter().map(|change| change.old.as_slice()).collect();
        let new: Vec<&[u8]> = batch.iter().map(|change| change.new.as_slice()).collect();
        let index: Vec<&[u8]> = batch.iter().filter_map(|change| change.index.as_deref()).collect();
        let mut params: Vec<Param<'_>> = vec![&keys.tenant, &old, &new];
        if self.index.is_some() {
            params.push(&index);
        }
        params.extend(columns.iter().map(|column| column as Param<'_>));
        on.affected(&statements.update, &params)
            .await
            .map_err(SecretsError::store("writing a batch of values that were sealed anew"))
    }

    fn fails(&self, why: &'static str) -> SecretsError {
        SecretsError::Rotation { column: self.column.clone(), why }
    }
}

/// A value that is to take the place of another.
struct Change {
    key: RowKey,
    old: Vec<u8>,
    new: Vec<u8>,
    index: Option<Vec<u8>>,
}
