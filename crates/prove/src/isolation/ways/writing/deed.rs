//! Deeds: what is done to rows of others, and rows that are added for them; with the question whether a refusal was meant
//! for A or for everybody.

use freehold_model::{catalog::RelationKind, sqlstate::SqlState};

use super::{
    attempt::{Attempt, Came},
    changes::Changes,
    subject::{Line, Subject},
};
use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    trial::{Refused, Who},
    ways::judge::{SHOWN, policy_advice},
};

/// Something that is done to rows of others.
#[derive(Debug, Clone)]
pub(in crate::isolation::ways) struct Deed {
    /// The statement for all rows: it needs no privilege to read, so that policies for reading do not shield from it.
    pub(in crate::isolation::ways) blind: String,
    /// The statement for one row of another tenant alone.
    pub(in crate::isolation::ways) narrow: String,
    /// The same where nothing speaks against it, and who does it: refused too, the refusal was not for A's sake.
    pub(in crate::isolation::ways) control: (Who, String),
    /// In the past, for people: `deleted`.
    pub(in crate::isolation::ways) done: &'static str,
}

/// A row that is added for another tenant.
#[derive(Debug, Clone)]
pub(in crate::isolation::ways) struct Addition {
    /// The statement; then the same with other values in the columns that policies speak of.
    pub(in crate::isolation::ways) statements: Vec<String>,
    /// In the past, for people: `inserted`.
    pub(in crate::isolation::ways) done: &'static str,
}

/// A raised exception: a trigger's own refusal.
const RAISED: &str = "P0001";

impl Subject<'_> {
    /// A leak of this relation.
    pub(in crate::isolation::ways) fn leak(
        &self,
        sql: &str,
        returned: Vec<String>,
        means: impl Into<String>,
    ) -> Outcome {
        Outcome::leaked(sql, returned, means, self.advice())
    }

    /// What to do where rows can be written to through this relation.
    pub(in crate::isolation::ways) fn advice(&self) -> String {
        if self.relation.kind == RelationKind::View {
            return format!(
                "Set security_invoker on {}, so that the policies of the tables under it bind who asks, or take the right to \
                 write to it away",
                self.relation.name
            );
        }
        if self.relation.partition.is_some() && !self.relation.row_security {
            return format!(
                "Take the privileges on {} away: rows are reached through the partitioned table, whose policies do not bind \
                 who names the partition; or enable and force row level security on the partition too",
                self.relation.name
            );
        }
        policy_advice(self.relation)
    }

    /// Does something to rows of others.
    pub(in crate::isolation::ways) async fn reach_others(
        &self,
        deed: &Deed,
    ) -> Result<Outcome, IsolationError> {
        let blind = Attempt { sql: deed.blind.clone(), ..Attempt::default() };
        let (sql, came) = self.attempt(Who::A, &blind).await?;
        match came {
            Came::Through(affected, changes) => return Ok(self.judge(&sql, affected, &changes, deed.done)),
            Came::Stopped(refused) => return Ok(stopped(&refused)),
            Came::Refused(refused) if refused.is_by_privilege() => return Ok(by_privilege(&sql, &refused)),
            Came::Refused(_) => {}
        }
        // A row of A's own may have been what was refused: now a row of another tenant alone.
        let alone = if self.is_searchable() {
            Attempt { sql: deed.narrow.clone(), ..Attempt::default() }
        } else {
            let own: Vec<String> = self.own.iter().filter_map(|line| line.remove.clone()).collect();
            Attempt { prepare: own, sql: deed.blind.clone(), ..Attempt::default() }
        };
        let (sql, came) = self.attempt(Who::A, &alone).await?;
        let refused = match came {
            Came::Through(affected, changes) => return Ok(self.judge(&sql, affected, &changes, deed.done)),
            Came::Stopped(refused) => return Ok(stopped(&refused)),
            Came::Refused(refused) if refused.is_by_privilege() => return Ok(by_privilege(&sql, &refused)),
            Came::Refused(refused) => refused,
        };
        let (who, statement) = &deed.control;
        let control = Attempt { sql: statement.clone(), ..Attempt::default() };
        match self.attempt(who.clone(), &control).await?.1 {
            Came::Through(affected, _) if affected > 0 => {
                Ok(Outcome::held(sql, format!("refused, and not where it is allowed: {}", refused.words())))
            }
            _ if refused.sqlstate.is_some_and(|state| state.class() == "23") => {
                let means = format!(
                    "A reached a row of another tenant in {}: not a policy but a constraint of that row kept it from being {}",
                    self.relation.name, deed.done
                );
                Ok(self.leak(&sql, vec![refused.words()], means))
            }
            _ if refused.sqlstate == SqlState::parse(RAISED) => {
                Ok(Outcome::held(sql, format!("refused, whoever asks: {}", refused.words())))
            }
            _ => Ok(Outcome::not_tried(format!("the server refused the statement: {}", refused.words()))),
        }
    }

    fn judge(&self, sql: &str, affected: u64, changes: &Changes, done: &str) -> Outcome {
        if !changes.reach_others() {
            return Outcome::held(sql, format!("{affected} rows {done}, none of another tenant"));
        }
        let number = changes.gone.len().max(changes.made.len());
        let means =
            format!("A, in its own context, {done} {number} rows of other tenants by {}", self.relation.name);
        self.leak(sql, changes.lines(SHOWN), means)
    }

    /// Adds a row for another tenant: one that it had, taken away before so that nothing but the tenant line is in the way.
    pub(in crate::isolation::ways) async fn add_for_other(
        &self,
        other: &Line,
        addition: &Addition,
    ) -> Result<Outcome, IsolationError> {
        let mut first = None;
        for sql in &addition.statements {
            let outcome = self.added(other, sql, addition.done).await?;
            if outcome.is_leak() {
                return Ok(outcome);
            }
            first.get_or_insert(outcome);
        }
        Ok(first.unwrap_or_else(|| Outcome::not_tried("there is no such statement")))
    }

    async fn added(&self, other: &Line, sql: &str, done: &str) -> Result<Outcome, IsolationError> {
        let attempt = Attempt {
            prepare: other.remove.clone().into_iter().collect(),
            removed: other.removed.clone(),
            sql: sql.to_owned(),
        };
        let (sql, came) = self.attempt(Who::A, &attempt).await?;
        let refused = match came {
            Came::Through(_, changes) if changes.reach_others() => {
                let means = format!("A, in its own context, {} a row that belongs to another tenant", done);
                return Ok(self.leak(&sql, changes.lines(SHOWN), means));
            }
            Came::Through(..) => {
                return Ok(Outcome::held(sql, "the new row did not become another tenant's"));
            }
            Came::Stopped(refused) => return Ok(stopped(&refused)),
            Came::Refused(refused) if refused.is_by_privilege() => return Ok(by_privilege(&sql, &refused)),
            Came::Refused(refused) => refused,
        };
        let who = Who { tenant: Some(other.tenant), role: None };
        match self.attempt(who, &attempt).await?.1 {
            Came::Through(..) => {
                Ok(Outcome::held(sql, format!("refused, and not for the tenant itself: {}", refused.words())))
            }
            _ => Ok(Outcome::not_tried(format!("the server refused the statement: {}", refused.words()))),
        }
    }
}

/// Held by a lack of privilege, or by a policy's WITH CHECK.
pub(in crate::isolation::ways) fn by_privilege(sql: &str, refused: &Refused) -> Outcome {
    Outcome::held(sql, format!("refused: {}", refused.words()))
}

/// Not tried, as what had to be done before could not be done.
pub(in crate::isolation::ways) fn stopped(refused: &Refused) -> Outcome {
    Outcome::not_tried(format!("what comes before could not be done: {}", refused.words()))
}

/// One outcome for several attempts: a leak before what was not tried before what held.
pub(in crate::isolation::ways) fn worst(outcomes: Vec<Outcome>) -> Option<Outcome> {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Leaked(_) => 0,
        Outcome::NotTried { .. } => 1,
        Outcome::Held { .. } => 2,
    };
    outcomes.into_iter().min_by_key(rank)
}
