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
            if found.claims.is_empty() {
                return Some(found);
            }
            let Some((script, statement)) = found.script.zip(found.statement) else { return Some(found) };
            match executed(script, statement) {
                Some(seen) => weighed(found, statement, seen, |earlier| executed(script, earlier)),
                None => Some(found),
            }
        })
        .collect()
}

fn weighed<'e>(
    mut found: Found,
    statement: usize,
    seen: &Executed,
    earlier: impl Fn(usize) -> Option<&'e Executed>,
) -> Option<Found> {
    let confirmed: Vec<String> = found
        .claims
        .iter()
        .filter_map(|claim| confirmation(claim, seen).or_else(|| held_since(claim, statement, &earlier)))
        .collect();
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
        // What is written again, and what an index is built over, is read for it; that is told only once.
        Claim::Scans(relation) if seen.rewrites.contains(relation) => {
            Some(format!("{relation} was read from end to end and written again"))
        }
        Claim::Scans(relation) if seen.index_builds.contains(relation) => {
            Some(format!("{relation} was read from end to end for an index"))
        }
        Claim::Scans(relation) => {
            seen.scans.contains(relation).then(|| format!("{relation} was read from end to end"))
        }
        Claim::BuildsIndex(relation) if seen.rewrites.contains(relation) => {
            Some(format!("{relation} was written again with its indexes"))
        }
        Claim::BuildsIndex(relation) => {
            seen.index_builds.contains(relation).then(|| format!("an index was built over {relation}"))
        }
    }
}

/// A lock that an earlier statement took is not added a second time: an execution tells it of the first one only.
fn held_since<'e>(
    claim: &Claim,
    statement: usize,
    earlier: impl Fn(usize) -> Option<&'e Executed>,
) -> Option<String> {
    let Claim::Locks { relation, mode } = claim else { return None };
    let taken = |seen: &Executed| {
        seen.locks.iter().find(|lock| lock.relation == *relation && lock.mode >= *mode).map(|lock| lock.mode)
    };
    // A script that locks one table thousands of times is not searched to its beginning each time.
    let first = statement.saturating_sub(200);
    (first..statement).rev().find_map(|number| {
        let mode = taken(earlier(number)?)?;
        Some(format!("pg_locks: {mode} on {relation}, held since statement {}", number + 1))
    })
}

#[cfg(test)]
mod tests {
    use freehold_model::{finding::Subject, lock::LockMode, name::QualifiedName, place::Span};

    use super::*;
    use crate::{executed::LockTaken, rules};

    fn orders() -> QualifiedName {
        QualifiedName::new("public", "orders")
    }

    fn claiming(claim: Claim) -> Found {
        Found {
            rule: rules::named("FH0101").unwrap(),
            severity: freehold_model::finding::Severity::Warning,
            script: Some(0),
            statement: Some(1),
            span: Span::new(0, 0),
            subject: Subject::new("table", "orders"),
            relation: None,
            message: String::new(),
            evidence: Vec::new(),
            fix: None,
            claims: vec![claim],
            remedy: None,
        }
    }

    fn judged(claim: Claim, first: Executed, second: Executed) -> Option<Found> {
        let seen = [first, second];
        judge(vec![claiming(claim)], |_, statement| seen.get(statement)).pop()
    }

    #[test]
    fn what_was_disproved_is_dropped_unless_it_may_have_happened_unseen() {
        let seen = Executed { complete: true, ..Executed::default() };
        assert!(judged(Claim::Rewrites(orders()), Executed::default(), seen).is_none());
        let doubtful = Executed::default();
        assert!(judged(Claim::Rewrites(orders()), Executed::default(), doubtful).is_some());
    }

    #[test]
    fn a_rewrite_confirms_a_scan() {
        let seen = Executed { complete: true, rewrites: vec![orders()], ..Executed::default() };
        let found = judged(Claim::Scans(orders()), Executed::default(), seen).unwrap();
        assert_eq!(found.evidence.len(), 1);
    }

    #[test]
    fn a_lock_that_is_held_already_confirms_too() {
        let lock = LockTaken { relation: orders(), mode: LockMode::AccessExclusive };
        let first = Executed { complete: true, locks: vec![lock], ..Executed::default() };
        let second = Executed { complete: true, ..Executed::default() };
        let claim = Claim::Locks { relation: orders(), mode: LockMode::Share };
        let found = judged(claim, first, second).unwrap();
        assert_eq!(
            found.evidence,
            [Evidence::Saw("pg_locks: ACCESS EXCLUSIVE on orders, held since statement 1".to_owned())]
        );
    }
}
