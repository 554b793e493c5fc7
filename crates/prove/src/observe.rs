//! Running the statements of a script inside one transaction and seeing what each does.
//!
//! After every statement the session's own entries in `pg_locks` are read together with the storage and the
//! counters of the locked relations; the statement and that query travel in one round trip. What the server says at
//! `debug1` tells of rewrites, scans and index builds. Only relations that were there before the script count.

mod messages;
mod present;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use freehold_db::{DbError, Session};
use freehold_model::lock::LockMode;
use freehold_sql::StatementKind;
use tokio_postgres::Row;

use crate::{
    error::RehearsalError,
    observation::{IndexBuild, LockSeen, Observed, Refusal, RelationSeen, RowsTouched, ScriptRun},
    send::{Trouble, send},
    step::{Script, ScriptStatement},
};
use messages::{Work, work_told};
use present::Counts;
pub(crate) use present::{Present, present};

const LOCKS: &str = include_str!("observe/locks.sql");

/// Watches one transaction from inside.
pub(crate) struct Observer<'s> {
    session: &'s Session,
    limit: Duration,
    present: HashMap<u32, Present>,
    held: HashMap<u32, BTreeSet<LockMode>>,
    /// Tells the transactions of one script apart.
    number: usize,
}

impl<'s> Observer<'s> {
    /// Begins to watch; the transaction is open already.
    pub(crate) async fn begin(session: &'s Session, limit: Duration) -> Result<Self, RehearsalError> {
        let present =
            present(session).await.map_err(RehearsalError::own("list the relations that are there"))?;
        session.take_notices();
        Ok(Self { session, limit, present, held: HashMap::new(), number: 0 })
    }

    /// The same for a later transaction of a script: `number` tells it from the others, and only relations that were
    /// there before the script count.
    #[must_use]
    pub(crate) fn within_script(mut self, number: usize, before: &HashSet<u32>) -> Self {
        self.present.retain(|oid, _| before.contains(oid));
        self.number = number;
        self
    }

    /// Runs the statements `first..last` of a script, up to the first that is refused.
    pub(crate) async fn run(
        &mut self,
        script: &Script,
        first: usize,
        last: usize,
    ) -> Result<ScriptRun, RehearsalError> {
        let mut run = ScriptRun::default();
        for (index, statement) in script.statements.iter().enumerate().take(last).skip(first) {
            match self.observe(statement, index).await {
                Ok(observed) => run.statements.push(observed),
                Err(Trouble::Refused(error)) => {
                    run.refused = Some(Refusal { index, error });
                    break;
                }
                Err(Trouble::Stop(error)) => return Err(error),
            }
        }
        hold_to_the_end(&mut run.statements);
        Ok(run)
    }

    /// Runs one statement and looks at what it did.
    pub(crate) async fn observe(
        &mut self,
        statement: &ScriptStatement,
        index: usize,
    ) -> Result<Observed, Trouble> {
        let asking = self
            .session
            .prepared(LOCKS)
            .await
            .map_err(|e| Trouble::Stop(RehearsalError::own("prepare the question for locks")(e)))?;
        let (sent, locks) = futures_util::future::join(
            send(self.session, statement, self.limit),
            self.session.client().query(&asking, &[]),
        )
        .await;
        let took = sent?;
        let rows = locks.map_err(|e| {
            RehearsalError::own("ask which locks are held")(DbError::from_postgres("read pg_locks", e))
        })?;
        let work = work_told(&self.session.take_notices());
        let mut observed = Observed {
            index,
            took,
            locks: Vec::new(),
            rewrites: Vec::new(),
            scans: Vec::new(),
            index_builds: Vec::new(),
            rows: Vec::new(),
            spared: Vec::new(),
            transaction: self.number,
            from_inside: true,
            unseen: None,
            growth: None,
        };
        self.take_in(&rows, statement, &mut observed).map_err(|e| {
            RehearsalError::own("read which locks are held")(DbError::from_postgres("read pg_locks", e))
        })?;
        self.take_in_work(work, &mut observed);
        if matches!(statement.statement.effect.kind, StatementKind::Truncate) {
            // The indexes of a table that was emptied are built over nothing.
            observed.index_builds.clear();
        }
        Ok(observed)
    }

    fn take_in(
        &mut self,
        rows: &[Row],
        statement: &ScriptStatement,
        observed: &mut Observed,
    ) -> Result<(), tokio_postgres::Error> {
        let mut stronger: HashMap<u32, LockMode> = HashMap::new();
        for row in rows {
            let oid: u32 = row.try_get("relation")?;
            let Some(present) = self.present.get_mut(&oid) else { continue };
            let mode: &str = row.try_get("mode")?;
            if let Some(mode) = LockMode::from_pg_locks(mode)
                && self.held.entry(oid).or_default().insert(mode)
            {
                let strongest = stronger.entry(oid).or_insert(mode);
                *strongest = (*strongest).max(mode);
            }
            let counts = Counts::from_row(row)?;
            let change = counts.since(present.counts);
            present.counts = counts;
            if change.changes_rows() {
                observed.rows.push(RowsTouched {
                    relation: present.relation.clone(),
                    inserted: change.inserted,
                    updated: change.updated,
                    deleted: change.deleted,
                });
            }
            if change.scans > 0 && present.relation.holds_rows() {
                observed.scans.push(present.relation.clone());
            }
            if let Some(filenode) = row.try_get::<_, Option<u32>>("relfilenode")?
                && filenode != present.filenode
            {
                present.filenode = filenode;
                if present.relation.holds_rows() && replaces_storage(&statement.statement.effect.kind) {
                    observed.rewrites.push(present.relation.clone());
                }
            }
        }
        let mut locks: Vec<LockSeen> = stronger
            .into_iter()
            .filter_map(|(oid, mode)| {
                let relation = self.present.get(&oid)?.relation.clone();
                Some(LockSeen { relation, mode, held: Duration::ZERO })
            })
            .collect();
        locks.sort_by(|a, b| b.mode.cmp(&a.mode).then_with(|| a.relation.display.cmp(&b.relation.display)));
        observed.locks = locks;
        Ok(())
    }

    fn take_in_work(&self, work: Vec<Work>, observed: &mut Observed) {
        for told in work {
            match told {
                Work::Rewrites(table) => add(&mut observed.rewrites, self.named(&table)),
                Work::Verifies(table) => add(&mut observed.scans, self.named(&table)),
                Work::Builds { index, table } => {
                    if let Some(relation) = self.named(&table) {
                        observed.index_builds.push(IndexBuild { index, relation });
                    }
                }
                // Which tables the check of a foreign key reads is told by their counters.
                Work::ValidatesForeignKey(_) => {}
                Work::Spared(words) => observed.spared.push(words),
            }
        }
        // A rewrite and the building of an index read the table too; that is said once.
        let told: Vec<u32> = observed
            .rewrites
            .iter()
            .map(|r| r.oid)
            .chain(observed.index_builds.iter().map(|b| b.relation.oid))
            .collect();
        observed.scans.retain(|scan| !told.contains(&scan.oid));
        observed.scans.sort();
        observed.scans.dedup();
        // The rebuilding of a table's indexes is part of its rewrite.
        let rewritten: Vec<u32> = observed.rewrites.iter().map(|r| r.oid).collect();
        observed.index_builds.retain(|build| !rewritten.contains(&build.relation.oid));
    }

    /// A relation of this name that was there and is locked by this transaction; the messages leave out the schema.
    fn named(&self, name: &str) -> Option<RelationSeen> {
        self.present
            .values()
            .filter(|p| p.relation.name == name && p.relation.holds_rows())
            .max_by_key(|p| self.held.get(&p.relation.oid).and_then(|modes| modes.last().copied()))
            .filter(|p| self.held.contains_key(&p.relation.oid))
            .map(|p| p.relation.clone())
    }
}

fn add(list: &mut Vec<RelationSeen>, relation: Option<RelationSeen>) {
    if let Some(relation) = relation
        && !list.contains(&relation)
    {
        list.push(relation);
    }
}

/// TRUNCATE gives a table new storage as well, but copies nothing.
fn replaces_storage(kind: &StatementKind) -> bool {
    !matches!(kind, StatementKind::Truncate) && !matches!(kind, StatementKind::Do | StatementKind::Call)
}

/// A lock is held from the start of its statement to the end of the transaction.
pub(crate) fn hold_to_the_end(statements: &mut [Observed]) {
    let mut to_the_end = Duration::ZERO;
    let mut transaction = None;
    for observed in statements.iter_mut().rev() {
        if transaction.replace(observed.transaction) != Some(observed.transaction) {
            to_the_end = Duration::ZERO;
        }
        to_the_end += observed.took;
        for lock in &mut observed.locks {
            lock.held = to_the_end;
        }
    }
}

/// The index builds among a watched statement's messages.
pub(crate) fn builds_told<'r>(
    notices: &[freehold_db::Notice],
    relations: impl Iterator<Item = &'r RelationSeen> + Clone,
) -> Vec<IndexBuild> {
    work_told(notices)
        .into_iter()
        .filter_map(|work| match work {
            Work::Builds { index, table } => {
                let relation = relations.clone().find(|r| r.name == table && r.holds_rows())?.clone();
                Some(IndexBuild { index, relation })
            }
            _ => None,
        })
        .collect()
}
