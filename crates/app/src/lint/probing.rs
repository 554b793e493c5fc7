//! `freehold lint --url … --probe-data`: whether the rows of a live database break what scripts that are not applied there
//! demand of them. The session cannot write, each question has its time, and no value of a row leaves the server.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use freehold_db::{ConnectTo, DbError, Session};
use freehold_lint::probes::Asked;
use freehold_migrate::{
    Folder, Target, find_peers,
    history::{self, Standing},
    match_with,
};
use freehold_model::{name::QualifiedName, sqlstate::SqlState};

use super::{
    LintError, Request,
    drive::{self, Asked as WalkAsked, Depths},
    live::Live,
    ran::{options, scope_of},
    source::Batch,
};
use crate::report::NotVerified;

/// The time that a question may take where nothing else is said.
pub const PROBE_TIMEOUT: Duration = Duration::from_secs(30);

/// The answers: table, what is demanded of its rows, how many break it.
pub(super) type Violations = BTreeMap<(QualifiedName, String), u64>;

fn is_missing_table(error: &DbError) -> bool {
    error.sqlstate().is_some_and(|state| matches!(state.code(), "42P01" | "3F000"))
}

/// What asking gave besides the answers.
pub(super) struct Probed {
    /// The numbers of the migrations that are applied there.
    pub(super) applied: BTreeSet<usize>,
    /// What was not answered.
    pub(super) gaps: Vec<NotVerified>,
}

/// Asks about the scripts of a folder that are judged and not applied there; the answers become known of production.
///
/// # Errors
/// When it cannot be told which scripts are judged.
pub(super) async fn probed(
    request: &Request,
    batch: &Batch,
    live: &mut Live,
    probing: &Probing,
    to: &ConnectTo,
) -> Result<Probed, LintError> {
    let scope = scope_of(request, batch)?;
    let (applied, mut gaps) = match probing.applied(&batch.folder, to).await {
        Ok(applied) => (applied, Vec::new()),
        Err(gap) => (BTreeSet::new(), vec![gap]),
    };
    let is_asked = |number: usize| scope.wants(number) && !applied.contains(&number);
    let first = (0..batch.folder.migrations.len()).find(|number| is_asked(*number));
    let before = |number: usize| (Some(number) == first).then(|| Arc::clone(&live.catalog));
    let depths = Depths { before: &before, ..Depths::text() };
    let asked = WalkAsked {
        options: options(request, Some(live)),
        rule: &|_| false,
        wanted: &is_asked,
        locks: false,
        probes: true,
    };
    let asked = drive::walk(&batch.folder, &request.project_dir, &asked, &depths).linted.asked;
    let mut violations = Violations::new();
    gaps.extend(probing.ask(&asked, &mut violations).await);
    live.production.violations.extend(violations);
    Ok(Probed { applied, gaps })
}

/// A live database that may be asked about its rows.
pub(super) struct Probing {
    session: Session,
    timeout: Duration,
}

impl Probing {
    /// Connects. The role must see all rows: one to which row security shows a part of them is refused the question.
    pub(super) async fn open(to: &ConnectTo, timeout: Duration) -> Result<Self, DbError> {
        let to = to
            .with_setting("default_transaction_read_only", "on")
            .with_setting("row_security", "off")
            .with_setting("statement_timeout", &format!("{}ms", timeout.as_millis().max(1)))
            .with_setting("lock_timeout", "3s")
            .with_setting("application_name", "freehold lint --probe-data");
        Ok(Self { session: Session::open(&to).await?, timeout })
    }

    /// The numbers of the migrations that the database's own history calls applied; a gap where it has no history that
    /// tells.
    pub(super) async fn applied(
        &self,
        folder: &Folder,
        to: &ConnectTo,
    ) -> Result<BTreeSet<usize>, NotVerified> {
        let unknown = |why: String| {
            NotVerified::for_completeness(
                "which migrations are applied there",
                format!("{why}; all that are judged count as not applied"),
            )
        };
        let own = history::look(&self.session, &Target::database("database", to.clone())).await;
        if let Ok(own) = own
            && own.exists
        {
            let is_applied = |key: &str| own.standing(key) == Standing::Applied;
            let all = folder.migrations.iter().enumerate();
            return Ok(all
                .filter(|(_, migration)| is_applied(&migration.key()))
                .map(|(number, _)| number)
                .collect());
        }
        let peers = find_peers(&self.session, None).await.map_err(|error| unknown(error.to_string()))?;
        let [peer] = peers.as_slice() else {
            let number = peers.len();
            return Err(unknown(if number == 0 {
                "it holds no history of migrations".to_owned()
            } else {
                format!("it holds {number} histories of migrations")
            }));
        };
        let adoption = match_with(folder, peer);
        let versions: BTreeSet<&str> = adoption.applied_versions().into_iter().collect();
        let all = folder.migrations.iter().enumerate();
        Ok(all
            .filter(|(_, migration)| versions.contains(migration.version.as_str()))
            .map(|(number, _)| number)
            .collect())
    }

    /// Asks. What was not answered is a gap.
    pub(super) async fn ask(&self, asked: &[Asked], violations: &mut Violations) -> Vec<NotVerified> {
        let mut gaps = Vec::new();
        let mut answered: BTreeSet<&str> = BTreeSet::new();
        for Asked { probe, changed_before, may_be_new, .. } in asked {
            let gap = |why: String| {
                let what = format!("whether every row of {} keeps: {}", probe.table, probe.what);
                NotVerified::for_completeness(what, why)
            };
            if *changed_before {
                gaps.push(gap(
                    "an earlier statement that is not applied there changes rows of the table".to_owned()
                ));
                continue;
            }
            if !answered.insert(&probe.sql) {
                continue;
            }
            match self.session.query(&probe.sql, &[]).await {
                Ok(rows) => match rows.first().and_then(|row| row.try_get::<_, i64>(0).ok()) {
                    Some(count) => {
                        let key = (probe.table.clone(), probe.what.clone());
                        violations.insert(key, u64::try_from(count).unwrap_or(0));
                    }
                    None => gaps.push(gap("the server gave no number".to_owned())),
                },
                Err(error) if *may_be_new && is_missing_table(&error) => {}
                Err(error) => gaps.push(gap(self.refusal(&error))),
            }
        }
        gaps
    }

    /// Why there is no answer. The server's own words may quote values of rows, and are not passed on.
    fn refusal(&self, error: &DbError) -> String {
        match error.sqlstate().as_ref().map(SqlState::code) {
            Some("57014") => {
                format!(
                    "not tried to its end: it took longer than {} s; --probe-timeout gives it more",
                    self.timeout.as_secs_f64()
                )
            }
            Some("42P01" | "42703" | "3F000") => "the table or a column is not there yet".to_owned(),
            Some("42501") => {
                "the role may not read all rows: it needs SELECT and, under row security, BYPASSRLS"
                    .to_owned()
            }
            Some(state) => format!("the server refuses the question with SQLSTATE {state}"),
            None => "the connection failed".to_owned(),
        }
    }

    /// Ends the session.
    pub(super) async fn close(self) {
        self.session.close().await;
    }
}
