//! `freehold isolation --fix` and `--diff`: the migration that closes what leaked.

use std::fmt::Write as _;

use freehold_app::isolation::{
    Request,
    close::{Closed, close},
};
use tokio::runtime::Runtime;

use crate::{commands::Context, exit::Exit, failure::Failure};

/// Tries the fix and prints it; with `write` it is put into the folder.
pub(super) fn run(
    context: &Context<'_>,
    runtime: &Runtime,
    request: Request,
    citus: bool,
    write: bool,
) -> Result<Exit, Failure> {
    let project_dir = request.project.project_dir.clone();
    let closed =
        runtime.block_on(close(request, citus, write)).map_err(|error| Failure::explained(&error))?;
    if !closed.up.is_empty() && closed.files.is_empty() {
        context.printer.out(&format!("-- up\n{}\n-- down\n{}", closed.up, closed.down));
    }
    for file in &closed.files {
        let shown = file.strip_prefix(&project_dir).unwrap_or(file);
        context.printer.out(&format!("wrote {}\n", shown.display()));
    }
    context.printer.remark(&summary(&closed));
    Ok(match (closed.leaks_before, closed.leaks_after.is_empty()) {
        (0, _) => Exit::CLEAN,
        (_, true) if write => Exit::CLEAN,
        _ => Exit::FINDINGS,
    })
}

fn summary(closed: &Closed) -> String {
    let mut text = String::new();
    for remark in &closed.remarks {
        let _ = writeln!(text, "note  {remark}");
    }
    for left in &closed.leaks_after {
        let _ = writeln!(text, "still leaks  {left}");
    }
    for remains in &closed.remains {
        let _ = writeln!(text, "by hand  {remains}");
    }
    for left in &closed.down_leaves {
        let _ = writeln!(text, "the way back leaves  {left}");
    }
    if closed.leaks_before == 0 {
        text.push_str("nothing leaked, so there is nothing to mend");
        return text;
    }
    let before = closed.leaks_before;
    let _ = write!(
        text,
        "{before} {} before, {} after; applied to rows of three tenants, proved again, {}",
        if before == 1 { "leak" } else { "leaks" },
        closed.leaks_after.len(),
        if closed.up.is_empty() {
            "nothing of it could be closed by SQL"
        } else if closed.down_leaves.is_empty() {
            "and taken back: the schema is as it was"
        } else {
            "and taken back, which is not whole"
        }
    );
    text
}
