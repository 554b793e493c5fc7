//! Do rows survive? Witness rows are put into the tables that a migration could empty or change, and followed
//! through up, down and up again, in one transaction that is rolled back.

mod content;
mod named;
mod written;

use std::{collections::BTreeMap, ops::Range};

use freehold_db::DbError;
use freehold_model::{
    catalog::{Catalog, Relation},
    lock::LockMode,
    sqlstate::SqlState,
};
use freehold_sql::{Action, StatementKind};

use super::{apply, settings, world::World};
use crate::{
    error::RehearsalError,
    observation::{Observed, Refusal, RelationSeen, RowsFate, RowsOutcome, ScriptRun},
    send::{Trouble, send},
    step::{Course, Script, ScriptStatement, Step},
};
use content::Content;
use written::Written;

/// The relations that were there before the up and whose rows a script changes, or could lose: by the locks that the up
/// was seen to take, and by what the down's text names.
pub(super) fn targets(step: &Step, up: &ScriptRun, before: &Catalog) -> BTreeMap<u32, RelationSeen> {
    let mut found = BTreeMap::new();
    for observed in &up.statements {
        let Some(statement) = step.up.statements.get(observed.index) else { continue };
        for relation in at_stake(statement, observed, before) {
            found.insert(relation.oid, relation);
        }
    }
    for statement in step.down.iter().flat_map(|down| &down.statements) {
        for relation in named::at_stake(statement, before) {
            if holds_rows_of_its_own(&relation, before) {
                found.insert(relation.oid, relation);
            }
        }
    }
    found
}

fn at_stake(statement: &ScriptStatement, observed: &Observed, before: &Catalog) -> Vec<RelationSeen> {
    let effect = &statement.statement.effect;
    let was_there = |relation: &RelationSeen| holds_rows_of_its_own(relation, before);
    let locked: Vec<_> =
        observed.locks.iter().filter_map(|lock| before.relation_by_oid(lock.relation.oid)).collect();
    let loses = effect.opaque || loses_more_than_new_columns(statement, &locked) || needs_no_rows(statement);
    observed
        .locks
        .iter()
        .filter(|lock| was_there(&lock.relation))
        .filter(|lock| {
            lock.mode == LockMode::RowExclusive
                || (lock.mode == LockMode::AccessExclusive && loses)
                || effect.opaque && lock.mode > LockMode::RowShare
        })
        .map(|lock| lock.relation.clone())
        .collect()
}

/// True for tables that were there, but not for a partition, of which its table speaks, nor for a partitioned table that
/// has no partition to hold a row.
fn holds_rows_of_its_own(relation: &RelationSeen, before: &Catalog) -> bool {
    let Some(known) = before.relation_by_oid(relation.oid) else { return false };
    match relation.kind {
        'r' => known.partition.is_none(),
        'p' => {
            known.partition.is_none()
                && before
                    .relations
                    .iter()
                    .any(|other| other.partition.as_ref().is_some_and(|p| p.parent == known.name))
        }
        _ => false,
    }
}

/// Dropping a column that the up has only just added loses nothing that was there.
fn loses_more_than_new_columns(statement: &ScriptStatement, relations: &[&Relation]) -> bool {
    let effect = &statement.statement.effect;
    if !effect.may_lose_data {
        return false;
    }
    if effect.kind != StatementKind::AlterTable {
        return true;
    }
    effect.actions.iter().any(|action| match action {
        Action::DropColumn { name, .. } => {
            relations.iter().any(|relation| relation.columns.iter().any(|column| column.name == *name))
        }
        Action::AlterColumnType { .. } | Action::SetUnlogged | Action::Other(_) => true,
        _ => false,
    })
}

/// Adding a column that must have a value, without giving it one, works only while there are no rows.
fn needs_no_rows(statement: &ScriptStatement) -> bool {
    statement.statement.effect.actions.iter().any(|action| {
        matches!(action, Action::AddColumn { column, .. }
            if column.not_null && !column.has_default && !column.identity && column.generated_stored.is_none())
    })
}

/// Tries it. Leaves the scratch database as it was, but for its sequences.
pub(super) async fn compare(
    world: &mut World<'_>,
    step: &Step,
    up: Range<usize>,
    targets: &BTreeMap<u32, RelationSeen>,
    before: &Catalog,
) -> Result<RowsOutcome, RehearsalError> {
    world.run("BEGIN", "open the transaction of the witness rows").await?;
    let outcome = follow(world, step, up, targets, before).await;
    match &outcome {
        // The session is gone or blocked: there is nothing to roll back on it.
        Err(_) => return outcome,
        Ok(_) => world.run("ROLLBACK", "take the witness rows out").await?,
    }
    outcome
}

async fn follow(
    world: &World<'_>,
    step: &Step,
    up: Range<usize>,
    targets: &BTreeMap<u32, RelationSeen>,
    before: &Catalog,
) -> Result<RowsOutcome, RehearsalError> {
    let session = world.session();
    let wanted = world.options().witness_rows;
    for relation in targets.values() {
        if let Err(error) = freehold_synth::fill(session, before, relation.oid, wanted, 1).await {
            return Ok(RowsOutcome::NotTried { why: chain(&error) });
        }
    }
    let start = Content::read(session, targets.values()).await?;
    let written = Written::read(session).await?;
    if let Some(refusal) = statements(world, &step.up, up.clone()).await? {
        return Ok(refused(refusal, &start));
    }
    let after_up = Content::read(session, targets.values()).await?;
    let moved = Written::since(&written, &Written::read(session).await?);
    let up_only = |why: Option<String>| RowsOutcome::Compared {
        fates: fates(targets, &start, &after_up, None, &moved),
        without_down: why,
    };
    if moved.nothing() && wants_rows(&step.up) && up_only(None).lost() == 0 {
        let why = "the conditions of its UPDATE or DELETE met none of the witness rows".to_owned();
        return Ok(RowsOutcome::NotTried { why });
    }
    let Some(down) = &step.down else { return Ok(up_only(None)) };
    let Course::OneTransaction { first, last } = down.course(world.major()) else {
        return Ok(up_only(Some(
            "the down ends transactions itself, so it was not tried with rows".to_owned(),
        )));
    };
    settings::reset(session, &step.up).await?;
    if let Some(refusal) = statements(world, down, first..last).await? {
        if refusal.error.sqlstate() == Some(SqlState::NOT_NULL_VIOLATION) {
            return Ok(RowsOutcome::RefusedByRows { refusal, filled: start.counts(), in_down: true });
        }
        let why = format!("with witness rows the server refused the down: {}", said(&refusal.error));
        return Ok(up_only(Some(why)));
    }
    let after_down = Content::read(session, targets.values()).await?;
    settings::reset(session, down).await?;
    let statements = step.up.statements.get(up).unwrap_or_default();
    let again = match apply::within(session, statements, world.options().statement_limit).await {
        Ok(()) => Some(Content::read(session, targets.values()).await?),
        Err(Trouble::Refused(_)) => None,
        Err(Trouble::Stop(error)) => return Err(error),
    };
    let mut fates = fates(targets, &start, &after_up, Some(&after_down), &moved);
    for fate in &mut fates {
        fate.after_up =
            again.as_ref().map(|again| (after_up.count(&fate.relation), again.count(&fate.relation)));
    }
    Ok(RowsOutcome::Compared { fates, without_down: None })
}

/// One by one, so that a refusal names its statement.
async fn statements(
    world: &World<'_>,
    script: &Script,
    range: Range<usize>,
) -> Result<Option<Refusal>, RehearsalError> {
    for (index, statement) in script.statements.iter().enumerate().take(range.end).skip(range.start) {
        match send(world.session(), statement, world.options().statement_limit).await {
            Ok(_) => {}
            Err(Trouble::Refused(error)) => return Ok(Some(Refusal { index, error })),
            Err(Trouble::Stop(error)) => return Err(error),
        }
    }
    Ok(None)
}

fn refused(refusal: Refusal, start: &Content) -> RowsOutcome {
    // Only this refusal follows from rows being there at all; others may follow from what the witness rows hold.
    if refusal.error.sqlstate() == Some(SqlState::NOT_NULL_VIOLATION) {
        return RowsOutcome::RefusedByRows { refusal, filled: start.counts(), in_down: false };
    }
    RowsOutcome::NotTried {
        why: format!("with witness rows in place the server refused a statement: {}", said(&refusal.error)),
    }
}

impl RowsOutcome {
    /// Rows lost, of all relations together.
    fn lost(&self) -> usize {
        match self {
            Self::Compared { fates, .. } => fates.iter().map(|fate| fate.lost).sum(),
            _ => 0,
        }
    }
}

/// True when the script changes rows that must be there already.
fn wants_rows(script: &Script) -> bool {
    script.statements.iter().any(|s| {
        matches!(
            s.statement.effect.kind,
            StatementKind::Update | StatementKind::Delete | StatementKind::Merge
        )
    })
}

fn fates(
    targets: &BTreeMap<u32, RelationSeen>,
    start: &Content,
    after_up: &Content,
    after_down: Option<&Content>,
    moved: &Written,
) -> Vec<RowsFate> {
    targets
        .iter()
        .map(|(oid, relation)| {
            let relation = relation.display.as_str();
            let up = start.compare(relation, after_up);
            let down = after_down.map(|content| start.compare(relation, content));
            let last = down.clone().unwrap_or_else(|| up.clone());
            // Rows or columns that the up has taken away while it wrote elsewhere were moved: the down's to bring back.
            let taken = up.gone > 0 || up.columns_gone;
            let carried = taken
                && (moved.elsewhere(*oid) || (moved.here(*oid) && start.lost_columns(relation, after_up)));
            RowsFate {
                relation: relation.to_owned(),
                name: targets.get(oid).map(|r| r.name.clone()).unwrap_or_default(),
                before: start.count(relation),
                lost: last.lost,
                gone: last.gone,
                left: last.left,
                columns: last.columns,
                columns_gone: last.columns_gone || up.columns_gone,
                lost_by_down: down.is_some_and(|down| down.lost > up.lost || carried),
                after_up: None,
            }
        })
        .collect()
}

/// What the server said, for people; else the error and its causes on one line.
pub(super) fn said(error: &DbError) -> String {
    match error.server() {
        Some(server) => {
            let state = server.sqlstate.map(|state| format!(" (SQLSTATE {state})")).unwrap_or_default();
            format!("{}{state}", server.message)
        }
        None => chain(error),
    }
}

/// An error and its causes on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// Kept apart so that the reading of rows names its own step.
fn reading(error: DbError) -> RehearsalError {
    RehearsalError::own("read the witness rows")(error)
}
