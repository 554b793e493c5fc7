//! Further sessions on the copy with rows of all tenants, opened when first asked for and kept.

use freehold_db::Session;
use freehold_model::name::quote_identifier;
use tokio::sync::OnceCell;

use super::{IsolationError, World, open};
use crate::isolation::trial::{Refused, send};

/// Sessions that ways share.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    untouched: OnceCell<Session>,
    spare: OnceCell<Session>,
    handed_on: OnceCell<HandedOn>,
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
