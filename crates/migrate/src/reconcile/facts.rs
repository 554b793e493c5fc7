//! Looking up the facts of objects that have no type of their own.

use freehold_model::catalog::{Fact, FactValue, Other};

/// A fact's text.
pub(super) fn value(fact: &Fact) -> Option<&str> {
    match &fact.value {
        FactValue::Text(text) | FactValue::Long(text) => text.as_deref(),
        FactValue::Set(_) | FactValue::Sequence(_) => None,
    }
}

/// The text of the fact of that name; empty ones count as none.
pub(super) fn of<'o>(other: &'o Other, name: &str) -> Option<&'o str> {
    let fact = other.facts.iter().find(|fact| fact.name == name)?;
    value(fact).filter(|text| !text.is_empty())
}

/// True when the fact says yes.
pub(super) fn is(other: &Other, name: &str) -> bool {
    matches!(of(other, name), Some("true" | "t"))
}

/// The owner, for kinds that have one.
pub(super) fn owner(other: &Other) -> Option<&str> {
    of(other, "owner")
}

/// The comment.
pub(super) fn comment(other: &Other) -> Option<&str> {
    of(other, "comment")
}

/// The names of the facts that two objects do not share, comments, owners and privileges left out.
pub(super) fn differing<'o>(old: &'o Other, new: &'o Other) -> Vec<&'o str> {
    let own = |name: &str| !matches!(name, "comment" | "owner" | "privileges");
    let names = old.facts.iter().chain(new.facts.iter()).map(|fact| &*fact.name).filter(|name| own(name));
    let mut names: Vec<&str> = names.filter(|name| of(old, name) != of(new, name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}
