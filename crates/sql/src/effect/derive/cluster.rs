//! Roles, databases, tablespaces, server settings, and who may do what.

use pg_query::NodeEnum;
use pg_query::protobuf::{GrantRoleStmt, GrantStmt, GrantTargetType, Node, RoleSpec};

use super::drop::dropping;
use super::maintenance::forbidden;
use super::{is_shared, object_kind, options};
use crate::effect::object::{ObjectKind, ObjectUse, Use};
use crate::effect::{Effect, StatementKind, names};

/// The effect of the commands of this part.
pub(super) fn effect(node: &NodeEnum) -> Option<Effect> {
    roles(node).or_else(|| databases(node)).or_else(|| rights(node))
}

/// A command about one object that all databases share.
fn shared(kind: StatementKind, object: ObjectKind, name: &str, use_: Use) -> Effect {
    let mut effect = Effect::new(kind);
    effect.push(ObjectUse::new(object, None, name, use_));
    effect.cluster_wide = true;
    effect
}

fn role_text(role: Option<&RoleSpec>) -> String {
    role.map(names::role_name).unwrap_or_else(|| "ALL".to_owned())
}

fn roles(node: &NodeEnum) -> Option<Effect> {
    let (created, altered) =
        (StatementKind::Create(ObjectKind::Role), StatementKind::Alter(ObjectKind::Role));
    let effect = match node {
        NodeEnum::CreateRoleStmt(create) => shared(created, ObjectKind::Role, &create.role, Use::Creates),
        NodeEnum::AlterRoleStmt(alter) => {
            shared(altered, ObjectKind::Role, &role_text(alter.role.as_ref()), Use::Alters)
        }
        NodeEnum::AlterRoleSetStmt(alter) => {
            shared(altered, ObjectKind::Role, &role_text(alter.role.as_ref()), Use::Alters)
        }
        NodeEnum::DropRoleStmt(drop) => {
            let mut effect = dropping(ObjectKind::Role, false, drop.missing_ok);
            push_roles(&mut effect, &drop.roles, Use::Drops);
            effect
        }
        NodeEnum::GrantRoleStmt(grant) => grant_role(grant),
        NodeEnum::ReassignOwnedStmt(reassign) => {
            let mut effect = Effect::new(StatementKind::ReassignOwned);
            push_roles(&mut effect, &reassign.roles, Use::Reads);
            effect.hide("what the roles own is not in the text");
            effect.cluster_wide = true;
            effect
        }
        _ => return None,
    };
    Some(effect)
}

fn push_roles(effect: &mut Effect, roles: &[Node], use_: Use) {
    for role in roles {
        if let Some(object) = names::object(ObjectKind::Role, role, use_) {
            effect.push(object);
        }
    }
}

fn grant_role(grant: &GrantRoleStmt) -> Effect {
    let kind = if grant.is_grant { StatementKind::GrantRole } else { StatementKind::RevokeRole };
    let mut effect = Effect::new(kind);
    for role in &grant.granted_roles {
        if let Some(NodeEnum::AccessPriv(role)) = role.node.as_ref() {
            effect.push(ObjectUse::new(ObjectKind::Role, None, role.priv_name.clone(), Use::Alters));
        }
    }
    push_roles(&mut effect, &grant.grantee_roles, Use::Alters);
    effect.cluster_wide = true;
    effect
}

fn databases(node: &NodeEnum) -> Option<Effect> {
    let (database, tablespace) = (ObjectKind::Database, ObjectKind::Tablespace);
    let altered = StatementKind::Alter(database);
    let effect = match node {
        NodeEnum::CreatedbStmt(create) => {
            let mut effect = shared(StatementKind::Create(database), database, &create.dbname, Use::Creates);
            effect.transaction = forbidden("CREATE DATABASE");
            effect
        }
        NodeEnum::DropdbStmt(drop) => {
            let mut effect = dropping(database, false, drop.missing_ok);
            effect.push(ObjectUse::new(database, None, drop.dbname.clone(), Use::Drops));
            effect.transaction = forbidden("DROP DATABASE");
            effect
        }
        NodeEnum::AlterDatabaseStmt(alter) => {
            let mut effect = shared(altered, database, &alter.dbname, Use::Alters);
            if options(&alter.options).any(|option| option.defname == "tablespace") {
                effect.transaction = forbidden("ALTER DATABASE SET TABLESPACE");
            }
            effect
        }
        NodeEnum::AlterDatabaseSetStmt(alter) => shared(altered, database, &alter.dbname, Use::Alters),
        NodeEnum::AlterDatabaseRefreshCollStmt(alter) => {
            shared(altered, database, &alter.dbname, Use::Alters)
        }
        NodeEnum::CreateTableSpaceStmt(create) => {
            let kind = StatementKind::Create(tablespace);
            let mut effect = shared(kind, tablespace, &create.tablespacename, Use::Creates);
            effect.transaction = forbidden("CREATE TABLESPACE");
            effect
        }
        NodeEnum::DropTableSpaceStmt(drop) => {
            let mut effect = dropping(tablespace, false, drop.missing_ok);
            effect.push(ObjectUse::new(tablespace, None, drop.tablespacename.clone(), Use::Drops));
            effect.transaction = forbidden("DROP TABLESPACE");
            effect
        }
        NodeEnum::AlterTableSpaceOptionsStmt(alter) => {
            shared(StatementKind::Alter(tablespace), tablespace, &alter.tablespacename, Use::Alters)
        }
        NodeEnum::AlterSystemStmt(alter) => {
            let name = alter.setstmt.as_ref().map(|set| set.name.clone()).unwrap_or_default();
            let mut effect = shared(StatementKind::AlterSystem, ObjectKind::Parameter, &name, Use::Alters);
            effect.transaction = forbidden("ALTER SYSTEM");
            effect
        }
        _ => return None,
    };
    Some(effect)
}

fn rights(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::GrantStmt(grant) => grant_effect(grant),
        NodeEnum::AlterDefaultPrivilegesStmt(alter) => {
            let mut effect = Effect::new(StatementKind::AlterDefaultPrivileges);
            for option in options(&alter.options).filter(|option| option.defname == "schemas") {
                if let Some(NodeEnum::List(list)) = option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                    for schema in names::texts(&list.items) {
                        effect.push(ObjectUse::new(ObjectKind::Schema, None, schema, Use::Alters));
                    }
                }
            }
            effect
        }
        _ => return None,
    };
    Some(effect)
}

/// Roles that are named are read, what rights are given on is altered.
fn grant_effect(grant: &GrantStmt) -> Effect {
    let kind = if grant.is_grant { StatementKind::Grant } else { StatementKind::Revoke };
    let mut effect = Effect::new(kind);
    let object = object_kind(grant.objtype);
    let whole_schema = grant.targtype == GrantTargetType::AclTargetAllInSchema as i32;
    let target = if whole_schema { ObjectKind::Schema } else { object };
    for node in &grant.objects {
        if let Some(object) = names::object(target, node, Use::Alters) {
            effect.push(object);
        }
    }
    effect.cluster_wide = is_shared(object);
    push_roles(&mut effect, &grant.grantees, Use::Reads);
    effect
}
