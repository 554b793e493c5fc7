//! Whether a record still speaks of the migrations that are there.
//!
//! Checksums decide, never names or places: a migration counts as rehearsed when its up script and all ups before it
//! are, byte for byte and in the same order, those of the rehearsal.

use std::collections::{HashMap, HashSet};
use std::fmt;

use freehold_migrate::{Migration, link};

use super::{Record, RecordMigration};

/// What a record says about a migration that is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covered {
    /// It was rehearsed in this exact form, after exactly these migrations.
    Rehearsed {
        /// The rules of the errors that were found, by id.
        errors: Vec<String>,
    },
    /// It was rehearsed in this exact form, and the server refused it.
    Refused,
    /// It, or what it builds on, is no longer as it was rehearsed.
    Changed {
        /// In what.
        what: Changed,
    },
    /// The record does not know it.
    NotThere,
}

/// What was changed since the rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// Its up script.
    Up,
    /// Its down script; only asked by [`Record::covers_down`].
    Down,
    /// The up script of an earlier migration.
    EarlierEdited {
        /// Which.
        label: String,
    },
    /// A migration came in before it.
    EarlierAdded {
        /// Which.
        label: String,
    },
    /// A migration before it is no longer there, or no longer before it.
    EarlierGone {
        /// Its key.
        key: String,
    },
    /// The same migrations come in another order.
    Order,
    /// The record does not agree with itself: it was edited or merged by hand.
    RecordItself,
}

impl Covered {
    /// True when the migration was rehearsed in this exact form and the server took it, whatever was found.
    pub fn is_rehearsed(&self) -> bool {
        matches!(self, Self::Rehearsed { .. })
    }
}

/// A clause, to be read after a migration's name and a colon.
impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rehearsed { errors } if errors.is_empty() => f.write_str("it was rehearsed in this form"),
            Self::Rehearsed { errors } => {
                write!(f, "it was rehearsed in this form, with errors: {}", errors.join(", "))
            }
            Self::Refused => f.write_str("the server refused it in the rehearsal"),
            Self::Changed { what } => what.fmt(f),
            Self::NotThere => f.write_str("the rehearsal record does not hold it"),
        }
    }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up => f.write_str("its up script was changed after the rehearsal"),
            Self::Down => f.write_str("its down script was changed after the rehearsal"),
            Self::EarlierEdited { label } => {
                write!(f, "it builds on {label}, which was changed after the rehearsal")
            }
            Self::EarlierAdded { label } => {
                write!(f, "it comes after {label}, which came in after the rehearsal")
            }
            Self::EarlierGone { key } => {
                write!(f, "it was rehearsed after {key}, which is no longer before it")
            }
            Self::Order => f.write_str("it was rehearsed after the same migrations in another order"),
            Self::RecordItself => f.write_str("the rehearsal record was changed by hand"),
        }
    }
}

impl Record {
    /// What the record says about the up of one of a folder's migrations; [`Covered::NotThere`] for an index that there
    /// is not.
    pub fn covers(&self, migrations: &[Migration], index: usize) -> Covered {
        let upto = migrations.get(..=index).unwrap_or_default();
        self.coverage(upto).pop().unwrap_or(Covered::NotThere)
    }

    /// What the record says about its down as well.
    pub fn covers_down(&self, migrations: &[Migration], index: usize) -> Covered {
        let covered = self.covers(migrations, index);
        let Some(migration) = migrations.get(index) else { return covered };
        let recorded = self.find(&self.by_key(), migration).and_then(|recorded| recorded.down.as_deref());
        let down = migration.down.as_ref().map(|script| script.checksum.as_str());
        if covered.is_rehearsed() && recorded != down {
            return Covered::Changed { what: Changed::Down };
        }
        covered
    }

    /// What the record says about each of a folder's migrations, in their order.
    pub fn coverage(&self, migrations: &[Migration]) -> Vec<Covered> {
        let by_key = self.by_key();
        let mut chain = String::new();
        let mut cause: Option<Changed> = None;
        let mut all = Vec::with_capacity(migrations.len());
        for migration in migrations {
            chain = link(&chain, migration);
            let covered = match self.find(&by_key, migration) {
                None => Covered::NotThere,
                Some(recorded) if recorded.up != migration.up.checksum => {
                    Covered::Changed { what: Changed::Up }
                }
                Some(recorded) if recorded.chain != chain => {
                    // Where the two sequences part is the same for all that come after.
                    let cause = cause.get_or_insert_with(|| self.parting(migrations));
                    Covered::Changed { what: cause.clone() }
                }
                Some(recorded) if !recorded.applied => Covered::Refused,
                Some(recorded) => Covered::Rehearsed { errors: recorded.error_rules.clone() },
            };
            all.push(covered);
        }
        all
    }

    fn by_key(&self) -> HashMap<&str, Vec<&RecordMigration>> {
        let mut by_key: HashMap<&str, Vec<&RecordMigration>> = HashMap::with_capacity(self.migrations.len());
        for migration in &self.migrations {
            by_key.entry(&migration.key).or_default().push(migration);
        }
        by_key
    }

    /// A version may stand there twice, as a migration and as a baseline for it: then the scripts tell them apart.
    fn find<'r>(
        &self,
        by_key: &HashMap<&str, Vec<&'r RecordMigration>>,
        migration: &Migration,
    ) -> Option<&'r RecordMigration> {
        let same = by_key.get(migration.key().as_str())?;
        same.iter().find(|recorded| recorded.up == migration.up.checksum).or(same.first()).copied()
    }

    /// Where the migrations that are there part from those of the rehearsal.
    fn parting(&self, migrations: &[Migration]) -> Changed {
        let pairs = self.migrations.iter().zip(migrations);
        let parting = pairs
            .enumerate()
            .find(|(_, (recorded, now))| recorded.key != now.key() || recorded.up != now.up.checksum);
        let Some((at, (recorded, now))) = parting else { return Changed::RecordItself };
        if recorded.key == now.key() {
            return Changed::EarlierEdited { label: now.label() };
        }
        let known: HashSet<&str> = self.migrations.iter().map(|m| m.key.as_str()).collect();
        let there: HashSet<String> = migrations.iter().skip(at).map(Migration::key).collect();
        if !known.contains(now.key().as_str()) {
            Changed::EarlierAdded { label: now.label() }
        } else if !there.contains(&recorded.key) {
            Changed::EarlierGone { key: recorded.key.clone() }
        } else {
            Changed::Order
        }
    }
}
