//! Which difference a statement mends, in the words in which differences are told.

use std::collections::BTreeMap;

use freehold_model::{
    catalog::{Change, Difference, ObjectKind},
    name::display_identifier,
};

use super::{
    fate::Fates,
    key::{Key, Part},
    things::{Side, Subject},
};

/// What a difference is about: the object as it is shown, and its part.
type About = (String, Option<(ObjectKind, String)>);

/// Looks up differences by what they are about.
#[derive(Debug)]
pub(super) struct Reasons {
    lines: BTreeMap<About, Vec<(ObjectKind, String)>>,
}

impl Reasons {
    pub(super) fn of(differences: &[Difference]) -> Self {
        let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for difference in
            differences.iter().filter(|difference| !matches!(difference.change, Change::ColumnOrder { .. }))
        {
            let part = difference.part.as_ref().map(|part| (part.kind, part.name.clone()));
            lines
                .entry((difference.object.clone(), part))
                .or_default()
                .push((difference.kind, difference.to_string()));
        }
        Self { lines }
    }

    /// The difference that a step for the thing mends.
    pub(super) fn why(&self, key: &Key, from: &Side<'_>, to: &Side<'_>, fates: &Fates) -> String {
        let line = self.line(key, to).or_else(|| self.line(key, from));
        if let Some(line) = line.or_else(|| self.lines_of_columns(key)) {
            return line;
        }
        let mut reason = fates.because.get(key);
        for _ in 0..64 {
            let Some(other) = reason else { break };
            if let Some(line) = self.line(other, from).or_else(|| self.line(other, to)) {
                return format!("{key} has to make way: {line}");
            }
            reason = fates.because.get(other);
        }
        match key.relation().map(|name| Key::Relation(name.clone())) {
            Some(relation) if relation != *key => {
                self.line(&relation, to).or_else(|| self.line(&relation, from))
            }
            _ => None,
        }
        .unwrap_or_else(|| match fates.because.get(key) {
            Some(reason) => format!("{key} hangs on {reason}"),
            None => key.to_string(),
        })
    }

    fn line(&self, key: &Key, side: &Side<'_>) -> Option<String> {
        let ((object, part), kinds) = about(key, side)?;
        let found = self.lines.get(&(object.clone(), part.clone()))?;
        let line = |wanted: &dyn Fn(ObjectKind) -> bool| {
            let lines: Vec<&str> =
                found.iter().filter(|(kind, _)| wanted(*kind)).map(|(_, line)| line.as_str()).collect();
            (!lines.is_empty()).then(|| lines.join("; "))
        };
        line(&|kind| kinds.contains(&kind) || part.is_some())
    }

    /// The lines of a relation's columns, for what changes with them.
    fn lines_of_columns(&self, key: &Key) -> Option<String> {
        let Key::Relation(name) = key else { return None };
        let own = name.to_string();
        let lines = self.lines.iter().filter(|((object, part), _)| {
            *object == own && part.as_ref().is_some_and(|(kind, _)| *kind == ObjectKind::Column)
        });
        let lines: Vec<&str> = lines.flat_map(|(_, lines)| lines).map(|(_, line)| line.as_str()).collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }
}

/// What a thing is called in differences.
fn about(key: &Key, side: &Side<'_>) -> Option<(About, Vec<ObjectKind>)> {
    use ObjectKind as K;
    Some(match key {
        Key::Schema(name) => ((display_identifier(name), None), vec![K::Schema]),
        Key::Extension(name) => ((display_identifier(name), None), vec![K::Extension]),
        Key::Type(name) => ((name.to_string(), None), vec![K::Enum, K::Domain, K::Range, K::BaseType]),
        Key::Relation(name) => (
            (name.to_string(), None),
            vec![
                K::CompositeType,
                K::Sequence,
                K::Table,
                K::PartitionedTable,
                K::ForeignTable,
                K::View,
                K::MaterializedView,
            ],
        ),
        Key::Function(kind, name, arguments) => ((format!("{name}({arguments})"), None), vec![*kind]),
        Key::Other(kind, name) => ((name.clone(), None), vec![*kind]),
        Key::Part(part, relation, name) => {
            let shown = display_identifier(name);
            let kind = match part {
                Part::Column | Part::Default | Part::Identity => K::Column,
                Part::Constraint => K::Constraint,
                Part::Index | Part::IndexAttached => K::Index,
                Part::Trigger => K::Trigger,
                Part::Rule => K::Rule,
                Part::Policy => K::Policy,
                Part::Statistics => {
                    return Some(((relation.to_string(), Some((K::Statistics, name.clone()))), Vec::new()));
                }
                Part::OwnedBy | Part::Attached | Part::Inherits => {
                    return about(&Key::Relation(relation.clone()), side);
                }
            };
            // A table's own line tells of all its parts when it is new or gone.
            let relation_line = || about(&Key::Relation(relation.clone()), side);
            match side.subject(key) {
                Some(Subject::Column(table, _)) if table.columns.is_empty() => return relation_line(),
                _ => ((relation.to_string(), Some((kind, shown))), Vec::new()),
            }
        }
    })
}
