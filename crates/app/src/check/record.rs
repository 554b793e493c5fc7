//! What was seen of each migration, as the report tells it.

use freehold_migrate::{Folder, MigrationKind};
use freehold_prove::{
    Weight,
    observation::{self, Observed, RowsOutcome, ScriptRun, StepRun},
    rehearsal::Rehearsal,
    step::{Course, Delivery, Script, Step},
    weight,
};

use crate::report::{
    DifferenceAfter, Growth, GrowthKind, LockBlocks, NotVerified, ReportDifference, ReportIndexBuild,
    ReportLock, ReportMigration, ReportStatement, TransactionWord, VerdictWord, milliseconds, slashed,
};

/// One entry for each migration that was begun.
pub(super) fn migrations(folder: &Folder, steps: &[Step], rehearsal: &Rehearsal) -> Vec<ReportMigration> {
    steps
        .iter()
        .zip(&rehearsal.steps)
        .zip(&folder.migrations)
        .map(|((step, run), migration)| ReportMigration {
            version: step.version.clone(),
            name: step.name.clone(),
            file: slashed(&step.file),
            down_file: step.down.as_ref().map(|down| slashed(&down.place.file)),
            kind: kind(migration.kind).to_owned(),
            applied: run.up.refused.is_none(),
            up_ms: milliseconds(run.up.took()),
            down_ms: run.down.as_ref().map(|down| milliseconds(down.took())),
            transaction: transaction(&step.up),
            reversible: reversible(step, run),
            statements: statements(&step.up, &run.up),
            down_statements: match (&step.down, &run.down) {
                (Some(script), Some(run)) => statements(script, run),
                _ => Vec::new(),
            },
            differences: differences(run),
        })
        .collect()
}

fn kind(kind: MigrationKind) -> &'static str {
    match kind {
        MigrationKind::Versioned => "versioned",
        MigrationKind::Repeatable => "repeatable",
        MigrationKind::Baseline => "baseline",
        MigrationKind::WholeSchema => "whole-schema",
    }
}

pub(super) fn transaction(script: &Script) -> TransactionWord {
    if script.bounds_transactions() {
        return TransactionWord::Own;
    }
    match (script.delivery, script.course(freehold_model::version::NEWEST_MAJOR)) {
        (Delivery::Separate, _) | (_, Course::Separately { .. }) => TransactionWord::None,
        (Delivery::Wrapped, _) => TransactionWord::Wrapped,
        (Delivery::Implicit, _) => TransactionWord::Implicit,
    }
}

/// Whether up, down and up gave the same again: proven only when it was done and nothing but column order differed.
pub(super) fn reversible(step: &Step, run: &StepRun) -> VerdictWord {
    if run.up.refused.is_some() {
        return VerdictWord::Undecided;
    }
    let Some(down) = &step.down else { return VerdictWord::NothingToProve };
    let refused = run.down.as_ref().is_none_or(|d| d.refused.is_some()) || run.reapply_refused.is_some();
    let differs =
        run.down_differences.iter().chain(&run.reapply_differences).any(|d| weight(d) > Weight::KeptLabels);
    let loses = matches!(&run.rows, RowsOutcome::Compared { fates, .. } if fates.iter().any(|fate| fate.gone > 0 || fate.columns_gone || (fate.lost > 0 && fate.lost_by_down)));
    if refused || differs || loses {
        VerdictWord::Refuted
    } else if !run.went_there_and_back {
        VerdictWord::Undecided
    } else if down.statements.is_empty() && step.up.statements.is_empty() {
        VerdictWord::NothingToProve
    } else {
        VerdictWord::Proven
    }
}

fn statements(script: &Script, run: &ScriptRun) -> Vec<ReportStatement> {
    run.statements
        .iter()
        .filter_map(|observed| {
            let statement = script.statements.get(observed.index)?;
            Some(ReportStatement {
                line: statement.place.start.line,
                column: statement.place.start.column,
                headline: statement.headline.clone(),
                ms: milliseconds(observed.took),
                locks: locks(observed),
                rewrites: observed.rewrites.iter().map(|r| r.display.clone()).collect(),
                scans: observed.scans.iter().map(|r| r.display.clone()).collect(),
                index_builds: observed
                    .index_builds
                    .iter()
                    .map(|b| ReportIndexBuild {
                        index: b.index.clone(),
                        relation: b.relation.display.clone(),
                    })
                    .collect(),
                growth: observed.growth.as_ref().map(growth),
            })
        })
        .collect()
}

fn locks(observed: &Observed) -> Vec<ReportLock> {
    observed
        .locks
        .iter()
        .map(|lock| ReportLock {
            relation: lock.relation.display.clone(),
            mode: lock.mode.to_string(),
            blocks: LockBlocks::from(lock.mode.blocks()),
            held_ms: milliseconds(lock.held),
            waited_for: None,
        })
        .collect()
}

fn growth(growth: &observation::Growth) -> Growth {
    let (kind, measured) = match growth {
        observation::Growth::NotMeasured { why } => return Growth::not_measured(why.clone()),
        observation::Growth::Constant(measured) => (GrowthKind::Constant, measured),
        observation::Growth::Grows(measured) => (GrowthKind::Grows, measured),
    };
    Growth {
        kind,
        seconds_per_million_rows: Some((measured.seconds_per_million * 1000.0).round() / 1000.0),
        small_rows: Some(measured.small_rows),
        small_ms: Some(milliseconds(measured.small)),
        large_rows: Some(measured.large_rows),
        large_ms: Some(milliseconds(measured.large)),
        why: None,
    }
}

fn differences(run: &StepRun) -> Vec<ReportDifference> {
    let told = |list: &[freehold_model::catalog::Difference], after| {
        list.iter()
            .map(|d| ReportDifference { line: d.to_string(), after, order_only: d.order_only() })
            .collect::<Vec<_>>()
    };
    let mut all = told(&run.down_differences, DifferenceAfter::Down);
    all.extend(told(&run.reapply_differences, DifferenceAfter::UpAgain));
    all
}

/// What was seen only in part; `measure_asked` says that every measurement was asked for.
pub(super) fn gaps(steps: &[Step], rehearsal: &Rehearsal, measure_asked: bool) -> Vec<NotVerified> {
    let mut gaps = Vec::new();
    for (step, run) in steps.iter().zip(&rehearsal.steps) {
        if run.up.refused.is_some() && !step.left_out_before.is_empty() {
            gaps.push(NotVerified::asked(
                step.label(),
                "it needs what a migration before it makes that is no SQL",
            ));
        }
        if let RowsOutcome::NotTried { why } = &run.rows {
            gaps.push(NotVerified::for_completeness(
                format!("whether rows survive {}", step.label()),
                why.clone(),
            ));
        }
        if let RowsOutcome::Compared { without_down: Some(why), .. } = &run.rows {
            gaps.push(NotVerified::for_completeness(
                format!("what the down of {} does to rows", step.label()),
                why.clone(),
            ));
        }
        for observed in &run.up.statements {
            let Some(statement) = step.up.statements.get(observed.index) else { continue };
            let place = format!("{}:{}", slashed(&statement.place.file), statement.place.start.line);
            if let Some(why) = &observed.unseen {
                gaps.push(NotVerified::for_completeness(format!("the locks of {place}"), why.clone()));
            }
            if let Some(observation::Growth::NotMeasured { why }) = &observed.growth {
                let what = format!("how the time of {place} grows with the rows");
                gaps.push(if measure_asked {
                    NotVerified::asked(what, why.clone())
                } else {
                    NotVerified::for_completeness(what, why.clone())
                });
            }
        }
    }
    gaps
}
