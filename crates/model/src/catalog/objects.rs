//! A set of objects of one kind, ordered by name, shared between snapshots.

use std::{cmp::Ordering, slice, sync::Arc};

use super::{
    facts::{Digest, Facts},
    kind::ObjectKind,
};

/// What every object of a catalog can say of itself.
pub trait CatalogObject {
    /// The server's number for it in its own catalog; never compared.
    fn oid(&self) -> u32;
    /// What kind of thing it is.
    fn kind(&self) -> ObjectKind;
    /// How people write its name; for functions with the argument types.
    fn shown_name(&self) -> String;
    /// Orders by identity: two objects of two catalogs that are `Equal` here are the same thing.
    fn identity_cmp(&self, other: &Self) -> Ordering;
    /// Everything of the object itself that is compared, without its identity and without its parts.
    fn facts(&self) -> Facts;
    /// Adds everything that the object has parts for.
    fn digest_parts(&self, _digest: &mut Digest) {}
}

/// Objects ordered by identity. Cloning copies one pointer.
#[derive(Debug)]
pub struct Objects<T> {
    inner: Arc<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    sorted: Vec<Arc<T>>,
    by_oid: Vec<(u32, u32)>,
}

impl<T> Clone for Objects<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<T> Default for Objects<T> {
    fn default() -> Self {
        Self { inner: Arc::new(Inner { sorted: Vec::new(), by_oid: Vec::new() }) }
    }
}

impl<T: CatalogObject> Objects<T> {
    /// Orders the objects.
    pub fn new(mut objects: Vec<Arc<T>>) -> Self {
        objects.sort_by(|a, b| a.identity_cmp(b));
        let mut by_oid: Vec<(u32, u32)> = objects
            .iter()
            .enumerate()
            .map(|(at, object)| (object.oid(), u32::try_from(at).unwrap_or(0)))
            .collect();
        by_oid.sort_unstable();
        Self { inner: Arc::new(Inner { sorted: objects, by_oid }) }
    }

    /// The object with that object id.
    pub fn by_oid(&self, oid: u32) -> Option<&T> {
        self.shared_by_oid(oid).map(Arc::as_ref)
    }

    /// The same, shared.
    pub fn shared_by_oid(&self, oid: u32) -> Option<&Arc<T>> {
        let at = self.inner.by_oid.binary_search_by_key(&oid, |(oid, _)| *oid).ok()?;
        let (_, position) = self.inner.by_oid.get(at)?;
        self.inner.sorted.get(*position as usize)
    }

    /// Binary search by something that orders like the identity.
    pub fn find_by(&self, order: impl Fn(&T) -> Ordering) -> Option<&T> {
        let at = self.inner.sorted.binary_search_by(|object| order(object)).ok()?;
        self.inner.sorted.get(at).map(Arc::as_ref)
    }

    /// A copy in which the objects that are `without` are gone and the `with` ones are there.
    #[must_use]
    pub fn replaced(&self, without: impl Fn(&T) -> bool, with: Vec<Arc<T>>) -> Self {
        let kept = self.inner.sorted.iter().filter(|object| !without(object)).cloned();
        Self::new(kept.chain(with).collect())
    }

    /// Pairs the objects of two sets by identity, in order.
    pub(super) fn paired<'a>(&'a self, after: &'a Self) -> Vec<(Option<&'a T>, Option<&'a T>)> {
        if Arc::ptr_eq(&self.inner, &after.inner) {
            return Vec::new();
        }
        let (mut left, mut right) = (self.inner.sorted.as_slice(), after.inner.sorted.as_slice());
        let mut pairs = Vec::new();
        while let (Some((a, left_rest)), Some((b, right_rest))) = (left.split_first(), right.split_first()) {
            let order = if Arc::ptr_eq(a, b) { Ordering::Equal } else { a.identity_cmp(b) };
            match order {
                Ordering::Equal => {
                    if !Arc::ptr_eq(a, b) {
                        pairs.push((Some(a.as_ref()), Some(b.as_ref())));
                    }
                    (left, right) = (left_rest, right_rest);
                }
                Ordering::Less => {
                    pairs.push((Some(a.as_ref()), None));
                    left = left_rest;
                }
                Ordering::Greater => {
                    pairs.push((None, Some(b.as_ref())));
                    right = right_rest;
                }
            }
        }
        pairs.extend(left.iter().map(|a| (Some(a.as_ref()), None)));
        pairs.extend(right.iter().map(|b| (None, Some(b.as_ref()))));
        pairs
    }

    pub(super) fn digest(&self, digest: &mut Digest) {
        for object in self {
            digest.text(object.kind().word());
            digest.text(&object.shown_name());
            digest.facts(&object.facts());
            object.digest_parts(digest);
        }
    }
}

impl<T> Objects<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.inner.sorted.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.inner.sorted.is_empty()
    }

    /// All of them, ordered by identity.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self.inner.sorted.iter())
    }

    /// All of them, shared.
    pub fn shared(&self) -> &[Arc<T>] {
        &self.inner.sorted
    }
}

/// The objects of a set, in order.
#[derive(Debug)]
pub struct Iter<'a, T>(slice::Iter<'a, Arc<T>>);

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Arc::as_ref)
    }
}

impl<'a, T> IntoIterator for &'a Objects<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: CatalogObject> FromIterator<T> for Objects<T> {
    fn from_iter<I: IntoIterator<Item = T>>(objects: I) -> Self {
        Self::new(objects.into_iter().map(Arc::new).collect())
    }
}
