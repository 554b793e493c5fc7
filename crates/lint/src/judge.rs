//! What an execution makes of what the text said: it confirms claims, or disproves them.

use freehold_model::finding::Evidence;

use crate::{
    executed::Executed,
    found::{Claim, Found, ScriptId},
};

/// Goes through the findings with what was executed of each statement. A finding all of whose claims were disproved is
/// dropped; those that were confirmed become evidence. Where nothing was executed, nothing changes.
pub fn judge<'e>(
    found: Vec<Found>,
    executed: impl Fn(ScriptId, usize) -> Option<&'e Executed>,
) -> Vec<Found> {
    found
        .into_iter()
        .filter_map(|found| {
            let at = found.script.zip(found.statement);
            match at.and_then(|(script, statement)| executed(script, statement)) {
                Some(seen) if !found.claims.is_empty() => weighed(found, seen),
                _ => Some(found),
            }
        })
        .collect()
}

fn weighed(mut found: Found, seen: &Executed) -> Option<Found> {
    let confirmed: Vec<String> = found.claims.iter().filter_map(|claim| confirmation(claim, seen)).collect();
    if confirmed.is_empty() {
        return (!seen.complete).then_some(found);
    }
    found.evidence.extend(confirmed.into_iter().map(Evidence::Saw));
    Some(found)
}

/// What was seen of a claim, in words; none when it was not seen.
fn confirmation(claim: &Claim, seen: &Executed) -> Option<String> {
    match claim {
        Claim::Locks { relation, mode } => seen
            .locks
            .iter()
            .find(|lock| lock.relation == *relation && lock.mode >= *mode)
            .map(|lock| format!("pg_locks: {} on {relation}", lock.mode)),
        Claim::Rewrites(relation) => {
            seen.rewrites.contains(relation).then(|| format!("{relation} was written again"))
        }
        Claim::Scans(relation) => {
            seen.scans.contains(relation).then(|| format!("{relation} was read from end to end"))
        }
        Claim::BuildsIndex(relation) => {
            seen.index_builds.contains(relation).then(|| format!("an index was built over {relation}"))
        }
    }
}
