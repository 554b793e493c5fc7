//! `freehold isolation --mutate`: which planted faults were caught.

use std::fmt::Write as _;

use freehold_app::isolation::{
    Request,
    mutate::{Fate, Judged, mutate},
};
use tokio::runtime::Runtime;

use crate::{commands::Context, exit::Exit, failure::Failure};

/// Plants the faults and prints what became of each: survivors with the SQL that plants them.
pub(super) fn run(
    context: &Context<'_>,
    runtime: &Runtime,
    request: Request,
    command: Option<&str>,
) -> Result<Exit, Failure> {
    let judged = runtime.block_on(mutate(request, command)).map_err(|error| Failure::explained(&error))?;
    context.printer.out(&shown(&judged, command));
    Ok(if judged.survivors().next().is_some() { Exit::FINDINGS } else { Exit::CLEAN })
}

fn shown(judged: &Judged, command: Option<&str>) -> String {
    let mut text = String::new();
    for tried in &judged.tried {
        let _ = match &tried.fate {
            Fate::Caught(by) if command.is_none() => {
                let more = by.len().saturating_sub(1);
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                writeln!(
                    text,
                    "caught    {}: {}{more}",
                    tried.mutant.name,
                    by.first().map_or("", String::as_str)
                )
            }
            Fate::Caught(_) => writeln!(text, "caught    {}", tried.mutant.name),
            Fate::Survived => {
                let sql = tried.mutant.apply.replace('\n', "\n            ");
                writeln!(text, "SURVIVED  {}\n            {sql};", tried.mutant.name)
            }
            Fate::Refused(why) => writeln!(text, "refused   {}: {why}", tried.mutant.name),
        };
    }
    let planted = judged.tried.iter().filter(|tried| !matches!(tried.fate, Fate::Refused(_))).count();
    let by = command.map_or_else(|| "the proof".to_owned(), |command| format!("`{command}`"));
    let _ = writeln!(
        text,
        "{} of {planted} planted faults were caught by {by} in {:.1} s",
        judged.caught(),
        judged.seconds
    );
    if judged.survivors().next().is_some() {
        text.push_str(
            "A fault that survived is a hole in what was tried, or changes nothing that the application can reach.\n",
        );
    }
    text
}
