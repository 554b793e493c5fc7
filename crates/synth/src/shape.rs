//! Which values do a table's conditions allow? Candidates are put to the server, which alone knows.

mod candidates;
mod combine;
mod single;

use freehold_db::Session;

use crate::{
    ask::{guarded, rows},
    error::SynthError,
    plan::{Choice, Instead, Parts, Plan},
    table::Condition,
};

pub(crate) use combine::together;
pub(crate) use single::{fits, one_by_one};

/// Some columns' choices, by position.
type Candidate = Vec<(usize, Choice)>;

/// In how many of the sample rows conditions must hold.
#[derive(Clone, Copy)]
enum Rows {
    All,
    Some,
}

/// Which candidates meet the conditions in sample rows. A candidate that cannot even be
/// evaluated does not.
async fn judge(
    session: &Session,
    plan: &Plan<'_>,
    candidates: &[Candidate],
    conditions: &[&Condition],
    rows: Rows,
) -> Result<Vec<bool>, SynthError> {
    let mut verdicts = Vec::new();
    for chunk in candidates.chunks(48) {
        match answers(session, plan, chunk, conditions, rows).await {
            Ok(answers) => verdicts.extend(answers),
            Err(error) if error.is_connection_lost() => return Err(error),
            Err(_) => verdicts.extend(halves(session, plan, chunk, conditions, rows).await?),
        }
    }
    Ok(verdicts)
}

/// Finds the candidates that cannot be evaluated, which spoil the answer for the others, by halving.
async fn halves(
    session: &Session,
    plan: &Plan<'_>,
    candidates: &[Candidate],
    conditions: &[&Condition],
    rows: Rows,
) -> Result<Vec<bool>, SynthError> {
    let mut verdicts = vec![false; candidates.len()];
    let mut open = vec![(0, candidates.len() / 2), (candidates.len() / 2, candidates.len())];
    while let Some((from, to)) = open.pop() {
        let Some(part) = candidates.get(from..to).filter(|part| !part.is_empty()) else { continue };
        match answers(session, plan, part, conditions, rows).await {
            Ok(answers) => verdicts.iter_mut().skip(from).zip(answers).for_each(|(old, new)| *old = new),
            Err(error) if error.is_connection_lost() => return Err(error),
            Err(_) if part.len() == 1 => {}
            Err(_) => {
                let middle = from + part.len() / 2;
                open.extend([(from, middle), (middle, to)]);
            }
        }
    }
    Ok(verdicts)
}

async fn answers(
    session: &Session,
    plan: &Plan<'_>,
    candidates: &[Candidate],
    conditions: &[&Condition],
    of: Rows,
) -> Result<Vec<bool>, SynthError> {
    let mut parts = Parts::default();
    let mut questions = Vec::new();
    let of = match of {
        Rows::All => "pg_catalog.bool_and",
        Rows::Some => "pg_catalog.bool_or",
    };
    for candidate in candidates {
        let instead: Instead<'_> = candidate.iter().map(|(position, choice)| (*position, choice)).collect();
        let mut positions: Vec<usize> = candidate.iter().map(|(position, _)| *position).collect();
        let read = conditions.iter().flat_map(|condition| &condition.columns);
        positions.extend(read.filter_map(|number| plan.table.position(*number)));
        positions.sort_unstable();
        positions.dedup();
        let made = plan.select(&positions, &instead, &plan.samples(), false, &mut parts);
        // Counting the values makes the server really make them where there is no condition.
        let names = positions.iter().filter_map(|at| plan.table.columns.get(*at));
        let counts: Vec<String> = names.map(|c| format!("pg_catalog.count({}) >= 0", c.quoted())).collect();
        let all: Vec<String> =
            conditions.iter().map(|c| format!("(({}) IS NOT FALSE)", c.expression)).collect();
        let held = if all.is_empty() { "true".to_owned() } else { all.join(" AND ") };
        let counts = if counts.is_empty() { "true".to_owned() } else { counts.join(" AND ") };
        questions.push(format!("(SELECT {of}({held}) AND {counts} FROM ({made}) AS made)"));
    }
    let sql = format!("{}SELECT ARRAY[{}]::pg_catalog.bool[]", parts.with(), questions.join(", "));
    let doing = format!("asking which values the conditions of {} allow", plan.table.name);
    let found = guarded(session, async {
        rows(session, &doing, &sql, &parts.bound).await.map_err(SynthError::server(&doing))
    });
    let found = found.await?;
    let answers: Option<Vec<Option<bool>>> = found.first().and_then(|row| row.try_get(0).ok());
    let answers = answers.unwrap_or_default();
    Ok((0..candidates.len()).map(|at| answers.get(at).copied().flatten() == Some(true)).collect())
}
