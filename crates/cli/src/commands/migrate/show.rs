//! Events and failures of migrations, for people and for programs.

use std::sync::Arc;

use freehold_app::migrate::{
    Prepared, RunError,
    events::{EventKind, MigrateEvent},
    excerpt_of,
    run::Tell,
};

use super::common::Form;
use crate::{failure::Failure, printer::Printer};

/// What is done with each event.
pub(super) fn teller(printer: &Printer, form: Form) -> Arc<Tell> {
    let printer = printer.clone();
    match form {
        Form::Json => Arc::new(move |event| printer.out(&format!("{}\n", event.to_json()))),
        Form::Human => Arc::new(move |event| human(&printer, event)),
    }
}

fn human(printer: &Printer, event: &MigrateEvent) {
    let out = |text: String| {
        if !printer.quiet() {
            printer.out(&format!("{}\n", freehold_app::render::visible(&text)));
        }
    };
    match &event.what {
        EventKind::Applied { migration, took_ms, .. } => {
            let word = if migration.goes_down() { "taken back" } else { "applied" };
            out(format!("{word} {} ({took_ms} ms)", migration.label()));
        }
        EventKind::Declared { migration, state } => out(format!("{state} {}", migration.label())),
        EventKind::Finished { migrations: 0, .. } => out("nothing to do".to_owned()),
        _ => {}
    }
}

/// What stopped a run, with the lines that it is about.
pub(super) fn failure(error: &RunError, prepared: &Prepared) -> Failure {
    let mut failure = Failure::from_error(error).with_excerpt(excerpt_of(error, prepared));
    if let Some(help) = error.help() {
        failure = failure.helped(help);
    }
    failure
}
