//! What the server tells of a statement and of types before they are used for the first time.

use std::sync::{Arc, PoisonError};

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use postgres_types::Type;
use smallvec::smallvec;

use super::{
    Step, Wire, answer, encode,
    link::Unit,
    refuse,
    statement::Statement,
    ticket::{Outcome, Ticket},
    types::LOOK_UP,
    unit::{Draft, Failed, TRIES},
};
use crate::{
    Column, Error, Sql,
    context::{Context, take_on},
    execute::Param,
};

impl Wire {
    /// The statement that takes on so many settings; it needs no look.
    pub(super) fn take_on(&self, count: usize) -> Option<Arc<Statement>> {
        if count == 0 {
            return None;
        }
        let mut contexts = self.contexts.lock().unwrap_or_else(PoisonError::into_inner);
        if contexts.len() <= count {
            contexts.resize(count + 1, None);
        }
        let made = contexts.get_mut(count)?.get_or_insert_with(|| {
            self.registry.make(&take_on(count), vec![Type::TEXT; count * 2], Arc::new([]), false)
        });
        Some(made.clone())
    }

    /// Forgets every statement: the server does not know them any more.
    pub(super) fn forget_all(&self) {
        self.contexts.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.registry.clear();
    }

    /// Asks the server for a statement's parameters and columns.
    pub(super) async fn look_at(&self, context: &Context, sql: &Sql) -> Result<Arc<Statement>, Failed> {
        refuse::check(sql.as_str())?;
        for _ in 0..TRIES {
            let settings = context.all_settings()?;
            let statement = self.take_on(settings.len());
            let mut bytes = BytesMut::new();
            if let Some(statement) = &statement {
                encode::context(self.naming(), statement, &settings, &mut bytes)?;
            }
            let head = bytes.len();
            encode::look_at(sql.as_str(), &mut bytes)?;
            frontend::sync(&mut bytes);
            let unit = Unit {
                ticket: Arc::new(Ticket::new()),
                context: statement,
                head,
                named: false,
                steps: smallvec![],
                bytes,
                alone: false,
                repeatable: true,
            };
            let seen = match self.deliver(context, unit).await? {
                Outcome::Again => continue,
                Outcome::Failed(fault) => {
                    return Err(fault.into_error(false, || self.hub.connect.to()).into());
                }
                Outcome::Answer { bytes, link, .. } => {
                    answer::read_look(&bytes).inspect_err(|_| self.hub.distrust(link))
                }
            };
            let seen = seen.map_err(|fault| fault.into_error(false, String::new))?;
            let seen = seen.map_err(|error| {
                let gone = error.sqlstate().code() == "26000";
                let error = Error::Database(Box::new(error));
                if gone {
                    self.forget_all();
                    return Failed::Stale(error);
                }
                Failed::Error(error)
            })?;
            let oids = seen.params.iter().copied().chain(seen.columns.iter().map(|(_, oid)| *oid));
            self.learn_types(context, oids.collect()).await?;
            let params = seen.params.iter().map(|oid| self.ty(*oid)).collect();
            let column = |(name, oid)| Column { name, ty: self.ty(oid) };
            let columns = seen.columns.into_iter().map(column).collect();
            return Ok(self.registry.add(sql, params, columns, true));
        }
        Err(Error::Lost { sent: false, source: None }.into())
    }

    fn ty(&self, oid: u32) -> Type {
        self.types.get(oid).unwrap_or(Type::UNKNOWN)
    }

    /// Columns as they were described, with their types.
    pub(super) async fn columns(
        &self,
        context: &Context,
        described: Vec<(String, u32)>,
    ) -> Result<Arc<[Column]>, Failed> {
        self.learn_types(context, described.iter().map(|(_, oid)| *oid).collect()).await?;
        Ok(described.into_iter().map(|(name, oid)| Column { name, ty: self.ty(oid) }).collect())
    }

    /// Looks up the types that are not known yet.
    async fn learn_types(&self, context: &Context, oids: Vec<u32>) -> Result<(), Failed> {
        let missing = self.types.missing(oids);
        if missing.is_empty() {
            return Ok(());
        }
        let sql = Sql::from(LOOK_UP);
        let statement = self.registry.find(&sql).unwrap_or_else(|| {
            let columns = look_up_columns().map(|ty| Column { name: String::new(), ty }).collect();
            self.registry.add(&sql, vec![Type::OID_ARRAY], columns, false)
        });
        let params: [Param<'_>; 1] = [&missing];
        let draft =
            Draft { bare: true, steps: smallvec![statement], naming: self.naming(), repeatable: true };
        let step = Step { sql: &sql, params: &params };
        let replies = self.send(context, &draft, &[step]).await?;
        let rows = replies.into_iter().next().map(|reply| reply.rows).unwrap_or_default();
        Ok(self.types.learn(&rows, &missing)?)
    }
}

fn look_up_columns() -> impl Iterator<Item = Type> {
    let columns = [
        Type::OID,
        Type::TEXT,
        Type::TEXT,
        Type::TEXT,
        Type::OID,
        Type::OID,
        Type::OID,
        Type::TEXT,
        Type::TEXT_ARRAY,
        Type::TEXT_ARRAY,
        Type::OID_ARRAY,
    ];
    columns.into_iter()
}
