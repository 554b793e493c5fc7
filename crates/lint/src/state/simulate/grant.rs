//! `GRANT`, `REVOKE` and the privileges that new objects get.

use std::sync::Arc;

use freehold_model::{
    catalog::{FunctionKind, Grants, RelationKind},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{
        AccessPriv, AlterDefaultPrivilegesStmt, GrantStmt, GrantTargetType, ObjectType, RoleSpec,
        RoleSpecType,
    },
};

use super::{DefaultGrant, State, Step, nodes, schema::bare};

/// What privileges are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::state) enum Kind {
    Table,
    Sequence,
    Function,
    Type,
    Schema,
}

impl Kind {
    fn of(object: ObjectType) -> Option<Self> {
        match object {
            ObjectType::ObjectTable => Some(Self::Table),
            ObjectType::ObjectSequence => Some(Self::Sequence),
            ObjectType::ObjectFunction | ObjectType::ObjectProcedure | ObjectType::ObjectRoutine => {
                Some(Self::Function)
            }
            ObjectType::ObjectType | ObjectType::ObjectDomain => Some(Self::Type),
            ObjectType::ObjectSchema => Some(Self::Schema),
            _ => None,
        }
    }

    /// All privileges on it.
    fn all(self) -> &'static [&'static str] {
        match self {
            Self::Table => &["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
            Self::Sequence => &["SELECT", "UPDATE", "USAGE"],
            Self::Function => &["EXECUTE"],
            Self::Type => &["USAGE"],
            Self::Schema => &["USAGE", "CREATE"],
        }
    }
}

/// What a statement gives or takes away.
#[derive(Debug, Clone)]
pub(super) struct Change {
    is_grant: bool,
    /// Names and columns; no columns: the object as a whole.
    privileges: Vec<(String, Vec<String>)>,
    /// None is PUBLIC.
    grantees: Vec<Option<String>>,
    /// `WITH GRANT OPTION`, or `GRANT OPTION FOR`.
    option: bool,
}

impl Change {
    fn of(grant: &GrantStmt, kind: Kind) -> Self {
        let written = grant.privileges.iter().filter_map(|node| match node.node.as_ref()? {
            NodeEnum::AccessPriv(AccessPriv { priv_name, cols }) => {
                Some((priv_name.to_ascii_uppercase(), nodes::texts(cols)))
            }
            _ => None,
        });
        let mut privileges = Vec::new();
        for (name, columns) in written {
            if name.is_empty() {
                let all = if columns.is_empty() { kind.all() } else { COLUMN };
                privileges.extend(all.iter().map(|name| ((*name).to_owned(), columns.clone())));
            } else {
                privileges.push((name, columns));
            }
        }
        if grant.privileges.is_empty() {
            privileges.extend(kind.all().iter().map(|name| ((*name).to_owned(), Vec::new())));
        }
        Self {
            is_grant: grant.is_grant,
            privileges,
            grantees: grant.grantees.iter().filter_map(grantee).collect(),
            option: grant.grant_option,
        }
    }

    /// Changes the privileges on an object as a whole, or those on one column.
    fn apply(&self, grants: &mut Grants, owner: &str, column: Option<&str>) {
        for (name, columns) in &self.privileges {
            if column.map_or(!columns.is_empty(), |column| !columns.iter().any(|one| one == column)) {
                continue;
            }
            for grantee in &self.grantees {
                match (self.is_grant, self.option) {
                    (true, option) => grants.give(grantee.as_deref(), owner, name, option),
                    (false, true) => grants.take_option(grantee.as_deref(), name),
                    (false, false) => grants.take(grantee.as_deref(), name),
                }
            }
        }
    }
}

/// The privileges that there are on columns.
const COLUMN: &[&str] = &["SELECT", "INSERT", "UPDATE", "REFERENCES"];

/// None is PUBLIC; the outer none is a role that only the session knows.
fn grantee(node: &freehold_sql::tree::protobuf::Node) -> Option<Option<String>> {
    let Some(NodeEnum::RoleSpec(role)) = node.node.as_ref() else { return None };
    if role.roletype == RoleSpecType::RolespecPublic as i32 {
        return Some(None);
    }
    nodes::role(role).map(Some)
}

impl Step<'_> {
    pub(super) fn grant(&mut self, grant: &GrantStmt) {
        let Some(kind) = ObjectType::try_from(grant.objtype).ok().and_then(Kind::of) else { return };
        let change = Change::of(grant, kind);
        let in_schema = grant.targtype == GrantTargetType::AclTargetAllInSchema as i32;
        for object in &grant.objects {
            if in_schema {
                if let Some(schema) = nodes::text(object) {
                    self.grant_in_schema(schema, kind, &change);
                }
                continue;
            }
            match (kind, object.node.as_ref()) {
                (Kind::Table | Kind::Sequence, Some(NodeEnum::RangeVar(range))) => {
                    let name = self.relation(range);
                    if self.state.suppose(&name) {
                        self.grant_on_relation(&name, kind, &change);
                    }
                }
                (Kind::Function, Some(NodeEnum::ObjectWithArgs(routine))) => {
                    let Some((schema, name)) = nodes::qualified(&routine.objname) else { continue };
                    let name = self.state.resolve(schema, name);
                    let arguments = self.arguments_of(routine);
                    self.change_functions(&name, arguments.as_deref(), |function| {
                        change.apply(&mut function.grants, &function.owner, None);
                    });
                }
                (Kind::Schema, _) => {
                    if let Some(name) = nodes::text(object) {
                        self.state.schemas.change(&bare(name), |schema| {
                            let schema = Arc::make_mut(schema);
                            let owner = schema.0.clone().unwrap_or_default();
                            change.apply(&mut schema.1, &owner, None);
                        });
                    }
                }
                (Kind::Type, _) => {
                    if let Some((schema, name)) = nodes::qualified(nodes::list(object)) {
                        let name = self.state.resolve_type(schema, name);
                        self.state.types.change(&name, |known| {
                            let object = &mut Arc::make_mut(known).object;
                            change.apply(&mut object.grants, &object.owner, None);
                        });
                    }
                }
                _ => {}
            }
        }
    }

    fn grant_in_schema(&mut self, schema: &str, kind: Kind, change: &Change) {
        if kind == Kind::Function {
            let names: Vec<QualifiedName> =
                self.state.functions.in_schema(schema).map(|(name, _)| name.clone()).collect();
            for name in names {
                self.change_functions(&name, None, |function| {
                    if function.kind != FunctionKind::Aggregate {
                        change.apply(&mut function.grants, &function.owner, None);
                    }
                });
            }
            return;
        }
        let is_meant = |is: RelationKind| match kind {
            Kind::Sequence => is == RelationKind::Sequence,
            _ => !matches!(is, RelationKind::Sequence | RelationKind::CompositeType),
        };
        let relations = self.state.relations.in_schema(schema);
        let names: Vec<QualifiedName> = relations
            .filter(|(_, known)| is_meant(known.relation.kind))
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            self.grant_on_relation(&name, kind, change);
        }
    }

    fn grant_on_relation(&mut self, name: &QualifiedName, kind: Kind, change: &Change) {
        self.state.edit(name, |known| {
            let relation = &mut known.relation;
            let owner = relation.owner.clone();
            change.apply(&mut relation.grants, &owner, None);
            let has_columns = change.privileges.iter().any(|(_, columns)| !columns.is_empty());
            // What is taken away from the table is taken away from its columns too.
            let whole = !change.is_grant && kind == Kind::Table;
            if !has_columns && !whole {
                return;
            }
            for column in &mut relation.columns {
                let name = column.name.clone();
                change.apply(&mut column.grants, &owner, Some(&name));
                if whole {
                    change.apply(&mut column.grants, &owner, None);
                }
            }
        });
    }

    pub(super) fn default_privileges(&mut self, alter: &AlterDefaultPrivilegesStmt) {
        let Some(action) = &alter.action else { return };
        let Some(kind) = ObjectType::try_from(action.objtype).ok().and_then(Kind::of) else { return };
        let list = |name: &str| {
            let option = nodes::options(&alter.options).find(|option| option.defname == name);
            option.and_then(|option| option.arg.as_deref()).map(nodes::list).unwrap_or_default()
        };
        let roles: Vec<String> = list("roles").iter().filter_map(role_word).collect();
        // Whose objects they are for is known only when the script says who makes them.
        let own = roles.is_empty()
            || roles
                .iter()
                .any(|role| role.is_empty() || Some(role) == self.state.role.as_ref() || role == "postgres");
        if !own {
            return;
        }
        let schemas = nodes::texts(list("schemas"));
        let change = Change::of(action, kind);
        let schemas =
            if schemas.is_empty() { vec![None] } else { schemas.into_iter().map(Some).collect::<Vec<_>>() };
        for schema in schemas {
            self.state.default_grants.push(DefaultGrant { schema, kind, change: change.clone() });
        }
    }
}

fn role_word(node: &freehold_sql::tree::protobuf::Node) -> Option<String> {
    let Some(NodeEnum::RoleSpec(role)) = node.node.as_ref() else { return None };
    let role: &RoleSpec = role;
    Some(nodes::role(role).unwrap_or_default())
}

impl State {
    /// Gives a new object what `ALTER DEFAULT PRIVILEGES` said, after what everybody has by default.
    pub(super) fn grant_defaults(&self, grants: &mut Grants, schema: &str, kind: Kind) {
        let owner = self.role.clone().unwrap_or_default();
        match kind {
            Kind::Function => grants.give(None, &owner, "EXECUTE", false),
            Kind::Type => grants.give(None, &owner, "USAGE", false),
            _ => {}
        }
        for default in &self.default_grants {
            if default.kind == kind && default.schema.as_deref().is_none_or(|of| of == schema) {
                default.change.apply(grants, &owner, None);
            }
        }
    }
}
