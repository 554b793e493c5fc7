//! In which relations a write can change rows: the one that is written to, those that cascades lead to, and those that
//! triggers and rules speak of.

use std::collections::BTreeSet;

use freehold_model::{
    catalog::{Function, Relation, RelationKind, TriggerEnabled},
    name::is_plain,
};

use crate::isolation::world::World;

/// How far calls from function to function are followed.
const CALLS: usize = 6;

/// For a table.
pub(super) fn of_table(world: &World<'_>, relation: &Relation) -> Vec<u32> {
    from(world, &[relation.oid], relation)
}

/// For a view: the tables under it, and what its own triggers and rules speak of.
pub(super) fn of_view(world: &World<'_>, view: &Relation, tables: &[u32]) -> Vec<u32> {
    from(world, tables, view)
}

fn from(world: &World<'_>, first: &[u32], written: &Relation) -> Vec<u32> {
    let mut found: BTreeSet<u32> = first.iter().copied().collect();
    let mut todo: Vec<u32> = spoken_of(world, written);
    found.extend(&todo);
    todo.extend(first);
    while let Some(oid) = todo.pop() {
        let Some(relation) = world.catalog.relation_by_oid(oid) else { continue };
        for next in cascades(world, relation).into_iter().chain(spoken_of(world, relation)) {
            if found.insert(next) {
                todo.push(next);
            }
        }
    }
    found.retain(|oid| {
        world.truth(*oid).is_some()
            && world
                .catalog
                .relation_by_oid(*oid)
                .is_some_and(|found| found.kind != RelationKind::ForeignTable)
    });
    found.into_iter().collect()
}

/// Tables whose rows go or change with rows of this one.
fn cascades(world: &World<'_>, relation: &Relation) -> Vec<u32> {
    let acts = |action: &Option<String>| {
        action.as_deref().is_some_and(|action| !matches!(action, "NO ACTION" | "RESTRICT"))
    };
    let referring = world.tenancy.owned.keys().filter_map(|oid| world.catalog.relation_by_oid(*oid));
    referring
        .filter(|other| {
            other.foreign_keys().any(|key| {
                key.referenced_oid == Some(relation.oid) && (acts(&key.on_delete) || acts(&key.on_update))
            })
        })
        .map(|other| other.oid)
        .collect()
}

/// Relations that triggers and rules of this one speak of.
fn spoken_of(world: &World<'_>, relation: &Relation) -> Vec<u32> {
    let mut texts: Vec<&str> = Vec::new();
    let mut functions: BTreeSet<u32> = BTreeSet::new();
    for trigger in relation.triggers.iter().filter(|trigger| trigger.enabled != TriggerEnabled::Disabled) {
        if let Some(function) = world.catalog.function_by_oid(trigger.function_oid) {
            functions.insert(function.oid);
            texts.push(&function.body);
        }
    }
    texts.extend(relation.rules.iter().map(|rule| rule.definition.as_str()));
    let mut seen = 0;
    for _ in 0..CALLS {
        let called: Vec<&Function> = world
            .catalog
            .functions
            .iter()
            .filter(|function| !functions.contains(&function.oid))
            .filter(|function| texts.iter().skip(seen).any(|text| mentions(text, &function.name.name)))
            .collect();
        if called.is_empty() {
            break;
        }
        seen = texts.len();
        for function in called {
            functions.insert(function.oid);
            texts.push(&function.body);
        }
    }
    // What a statement put together from text does is not to be read off it.
    let anything = texts.iter().any(|text| mentions(&text.to_ascii_lowercase(), "execute"));
    let owned = world.tenancy.owned.keys().filter_map(|oid| world.catalog.relation_by_oid(*oid));
    owned
        .filter(|other| anything || texts.iter().any(|text| mentions(text, &other.name.name)))
        .map(|other| other.oid)
        .collect()
}

/// A name occurs as a word of its own; names that need quotes occur anyhow.
fn mentions(text: &str, name: &str) -> bool {
    if !is_plain(name) {
        return text.contains(name);
    }
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    text.split(|letter| !is_part(letter)).any(|word| word.eq_ignore_ascii_case(name))
}
