//! Upkeep of tables and indexes, locks, and what goes beside the schema: comments, labels.

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, ReindexObjectType, ReindexStmt, VacuumStmt};

use super::{flag, is_shared, object_kind};
use crate::effect::object::{ObjectKind, ObjectUse, Use};
use crate::effect::transaction::InTransaction;
use crate::effect::{Effect, StatementKind, names};

/// The words that the server uses for a command that it refuses in a transaction block.
pub(super) fn forbidden(command: &str) -> InTransaction {
    InTransaction::Forbidden { why: format!("{command} cannot run inside a transaction block") }
}

/// The effect of the commands of this part.
pub(super) fn effect(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::VacuumStmt(vacuum) => vacuum_effect(vacuum),
        NodeEnum::ReindexStmt(reindex) => reindex_effect(reindex),
        NodeEnum::ClusterStmt(cluster) => {
            let mut effect = Effect::new(StatementKind::Cluster);
            match cluster.relation.as_ref() {
                Some(range) => {
                    effect.push(names::relation(ObjectKind::Table, range, Use::Writes));
                    effect.transaction = InTransaction::Depends {
                        why: "CLUSTER of a partitioned table cannot run inside a transaction block"
                            .to_owned(),
                    };
                }
                None => effect.transaction = forbidden("CLUSTER"),
            }
            effect
        }
        NodeEnum::RefreshMatViewStmt(refresh) => {
            let mut effect =
                Effect::new(StatementKind::RefreshMaterializedView { concurrently: refresh.concurrent });
            if let Some(range) = refresh.relation.as_ref() {
                effect.push(names::relation(ObjectKind::MaterializedView, range, Use::Writes));
            }
            effect
        }
        NodeEnum::TruncateStmt(truncate) => {
            let mut effect = Effect::new(StatementKind::Truncate);
            push_relations(&mut effect, &truncate.relations, Use::Writes);
            effect.may_lose_data = true;
            effect
        }
        NodeEnum::LockStmt(lock) => {
            let mut effect = Effect::new(StatementKind::Lock);
            push_relations(&mut effect, &lock.relations, Use::Reads);
            effect
        }
        NodeEnum::CheckPointStmt(_) => Effect::new(StatementKind::Checkpoint),
        NodeEnum::CommentStmt(comment) => {
            let kind = object_kind(comment.objtype);
            about(StatementKind::Comment, kind, comment.object.as_deref())
        }
        NodeEnum::SecLabelStmt(label) => {
            let kind = object_kind(label.objtype);
            about(StatementKind::SecurityLabel, kind, label.object.as_deref())
        }
        _ => return None,
    };
    Some(effect)
}

/// A command that says something about one object.
fn about(command: StatementKind, kind: ObjectKind, object: Option<&Node>) -> Effect {
    let mut effect = Effect::new(command);
    effect.objects.extend(object.and_then(|object| names::object(kind, object, Use::Alters)));
    effect.cluster_wide = is_shared(kind);
    effect
}

pub(super) fn push_relations(effect: &mut Effect, relations: &[Node], use_: Use) {
    for node in relations {
        if let Some(object) = names::object(ObjectKind::Table, node, use_) {
            effect.push(object);
        }
    }
}

fn vacuum_effect(vacuum: &VacuumStmt) -> Effect {
    let full = flag(&vacuum.options, "full").unwrap_or(false);
    let mut effect = if vacuum.is_vacuumcmd {
        let mut effect = Effect::new(StatementKind::Vacuum { full });
        effect.transaction = forbidden("VACUUM");
        effect
    } else {
        Effect::new(StatementKind::Analyze)
    };
    for node in &vacuum.rels {
        if let Some(NodeEnum::VacuumRelation(relation)) = node.node.as_ref()
            && let Some(range) = relation.relation.as_ref()
        {
            effect.push(names::relation(ObjectKind::Table, range, Use::Writes));
        }
    }
    effect
}

/// `REINDEX` of more than one relation commits between them, and so does `CONCURRENTLY`.
fn reindex_effect(reindex: &ReindexStmt) -> Effect {
    use ReindexObjectType as T;
    let concurrently = flag(&reindex.params, "concurrently").unwrap_or(false);
    let mut effect = Effect::new(StatementKind::Reindex { concurrently });
    let target = T::try_from(reindex.kind).unwrap_or(T::Undefined);
    let (word, kind) = match target {
        T::ReindexObjectIndex => ("INDEX", ObjectKind::Index),
        T::ReindexObjectSchema => ("SCHEMA", ObjectKind::Schema),
        T::ReindexObjectSystem => ("SYSTEM", ObjectKind::Database),
        T::ReindexObjectDatabase => ("DATABASE", ObjectKind::Database),
        T::ReindexObjectTable | T::Undefined => ("TABLE", ObjectKind::Table),
    };
    match reindex.relation.as_ref() {
        Some(range) => effect.push(names::relation(kind, range, Use::Writes)),
        None => effect.push(ObjectUse::new(kind, None, reindex.name.clone(), Use::Writes)),
    }
    effect.transaction = if concurrently {
        forbidden("REINDEX CONCURRENTLY")
    } else if reindex.relation.is_none() {
        forbidden(&format!("REINDEX {word}"))
    } else {
        InTransaction::Depends {
            why: format!(
                "REINDEX {word} cannot run inside a transaction block when the {} is partitioned",
                kind.word()
            ),
        }
    };
    effect
}
