//! Everything about somebody, as JSON lines.

use std::{collections::BTreeMap, error::Error as StdError};

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{RightsError, Subject, catalog::Catalog, reach::Reach};
use crate::{Execute, Param, Sql, TenantId, Transaction};

/// An encrypted value on its way into an export.
///
/// ```
/// use std::error::Error;
/// use async_trait::async_trait;
/// use freehold_tenancy::rights::{Decrypt, Export, SealedValue, Subject, export};
/// use serde_json::Value;
///
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// struct Key;
///
/// #[async_trait]
/// impl Decrypt for Key {
///     async fn decrypt(&self, value: &SealedValue<'_>) -> Result<Value, Box<dyn Error + Send + Sync>> {
///         // Where the value lies is what a sealed value is bound to.
///         assert_eq!((value.table, value.column), ("faces", "embedding_sealed"));
///         Ok(format!("{} bytes of face {}", value.bytes.len(), value.row["id"]).into())
///     }
/// }
///
/// # let transaction = tenant.snapshot().begin().await?;
/// # let mut lines = Vec::new();
/// let person = Subject::person().whose("faces", "external_id", "person-1");
/// let asked = Export::of(person).sealed("faces", "embedding_sealed").decrypting(&Key);
/// export(&transaction, &asked, &mut lines).await?;
/// assert!(String::from_utf8(lines)?.contains("6 bytes of face 1"));
/// # Ok(())
/// # });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct SealedValue<'v> {
    /// The tenant.
    pub tenant: &'v TenantId,
    /// The table, as [`Subject::whose`] names it.
    pub table: &'v str,
    /// The column.
    pub column: &'v str,
    /// The row, as it is exported; the row's key is in it.
    pub row: &'v Map<String, Value>,
    /// What the column holds.
    pub bytes: &'v [u8],
}

/// What opens encrypted values.
///
/// ```
/// use std::error::Error;
/// use async_trait::async_trait;
/// use freehold_tenancy::{rights::{Decrypt, SealedValue}, secrets::{Column, TenantKeys}};
/// use serde_json::{Value, json};
///
/// const FACE: Column = Column::new("faces", "embedding_sealed");
///
/// /// Opens embeddings of 512 dimensions.
/// struct Faces(std::sync::Arc<TenantKeys>);
///
/// #[async_trait]
/// impl Decrypt for Faces {
///     async fn decrypt(&self, value: &SealedValue<'_>) -> Result<Value, Box<dyn Error + Send + Sync>> {
///         let id = value.row["id"].as_str().ok_or("a face has an id")?;
///         Ok(json!(self.0.open_embedding(&FACE.at(id), value.bytes, 512)?))
///     }
/// }
/// ```
#[async_trait]
pub trait Decrypt: Send + Sync {
    /// The value in the clear.
    ///
    /// ```
    /// # use std::error::Error;
    /// # use async_trait::async_trait;
    /// # use freehold_tenancy::rights::{Decrypt, Export, RightsError, SealedValue, Subject, export};
    /// # use serde_json::Value;
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// struct Locked;
    ///
    /// #[async_trait]
    /// impl Decrypt for Locked {
    ///     async fn decrypt(&self, _: &SealedValue<'_>) -> Result<Value, Box<dyn Error + Send + Sync>> {
    ///         Err("the key was destroyed".into())
    ///     }
    /// }
    ///
    /// # let transaction = tenant.snapshot().begin().await?;
    /// let person = Subject::person().whose("faces", "external_id", "person-1");
    /// let asked = Export::of(person).sealed("faces", "embedding_sealed").decrypting(&Locked);
    /// let refused = export(&transaction, &asked, tokio::io::sink()).await;
    /// assert!(matches!(refused, Err(RightsError::Decrypt { column, .. }) if column == "embedding_sealed"));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// When it can't be opened; the export then fails, rather than being less than all.
    async fn decrypt(&self, sealed: &SealedValue<'_>) -> Result<Value, Box<dyn StdError + Send + Sync>>;
}

/// What is asked of [`export`].
///
/// ```
/// use freehold_tenancy::rights::{Export, Subject, export};
///
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// let person = Subject::person().whose("faces", "external_id", "person-1");
/// let asked = Export::of(person).sealed("faces", "embedding_sealed");
/// let told = export(&tenant.snapshot().begin().await?, &asked, tokio::io::sink()).await?;
/// assert_eq!((told.tables["faces"], told.tables["verification_logs"]), (1, 2));
/// # Ok(())
/// # });
/// ```
pub struct Export<'d> {
    subject: Subject,
    sealed: Vec<(String, String)>,
    decryptor: Option<&'d dyn Decrypt>,
}

impl<'d> Export<'d> {
    /// Everything about the subject.
    ///
    /// ```
    /// use freehold_tenancy::rights::{Export, Subject, export};
    ///
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let all = Export::of(Subject::tenant());
    /// let told = export(&tenant.snapshot().begin().await?, &all, tokio::io::sink()).await?;
    /// assert_eq!((told.tables["tenants"], told.tables["faces"], told.tables["notes"]), (1, 2, 3));
    /// # Ok(())
    /// # });
    /// ```
    pub fn of(subject: Subject) -> Self {
        Self { subject, sealed: Vec::new(), decryptor: None }
    }

    /// The column (`bytea`) is encrypted. Without a decryptor it is exported as it is, in hex digits.
    ///
    /// ```
    /// # use freehold_tenancy::rights::{Export, Subject, export};
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let person = Subject::person().whose("faces", "external_id", "person-1");
    /// let asked = Export::of(person).sealed("faces", "embedding_sealed");
    /// let mut lines = Vec::new();
    /// export(&tenant.snapshot().begin().await?, &asked, &mut lines).await?;
    /// // Nothing opens it, so it is exported as it lies there.
    /// assert!(String::from_utf8(lines)?.contains(r#""embedding_sealed":"\\x666163652031""#));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn sealed(mut self, table: &str, column: &str) -> Self {
        self.sealed.push((table.to_owned(), column.to_owned()));
        self
    }

    /// Opens encrypted columns.
    ///
    /// ```
    /// use std::error::Error;
    /// use async_trait::async_trait;
    /// use freehold_tenancy::rights::{Decrypt, Export, SealedValue, Subject, export};
    /// # use serde_json::Value;
    ///
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// struct Plain;
    ///
    /// #[async_trait]
    /// impl Decrypt for Plain {
    ///     async fn decrypt(&self, value: &SealedValue<'_>) -> Result<Value, Box<dyn Error + Send + Sync>> {
    ///         Ok(String::from_utf8(value.bytes.to_vec())?.into())
    ///     }
    /// }
    ///
    /// # let person = Subject::person().whose("faces", "external_id", "person-1");
    /// # let transaction = tenant.snapshot().begin().await?;
    /// let asked = Export::of(person).sealed("faces", "embedding_sealed").decrypting(&Plain);
    /// let mut lines = Vec::new();
    /// export(&transaction, &asked, &mut lines).await?;
    /// assert!(String::from_utf8(lines)?.contains(r#""embedding_sealed":"face 1""#));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn decrypting(mut self, decryptor: &'d dyn Decrypt) -> Self {
        self.decryptor = Some(decryptor);
        self
    }
}

impl std::fmt::Debug for Export<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export")
            .field("subject", &self.subject)
            .field("sealed", &self.sealed)
            .finish_non_exhaustive()
    }
}

/// A table that is not in an export.
///
/// ```
/// use freehold_tenancy::rights::{Export, LeftOut, Subject, export};
///
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// ground.admin("REVOKE SELECT ON verification_logs FROM app_writer").await;
/// let person = Export::of(Subject::person().whose("faces", "external_id", "person-1"));
/// let told = export(&tenant.snapshot().begin().await?, &person, tokio::io::sink()).await?;
/// let table = "verification_logs".to_owned();
/// assert_eq!(told.left_out, [LeftOut { table, why: "the session may not read it" }]);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The table.
    pub table: String,
    /// Why.
    pub why: &'static str,
}

/// What was exported.
///
/// ```
/// # use freehold_tenancy::rights::{Export, Subject, export};
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// let person = Export::of(Subject::person().whose("faces", "external_id", "person-1"));
/// let told = export(&tenant.snapshot().begin().await?, &person, tokio::io::sink()).await?;
/// assert_eq!((told.rows, told.left_out.len()), (3, 0));
/// assert_eq!(told.tables.into_iter().collect::<Vec<_>>(), [("faces".into(), 1), ("verification_logs".into(), 2)]);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Rows in all.
    pub rows: u64,
    /// Rows of each table that has some.
    pub tables: BTreeMap<String, u64>,
    /// Tables that may hold more, and that the session can't read.
    pub left_out: Vec<LeftOut>,
}

/// Rows that one FETCH brings: the most that is held in memory.
const BATCH: usize = 200;

/// Writes everything about a subject: a first line `{"export": {...}}` that says what it is, a line
/// `{"table": "...", "row": {...}}` for each row, and a last line `{"end": {...}}` with the counts. A file without the last
/// line is not whole. `bytea` values are hex digits after `\x`, vectors and the like as PostgreSQL writes them.
///
/// `on` has to be begun on a handle after `snapshot()`, so that all rows are of one moment; memory does not grow with them.
///
/// ```
/// # use freehold_tenancy::rights::{Export, Subject, export};
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// let person = Subject::person().whose("consent_records", "external_id", "person-1");
/// let mut file = Vec::new();
/// export(&tenant.snapshot().begin().await?, &Export::of(person), &mut file).await?;
/// let lines: Vec<serde_json::Value> = String::from_utf8(file)?
///     .lines()
///     .map(serde_json::from_str)
///     .collect::<Result<_, _>>()?;
/// assert_eq!(lines[0]["export"]["subject"], "person");
/// assert_eq!(lines[1]["row"]["consent_type"], "FACE_REGISTRATION");
/// assert_eq!(lines[2]["end"]["rows"], 1);
/// # Ok(())
/// # });
/// ```
///
/// # Errors
/// [`RightsError`].
pub async fn export<W: AsyncWrite + Unpin + Send>(
    on: &Transaction,
    asked: &Export<'_>,
    mut to: W,
) -> Result<Exported, RightsError> {
    let tenant = on.tenant_id().cloned().ok_or(RightsError::NoTenant)?;
    one_moment(on).await?;
    let reach = Reach::of(&asked.subject, Catalog::read(on).await?)?;
    let mut told = Exported { rows: 0, tables: BTreeMap::new(), left_out: Vec::new() };
    told.left_out.extend(
        reach.unreadable.iter().map(|at| LeftOut {
            table: reach.catalog.name(*at).to_owned(),
            why: "the session may not read it",
        }),
    );
    for (table, column) in &asked.sealed {
        reach.catalog.type_of(reach.catalog.find(table)?, column)?;
    }
    let left_out: Vec<&str> = told.left_out.iter().map(|left| left.table.as_str()).collect();
    let first = json!({ "export": {
        "version": 1,
        "subject": if asked.subject.whole_tenant { "tenant" } else { "person" },
        "tenant": tenant.to_string(),
        "at": jiff::Timestamp::now().to_string(),
        "left_out": left_out,
    }});
    line(&mut to, &first).await?;
    declare(on, &reach, &tenant).await?;
    let fetch = Sql::vouched(format!("FETCH {BATCH} FROM freehold_export"));
    loop {
        let rows: Vec<(i32, Value)> = on.query(&fetch, &[]).await?;
        let end = rows.len() < BATCH;
        for (table, mut row) in rows {
            let name = usize::try_from(table).map_or("", |at| reach.catalog.name(at));
            open(asked, &tenant, name, &mut row).await?;
            line(&mut to, &json!({ "table": name, "row": row })).await?;
            told.rows += 1;
            *told.tables.entry(name.to_owned()).or_default() += 1;
        }
        if end {
            break;
        }
    }
    on.execute("CLOSE freehold_export", &[]).await?;
    line(&mut to, &json!({ "end": { "rows": told.rows, "tables": told.tables } })).await?;
    to.flush().await?;
    Ok(told)
}

async fn declare(on: &Transaction, reach: &Reach, tenant: &TenantId) -> Result<(), RightsError> {
    let rows: Vec<String> = reach
        .tables
        .iter()
        .filter_map(|at| reach.catalog.tables.get(*at).map(|table| (at, table)))
        .map(|(at, table)| {
            format!(
                "SELECT to_jsonb(x) AS doc FROM {} AS x WHERE r.tab = {at} AND x.tableoid = r.part AND x.ctid = r.tid",
                table.quoted
            )
        })
        .collect();
    let sql = format!(
        "DECLARE freehold_export NO SCROLL CURSOR FOR {}\nSELECT r.tab, d.doc FROM reached AS r, LATERAL (\n  {}\n) AS d",
        reach.with(),
        rows.join("\n  UNION ALL ")
    );
    let tenant = tenant.to_string();
    let mut params: Vec<Param<'_>> = vec![&tenant];
    params.extend(reach.values.iter().map(|value| value as Param<'_>));
    on.execute(Sql::vouched(sql), &params).await?;
    Ok(())
}

/// Puts what is in encrypted columns in their place.
async fn open(
    asked: &Export<'_>,
    tenant: &TenantId,
    table: &str,
    row: &mut Value,
) -> Result<(), RightsError> {
    let (Some(decryptor), Some(row)) = (asked.decryptor, row.as_object_mut()) else { return Ok(()) };
    for (_, column) in asked.sealed.iter().filter(|(named, _)| named == table) {
        let failed =
            |source| RightsError::Decrypt { table: table.to_owned(), column: column.clone(), source };
        let Some(text) = row.get(column).and_then(Value::as_str) else { continue };
        let bytes = text.strip_prefix("\\x").and_then(|digits| hex::decode(digits).ok());
        let bytes = bytes.ok_or_else(|| failed("the column is no bytea".into()))?;
        let sealed = SealedValue { tenant, table, column, row, bytes: &bytes };
        let value = decryptor.decrypt(&sealed).await.map_err(failed)?;
        row.insert(column.clone(), value);
    }
    Ok(())
}

async fn line<W: AsyncWrite + Unpin>(to: &mut W, value: &Value) -> Result<(), RightsError> {
    let mut text = value.to_string();
    text.push('\n');
    to.write_all(text.as_bytes()).await?;
    Ok(())
}

/// That the transaction sees one moment.
pub(super) async fn one_moment(on: &Transaction) -> Result<(), RightsError> {
    let level: String = on.query_value("SELECT current_setting('transaction_isolation')", &[]).await?;
    if level == "read committed" || level == "read uncommitted" {
        return Err(RightsError::NoSnapshot);
    }
    Ok(())
}
