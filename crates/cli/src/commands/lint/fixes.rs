//! `freehold lint --fix` and `--diff`: what was changed, or would be, for people.

use std::fmt::Write as _;

use freehold_app::lint::{
    Request,
    fix::{Changed, FixError, Fixed, SchemaAfter, run},
};
use similar::TextDiff;
use tokio::runtime::Runtime;

use crate::{commands::Context, exit::Exit, failure::Failure};

/// Prints the changes as a diff that `patch -p1` takes in the folder of migrations.
pub(super) fn shown(
    context: &Context<'_>,
    runtime: &Runtime,
    request: &Request,
    all: bool,
) -> Result<Exit, Failure> {
    let fixed = fixed(runtime, request, all, false)?;
    let diff: String = fixed.changed.iter().map(diff).collect();
    context.printer.out(&diff);
    context.printer.remark(&summary(&fixed, "would be changed"));
    Ok(if fixed.changed.is_empty() { Exit::CLEAN } else { Exit::FINDINGS })
}

/// Changes the files and says which.
pub(super) fn written(
    context: &Context<'_>,
    runtime: &Runtime,
    request: &Request,
    all: bool,
) -> Result<(), Failure> {
    let fixed = fixed(runtime, request, all, true)?;
    context.printer.remark(&summary(&fixed, "changed"));
    Ok(())
}

fn fixed(runtime: &Runtime, request: &Request, all: bool, write: bool) -> Result<Fixed, Failure> {
    let outcome = runtime.block_on(run(request, all, write));
    request.progress.done();
    outcome.map_err(|error: FixError| {
        let help = error.help();
        let failure = Failure::from_error(&error);
        match help {
            Some(help) => failure.helped(help),
            None => failure,
        }
    })
}

fn diff(file: &Changed) -> String {
    let (before, after) =
        (file.before.as_deref().unwrap_or_default(), file.after.as_deref().unwrap_or_default());
    let place = file.place.display();
    let name = |there: bool, side: &str| {
        if there { format!("{side}/{place}") } else { "/dev/null".to_owned() }
    };
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&name(file.before.is_some(), "a"), &name(file.after.is_some(), "b"))
        .to_string()
}

fn summary(fixed: &Fixed, what: &str) -> String {
    let mut text = String::new();
    for change in &fixed.changes {
        let _ = writeln!(text, "fixed {change}");
    }
    for left in &fixed.left {
        let _ = writeln!(text, "left  {left}");
    }
    let count = fixed.changed.len();
    let noun = if count == 1 { "file" } else { "files" };
    let _ = write!(text, "{count} {noun} {what}");
    match &fixed.schema {
        SchemaAfter::Unchanged => {}
        SchemaAfter::Same => text.push_str("; rehearsed: the schema that comes out is the same"),
        SchemaAfter::NotCompared(why) => {
            let _ = write!(text, "; not rehearsed: {why}");
        }
        SchemaAfter::Differs(lines) => {
            text.push_str("; rehearsed: the schema that comes out differs in");
            for line in lines {
                let _ = write!(text, "\n  {line}");
            }
        }
    }
    text
}
