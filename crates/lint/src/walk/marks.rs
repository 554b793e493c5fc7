//! What a script leaves behind for its end, or for statements far below: transactions that it begins and ends itself,
//! triggers that it switches off, index names that it frees.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::{
    catalog::RelationKind,
    name::{QualifiedName, quote_identifier},
    place::Span,
};
use freehold_sql::{
    Action, Effect, InTransaction, ObjectKind, StatementKind, TransactionControl, TreeStatement, Use,
    tree::{
        NodeEnum,
        protobuf::{self, AlterTableType},
    },
};

use super::{Block, Pass, Walk};
use crate::{
    routine::{is_on, options},
    state::State,
};

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

/// A statement that a server refuses in the transaction that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The server's reason.
    pub why: String,
    /// The statement's own text.
    pub text: String,
    /// For a concurrent build: the index, quoted.
    pub index: Option<String>,
    /// The transaction.
    pub block: Block,
    /// A transaction was ended before it in the script: where that was the tool's, there is none any more.
    pub after_end: bool,
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
    /// The statements in transactions that a server refuses there.
    pub refused: Vec<Refused>,
    /// Triggers that are switched off at this moment: table, name (none: all of them), and where that was done.
    pub triggers_off: BTreeMap<(QualifiedName, Option<String>), (usize, Span)>,
    /// Tables whose autovacuum is switched off at this moment, and where that was done.
    pub autovacuum_off: BTreeMap<QualifiedName, (usize, Span)>,
    /// Indexes that the script has dropped.
    pub dropped_indexes: BTreeSet<QualifiedName>,
    /// The first statement that took SHARE or more on a relation that was there before while no timeout was in force.
    pub unguarded: Option<usize>,
    /// The last statement that went over all rows of a table, and how.
    pub last_pass: Option<(QualifiedName, usize, Pass)>,
    /// Settings that the history gives to roles or databases, so that sessions begin with them; kept from script to
    /// script.
    pub standing: BTreeSet<String>,
}

impl Walk {
    /// Follows a statement before the state does; `strong`: it took SHARE or more on a relation that was there before.
    pub(crate) fn mark(&mut self, parsed: &TreeStatement, text: &str, known: (&State, &[u32]), strong: bool) {
        let (state, majors) = known;
        let (number, block) = (self.number, self.block);
        let guarded = strong && self.waits_are_bounded();
        let marks = &mut self.marks;
        let (effect, span) = (&parsed.statement.effect, parsed.statement.span);
        if let Some(control) = effect.control.as_ref().filter(|_| effect.bounds_transaction()) {
            marks.bounds.push(Bound { control: control.clone(), block, statement: number, span });
        }
        let why = (block != Block::Alone).then(|| refusal(effect, state, majors)).flatten();
        if let Some(why) = why {
            let after_end = marks.bounds.iter().any(|bound| bound.control.ends_transaction());
            let (text, index) = (parsed.statement.text(text).to_owned(), built(effect, state));
            marks.refused.push(Refused { why, text, index, block, after_end, statement: number, span });
        }
        if strong && !guarded {
            marks.unguarded.get_or_insert(number);
        }
        match effect.kind {
            StatementKind::AlterTable => {
                marks.triggers(effect, state, number);
                marks.autovacuum(parsed, state, number);
                if let (Some(pass), Some(object)) = (Pass::of(effect, state), effect.objects.first()) {
                    marks.last_pass = Some((state.relation_of(object), number, pass));
                }
            }
            StatementKind::CreateTable => marks.autovacuum(parsed, state, number),
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

/// Why a server refuses the statement in a transaction, if it does.
fn refusal(effect: &Effect, state: &State, majors: &[u32]) -> Option<String> {
    let certain = majors.iter().any(|major| effect.transaction.is_forbidden(*major));
    // What depends on the object is known where the object is.
    let depends = matches!(effect.transaction, InTransaction::Depends { .. })
        && matches!(effect.kind, StatementKind::Reindex { .. } | StatementKind::Cluster)
        && effect.objects.first().is_some_and(|object| {
            let name = state.relation_of(object);
            let name = state.index_tables.get(&name).unwrap_or(&name);
            state.relation(name).is_some_and(|known| known.relation.kind == RelationKind::PartitionedTable)
        });
    let why = effect.transaction.why().filter(|_| certain || depends)?;
    Some(why.to_owned())
}

/// The index that is built concurrently, with its schema, quoted; none when the server names it.
fn built(effect: &Effect, state: &State) -> Option<String> {
    let StatementKind::CreateIndex { .. } = effect.kind else { return None };
    let index = effect.objects.first().filter(|index| !index.name.is_empty())?;
    let table = effect.objects.get(1).map(|table| state.name_of(table))?;
    Some(format!("{}.{}", quote_identifier(&table.schema), quote_identifier(&index.name)))
}

/// The options of a table that are about autovacuum being on, set (true) or reset.
fn autovacuum_options(tree: Option<&NodeEnum>) -> Vec<(bool, &protobuf::DefElem)> {
    let own = |nodes| options(nodes).filter(|option| option.defname == "autovacuum_enabled");
    match tree {
        Some(NodeEnum::CreateStmt(create)) => own(&create.options).map(|option| (true, option)).collect(),
        Some(NodeEnum::AlterTableStmt(alter)) => alter
            .cmds
            .iter()
            .filter_map(|cmd| match cmd.node.as_ref()? {
                NodeEnum::AlterTableCmd(cmd) => {
                    let reset = cmd.subtype == AlterTableType::AtResetRelOptions as i32;
                    match cmd.def.as_deref()?.node.as_ref()? {
                        NodeEnum::List(list) => Some((!reset, list.items.as_slice())),
                        _ => None,
                    }
                }
                _ => None,
            })
            .flat_map(|(set, items)| own(items).map(move |option| (set, option)))
            .collect(),
        _ => Vec::new(),
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

    fn autovacuum(&mut self, parsed: &TreeStatement, state: &State, number: usize) {
        let effect = &parsed.statement.effect;
        let Some(table) = effect.objects.first() else { return };
        for (off, option) in autovacuum_options(parsed.tree.as_ref()) {
            let name = match effect.kind {
                StatementKind::CreateTable => state.new_name(table.schema.as_deref(), &table.name),
                _ => state.relation_of(table),
            };
            if off && !is_on(option) {
                self.autovacuum_off.insert(name, (number, effect.span));
            } else {
                self.autovacuum_off.remove(&name);
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
