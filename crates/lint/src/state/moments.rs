//! Moments to go back to: the beginning of a script, of a transaction, a savepoint.

use std::collections::BTreeSet;

use freehold_model::name::QualifiedName;
use freehold_sql::TransactionControl;

use super::State;

/// A moment that is remembered.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    kind: MomentKind,
    search_path: Vec<String>,
    role: Option<String>,
    doubts: BTreeSet<String>,
    default_grants: Vec<super::simulate::DefaultGrant>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum MomentKind {
    /// A script that is only tried begins.
    Script,
    /// `BEGIN`.
    Transaction,
    /// `SAVEPOINT`.
    Savepoint(String),
}

impl State {
    /// A script begins: a new session, without temporary tables and settings of the one before.
    pub fn begin_script(&mut self) {
        while self.moments.last().is_some_and(|moment| moment.kind != MomentKind::Script) {
            self.keep();
        }
        self.search_path = vec!["public".to_owned()];
        self.role = None;
        self.index_tables.begin_script();
        self.relations.begin_script();
        let temporary: Vec<QualifiedName> =
            self.relations.in_schema("pg_temp").map(|(name, _)| name.clone()).collect();
        for name in temporary {
            self.forget_relation(&name);
        }
    }

    /// Begins to remember how things are, so that [`Self::take_back`] can restore them.
    pub(crate) fn remember(&mut self) {
        self.begin_moment(MomentKind::Script);
    }

    /// Makes everything as it was when [`Self::remember`] was called.
    pub(crate) fn take_back(&mut self) {
        while self.undo().is_some_and(|kind| kind != MomentKind::Script) {}
    }

    /// Follows what begins, marks and ends transactions.
    pub(super) fn control(&mut self, control: &TransactionControl) {
        match control {
            TransactionControl::Begin => {
                if !self.in_own_transaction() {
                    self.begin_moment(MomentKind::Transaction);
                }
            }
            TransactionControl::Commit { chain } => {
                self.commit();
                if *chain {
                    self.begin_moment(MomentKind::Transaction);
                }
            }
            TransactionControl::PrepareTransaction(_) => self.commit(),
            TransactionControl::Rollback { chain } => {
                if self.in_own_transaction() {
                    while self.undo().is_some_and(|kind| kind != MomentKind::Transaction) {}
                } else {
                    self.doubt("a ROLLBACK of what the tool began");
                }
                if *chain {
                    self.begin_moment(MomentKind::Transaction);
                }
            }
            TransactionControl::Savepoint(name) => self.begin_moment(MomentKind::Savepoint(name.clone())),
            TransactionControl::Release(name) => self.release(name),
            TransactionControl::RollbackTo(name) => self.roll_back_to(name),
            TransactionControl::CommitPrepared(_) => {}
            TransactionControl::RollbackPrepared(_) => self.doubt("a ROLLBACK PREPARED"),
        }
    }

    fn in_own_transaction(&self) -> bool {
        let since = self.moments.iter().rev().take_while(|moment| moment.kind != MomentKind::Script);
        since.into_iter().any(|moment| moment.kind == MomentKind::Transaction)
    }

    fn commit(&mut self) {
        while self.moments.last().is_some_and(|moment| moment.kind != MomentKind::Script) {
            self.keep();
        }
    }

    fn has_savepoint(&self, name: &str) -> bool {
        let since = self.moments.iter().rev().take_while(|moment| moment.kind != MomentKind::Script);
        since.into_iter().any(|moment| is_savepoint(moment, name))
    }

    fn release(&mut self, name: &str) {
        while self.has_savepoint(name) {
            let found = self.moments.last().is_some_and(|moment| is_savepoint(moment, name));
            self.keep();
            if found {
                break;
            }
        }
    }

    fn roll_back_to(&mut self, name: &str) {
        if !self.has_savepoint(name) {
            self.doubt("a ROLLBACK TO a savepoint that is not in the script");
            return;
        }
        let savepoint = MomentKind::Savepoint(name.to_owned());
        while self.undo().is_some_and(|kind| kind != savepoint) {}
        self.begin_moment(savepoint);
    }

    fn begin_moment(&mut self, kind: MomentKind) {
        self.moments.push(Moment {
            kind,
            search_path: self.search_path.clone(),
            role: self.role.clone(),
            doubts: self.doubts.clone(),
            default_grants: self.default_grants.clone(),
        });
        self.relations.remember();
        self.index_tables.remember();
        self.types.remember();
        self.functions.remember();
        self.schemas.remember();
        self.roles.remember();
        self.extensions.remember();
        self.constraint_names.remember();
        self.marks.remember();
    }

    fn undo(&mut self) -> Option<MomentKind> {
        let moment = self.moments.pop()?;
        self.search_path = moment.search_path;
        self.role = moment.role;
        self.doubts = moment.doubts;
        self.default_grants = moment.default_grants;
        self.relations.take_back();
        self.index_tables.take_back();
        self.types.take_back();
        self.functions.take_back();
        self.schemas.take_back();
        self.roles.take_back();
        self.extensions.take_back();
        self.constraint_names.take_back();
        self.marks.take_back();
        Some(moment.kind)
    }

    fn keep(&mut self) {
        self.moments.pop();
        self.relations.keep();
        self.index_tables.keep();
        self.types.keep();
        self.functions.keep();
        self.schemas.keep();
        self.roles.keep();
        self.extensions.keep();
        self.constraint_names.keep();
        self.marks.keep();
    }
}

fn is_savepoint(moment: &Moment, name: &str) -> bool {
    matches!(&moment.kind, MomentKind::Savepoint(savepoint) if savepoint == name)
}
