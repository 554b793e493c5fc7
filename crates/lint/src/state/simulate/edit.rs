//! Changing relations in place, with what is kept beside them.

use std::{collections::BTreeSet, sync::Arc};

use freehold_model::{
    catalog::{Constraint, ObjectKind, Relation},
    name::QualifiedName,
};

use super::super::{Known, Link, Site, State};

impl State {
    /// Adds a constraint to a relation, in the place of one of that name; nothing happens when the relation is not known.
    pub(super) fn edit_constraint(&mut self, name: &QualifiedName, made: Constraint, site: Site) {
        let constraint = made.name.clone();
        let there = self.relations.change(name, |known| {
            let known = Arc::make_mut(known);
            known.touch(ObjectKind::Constraint, &made.name, site);
            let constraints = &mut known.relation.constraints;
            let there = constraints.len();
            constraints.retain(|there| there.name != made.name);
            let there = there > constraints.len();
            super::inherit::add(constraints, made);
            there
        });
        if there == Some(false) {
            self.count_name(&name.schema, &constraint, true);
        }
    }

    /// Changes a relation; nothing happens when it is not known.
    pub(super) fn edit<R>(
        &mut self,
        name: &QualifiedName,
        change: impl FnOnce(&mut Known) -> R,
    ) -> Option<R> {
        let (result, before, after) = self.relations.change(name, |known| {
            let before = names(known);
            let known = Arc::make_mut(known);
            let result = change(known);
            (result, before, names(known))
        })?;
        if before != after {
            self.count_names(&name.schema, &before, &after);
        }
        Some(result)
    }

    /// Puts a new relation.
    pub(in crate::state) fn put_relation(&mut self, mut known: Known) {
        // There are many tables, and a table's columns were counted when it was made.
        known.relation.columns.shrink_to_fit();
        let name = known.relation.name.clone();
        self.forget_relation(&name);
        self.count_names(&name.schema, "", &names(&known));
        for index in &known.relation.indexes {
            self.index_tables
                .put(QualifiedName::new(name.schema.as_str(), index.name.as_str()), name.clone());
        }
        self.relations.put(name, Arc::new(known));
    }

    /// Takes a relation away with its indexes, and nothing else.
    pub(in crate::state) fn forget_relation(&mut self, name: &QualifiedName) -> Option<Arc<Known>> {
        let known = self.relations.take(name)?;
        for index in &known.relation.indexes {
            self.index_tables.take(&QualifiedName::new(name.schema.as_str(), index.name.as_str()));
        }
        self.count_names(&name.schema, &names(&known), "");
        Some(known)
    }

    /// Counts the names of constraints that came and went; both lists are ordered.
    fn count_names(&mut self, schema: &str, before: &str, after: &str) {
        let (mut old, mut new) =
            (before.split_terminator('\0').peekable(), after.split_terminator('\0').peekable());
        loop {
            match (old.peek().copied(), new.peek().copied()) {
                (None, None) => return,
                (Some(gone), there) if there.is_none_or(|there| gone < there) => {
                    self.count_name(schema, gone, false);
                    old.next();
                }
                (gone, Some(made)) if gone.is_none_or(|gone| made < gone) => {
                    self.count_name(schema, made, true);
                    new.next();
                }
                _ => {
                    old.next();
                    new.next();
                }
            }
        }
    }

    fn count_name(&mut self, schema: &str, name: &str, came: bool) {
        let name = QualifiedName::new(schema, name);
        match (self.constraint_names.get(&name).copied().unwrap_or(0), came) {
            (count, true) => self.constraint_names.put(name, count + 1),
            (count @ 2.., false) => self.constraint_names.put(name, count - 1),
            (_, false) => {
                self.constraint_names.take(&name);
            }
        }
    }

    /// Makes sure that something is known of a relation that a statement changes: what was made before the history
    /// began is put down as a table of which only that is known which statements say. False when it cannot be there.
    pub(super) fn suppose(&mut self, name: &QualifiedName) -> bool {
        if self.relations.contains(name) {
            return true;
        }
        let system = matches!(name.schema.as_str(), "pg_catalog" | "information_schema" | "pg_temp");
        if system || (self.complete && self.doubts.is_empty()) || self.index_tables.contains(name) {
            return false;
        }
        let relation = Relation { name: name.clone(), populated: true, ..Relation::default() };
        self.put_relation(Known { relation, ..Known::default() });
        true
    }

    /// The names of the children of a relation.
    pub(super) fn heirs(&self, name: &QualifiedName) -> Vec<QualifiedName> {
        self.pointing(name, Link::Heir)
    }

    /// The names of those that point to a relation.
    pub(super) fn pointing(&self, name: &QualifiedName, link: Link) -> Vec<QualifiedName> {
        self.relations.pointing_to(name, link).map(|(name, _)| name.clone()).collect()
    }

    /// A relation and all that inherit from it, at any depth, parents first.
    pub(super) fn family(&self, name: &QualifiedName) -> Vec<QualifiedName> {
        let mut all = vec![name.clone()];
        let mut seen: BTreeSet<QualifiedName> = all.iter().cloned().collect();
        let mut at = 0;
        while let Some(next) = all.get(at).cloned() {
            for heir in self.heirs(&next) {
                if seen.insert(heir.clone()) {
                    all.push(heir);
                }
            }
            at += 1;
        }
        all
    }
}

/// The names of the constraints in one text, which costs less than one for each.
fn names(known: &Known) -> String {
    let constraints = &known.relation.constraints;
    let mut names =
        String::with_capacity(constraints.iter().map(|constraint| constraint.name.len() + 1).sum());
    for constraint in constraints {
        names.push_str(&constraint.name);
        names.push('\0');
    }
    names
}

impl Known {
    /// Notes that a statement made or changed a part.
    pub(in crate::state) fn touch(&mut self, kind: ObjectKind, name: &str, site: Site) {
        self.untouch(kind, name);
        if self.made != Some(site) {
            self.parts.push((kind, name.to_owned(), site));
        }
    }

    /// Forgets who made a part.
    pub(in crate::state) fn untouch(&mut self, kind: ObjectKind, name: &str) {
        self.parts.retain(|(k, n, _)| *k != kind || n != name);
    }

    /// Follows a part that is renamed.
    pub(in crate::state) fn rename_part(&mut self, kind: ObjectKind, from: &str, to: &str) {
        for (_, name, _) in self.parts.iter_mut().filter(|(k, n, _)| *k == kind && n == from) {
            to.clone_into(name);
        }
    }
}

impl super::Step<'_> {
    /// Puts a relation that this statement makes.
    pub(super) fn put_relation(&mut self, mut known: Known) {
        known.made = Some(self.site);
        self.state.put_relation(known);
    }

    /// The role that new objects belong to; empty when only the session knows.
    pub(super) fn owner(&self) -> String {
        self.state.role.clone().unwrap_or_default()
    }
}
