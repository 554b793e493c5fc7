//! What a script leaves behind for its end, or for statements far below: transactions that it begins and ends itself,
//! triggers that it switches off, index names that it frees.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::{name::QualifiedName, place::Span};
use freehold_sql::{
    Action, Effect, ObjectKind, StatementKind, TransactionControl, TreeStatement, Use, tree::NodeEnum,
};

use super::{Block, Walk};
use crate::state::State;

/// A statement that begins or ends a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// What it does.
    pub control: TransactionControl,
    /// The transaction that it met.
    pub block: Block,
    /// The statement.
    pub statement: usize,
    /// Its bytes.
    pub span: Span,
}

/// What a script leaves behind for its end.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// The statements that begin or end transactions, in order.
    pub bounds: Vec<Bound>,
    /// The first statement that a server refuses in a transaction, with the reason.
    pub refused_in_transaction: Option<(usize, Span, String)>,
    /// Triggers that are switched off at this moment: table, name (none: all of them), and where that was done.
    pub triggers_off: BTreeMap<(QualifiedName, Option<String>), (usize, Span)>,
    /// Indexes that the script has dropped.
    pub dropped_indexes: BTreeSet<QualifiedName>,
    /// The first statement that took SHARE or more on a relation that was there before while no timeout was in force.
    pub unguarded: Option<usize>,
    /// Settings that the history gives to roles or databases, so that sessions begin with them; kept from script to
    /// script.
    pub standing: BTreeSet<String>,
}

impl Walk {
    /// Follows a statement before the state does; `strong`: it took SHARE or more on a relation that was there before.
    pub(crate) fn mark(&mut self, parsed: &TreeStatement, state: &State, majors: &[u32], strong: bool) {
        let (number, block) = (self.number, self.block);
        let guarded = strong && self.waits_are_bounded();
        let marks = &mut self.marks;
        let (effect, span) = (&parsed.statement.effect, parsed.statement.span);
        if let Some(control) = effect.control.as_ref().filter(|_| effect.bounds_transaction()) {
            marks.bounds.push(Bound { control: control.clone(), block, statement: number, span });
        }
        let refused = majors.iter().any(|major| effect.transaction.is_forbidden(*major));
        if let Some(why) = effect.transaction.why().filter(|_| refused) {
            marks.refused_in_transaction.get_or_insert_with(|| (number, span, why.to_owned()));
        }
        if strong && !guarded {
            marks.unguarded.get_or_insert(number);
        }
        match effect.kind {
            StatementKind::AlterTable => marks.triggers(effect, state, number),
            StatementKind::Drop { object: ObjectKind::Index, .. } => {
                let dropped = effect.objects_used(Use::Drops).map(|object| state.name_of(object));
                marks.dropped_indexes.extend(dropped);
            }
            StatementKind::Alter(ObjectKind::Role | ObjectKind::Database) => {
                marks.standing(parsed.tree.as_ref());
            }
            _ => {}
        }
    }
}

impl Marks {
    fn triggers(&mut self, effect: &Effect, state: &State, number: usize) {
        for action in &effect.actions {
            let Some(table) = effect.objects.first().map(|object| state.relation_of(object)) else { return };
            match action {
                Action::DisableTrigger { name } => {
                    self.triggers_off.insert((table, name.clone()), (number, effect.span));
                }
                Action::EnableTrigger { name: None } => {
                    self.triggers_off.retain(|(of, _), _| *of != table);
                }
                Action::EnableTrigger { name } => {
                    self.triggers_off.remove(&(table, name.clone()));
                }
                _ => {}
            }
        }
    }

    fn standing(&mut self, tree: Option<&NodeEnum>) {
        let set = match tree {
            Some(NodeEnum::AlterRoleSetStmt(alter)) => alter.setstmt.as_ref(),
            Some(NodeEnum::AlterDatabaseSetStmt(alter)) => alter.setstmt.as_ref(),
            _ => None,
        };
        self.standing.extend(set.filter(|set| !set.args.is_empty()).map(|set| set.name.to_ascii_lowercase()));
    }
}

impl Walk {
    /// True when waiting for a lock ends by itself: a `lock_timeout`, or a short `statement_timeout`, is in force.
    pub fn waits_are_bounded(&self) -> bool {
        let set = |name: &str| {
            let computed = self.settings.get(name).is_some_and(|setting| setting.computed);
            computed || self.timeout(name).is_some_and(|time| time.is_some())
        };
        let short = self.timeout("statement_timeout").flatten().is_some_and(|time| time.as_secs() <= 60);
        let standing =
            self.marks.standing.contains("lock_timeout") && !self.settings.contains_key("lock_timeout");
        set("lock_timeout") || short || standing
    }
}
