//! Two copies of a scratch database: one with rows of tenants A, B and C, one with A's alone; and what is known of the rows.

mod alike;
mod alone;
mod application;
mod becoming;
mod members;
mod populate;
mod privileges;
mod sessions;
mod strangers;
mod truth;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use freehold_db::{Session, catalog::CatalogReader};
use freehold_model::catalog::{Catalog, Relation};
use freehold_sandbox::{Scratch, Server};
use tokio::sync::OnceCell;

use super::{
    Options,
    batch::Batch,
    error::IsolationError,
    matrix::Unfilled,
    tenancy::Tenancy,
    trial::{Trial, Who},
    ways::Views,
};

pub(super) use becoming::set_by;
pub use privileges::Privileges;
pub use sessions::HandedOn;
pub(super) use truth::tenant_of;
pub use truth::{Truth, TruthRow};

/// What all trials of one proof share.
pub struct World<'w> {
    /// Where scratch databases come from.
    pub server: &'w Server,
    /// The schema, as it is now: see [`World::reread`].
    pub catalog: Arc<Catalog>,
    /// How tenants are told apart.
    pub tenancy: &'w Tenancy,
    /// How the proof is done.
    pub options: &'w Options,
    /// The copy with rows of all tenants; sessions of one's own can be opened on it.
    pub scratch: Scratch,
    /// The superuser's session on it; idle, outside of a transaction.
    pub session: Session,
    /// The superuser's session on the copy in which only A has rows.
    pub alone: Session,
    alone_scratch: Scratch,
    /// The role that stands for the application.
    pub role: String,
    /// True when that role was made for the proof.
    pub role_was_made: bool,
    /// The role that statements run as in a tenant's context: the same, or one that the context takes on.
    pub effective_role: String,
    /// Keys of A, B and C.
    pub tenants: Vec<String>,
    /// A user of each tenant, a member of no other; empty without a membership.
    pub users: Vec<String>,
    /// Tables that got no rows.
    pub unfilled: Vec<Unfilled>,
    /// What was taken for granted or made for the proof.
    pub said: Vec<String>,
    truths: BTreeMap<u32, Truth>,
    privileges: BTreeMap<u32, Privileges>,
    /// Views that can be written to; read when they are first asked for.
    pub(in crate::isolation) views: OnceCell<Views>,
    privileges_of_others: BTreeMap<String, BTreeMap<u32, Privileges>>,
    sessions: sessions::Sessions,
    strangers: strangers::Strangers,
    trials: AtomicU64,
}

impl<'w> World<'w> {
    pub(super) async fn open(
        server: &'w Server,
        from: &Scratch,
        catalog: &Arc<Catalog>,
        tenancy: &'w Tenancy,
        options: &'w Options,
    ) -> Result<Self, IsolationError> {
        let scratch = server.fork(from).await?;
        let session = open(&scratch, options).await?;
        let mut said = Vec::new();
        let populated = populate::populate(&session, catalog, tenancy, options, &mut said).await?;
        let role = application::role(&session, catalog, tenancy, &mut said).await?;
        let truths = truth::all(&session, catalog, tenancy, &populated.tenants).await?;
        let users = truth::users(&session, catalog, tenancy, &populated.tenants, &mut said).await?;
        session.close().await;
        let alone_scratch = server.fork(&scratch).await?;
        let session = open(&scratch, options).await?;
        let alone = open(&alone_scratch, options).await?;
        alone::leave_only_a(&alone, catalog, tenancy, &populated.tenants).await?;
        let mut world = Self {
            server,
            catalog: Arc::clone(catalog),
            tenancy,
            options,
            scratch,
            session,
            alone,
            alone_scratch,
            effective_role: role.name.clone(),
            role: role.name,
            role_was_made: role.was_made,
            tenants: populated.tenants,
            users,
            unfilled: populated.unfilled,
            said,
            truths,
            privileges: BTreeMap::new(),
            views: OnceCell::new(),
            privileges_of_others: BTreeMap::new(),
            sessions: sessions::Sessions::default(),
            strangers: strangers::Strangers::default(),
            trials: AtomicU64::new(0),
        };
        world.look_at_the_role().await?;
        Ok(world)
    }

    /// Reads the schema and the privileges again, after either was changed. Whatever a way keeps in the world must be
    /// let go of here.
    ///
    /// # Errors
    /// When the session is lost.
    pub async fn reread(&mut self) -> Result<(), IsolationError> {
        let read = CatalogReader::new().read(&self.session).await;
        self.catalog = read.map_err(IsolationError::own("reading the catalog again"))?;
        self.sessions.forget();
        self.look_at_privileges().await
    }

    async fn look_at_the_role(&mut self) -> Result<(), IsolationError> {
        let seen = self.trial(Who::A).run("SELECT current_user").go().await?;
        if let Some(refused) = &seen.stopped {
            self.said.push(format!("the context of a tenant cannot be taken on: {}", refused.words()));
        }
        if let Some(role) = seen.last().ok().and_then(|answer| answer.value().map(str::to_owned)) {
            self.effective_role = role;
        }
        self.look_at_privileges().await
    }

    async fn look_at_privileges(&mut self) -> Result<(), IsolationError> {
        self.privileges = privileges::all(&self.session, &self.catalog, &self.effective_role).await?;
        for role in &self.tenancy.other_roles {
            let may = privileges::all(&self.session, &self.catalog, role).await?;
            self.privileges_of_others.insert(role.clone(), may);
        }
        Ok(())
    }

    /// What the application's role may do with a relation, in a tenant's context.
    pub fn may(&self, relation: u32) -> Privileges {
        self.privileges.get(&relation).cloned().unwrap_or_default()
    }

    /// The relations whose rows the application's role may change, in a tenant's context.
    pub(super) fn written(&self) -> impl Iterator<Item = u32> {
        let writes =
            |may: &Privileges| !may.insert.is_empty() || !may.update.is_empty() || may.delete || may.truncate;
        self.privileges.iter().filter(move |(_, may)| writes(may)).map(|(oid, _)| *oid)
    }

    /// What one of [`Tenancy::other_roles`] may do with a relation.
    pub fn other_may(&self, role: &str, relation: u32) -> Privileges {
        self.privileges_of_others.get(role).and_then(|of| of.get(&relation)).cloned().unwrap_or_default()
    }

    /// Begins a trial: a transaction as `who`.
    pub fn trial(&self, who: Who) -> Trial<'_> {
        Trial::new(self, who)
    }

    /// Begins several attempts as `who`, each undone before the next.
    pub fn batch(&self, who: Who) -> Batch<'_> {
        Batch::new(self, who)
    }

    /// What rows a relation with rows of tenants has, and whose they are.
    pub fn truth(&self, relation: u32) -> Option<&Truth> {
        self.truths.get(&relation)
    }

    /// Why nothing can be tried on a relation for want of rows of A or B: a table that could not be filled. None when
    /// there are such rows.
    pub fn lacks_rows(&self, relation: &Relation) -> Option<String> {
        let truth = self.truth(relation.oid);
        let has = |tenant| truth.is_some_and(|truth| truth.of(tenant).next().is_some());
        if has(0) && has(1) {
            return None;
        }
        let name = relation.name.to_string();
        let why = self.unfilled.iter().find(|unfilled| unfilled.table == name);
        Some(match why {
            Some(unfilled) => format!("no rows could be made: {}", unfilled.why),
            None => "it has no rows of two tenants".to_owned(),
        })
    }

    /// An SQL expression that gives the tenant's key, as text, of the row `alias` of a relation with rows of tenants.
    /// For the superuser: a chain is followed through tables whose policies would hide rows.
    pub fn tenant_of(&self, relation: u32, alias: &str) -> Option<String> {
        truth::tenant_of(&self.catalog, self.tenancy, relation, alias)
    }

    /// Opens another session of the superuser on the copy with rows of all tenants.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn another_session(&self) -> Result<Session, IsolationError> {
        open(&self.scratch, self.options).await
    }

    pub(super) fn count_trial(&self) {
        self.trials.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts transactions that were run as the application without a [`Trial`].
    pub fn count_trials(&self, number: u64) {
        self.trials.fetch_add(number, Ordering::Relaxed);
    }

    pub(super) fn trials(&self) -> u64 {
        self.trials.load(Ordering::Relaxed)
    }

    pub(super) async fn close(self) -> Result<(), IsolationError> {
        self.sessions.close().await;
        if self.role_was_made {
            application::remove_grants(&self.session, &self.role).await?;
            application::remove_grants(&self.alone, &self.role).await?;
            application::drop_role(&self.session, &self.role).await?;
        }
        self.session.close().await;
        self.alone.close().await;
        self.scratch.remove().await?;
        self.alone_scratch.remove().await?;
        Ok(())
    }
}

/// A copy with rows, on which no session is open.
pub(super) async fn peopled(
    server: &Server,
    from: &Scratch,
    catalog: &Catalog,
    tenancy: &Tenancy,
    options: &Options,
) -> Result<Scratch, IsolationError> {
    let scratch = server.fork(from).await?;
    let session = open(&scratch, options).await?;
    populate::populate(&session, catalog, tenancy, options, &mut Vec::new()).await?;
    session.close().await;
    Ok(scratch)
}

async fn open(scratch: &Scratch, options: &Options) -> Result<Session, IsolationError> {
    let session =
        Session::open(&scratch.connect_to()).await.map_err(IsolationError::own("opening a session"))?;
    let limit = format!("SET statement_timeout = {}", options.statement_limit_ms);
    session.run(&limit).await.map_err(IsolationError::own("limiting the time of statements"))?;
    Ok(session)
}
