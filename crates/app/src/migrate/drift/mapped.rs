//! A catalog in which one schema has another name, as the server would print it after renaming the schema.

use std::sync::Arc;

use freehold_model::{
    catalog::{
        Catalog, FactValue, Facts, Function, IndexColumn, Objects, Other, Relation, TypeObject, TypeShape,
    },
    name::QualifiedName,
};

use crate::migrate::squash::rename::replace_schema;

/// Renames.
pub(super) fn mapped(catalog: &Catalog, old: &str, new: &str) -> Catalog {
    if old == new {
        return catalog.clone();
    }
    let map = Map { old, new };
    let schemas = catalog.schemas.iter().map(|schema| {
        let mut schema = freehold_model::catalog::Schema::clone(schema);
        map.schema(&mut schema.name);
        Arc::new(schema)
    });
    Catalog {
        schemas: Objects::new(schemas.collect()),
        relations: Objects::new(catalog.relations.iter().map(|r| Arc::new(map.relation(r))).collect()),
        types: Objects::new(catalog.types.iter().map(|t| Arc::new(map.type_object(t))).collect()),
        functions: Objects::new(catalog.functions.iter().map(|f| Arc::new(map.function(f))).collect()),
        extensions: catalog.extensions.clone(),
        others: Objects::new(catalog.others.iter().map(|o| Arc::new(map.other(o))).collect()),
    }
}

struct Map<'a> {
    old: &'a str,
    new: &'a str,
}

impl Map<'_> {
    fn schema(&self, schema: &mut String) {
        if schema == self.old {
            self.new.clone_into(schema);
        }
    }

    fn name(&self, name: &mut QualifiedName) {
        self.schema(&mut name.schema);
    }

    fn text(&self, text: &mut String) {
        // Most texts name no schema at all.
        if text.contains(self.old) {
            *text = replace_schema(text, self.old, self.new);
        }
    }

    fn maybe(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn list(&self, texts: &mut [String]) {
        texts.iter_mut().for_each(|text| self.text(text));
    }

    fn relation(&self, relation: &Relation) -> Relation {
        let mut relation = relation.clone();
        self.name(&mut relation.name);
        self.maybe(&mut relation.definition);
        self.maybe(&mut relation.of_type);
        relation.inherits.iter_mut().for_each(|parent| self.name(parent));
        if let Some(partition) = &mut relation.partition {
            self.name(&mut partition.parent);
            self.text(&mut partition.bound);
        }
        if let Some(key) = &mut relation.partition_key {
            self.text(&mut key.definition);
        }
        if let Some(owner) = relation.sequence.as_mut().and_then(|sequence| sequence.owned_by.as_mut()) {
            self.name(&mut owner.table);
        }
        for column in &mut relation.columns {
            self.text(&mut column.type_name);
            self.maybe(&mut column.default);
            self.maybe(&mut column.collation);
        }
        for constraint in &mut relation.constraints {
            self.text(&mut constraint.definition);
            if let Some(table) = &mut constraint.referenced_table {
                self.name(table);
            }
        }
        for index in &mut relation.indexes {
            self.text(&mut index.definition);
            self.maybe(&mut index.predicate);
            for column in &mut index.columns {
                if let IndexColumn::Expression(text) = column {
                    self.text(text);
                }
            }
        }
        self.rest(&mut relation);
        relation
    }

    fn rest(&self, relation: &mut Relation) {
        for trigger in &mut relation.triggers {
            self.text(&mut trigger.definition);
            self.name(&mut trigger.function);
        }
        relation.rules.iter_mut().for_each(|rule| self.text(&mut rule.definition));
        for policy in &mut relation.policies {
            self.maybe(&mut policy.using);
            self.maybe(&mut policy.with_check);
        }
        for statistics in &mut relation.statistics {
            self.text(&mut statistics.name);
            self.text(&mut statistics.definition);
        }
    }

    fn type_object(&self, object: &TypeObject) -> TypeObject {
        let mut object = object.clone();
        self.name(&mut object.name);
        match &mut object.shape {
            TypeShape::Enum { .. } => {}
            TypeShape::Domain { base, default, collation, constraints, .. } => {
                self.text(base);
                self.maybe(default);
                self.maybe(collation);
                constraints.iter_mut().for_each(|constraint| self.text(&mut constraint.definition));
            }
            TypeShape::Range { subtype, details } => {
                self.text(subtype);
                self.list(details);
            }
            TypeShape::Base { details } => self.list(details),
        }
        object
    }

    fn function(&self, function: &Function) -> Function {
        let mut function = function.clone();
        self.name(&mut function.name);
        self.text(&mut function.identity_arguments);
        self.text(&mut function.arguments);
        self.maybe(&mut function.result);
        self.text(&mut function.body);
        self.maybe(&mut function.support);
        self.list(&mut function.transforms);
        self.maybe(&mut function.aggregate);
        for setting in &mut function.config {
            self.path(setting);
        }
        function
    }

    /// `search_path=tenant, public`: the schema stands alone there.
    fn path(&self, setting: &mut String) {
        if let Some(path) = setting.strip_prefix("search_path=") {
            let part = |name: &str| {
                let mut schema = name.trim().trim_matches('"').to_owned();
                if schema == self.old {
                    self.schema(&mut schema);
                    return freehold_model::name::display_identifier(&schema);
                }
                name.trim().to_owned()
            };
            *setting = format!("search_path={}", path.split(',').map(part).collect::<Vec<_>>().join(", "));
        }
    }

    fn other(&self, other: &Other) -> Other {
        let mut other = other.clone();
        self.text(&mut other.name);
        let alone = format!(" in schema {}", freehold_model::name::display_identifier(self.old));
        if other.name.contains(&alone) {
            let new = format!(" in schema {}", freehold_model::name::display_identifier(self.new));
            other.name = other.name.replace(&alone, &new);
        }
        let mut facts = Facts::new();
        for fact in other.facts.iter() {
            let mut value = fact.value.clone();
            match &mut value {
                FactValue::Text(text) | FactValue::Long(text) => self.maybe(text),
                FactValue::Set(members) | FactValue::Sequence(members) => self.list(members),
            }
            facts = facts.with(fact.name.clone(), value);
        }
        other.facts = facts;
        other
    }
}
