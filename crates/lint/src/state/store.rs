//! A map by name that can be taken back to an earlier moment at the cost of what was changed since.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use freehold_model::{
    catalog::{Grants, Role},
    name::QualifiedName,
};
use hashbrown::{Equivalent, HashMap};

use super::{Known, KnownFunction, KnownType, Site};

/// How one relation points to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// It is a partition of it, or inherits from it.
    Heir,
    /// It has a foreign key to it.
    ForeignKey,
    /// It is a view that reads it.
    View,
    /// It is a sequence that belongs to a column of it.
    Sequence,
    /// A column's default draws from it.
    Default,
    /// A trigger of it calls this function.
    Trigger,
    /// It has a definition: a view of any kind. Points to nothing: see [`Store::having`].
    Definition,
    /// It has policies. Points to nothing: see [`Store::having`].
    Policies,
}

/// What a value points to, so that the way back need not be searched for.
pub trait Linked {
    /// Each way and target; one may be there more than once.
    fn links(&self) -> Vec<(Link, QualifiedName)> {
        Vec::new()
    }
}

impl Linked for Arc<Known> {
    fn links(&self) -> Vec<(Link, QualifiedName)> {
        let relation = &self.relation;
        let parents = relation.partition.iter().map(|partition| &partition.parent).chain(&relation.inherits);
        let defaults = relation.columns.iter().filter_map(|column| column.default.as_deref());
        let drawn = defaults.filter_map(super::simulate::drawn);
        let owner = relation.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref());
        let targets = relation.foreign_keys().filter_map(|key| key.referenced_table.as_ref());
        let called = relation.triggers.iter().map(|trigger| trigger.function.clone());
        let nothing = || QualifiedName::new("", "");
        parents
            .map(|parent| (Link::Heir, parent.clone()))
            .chain(targets.map(|target| (Link::ForeignKey, target.clone())))
            .chain(self.reads.iter().map(|read| (Link::View, read.clone())))
            .chain(drawn.map(|sequence| (Link::Default, sequence)))
            .chain(owner.map(|owner| (Link::Sequence, owner.table.clone())))
            .chain(called.map(|function| (Link::Trigger, function)))
            .chain(relation.definition.iter().map(|_| (Link::Definition, nothing())))
            .chain(relation.policies.first().map(|_| (Link::Policies, nothing())))
            .collect()
    }
}

impl Linked for QualifiedName {}
impl Linked for Arc<KnownType> {}
impl Linked for Arc<Vec<KnownFunction>> {}
impl Linked for Arc<(Option<String>, Grants)> {}
impl Linked for Arc<Role> {}
impl Linked for Option<Site> {}
impl Linked for u32 {}
#[cfg(test)]
impl Linked for i32 {}

/// A map by name with a memory. Looking a name up costs the same however many there are.
#[derive(Debug, Clone)]
pub struct Store<V> {
    map: HashMap<Arc<QualifiedName>, V>,
    /// The names in order.
    order: BTreeSet<Arc<QualifiedName>>,
    /// From what is pointed to, and how, to those that point.
    back: HashMap<Way, BTreeSet<QualifiedName>>,
    /// For each moment that is remembered, the oldest first: what stood at a name before its first change since.
    journal: Vec<BTreeMap<QualifiedName, Option<V>>>,
    /// Names from which something was taken away since the script began.
    gone: BTreeSet<QualifiedName>,
}

/// A name that need not be put together to be looked up.
#[derive(Hash)]
struct Parts<'n> {
    schema: &'n str,
    name: &'n str,
}

impl<'n> From<&'n QualifiedName> for Parts<'n> {
    fn from(name: &'n QualifiedName) -> Self {
        Self { schema: &name.schema, name: &name.name }
    }
}

impl Equivalent<Arc<QualifiedName>> for Parts<'_> {
    fn equivalent(&self, key: &Arc<QualifiedName>) -> bool {
        self.name == key.name && self.schema == key.schema
    }
}

/// What is pointed to, and how.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Way(QualifiedName, Link);

/// The same by reference.
#[derive(Hash)]
struct WayTo<'n>(&'n QualifiedName, Link);

impl Equivalent<Way> for WayTo<'_> {
    fn equivalent(&self, key: &Way) -> bool {
        self.1 == key.1 && *self.0 == key.0
    }
}

impl<V> Default for Store<V> {
    fn default() -> Self {
        Self {
            map: HashMap::new(),
            order: BTreeSet::new(),
            back: HashMap::new(),
            journal: Vec::new(),
            gone: BTreeSet::new(),
        }
    }
}

impl<V: Clone + Linked> Store<V> {
    /// What stands at a name.
    pub fn get(&self, name: &QualifiedName) -> Option<&V> {
        self.map.get(&Parts::from(name))
    }

    /// True when something stands there.
    pub fn contains(&self, name: &QualifiedName) -> bool {
        self.map.contains_key(&Parts::from(name))
    }

    /// The same for a name in its parts.
    pub fn contains_parts(&self, schema: &str, name: &str) -> bool {
        !self.map.is_empty() && self.map.contains_key(&Parts { schema, name })
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&QualifiedName, &V)> {
        self.order.iter().filter_map(|name| Some((name.as_ref(), self.map.get(name)?)))
    }

    /// All values, by name.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// All of one schema, by name.
    pub fn in_schema<'a>(&'a self, schema: &'a str) -> impl Iterator<Item = (&'a QualifiedName, &'a V)> {
        let start = QualifiedName::new(schema, "");
        let names = self.order.range(start..).take_while(move |name| name.schema == schema);
        names.filter_map(|name| Some((name.as_ref(), self.map.get(name)?)))
    }

    /// Puts a value at a name.
    pub fn put(&mut self, name: QualifiedName, value: V) {
        self.note(&name);
        self.set(name, Some(value));
    }

    /// Takes the value at a name away.
    pub fn take(&mut self, name: &QualifiedName) -> Option<V> {
        self.note(name);
        let taken = self.set(name.clone(), None);
        if taken.is_some() {
            self.gone.insert(name.clone());
        }
        taken
    }

    /// True when the script that was begun last has taken away what stood there.
    pub fn is_gone(&self, name: &QualifiedName) -> bool {
        !self.contains(name) && self.gone.contains(name)
    }

    /// A script begins.
    pub fn begin_script(&mut self) {
        self.gone.clear();
    }

    /// Changes the value at a name where it stands; nothing happens when there is none.
    pub fn change<R>(&mut self, name: &QualifiedName, change: impl FnOnce(&mut V) -> R) -> Option<R> {
        self.note(name);
        let value = self.map.get_mut(&Parts::from(name))?;
        let before = value.links();
        let result = change(value);
        let after = value.links();
        self.relink(name, before, after);
        Some(result)
    }

    /// Keeps what stands at a name for the last moment that is remembered.
    fn note(&mut self, name: &QualifiedName) {
        if let Some(level) = self.journal.last_mut()
            && !level.contains_key(name)
        {
            level.insert(name.clone(), self.map.get(&Parts::from(name)).cloned());
        }
    }

    fn set(&mut self, name: QualifiedName, value: Option<V>) -> Option<V> {
        let links = value.as_ref().map(Linked::links).unwrap_or_default();
        let there = self.map.get_mut(&Parts::from(&name));
        let before = match (there, value) {
            (Some(there), Some(value)) => Some(std::mem::replace(there, value)),
            (None, Some(value)) => {
                let key = Arc::new(name.clone());
                self.order.insert(Arc::clone(&key));
                self.map.insert(key, value)
            }
            (Some(_), None) => {
                self.order.remove(&name);
                self.map.remove(&Parts::from(&name))
            }
            (None, None) => None,
        };
        self.relink(&name, before.as_ref().map(Linked::links).unwrap_or_default(), links);
        before
    }

    /// Those that point to this name in this way, by name.
    pub fn pointing_to<'a>(
        &'a self,
        name: &QualifiedName,
        link: Link,
    ) -> impl Iterator<Item = (&'a QualifiedName, &'a V)> + use<'a, V> {
        let names = self.back.get(&WayTo(name, link)).into_iter().flatten();
        names.filter_map(|name| Some((name, self.map.get(&Parts::from(name))?)))
    }

    /// Those of which a link of this kind says only that they have something, by name.
    pub fn having(&self, link: Link) -> impl Iterator<Item = (&QualifiedName, &V)> + use<'_, V> {
        self.pointing_to(&QualifiedName::new("", ""), link)
    }

    fn relink(
        &mut self,
        name: &QualifiedName,
        before: Vec<(Link, QualifiedName)>,
        after: Vec<(Link, QualifiedName)>,
    ) {
        if before == after {
            return;
        }
        for (link, target) in before {
            if let Some(names) = self.back.get_mut(&WayTo(&target, link)) {
                names.remove(name);
            }
        }
        for (link, target) in after {
            self.back.entry(Way(target, link)).or_default().insert(name.clone());
        }
    }

    pub(super) fn remember(&mut self) {
        self.journal.push(BTreeMap::new());
    }

    /// Makes everything as it was at the last moment that is remembered, and forgets that moment.
    pub(super) fn take_back(&mut self) {
        for (name, before) in self.journal.pop().unwrap_or_default() {
            // An outer moment has kept its own.
            self.set(name, before);
        }
    }

    /// Forgets the last moment that is remembered; what was changed since stays.
    pub(super) fn keep(&mut self) {
        let Some(level) = self.journal.pop() else { return };
        if let Some(outer) = self.journal.last_mut() {
            for (name, before) in level {
                outer.entry(name).or_insert(before);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_since_is_taken_back_and_nothing_else() {
        let name = |name: &str| QualifiedName::new("public", name);
        let mut store = Store::default();
        store.put(name("a"), 1);
        store.put(name("b"), 2);
        store.remember();
        store.put(name("a"), 9);
        store.put(name("a"), 10);
        store.take(&name("b"));
        store.put(name("c"), 3);
        store.take(&name("c"));
        store.take_back();
        let all: Vec<_> = store.iter().map(|(name, value)| (name.name.clone(), *value)).collect();
        assert_eq!(all, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    }

    #[test]
    fn who_points_to_a_relation_is_known_and_forgotten_with_it() {
        let name = |name: &str| QualifiedName::new("public", name);
        let child = |parent: &str| {
            let mut known = Known::default();
            known.relation.inherits.push(name(parent));
            Arc::new(known)
        };
        let mut store: Store<Arc<Known>> = Store::default();
        let heirs = |store: &Store<Arc<Known>>, of: &str| -> Vec<String> {
            store.pointing_to(&name(of), Link::Heir).map(|(name, _)| name.name.clone()).collect()
        };
        store.put(name("b"), child("a"));
        store.remember();
        store.put(name("c"), child("a"));
        store.put(name("b"), child("z"));
        assert_eq!((heirs(&store, "a"), heirs(&store, "z")), (vec!["c".to_owned()], vec!["b".to_owned()]));
        store.take_back();
        assert_eq!((heirs(&store, "a"), heirs(&store, "z")), (vec!["b".to_owned()], vec![]));
    }
}
