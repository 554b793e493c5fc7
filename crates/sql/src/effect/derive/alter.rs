//! `ALTER` of everything but tables' structure, roles and databases.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterDomainStmt, AlterEnumStmt, AlterSubscriptionStmt, AlterSubscriptionType, Node, ObjectType, RangeVar,
    RenameStmt,
};

use super::create::{push_owner, push_published};
use super::maintenance::forbidden;
use super::{cascades, flag, is_shared, object_kind, options};
use crate::effect::alter_table::Action;
use crate::effect::object::{ObjectKind, ObjectUse, Use};
use crate::effect::transaction::InTransaction;
use crate::effect::{Effect, StatementKind, names};

/// The effect of the commands of this part.
pub(super) fn effect(node: &NodeEnum) -> Option<Effect> {
    any_object(node).or_else(|| types(node)).or_else(|| others(node)).or_else(|| foreign(node))
}

/// `ALTER` of a kind of object.
pub(super) fn altered(kind: ObjectKind) -> Effect {
    let command =
        if kind == ObjectKind::Table { StatementKind::AlterTable } else { StatementKind::Alter(kind) };
    let mut effect = Effect::new(command);
    effect.cluster_wide = is_shared(kind);
    effect
}

fn altered_name(kind: ObjectKind, name: &[Node]) -> Effect {
    let mut effect = altered(kind);
    effect.objects.extend(names::named(kind, &names::texts(name), Use::Alters));
    effect
}

fn altered_bare(kind: ObjectKind, name: &str) -> Effect {
    let mut effect = altered(kind);
    effect.push(ObjectUse::new(kind, None, name, Use::Alters));
    effect
}

/// `ALTER` of an object that stands as a relation or as a node.
fn altered_object(
    kind: ObjectKind,
    relation: Option<&RangeVar>,
    object: Option<&Node>,
    name: &str,
) -> Effect {
    let mut effect = altered(kind);
    match (relation, object) {
        (Some(range), _) if names::belongs_to_relation(kind) => {
            effect.push(names::part_of(kind, range, name, Use::Alters));
            effect.push(names::relation(ObjectKind::Table, range, Use::Alters));
        }
        (Some(range), _) => effect.push(names::relation(kind, range, Use::Alters)),
        (None, Some(object)) => effect.objects.extend(names::object(kind, object, Use::Alters)),
        (None, None) => effect.push(ObjectUse::new(kind, None, name, Use::Alters)),
    }
    effect
}

fn any_object(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::RenameStmt(rename) => rename_effect(rename),
        NodeEnum::AlterOwnerStmt(alter) => {
            let kind = object_kind(alter.object_type);
            let mut effect = altered_object(kind, alter.relation.as_ref(), alter.object.as_deref(), "");
            let role = alter.newowner.as_ref().map(names::role_name).unwrap_or_default();
            effect.actions.push(Action::Owner { role });
            effect
        }
        NodeEnum::AlterObjectSchemaStmt(alter) => {
            let kind = object_kind(alter.object_type);
            let mut effect = altered_object(kind, alter.relation.as_ref(), alter.object.as_deref(), "");
            effect.may_be_missing = alter.missing_ok;
            effect.actions.push(Action::SetSchema { schema: alter.newschema.clone() });
            effect
        }
        NodeEnum::AlterObjectDependsStmt(alter) => {
            let kind = object_kind(alter.object_type);
            altered_object(kind, alter.relation.as_ref(), alter.object.as_deref(), "")
        }
        _ => return None,
    };
    Some(effect)
}

fn rename_effect(rename: &RenameStmt) -> Effect {
    let renamed = ObjectType::try_from(rename.rename_type).unwrap_or(ObjectType::Undefined);
    let (from, to) = (rename.subname.clone(), rename.newname.clone());
    // A column or constraint of a table is a change of the table.
    let (kind, action) = match renamed {
        ObjectType::ObjectColumn => (object_kind(rename.relation_type), Action::RenameColumn { from, to }),
        ObjectType::ObjectAttribute => (ObjectKind::Type, Action::RenameColumn { from, to }),
        ObjectType::ObjectTabconstraint => (ObjectKind::Table, Action::RenameConstraint { from, to }),
        ObjectType::ObjectDomconstraint => (ObjectKind::Domain, Action::RenameConstraint { from, to }),
        _ => (object_kind(rename.rename_type), Action::Rename { to }),
    };
    let object = rename.object.as_deref();
    let mut effect = altered_object(kind, rename.relation.as_ref(), object, &rename.subname);
    effect.may_be_missing = rename.missing_ok;
    effect.actions.push(action);
    effect
}

fn types(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::AlterEnumStmt(alter) => enum_effect(alter),
        NodeEnum::AlterDomainStmt(alter) => domain_effect(alter),
        NodeEnum::AlterTypeStmt(alter) => altered_name(ObjectKind::Type, &alter.type_name),
        NodeEnum::AlterCollationStmt(alter) => altered_name(ObjectKind::Collation, &alter.collname),
        NodeEnum::AlterOperatorStmt(alter) => {
            let name = alter.opername.as_ref().map(|name| name.objname.as_slice()).unwrap_or_default();
            altered_name(ObjectKind::Operator, name)
        }
        NodeEnum::AlterOpFamilyStmt(alter) => altered_name(ObjectKind::OperatorFamily, &alter.opfamilyname),
        NodeEnum::AlterTsdictionaryStmt(alter) => {
            altered_name(ObjectKind::TextSearchDictionary, &alter.dictname)
        }
        NodeEnum::AlterTsconfigurationStmt(alter) => {
            altered_name(ObjectKind::TextSearchConfiguration, &alter.cfgname)
        }
        _ => return None,
    };
    Some(effect)
}

/// `ADD VALUE` could not run in a transaction block before version 12; since then the value is unusable until commit.
fn enum_effect(alter: &AlterEnumStmt) -> Effect {
    let mut effect = altered_name(ObjectKind::Type, &alter.type_name);
    if alter.old_val.is_empty() {
        effect.kind = StatementKind::AddEnumValue;
        effect.may_exist_before = alter.skip_if_new_val_exists;
        effect.transaction = InTransaction::AllowedButUnusable {
            why: format!("the new value '{}' cannot be used before the transaction commits", alter.new_val),
        };
    }
    effect
}

/// The letters are those of the server's `AlterDomainStmt`.
fn domain_effect(alter: &AlterDomainStmt) -> Effect {
    let mut effect = altered_name(ObjectKind::Domain, &alter.type_name);
    let name = alter.name.clone();
    let action = match (alter.subtype.as_str(), alter.def.as_deref().and_then(|def| def.node.as_ref())) {
        ("T", None) => Action::DropDefault { column: String::new() },
        ("T", Some(_)) => Action::SetDefault { column: String::new(), calls: Vec::new() },
        ("N", _) => Action::DropNotNull { column: String::new() },
        ("O", _) => Action::SetNotNull { column: String::new() },
        ("C", Some(NodeEnum::Constraint(constraint))) => {
            Action::AddConstraint(super::table::constraint(constraint, None))
        }
        ("X", _) => {
            Action::DropConstraint { name, if_exists: alter.missing_ok, cascade: cascades(alter.behavior) }
        }
        ("V", _) => Action::ValidateConstraint { name },
        _ => Action::Other("ALTER DOMAIN"),
    };
    effect.actions.push(action);
    effect
}

fn others(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::AlterSeqStmt(alter) => {
            let mut effect = altered(ObjectKind::Sequence);
            let sequence = alter.sequence.as_ref();
            effect
                .objects
                .extend(sequence.map(|range| names::relation(ObjectKind::Sequence, range, Use::Alters)));
            effect.may_be_missing = alter.missing_ok;
            push_owner(&mut effect, &alter.options);
            effect
        }
        NodeEnum::AlterFunctionStmt(alter) => {
            let name = alter.func.as_ref().map(|function| function.objname.as_slice()).unwrap_or_default();
            altered_name(object_kind(alter.objtype), name)
        }
        NodeEnum::AlterPolicyStmt(alter) => {
            altered_object(ObjectKind::Policy, alter.table.as_ref(), None, &alter.policy_name)
        }
        NodeEnum::AlterStatsStmt(alter) => altered_name(ObjectKind::Statistics, &alter.defnames),
        NodeEnum::AlterEventTrigStmt(alter) => altered_bare(ObjectKind::EventTrigger, &alter.trigname),
        NodeEnum::AlterExtensionStmt(alter) => {
            let mut effect = altered_bare(ObjectKind::Extension, &alter.extname);
            effect.hide("what the extension's update script does is not in the text");
            effect
        }
        NodeEnum::AlterExtensionContentsStmt(alter) => {
            let mut effect = altered_bare(ObjectKind::Extension, &alter.extname);
            let kind = object_kind(alter.objtype);
            effect
                .objects
                .extend(alter.object.as_deref().and_then(|object| names::object(kind, object, Use::Alters)));
            effect
        }
        NodeEnum::AlterTableMoveAllStmt(alter) => {
            let mut effect = altered(object_kind(alter.objtype));
            let name = alter.new_tablespacename.clone();
            effect.push(ObjectUse::new(
                ObjectKind::Tablespace,
                None,
                alter.orig_tablespacename.clone(),
                Use::Reads,
            ));
            effect.actions.push(Action::SetTablespace { name });
            effect.hide("what the tablespace holds is not in the text");
            effect
        }
        _ => return None,
    };
    Some(effect)
}

/// Objects that reach other servers.
fn foreign(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::AlterFdwStmt(alter) => altered_bare(ObjectKind::ForeignDataWrapper, &alter.fdwname),
        NodeEnum::AlterForeignServerStmt(alter) => altered_bare(ObjectKind::ForeignServer, &alter.servername),
        NodeEnum::AlterUserMappingStmt(alter) => {
            let user = alter.user.as_ref().map(names::role_name).unwrap_or_default();
            altered_bare(ObjectKind::UserMapping, &user)
        }
        NodeEnum::AlterPublicationStmt(alter) => {
            let mut effect = altered_bare(ObjectKind::Publication, &alter.pubname);
            push_published(&mut effect, &alter.pubobjects);
            effect
        }
        NodeEnum::AlterSubscriptionStmt(alter) => subscription_effect(alter),
        _ => return None,
    };
    Some(effect)
}

/// What talks to the publisher cannot run in a transaction block.
fn subscription_effect(alter: &AlterSubscriptionStmt) -> Effect {
    use AlterSubscriptionType as T;
    let mut effect = altered_bare(ObjectKind::Subscription, &alter.subname);
    let refreshes = match T::try_from(alter.kind).unwrap_or(T::Undefined) {
        T::AlterSubscriptionRefresh => true,
        T::AlterSubscriptionSetPublication
        | T::AlterSubscriptionAddPublication
        | T::AlterSubscriptionDropPublication => flag(&alter.options, "refresh").unwrap_or(true),
        _ => false,
    };
    let changes_slot = alter.kind == T::AlterSubscriptionOptions as i32
        && options(&alter.options).any(|option| matches!(option.defname.as_str(), "failover" | "two_phase"));
    if refreshes {
        effect.transaction = forbidden("ALTER SUBSCRIPTION with refresh");
    } else if changes_slot {
        effect.transaction = forbidden("ALTER SUBSCRIPTION ... SET (failover or two_phase)");
    }
    effect
}
