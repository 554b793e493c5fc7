//! Which locks were in force while a statement worked through the rows of a table that was there before.

use std::collections::BTreeMap;

use freehold_model::{
    finding::{Evidence, Finding, Rule, Severity, Subject},
    lock::{Blocks, LockMode},
};

use super::Case;
use crate::{
    observation::{Growth, Observed, RelationSeen},
    step::ScriptStatement,
};

/// A statement, a table that was there, and the strongest lock held on it while the statement ran.
pub(super) struct InForce<'a> {
    pub(super) statement: &'a ScriptStatement,
    pub(super) observed: &'a Observed,
    pub(super) relation: RelationSeen,
    pub(super) mode: LockMode,
    /// True when an earlier statement of the script had taken the lock.
    pub(super) taken_before: bool,
}

/// For each statement of the up, the relations picked by `pick` on which a lock held up reads or writes.
pub(super) fn holding_up<'a>(
    case: &'a Case<'_>,
    pick: impl Fn(&Observed) -> Vec<RelationSeen>,
) -> Vec<InForce<'a>> {
    let mut strongest: BTreeMap<u32, LockMode> = BTreeMap::new();
    let mut transaction = None;
    let mut found = Vec::new();
    for observed in &case.run.up.statements {
        if transaction.replace(observed.transaction) != Some(observed.transaction) {
            // Its end has let go of all locks.
            strongest.clear();
        }
        let Some(statement) = case.step.up.statements.get(observed.index) else { continue };
        let before = strongest.clone();
        for lock in &observed.locks {
            let mode = strongest.entry(lock.relation.oid).or_insert(lock.mode);
            *mode = (*mode).max(lock.mode);
        }
        for relation in pick(observed) {
            let Some(mode) = strongest.get(&relation.oid).copied() else { continue };
            if holds_up(&relation, mode) {
                let taken_before = before.get(&relation.oid).is_some_and(|m| m.blocks() >= Blocks::Writes);
                found.push(InForce { statement, observed, relation, mode, taken_before });
            }
        }
    }
    found
}

/// Nobody writes to a materialized view but who refreshes it.
fn holds_up(relation: &RelationSeen, mode: LockMode) -> bool {
    mode.blocks() >= if relation.kind == 'm' { Blocks::ReadsAndWrites } else { Blocks::Writes }
}

impl InForce<'_> {
    /// A finding that names the lock in plain words, with the times as evidence.
    pub(super) fn finding(&self, rule: &'static Rule, case: &Case<'_>, what: &str) -> Finding {
        let message = format!(
            "{what} while holding {} on {} {}, which {}",
            self.mode,
            self.relation.kind_word(),
            self.relation.display,
            self.mode.blocks()
        );
        let held = self
            .observed
            .locks
            .iter()
            .find(|lock| lock.relation.oid == self.relation.oid)
            .map_or(self.observed.took, |lock| lock.held);
        let mut finding =
            Finding::new(rule, Subject::new(self.relation.kind_word(), &self.relation.display), message)
                .at(Some(self.statement.place.clone()))
                .because(Evidence::Ran(self.statement.headline.clone()))
                .because(Evidence::Saw(format!("pg_locks: {} on {}", self.mode, self.relation.display)))
                .because(Evidence::Took { what: "lock held, on the empty table".to_owned(), time: held });
        let rows = case.volumes.rows.get(&self.relation.display).copied();
        match &self.observed.growth {
            Some(Growth::Grows(measured) | Growth::Constant(measured)) => {
                finding = finding
                    .because(Evidence::Took {
                        what: format!("with {} rows", measured.small_rows),
                        time: measured.small,
                    })
                    .because(Evidence::Took {
                        what: format!("with {} rows", measured.large_rows),
                        time: measured.large,
                    })
                    .because(Evidence::Saw(format!(
                        "about {:.2} s per million rows on this machine",
                        measured.seconds_per_million
                    )));
                if let Some(rows) = rows {
                    finding = with_volume(finding, measured.seconds_per_million, rows);
                }
            }
            Some(Growth::NotMeasured { why }) => {
                finding = finding.because(Evidence::Saw(format!("growth with the rows not measured: {why}")));
            }
            None => {}
        }
        match rows.filter(|rows| *rows <= case.volumes.tiny) {
            Some(rows) => {
                finding.because(Evidence::Saw(format!("it has {rows} rows"))).with_severity(Severity::Note)
            }
            None => finding,
        }
    }
}

/// What the measured slope means for the table's size: under a tenth of a second nobody minds, over one everybody does.
fn with_volume(finding: Finding, seconds_per_million: f64, rows: u64) -> Finding {
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    let seconds = seconds_per_million * rows as f64 / 1_000_000.0;
    let severity = match seconds {
        s if s < 0.1 => Severity::Note,
        s if s > 1.0 => Severity::Error,
        _ => finding.severity,
    };
    finding.because(Evidence::Saw(format!("at {rows} rows: about {seconds:.1} s"))).with_severity(severity)
}
