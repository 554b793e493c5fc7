//! The scratch database that a rehearsal works on, the session to it, and the way back to an earlier state.

use std::{collections::BTreeSet, sync::Arc};

use freehold_db::{Session, catalog::CatalogReader};
use freehold_model::catalog::Catalog;
use freehold_sandbox::{Scratch, Server};

use super::{Options, apply, settings};
use crate::{error::RehearsalError, step::Step};

/// A scratch database with all steps up to some number applied.
pub(super) struct World<'a> {
    server: &'a Server,
    steps: &'a [Step],
    options: &'a Options,
    scratch: Scratch,
    session: Session,
    reader: CatalogReader,
    /// The catalog as it was left by the last step, while nothing has run since.
    left: Option<Arc<Catalog>>,
    /// Steps whose up was refused and that were passed over.
    passed_over: BTreeSet<usize>,
    /// A copy of the state after this many steps, made when a state had to be rebuilt.
    checkpoint: Option<(usize, Scratch)>,
}

impl<'a> World<'a> {
    pub(super) async fn open(
        server: &'a Server,
        steps: &'a [Step],
        options: &'a Options,
    ) -> Result<Self, RehearsalError> {
        let scratch = fresh(server, options).await?;
        let session = open_session(&scratch).await?;
        Ok(Self {
            server,
            steps,
            options,
            scratch,
            session,
            reader: CatalogReader::new(),
            left: None,
            passed_over: BTreeSet::new(),
            checkpoint: None,
        })
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    pub(super) fn options(&self) -> &'a Options {
        self.options
    }

    pub(super) fn major(&self) -> u32 {
        self.session.version().major()
    }

    /// A second session to the same scratch database.
    pub(super) async fn second_session(&self) -> Result<Session, RehearsalError> {
        open_session(&self.scratch).await
    }

    /// The catalog as it is now, in or outside a transaction; only what changed since the last call is read.
    pub(super) async fn catalog(&mut self) -> Result<Arc<Catalog>, RehearsalError> {
        self.reader.read(&self.session).await.map_err(RehearsalError::own("read the catalog"))
    }

    /// The catalog before the next step: read, unless the last step said what it left.
    pub(super) async fn catalog_before(&mut self) -> Result<Arc<Catalog>, RehearsalError> {
        match self.left.take() {
            Some(catalog) => Ok(catalog),
            None => self.catalog().await,
        }
    }

    /// To be called right after BEGIN, with nothing run since the catalog was last read: reads within the transaction
    /// then ask about less.
    pub(super) async fn catalog_begins(&mut self) -> Result<(), RehearsalError> {
        self.reader.begin(&self.session).await.map_err(RehearsalError::own("see how the catalog stands"))
    }

    /// Says what the step that ends now leaves; nothing may run until the next step begins.
    pub(super) fn leave(&mut self, catalog: Option<Arc<Catalog>>) {
        self.left = catalog;
    }

    /// What the reader knows, to go back to after a rollback.
    pub(super) fn reader_mark(&self) -> CatalogReader {
        self.reader.clone()
    }

    /// Goes back to what the reader knew.
    pub(super) fn reader_return(&mut self, mark: CatalogReader) {
        self.reader = mark;
    }

    /// Remembers that a step was refused and is not part of the state.
    pub(super) fn pass_over(&mut self, number: usize) {
        self.passed_over.insert(number);
    }

    /// Runs SQL of Freehold's own.
    pub(super) async fn run(&self, sql: &str, doing: &'static str) -> Result<(), RehearsalError> {
        self.session.run(sql).await.map_err(RehearsalError::own(doing))
    }

    /// Rebuilds the state after the first `count` steps, from the checkpoint if there is one, and leaves a new
    /// checkpoint there: however often this happens, each step is replayed once.
    pub(super) async fn rebuild(&mut self, count: usize) -> Result<(), RehearsalError> {
        let (from, fresh) = match &self.checkpoint {
            Some((done, kept)) if *done <= count => (*done, self.server.fork(kept).await?),
            _ => (0, fresh(self.server, self.options).await?),
        };
        let session = open_session(&fresh).await?;
        let (major, limit) = (session.version().major(), self.options.statement_limit);
        let applied = self.steps.iter().enumerate().filter(|(number, _)| !self.passed_over.contains(number));
        for (_, step) in
            applied.take_while(|(number, _)| *number < count).skip_while(|(number, _)| *number < from)
        {
            apply::once_more(&session, &step.up, major, limit)
                .await
                .map_err(|trouble| trouble.into_stop("rebuild the state of the scratch database"))?;
            settings::reset(&session, &step.up).await?;
        }
        session.close().await;
        let copy = self.server.fork(&fresh).await?;
        if let Some((_, stale)) = self.checkpoint.replace((count, copy)) {
            stale.remove().await?;
        }
        let stale_session = std::mem::replace(&mut self.session, open_session(&fresh).await?);
        stale_session.close().await;
        std::mem::replace(&mut self.scratch, fresh).remove().await?;
        self.reader = CatalogReader::new();
        self.left = None;
        Ok(())
    }

    /// Ends the session and removes what was made.
    pub(super) async fn close(self) -> Result<(), RehearsalError> {
        self.session.close().await;
        self.scratch.remove().await?;
        if let Some((_, kept)) = self.checkpoint {
            kept.remove().await?;
        }
        Ok(())
    }
}

async fn open_session(scratch: &Scratch) -> Result<Session, RehearsalError> {
    // The messages that tell of rewrites, scans and index builds come at this level. The questions of the rehearsal are
    // asked hundreds of times on a small catalog: planning them anew costs more than any plan could save.
    let to = scratch
        .connect_to()
        .with_setting("client_min_messages", "debug1")
        .with_setting("plan_cache_mode", "force_generic_plan");
    Session::open(&to).await.map_err(RehearsalError::own("open a session to the scratch database"))
}

/// A scratch database with the prelude in place.
pub(super) async fn fresh(server: &Server, options: &Options) -> Result<Scratch, RehearsalError> {
    let scratch = server.scratch().await?;
    if options.prelude.is_empty() {
        return Ok(scratch);
    }
    let session = open_session(&scratch).await?;
    for prelude in &options.prelude {
        session.run(&prelude.sql).await.map_err(|source| RehearsalError::Prelude {
            name: prelude.name.clone(),
            source: Box::new(source),
        })?;
    }
    session.close().await;
    Ok(scratch)
}
