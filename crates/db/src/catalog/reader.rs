//! The reader: remembers what it read and the marks that it had, and reads again what has other marks.

use std::sync::Arc;

use freehold_model::{
    catalog::{Catalog, Objects},
    sqlstate::SqlState,
};
use futures_util::future::{join, join3};
use tokio_postgres::SimpleQueryMessage;

use super::{
    dirty::{ALL, Dirty, Owners, owned_ids},
    fetch::{self, Fetched, Found},
    group::{self, Group},
    pinned,
    probe::{self, Probe},
    renamed::{columns_came_or_went, renamed},
    rows::{Bad, Fields},
};
use crate::{DbError, Session};

/// Reads the catalog of one database, again and again: the first call reads all of it, later calls only what changed.
///
/// It can be used inside and outside of transactions and after rollbacks, and on another session of the same database.
/// It can also go on with a database that was cloned from the one it read (on the same server), for a clone keeps ids
/// and row versions. For an unrelated database take a new reader.
///
/// A clone costs nothing and is a mark to go back to: after a rollback it knows already what is there again.
#[derive(Debug, Clone, Default)]
pub struct CatalogReader {
    known: Option<Arc<Known>>,
    /// What the transaction that is open had written when it was last looked at.
    written: Option<Written>,
}

#[derive(Debug, Clone)]
struct Known {
    catalog: Arc<Catalog>,
    probe: Probe,
    owners: Owners,
}

impl CatalogReader {
    /// A reader that has read nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The catalog as it is now, seen from the session and its transaction. When nothing changed, the same value as
    /// before. Leaves the session as it was: settings, transaction, role.
    ///
    /// # Errors
    /// What the server says; inside a transaction that has failed nothing can be read.
    pub async fn read(&mut self, session: &Session) -> Result<Arc<Catalog>, DbError> {
        let (probe, found) = match self.look(session).await {
            // A script did away with the prepared statements behind the session's back.
            Err(error) if error.sqlstate() == SqlState::parse("26000") => {
                session.forget_prepared();
                self.look(session).await?
            }
            looked => looked?,
        };
        let Some(known) = &mut self.known else {
            let probe = probe.unwrap_or_default();
            let fetched =
                fetch::fetch(session, &Dirty::everything(&probe), &found, &Catalog::default()).await?;
            let (catalog, owners) = whole(fetched);
            self.known = Some(Arc::new(Known { catalog: Arc::clone(&catalog), probe, owners }));
            return Ok(catalog);
        };
        let Some(probe) = probe else { return Ok(Arc::clone(&known.catalog)) };
        let dirty = Dirty::between(&known.probe, &probe, &known.catalog, &known.owners);
        let known = Arc::make_mut(known);
        if !dirty.is_empty() {
            let outcome = known.refresh(session, &probe, &found, dirty).await;
            if let Err(error) = outcome {
                // What is known may be half new now.
                self.known = None;
                return Err(error);
            }
        }
        known.probe = probe;
        Ok(Arc::clone(&known.catalog))
    }

    /// To be called right after a transaction was begun whose first sight of the catalog is exactly what was read last:
    /// reads within it then ask only about the catalogs that it has written to. The caller also promises not to
    /// roll back to a savepoint from before a read. A promise that is broken is not noticed.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn begin(&mut self, session: &Session) -> Result<(), DbError> {
        if let Some(known) = &mut self.known {
            let (_, standing) = stand(session).await?;
            Arc::make_mut(known).probe.settle();
            self.written = Some(standing.written);
        }
        Ok(())
    }

    /// Looks at what may have changed: nothing when nothing can have.
    async fn look(&mut self, session: &Session) -> Result<(Option<Probe>, Found), DbError> {
        let (Some(known), Some(before)) = (&self.known, self.written.take()) else {
            return look_at_all(session, self.known.as_ref().and_then(|known| known.probe.snapshot())).await;
        };
        let (found, standing) = stand(session).await?;
        if standing.written.begun != before.begun || !found.in_transaction {
            return look_at_all(session, known.probe.snapshot()).await;
        }
        let touched = standing.written.groups_since(&before);
        self.written = Some(standing.written);
        if touched.is_empty() {
            return Ok((None, found));
        }
        let statement = session.prepared(&group::text(&touched, session.version().major())).await?;
        let probe = session.client().query(&statement, &[&None::<&str>]).await.and_then(|rows| {
            Probe::partly(&known.probe, &touched, &rows, standing.transaction, standing.snapshot)
        });
        let probe = probe.map_err(|error| probing(session, error))?;
        Ok((Some(probe), found))
    }

    /// Reads everything, whatever was read before.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn read_all(&mut self, session: &Session) -> Result<Arc<Catalog>, DbError> {
        self.known = None;
        self.read(session).await
    }
}

impl Known {
    async fn refresh(
        &mut self,
        session: &Session,
        probe: &Probe,
        found: &Found,
        dirty: Dirty,
    ) -> Result<(), DbError> {
        let mut fetched = fetch::fetch(session, &dirty, found, &self.catalog).await?;
        let everything = dirty.everything || renamed(&self.catalog, &fetched);
        if everything {
            if !dirty.everything {
                fetched = fetch::fetch(session, &Dirty::everything(probe), found, &self.catalog).await?;
            }
            (self.catalog, self.owners) = whole(fetched);
            return Ok(());
        }
        let mentions = columns_came_or_went(&self.catalog, &fetched);
        let more = Dirty {
            relations: fetched.dependent_relations.iter().map(|id| (*id, ALL)).collect(),
            functions: fetched.dependent_functions.iter().copied().collect(),
            ..Dirty::default()
        };
        self.apply(&dirty, fetched);
        if mentions && !more.is_empty() {
            let fetched = fetch::fetch(session, &more, found, &self.catalog).await?;
            self.apply(&more, fetched);
        }
        Ok(())
    }

    /// Puts what was read in the place of what was known.
    fn apply(&mut self, dirty: &Dirty, fetched: Fetched) {
        let mut catalog = Catalog::clone(&self.catalog);
        if !dirty.relations.is_empty() {
            for old in dirty.relations.keys().filter_map(|oid| catalog.relation_by_oid(*oid)) {
                for id in owned_ids(old) {
                    self.owners.remove(&id);
                }
            }
            let relations: Vec<_> = fetched.relations.into_iter().map(Arc::new).collect();
            for relation in &relations {
                self.owners.extend(owned_ids(relation).map(|id| (id, relation.oid)));
            }
            catalog.relations =
                catalog.relations.replaced(|relation| dirty.relations.contains_key(&relation.oid), relations);
        }
        if !dirty.functions.is_empty() {
            catalog.functions = catalog
                .functions
                .replaced(|function| dirty.functions.contains(&function.oid), fetched.functions);
        }
        for (kind, objects) in fetched.others {
            catalog.others = catalog.others.replaced(|other| other.kind == kind, objects);
        }
        if let Some(types) = fetched.types {
            catalog.types = Objects::new(types);
        }
        if let Some(schemas) = fetched.schemas {
            catalog.schemas = Objects::new(schemas);
        }
        if let Some(extensions) = fetched.extensions {
            catalog.extensions = Objects::new(extensions);
        }
        self.catalog = Arc::new(catalog);
    }
}

/// A catalog from everything.
fn whole(fetched: Fetched) -> (Arc<Catalog>, Owners) {
    let mut owners = Owners::new();
    for relation in &fetched.relations {
        owners.extend(owned_ids(relation).map(|id| (id, relation.oid)));
    }
    let catalog = Catalog {
        schemas: Objects::new(fetched.schemas.unwrap_or_default()),
        relations: fetched.relations.into_iter().collect(),
        types: Objects::new(fetched.types.unwrap_or_default()),
        functions: Objects::new(fetched.functions),
        extensions: Objects::new(fetched.extensions.unwrap_or_default()),
        others: Objects::new(fetched.others.into_iter().flat_map(|(_, objects)| objects).collect()),
    };
    (Arc::new(catalog), owners)
}

/// How a session stands.
struct Standing {
    transaction: Option<i32>,
    snapshot: String,
    written: Written,
}

/// What a transaction has written to the catalogs, by the session's own counters.
#[derive(Debug, Clone)]
struct Written {
    /// When the transaction began, which tells it from others.
    begun: String,
    /// Rows written, for each group of the probe.
    rows: Vec<i64>,
}

impl Written {
    fn new(begun: String, counts: &[i64]) -> Self {
        let mut counts = counts.iter();
        let rows =
            group::groups().iter().map(|group| counts.by_ref().take(group.catalogs.len()).sum()).collect();
        Self { begun, rows }
    }

    /// The groups that look at a catalog which was written to since.
    fn groups_since(&self, before: &Self) -> Vec<&'static Group> {
        let changed = self.rows.iter().zip(&before.rows).map(|(now, then)| now != then);
        group::groups().iter().zip(changed).filter(|(_, changed)| *changed).map(|(group, _)| group).collect()
    }
}

/// Sees how the session stands.
async fn stand(session: &Session) -> Result<(Found, Standing), DbError> {
    let standing = session.prepared(probe::STANDING).await?;
    let (names, catalogs) = (pinned::names(), catalogs());
    let (in_transaction, standing) = join(
        session.client().simple_query(pinned::IN_TRANSACTION),
        session.client().query_one(&standing, &[&names, &catalogs]),
    )
    .await;
    understand(in_transaction, standing).map_err(|error| probing(session, error))
}

/// Probes all, and sees how the session stands, in one round trip.
async fn look_at_all(session: &Session, before: Option<&str>) -> Result<(Option<Probe>, Found), DbError> {
    let all: Vec<&Group> = group::groups().iter().collect();
    let sql = group::text(&all, session.version().major());
    let (marks, standing) = (session.prepared(&sql).await?, session.prepared(probe::STANDING).await?);
    let client = session.client();
    let (names, catalogs) = (pinned::names(), catalogs());
    let (in_transaction, standing, marks) = join3(
        client.simple_query(pinned::IN_TRANSACTION),
        client.query_one(&standing, &[&names, &catalogs]),
        client.query(&marks, &[&before]),
    )
    .await;
    let understood = understand(in_transaction, standing).and_then(|(found, standing)| {
        Ok((Probe::from_rows(&marks?, standing.transaction, standing.snapshot)?, found))
    });
    understood.map_err(|error| probing(session, error))
}

fn catalogs() -> Vec<u32> {
    group::groups().iter().flat_map(|group| group.catalogs.iter().copied()).collect()
}

fn understand(
    in_transaction: Result<Vec<SimpleQueryMessage>, Bad>,
    standing: Result<tokio_postgres::Row, Bad>,
) -> Result<(Found, Standing), Bad> {
    let in_transaction = in_transaction?.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
        _ => false,
    });
    let standing = standing?;
    let mut fields = Fields::new(&standing);
    let (transaction, snapshot) = (fields.next()?, fields.next()?);
    let found = Found { in_transaction, settings: fields.next()? };
    let (begun, counts): (String, Vec<i64>) = (fields.next()?, fields.next()?);
    Ok((found, Standing { transaction, snapshot, written: Written::new(begun, &counts) }))
}

fn probing(session: &Session, error: Bad) -> DbError {
    DbError::from_postgres(format!("probing the catalog of {}", session.name()), error)
}
