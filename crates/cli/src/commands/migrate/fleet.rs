//! Many targets on a terminal: a bar while they are worked on, or a line for each that is done.

use std::sync::Arc;

use freehold_app::{
    migrate::events::{EventKind, MigrateEvent},
    progress::Progress,
};

use crate::printer::Printer;

/// Shows the progress of many targets.
pub(super) struct Watching {
    printer: Printer,
    bar: Arc<dyn Progress>,
    /// A bar shows what is done; without one, a line does.
    lines: bool,
}

impl Watching {
    pub(super) fn new(printer: &Printer, targets: usize) -> Self {
        let bar = printer.progress();
        bar.phase("Migrating", Some(targets as u64));
        Self { printer: printer.clone(), bar, lines: !printer.is_watched() }
    }

    pub(super) fn done(&self) {
        self.bar.done();
    }

    /// One event of one target.
    pub(super) fn event(&self, event: &MigrateEvent) {
        let target = event.target.as_deref().unwrap_or_default();
        match &event.what {
            EventKind::Finished { migrations, took_ms } => {
                self.bar.step(target);
                if self.lines && *migrations > 0 && !self.printer.quiet() {
                    let count = super::human::count(*migrations, "migration");
                    let took = super::human::milliseconds(*took_ms);
                    self.printer.out(&line(&format!("{target}: {count} ({took})")));
                }
            }
            EventKind::Failed { error, .. } => {
                self.bar.step(target);
                if self.lines {
                    self.printer.remark(&format!("{target}: {}", first_line(error)));
                }
            }
            _ if self.lines => {
                if let Some(remark) = super::human::remark(event) {
                    self.printer.remark(&format!("{target}: {remark}"));
                }
            }
            _ => {}
        }
    }
}

pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// One line of output, made harmless, with the blanks that it begins with.
pub(super) fn line(text: &str) -> String {
    let indent = text.len() - text.trim_start_matches(' ').len();
    format!("{:indent$}{}\n", "", freehold_app::render::one_line(text))
}
