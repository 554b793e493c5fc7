//! A state from what a server describes.

use std::sync::Arc;

use freehold_model::{
    catalog::{Catalog, ObjectKind},
    name::QualifiedName,
};

use super::{Known, KnownFunction, KnownType, Site, State};

impl State {
    /// What a server describes, and nothing else exists.
    pub fn from_catalog(catalog: &Catalog) -> Self {
        let mut state = Self::new();
        state.rebase(catalog);
        state
    }

    /// Replaces all that is known by what a server describes. Where things of the same name were known, the
    /// statements that made them are kept.
    pub fn rebase(&mut self, catalog: &Catalog) {
        let before = std::mem::replace(self, Self::new());
        self.search_path.clone_from(&before.search_path);
        self.roles = before.roles.clone();
        self.copies = before.copies.clone();
        self.marks = before.marks.clone();
        for relation in catalog.relations.iter() {
            let old = before.relation(&relation.name);
            let known = Known {
                relation: relation.clone(),
                made: old.and_then(|old| old.made),
                parts: old.map_or_else(Vec::new, |old| still_there(old, relation)),
                whole: true,
                reads: reads_of(relation, old),
            };
            self.put_relation(known);
        }
        for object in catalog.types.iter() {
            let made = before.type_named(&object.name).and_then(|old| old.made);
            self.types.put(object.name.clone(), Arc::new(KnownType { object: object.clone(), made }));
        }
        for function in catalog.functions.iter() {
            let old = before.functions_named(&function.name);
            let made = old
                .iter()
                .find(|old| old.function.identity_arguments == function.identity_arguments)
                .or_else(|| old.first().filter(|_| old.len() == 1))
                .and_then(|old| old.made);
            let known = KnownFunction { function: function.clone(), made };
            let mut all = self.functions.take(&function.name).map_or_else(Vec::new, Arc::unwrap_or_clone);
            all.push(known);
            self.functions.put(function.name.clone(), Arc::new(all));
        }
        for schema in catalog.schemas.iter() {
            let name = QualifiedName::new("", schema.name.as_str());
            self.schemas.put(name, Arc::new((Some(schema.owner.clone()), schema.grants.clone())));
        }
        for extension in catalog.extensions.iter() {
            let name = QualifiedName::new("", extension.name.as_str());
            let made: Option<Site> = before.extensions.get(&name).copied().flatten();
            self.extensions.put(name, made);
        }
        self.complete = true;
    }
}

fn still_there(old: &Known, relation: &freehold_model::catalog::Relation) -> Vec<(ObjectKind, String, Site)> {
    let there = |kind: ObjectKind, name: &str| match kind {
        ObjectKind::Column => relation.column(name).is_some(),
        ObjectKind::Constraint => relation.constraint(name).is_some(),
        ObjectKind::Index => relation.index(name).is_some(),
        _ => true,
    };
    old.parts.iter().filter(|(kind, name, _)| there(*kind, name)).cloned().collect()
}

/// The relations that a view reads: as they were told before when its text is the same, else by its text.
fn reads_of(relation: &freehold_model::catalog::Relation, old: Option<&Known>) -> Vec<QualifiedName> {
    let Some(definition) = &relation.definition else { return Vec::new() };
    if let Some(old) = old.filter(|old| old.relation.definition.as_ref() == Some(definition)) {
        return old.reads.clone();
    }
    // The server writes every name that is not in pg_catalog with its schema.
    let names = freehold_sql::tree::read(definition).map(|tree| freehold_sql::tree::relations(&tree));
    let names = names.unwrap_or_default().into_iter();
    names.filter_map(|(schema, name)| Some(QualifiedName::new(schema?, name))).collect()
}
