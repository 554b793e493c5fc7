//! From fates to steps: which thing is made or dropped with which other, and what has to come before what.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::catalog::{ConstraintKind, RelationKind};

use super::{
    apart::{Apart, circles, identities_above_others, stepping_aside},
    edges,
    fate::{Fate, Fates},
    follow::{self, How},
    graph::Graph,
    key::{Key, Part},
    phase,
    sql::Sql,
    things::{Side, Subject},
    write::{Writer, default_creator, inherits_at_once, is_inline, maintains, needs_shell},
};

/// The steps of each thing. Things that are made or dropped with others share theirs.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub(super) graph: Graph,
    /// After these the thing is gone, or its name is free.
    pub(super) drop: BTreeMap<Key, usize>,
    /// For what stepped aside: after these it is gone.
    pub(super) late_drop: BTreeMap<Key, usize>,
    /// For base types: after these functions may mention them.
    pub(super) shell: BTreeMap<Key, usize>,
    /// After these the thing is as it is to be.
    pub(super) make: BTreeMap<Key, usize>,
    pub(super) owner: BTreeMap<Key, usize>,
}

/// Steps in order, and what no statement can do.
#[derive(Debug, Default)]
pub(super) struct Planned {
    pub(super) steps: Vec<(Key, Vec<Sql>)>,
    pub(super) not_covered: BTreeSet<String>,
    /// The role for which the statements are written, when one owns everything.
    pub(super) creator: Option<String>,
}

/// How often circles are taken apart before one is taken as it is.
const ROUNDS: usize = 8;

pub(super) fn plan(from: &Side<'_>, to: &Side<'_>, fates: &Fates) -> Planned {
    let mut apart = Apart { makes: identities_above_others(from, to, fates), ..Apart::default() };
    let stepping_aside = stepping_aside(from, to, fates);
    let creator = default_creator(from, to);
    let maintains = maintains(from, to);
    for round in 0.. {
        let mut writer = Writer {
            from,
            to,
            fates,
            apart: &apart.makes,
            aside: &stepping_aside,
            maintains,
            not_covered: BTreeSet::new(),
        };
        let mut steps =
            Planner { writer: &mut writer, apart: &apart, steps: Steps::default() }.steps(creator);
        let reasons = edges::add(&mut steps, from, to, fates);
        let more =
            if round < ROUNDS { circles(from, &steps, &reasons, fates, &apart) } else { Apart::default() };
        if more.drops.is_empty() && more.makes.is_empty() {
            let mut not_covered = writer.not_covered;
            let (order, forced) = steps.graph.order();
            for at in forced {
                let step = steps.graph.steps.get(at);
                not_covered
                    .extend(step.map(|step| format!("{}: the order, for it needs what needs it", step.key)));
            }
            let mut graph = steps.graph.steps;
            let taken = order.into_iter().filter_map(|at| {
                let step = graph.get_mut(at)?;
                Some((step.key.clone(), std::mem::take(&mut step.statements)))
            });
            let steps = taken.filter(|(_, statements)| !statements.is_empty()).collect();
            return Planned { steps, not_covered, creator: creator.map(str::to_owned) };
        }
        apart.drops.extend(more.drops);
        apart.makes.extend(more.makes);
    }
    Planned::default()
}

struct Planner<'p, 'a, 'c> {
    writer: &'p mut Writer<'a, 'c>,
    apart: &'p Apart,
    steps: Steps,
}

impl Planner<'_, '_, '_> {
    fn steps(mut self, creator: Option<&str>) -> Steps {
        let (from, to, fates) = (self.writer.from, self.writer.to, self.writer.fates);
        for (key, fate) in fates.iter() {
            if fates.is_dropped(key) && self.goes_with(key).is_none() {
                self.drop(key);
            }
            if fates.is_made(key) && self.comes_with(key).is_none() {
                self.make(key);
            }
            if let (Fate::Altered, Some(old), Some(new)) = (fate, from.subject(key), to.subject(key)) {
                let statements = self.writer.alter(old, new);
                let at = self.steps.graph.add(key, phase::of_make(new), statements);
                self.steps.make.insert(key.clone(), at);
            }
        }
        for (key, _) in fates.iter() {
            if fates.is_dropped(key) {
                let with = self.last(key, |planner, key| planner.goes_with(key));
                let altered =
                    key.relation().and_then(|name| self.steps.make.get(&Key::Relation(name.clone())));
                let attribute =
                    matches!(from.subject(key), Some(Subject::Column(relation, _)) if !relation.is_table());
                if let Some(at) = self.steps.drop.get(&with).or(altered.filter(|_| attribute)).copied() {
                    self.steps.drop.insert(key.clone(), at);
                }
            }
            if fates.is_made(key) || fates.retyped.contains(key) {
                let with = self.last(key, |planner, key| planner.comes_with(key));
                if let Some(at) = self.steps.make.get(&with).copied().filter(|_| with != *key) {
                    // A column whose type changes with the one above may have a step of its own for the rest.
                    let own = self.steps.make.get(key).copied();
                    self.steps.graph.before(Some(at), own);
                    self.steps.make.entry(key.clone()).or_insert(at);
                }
            }
        }
        for (key, thing) in &to.things {
            let kept = if fates.is_kept(key) { from.subject(key) } else { None };
            let finish = self.writer.finish(key, kept, thing.subject, creator);
            let make = self.steps.make.get(key).copied();
            let owner =
                (!finish.owner.is_empty()).then(|| self.steps.graph.add(key, phase::OWNER, finish.owner));
            let rest =
                (!finish.rest.is_empty()).then(|| self.steps.graph.add(key, phase::FINISH, finish.rest));
            self.steps.graph.before(make, owner);
            self.steps.graph.before(make, rest);
            self.steps.graph.before(owner, rest);
            if let Some(owner) = owner {
                self.steps.owner.insert(key.clone(), owner);
            }
            if let Subject::Relation(relation) = thing.subject {
                for column in &relation.columns {
                    let column = self.steps.make.get(&Key::column(&relation.name, &column.name)).copied();
                    self.steps.graph.before(column, rest);
                }
            }
        }
        self.steps
    }

    fn last(&self, key: &Key, next: impl Fn(&Self, &Key) -> Option<Key>) -> Key {
        let mut at = key.clone();
        // Longer than any chain of parts and partitions.
        for _ in 0..64 {
            match next(self, &at) {
                Some(other) => at = other,
                None => break,
            }
        }
        at
    }

    fn drop(&mut self, key: &Key) {
        let Some(subject) = self.writer.from.subject(key) else { return };
        if matches!(subject, Subject::Column(relation, _) if !relation.is_table()) {
            // An attribute goes when its type is altered.
            return;
        }
        let statements = self.writer.drop(subject);
        if let Some(name) = self.writer.aside.get(key).cloned() {
            let stepping = self.writer.step_aside(subject, &name);
            let step = self.steps.graph.add(key, phase::ASIDE, stepping);
            let late = self.steps.graph.add(key, phase::LATE_DROP, statements);
            self.steps.graph.before(Some(step), Some(late));
            self.steps.drop.insert(key.clone(), step);
            self.steps.late_drop.insert(key.clone(), late);
            return;
        }
        let at = self.steps.graph.add(key, phase::of_drop(subject), statements);
        self.steps.drop.insert(key.clone(), at);
    }

    fn make(&mut self, key: &Key) {
        let Some(subject) = self.writer.to.subject(key) else { return };
        if let Subject::IndexAttached(table, ..) = subject {
            // A partition that is attached brings its indexes along.
            let attached = table.partition.iter().map(|partition| {
                Key::Part(Part::Attached, table.name.clone(), super::things::dotted(&partition.parent))
            });
            if !attached.into_iter().all(|key| self.writer.fates.is_kept(&key)) {
                return;
            }
        }
        if let Subject::Type(object) = subject
            && needs_shell(object)
        {
            let shell = vec![Sql::new(format!("CREATE TYPE {}", object.name.quoted()))];
            let at = self.steps.graph.add(key, phase::SHELL, shell);
            self.steps.shell.insert(key.clone(), at);
        }
        let statements = self.writer.create(subject);
        let at = self.steps.graph.add(key, phase::of_make(subject), statements);
        self.steps.make.insert(key.clone(), at);
    }

    /// With which other thing this one is dropped.
    fn goes_with(&self, key: &Key) -> Option<Key> {
        let (from, fates) = (self.writer.from, self.writer.fates);
        let thing = from.things.get(key)?;
        if self.apart.drops.contains(key) {
            return None;
        }
        if let Some(holder) = thing.within.as_ref().filter(|holder| fates.is_dropped(holder)) {
            return Some(holder.clone());
        }
        if let Some(above) = follow::parent_of(from, self.writer.to, fates, key, How::Goes) {
            return Some(above);
        }
        let gone = fates.get(key) == Some(Fate::Gone);
        match (key, thing.subject) {
            (Key::Part(Part::Constraint | Part::Index | Part::Statistics, table, _), _) if gone => {
                let mut columns = thing.needs.iter().filter(|need| {
                    matches!(need, Key::Part(Part::Column, of, _) if of == table)
                        && fates.get(need) == Some(Fate::Gone)
                });
                columns.next().cloned()
            }
            (Key::Part(Part::IndexAttached, ..), _) => {
                thing.needs.iter().find(|need| fates.is_dropped(need)).cloned()
            }
            (Key::Relation(name), Subject::Relation(relation))
                if gone && relation.kind == RelationKind::Sequence =>
            {
                let link = Key::Part(Part::OwnedBy, name.clone(), String::new());
                let column =
                    from.things.get(&link)?.needs.iter().find(|need| matches!(need, Key::Part(..)))?;
                fates.is_dropped(column).then(|| column.clone())
            }
            (Key::Function(..), _) => {
                // The functions of a base type go with it.
                thing
                    .needs
                    .iter()
                    .find(|need| {
                        let Some(Subject::Type(object)) = from.subject(need) else { return false };
                        let mutual = from.things.get(need).is_some_and(|of_type| of_type.needs.contains(key));
                        needs_shell(object) && mutual && fates.is_dropped(need)
                    })
                    .cloned()
            }
            _ => None,
        }
    }

    /// With which other thing this one is made.
    fn comes_with(&self, key: &Key) -> Option<Key> {
        let (to, fates) = (self.writer.to, self.writer.fates);
        let thing = to.things.get(key)?;
        let holder = thing.within.clone();
        let with_holder = holder.clone().filter(|holder| fates.is_made(holder));
        let above = || follow::parent_of(self.writer.from, to, fates, key, How::Comes);
        match thing.subject {
            Subject::Column(relation, _) if !relation.is_table() => holder,
            Subject::Column(..) => with_holder.or_else(above),
            Subject::Default(table, column) if inherits_at_once(table) && !column.is_local => None,
            Subject::Default(table, _) if table.is_table() && !self.apart.makes.contains(key) => with_holder,
            Subject::Identity(..) if !self.apart.makes.contains(key) => with_holder,
            Subject::Index(_, index) if index.constraint.is_some() => with_holder,
            Subject::Relation(relation) if relation.kind == RelationKind::Sequence => with_holder,
            Subject::Inherits(table, _) if inherits_at_once(table) => with_holder,
            Subject::Constraint(table, constraint) => {
                let inline = is_inline(table, constraint) && !self.apart.makes.contains(key);
                let inherited = !constraint.is_local && inherits_at_once(table);
                let check = constraint.kind == ConstraintKind::Check;
                with_holder.filter(|_| inline || (inherited && check)).or_else(|| check.then(above).flatten())
            }
            _ => None,
        }
    }
}
