//! Progress on a terminal: one line on standard error that goes away.

use std::time::Duration;

use freehold_app::progress::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// A bar with the phase, the place in it and what is worked on.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar that appears with the first phase.
    pub(crate) fn new() -> Self {
        Self { bar: ProgressBar::hidden() }
    }

    fn style(total: Option<u64>) -> ProgressStyle {
        let template = match total {
            Some(_) => "{spinner} {prefix} {bar:24} {pos}/{len} {wide_msg}",
            None => "{spinner} {prefix} {wide_msg}",
        };
        // The templates are fixed; should they be refused, the plain style still shows what is done.
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
    }
}

impl Progress for Bar {
    fn phase(&self, name: &str, total: Option<u64>) {
        // Everything is set before the bar is shown: each change of a bar that is shown draws it.
        self.bar.set_style(Self::style(total));
        self.bar.set_prefix(freehold_app::render::one_line(name));
        self.bar.set_message("");
        self.bar.set_length(total.unwrap_or(0));
        self.bar.set_position(0);
        if self.bar.is_hidden() {
            self.bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            self.bar.enable_steady_tick(Duration::from_millis(120));
        }
    }

    fn step(&self, what: &str) {
        self.bar.inc(1);
        self.bar.set_message(freehold_app::render::one_line(what));
    }

    fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
