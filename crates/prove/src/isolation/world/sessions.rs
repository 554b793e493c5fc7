//! Further sessions on the copy with rows of all tenants, opened when first asked for and kept.

use std::sync::atomic::{AtomicU64, Ordering};

use freehold_db::Session;
use freehold_model::name::quote_identifier;
use tokio::sync::OnceCell;

use super::{IsolationError, World, open};
use crate::isolation::trial::{Refused, Who, send};

/// Sessions that ways share.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    untouched: OnceCell<Session>,
    spare: OnceCell<Session>,
    handed_on: OnceCell<HandedOn>,
    role_is_the_context: OnceCell<bool>,
    schemas_to_create_in: OnceCell<Vec<String>>,
    number: AtomicU64,
}

/// A session of the application on which tenant A's context was taken on in a transaction that is over, as a pooler
/// hands it on to the next.
#[derive(Debug)]
pub struct HandedOn {
    /// The session.
    pub session: Session,
    /// What ran on it, ready to paste.
    pub sql: String,
    /// What was refused: then no context was taken on.
    pub refused: Option<Refused>,
}

impl Sessions {
    /// Lets go of what was asked of a schema that has changed since.
    pub(super) fn forget(&mut self) {
        self.role_is_the_context = OnceCell::new();
        self.schemas_to_create_in = OnceCell::new();
    }

    pub(super) async fn close(self) {
        let handed_on = self.handed_on.into_inner().map(|handed_on| handed_on.session);
        let sessions = [self.untouched.into_inner(), self.spare.into_inner(), handed_on];
        for session in sessions.into_iter().flatten() {
            session.close().await;
        }
    }
}

impl World<'_> {
    /// A session of the superuser on which nobody ever took on a context: a setting that was once set, even in a
    /// transaction that was rolled back, reads as empty and not as missing. Run only what takes on no context.
    ///
    /// # Errors
    /// When the server refuses the session.
    pub async fn untouched(&self) -> Result<&Session, IsolationError> {
        self.sessions.untouched.get_or_try_init(|| open(&self.scratch, self.options)).await
    }

    /// A session of the superuser for what outlives a transaction, such as prepared statements.
    ///
    /// # Errors
    /// When the server refuses the session.
    pub async fn spare(&self) -> Result<&Session, IsolationError> {
        self.sessions.spare.get_or_try_init(|| open(&self.scratch, self.options)).await
    }

    /// A session of the application that tenant A has used before.
    ///
    /// # Errors
    /// When the server refuses the session, or it is lost.
    pub async fn handed_on(&self) -> Result<&HandedOn, IsolationError> {
        self.sessions.handed_on.get_or_try_init(|| self.hand_on()).await
    }

    /// A number that no other statement of this proof has.
    pub fn next_number(&self) -> u64 {
        self.sessions.number.fetch_add(1, Ordering::Relaxed)
    }

    /// True when A and B run as different roles.
    ///
    /// # Errors
    /// When the session is lost.
    pub async fn role_is_the_context(&self) -> Result<bool, IsolationError> {
        let asked = async || {
            let seen = self.trial(Who::B).run("SELECT current_user").go().await?;
            Ok(seen
                .last()
                .ok()
                .and_then(|answer| answer.value())
                .is_some_and(|role| role != self.effective_role))
        };
        self.sessions.role_is_the_context.get_or_try_init(asked).await.copied()
    }

    /// The schemas in which the application may make objects, in A's context.
    ///
    /// # Errors
    /// When the session is lost.
    pub async fn schemas_to_create_in(&self) -> Result<&Vec<String>, IsolationError> {
        let asked = async || {
            let sql = "SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_' \
                       AND pg_catalog.has_schema_privilege(n.oid, 'CREATE') ORDER BY n.nspname <> 'public', 1";
            let seen = self.trial(Who::A).run(sql).go().await?;
            let rows = seen.last().map(|answer| answer.rows.clone()).unwrap_or_default();
            Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
        };
        self.sessions.schemas_to_create_in.get_or_try_init(asked).await
    }

    /// The statement by which a session takes on a role that its own is a member of, until the transaction ends.
    pub fn taking_role(&self, role: &str) -> String {
        format!("SET LOCAL ROLE {}", quote_identifier(role))
    }

    async fn hand_on(&self) -> Result<HandedOn, IsolationError> {
        let session = open(&self.scratch, self.options).await?;
        let mut statements =
            vec![format!("SET SESSION AUTHORIZATION {}", quote_identifier(&self.role)), "BEGIN".to_owned()];
        statements.extend(self.assuming(0));
        statements.push("COMMIT".to_owned());
        self.count_trials(1);
        let refused = send(&session, &statements).await?.into_iter().find_map(Result::err);
        Ok(HandedOn { session, sql: statements.join(";\n"), refused })
    }
}
