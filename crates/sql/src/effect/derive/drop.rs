//! `DROP` of objects within a database.

use pg_query::NodeEnum;
use pg_query::protobuf::{DropStmt, Node};

use super::maintenance::forbidden;
use super::{cascades, is_shared, object_kind};
use crate::effect::object::{ObjectKind, ObjectUse, Use};
use crate::effect::transaction::InTransaction;
use crate::effect::{Effect, StatementKind, names};

/// The effect of the commands of this part.
pub(super) fn effect(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::DropStmt(drop) => drop_effect(drop),
        NodeEnum::DropSubscriptionStmt(drop) => {
            let mut effect = dropping(ObjectKind::Subscription, cascades(drop.behavior), drop.missing_ok);
            effect.push(ObjectUse::new(ObjectKind::Subscription, None, drop.subname.clone(), Use::Drops));
            effect.transaction = InTransaction::Depends {
                why: "DROP SUBSCRIPTION cannot run inside a transaction block when it has a replication slot"
                    .to_owned(),
            };
            effect
        }
        NodeEnum::DropUserMappingStmt(drop) => {
            let mut effect = dropping(ObjectKind::UserMapping, false, drop.missing_ok);
            let user = drop.user.as_ref().map(names::role_name).unwrap_or_default();
            effect.push(ObjectUse::new(ObjectKind::UserMapping, None, user, Use::Drops));
            effect
        }
        NodeEnum::DropOwnedStmt(drop) => {
            let mut effect = Effect::new(StatementKind::DropOwned);
            for role in &drop.roles {
                effect.objects.extend(names::object(ObjectKind::Role, role, Use::Reads));
            }
            effect.hide("what the roles own is not in the text");
            effect.may_lose_data = true;
            effect.cluster_wide = true;
            effect
        }
        _ => return None,
    };
    Some(effect)
}

pub(super) fn dropping(object: ObjectKind, cascade: bool, missing_ok: bool) -> Effect {
    let mut effect = Effect::new(StatementKind::Drop { object, concurrently: false, cascade });
    effect.may_be_missing = missing_ok;
    effect.may_lose_data = cascade || holds_data(object);
    effect.cluster_wide = is_shared(object);
    effect
}

/// Kinds whose end takes data with it that no script can make again: rows, or the state of a sequence.
fn holds_data(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Table
            | ObjectKind::Schema
            | ObjectKind::Sequence
            | ObjectKind::LargeObject
            | ObjectKind::Database
            | ObjectKind::Column
    )
}

fn drop_effect(drop: &DropStmt) -> Effect {
    let kind = object_kind(drop.remove_type);
    let cascade = cascades(drop.behavior);
    let mut effect = dropping(kind, cascade, drop.missing_ok);
    effect.kind = StatementKind::Drop { object: kind, concurrently: drop.concurrent, cascade };
    if drop.concurrent {
        effect.transaction = forbidden("DROP INDEX CONCURRENTLY");
    }
    for node in &drop.objects {
        let Some(object) = dropped(kind, node) else { continue };
        // What belongs to a table changes the table.
        if let (Some(table), true) = (object.of.clone(), names::belongs_to_relation(kind)) {
            effect.push(object.clone());
            effect.push(ObjectUse::new(ObjectKind::Table, object.schema, table, Use::Alters));
        } else {
            effect.push(object);
        }
    }
    effect
}

fn dropped(kind: ObjectKind, node: &Node) -> Option<ObjectUse> {
    let list = match node.node.as_ref()? {
        NodeEnum::List(list) => list.items.as_slice(),
        _ => return names::object(kind, node, Use::Drops),
    };
    match kind {
        // The access method stands before the name.
        ObjectKind::OperatorClass | ObjectKind::OperatorFamily => {
            names::named(kind, &names::texts(list.get(1..)?), Use::Drops)
        }
        // Two types.
        ObjectKind::Cast | ObjectKind::Transform => {
            let parts: Vec<String> = list.iter().filter_map(type_or_text).collect();
            Some(ObjectUse::new(kind, None, parts.join(" "), Use::Drops))
        }
        _ => names::object(kind, node, Use::Drops),
    }
}

fn type_or_text(node: &Node) -> Option<String> {
    match node.node.as_ref()? {
        NodeEnum::TypeName(type_) => Some(names::type_text(type_)),
        _ => names::text(node).map(str::to_owned),
    }
}
