//! What a statement's transaction is told before the statement: the tenant, who acts, and the limits of time.

use std::{borrow::Cow, sync::Arc, time::Duration};

use smallvec::SmallVec;
use tokio::time::Instant;

use crate::{Error, Sql, Tenancy, TenantId, signed::SigningKey, telemetry::Tags};

/// The context that travels with every statement of a handle.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// How tenants are told apart.
    pub(crate) tenancy: Arc<Tenancy>,
    /// The tenant; `None` only for work across tenants.
    pub(crate) tenant: Option<TenantId>,
    /// The role that the transaction takes on, where it is not the one that logs in.
    pub(crate) role: Option<Arc<str>>,
    /// Whether it is work across tenants, which has connections of its own.
    pub(crate) system: bool,
    /// Whether nobody looks up if the tenant is served: it is that look-up itself, or work across tenants.
    pub(crate) unchecked: bool,
    /// The longest that one statement may take, whatever the deadline.
    pub(crate) statement_timeout: Option<Duration>,
    /// Settings that hold for one transaction, besides the tenant: who acts, for the audit trail, for example.
    pub(crate) settings: Vec<(String, String)>,
    /// When the answer is of no more use.
    pub(crate) deadline: Option<Instant>,
    /// Whether nothing may be written.
    pub(crate) read_only: bool,
    /// Whether a transaction sees one moment throughout (REPEATABLE READ).
    pub(crate) snapshot: bool,
    /// What the tenant is signed with, where the database takes signed ones only.
    pub(crate) signer: Option<Arc<SigningKey>>,
    /// What every statement is tagged with.
    pub(crate) tags: Option<Arc<Tags>>,
}

/// Names of settings and their values.
pub(crate) type AllSettings<'c> = SmallVec<[(Cow<'c, str>, Cow<'c, str>); 4]>;

impl Context {
    /// All settings of the transaction, with their values, the tenant's first.
    ///
    /// # Errors
    /// [`Error::Deadline`] when the deadline has passed.
    pub(crate) fn all_settings(&self) -> Result<AllSettings<'_>, Error> {
        let mut all = AllSettings::new();
        if let Some(role) = &self.role {
            all.push((Cow::Borrowed("role"), Cow::Borrowed(role)));
        }
        if let Some(tenant) = &self.tenant {
            let value = match &self.signer {
                Some(key) => key.sign(tenant)?,
                None => tenant.to_string(),
            };
            all.push((Cow::Borrowed(&self.tenancy.setting), Cow::Owned(value)));
        }
        all.extend(
            self.settings
                .iter()
                .map(|(name, value)| (Cow::Borrowed(name.as_str()), Cow::Borrowed(value.as_str()))),
        );
        if let Some(left) = self.longest()? {
            let millis = left.as_millis().max(1).to_string();
            all.push((Cow::Borrowed("statement_timeout"), Cow::Owned(millis)));
        }
        if self.read_only {
            all.push((Cow::Borrowed("transaction_read_only"), Cow::Borrowed("on")));
        }
        Ok(all)
    }

    /// The longest that the next statement may take.
    ///
    /// # Errors
    /// [`Error::Deadline`] when the deadline has passed.
    pub(crate) fn longest(&self) -> Result<Option<Duration>, Error> {
        Ok(match (self.time_left()?, self.statement_timeout) {
            (Some(left), Some(limit)) => Some(left.min(limit)),
            (left, limit) => left.or(limit),
        })
    }

    /// Whether so little is left until the deadline that a server which stopped a statement did so for it. A statement
    /// that is stopped earlier met another limit, or an operator.
    pub(crate) fn is_over(&self) -> bool {
        let deadline = self.deadline;
        deadline.is_some_and(|at| at.saturating_duration_since(Instant::now()) < Duration::from_millis(2))
    }

    /// How much time is left until the deadline.
    ///
    /// # Errors
    /// [`Error::Deadline`] when none is.
    pub(crate) fn time_left(&self) -> Result<Option<Duration>, Error> {
        match self.deadline {
            None => Ok(None),
            Some(deadline) => match deadline.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => Ok(Some(left)),
                _ => Err(Error::Deadline),
            },
        }
    }
}

/// The statement that takes on `count` settings for the rest of its transaction: names and values are bound in turn.
pub(crate) fn take_on(count: usize) -> Sql {
    let calls: Vec<String> = (0..count)
        .map(|at| format!("pg_catalog.set_config(${}, ${}, true)", at * 2 + 1, at * 2 + 2))
        .collect();
    Sql::vouched(format!("SELECT {}", calls.join(", ")))
}
