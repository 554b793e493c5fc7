//! Conditions on one column.

use freehold_db::Session;

use super::{Rows, candidates, judge};
use crate::{
    ask::{Bound, guarded, rows as ask_rows},
    error::SynthError,
    literal,
    plan::{Choice, Plan},
    table::Condition,
};

/// Finds, for each column of its own, choices that meet the conditions on that column alone.
pub(crate) async fn one_by_one(
    session: &Session,
    plan: &mut Plan<'_>,
    positions: &[usize],
) -> Result<(), SynthError> {
    for &position in positions {
        let Some(column) = plan.table.columns.get(position) else { continue };
        let own = |condition: &Condition| condition.columns == [column.number] && !condition.by_chance();
        let conditions: Vec<Condition> = plan.judged(own).into_iter().cloned().collect();
        let conditions: Vec<&Condition> = conditions.iter().collect();
        let known = plan.slots.get(position).is_some_and(|slot| !slot.cases.is_empty());
        let particular = !conditions.is_empty() || column.kind.hides_conditions();
        if known && (!particular || as_it_is(session, plan, position, &conditions, Rows::All).await?) {
            continue;
        }
        let found = choose(session, plan, position, &conditions).await?;
        let enforced = conditions.iter().find(|condition| condition.enforced);
        if (found.is_empty() || few(plan, position, &found))
            && known
            && as_it_is(session, plan, position, &conditions, Rows::Some).await?
        {
            // Some rows will do: the sieve finds them.
            continue;
        }
        if found.is_empty() {
            if known && enforced.is_none() && !conditions.is_empty() {
                continue;
            }
            return Err(SynthError::Unsatisfied {
                relation: plan.table.name.to_string(),
                column: Some(column.name.clone()),
                constraint: enforced.and_then(|condition| condition.constraint.clone()),
                why: match enforced {
                    Some(condition) => format!(
                        "no value of column {} that was tried meets {}",
                        column.name, condition.expression
                    ),
                    None => {
                        format!("no value of type {} is known for column {}", column.kind.cast, column.name)
                    }
                },
            });
        }
        if let Some(slot) = plan.slots.get_mut(position) {
            slot.cases = found;
        }
    }
    Ok(())
}

async fn as_it_is(
    session: &Session,
    plan: &Plan<'_>,
    position: usize,
    conditions: &[&Condition],
    rows: Rows,
) -> Result<bool, SynthError> {
    let Some(slot) = plan.slots.get(position) else { return Ok(false) };
    let candidates: Vec<_> = slot.cases.iter().map(|choice| vec![(position, choice.clone())]).collect();
    let verdicts = judge(session, plan, &candidates, conditions, rows).await?;
    Ok(!verdicts.is_empty() && verdicts.iter().all(|holds| *holds))
}

/// Too few different values for a column that is unique by itself.
fn few(plan: &Plan<'_>, position: usize, found: &[Choice]) -> bool {
    let Some(column) = plan.table.columns.get(position) else { return false };
    let alone = plan.table.uniques.iter().any(|unique| unique.columns == [column.number] && !unique.partial);
    let [Choice::Pick(texts)] = found else { return false };
    alone && (texts.len() as u64) < plan.rows.saturating_add(plan.base)
}

/// Do the choices as they stand meet the conditions?
pub(crate) async fn fits(
    session: &Session,
    plan: &Plan<'_>,
    conditions: &[&Condition],
) -> Result<bool, SynthError> {
    Ok(judge(session, plan, &[Vec::new()], conditions, Rows::All).await? == [true])
}

async fn choose(
    session: &Session,
    plan: &Plan<'_>,
    position: usize,
    conditions: &[&Condition],
) -> Result<Vec<Choice>, SynthError> {
    let (Some(column), Some(slot)) = (plan.table.columns.get(position), plan.slots.get(position)) else {
        return Ok(Vec::new());
    };
    let wanted = plan.base.saturating_add(plan.rows).saturating_mul(2);
    let many = if slot.unique { usize::try_from(wanted).unwrap_or(64).clamp(64, 100_000) } else { 64 };
    let found = candidates::of(column, slot.recipe.as_ref(), conditions, many);
    let matching = sift(session, plan, position, &found.patterns, conditions).await?;
    if matching.len() > 1 {
        return Ok(vec![Choice::Pick(matching)]);
    }
    let texts =
        |texts: &[String]| texts.iter().map(|text| Choice::Pick(vec![text.clone()])).collect::<Vec<_>>();
    let named = held(session, plan, position, texts(&found.named), conditions).await?;
    let distinct =
        slot.unique || column.kind.base().name.starts_with("timestamp") || column.kind.base().name == "date";
    if !distinct && !named.is_empty() {
        return Ok(vec![merged(named)]);
    }
    let made = held(session, plan, position, found.made, conditions).await?;
    if let Some(first) = made.first() {
        // Steps from several literals reach several partitions.
        let rotates = distinct && !slot.unique
            || plan
                .table
                .conditions
                .iter()
                .any(|c| c.columns == [column.number] && c.expression.contains(" OR "));
        return Ok(if rotates { made.into_iter().take(6).collect() } else { vec![first.clone()] });
    }
    if !named.is_empty() {
        return Ok(vec![merged(named)]);
    }
    if column.kind.base().name.starts_with("json")
        && let Some(document) = document(session, plan, position, conditions).await?
    {
        return Ok(vec![Choice::Pick(vec![document])]);
    }
    let last: Vec<Choice> = found.default.into_iter().chain(texts(&found.common)).collect();
    let last = held(session, plan, position, last, conditions).await?;
    if !last.is_empty() {
        return Ok(match last.first() {
            Some(own @ Choice::Own(..)) => vec![own.clone()],
            _ => vec![merged(last)],
        });
    }
    if !matching.is_empty() {
        return Ok(vec![Choice::Pick(matching)]);
    }
    let null = if column.nullable { vec![Choice::Null] } else { Vec::new() };
    held(session, plan, position, null, conditions).await
}

/// A document that is put together key by key: each condition's keys get the first values that meet it.
async fn document(
    session: &Session,
    plan: &Plan<'_>,
    position: usize,
    conditions: &[&Condition],
) -> Result<Option<String>, SynthError> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for condition in conditions {
        let keys = candidates::quoted(&literal::texts(&condition.expression));
        let written = |pairs: &[(String, String)]| {
            let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            format!("{{{}}}", pairs.join(", "))
        };
        let mut tries = vec![pairs.clone()];
        for value in candidates::VALUES.iter().map(|value| (*value).to_owned()).chain(keys.clone()) {
            let mut more = pairs.clone();
            for key in keys.iter().filter(|key| **key != value) {
                if !more.iter().any(|(known, _)| known == key) {
                    more.push((key.clone(), value.clone()));
                }
            }
            tries.push(more);
            if let Some((key, below)) = candidates::nested(&literal::texts(&condition.expression), &value)
                && !pairs.iter().any(|(known, _)| *known == key)
            {
                let mut deep = pairs.clone();
                deep.push((key, below));
                tries.push(deep);
            }
        }
        let choices: Vec<_> =
            tries.iter().map(|pairs| vec![(position, Choice::Pick(vec![written(pairs)]))]).collect();
        let verdicts = judge(session, plan, &choices, &[*condition], Rows::All).await?;
        match tries.into_iter().zip(verdicts).find(|(_, holds)| *holds) {
            Some((found, _)) => pairs = found,
            None => return Ok(None),
        }
    }
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    let whole = format!("{{{}}}", pairs.join(", "));
    let holds = held(session, plan, position, vec![Choice::Pick(vec![whole.clone()])], conditions).await?;
    Ok((!holds.is_empty()).then_some(whole))
}

/// Several texts become one choice that takes them in turn.
fn merged(choices: Vec<Choice>) -> Choice {
    let texts = choices.into_iter().filter_map(|choice| match choice {
        Choice::Pick(texts) => Some(texts),
        _ => None,
    });
    Choice::Pick(texts.flatten().collect())
}

async fn held(
    session: &Session,
    plan: &Plan<'_>,
    position: usize,
    choices: Vec<Choice>,
    conditions: &[&Condition],
) -> Result<Vec<Choice>, SynthError> {
    let candidates: Vec<_> = choices.iter().map(|choice| vec![(position, choice.clone())]).collect();
    let verdicts = judge(session, plan, &candidates, conditions, Rows::All).await?;
    Ok(choices.into_iter().zip(verdicts).filter_map(|(choice, holds)| holds.then_some(choice)).collect())
}

/// The texts that meet the conditions.
async fn sift(
    session: &Session,
    plan: &Plan<'_>,
    position: usize,
    texts: &[String],
    conditions: &[&Condition],
) -> Result<Vec<String>, SynthError> {
    let Some(column) = plan.table.columns.get(position).filter(|_| !texts.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut bound = Bound::default();
    let list = bound.list(texts);
    let all: Vec<String> = conditions.iter().map(|c| format!("({}) IS NOT FALSE", c.expression)).collect();
    // A text that the column's length would cut is another text.
    let sql = format!(
        "SELECT u.v FROM pg_catalog.unnest({list}) WITH ORDINALITY AS u(v, o) \
         CROSS JOIN LATERAL (SELECT u.v::{} AS {name} OFFSET 0) AS made \
         WHERE made.{name}::pg_catalog.text = u.v AND {} ORDER BY u.o",
        column.kind.base().cast,
        if all.is_empty() { "true".to_owned() } else { all.join(" AND ") },
        name = column.quoted(),
    );
    let doing = format!("asking which texts {}.{} takes", plan.table.name, column.name);
    let answer = guarded(session, async {
        ask_rows(session, &doing, &sql, &bound).await.map_err(SynthError::server(&doing))
    });
    match answer.await {
        Ok(rows) => Ok(rows.iter().filter_map(|row| row.try_get(0).ok()).collect()),
        Err(error) if error.is_connection_lost() => Err(error),
        Err(_) => Ok(Vec::new()),
    }
}
