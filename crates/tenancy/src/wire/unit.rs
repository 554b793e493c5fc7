//! From statements to a unit, and from its bytes to rows.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use postgres_types::Kind;
use smallvec::SmallVec;

use super::{
    Replies, Reply, Step, Wire, answer,
    encode::{self, Naming},
    link::{Steps, Unit},
    ticket::{Outcome, Ticket},
};
use crate::{Error, context::Context};

/// So often a unit that had no effect is sent once more.
pub(super) const TRIES: usize = 5;

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
pub(super) struct Draft {
    /// Whether it goes without a context.
    pub(super) bare: bool,
    pub(super) steps: Steps,
    pub(super) naming: Naming,
    pub(super) repeatable: bool,
}

impl Wire {
    pub(super) fn naming(&self) -> Naming {
        if self.hub.options.unnamed { Naming::Unnamed } else { Naming::Named }
    }

    /// One attempt. Statements that nobody knows yet are looked at first, in a trip of their own.
    pub(super) async fn attempt(&self, context: &Context, steps: &[Step<'_>]) -> Result<Replies, Failed> {
        let mut known = SmallVec::with_capacity(steps.len());
        let (mut fresh, mut for_once, mut repeatable) = (false, false, true);
        for step in steps {
            let sql = step.sql.known();
            for_once |= step.sql.is_for_once();
            let statement = match self.registry.find(sql) {
                Some(statement) => statement,
                None => {
                    fresh = true;
                    Box::pin(self.look_at(context, sql)).await?
                }
            };
            repeatable &= !statement.may_commit;
            known.push(statement);
        }
        // What will not come again gets no name.
        let naming = if for_once { Naming::Unnamed } else { self.naming() };
        let draft = Draft { bare: false, steps: known, naming, repeatable };
        match self.send(context, &draft, steps).await {
            Err(Failed::Stale(error)) if fresh => Err(Failed::Error(error)),
            other => other,
        }
    }

    pub(super) async fn send(
        &self,
        context: &Context,
        draft: &Draft,
        steps: &[Step<'_>],
    ) -> Result<Replies, Failed> {
        for _ in 0..TRIES {
            let unit = self.encode(context, draft, steps)?;
            let in_context = unit.context.is_some();
            match self.deliver(context, unit).await? {
                Outcome::Again => {}
                Outcome::Failed(fault) => {
                    return Err(fault.into_error(true, || self.hub.connect.to()).into());
                }
                Outcome::Answer { bytes, parsed, link } => {
                    let read = self.read(context, draft, in_context, bytes, parsed);
                    return match read {
                        Ok(Read::Whole(replies)) => Ok(replies),
                        Ok(Read::Changed(parts, bytes)) => {
                            Box::pin(self.read_changed(context, draft, parts, bytes)).await
                        }
                        Err(failed) => {
                            if let Failed::Error(Error::Protocol(_)) = &failed {
                                self.hub.distrust(link);
                            }
                            Err(failed)
                        }
                    };
                }
            }
        }
        Err(Error::Lost { sent: false, source: None }.into())
    }

    fn encode(&self, context: &Context, draft: &Draft, steps: &[Step<'_>]) -> Result<Unit, Failed> {
        let mut bytes = BytesMut::with_capacity(256);
        let mut take_on = None;
        if !draft.bare {
            let settings = context.all_settings()?;
            take_on = self.take_on(settings.len());
            if let Some(statement) = &take_on {
                encode::context(self.naming(), statement, &settings, &mut bytes)?;
            }
        }
        let head = bytes.len();
        for (statement, step) in draft.steps.iter().zip(steps) {
            if let Err(error) = encode::step(draft.naming, statement, step.sql, step.params, &mut bytes) {
                let own = |kind: &Kind| matches!(kind, Kind::Enum(_) | Kind::Composite(_));
                // An enum may have got a label, a composite a field.
                if statement.params.iter().any(|ty| own(ty.kind()))
                    && matches!(error, Error::Parameter { .. })
                {
                    self.types.clear();
                    self.registry.forget(step.sql.known());
                    return Err(Failed::Stale(error));
                }
                return Err(error.into());
            }
            encode::check_size(&bytes)?;
        }
        encode::sync(&mut bytes);
        Ok(Unit {
            ticket: Arc::new(Ticket::new()),
            context: take_on,
            head,
            named: draft.naming == Naming::Named,
            steps: draft.steps.clone(),
            bytes,
            alone: false,
            repeatable: draft.repeatable,
        })
    }

    fn read(
        &self,
        context: &Context,
        draft: &Draft,
        in_context: bool,
        bytes: Bytes,
        parsed: u64,
    ) -> Result<Read, Failed> {
        let described = match draft.naming {
            Naming::Unnamed => u64::MAX,
            Naming::Named => parsed,
        };
        let expected = answer::Expected { context: in_context, steps: &draft.steps, described };
        let failed = |fault: super::fault::Fault| Failed::Error(fault.into_error(true, String::new));
        let parts = match answer::read(&bytes, &expected).map_err(failed)? {
            Ok(parts) => parts,
            Err(refused) => return Err(self.refused(context, draft, refused)),
        };
        if parts.iter().any(|part| part.changed.is_some()) {
            return Ok(Read::Changed(parts, bytes));
        }
        let mut replies = Replies::with_capacity(parts.len());
        for (part, statement) in parts.into_iter().zip(&draft.steps) {
            let affected = part.affected;
            let rows = part.rows(statement.columns.clone(), &bytes).map_err(failed)?;
            replies.push(Reply { rows, affected });
        }
        Ok(Read::Whole(replies))
    }

    /// An answer whose columns are not those that were known.
    async fn read_changed(
        &self,
        context: &Context,
        draft: &Draft,
        parts: answer::Parts,
        bytes: Bytes,
    ) -> Result<Replies, Failed> {
        let mut replies = Replies::new();
        for (mut part, statement) in parts.into_iter().zip(&draft.steps) {
            let affected = part.affected;
            let columns = match part.changed.take() {
                None => statement.columns.clone(),
                Some(changed) => {
                    self.registry.forget(&statement.sql);
                    self.columns(context, changed).await?
                }
            };
            let rows = part.rows(columns, &bytes).map_err(|fault| fault.into_error(true, String::new))?;
            replies.push(Reply { rows, affected });
        }
        Ok(replies)
    }

    /// A refusal that may come from what was known and is no longer so is worth a second attempt.
    fn refused(&self, context: &Context, draft: &Draft, refused: answer::Refused) -> Failed {
        let code = refused.error.sqlstate().code().to_owned();
        if code == "57014" && context.is_over() {
            return Failed::Error(Error::Deadline);
        }
        let error = Error::Database(Box::new(refused.error));
        let stale = refused.early || matches!(code.as_str(), "0A000" | "26000" | "XX000" | "42704");
        if !stale || !draft.repeatable {
            return Failed::Error(error);
        }
        if code == "26000" {
            self.forget_all();
        }
        if matches!(code.as_str(), "XX000" | "42704") {
            self.types.clear();
        }
        draft.steps.iter().for_each(|statement| self.registry.forget(&statement.sql));
        Failed::Stale(error)
    }
}

/// An answer that was read.
enum Read {
    Whole(Replies),
    /// Some of its columns are not those that were known.
    Changed(answer::Parts, Bytes),
}
