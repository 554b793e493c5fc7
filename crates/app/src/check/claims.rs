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
    let refused = rehearsal.steps.iter().filter(|run| run.up.refused.is_some()).count();
    match rehearsal.stopped_at {
        Some(number) => {
            let label = steps.get(number).map(Step::label).unwrap_or_default();
            claim(text, VerdictWord::Refuted, stopped_words(&label, number))
        }
        None if steps.is_empty() => claim(text, VerdictWord::NothingToProve, NONE_RUN.to_owned()),
        // Refused without stopping the rehearsal: what they need may have been made by a migration that is no SQL.
        None if refused > 0 => {
            let applied = (steps.len() - refused.min(steps.len()), "applied");
            let open = (refused, "not, for want of migrations before them that are no SQL");
            claim(text, VerdictWord::Undecided, list(&[applied, open]))
        }
        None => {
            let words = format!("{} applied", count(steps.len(), "migration"));
            claim(text, VerdictWord::Proven, words)
        }
    }
}

fn stopped_words(label: &str, applied: usize) -> String {
    match applied {
        0 => format!("{label} is refused, and it is the first"),
        1 => format!("{label} is refused; the one before it was applied"),
        more => format!("{label} is refused; the {more} before it were applied"),
    }
}

fn restores(steps: &[Step], rehearsal: &Rehearsal) -> ReportClaim {
    let mut seen = Restored::default();
    for (step, run) in steps.iter().zip(&rehearsal.steps) {
        match reversible(step, run) {
            _ if run.up.refused.is_some() => seen.not_applied += 1,
            VerdictWord::Proven => seen.proven += 1,
            VerdictWord::Refuted => seen.refuted += 1,
            VerdictWord::Undecided => seen.undecided += 1,
            VerdictWord::NothingToProve if step.down.is_some() => seen.empty += 1,
            VerdictWord::NothingToProve => seen.without += 1,
        }
    }
    let text = "every down undoes its up, and the up can be applied again";
    claim(text, seen.verdict(), seen.words())
}

/// How many migrations came back from up and down.
#[derive(Debug, Default)]
struct Restored {
    proven: usize,
    refuted: usize,
    undecided: usize,
    /// They have a down, but neither script says anything.
    empty: usize,
    without: usize,
    not_applied: usize,
}

impl Restored {
    fn verdict(&self) -> VerdictWord {
        match (self.refuted, self.undecided, self.proven) {
            (1.., _, _) => VerdictWord::Refuted,
            (0, 1.., _) => VerdictWord::Undecided,
            (0, 0, 1..) => VerdictWord::Proven,
            (0, 0, 0) => VerdictWord::NothingToProve,
        }
    }

    fn words(&self) -> String {
        let words = list(&[
            (self.proven, "proven"),
            (self.refuted, "refuted"),
            (self.undecided, "undecided"),
            (self.empty, "with nothing to undo"),
            (self.without, "without a down"),
            (self.not_applied, "not applied"),
        ]);
        if words.is_empty() { NONE_RUN.to_owned() } else { words }
    }
}

fn keeps_rows(steps: &[Step], rehearsal: &Rehearsal) -> ReportClaim {
    let mut seen = Kept::default();
    for (_, run) in steps.iter().zip(&rehearsal.steps) {
        match &run.rows {
            RowsOutcome::NotConcerned => seen.untouched += 1,
            RowsOutcome::Compared { fates, .. } if fates.is_empty() => seen.untouched += 1,
            RowsOutcome::Compared { fates, .. }
                if fates.iter().any(|fate| {
                    fate.gone > 0 || fate.columns_gone || (fate.lost > 0 && fate.lost_by_down)
                }) =>
            {
                seen.lost += 1
            }
            RowsOutcome::Compared { .. } => seen.kept += 1,
            RowsOutcome::RefusedByRows { .. } => seen.refused += 1,
            RowsOutcome::NotTried { .. } => seen.not_tried += 1,
        }
    }
    claim("no rows that were there before are lost over up and down", seen.verdict(), seen.words())
}

/// What became of rows, in numbers of migrations.
#[derive(Debug, Default)]
struct Kept {
    kept: usize,
    lost: usize,
    /// The scripts do not run where there are rows.
    refused: usize,
    not_tried: usize,
    untouched: usize,
}

impl Kept {
    fn verdict(&self) -> VerdictWord {
        match (self.lost, self.kept) {
            (1.., _) => VerdictWord::Refuted,
            (0, 0) => VerdictWord::NothingToProve,
            // What was not tried is listed among what was not verified.
            (0, _) => VerdictWord::Proven,
        }
    }

    fn words(&self) -> String {
        let kinds = [
            (self.kept, "kept them"),
            (self.lost, "lost some"),
            (self.refused, "failed on them"),
            (self.not_tried, "could not be tried"),
        ];
        let touching: usize = kinds.iter().map(|(number, _)| number).sum();
        let only = kinds.iter().find(|(number, _)| *number == touching);
        match (touching, only) {
            (0, _) if self.untouched == 0 => NONE_RUN.to_owned(),
            (0, _) => "no migration was seen to touch rows that were there before".to_owned(),
            (1, Some((_, verb))) => format!("the one migration that touches rows {verb}"),
            (_, Some((_, verb))) => format!("all {touching} migrations that touch rows {verb}"),
            (_, None) => format!("of {touching} migrations that touch rows, {}", list(&kinds)),
        }
    }
}

fn repeats(steps: &[Step], outcome: &Result<Vec<Difference>, RepeatRefused>) -> ReportClaim {
    let text = "the folder, applied twice to nothing, gives the same schema";
    match outcome {
        _ if steps.is_empty() => claim(text, VerdictWord::NothingToProve, NONE_RUN.to_owned()),
        Ok(differences) if differences.is_empty() => {
            claim(text, VerdictWord::Proven, "two fresh scratch databases, no difference".to_owned())
        }
        Ok(differences) => claim(text, VerdictWord::Refuted, count(differences.len(), "difference")),
        Err(refused) => {
            let label = steps.get(refused.step).map(Step::label).unwrap_or_default();
            claim(text, VerdictWord::Refuted, format!("the second time {label} was refused"))
        }
    }
}

const NONE_RUN: &str = "no migration could be run";

/// `1 migration`, `2 migrations`.
fn count(number: usize, singular: &str) -> String {
    if number == 1 { format!("1 {singular}") } else { format!("{number} {singular}s") }
}

/// `2 proven, 1 refuted`: what is zero is not told.
fn list(parts: &[(usize, &str)]) -> String {
    let told = parts.iter().filter(|(number, _)| *number > 0);
    told.map(|(number, words)| format!("{number} {words}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_in_a_sentence_for_every_mixture() {
        let words = |kept, lost, refused, not_tried, untouched| {
            Kept { kept, lost, refused, not_tried, untouched }.words()
        };
        assert_eq!(words(0, 0, 0, 0, 0), "no migration could be run");
        assert_eq!(words(0, 0, 0, 0, 7), "no migration was seen to touch rows that were there before");
        assert_eq!(words(1, 0, 0, 0, 7), "the one migration that touches rows kept them");
        assert_eq!(words(0, 1, 0, 0, 0), "the one migration that touches rows lost some");
        assert_eq!(words(0, 0, 1, 0, 0), "the one migration that touches rows failed on them");
        assert_eq!(words(0, 0, 0, 1, 0), "the one migration that touches rows could not be tried");
        assert_eq!(words(12, 0, 0, 0, 0), "all 12 migrations that touch rows kept them");
        assert_eq!(
            words(20, 19, 4, 2, 240),
            "of 45 migrations that touch rows, 20 kept them, 19 lost some, 4 failed on them, 2 could not be tried"
        );
        assert_eq!(
            words(1, 0, 0, 1, 0),
            "of 2 migrations that touch rows, 1 kept them, 1 could not be tried"
        );
    }

    #[test]
    fn one_lost_row_outweighs_all_kept_ones_and_none_at_all_is_no_proof() {
        let verdict = |kept, lost| Kept { kept, lost, ..Kept::default() }.verdict();
        assert_eq!(verdict(9, 1), VerdictWord::Refuted);
        assert_eq!(verdict(9, 0), VerdictWord::Proven);
        assert_eq!(verdict(0, 0), VerdictWord::NothingToProve);
    }

    #[test]
    fn the_way_back_is_told_without_zeros() {
        let all = Restored { proven: 249, refuted: 35, undecided: 0, empty: 0, without: 1, not_applied: 0 };
        assert_eq!(all.words(), "249 proven, 35 refuted, 1 without a down");
        assert_eq!(all.verdict(), VerdictWord::Refuted);
        assert_eq!(Restored::default().words(), "no migration could be run");
        let open = Restored { proven: 3, undecided: 1, ..Restored::default() };
        assert_eq!(
            (open.verdict(), open.words().as_str()),
            (VerdictWord::Undecided, "3 proven, 1 undecided")
        );
        let without = Restored { without: 163, ..Restored::default() };
        assert_eq!(without.verdict(), VerdictWord::NothingToProve);
        assert_eq!(without.words(), "163 without a down");
        let empty = Restored { empty: 1, not_applied: 1, ..Restored::default() };
        assert_eq!(empty.words(), "1 with nothing to undo, 1 not applied");
    }

    #[test]
    fn a_refused_migration_is_told_with_what_came_before() {
        assert_eq!(stopped_words("1 a", 0), "1 a is refused, and it is the first");
        assert_eq!(stopped_words("2 b", 1), "2 b is refused; the one before it was applied");
        assert_eq!(stopped_words("9 c", 8), "9 c is refused; the 8 before it were applied");
        assert_eq!(count(1, "migration"), "1 migration");
    }
}
