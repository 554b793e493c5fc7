//! From statements to a unit, and from its bytes to rows.

use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use postgres_protocol::message::frontend;
use postgres_types::{Kind, Type};
use tokio::time::timeout_at;

use super::{
    Reply, Step, Wire, answer,
    encode::{self, Naming},
    hub::Hub,
    link::Unit,
    refuse,
    statement::Statement,
    ticket::{Abandoned, Outcome, Ticket},
    types::LOOK_UP,
};
use crate::{
    Column, Error, Sql,
    context::{Context, take_on},
    execute::Param,
};

/// So often a unit that had no effect is sent once more.
const TRIES: usize = 5;

/// Why a unit gave no answer.
pub(super) enum Failed {
    /// What was known of a statement may be out of date, and was forgotten; the unit had no effect.
    Stale(Error),
    Error(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What a unit is made of before it is bytes.
struct Draft {
    context: Option<Arc<Statement>>,
    settings: Vec<(String, String)>,
    steps: Vec<Arc<Statement>>,
    naming: Naming,
    repeatable: bool,
}

impl Wire {
    fn naming(&self) -> Naming {
        if self.hub.options.unnamed { Naming::Unnamed } else { Naming::Named }
    }

    /// One attempt. Statements that nobody knows yet are looked at first, in a trip of their own.
    pub(super) async fn attempt(&self, context: &Context, steps: &[Step<'_>]) -> Result<Vec<Reply>, Failed> {
        let settings = settings(context)?;
        let mut known = Vec::with_capacity(steps.len());
        let mut fresh = false;
        for step in steps {
            let sql = step.sql.known();
            known.push(match self.registry.find(sql) {
                Some(statement) => statement,
                None => {
                    fresh = true;
                    Box::pin(self.look_at(context, sql)).await?
                }
            });
        }
        let repeatable = !steps.iter().any(|step| refuse::may_commit(step.sql.as_str()));
        // What will not come again gets no name.
        let named = !steps.iter().any(|step| step.sql.is_for_once());
        let naming = if named { self.naming() } else { Naming::Unnamed };
        let draft =
            Draft { context: self.take_on(settings.len()), settings, steps: known, naming, repeatable };
        let sent = self.send(context, &draft, steps).await;
        match sent {
            Err(Failed::Stale(error)) if fresh => Err(Failed::Error(error)),
            other => other,
        }
    }

    async fn send(&self, context: &Context, draft: &Draft, steps: &[Step<'_>]) -> Result<Vec<Reply>, Failed> {
        for _ in 0..TRIES {
            let (head, body) = self.encode(draft, steps)?;
            let unit = |ticket| Unit {
                ticket,
                context: draft.context.clone().zip(head),
                named: draft.naming == Naming::Named,
                steps: draft.steps.clone(),
                body,
                alone: false,
                repeatable: draft.repeatable,
            };
            match self.deliver(context, unit).await? {
                Outcome::Again => {}
                Outcome::Failed(fault) => {
                    return Err(fault.into_error(true, || self.hub.connect.to()).into());
                }
                Outcome::Answer { bytes, parsed, link } => {
                    let read = self.read(context, draft, bytes, parsed).await;
                    if let Err(Failed::Error(Error::Protocol(_))) = &read {
                        self.hub.distrust(link);
                    }
                    return read;
                }
            }
        }
        Err(Error::Lost { sent: false, source: None }.into())
    }

    fn encode(&self, draft: &Draft, steps: &[Step<'_>]) -> Result<(Option<BytesMut>, BytesMut), Failed> {
        let mut head = None;
        if let Some(statement) = &draft.context {
            let mut buf = BytesMut::with_capacity(160);
            encode::context(self.naming(), statement, &draft.settings, &mut buf)?;
            head = Some(buf);
        }
        let mut body = BytesMut::with_capacity(160);
        for (statement, step) in draft.steps.iter().zip(steps) {
            if let Err(error) = encode::step(draft.naming, statement, step.sql, step.params, &mut body) {
                // An enum may have got a label, a composite a field.
                let stale =
                    statement.params.iter().any(|ty| matches!(ty.kind(), Kind::Enum(_) | Kind::Composite(_)));
                if stale && matches!(error, Error::Parameter { .. }) {
                    self.types.clear();
                    self.registry.forget(step.sql.known());
                    return Err(Failed::Stale(error));
                }
                return Err(error.into());
            }
            encode::check_size(&body)?;
        }
        frontend::sync(&mut body);
        Ok((head, body))
    }

    async fn read(
        &self,
        context: &Context,
        draft: &Draft,
        bytes: Bytes,
        parsed: u64,
    ) -> Result<Vec<Reply>, Failed> {
        let described = match draft.naming {
            Naming::Unnamed => {
                (0..draft.steps.len()).filter(|at| draft.steps.get(*at).is_some_and(|s| s.describe)).collect()
            }
            Naming::Named if parsed == 0 => Vec::new(),
            Naming::Named => (0..draft.steps.len())
                .filter(|at| parsed & (1 << at) != 0 && draft.steps.get(*at).is_some_and(|s| s.describe))
                .collect(),
        };
        let expected = answer::Expected { context: draft.context.is_some(), steps: &draft.steps, described };
        let parts =
            match answer::read(&bytes, &expected).map_err(|fault| fault.into_error(true, String::new))? {
                Ok(parts) => parts,
                Err(refused) => return Err(self.refused(context, draft, refused)),
            };
        let mut replies = Vec::with_capacity(parts.len());
        for (mut part, statement) in parts.into_iter().zip(&draft.steps) {
            let affected = part.affected;
            let columns = match part.changed.take() {
                None => statement.columns.clone(),
                Some(changed) => {
                    self.registry.forget(&statement.sql);
                    Box::pin(self.columns(context, changed)).await?
                }
            };
            let rows = part.rows(columns, bytes.clone());
            replies
                .push(Reply { rows: rows.map_err(|fault| fault.into_error(true, String::new))?, affected });
        }
        Ok(replies)
    }

    /// A refusal that may come from what was known and is no longer so is worth a second attempt.
    fn refused(&self, context: &Context, draft: &Draft, refused: answer::Refused) -> Failed {
        let code = refused.error.sqlstate().code().to_owned();
        let over = context.deadline.is_some_and(|deadline| {
            deadline.saturating_duration_since(tokio::time::Instant::now()) < Duration::from_millis(2)
        });
        if code == "57014" && over {
            return Failed::Error(Error::Deadline);
        }
        let error = Error::Database(Box::new(refused.error));
        let stale = refused.early || matches!(code.as_str(), "0A000" | "26000" | "XX000" | "42704");
        if !stale || !draft.repeatable {
            return Failed::Error(error);
        }
        if code == "26000" {
            self.registry.clear();
        }
        if matches!(code.as_str(), "XX000" | "42704") {
            self.types.clear();
        }
        draft.steps.iter().for_each(|statement| self.registry.forget(&statement.sql));
        Failed::Stale(error)
    }

    /// The statement that takes on so many settings; it needs no look.
    fn take_on(&self, count: usize) -> Option<Arc<Statement>> {
        if count == 0 {
            return None;
        }
        let sql = take_on(count);
        Some(
            self.registry
                .find(&sql)
                .unwrap_or_else(|| self.registry.add(&sql, vec![Type::TEXT; count * 2], Arc::new([]), false)),
        )
    }

    /// Asks the server for a statement's parameters and columns.
    async fn look_at(&self, context: &Context, sql: &Sql) -> Result<Arc<Statement>, Failed> {
        refuse::check(sql.as_str())?;
        let settings = settings(context)?;
        for _ in 0..TRIES {
            let statement = self.take_on(settings.len());
            let mut head = BytesMut::new();
            if let Some(statement) = &statement {
                encode::context(self.naming(), statement, &settings, &mut head)?;
            }
            let mut body = BytesMut::new();
            encode::look_at(sql.as_str(), &mut body)?;
            frontend::sync(&mut body);
            let unit = |ticket| Unit {
                ticket,
                context: statement.map(|statement| (statement, head)),
                named: false,
                steps: Vec::new(),
                body,
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
                if error.sqlstate().code() == "26000" {
                    self.registry.clear();
                    return Failed::Stale(Error::Database(Box::new(error)));
                }
                Failed::Error(Error::Database(Box::new(error)))
            })?;
            let oids = seen.params.iter().copied().chain(seen.columns.iter().map(|(_, oid)| *oid));
            self.learn_types(context, oids.collect()).await?;
            let params = seen.params.iter().map(|oid| self.ty(*oid)).collect();
            let columns =
                seen.columns.into_iter().map(|(name, oid)| Column { name, ty: self.ty(oid) }).collect();
            return Ok(self.registry.add(sql, params, columns, true));
        }
        Err(Error::Lost { sent: false, source: None }.into())
    }

    fn ty(&self, oid: u32) -> Type {
        self.types.get(oid).unwrap_or(Type::UNKNOWN)
    }

    async fn columns(
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
        let draft = Draft {
            context: None,
            settings: Vec::new(),
            steps: vec![statement],
            naming: self.naming(),
            repeatable: true,
        };
        let step = Step { sql: &sql, params: &params };
        let replies = self.send(context, &draft, &[step]).await?;
        let rows = replies.into_iter().next().map(|reply| reply.rows).unwrap_or_default();
        Ok(self.types.learn(&rows, &missing)?)
    }

    /// Hands a unit over and waits for its outcome. Dropped meanwhile, the unit is not sent, or its answer thrown away
    /// and the server told to stop.
    async fn deliver(
        &self,
        context: &Context,
        unit: impl FnOnce(Arc<Ticket>) -> Unit,
    ) -> Result<Outcome, Failed> {
        let ticket = Arc::new(Ticket::new());
        let begun = Instant::now();
        let waits = self.hub.submit(unit(ticket.clone()))?;
        let guard = Guard { hub: &self.hub, ticket: &ticket };
        let outcome = poll_fn(|cx| guard.ticket.poll(cx));
        if !waits && context.deadline.is_none() {
            return Ok(outcome.await);
        }
        let mut outcome = pin!(outcome);
        let patience = tokio::time::Instant::from_std(begun) + self.hub.options.patience;
        let first = context.deadline.map_or(patience, |deadline| deadline.min(patience));
        if waits {
            match timeout_at(first, &mut outcome).await {
                Ok(outcome) => return Ok(outcome),
                Err(_) if guard.ticket.is_queued() && first == patience => {
                    return Err(self.hub.why_waiting(begun.elapsed()).into());
                }
                Err(_) => {}
            }
        }
        match context.deadline {
            None => Ok(outcome.await),
            Some(deadline) => Ok(timeout_at(deadline, outcome).await.map_err(|_| Error::Deadline)?),
        }
    }
}

/// Gives a unit up when its caller stops waiting.
struct Guard<'h> {
    hub: &'h Hub,
    ticket: &'h Ticket,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.ticket.abandon() == Abandoned::Sent {
            self.hub.look_for_abandoned();
        }
    }
}

/// What the transaction is told, including that nothing may be written.
fn settings(context: &Context) -> Result<Vec<(String, String)>, Error> {
    let mut settings = context.all_settings()?;
    if context.read_only {
        settings.push(("transaction_read_only".to_owned(), "on".to_owned()));
    }
    Ok(settings)
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
