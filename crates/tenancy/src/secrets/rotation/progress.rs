//! How far a rotation has come, as it is kept in its table.

use uuid::Uuid;

use super::{Rotation, RowKey, SecretsError, Statements};
use crate::{Error, Execute, Row, Transaction, secrets::TenantKeys};

/// Keys of rows that are listed when their values do not open.
const LISTED: usize = 100;

/// How far the rotation of a column has come for one tenant.
///
/// ```
/// # use freehold_tenancy::Execute;
/// # use freehold_tenancy::secrets::{Column, Rotation};
/// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
/// # const EMAIL: Column = Column::new("users", "email_sealed");
/// one.execute("UPDATE users SET email_sealed = 'never sealed' WHERE id = 3", &[]).await?;
/// vault.rotate_data_key(&tenant).await?;
/// let progress = Rotation::new(EMAIL, ["id"]).run(&vault, &one, |_| ()).await?;
/// assert_eq!((progress.resealed, progress.unreadable_count), (2, 1));
/// assert_eq!(progress.unreadable[0].columns(), ["3"]);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Values that were under older keys when it began.
    pub expected: u64,
    /// Values that were sealed anew since. May become more than were expected: writers go on.
    pub resealed: u64,
    /// Values that a writer changed between reading and writing; the writer's were kept.
    pub overtaken: u64,
    /// Rows of this pass whose values do not open; they were left as they are.
    pub unreadable_count: u64,
    /// The keys of the first 100 of them.
    pub unreadable: Vec<RowKey>,
    /// Which pass over the table it is, from 1.
    pub pass: u32,
    /// Whether nothing is left to do, besides what does not open.
    pub finished: bool,
    /// The key of the last row that was looked at in this pass.
    pub(super) walked_to: Option<RowKey>,
}

impl Progress {
    fn new(expected: i64) -> Self {
        Self {
            expected: u64::try_from(expected).unwrap_or_default(),
            resealed: 0,
            overtaken: 0,
            unreadable_count: 0,
            unreadable: Vec::new(),
            pass: 1,
            finished: false,
            walked_to: None,
        }
    }

    pub(super) fn note_unreadable(&mut self, rows: Vec<RowKey>) {
        self.unreadable_count += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let room = LISTED.saturating_sub(self.unreadable.len());
        self.unreadable.extend(rows.into_iter().take(room));
    }

    /// After the last row: it is over when nothing is left but what does not open.
    pub(super) fn end_pass(&mut self, left: i64) {
        if u64::try_from(left).unwrap_or_default() <= self.unreadable_count {
            self.finished = true;
        } else {
            self.begin_pass();
        }
    }

    fn begin_pass(&mut self) {
        self.pass = self.pass.saturating_add(1);
        self.walked_to = None;
        self.unreadable_count = 0;
        self.unreadable.clear();
        self.finished = false;
    }

    fn from_row(row: &Row) -> Result<Self, Error> {
        let count = |column| row.get::<i64>(column).map(|count| u64::try_from(count).unwrap_or_default());
        let unreadable: Vec<String> = row.get("unreadable")?;
        Ok(Self {
            expected: count("expected")?,
            resealed: count("resealed")?,
            overtaken: count("overtaken")?,
            unreadable_count: count("unreadable_count")?,
            unreadable: unreadable
                .iter()
                .map(|key| serde_json::from_str(key).map(RowKey).unwrap_or_else(|_| RowKey::from(key)))
                .collect(),
            pass: u32::try_from(row.get::<i32>("pass")?).unwrap_or(1),
            finished: row.get("finished")?,
            walked_to: row.get::<Option<Vec<String>>>("walked_to")?.map(RowKey),
        })
    }
}

impl Rotation {
    /// Reads the progress and keeps others from going on at the same time. Begins anew when the keys are newer than those
    /// that it was for, or when it had been finished.
    pub(super) async fn take_up(
        &self,
        on: &Transaction,
        statements: &Statements,
        keys: &TenantKeys,
    ) -> Result<Progress, SecretsError> {
        let reading = "reading how far a rotation has come";
        let name = self.column().table_name();
        let column = self.column().column.as_ref();
        on.affected(&statements.enter, &[keys.tenant(), &name, &column])
            .await
            .map_err(SecretsError::store(reading))?;
        let row: Row = on
            .query_one(&statements.read, &[keys.tenant(), &name, &column])
            .await
            .map_err(SecretsError::store(reading))?;
        let read = |row: &Row| {
            let target = (row.get::<Uuid>("data_key")?, row.get::<Option<i32>>("index_version")?);
            Ok((target, Progress::from_row(row)?))
        };
        let (target, mut progress) = read(&row).map_err(SecretsError::store(reading))?;
        let walked = progress.walked_to.as_ref().is_none_or(|key| key.0.len() == self.keys.len());
        if target != self.target(keys) || !walked {
            return Ok(Progress::new(self.left(on, keys).await?));
        }
        if progress.finished {
            progress.begin_pass();
        }
        Ok(progress)
    }

    fn target(&self, keys: &TenantKeys) -> (Uuid, Option<i32>) {
        let index = self.index.as_ref().and(keys.index_version());
        (keys.version().id, index.map(|at| i32::try_from(at.version).unwrap_or(i32::MAX)))
    }

    pub(super) async fn save(
        &self,
        on: &Transaction,
        statements: &Statements,
        keys: &TenantKeys,
        progress: &Progress,
    ) -> Result<(), SecretsError> {
        let (data, index) = self.target(keys);
        let name = self.column().table_name();
        let column = self.column().column.as_ref();
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let unreadable: Vec<String> =
            progress.unreadable.iter().map(|key| serde_json::json!(key.0).to_string()).collect();
        on.affected(
            &statements.save,
            &[
                keys.tenant(),
                &name,
                &column,
                &data,
                &index,
                &progress.walked_to.as_ref().map(|key| key.0.as_slice()),
                &i32::try_from(progress.pass).unwrap_or(i32::MAX),
                &number(progress.expected),
                &number(progress.resealed),
                &number(progress.overtaken),
                &unreadable,
                &number(progress.unreadable_count),
                &progress.finished,
            ],
        )
        .await
        .map_err(SecretsError::store("writing how far a rotation has come"))?;
        Ok(())
    }
}
