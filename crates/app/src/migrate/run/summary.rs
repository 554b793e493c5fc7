//! The last events of a run: what failed, what was refused, and what all of it comes to.

use std::error::Error;

use freehold_model::place::Place;

use super::{End, Ran, Tell};
use crate::migrate::events::{EventKind, MigrateEvent, RunSummary, Unfinished, whole_ms};
use crate::migrate::next_step;

impl Ran {
    /// Tells how it ended: each refusal, then the summary. `count` is the number of targets.
    pub(super) fn tell(&self, tell: &Tell, count: usize) {
        if let Some(refused) = &self.refused {
            for problem in &refused.problems {
                let what = EventKind::Refused {
                    rule: problem.rule().to_owned(),
                    reason: refused.sentence(problem),
                    help: refused.help(problem),
                    place: problem.place().map(shown),
                };
                tell(&MigrateEvent::now(None, what));
            }
        }
        for target in &self.targets {
            if let End::NotTried(reason) = &target.end {
                let what = EventKind::NotTried { reason: reason.clone() };
                tell(&MigrateEvent::now(Some(&target.target), what));
            }
        }
        tell(&MigrateEvent::now(None, EventKind::Summary(self.summary(count))));
    }

    /// What the run came to, for programs.
    pub fn summary(&self, count: usize) -> RunSummary {
        let of = |wanted: &str| self.targets.iter().filter(|target| target.end.word() == wanted).count();
        let unfinished = self.targets.iter().filter_map(|target| {
            let (reason, help) = match &target.end {
                End::Changed(_) | End::UpToDate(_) => return None,
                End::Stopped(done) => (format!("stopped; {} migrations are left to do", done.left), None),
                End::NotTried(why) => (why.clone(), None),
                End::Failed(error) => (with_causes(&**error), next_step(error)),
                End::Gone { what, error } => (what.clone(), next_step(error)),
            };
            Some(Unfinished {
                target: target.target.clone(),
                end: target.end.word().to_owned(),
                reason,
                help,
            })
        });
        RunSummary {
            exit_code: self.outcome().code(),
            targets: count,
            changed: of("changed"),
            up_to_date: of("up-to-date"),
            migrations: self.targets.iter().filter_map(|t| t.end.done()).map(|done| done.ran.len()).sum(),
            unfinished: unfinished.collect(),
            took_ms: whole_ms(self.took),
        }
    }
}

/// An error and its causes on one line.
pub(in crate::migrate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// File, line and column.
pub(in crate::migrate) fn shown(place: &Place) -> String {
    format!("{}:{}:{}", crate::report::slashed(&place.file), place.start.line, place.start.column)
}
