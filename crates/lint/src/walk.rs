//! What the script in hand has done so far, kept in a way that costs the same for the first statement and the last.

mod marks;
mod note;
mod pass;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use freehold_model::{lock::LockMode, name::QualifiedName, place::Span};
use freehold_sql::{Delivery, Statement, StatementKind, TransactionControl};

use crate::alter::keys::DroppedKey;
use crate::gone::Gone;

pub use marks::{Bound, Marks, Refused};
pub(crate) use note::counts;
pub use pass::Pass;

/// The transaction that a statement runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// None but its own.
    Alone,
    /// The tool's: around the whole script, or the implicit one of a message with several statements.
    Tool,
    /// One that the script began, at this statement.
    Own(usize),
}

/// A lock that the transaction holds on a relation that was there before the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The strongest mode so far.
    pub mode: LockMode,
    /// The statement that took it.
    pub statement: usize,
    /// That statement's bytes.
    pub span: Span,
}

/// A setting that the script has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The value as written, lists joined by `, `; none for the default or what the text does not tell.
    pub value: Option<String>,
    /// The text does not tell the value.
    pub computed: bool,
    /// It ends with the transaction.
    pub local: bool,
    /// The statement that set it.
    pub statement: usize,
    /// That statement's bytes.
    pub span: Span,
}

/// What the script has done so far.
#[derive(Debug, Clone)]
pub struct Walk {
    /// How many statements were passed; the number of the one in hand.
    pub number: usize,
    /// The transaction that the next statement runs in.
    pub block: Block,
    /// Which transaction of the script it is, from 0.
    pub transaction: usize,
    /// The first statement of that transaction.
    pub began: usize,
    /// Settings that are changed at this moment.
    pub settings: BTreeMap<String, Setting>,
    /// Locks held by the transaction on relations that were there before the script.
    pub held: BTreeMap<QualifiedName, Held>,
    /// The first ACCESS EXCLUSIVE lock that the transaction holds on a relation that was there before the script and may
    /// be large.
    pub first_exclusive: Option<(QualifiedName, Held)>,
    /// Relations that were there before, may be large, and are kept from writers by statements of the transaction that
    /// name them, in that order.
    pub blocked: Vec<(QualifiedName, Held)>,
    /// Which relation was locked right after which by one transaction, with the first script that did; kept from script
    /// to script.
    pub lock_order: BTreeMap<(QualifiedName, QualifiedName), usize>,
    /// Relations of which rows were inserted, updated or deleted in the transaction, with the first statement that did.
    pub changed_rows: BTreeMap<QualifiedName, usize>,
    /// Constraints that were added `NOT VALID` in the transaction: table, name, statement.
    pub added_not_valid: BTreeMap<(QualifiedName, String), usize>,
    /// Values that were added to enums in the transaction.
    pub added_enum_values: BTreeMap<QualifiedName, BTreeSet<String>>,
    /// `ALTER TABLE`s of the transaction on relations that were there before the script: how many, and the last one.
    pub altered: BTreeMap<QualifiedName, (usize, usize)>,
    /// What the script has taken away or called by another name, in order.
    pub gone: Vec<Gone>,
    /// Primary keys of tables that were there, which the script has taken away.
    pub(crate) dropped_keys: Vec<DroppedKey>,
    /// Tables of which the script has taken all rows.
    pub emptied: BTreeSet<QualifiedName>,
    /// More than 0 when the script, or the one before it, has built indexes again with `REINDEX`.
    pub reindexed: u8,
    /// Schemas that the script has made.
    pub made_schemas: BTreeSet<String>,
    /// What would undo the script's statements, in their order; none for one that no statement undoes.
    pub undo: Vec<Option<String>>,
    /// It has statements that change the schema.
    pub changes: bool,
    /// Its statements are sent one by one, outside a transaction.
    pub no_transaction: bool,
    /// For a down: what its up was like.
    pub up: Option<UpBefore>,
    /// What later statements, or the end of the script, must know besides.
    pub marks: Marks,
}

/// What an up was like whose down follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpBefore {
    /// It has statements that change the schema.
    pub changes: bool,
    /// Its statements were sent one by one, outside a transaction.
    pub no_transaction: bool,
}

impl Walk {
    /// A script begins that is delivered so.
    pub(crate) fn begin(delivery: Delivery) -> Self {
        Self {
            number: 0,
            block: if delivery == Delivery::Separate { Block::Alone } else { Block::Tool },
            transaction: 0,
            began: 0,
            settings: BTreeMap::new(),
            held: BTreeMap::new(),
            first_exclusive: None,
            blocked: Vec::new(),
            lock_order: BTreeMap::new(),
            changed_rows: BTreeMap::new(),
            added_not_valid: BTreeMap::new(),
            added_enum_values: BTreeMap::new(),
            altered: BTreeMap::new(),
            gone: Vec::new(),
            dropped_keys: Vec::new(),
            emptied: BTreeSet::new(),
            reindexed: 0,
            made_schemas: BTreeSet::new(),
            undo: Vec::new(),
            changes: false,
            no_transaction: delivery == Delivery::Separate,
            up: None,
            marks: Marks::default(),
        }
    }

    /// What the script was like, for the down that follows it.
    pub(crate) fn as_up(&self) -> Option<UpBefore> {
        Some(UpBefore { changes: self.changes, no_transaction: self.no_transaction })
    }

    /// Follows transaction control and settings of a statement, once it was looked at.
    pub(crate) fn pass(&mut self, statement: &Statement, delivery: Delivery) {
        let effect = &statement.effect;
        if matches!(effect.kind, StatementKind::Reindex { .. }) {
            self.reindexed = 2;
        }
        for change in &effect.session {
            let value = (!change.values.is_empty()).then(|| change.values.join(", "));
            if change.name == "all" {
                self.settings.clear();
                continue;
            }
            let setting = Setting {
                value,
                computed: change.computed,
                local: change.is_local(),
                statement: self.number,
                span: statement.span,
            };
            self.settings.insert(change.name.clone(), setting);
        }
        let outside = if delivery == Delivery::Separate { Block::Alone } else { Block::Tool };
        match &effect.control {
            Some(TransactionControl::Begin) if !matches!(self.block, Block::Own(_)) => {
                self.block = Block::Own(self.number);
                self.new_transaction();
            }
            Some(TransactionControl::Begin) => {}
            Some(_) if effect.bounds_transaction() => {
                self.block = outside;
                self.new_transaction();
            }
            _ if self.block == Block::Alone => self.new_transaction(),
            _ => {}
        }
        self.changes |= matches!(
            effect.kind,
            StatementKind::Create(_)
                | StatementKind::CreateTable
                | StatementKind::CreateTableAs
                | StatementKind::CreateIndex { .. }
                | StatementKind::Alter(_)
                | StatementKind::AlterTable
                | StatementKind::AddEnumValue
                | StatementKind::Drop { .. }
                | StatementKind::Grant
                | StatementKind::Revoke
                | StatementKind::AlterDefaultPrivileges
                | StatementKind::Do
        );
        self.number += 1;
    }

    fn new_transaction(&mut self) {
        self.transaction += 1;
        self.began = self.number + 1;
        self.settings.retain(|_, setting| !setting.local);
        self.held.clear();
        self.first_exclusive = None;
        self.blocked.clear();
        self.changed_rows.clear();
        self.added_not_valid.clear();
        self.added_enum_values.clear();
        self.altered.clear();
    }

    /// The time that a timeout is set to; `None` when it is not set here, `Some(None)` when it is switched off or set
    /// to something that cannot be read.
    pub fn timeout(&self, name: &str) -> Option<Option<Duration>> {
        let setting = self.settings.get(name)?;
        Some(setting.value.as_deref().and_then(duration).filter(|time| !time.is_zero()))
    }

    /// True inside a transaction that holds more than the statement itself.
    pub fn in_transaction(&self) -> bool {
        self.block != Block::Alone
    }
}

/// A time as PostgreSQL reads settings: a number of milliseconds, or a number with `us`, `ms`, `s`, `min`, `h`, `d`.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim().trim_matches('\'').trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let number: f64 = number.parse().ok()?;
    let seconds = match unit.trim() {
        "us" => number / 1_000_000.0,
        "" | "ms" => number / 1_000.0,
        "s" => number,
        "min" => number * 60.0,
        "h" => number * 3_600.0,
        "d" => number * 86_400.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_server_reads_them() {
        assert_eq!(duration("5s"), Some(Duration::from_secs(5)));
        assert_eq!(duration("'5 s'"), Some(Duration::from_secs(5)));
        assert_eq!(duration("1500"), Some(Duration::from_millis(1500)));
        assert_eq!(duration("2min"), Some(Duration::from_secs(120)));
        assert_eq!(duration("0"), Some(Duration::ZERO));
        assert_eq!(duration("5 parsecs"), None);
    }
}
