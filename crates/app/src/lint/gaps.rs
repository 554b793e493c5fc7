//! What was not looked at, so that nobody takes silence for health.

use super::{Live, Ran, Request, looked::looks, select::Selection, shown};
use crate::{report::NotVerified, rules::ALL};

/// Files that are no SQL, statements whose text does not tell what they do, and rules that need more than there was.
pub(super) fn gaps(
    request: &Request,
    all: &[Ran],
    selection: &Selection<'_>,
    live: Option<&Live>,
) -> Vec<NotVerified> {
    let project = request.project_dir.as_path();
    let mut gaps = Vec::new();
    for ran in all {
        if ran.scope.is_whole() {
            gaps.extend(ran.batch.folder.skipped.iter().map(|skipped| {
                NotVerified::for_completeness(shown(&skipped.path, project), skipped.why.clone())
            }));
        }
        for (_, place, why) in &ran.outcome.opaque {
            let what = format!("{}:{}", shown(&place.file, project), place.start.line);
            let why = if why.is_empty() { "what it runs is not in its text" } else { why.as_str() };
            gaps.push(NotVerified::for_completeness(what, why));
        }
        if ran.batch.alone && live.is_none() {
            let names: Vec<String> = ran.batch.folder.migrations.iter().map(|m| m.name.clone()).collect();
            gaps.push(NotVerified::for_completeness(
                format!("what was there before {}", names.join(", ")),
                "it belongs to no folder of migrations, so its history is not known",
            ));
        }
    }
    gaps.extend(live.iter().flat_map(|live| live.gaps.iter().cloned()));
    let more =
        ALL.iter().filter(|rule| selection.looks(rule) && !looks(rule, selection, live.is_some())).count();
    if more > 0 {
        let what = format!("{more} rules that need more than text");
        let why = if live.is_some() {
            "only a rehearsal decides them: `freehold check`"
        } else {
            "a rehearsal decides them (`freehold check`), or a live database (`--url`, `--snapshot`)"
        };
        gaps.push(NotVerified::for_completeness(what, why));
    }
    gaps
}
