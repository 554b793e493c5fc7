//! What a thing needs of its catalog.

use std::collections::BTreeSet;

use freehold_model::{
    catalog::{
        Constraint, ConstraintKind, Function, Index, ObjectKind, Other, Relation, RelationKind, TypeShape,
    },
    name::QualifiedName,
};

use super::{
    key::{Key, Part},
    things::{Side, Subject},
};

/// What must be there, and what should be there before.
pub(super) fn of(side: &Side<'_>, subject: Subject<'_>) -> (BTreeSet<Key>, BTreeSet<Key>) {
    let mut wishes = BTreeSet::new();
    let mentions = |text: &str, own: Option<&QualifiedName>| side.names.in_text(text, own);
    let needs = match subject {
        Subject::Schema(_) => BTreeSet::new(),
        Subject::Extension(extension) => [Key::Schema(extension.schema.clone())].into(),
        Subject::Type(object) => {
            let mut needs = without_columns(mentions(&shape(&object.shape), None));
            needs.remove(&Key::Type(object.name.clone()));
            needs.insert(Key::Schema(object.name.schema.clone()));
            needs
        }
        Subject::Relation(relation) => of_relation(side, relation),
        Subject::Column(relation, column) => {
            let mut needs = without_columns(mentions(&column.type_name, None));
            needs.extend(mentions(column.collation.as_deref().unwrap_or_default(), None));
            if let Some(expression) = column.default.as_deref().filter(|_| column.generated.is_some()) {
                needs.extend(mentions(expression, Some(&relation.name)));
            }
            needs.remove(&Key::column(&relation.name, &column.name));
            needs.insert(Key::Relation(relation.name.clone()));
            needs
        }
        Subject::Default(relation, column) => {
            let mut needs = mentions(column.default.as_deref().unwrap_or_default(), None);
            needs.insert(Key::column(&relation.name, &column.name));
            needs
        }
        Subject::Identity(relation, column, _) => [Key::column(&relation.name, &column.name)].into(),
        Subject::OwnedBy(sequence, owner) => {
            [Key::Relation(sequence.name.clone()), Key::column(&owner.table, &owner.column)].into()
        }
        Subject::Attached(relation) => {
            let parent = relation.partition.iter().map(|partition| Key::Relation(partition.parent.clone()));
            parent.chain([Key::Relation(relation.name.clone())]).collect()
        }
        Subject::Inherits(relation, parent) => {
            [Key::Relation(relation.name.clone()), Key::Relation(parent.clone())].into()
        }
        Subject::Constraint(relation, constraint) => of_constraint(side, relation, constraint),
        Subject::Index(relation, index) => {
            let mut needs = mentions(&index.definition, Some(&relation.name));
            needs.extend(
                index
                    .columns
                    .iter()
                    .filter_map(|column| column.column())
                    .map(|column| Key::column(&relation.name, column)),
            );
            needs.extend(above(relation, index, Part::Index));
            needs
        }
        Subject::IndexAttached(relation, index, parent) => {
            let above = relation
                .partition
                .iter()
                .map(|partition| Key::Part(Part::Index, partition.parent.clone(), parent.to_owned()));
            above.chain([Key::Part(Part::Index, relation.name.clone(), index.name.clone())]).collect()
        }
        Subject::Trigger(relation, trigger) => mentions(&trigger.definition, Some(&relation.name)),
        Subject::Rule(relation, rule) => mentions(&rule.definition, Some(&relation.name)),
        Subject::Policy(relation, policy) => {
            let text = [policy.using.as_deref(), policy.with_check.as_deref()];
            let text = text.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let mut needs = mentions(&text, Some(&relation.name));
            needs.insert(Key::Relation(relation.name.clone()));
            needs
        }
        Subject::Statistics(relation, statistics) => mentions(&statistics.definition, Some(&relation.name)),
        Subject::Function(function) => {
            wishes = of_body(side, function);
            of_function(side, function)
        }
        Subject::Other(other) => of_other(side, other),
    };
    (needs, wishes)
}

/// The index of the table above that an index hangs on, or the constraint that this serves.
fn above(relation: &Relation, index: &Index, part: Part) -> Option<Key> {
    let parent = relation.partition.as_ref().map(|partition| partition.parent.clone())?;
    Some(Key::Part(part, parent, index.parent.clone()?))
}

fn without_columns(mut keys: BTreeSet<Key>) -> BTreeSet<Key> {
    keys.retain(|key| !matches!(key, Key::Part(..)));
    keys
}

fn shape(shape: &TypeShape) -> String {
    match shape {
        TypeShape::Enum { .. } => String::new(),
        TypeShape::Domain { base, default, collation, constraints, .. } => {
            let checks = constraints.iter().map(|constraint| constraint.definition.as_str());
            let rest = [Some(base.as_str()), default.as_deref(), collation.as_deref()];
            rest.into_iter().flatten().chain(checks).collect::<Vec<_>>().join(" ")
        }
        TypeShape::Range { subtype, details } => {
            // The multirange is made by the type itself.
            let rest = details.iter().filter(|detail| !detail.starts_with("multirange_type_name="));
            rest.map(String::as_str).chain([subtype.as_str()]).collect::<Vec<_>>().join(" ")
        }
        TypeShape::Base { details } => details.join(" "),
    }
}

fn of_relation(side: &Side<'_>, relation: &Relation) -> BTreeSet<Key> {
    let mut needs = BTreeSet::from([Key::Schema(relation.name.schema.clone())]);
    let mentions = |text: Option<&str>| side.names.in_text(text.unwrap_or_default(), None);
    if matches!(relation.kind, RelationKind::View | RelationKind::MaterializedView) {
        needs.extend(mentions(relation.definition.as_deref()));
        if relation.definition.as_deref().is_some_and(|text| text.contains("GROUP BY")) {
            // Columns that depend on the key need not be grouped by.
            let tables: Vec<&QualifiedName> = needs.iter().filter_map(Key::relation).collect();
            let keys: Vec<Key> = tables
                .into_iter()
                .filter_map(|name| side.catalog.relation(name))
                .filter_map(|table| {
                    let key = table.primary_key()?;
                    Some(Key::Part(Part::Constraint, table.name.clone(), key.name.clone()))
                })
                .collect();
            needs.extend(keys);
        }
    }
    if relation.kind == RelationKind::CompositeType {
        let types = relation.columns.iter().flat_map(|column| mentions(Some(&column.type_name)));
        needs.extend(without_columns(types.collect()));
    }
    if let Some(key) = &relation.partition_key {
        needs.extend(without_columns(mentions(Some(&key.definition))));
    }
    needs.extend(without_columns(mentions(relation.of_type.as_deref())));
    if let Some(foreign) = &relation.foreign {
        needs.extend(other(ObjectKind::ForeignServer, &foreign.server));
    }
    needs.remove(&Key::Relation(relation.name.clone()));
    needs
}

fn of_constraint(side: &Side<'_>, relation: &Relation, constraint: &Constraint) -> BTreeSet<Key> {
    let own = constraint.columns.iter().map(|column| Key::column(&relation.name, column));
    let mut needs: BTreeSet<Key> = own.collect();
    needs.insert(Key::Relation(relation.name.clone()));
    if constraint.kind != ConstraintKind::ForeignKey {
        needs.extend(side.names.in_text(&constraint.definition, Some(&relation.name)));
        let behind = relation.index(&constraint.name).filter(|index| index.constraint.is_some());
        needs.extend(behind.and_then(|index| above(relation, index, Part::Constraint)));
        return needs;
    }
    let Some(table) = &constraint.referenced_table else { return needs };
    needs.insert(Key::Relation(table.clone()));
    needs.extend(constraint.referenced_columns.iter().map(|column| Key::column(table, column)));
    let referenced = side.catalog.relation(table);
    let index = referenced
        .and_then(|table| table.indexes.iter().find(|index| Some(index.oid) == constraint.index_oid));
    if let Some(index) = index {
        needs.insert(Key::Part(Part::Index, table.clone(), index.name.clone()));
    }
    needs
}

/// True when the body was taken apart at creation, and what it mentions is held.
pub(super) fn is_atomic(function: &Function) -> bool {
    function.language == "sql"
        && (function.body.starts_with("BEGIN ATOMIC") || function.body.starts_with("RETURN "))
}

fn of_function(side: &Side<'_>, function: &Function) -> BTreeSet<Key> {
    let rest = [function.result.as_deref(), function.aggregate.as_deref(), function.support.as_deref()];
    let signature = rest.into_iter().flatten().fold(function.arguments.clone(), |all, text| all + " " + text);
    let mut needs = without_columns(side.names.in_text(&signature, None));
    if is_atomic(function) {
        needs.extend(side.names.in_text(&function.body, None));
    }
    needs.remove(&super::things::function_key(function));
    needs.insert(Key::Schema(function.name.schema.clone()));
    needs.extend(other(ObjectKind::Language, &function.language));
    needs
}

fn of_body(side: &Side<'_>, function: &Function) -> BTreeSet<Key> {
    let schemas = [function.name.schema.as_str(), "public"];
    let mut wishes = side.names.in_body(&function.body, &schemas);
    wishes.remove(&super::things::function_key(function));
    wishes
}

fn other(kind: ObjectKind, name: &str) -> Option<Key> {
    Some(Key::Other(kind, freehold_model::name::display_identifier(name)))
}

fn of_other(side: &Side<'_>, subject: &Other) -> BTreeSet<Key> {
    // The names of these hold the names of others.
    let holds = matches!(subject.kind, ObjectKind::Cast | ObjectKind::Transform);
    let mut text = if holds { subject.name.clone() } else { String::new() };
    for fact in subject.facts.iter().filter(|fact| !matches!(&*fact.name, "comment" | "owner" | "privileges"))
    {
        // An operator may be made before its commutator and its negator.
        if let Some(value) =
            super::facts::value(fact).filter(|_| !matches!(&*fact.name, "commutator" | "negator"))
        {
            text = text + " " + value;
        }
    }
    let mut needs = side.names.in_text(&text, None);
    if subject.kind != ObjectKind::Publication {
        needs = without_columns(needs);
    }
    if let Some(server) = super::facts::of(subject, "wrapper") {
        needs.insert(Key::Other(ObjectKind::ForeignDataWrapper, server.to_owned()));
    }
    if let Some((_, server)) =
        subject.name.split_once(" at ").filter(|_| subject.kind == ObjectKind::UserMapping)
    {
        needs.insert(Key::Other(ObjectKind::ForeignServer, server.to_owned()));
    }
    if subject.kind == ObjectKind::DefaultPrivileges
        && let Some((_, place)) = subject.name.split_once(" in schema ")
        && let Some((schema, _)) = place.rsplit_once(" on ")
    {
        needs.insert(Key::Schema(super::sql::unquoted(schema)));
    }
    for schema in super::tokens::schemas(&(text + " " + &subject.name)) {
        needs.insert(Key::Schema(schema));
    }
    needs.remove(&Key::Other(subject.kind, subject.name.clone()));
    needs
}
