//! A map by name that can be taken back to an earlier moment at the cost of what was changed since.

use std::collections::BTreeMap;

use freehold_model::name::QualifiedName;

/// A map by name with a memory.
#[derive(Debug, Clone)]
pub struct Store<V> {
    map: BTreeMap<QualifiedName, V>,
    /// What stood at a name before each change, oldest first; none while nothing is remembered.
    journal: Option<Vec<(QualifiedName, Option<V>)>>,
}

impl<V> Default for Store<V> {
    fn default() -> Self {
        Self { map: BTreeMap::new(), journal: None }
    }
}

impl<V: Clone> Store<V> {
    /// What stands at a name.
    pub fn get(&self, name: &QualifiedName) -> Option<&V> {
        self.map.get(name)
    }

    /// True when something stands there.
    pub fn contains(&self, name: &QualifiedName) -> bool {
        self.map.contains_key(name)
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&QualifiedName, &V)> {
        self.map.iter()
    }

    /// All values, by name.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.map.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Puts a value at a name.
    pub fn put(&mut self, name: QualifiedName, value: V) {
        let before = self.map.insert(name.clone(), value);
        if let Some(journal) = &mut self.journal {
            journal.push((name, before));
        }
    }

    /// Takes the value at a name away.
    pub fn take(&mut self, name: &QualifiedName) -> Option<V> {
        let before = self.map.remove(name);
        if let (Some(journal), Some(before)) = (&mut self.journal, &before) {
            journal.push((name.clone(), Some(before.clone())));
        }
        before
    }

    pub(super) fn remember(&mut self) {
        self.journal = Some(Vec::new());
    }

    pub(super) fn take_back(&mut self) {
        for (name, before) in self.journal.take().unwrap_or_default().into_iter().rev() {
            match before {
                Some(value) => self.map.insert(name, value),
                None => self.map.remove(&name),
            };
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
}
