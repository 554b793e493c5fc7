//! `DROP`, `RENAME`, `SET SCHEMA`, `OWNER TO` and `COMMENT` of what is no table.

use std::sync::Arc;

use freehold_model::{catalog::TypeShape, name::QualifiedName};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{
        AlterObjectSchemaStmt, AlterOwnerStmt, CommentStmt, DropRoleStmt, Node, ObjectType, RenameStmt,
    },
};

use super::{Step, function::is_routine, names, nodes, schema::bare};

impl Step<'_> {
    /// The routine that a node names: its name and the types of its arguments, if written.
    fn routine(&self, node: &Node) -> Option<(QualifiedName, Option<String>)> {
        match node.node.as_ref()? {
            NodeEnum::ObjectWithArgs(routine) => {
                let (schema, name) = nodes::qualified(&routine.objname)?;
                Some((self.state.resolve(schema, name), self.arguments_of(routine)))
            }
            _ => None,
        }
    }

    /// The type that a node names.
    fn type_named(&self, node: &Node) -> Option<QualifiedName> {
        let names = match node.node.as_ref()? {
            NodeEnum::TypeName(type_) => &type_.names,
            NodeEnum::List(list) => &list.items,
            _ => return None,
        };
        let (schema, name) = nodes::qualified(names)?;
        Some(self.state.resolve_type(schema, name))
    }

    pub(super) fn drop_other(&mut self, kind: ObjectType, object: &Node, cascade: bool) {
        match kind {
            ObjectType::ObjectType | ObjectType::ObjectDomain => {
                if let Some(name) = self.type_named(object) {
                    self.drop_type(&name, cascade);
                }
            }
            ObjectType::ObjectSchema => {
                if let Some(name) = nodes::text(object) {
                    self.drop_schema(name, cascade);
                }
            }
            ObjectType::ObjectExtension => {
                if let Some(name) = nodes::text(object) {
                    self.state.extensions.take(&bare(name));
                    if cascade {
                        self.state.doubt("an extension was dropped with all that used it");
                    }
                }
            }
            ObjectType::ObjectStatisticExt => {
                if let Some((schema, name)) = nodes::qualified(nodes::list(object)) {
                    let name = self.state.new_name(schema, name);
                    self.drop_statistics(&name);
                }
            }
            _ if is_routine(kind) => {
                if let Some((name, arguments)) = self.routine(object) {
                    self.drop_functions(&name, arguments.as_deref(), cascade);
                }
            }
            _ => {}
        }
    }

    pub(super) fn drop_roles(&mut self, drop: &DropRoleStmt) {
        for role in drop.roles.iter().filter_map(super::schema::role_of) {
            self.state.roles.take(&bare(&role));
        }
    }

    pub(super) fn rename_other(&mut self, kind: ObjectType, rename: &RenameStmt) {
        let to = names::kept(&rename.newname);
        match kind {
            ObjectType::ObjectSchema => self.rename_schema(&rename.subname, to),
            ObjectType::ObjectRole => {
                if let Some(role) = self.state.roles.take(&bare(&rename.subname)) {
                    let mut role = Arc::unwrap_or_clone(role);
                    to.clone_into(&mut role.name);
                    self.state.roles.put(bare(to), Arc::new(role));
                }
            }
            ObjectType::ObjectType | ObjectType::ObjectDomain => {
                if let Some(from) = rename.object.as_deref().and_then(|object| self.type_named(object)) {
                    self.rename_type(&from, &QualifiedName::new(from.schema.as_str(), to));
                }
            }
            ObjectType::ObjectDomconstraint => {
                let Some(domain) = rename.object.as_deref().and_then(|object| self.type_named(object)) else {
                    return;
                };
                self.state.types.change(&domain, |known| {
                    let shape = &mut Arc::make_mut(known).object.shape;
                    let TypeShape::Domain { constraints, .. } = shape else { return };
                    for constraint in constraints.iter_mut().filter(|c| c.name == rename.subname) {
                        to.clone_into(&mut constraint.name);
                    }
                    constraints.sort_by(|a, b| a.name.cmp(&b.name));
                });
            }
            _ if is_routine(kind) => {
                if let Some((name, arguments)) =
                    rename.object.as_deref().and_then(|object| self.routine(object))
                {
                    let to = QualifiedName::new(name.schema.as_str(), to);
                    self.rename_functions(&name, arguments.as_deref(), &to);
                }
            }
            _ => {}
        }
    }

    pub(super) fn move_other(&mut self, kind: ObjectType, alter: &AlterObjectSchemaStmt) {
        let Some(object) = alter.object.as_deref() else { return };
        match kind {
            ObjectType::ObjectType | ObjectType::ObjectDomain => {
                if let Some(from) = self.type_named(object) {
                    self.rename_type(
                        &from,
                        &QualifiedName::new(alter.newschema.as_str(), from.name.as_str()),
                    );
                }
            }
            _ if is_routine(kind) => {
                if let Some((name, arguments)) = self.routine(object) {
                    let to = QualifiedName::new(alter.newschema.as_str(), name.name.as_str());
                    self.rename_functions(&name, arguments.as_deref(), &to);
                }
            }
            _ => {}
        }
    }

    pub(super) fn change_owner(&mut self, alter: &AlterOwnerStmt) {
        let owner = alter.newowner.as_ref().and_then(nodes::role).unwrap_or_default();
        let Some(object) = alter.object.as_deref() else { return };
        match ObjectType::try_from(alter.object_type).unwrap_or(ObjectType::Undefined) {
            ObjectType::ObjectSchema => {
                if let Some(name) = nodes::text(object) {
                    self.state.schemas.change(&bare(name), |schema| Arc::make_mut(schema).0 = Some(owner));
                }
            }
            ObjectType::ObjectType | ObjectType::ObjectDomain => {
                if let Some(name) = self.type_named(object) {
                    self.state.types.change(&name, |known| Arc::make_mut(known).object.owner = owner);
                }
            }
            kind if is_routine(kind) => {
                if let Some((name, arguments)) = self.routine(object) {
                    self.change_functions(&name, arguments.as_deref(), |function| {
                        function.owner.clone_from(&owner);
                    });
                }
            }
            _ => {}
        }
    }

    pub(super) fn comment(&mut self, comment: &CommentStmt) {
        let text = nodes::written(&comment.comment).map(str::to_owned);
        let Some(object) = comment.object.as_deref() else { return };
        let kind = ObjectType::try_from(comment.objtype).unwrap_or(ObjectType::Undefined);
        match kind {
            ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectSequence
            | ObjectType::ObjectForeignTable => {
                if let Some(name) = self.named(object) {
                    self.state.edit(&name, |known| known.relation.comment = text);
                }
            }
            ObjectType::ObjectIndex => {
                let Some(name) = self.named(object) else { return };
                let Some(table) = self.state.index_tables.get(&name).cloned() else { return };
                self.state.edit(&table, |known| {
                    let indexes = known.relation.indexes.iter_mut();
                    indexes.filter(|index| index.name == name.name).for_each(|i| i.comment.clone_from(&text));
                });
            }
            ObjectType::ObjectType | ObjectType::ObjectDomain => {
                if let Some(name) = self.type_named(object) {
                    if self.state.types.contains(&name) {
                        self.state.types.change(&name, |known| Arc::make_mut(known).object.comment = text);
                    } else {
                        self.state.edit(&name, |known| known.relation.comment = text);
                    }
                }
            }
            _ if is_routine(kind) => {
                if let Some((name, arguments)) = self.routine(object) {
                    self.change_functions(&name, arguments.as_deref(), |f| f.comment.clone_from(&text));
                }
            }
            _ => self.comment_on_part(kind, object, text),
        }
    }

    fn comment_on_part(&mut self, kind: ObjectType, object: &Node, text: Option<String>) {
        let parts = nodes::texts(nodes::list(object));
        let Some((part, table)) = parts.split_last() else { return };
        let Some((name, schema)) = table.split_last() else { return };
        let table = self.state.resolve(schema.last().map(String::as_str), name);
        self.state.edit(&table, |known| {
            let relation = &mut known.relation;
            let place = match kind {
                ObjectType::ObjectColumn => {
                    relation.columns.iter_mut().find(|one| one.name == *part).map(|one| &mut one.comment)
                }
                ObjectType::ObjectTabconstraint => {
                    relation.constraints.iter_mut().find(|one| one.name == *part).map(|one| &mut one.comment)
                }
                ObjectType::ObjectTrigger => {
                    relation.triggers.iter_mut().find(|one| one.name == *part).map(|one| &mut one.comment)
                }
                ObjectType::ObjectPolicy => {
                    relation.policies.iter_mut().find(|one| one.name == *part).map(|one| &mut one.comment)
                }
                ObjectType::ObjectRule => {
                    relation.rules.iter_mut().find(|one| one.name == *part).map(|one| &mut one.comment)
                }
                _ => None,
            };
            if let Some(place) = place {
                *place = text;
            }
        });
    }
}
