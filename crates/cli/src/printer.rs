//! The one place that prints: reports to standard output or files, remarks and failures to standard error.

use std::{
    fs,
    io::{self, IsTerminal as _, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anstream::{AutoStream, ColorChoice};
use freehold_app::{
    progress::{Progress, Silent},
    render::show_excerpt,
};

use crate::{
    args::{Colour, Global},
    environment::Environment,
    exit::Exit,
    failure::Failure,
    progress::Bar,
};

/// Prints, as the flags and the terminal allow.
#[derive(Debug, Clone)]
pub(crate) struct Printer {
    colour: ColorChoice,
    quiet: bool,
    verbose: bool,
    watched: bool,
    failed: Arc<AtomicBool>,
}

impl Printer {
    /// From the flags and what standard error is.
    pub(crate) fn new(global: &Global, environment: &Environment) -> Self {
        Self {
            colour: match global.color {
                Colour::Auto => ColorChoice::Auto,
                Colour::Always => ColorChoice::Always,
                Colour::Never => ColorChoice::Never,
            },
            quiet: global.quiet,
            verbose: global.verbose > 0,
            watched: io::stderr().is_terminal() && !environment.ci,
            failed: Arc::default(),
        }
    }

    /// True when the person asked for silence.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    /// True when the person asked for more.
    pub(crate) fn verbose(&self) -> bool {
        self.verbose
    }

    /// True when somebody watches a terminal.
    pub(crate) fn is_watched(&self) -> bool {
        self.watched && !self.quiet
    }

    /// Columns of the terminal, or a width that suits files and logs.
    pub(crate) fn width(&self) -> usize {
        let columns =
            [terminal_size::terminal_size_of(io::stdout()), terminal_size::terminal_size_of(io::stderr())];
        let columns = columns.into_iter().flatten().next();
        columns.map_or(120, |(width, _)| usize::from(width.0).max(40))
    }

    /// Something that shows progress if somebody watches.
    pub(crate) fn progress(&self) -> Arc<dyn Progress> {
        if self.is_watched() { Arc::new(Bar::new()) } else { Arc::new(Silent) }
    }

    /// Writes to standard output. A reader who has gone away ends the output quietly.
    pub(crate) fn out(&self, text: &str) {
        let mut stdout = AutoStream::new(io::stdout(), self.colour).lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.failed.store(true, Ordering::Relaxed);
                self.failure(&Failure::unwritable(Path::new("standard output"), &error));
            }
            _ => {}
        }
    }

    /// True when standard output could not be written, other than because its reader went away.
    pub(crate) fn stdout_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Writes a file, without styles.
    pub(crate) fn file(&self, file: &Path, text: &str) -> Result<(), Failure> {
        let plain = anstream::adapter::strip_str(text).to_string();
        fs::write(file, plain).map_err(|error| Failure::unwritable(file, &error))
    }

    /// A remark for a person, on standard error; not with `--quiet`.
    pub(crate) fn remark(&self, text: &str) {
        if !self.quiet {
            self.err(&format!("{}\n", freehold_app::render::visible(text)));
        }
    }

    /// Shows a failure with its chain, its lines and what to do next.
    pub(crate) fn failure(&self, failure: &Failure) -> Exit {
        let text = match &failure.excerpt {
            Some(excerpt) => {
                let title = failure.lines().join("\nbecause: ");
                format!("{}\n", show_excerpt(excerpt, &title, failure.next(), self.width()))
            }
            None => self.drawn(failure),
        };
        self.err(&text);
        Exit::COULD_NOT_RUN
    }

    fn drawn(&self, failure: &Failure) -> String {
        let theme = miette::GraphicalTheme::unicode();
        let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(self.width().max(40));
        let mut text = String::new();
        match handler.render_report(&mut text, failure) {
            Ok(()) => text,
            Err(_) => format!("error: {failure}\n"),
        }
    }

    fn err(&self, text: &str) {
        let mut stderr = AutoStream::new(io::stderr(), self.colour).lock();
        // There is nowhere left to say that this failed.
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}
