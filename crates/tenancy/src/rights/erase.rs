//! Forgetting somebody, in one transaction, with a report.

use std::collections::BTreeMap;

use super::{
    Erasure, Replacement, RightsError,
    catalog::{Catalog, OnDelete},
    erasure::Policy,
    export::one_moment,
    reach::Reach,
};
use crate::{Execute, Param, Sql, SqlState, Transaction, quote_identifier};

/// What became of rows.
///
/// ```
/// use freehold_tenancy::rights::{Erasure, Outcome, Replacement, Subject, erase_dry};
///
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// let erasure = Erasure::of(Subject::person().whose("faces", "external_id", "person-1"))
///     .delete("faces")
///     .anonymise("verification_logs", &[("external_id", Replacement::Null)]);
/// let report = erase_dry(&tenant.snapshot().begin().await?, &erasure).await?;
/// assert_eq!(report.tables[0].outcome, Outcome::Deleted);
/// assert_eq!(report.tables[1].outcome, Outcome::Anonymised { columns: vec!["external_id".into()] });
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// They are gone.
    Deleted,
    /// They stay, without the person: these columns were replaced.
    Anonymised {
        /// The columns.
        columns: Vec<String>,
    },
    /// They stay.
    Kept {
        /// Why.
        reason: String,
    },
}

/// What became of a subject's rows in one table.
///
/// ```
/// use freehold_tenancy::rights::{ErasedTable, Erasure, Outcome, Subject, erase_dry};
///
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// let person = Subject::person().whose("consent_records", "external_id", "person-1");
/// let erasure = Erasure::of(person).keep("consent_records", "Art. 7(1) GDPR");
/// let report = erase_dry(&tenant.snapshot().begin().await?, &erasure).await?;
/// let outcome = Outcome::Kept { reason: "Art. 7(1) GDPR".into() };
/// assert_eq!(report.tables, [ErasedTable { table: "consent_records".into(), rows: 1, outcome }]);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedTable {
    /// The table.
    pub table: String,
    /// How many rows.
    pub rows: i64,
    /// What became of them.
    pub outcome: Outcome,
}

/// The report of an erasure.
///
/// ```
/// # use freehold_tenancy::rights::{Erasure, Subject, erase_dry};
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// let person = Subject::person().whose("faces", "external_id", "nobody of this name");
/// let erasure = Erasure::of(person).delete("faces").delete("verification_logs");
/// let report = erase_dry(&tenant.snapshot().begin().await?, &erasure).await?;
/// // Tables in which nothing was found are in the report too.
/// let rows: Vec<(&str, i64)> = report.tables.iter().map(|table| (table.table.as_str(), table.rows)).collect();
/// assert_eq!(rows, [("faces", 0), ("verification_logs", 0)]);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Every table that was decided on and that the subject could have rows in, by name.
    pub tables: Vec<ErasedTable>,
    /// Rows that the erasure's own triggers wrote about the person, and that were anonymised or deleted as well.
    pub written_meanwhile: i64,
    /// Entries of the audit trail whose values were blanked.
    pub audit_entries: i64,
}

/// Erases what is held about a subject. Nothing is erased before the transaction is committed: keep the report with it.
///
/// `on` has to be begun on a handle after `snapshot()`; when somebody else changes one of the rows meanwhile, the server
/// refuses with SQLSTATE 40001 and it may be tried again. All rows go in one statement, so that the order of foreign keys and
/// cycles do not matter.
///
/// # Errors
/// [`RightsError::Undecided`], [`RightsError::Conflict`] and errors of names before anything is done;
/// [`RightsError::StillReferenced`] and [`RightsError::Database`], after which the transaction can only be rolled back.
///
/// ```
/// # use freehold_tenancy::rights::{Erasure, Replacement, Subject};
/// use freehold_tenancy::rights;
///
/// # freehold_tenancy_ground::with_people(|_, tenant| async move {
/// # let (db, id) = (tenant.db().clone(), tenant.id().cloned().ok_or("a tenant")?);
/// # let erasure = Erasure::of(Subject::person().whose("faces", "external_id", "person-1"))
/// #     .delete("faces")
/// #     .anonymise("verification_logs", &[("external_id", Replacement::Null)]);
/// let system = db.system("forgetting somebody")?;
/// let transaction = system.within_tenant(&id).snapshot().begin().await?;
/// let first = rights::erase_dry(&transaction, &erasure).await?;
/// let report = rights::erase(&transaction, &erasure).await?;
/// assert_eq!(first, report);
/// transaction.commit().await?;
/// # Ok(())
/// # });
/// ```
pub async fn erase(on: &Transaction, erasure: &Erasure) -> Result<Erased, RightsError> {
    one_moment(on).await?;
    let tenant = on.tenant_id().ok_or(RightsError::NoTenant)?.to_string();
    let reach = Reach::of(&erasure.subject, Catalog::read(on).await?)?;
    let decided = decide(erasure, &reach)?;
    let plan = Plan { reach: &reach, decided: &decided, tenant };
    let named = plan.named(on, erasure.audit).await?;
    let tables = plan.run(on).await?;
    let written_meanwhile = plan.sweep(on, &named).await?;
    let mut audit_entries = 0;
    for (table, key) in &named.audited {
        let sql = format!("SELECT audit.erase($1::text::{}, $2, $3)", on.tenancy().kind.sql_type());
        audit_entries += on.query_value::<i64>(Sql::vouched(sql), &[&plan.tenant, table, key]).await?;
    }
    Ok(Erased { tables, written_meanwhile, audit_entries })
}

/// The report that [`erase`] would give: everything is done, triggers and all, and taken back.
///
/// ```
/// # use freehold_tenancy::Execute;
/// # use freehold_tenancy::rights::{Erasure, Subject, erase_dry};
/// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
/// let person = Subject::person().whose("faces", "external_id", "person-1");
/// let erasure = Erasure::of(person).delete("faces").delete("verification_logs");
/// let transaction = tenant.snapshot().begin().await?;
/// let report = erase_dry(&transaction, &erasure).await?;
/// assert_eq!((report.tables[0].rows, report.tables[1].rows), (1, 2));
/// // Nothing is gone, even within the transaction.
/// assert_eq!(transaction.query_value::<i64>("SELECT count(*) FROM faces", &[]).await?, 2);
/// # Ok(())
/// # });
/// ```
///
/// # Errors
/// As [`erase`].
pub async fn erase_dry(on: &Transaction, erasure: &Erasure) -> Result<Erased, RightsError> {
    on.execute("SAVEPOINT freehold_erase_dry", &[]).await?;
    let report = erase(on, erasure).await?;
    on.execute("ROLLBACK TO SAVEPOINT freehold_erase_dry", &[]).await?;
    Ok(report)
}

type Decided<'e> = BTreeMap<usize, &'e Policy>;

/// What becomes of each table; refuses what was not decided, or can't be done.
fn decide<'e>(erasure: &'e Erasure, reach: &Reach) -> Result<Decided<'e>, RightsError> {
    let catalog = &reach.catalog;
    let mut decided = Decided::new();
    for (table, policy) in &erasure.policies {
        let at = catalog.find(table)?;
        if let Policy::Anonymise(columns) = policy {
            for (column, _) in columns {
                catalog.type_of(at, column)?;
            }
        }
        decided.insert(at, policy);
    }
    let undecided: Vec<String> = reach
        .tables
        .iter()
        .chain(&reach.unreadable)
        .filter(|at| !decided.contains_key(at))
        .map(|at| catalog.name(*at).to_owned())
        .collect();
    if !undecided.is_empty() {
        return Err(RightsError::Undecided(undecided));
    }
    decided.retain(|at, _| reach.tables.contains(at));
    for link in &catalog.links {
        if !matches!(decided.get(&link.parent), Some(Policy::Delete)) {
            continue;
        }
        let followed =
            reach.links.iter().any(|known| known.child == link.child && known.columns == link.columns);
        let why = match (decided.get(&link.child), link.on_delete) {
            (Some(Policy::Delete), _) if followed || erasure.subject.whole_tenant => continue,
            (_, OnDelete::LetGo) => continue,
            (_, OnDelete::Cascade) => "the server would delete its rows too (ON DELETE CASCADE)",
            (Some(Policy::Anonymise(columns)), _)
                if columns.iter().any(|(column, with)| {
                    *with == Replacement::Null && link.columns.iter().any(|(own, _)| own == column)
                }) =>
            {
                continue;
            }
            (Some(Policy::Anonymise(_) | Policy::Keep(_)), _) => {
                "the server would refuse; keep or anonymise that one, or replace the reference by NULL"
            }
            // Whether others' rows refer to it is for the server to say.
            _ => continue,
        };
        let (child, parent) = (catalog.name(link.child).to_owned(), catalog.name(link.parent).to_owned());
        return Err(RightsError::Conflict { child, parent, why });
    }
    Ok(decided)
}

/// Keys of the rows that triggers may write about while they go.
struct Named {
    /// Of each declared link whose child is not kept: its place, and the parents' values.
    parents: Vec<(usize, Vec<String>)>,
    audited: Vec<(String, serde_json::Value)>,
}

struct Plan<'p> {
    reach: &'p Reach,
    decided: &'p Decided<'p>,
    tenant: String,
}

impl Plan<'_> {
    fn params<'s>(&'s self, more: &[Param<'s>]) -> Vec<Param<'s>> {
        let mut params: Vec<Param<'s>> = vec![&self.tenant];
        params.extend(self.reach.values.iter().map(|value| value as Param<'s>));
        params.extend_from_slice(more);
        params
    }

    fn quoted(&self, at: usize) -> &str {
        self.reach.catalog.tables.get(at).map_or("", |table| table.quoted.as_str())
    }

    async fn named(&self, on: &Transaction, audit: bool) -> Result<Named, RightsError> {
        let mut named = Named { parents: Vec::new(), audited: Vec::new() };
        for (at, link) in self.reach.links.iter().enumerate().filter(|(_, link)| link.declared) {
            if matches!(self.decided.get(&link.child), Some(Policy::Keep(_)) | None) {
                continue;
            }
            let Some((_, column)) = link.columns.first() else { continue };
            let sql = format!(
                "{} SELECT DISTINCT x.{column}::text FROM reached AS r JOIN {} AS x ON x.tableoid = r.part AND x.ctid = r.tid \
                 WHERE r.tab = {} AND x.{column} IS NOT NULL",
                self.reach.with(),
                self.quoted(link.parent),
                link.parent,
                column = quote_identifier(column),
            );
            let values: Vec<(String,)> = on.query(Sql::vouched(sql), &self.params(&[])).await?;
            named.parents.push((at, values.into_iter().map(|(value,)| value).collect()));
        }
        if audit {
            let touched = self.decided.iter().filter(|(_, policy)| !matches!(policy, Policy::Keep(_)));
            for (&at, _) in touched {
                let Some(table) = self.reach.catalog.tables.get(at).filter(|table| !table.key.is_empty())
                else {
                    continue;
                };
                let key: Vec<String> =
                    table.key.iter().map(|name| format!("x.{}", quote_identifier(name))).collect();
                let sql = format!(
                    "{} SELECT to_jsonb(k) FROM reached AS r JOIN {} AS x ON x.tableoid = r.part AND x.ctid = r.tid, \
                     LATERAL (SELECT {}) AS k WHERE r.tab = {at}",
                    self.reach.with(),
                    table.quoted,
                    key.join(", "),
                );
                let keys: Vec<(serde_json::Value,)> = on.query(Sql::vouched(sql), &self.params(&[])).await?;
                named.audited.extend(keys.into_iter().map(|(key,)| (table.name.clone(), key)));
            }
        }
        Ok(named)
    }

    /// Deletes and anonymises, all in one statement.
    async fn run(&self, on: &Transaction) -> Result<Vec<ErasedTable>, RightsError> {
        let mut values: Vec<String> = Vec::new();
        let before = self.reach.values.len() + 1;
        let (mut done, mut counted) = (Vec::new(), Vec::new());
        for (&at, policy) in self.decided {
            let here = format!("r.tab = {at} AND x.tableoid = r.part AND x.ctid = r.tid RETURNING 1");
            let table = self.quoted(at);
            match policy {
                Policy::Delete => {
                    done.push(format!("t{at} AS (DELETE FROM {table} AS x USING reached AS r WHERE {here})"));
                }
                Policy::Anonymise(columns) => {
                    let (set, _) = self.set(at, columns, before, &mut values)?;
                    done.push(format!(
                        "t{at} AS (UPDATE {table} AS x SET {set} FROM reached AS r WHERE {here})"
                    ));
                }
                Policy::Keep(_) => {
                    done.push(format!("t{at} AS (SELECT 1 FROM reached AS r WHERE r.tab = {at})"))
                }
            }
            counted.push(format!("SELECT {at}, count(*) FROM t{at}"));
        }
        let sql = format!("{},\n{}\n{}", self.reach.with(), done.join(",\n"), counted.join(" UNION ALL "));
        let more: Vec<Param<'_>> = values.iter().map(|value| value as Param<'_>).collect();
        let counts: Vec<(i32, i64)> =
            on.query(Sql::vouched(sql), &self.params(&more)).await.map_err(refused)?;
        let mut tables = Vec::new();
        for (at, rows) in counts {
            let Ok(at) = usize::try_from(at) else { continue };
            let Some(policy) = self.decided.get(&at) else { continue };
            let outcome = match policy {
                Policy::Delete => Outcome::Deleted,
                Policy::Anonymise(columns) => Outcome::Anonymised {
                    columns: columns.iter().map(|(column, _)| column.clone()).collect(),
                },
                Policy::Keep(reason) => Outcome::Kept { reason: reason.clone() },
            };
            tables.push(ErasedTable { table: self.reach.catalog.name(at).to_owned(), rows, outcome });
        }
        tables.sort_by(|a, b| a.table.cmp(&b.table));
        Ok(tables)
    }

    /// The assignments that anonymise a row `x`, and the condition that it is not so yet; texts are added to `values`, whose
    /// first is `$before + 1`.
    fn set(
        &self,
        at: usize,
        columns: &[(String, Replacement)],
        before: usize,
        values: &mut Vec<String>,
    ) -> Result<(String, String), RightsError> {
        let (mut set, mut unlike) = (Vec::new(), Vec::new());
        for (column, with) in columns {
            let ty = self.reach.catalog.type_of(at, column)?;
            let value = match with {
                Replacement::Null => "NULL".to_owned(),
                Replacement::Random => format!("gen_random_uuid()::text::{ty}"),
                Replacement::Text(text) => {
                    values.push(text.clone());
                    format!("${}::text::{ty}", before + values.len())
                }
            };
            let column = quote_identifier(column);
            if *with != Replacement::Random {
                unlike.push(format!("x.{column}::text IS DISTINCT FROM ({value})::text"));
            }
            set.push(format!("{column} = {value}"));
        }
        let unlike = if unlike.is_empty() { "true".to_owned() } else { unlike.join(" OR ") };
        Ok((set.join(", "), unlike))
    }

    /// What triggers wrote about the rows while these went, in tables that are linked to them by declaration.
    async fn sweep(&self, on: &Transaction, named: &Named) -> Result<i64, RightsError> {
        let mut swept = 0;
        for (link, parents) in &named.parents {
            let Some(link) = self.reach.links.get(*link) else { continue };
            let Some((column, _)) = link.columns.first() else { continue };
            let mut values = Vec::new();
            let table = self.quoted(link.child);
            let within =
                self.reach.catalog.within(link.child, "x").map_or(String::new(), |own| format!("{own} AND "));
            let here = format!(
                "WHERE {within}x.{}::text = ANY ($2::text[]) AND $1::text IS NOT NULL",
                quote_identifier(column)
            );
            let sql = match self.decided.get(&link.child) {
                Some(Policy::Delete) => format!("DELETE FROM {table} AS x {here}"),
                Some(Policy::Anonymise(columns)) => {
                    // Those that were reached are as they are to be already, and not counted again.
                    let (set, unlike) = self.set(link.child, columns, 2, &mut values)?;
                    format!("UPDATE {table} AS x SET {set} {here} AND ({unlike})")
                }
                _ => continue,
            };
            let mut params: Vec<Param<'_>> = vec![&self.tenant, parents];
            params.extend(values.iter().map(|value| value as Param<'_>));
            swept += i64::try_from(on.execute(Sql::vouched(sql), &params).await.map_err(refused)?)
                .unwrap_or(i64::MAX);
        }
        Ok(swept)
    }
}

fn refused(error: crate::Error) -> RightsError {
    if error.sqlstate() == Some(SqlState::FOREIGN_KEY_VIOLATION) {
        return RightsError::StillReferenced(error);
    }
    RightsError::Database(error)
}
