//! `VACUUM`, `ANALYZE`, `CLUSTER`, `REINDEX`, `REFRESH`, `LOCK`, `COMMENT`.

use freehold_model::{catalog::RelationKind, lock::LockMode};
use freehold_sql::{ObjectKind, StatementKind, Use, tree::NodeEnum};

use super::{Taking, remove::resolved, rows::underneath};

pub(super) fn take(taking: &mut Taking<'_>) {
    match taking.effect.kind {
        StatementKind::Vacuum { full: true } | StatementKind::Cluster => {
            named(taking, LockMode::AccessExclusive);
        }
        // At its end it also asks for ACCESS EXCLUSIVE to cut off empty pages, and goes on without when anyone waits or
        // holds the table: nobody is held up for longer than that moment, so it is no lock to plan for.
        StatementKind::Vacuum { full: false } => named(taking, LockMode::ShareUpdateExclusive),
        StatementKind::Analyze => analyze(taking),
        StatementKind::Reindex { concurrently } => reindex(taking, concurrently),
        StatementKind::RefreshMaterializedView { concurrently } => {
            let mode = if concurrently { LockMode::Exclusive } else { LockMode::AccessExclusive };
            named(taking, mode);
        }
        StatementKind::Lock => lock(taking),
        StatementKind::Comment | StatementKind::SecurityLabel => comment(taking),
        _ => {}
    }
}

fn named(taking: &mut Taking<'_>, mode: LockMode) {
    for object in taking.objects(Use::Writes).filter(|object| object.kind.is_relation()) {
        let name = taking.state.name_of(object);
        taking.take_partitions(&name, mode);
    }
}

/// Children by `INHERITS` are only read.
fn analyze(taking: &mut Taking<'_>) {
    named(taking, LockMode::ShareUpdateExclusive);
    for object in taking.objects(Use::Writes) {
        let name = taking.state.name_of(object);
        taking.take_all(&name, LockMode::AccessShare);
    }
}

fn reindex(taking: &mut Taking<'_>, concurrently: bool) {
    let (on_table, on_index) = if concurrently {
        (LockMode::ShareUpdateExclusive, LockMode::ShareUpdateExclusive)
    } else {
        (LockMode::Share, LockMode::AccessExclusive)
    };
    let state = taking.state;
    for object in taking.objects(Use::Writes) {
        match object.kind {
            ObjectKind::Index => {
                let name = state.name_of(object);
                if let Some(table) = state.index_tables.get(&name) {
                    taking.take_partitions(table, on_table);
                }
                taking.take(name, on_index);
            }
            ObjectKind::Table => {
                let name = state.name_of(object);
                taking.take_partitions(&name, on_table);
            }
            ObjectKind::Schema => {
                let of_schema = |known: &crate::state::Known| {
                    known.relation.name.schema == object.name
                        && matches!(known.relation.kind, RelationKind::Table | RelationKind::MaterializedView)
                };
                for known in state.relations.values().filter(|known| of_schema(known)) {
                    taking.take(known.relation.name.clone(), on_table);
                }
            }
            _ => {}
        }
    }
}

/// The tree counts modes from 1, weakest first. A view passes the lock on to what it reads.
fn lock(taking: &mut Taking<'_>) {
    let Some(NodeEnum::LockStmt(lock)) = taking.tree else { return };
    let Some(mode) = lock_mode(lock.mode) else { return };
    for node in &lock.relations {
        let Some(NodeEnum::RangeVar(range)) = node.node.as_ref() else { continue };
        let name = resolved(taking, range);
        if !range.inh {
            taking.take(name, mode);
            continue;
        }
        for below in underneath(taking.state, &name) {
            taking.take_all(&below, mode);
        }
        taking.take_all(&name, mode);
    }
}

/// The mode of a `LOCK TABLE`.
pub(crate) fn lock_mode(number: i32) -> Option<LockMode> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    LockMode::ALL.get(at).copied()
}

/// A comment on a part of a table only looks at the table, on a column it counts as one on the table.
fn comment(taking: &mut Taking<'_>) {
    for object in taking.objects(Use::Alters) {
        let mode = match object.kind {
            ObjectKind::Column => LockMode::ShareUpdateExclusive,
            ObjectKind::Constraint | ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
                LockMode::AccessShare
            }
            kind if kind.is_relation() => LockMode::ShareUpdateExclusive,
            _ => continue,
        };
        let name = taking.state.relation_of(object);
        taking.take(name, mode);
    }
}
