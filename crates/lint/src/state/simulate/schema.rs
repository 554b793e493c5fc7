//! Schemas, extensions and roles.

use std::sync::Arc;

use freehold_model::{
    catalog::{Grants, Role},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{
        AlterRoleSetStmt, AlterRoleStmt, CreateExtensionStmt, CreateRoleStmt, CreateSchemaStmt, DefElem,
        GrantRoleStmt, Node, RoleStmtType,
    },
};

use super::{Step, nodes};

/// The name under which things without a schema are kept.
pub(super) fn bare(name: &str) -> QualifiedName {
    QualifiedName::new("", name)
}

impl Step<'_> {
    pub(super) fn create_schema(&mut self, create: &CreateSchemaStmt) {
        let role = create.authrole.as_ref().and_then(nodes::role);
        let Some(name) = nodes::written(&create.schemaname).map(str::to_owned).or_else(|| role.clone())
        else {
            return;
        };
        if create.if_not_exists && self.state.schemas.contains(&bare(&name)) {
            return;
        }
        let owner = role.or_else(|| self.state.role.clone());
        let mut grants = Grants::default();
        self.state.grant_defaults(&mut grants, &name, super::grant::Kind::Schema);
        self.state.schemas.put(bare(&name), Arc::new((owner, grants)));
        let path = std::mem::replace(&mut self.state.search_path, vec![name]);
        let first = self.state.search_path.clone();
        self.state.search_path.extend(path.iter().cloned());
        for element in create.schema_elts.iter().filter_map(|element| element.node.as_ref()) {
            self.follow(element);
        }
        if self.state.search_path.starts_with(&first) {
            self.state.search_path = path;
        }
    }

    pub(super) fn drop_schema(&mut self, name: &str, cascade: bool) {
        self.state.schemas.take(&bare(name));
        if !cascade {
            return;
        }
        let relations: Vec<QualifiedName> =
            self.state.relations.in_schema(name).map(|(name, _)| name.clone()).collect();
        for relation in relations {
            self.drop_relation(&relation, true);
        }
        let types: Vec<QualifiedName> =
            self.state.types.in_schema(name).map(|(name, _)| name.clone()).collect();
        for type_ in types {
            self.drop_type(&type_, true);
        }
        let functions: Vec<QualifiedName> =
            self.state.functions.in_schema(name).map(|(name, _)| name.clone()).collect();
        for function in functions {
            self.drop_functions(&function, None, true);
        }
    }

    pub(super) fn rename_schema(&mut self, from: &str, to: &str) {
        if let Some(schema) = self.state.schemas.take(&bare(from)) {
            self.state.schemas.put(bare(to), schema);
        }
        let moved = |name: &QualifiedName| QualifiedName::new(to, name.name.as_str());
        let relations: Vec<QualifiedName> =
            self.state.relations.in_schema(from).map(|(name, _)| name.clone()).collect();
        for name in relations {
            self.rename_relation(&name, &moved(&name));
        }
        let types: Vec<QualifiedName> =
            self.state.types.in_schema(from).map(|(name, _)| name.clone()).collect();
        for name in types {
            self.rename_type(&name, &moved(&name));
        }
        let functions: Vec<QualifiedName> =
            self.state.functions.in_schema(from).map(|(name, _)| name.clone()).collect();
        for name in functions {
            self.rename_functions(&name, None, &moved(&name));
        }
        for schema in self.state.search_path.iter_mut().filter(|schema| *schema == from) {
            to.clone_into(schema);
        }
    }

    pub(super) fn create_extension(&mut self, create: &CreateExtensionStmt) {
        let name = bare(&create.extname);
        if !(create.if_not_exists && self.state.extensions.contains(&name)) {
            self.state.extensions.put(name, Some(self.site));
        }
    }

    pub(super) fn create_role(&mut self, create: &CreateRoleStmt) {
        let mut role = Role {
            name: create.role.clone(),
            inherit: true,
            login: create.stmt_type == RoleStmtType::RolestmtUser as i32,
            connection_limit: -1,
            ..Role::default()
        };
        let options: Vec<&DefElem> = nodes::options(&create.options).collect();
        set_role(&mut role, &options);
        self.state.roles.put(bare(&create.role), Arc::new(role));
        for option in options {
            let list = option.arg.as_deref().map(nodes::list).unwrap_or_default();
            match option.defname.as_str() {
                "addroleto" => {
                    for group in list.iter().filter_map(role_of) {
                        self.join_role(&create.role, &group, false);
                    }
                }
                "rolemembers" | "adminmembers" => {
                    for member in list.iter().filter_map(role_of) {
                        self.join_role(&member, &create.role, option.defname == "adminmembers");
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn alter_role(&mut self, alter: &AlterRoleStmt) {
        let Some(name) = alter.role.as_ref().and_then(nodes::role) else { return };
        let options: Vec<&DefElem> = nodes::options(&alter.options).collect();
        self.state.roles.change(&bare(&name), |role| set_role(Arc::make_mut(role), &options));
    }

    pub(super) fn alter_role_set(&mut self, alter: &AlterRoleSetStmt) {
        let (Some(name), Some(set)) = (alter.role.as_ref().and_then(nodes::role), &alter.setstmt) else {
            return;
        };
        if !alter.database.is_empty() {
            return;
        }
        self.state.roles.change(&bare(&name), |role| {
            super::routine_options::set_setting(&mut Arc::make_mut(role).settings, set);
        });
    }

    pub(super) fn grant_role(&mut self, grant: &GrantRoleStmt) {
        let groups = grant.granted_roles.iter().filter_map(|node| match node.node.as_ref()? {
            NodeEnum::AccessPriv(group) => Some(group.priv_name.clone()),
            _ => None,
        });
        let admin = nodes::options(&grant.opt).any(|option| option.defname == "admin");
        for group in groups {
            for member in grant.grantee_roles.iter().filter_map(role_of) {
                if grant.is_grant {
                    self.join_role(&member, &group, admin);
                } else {
                    self.leave_role(&member, &group, admin);
                }
            }
        }
    }

    fn join_role(&mut self, member: &str, group: &str, admin: bool) {
        self.leave_role(member, group, false);
        self.state.roles.change(&bare(member), |role| {
            let groups = &mut Arc::make_mut(role).member_of;
            groups.push(if admin { format!("{group} with admin option") } else { group.to_owned() });
            groups.sort();
        });
    }

    fn leave_role(&mut self, member: &str, group: &str, only_admin: bool) {
        self.state.roles.change(&bare(member), |role| {
            let groups = &mut Arc::make_mut(role).member_of;
            let is = |one: &String| one == group || one.strip_prefix(group) == Some(" with admin option");
            let there = groups.iter().any(is);
            groups.retain(|one| !is(one));
            if only_admin && there {
                groups.push(group.to_owned());
                groups.sort();
            }
        });
    }
}

/// The role of a node that names one.
pub(super) fn role_of(node: &Node) -> Option<String> {
    match node.node.as_ref()? {
        NodeEnum::RoleSpec(role) => nodes::role(role),
        NodeEnum::AccessPriv(group) => Some(group.priv_name.clone()),
        _ => None,
    }
}

fn set_role(role: &mut Role, options: &[&DefElem]) {
    for option in options {
        let on = nodes::is_on(option);
        match option.defname.as_str() {
            "superuser" => role.superuser = on,
            "inherit" => role.inherit = on,
            "createrole" => role.create_role = on,
            "createdb" => role.create_database = on,
            "canlogin" => role.login = on,
            "isreplication" => role.replication = on,
            "bypassrls" => role.bypass_row_security = on,
            "connectionlimit" => {
                let limit = nodes::number(option).and_then(|limit| i32::try_from(limit).ok());
                role.connection_limit = limit.unwrap_or(-1);
            }
            "validUntil" => role.valid_until = option.arg.as_deref().and_then(nodes::constant),
            _ => {}
        }
    }
}
