//! Events and endings of runs, for people and for programs.

use std::sync::Arc;

use freehold_app::{
    explain::excerpt_in,
    migrate::{
        Prepared, RunError,
        events::{EventKind, MigrateEvent, RunSummary},
        excerpt_of, next_step,
        policy::Refused,
        run::{End, Ran, TargetEnd, Tell},
        status::Trouble,
    },
};

use super::{
    arguments::Form,
    fleet::{Watching, line},
    human,
};
use crate::{failure::Failure, printer::Printer};

/// So many failures are shown with their lines; the others by name.
const SHOWN_WHOLE: usize = 3;

/// Who is told of events.
#[derive(Clone)]
pub(super) enum Audience {
    /// A program: one JSON object a line.
    Program(Printer),
    /// Somebody who works on one database.
    One(Printer),
    /// Somebody who works on many.
    Many(Arc<Watching>),
}

impl Audience {
    pub(super) fn new(printer: &Printer, form: Form, targets: usize) -> Self {
        match (form, targets) {
            (Form::Json, _) => Self::Program(printer.clone()),
            (Form::Human, 0 | 1) => Self::One(printer.clone()),
            (Form::Human, _) => Self::Many(Arc::new(Watching::new(printer, targets))),
        }
    }

    /// What is called with each event.
    pub(super) fn teller(&self) -> Arc<Tell> {
        match self.clone() {
            Self::Program(printer) => {
                Arc::new(move |event| printer.out(&freehold_app::render::json_line(event)))
            }
            Self::One(printer) => Arc::new(move |event| one(&printer, event)),
            Self::Many(watching) => Arc::new(move |event| watching.event(event)),
        }
    }

    /// Nothing more comes.
    pub(super) fn done(&self) {
        if let Self::Many(watching) = self {
            watching.done();
        }
    }
}

fn one(printer: &Printer, event: &MigrateEvent) {
    if let Some(text) = human::done(event).filter(|_| !printer.quiet()) {
        printer.out(&line(&text));
    } else if let Some(text) = human::remark(event) {
        printer.remark(&text);
    } else if let EventKind::Applying { migration, number, of } = &event.what
        && printer.verbose()
    {
        printer.remark(&format!("{number} of {of}: {}", migration.label()));
    }
}

/// How a run ended: what was refused, what failed, and what all of it comes to. Failures are shown to people whatever the
/// form, for they go to standard error.
pub(super) fn ended(printer: &Printer, form: Form, ran: &Ran, prepared: &Prepared) {
    if let Some(refused) = &ran.refused {
        for failure in refusals(refused, prepared) {
            printer.failure(&failure);
        }
        return;
    }
    match ran.targets.as_slice() {
        [one] => ended_one(printer, form, one, prepared),
        many => ended_many(printer, form, ran, many, prepared),
    }
}

fn ended_one(printer: &Printer, form: Form, target: &TargetEnd, prepared: &Prepared) {
    match &target.end {
        End::Failed(error) => {
            printer.failure(&failure(error, prepared));
        }
        End::Gone { what, error } => {
            printer.failure(&gone(what, error));
        }
        End::NotTried(why) => {
            printer.failure(&Failure::new(format!("{}: {why}", target.target), None));
        }
        End::Stopped(done) => {
            printer.failure(&stopped(&target.target, done.left));
        }
        End::UpToDate(done) if form == Form::Human && !printer.quiet() => {
            printer.out(&line(&up_to_date(&target.target, done.version.as_deref())));
        }
        End::Changed(done) if form == Form::Human && !printer.quiet() => {
            printer.out(&line(&changed(&target.target, done.version.as_deref())));
        }
        End::UpToDate(_) | End::Changed(_) => {}
    }
}

fn up_to_date(target: &str, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("{target} is at {version}; nothing to do"),
        None => format!("nothing is applied to {target}; nothing to do"),
    }
}

fn changed(target: &str, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("{target} is at {version}"),
        None => format!("nothing is applied to {target} any more"),
    }
}

fn ended_many(printer: &Printer, form: Form, ran: &Ran, targets: &[TargetEnd], prepared: &Prepared) {
    let unfinished: Vec<&TargetEnd> =
        targets.iter().filter(|t| !matches!(t.end, End::Changed(_) | End::UpToDate(_))).collect();
    let mut shown: Vec<Vec<String>> = Vec::new();
    for target in &unfinished {
        let Some(failure) = target.end.error().map(|error| failure(error, prepared)) else { continue };
        // What is the same on many targets is shown once; the summary names them all.
        if shown.len() < SHOWN_WHOLE && !shown.contains(&failure.lines()) {
            shown.push(failure.lines());
            printer.failure(&failure.of(&target.target));
        }
    }
    if form == Form::Json || printer.quiet() && unfinished.is_empty() {
        return;
    }
    let summary = ran.summary(targets.len());
    let seconds = ran.took.as_secs_f64();
    let mut text = format!(
        "{} of {} done: {} in {}",
        summary.changed + summary.up_to_date,
        human::count(targets.len(), "target"),
        human::count(summary.migrations, "migration"),
        human::milliseconds(summary.took_ms)
    );
    if summary.migrations > 0 && seconds > 0.0 {
        text.push_str(&format!(" ({:.0} a second)", summary.migrations as f64 / seconds));
    }
    text.push('\n');
    for target in &summary.unfinished {
        let reason = super::fleet::first_line(&target.reason);
        text.push_str(&line(&format!("  {}: {}: {reason}", target.target, target.end.replace('-', " "))));
    }
    if !summary.unfinished.is_empty() {
        text.push_str("The same command again does only what is left.\n");
    }
    printer.out(&text);
}

/// What stopped a run, with the lines that it is about.
pub(super) fn failure(error: &RunError, prepared: &Prepared) -> Failure {
    let failure = Failure::from_error(error).with_excerpt(excerpt_of(error, prepared));
    match next_step(error) {
        Some(help) => failure.helped(help),
        None => failure,
    }
}

fn gone(what: &str, error: &RunError) -> Failure {
    let failure = Failure::new(what, None);
    match next_step(error) {
        Some(help) => failure.helped(help),
        None => failure,
    }
}

fn stopped(target: &str, left: usize) -> Failure {
    Failure::new(
        format!("{target}: stopped as asked; {} left to do", human::count(left, "migration")),
        Some("What is applied is complete; `freehold migrate up` goes on from there.".to_owned()),
    )
}

/// The events of a run that could not be begun.
pub(super) fn not_begun(printer: &Printer, failure: &Failure) {
    let error = failure.lines().join(": ");
    let failed = EventKind::Failed { migration: None, error, sqlstate: None, place: None };
    let summary = EventKind::Summary(RunSummary::not_begun());
    for what in [failed, summary] {
        printer.out(&freehold_app::render::json_line(&MigrateEvent::now(None, what)));
    }
}

/// A target that could not be looked at.
pub(super) fn troubled(target: &str, trouble: &Trouble) -> Failure {
    Failure::new(format!("{target}: {}", trouble.error), trouble.help.clone())
}

/// Each reason against a command, with the lines that it is about.
fn refusals(refused: &Refused, prepared: &Prepared) -> Vec<Failure> {
    let shown = |problem| {
        let failure = Failure::new(refused.sentence(problem), refused.help(problem));
        failure.with_excerpt(problem.place().and_then(|place| excerpt_in(place, prepared)))
    };
    refused.problems.iter().map(shown).collect()
}
