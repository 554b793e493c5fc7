//! Conditions on several columns at once: combinations of choices are put to the server.

use std::collections::BTreeSet;

use freehold_db::Session;

use super::{Candidate, Rows, candidates, fits, judge};
use crate::{
    error::SynthError,
    pattern::Dice,
    plan::{Choice, Plan},
    table::Condition,
};

/// Most combinations that are tried for one set of columns.
const TRIED: usize = 768;

/// Rows take turns among so many combinations.
const KEPT: usize = 4;

/// Finds combinations for columns that conditions tie together. `parents` are positions whose values come from
/// parents: they may only be left out. What cannot be found is left to the sieve.
pub(crate) async fn together(
    session: &Session,
    plan: &mut Plan<'_>,
    parents: &BTreeSet<usize>,
) -> Result<(), SynthError> {
    for enforced in [true, false] {
        for columns in tied(plan, enforced) {
            let inside = |condition: &Condition| {
                (condition.enforced || !enforced)
                    && condition.columns.iter().all(|number| columns.contains(number))
            };
            let conditions: Vec<Condition> = plan.judged(inside).into_iter().cloned().collect();
            let conditions: Vec<&Condition> = conditions.iter().collect();
            if conditions.is_empty() || fits(session, plan, &conditions).await? {
                continue;
            }
            let found = search(session, plan, &columns, &conditions, parents).await?;
            let Some(first) = found.first() else { continue };
            for (at, (position, _)) in first.iter().enumerate() {
                let cases = found
                    .iter()
                    .filter_map(|combination| combination.get(at))
                    .map(|(_, choice)| choice.clone());
                if let Some(slot) = plan.slots.get_mut(*position) {
                    slot.cases = cases.collect();
                }
            }
        }
    }
    Ok(())
}

/// Sets of columns that conditions on two or more of them tie together. Sets that share a column are one.
fn tied(plan: &Plan<'_>, enforced: bool) -> Vec<BTreeSet<i16>> {
    let mut sets: Vec<BTreeSet<i16>> = Vec::new();
    for condition in plan.judged(|c| !enforced || (c.enforced && c.columns.len() > 1)) {
        let mut set: BTreeSet<i16> = condition.columns.iter().copied().collect();
        sets.retain(|other| {
            let apart = other.is_disjoint(&set);
            if !apart {
                set.extend(other);
            }
            apart
        });
        sets.push(set);
    }
    sets
}

async fn search(
    session: &Session,
    plan: &Plan<'_>,
    columns: &BTreeSet<i16>,
    conditions: &[&Condition],
    parents: &BTreeSet<usize>,
) -> Result<Vec<Candidate>, SynthError> {
    let positions: Vec<usize> = columns.iter().filter_map(|number| plan.table.position(*number)).collect();
    let mut choices: Vec<(usize, Vec<Choice>)> = Vec::new();
    for &position in &positions {
        choices.push((position, options(plan, position, &positions, conditions, parents)));
    }
    let combinations = combined(&choices);
    let mut found = Vec::new();
    for chunk in combinations.chunks(96) {
        let verdicts = judge(session, plan, chunk, conditions, Rows::All).await?;
        found.extend(chunk.iter().zip(verdicts).filter(|(_, holds)| *holds).map(|(one, _)| one.clone()));
        if found.len() >= KEPT {
            break;
        }
    }
    found.truncate(KEPT);
    Ok(found)
}

/// What one column may be, the most telling first: as it is, near another column, nothing, what is named.
fn options(
    plan: &Plan<'_>,
    position: usize,
    tied: &[usize],
    conditions: &[&Condition],
    parents: &BTreeSet<usize>,
) -> Vec<Choice> {
    let (Some(column), Some(slot)) = (plan.table.columns.get(position), plan.slots.get(position)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    found.extend(slot.cases.first().cloned());
    if slot.fixed {
        return found;
    }
    let null = column.nullable.then_some(Choice::Null);
    if parents.contains(&position) || column.counted {
        found.extend(null);
        return found;
    }
    let reading: Vec<&Condition> =
        conditions.iter().copied().filter(|condition| condition.columns.contains(&column.number)).collect();
    let about_null = reading.iter().any(|condition| {
        condition.expression.contains("NULL") || condition.expression.contains("num_n") || !condition.enforced
    });
    if about_null {
        found.extend(null.clone());
    }
    let kind = column.kind.base();
    for &other in tied.iter().filter(|other| **other != position) {
        let Some(neighbour) = plan.table.columns.get(other) else { continue };
        if neighbour.generated || neighbour.kind.base().name != kind.name {
            continue;
        }
        let steps = slot.recipe.as_ref().map(|recipe| recipe.steps.as_slice()).unwrap_or_default();
        found.extend(steps.iter().map(|step| Choice::Near(other, step.clone())));
        found.push(Choice::Same(other));
    }
    if let Some(Choice::Pick(texts)) = slot.cases.first() {
        found.extend(texts.iter().take(12).map(|text| Choice::Pick(vec![text.clone()])));
    }
    for label in &kind.labels {
        found.push(Choice::Pick(vec![label.clone()]));
    }
    let named = candidates::of(column, slot.recipe.as_ref(), &reading, 4);
    if kind.name == "bool" {
        found.extend(["true", "false"].map(|text| Choice::Pick(vec![text.to_owned()])));
    } else {
        let texts = named.patterns.iter().chain(&named.named).take(12);
        found.extend(texts.map(|text| Choice::Pick(vec![text.clone()])));
    }
    found.extend(named.default);
    if !about_null {
        found.extend(null);
    }
    let numeric = slot.recipe.as_ref().is_some_and(|recipe| recipe.counts);
    found.extend(numeric.then(|| Choice::Pick(vec!["0".to_owned()])));
    found.extend(numeric.then(|| Choice::Pick(vec!["1".to_owned()])));
    found.extend(named.made.into_iter().take(12));
    found
}

/// Combinations: first those that change little, then all of few options, then some by the dice.
fn combined(choices: &[(usize, Vec<Choice>)]) -> Vec<Candidate> {
    let mut numbers: Vec<Vec<usize>> = Vec::new();
    let still = vec![0; choices.len()];
    for (at, (_, options)) in choices.iter().enumerate() {
        for option in 1..options.len() {
            let mut one = still.clone();
            if let Some(place) = one.get_mut(at) {
                *place = option;
            }
            numbers.push(one);
        }
    }
    numbers.truncate(TRIED / 3);
    let mut width: usize = 2;
    while (width + 1)
        .checked_pow(u32::try_from(choices.len()).unwrap_or(u32::MAX))
        .is_some_and(|all| all <= TRIED / 2)
    {
        width += 1;
    }
    let total =
        width.checked_pow(u32::try_from(choices.len()).unwrap_or(u32::MAX)).unwrap_or(TRIED).min(TRIED / 2);
    for all in 0..total {
        let mut rest = all;
        let one = choices.iter().map(|(_, options)| {
            let option = rest % width;
            rest /= width;
            option.min(options.len().saturating_sub(1))
        });
        numbers.push(one.collect());
    }
    let mut dice = Dice::new(7);
    while numbers.len() < TRIED && choices.len() > 1 {
        let one = choices.iter().map(|(_, o)| usize::try_from(dice.below(o.len() as u64)).unwrap_or(0));
        numbers.push(one.collect());
    }
    let mut seen = BTreeSet::new();
    numbers.retain(|one| seen.insert(one.clone()));
    numbers.iter().filter_map(|one| candidate(choices, one)).collect()
}

/// None when a column would follow one that follows another itself.
fn candidate(choices: &[(usize, Vec<Choice>)], options: &[usize]) -> Option<Candidate> {
    let mut made: Candidate = Vec::new();
    for ((position, choices), option) in choices.iter().zip(options) {
        made.push((*position, choices.get(*option)?.clone()));
    }
    let follows =
        |position: usize| made.iter().any(|(at, choice)| *at == position && choice.follows().is_some());
    let broken = made.iter().any(|(_, choice)| choice.follows().is_some_and(follows));
    (!broken).then_some(made)
}
