//! Finding things by the names that statements write.

use freehold_model::{catalog::Index, name::QualifiedName};
use freehold_sql::ObjectUse;

use super::{Known, KnownFunction, KnownType, Link, State};

impl State {
    /// The relation that a statement means by this name: the first on the search path that is known, else the name in
    /// the first schema of the path.
    pub fn resolve(&self, schema: Option<&str>, name: &str) -> QualifiedName {
        if let Some(schema) = schema {
            return QualifiedName::new(schema, name);
        }
        let mut path = std::iter::once("pg_temp").chain(self.search_path.iter().map(String::as_str));
        let found = path.find(|schema| {
            self.relations.contains_parts(schema, name)
                || self.index_tables.contains_parts(schema, name)
                || self.types.contains_parts(schema, name)
                || self.functions.contains_parts(schema, name)
        });
        self.new_name(found, name)
    }

    /// The name under which a statement makes something.
    pub fn new_name(&self, schema: Option<&str>, name: &str) -> QualifiedName {
        let schema = schema.or_else(|| self.search_path.first().map(String::as_str)).unwrap_or("public");
        QualifiedName::new(schema, name)
    }

    /// The object that a statement uses, by its own name (for a column or trigger use [`Self::relation_of`]).
    pub fn name_of(&self, object: &ObjectUse) -> QualifiedName {
        self.resolve(object.schema.as_deref(), &object.name)
    }

    /// The relation that an object of a statement belongs to, or is.
    pub fn relation_of(&self, object: &ObjectUse) -> QualifiedName {
        self.resolve(object.schema.as_deref(), object.of.as_deref().unwrap_or(&object.name))
    }

    /// What is known of a relation.
    pub fn relation(&self, name: &QualifiedName) -> Option<&Known> {
        self.relations.get(name).map(AsRef::as_ref)
    }

    /// The index of that name and its table.
    pub fn index(&self, name: &QualifiedName) -> Option<(&Known, &Index)> {
        let table = self.relation(self.index_tables.get(name)?)?;
        Some((table, table.relation.index(&name.name)?))
    }

    /// The type of that name.
    pub fn type_named(&self, name: &QualifiedName) -> Option<&KnownType> {
        self.types.get(name).map(AsRef::as_ref)
    }

    /// The type that a column's type name means, as `format_type` writes it (`mood`, `app.mood`, without modifiers).
    pub fn type_of(&self, type_name: &str) -> Option<&KnownType> {
        let (schema, name) = match type_name.split_once('.') {
            Some((schema, name)) => (Some(schema.trim_matches('"')), name),
            None => (None, type_name),
        };
        let name = name.trim_end_matches("[]").trim_matches('"');
        self.type_named(&self.resolve(schema, name))
    }

    /// The functions of that name, whatever their arguments.
    pub fn functions_named(&self, name: &QualifiedName) -> &[KnownFunction] {
        self.functions.get(name).map_or(&[], |functions| functions.as_slice())
    }

    /// The partitions and other children of a relation.
    pub fn children<'a>(&'a self, parent: &QualifiedName) -> impl Iterator<Item = &'a Known> + use<'a> {
        self.relations.pointing_to(parent, Link::Heir).map(|(_, known)| known.as_ref())
    }

    /// Relations with a foreign key to this one.
    pub fn referencing<'a>(&'a self, target: &QualifiedName) -> impl Iterator<Item = &'a Known> + use<'a> {
        self.relations.pointing_to(target, Link::ForeignKey).map(|(_, known)| known.as_ref())
    }
}
