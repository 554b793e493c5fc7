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
        self.marks = before.marks.clone();
        for relation in catalog.relations.iter() {
            let old = before.relation(&relation.name);
            let known = Known {
                relation: relation.clone(),
                made: old.and_then(|old| old.made),
                parts: old.map_or_else(Vec::new, |old| still_there(old, relation)),
                whole: true,
            };
            for index in &relation.indexes {
                let name = QualifiedName::new(relation.name.schema.as_str(), index.name.as_str());
                self.index_tables.put(name, relation.name.clone());
            }
            self.relations.put(relation.name.clone(), Arc::new(known));
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
