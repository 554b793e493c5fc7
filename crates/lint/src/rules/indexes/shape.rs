//! What an index is made of, so that two can be compared.

use freehold_model::catalog::{Index, IndexColumn, ObjectKind};

use crate::state::{Known, Site};

/// The parts of an index's definition that decide what it can be used for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// `btree` and so on.
    pub(super) method: String,
    /// The key's columns and expressions with collation, operator class and order, as the definition writes them.
    pub(super) key: Vec<String>,
    /// The columns of `INCLUDE`, by name.
    pub(super) included: Vec<String>,
    /// The condition of a partial index.
    pub(super) predicate: Option<String>,
}

impl Shape {
    /// The shape of an index.
    pub(super) fn of(index: &Index) -> Self {
        let mut included = index.included.clone();
        included.sort();
        Self {
            method: if index.method.is_empty() { "btree".to_owned() } else { index.method.clone() },
            key: key(index),
            included,
            predicate: index.predicate.as_deref().map(folded),
        }
    }

    /// True when whatever this index is used for can be done with the other.
    pub(super) fn is_start_of(&self, other: &Self) -> bool {
        self.method == "btree"
            && other.method == "btree"
            && self.predicate == other.predicate
            && self.key.len() <= other.key.len()
            && self.key.iter().zip(&other.key).all(|(mine, theirs)| mine == theirs)
            && self
                .included
                .iter()
                .all(|column| other.key.contains(column) || other.included.contains(column))
    }
}

/// The key as the definition writes it; the names of its columns where there is none.
fn key(index: &Index) -> Vec<String> {
    let names = || {
        index.columns.iter().map(|column| match column {
            IndexColumn::Column(name) => name.clone(),
            IndexColumn::Expression(expression) => folded(expression),
        })
    };
    let written = written_key(&index.definition);
    if written.len() == index.columns.len() { written } else { names().collect() }
}

/// The items between the first parentheses behind `USING method`, folded.
fn written_key(definition: &str) -> Vec<String> {
    let Some(open) = definition.find(" USING ").and_then(|at| Some(at + definition.get(at..)?.find('(')?))
    else {
        return Vec::new();
    };
    let (mut items, mut depth, mut quoted) = (vec![String::new()], 0_usize, None);
    for character in definition.get(open..).unwrap_or("").chars() {
        let outside = quoted.is_none();
        match character {
            '\'' | '"' if outside => quoted = Some(character),
            _ if quoted == Some(character) => quoted = None,
            '(' | '[' if outside => {
                depth += 1;
                if depth == 1 {
                    continue;
                }
            }
            ')' | ']' if outside => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            ',' if outside && depth == 1 => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(item) = items.last_mut() {
            item.push(character);
        }
    }
    items.iter().map(|item| folded(item)).collect()
}

/// One blank between words, and no words that say what holds anyway.
fn folded(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.strip_suffix(" NULLS LAST").filter(|rest| !rest.ends_with(" DESC")).unwrap_or(&text);
    let text = text.strip_suffix(" NULLS FIRST").filter(|rest| rest.ends_with(" DESC")).unwrap_or(text);
    let text = text.strip_suffix(" ASC").unwrap_or(text);
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).unwrap_or(text).to_owned()
}

/// Where the later one of two indexes was made: where the fault came into being.
pub(super) fn later(known: &Known, one: &Index, other: &Index) -> Option<Site> {
    let site = |index: &Index| {
        let own = known.site_of(ObjectKind::Index, &index.name);
        let constraint =
            index.constraint.as_deref().and_then(|name| known.site_of(ObjectKind::Constraint, name));
        own.max(constraint)
    };
    site(one).max(site(other))
}

/// True for an index that only serves searches: dropping it changes no meaning.
pub(super) fn serves_searches_only(index: &Index) -> bool {
    !index.unique
        && !index.primary
        && !index.exclusion
        && !index.replica_identity
        && !index.attached
        && index.constraint.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_with_its_classes_and_order() {
        let key = written_key(
            "CREATE INDEX i ON public.t USING btree (a, lower(b || ','), c DESC NULLS FIRST, \"D\" text_pattern_ops) INCLUDE (e) WHERE (x = ',')",
        );
        assert_eq!(key, ["a", "lower(b || ',')", "c DESC", "\"D\" text_pattern_ops"]);
    }
}
