//! The claims that a check puts to the experiment, with their verdicts in words and counts.

use freehold_model::catalog::Difference;
use freehold_prove::{
    observation::RowsOutcome,
    rehearsal::{Rehearsal, RepeatRefused},
    step::Step,
};

use super::record::reversible;
use crate::report::{ReportClaim, VerdictWord};

/// All claims, in the order in which they are told.
pub(super) fn claims(
    steps: &[Step],
    rehearsal: &Rehearsal,
    repeated: Option<&Result<Vec<Difference>, RepeatRefused>>,
) -> Vec<ReportClaim> {
    let mut claims =
        vec![applies(steps, rehearsal), restores(steps, rehearsal), keeps_rows(steps, rehearsal)];
    if let Some(outcome) = repeated {
        claims.push(repeats(steps, outcome));
    }
    claims
}

fn claim(claim: &str, verdict: VerdictWord, detail: String) -> ReportClaim {
    ReportClaim { claim: claim.to_owned(), verdict, detail }
}

fn applies(steps: &[Step], rehearsal: &Rehearsal) -> ReportClaim {
    let text = "every migration can be applied to an empty database";
    match rehearsal.stopped_at {
        Some(number) => {
            let label = steps.get(number).map(Step::label).unwrap_or_default();
            claim(text, VerdictWord::Refuted, format!("{label} is refused, {number} before it were applied"))
        }
        None if steps.is_empty() => {
            claim(text, VerdictWord::NothingToProve, "no migration could be run".to_owned())
        }
        None => claim(text, VerdictWord::Proven, format!("{} applied in order", steps.len())),
    }
}

fn restores(steps: &[Step], rehearsal: &Rehearsal) -> ReportClaim {
    let text = "every down undoes its up, and the up can be applied again";
    let verdicts: Vec<VerdictWord> =
        steps.iter().zip(&rehearsal.steps).map(|(step, run)| reversible(step, run)).collect();
    let count = |wanted: VerdictWord| verdicts.iter().filter(|v| **v == wanted).count();
    let (proven, refuted) = (count(VerdictWord::Proven), count(VerdictWord::Refuted));
    let undecided = steps
        .iter()
        .zip(&rehearsal.steps)
        .filter(|(step, run)| run.up.refused.is_none() && reversible(step, run) == VerdictWord::Undecided)
        .count();
    let without = count(VerdictWord::NothingToProve);
    let detail =
        format!("{proven} proven, {refuted} refuted, {undecided} undecided, {without} without a down");
    let verdict = if refuted > 0 {
        VerdictWord::Refuted
    } else if undecided > 0 {
        VerdictWord::Undecided
    } else if proven > 0 {
        VerdictWord::Proven
    } else {
        VerdictWord::NothingToProve
    };
    claim(text, verdict, detail)
}

fn keeps_rows(steps: &[Step], rehearsal: &Rehearsal) -> ReportClaim {
    let text = "no rows that were there before are lost over up and down";
    let (mut kept, mut lost, mut not_tried) = (0_usize, 0_usize, 0_usize);
    for (_, run) in steps.iter().zip(&rehearsal.steps) {
        match &run.rows {
            RowsOutcome::NotConcerned => {}
            RowsOutcome::Compared { fates } if fates.iter().any(|fate| fate.lost > 0) => lost += 1,
            RowsOutcome::Compared { .. } => kept += 1,
            RowsOutcome::RefusedByRows { .. } | RowsOutcome::NotTried { .. } => not_tried += 1,
        }
    }
    let detail = format!(
        "{kept} migrations that touch rows kept them, {lost} lost some, {not_tried} could not be tried; the others \
         touch none"
    );
    let verdict = match (lost, kept) {
        (1.., _) => VerdictWord::Refuted,
        (0, 0) => VerdictWord::NothingToProve,
        // What was not tried is listed among what was not verified.
        (0, _) => VerdictWord::Proven,
    };
    claim(text, verdict, detail)
}

fn repeats(steps: &[Step], outcome: &Result<Vec<Difference>, RepeatRefused>) -> ReportClaim {
    let text = "the folder, applied twice to nothing, gives the same schema";
    match outcome {
        Ok(differences) if differences.is_empty() => {
            claim(text, VerdictWord::Proven, "two fresh scratch databases, no difference".to_owned())
        }
        Ok(differences) => claim(text, VerdictWord::Refuted, format!("{} differences", differences.len())),
        Err(refused) => {
            let label = steps.get(refused.step).map(Step::label).unwrap_or_default();
            claim(text, VerdictWord::Refuted, format!("the second time {label} was refused"))
        }
    }
}
