//! One script that would be run: its statements, how they are put into transactions, and what is known of them.

use std::collections::HashMap;

use freehold_migrate::{
    Migration, Prepared, ReadyScript, Script, TransactionMode, allow::judge, destructive::destructive_in,
    history::Direction, plan::PlanStep,
};
use freehold_model::version::NEWEST_MAJOR;
use freehold_sql::{Course, InTransaction, Statement};

use super::types::{DryLock, DryLoss, DryMigration, DryStatement, DryTransaction};
use crate::migrate::rehearsal::Rehearsal;
use crate::record::RecordStatement;
use crate::report::slashed;

/// Describes one script. `steps` are those of the longest plan: what an earlier one makes, a later one may take away.
pub(super) fn described(
    prepared: &Prepared,
    index: usize,
    down: bool,
    rehearsal: &Rehearsal,
    steps: &[PlanStep],
) -> Option<DryMigration> {
    let migration = prepared.migrations().get(index)?;
    let script = if down { migration.down.as_ref()? } else { &migration.up };
    let ready = if down { prepared.down(index)? } else { prepared.up(index)? };
    let mut described = DryMigration {
        version: migration.key(),
        name: migration.name.clone(),
        direction: if down { "down" } else { "up" }.to_owned(),
        file: slashed(&script.file.path),
        transaction: DryTransaction::Unreadable,
        because: None,
        rehearsed: rehearsal.clause(prepared.migrations(), index, down),
        statements: Vec::new(),
    };
    match ready {
        Err(error) => described.because = Some(error.source.to_string()),
        Ok(ready) => {
            (described.transaction, described.because) = transaction(ready);
            let seen = if down { None } else { rehearsal.statements(prepared.migrations(), index) };
            let losses = if down { HashMap::new() } else { losses(prepared, index, steps) };
            described.statements = statements(ready, seen, losses);
        }
    }
    Some(described)
}

/// How a script is put into transactions and, unless it is one, why.
fn transaction(ready: &ReadyScript) -> (DryTransaction, Option<String>) {
    if let Course::OneTransaction { .. } = ready.course(NEWEST_MAJOR) {
        return (DryTransaction::One, None);
    }
    let forbidden = ready
        .statements()
        .iter()
        .position(|statement| !matches!(statement.effect.transaction, InTransaction::Allowed));
    let because = match (&ready.source().transaction, forbidden) {
        (TransactionMode::None { why }, _) => why.clone(),
        (_, Some(at)) => format!("statement {} cannot be in a transaction", at + 1),
        (_, None) => "it begins or ends transactions itself".to_owned(),
    };
    (DryTransaction::StatementByStatement, Some(because))
}

fn statements(
    ready: &ReadyScript,
    seen: Option<&[RecordStatement]>,
    mut losses: HashMap<usize, Vec<DryLoss>>,
) -> Vec<DryStatement> {
    // A record of another cut of the same script would lay locks to the wrong statements.
    let seen = seen.filter(|seen| seen.len() == ready.statements().len());
    (0..ready.statements().len())
        .map(|at| {
            let recorded = seen.and_then(|seen| seen.get(at));
            let locks = recorded.iter().flat_map(|recorded| &recorded.locks).map(|lock| DryLock {
                relation: lock.relation.clone(),
                mode: lock.mode.clone(),
                blocks: lock.blocks,
            });
            DryStatement {
                number: at + 1,
                line: ready.place(at).start.line,
                headline: ready.headline(at),
                locks: locks.collect(),
                rewrites: recorded.map(|recorded| recorded.rewrites.clone()).unwrap_or_default(),
                scans: recorded.map(|recorded| recorded.scans.clone()).unwrap_or_default(),
                destroys: losses.remove(&at).unwrap_or_default(),
            }
        })
        .collect()
}

/// What the up of a migration destroys, by the index of the statement, given what is run before it.
fn losses(prepared: &Prepared, index: usize, steps: &[PlanStep]) -> HashMap<usize, Vec<DryLoss>> {
    let before: Vec<usize> = steps
        .iter()
        .filter(|step| step.direction == Direction::Up)
        .map(|step| step.migration)
        .take_while(|migration| *migration != index)
        .chain([index])
        .collect();
    let read = |index: &usize| {
        let migration: &Migration = prepared.migrations().get(*index)?;
        Some((&migration.up, migration.up.statements().ok()?))
    };
    let scripts: Vec<(&Script, Vec<Statement>)> = before.iter().filter_map(read).collect();
    let pairs: Vec<(&Script, &[Statement])> =
        scripts.iter().map(|(script, statements)| (*script, statements.as_slice())).collect();
    let mut losses: HashMap<usize, Vec<DryLoss>> = HashMap::new();
    let (Some((script, statements)), Some(found)) = (pairs.last(), destructive_in(&pairs).pop()) else {
        return losses;
    };
    let judged = judge(script, statements, found);
    let refused = judged.refused.into_iter().map(|what| (what, None));
    let allowed = judged.allowed.into_iter().map(|allowed| (allowed.destructive, Some(allowed.reason)));
    for (what, allowed_because) in refused.chain(allowed) {
        losses.entry(what.statement).or_default().push(DryLoss {
            word: what.word.to_owned(),
            object: what.object,
            why: what.why,
            allowed_because,
        });
    }
    losses
}
