//! What becomes of each thing: kept, altered, made anew, made, or dropped.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::catalog::ConstraintKind;

use super::{
    compare::{self, Change},
    key::{Key, Part},
    things::{Side, Subject, Thing, dotted},
};

/// What becomes of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it is.
    Same,
    /// It is changed in place.
    Altered,
    /// It is dropped and made again.
    Remade,
    /// It is made.
    New,
    /// It is dropped.
    Gone,
}

/// The fates of all things of two catalogs.
#[derive(Debug)]
pub(super) struct Fates {
    of: BTreeMap<Key, Fate>,
    /// Columns that get another type, or whose type is made anew.
    pub(super) retyped: BTreeSet<Key>,
    /// For what is made anew though it is equal: on what it hangs.
    pub(super) because: BTreeMap<Key, Key>,
}

impl Fates {
    pub(super) fn between(from: &Side<'_>, to: &Side<'_>) -> Self {
        let mut fates = Self { of: BTreeMap::new(), retyped: BTreeSet::new(), because: BTreeMap::new() };
        for (key, old) in &from.things {
            let fate = match to.things.get(key) {
                None => Fate::Gone,
                Some(new) if old.within != new.within => Fate::Remade,
                Some(new) => match compare::compare(from, to, old.subject, new.subject) {
                    Change::None => Fate::Same,
                    Change::InPlace => Fate::Altered,
                    Change::Retyped => {
                        fates.retyped.insert(key.clone());
                        Fate::Altered
                    }
                    Change::Anew => Fate::Remade,
                },
            };
            fates.of.insert(key.clone(), fate);
        }
        for key in to.things.keys() {
            fates.of.entry(key.clone()).or_insert(Fate::New);
        }
        while fates.spread(from, to) {}
        fates
    }

    pub(super) fn get(&self, key: &Key) -> Option<Fate> {
        self.of.get(key).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, Fate)> {
        self.of.iter().map(|(key, fate)| (key, *fate))
    }

    /// True when the thing is dropped, for good or to be made again.
    pub(super) fn is_dropped(&self, key: &Key) -> bool {
        matches!(self.get(key), Some(Fate::Gone | Fate::Remade))
    }

    /// True when the thing is made, for the first time or again.
    pub(super) fn is_made(&self, key: &Key) -> bool {
        matches!(self.get(key), Some(Fate::New | Fate::Remade))
    }

    /// True when the thing was there and stays, altered or not.
    pub(super) fn is_kept(&self, key: &Key) -> bool {
        matches!(self.get(key), Some(Fate::Same | Fate::Altered))
    }

    /// One round of: what hangs on something that is dropped has to be made again. False when nothing changed.
    fn spread(&mut self, from: &Side<'_>, to: &Side<'_>) -> bool {
        let mut found = Vec::new();
        for (key, old) in from.things.iter().filter(|(key, _)| self.is_kept(key)) {
            let Some(new) = to.things.get(key) else { continue };
            let holder = [&old.within, &new.within]
                .into_iter()
                .flatten()
                .find(|holder| self.is_dropped(holder) || self.is_made(holder));
            if let Some(holder) = holder {
                found.push((key.clone(), Change::Anew, holder.clone()));
                continue;
            }
            if let Some(above) = self.goes_with_above(from, key) {
                found.push((key.clone(), Change::Anew, above));
                continue;
            }
            let disturbed =
                old.needs.iter().filter(|need| self.is_dropped(need) || self.retyped.contains(*need));
            let reactions = disturbed.map(|need| (self.reaction(key, old, new, need), need));
            let strongest = reactions.max_by_key(|(change, _)| *change);
            match strongest {
                Some((change @ (Change::Anew | Change::InPlace), need)) => {
                    found.push((key.clone(), change, need.clone()));
                }
                Some((Change::Retyped, need)) if !self.retyped.contains(key) => {
                    found.push((key.clone(), Change::Retyped, need.clone()));
                }
                _ => {}
            }
        }
        let mut changed = false;
        for (key, change, reason) in found {
            let fate = if change == Change::Anew { Fate::Remade } else { Fate::Altered };
            if change == Change::Retyped {
                self.retyped.insert(key.clone());
                changed = true;
            }
            changed |= self.of.insert(key.clone(), fate) != Some(fate);
            self.because.entry(key).or_insert(reason);
        }
        changed
    }

    /// The column above with which a column goes that is kept, but that was only inherited.
    fn goes_with_above(&self, from: &Side<'_>, key: &Key) -> Option<Key> {
        let Some(Subject::Column(table, column)) = from.subject(key) else { return None };
        if column.is_local || column.inherited == 0 {
            return None;
        }
        let held = table
            .inherits
            .iter()
            .filter(|parent| self.is_kept(&Key::Part(Part::Inherits, table.name.clone(), dotted(parent))));
        let above: Vec<Key> = held.map(|parent| Key::column(parent, &column.name)).collect();
        let there = above.iter().filter(|above| self.get(above).is_some_and(|fate| fate != Fate::New));
        let (gone, stays): (Vec<&Key>, Vec<&Key>) = there.partition(|above| self.is_dropped(above));
        if stays.is_empty() { gone.first().map(|above| (*above).clone()) } else { None }
    }

    /// What a thing that is kept has to do when something that it needs is dropped or gets another type.
    fn reaction(&self, key: &Key, old: &Thing<'_>, new: &Thing<'_>, need: &Key) -> Change {
        let is_column = matches!(need, Key::Part(Part::Column, ..));
        let only_retyped = is_column && !self.is_dropped(need);
        match (old.subject, new.subject) {
            // The server keeps what it can see through a change of type, and prints it the same.
            (Subject::Index(_, a), Subject::Index(_, b)) if only_retyped && a.definition == b.definition => {
                Change::None
            }
            (Subject::Constraint(_, a), Subject::Constraint(_, b))
                if only_retyped && a.kind != ConstraintKind::ForeignKey && a.definition == b.definition =>
            {
                Change::None
            }
            (Subject::Identity(..) | Subject::OwnedBy(..), _) if only_retyped => Change::None,
            // Extended statistics are dropped with a column's old type on some versions and kept on others.
            (Subject::Column(_, column), _) if column.generated.is_some() => Change::Anew,
            (Subject::Column(..), _) if is_column || matches!(need, Key::Schema(_)) => Change::None,
            (Subject::Column(relation, _), _) if relation.is_table() => match need {
                Key::Relation(name) if *name == relation.name => Change::None,
                _ => Change::Retyped,
            },
            (Subject::Column(..), _) => Change::None,
            (Subject::Relation(relation), _) if relation.is_table() => match need {
                Key::Other(..) => Change::Anew,
                _ => Change::None,
            },
            _ if key == need => Change::None,
            _ => Change::Anew,
        }
    }
}
