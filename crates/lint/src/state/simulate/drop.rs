//! `DROP`, with what goes along.

use freehold_model::{
    catalog::{ObjectKind, RelationKind},
    name::QualifiedName,
};
use freehold_sql::tree::protobuf::{DropBehavior, DropStmt, Node, ObjectType};

use super::{Step, nodes};
use crate::state::Link;

/// True for `CASCADE`.
pub(super) fn cascades(behavior: i32) -> bool {
    behavior == DropBehavior::DropCascade as i32
}

impl Step<'_> {
    pub(super) fn drop(&mut self, drop: &DropStmt) {
        let cascade = cascades(drop.behavior);
        let kind = ObjectType::try_from(drop.remove_type).unwrap_or(ObjectType::Undefined);
        for object in &drop.objects {
            match kind {
                ObjectType::ObjectTable
                | ObjectType::ObjectForeignTable
                | ObjectType::ObjectView
                | ObjectType::ObjectMatview
                | ObjectType::ObjectSequence => {
                    if let Some(name) = self.named(object) {
                        self.drop_relation(&name, cascade);
                    }
                }
                ObjectType::ObjectIndex => {
                    if let Some(name) = self.named(object) {
                        self.drop_index(&name);
                    }
                }
                ObjectType::ObjectTrigger | ObjectType::ObjectPolicy | ObjectType::ObjectRule => {
                    self.drop_part(kind, object);
                }
                _ => self.drop_other(kind, object, cascade),
            }
        }
    }

    /// The relation that a list of name parts means.
    pub(super) fn named(&self, object: &Node) -> Option<QualifiedName> {
        let (schema, name) = nodes::qualified(nodes::list(object))?;
        Some(self.state.resolve(schema, name))
    }

    /// Takes a relation away with all that belongs to it, and with `CASCADE` what refers to it.
    pub(super) fn drop_relation(&mut self, name: &QualifiedName, cascade: bool) {
        if !self.state.relations.contains(name) {
            return;
        }
        // Partitions go with their parent; other children only with CASCADE, which had to be written if there are any.
        let partitions = self.partitions(name);
        for partition in partitions {
            self.drop_relation(&partition, cascade);
        }
        if cascade {
            for heir in self.state.heirs(name) {
                self.drop_relation(&heir, true);
            }
            self.drop_views_of(name, None);
        }
        self.drop_keys_to(name, None);
        for sequence in self.sequences_of(name, None) {
            self.drop_sequence(&sequence);
        }
        let kind = self.state.relation(name).map(|known| known.relation.kind);
        if kind == Some(RelationKind::Sequence) {
            self.drop_sequence(name);
        } else {
            self.state.forget_relation(name);
        }
    }

    /// Defaults that draw from a sequence go with it.
    fn drop_sequence(&mut self, name: &QualifiedName) {
        for table in self.state.pointing(name, Link::Default) {
            self.state.edit(&table, |known| {
                for column in &mut known.relation.columns {
                    if column.default.as_deref().and_then(super::sequence::drawn).as_ref() == Some(name) {
                        column.default = None;
                    }
                }
            });
        }
        self.state.forget_relation(name);
    }

    /// Takes away the views that read a relation, or that mention a column of it.
    pub(super) fn drop_views_of(&mut self, name: &QualifiedName, column: Option<&str>) {
        for view in self.state.pointing(name, Link::View) {
            let mentions = self.state.relation(&view).is_some_and(|known| {
                let definition = known.relation.definition.as_deref().unwrap_or("");
                column.is_none_or(|column| mentions(definition, column))
            });
            if mentions {
                self.drop_relation(&view, true);
            }
        }
    }

    fn drop_part(&mut self, kind: ObjectType, object: &Node) {
        let parts = nodes::texts(nodes::list(object));
        let Some((part, table)) = parts.split_last() else { return };
        let Some((name, schema)) = table.split_last() else { return };
        let table = self.state.resolve(schema.last().map(String::as_str), name);
        for member in self.state.family(&table) {
            if kind != ObjectType::ObjectTrigger && member != table {
                break;
            }
            self.state.edit(&member, |known| match kind {
                ObjectType::ObjectTrigger => {
                    known.relation.triggers.retain(|trigger| trigger.name != *part);
                    known.untouch(ObjectKind::Trigger, part);
                }
                ObjectType::ObjectPolicy => {
                    known.relation.policies.retain(|policy| policy.name != *part);
                    known.untouch(ObjectKind::Policy, part);
                }
                _ => known.relation.rules.retain(|rule| rule.name != *part),
            });
        }
    }
}

/// True when a name stands somewhere in a text as a word of its own, or everything is selected.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$' && c != '*');
    words.any(|word| word == name || word == "*")
}
