//! Asking a unique or exclusion constraint: A writes the values of another tenant's row, and the refusal tells that they
//! are there.

use std::collections::BTreeSet;

use freehold_model::{
    catalog::{Index, IndexColumn},
    name::quote_identifier,
    sqlstate::SqlState,
};

use super::{
    guess::unguessable,
    predicate::{Values, fitting},
};
use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    trial::{Refused, Who},
    ways::writing::{Attempt, Came, Line, Subject, assignments, by_privilege, is_word, stopped, tied},
};

/// How many rows of others are tried.
const ROWS: usize = 3;

/// What one attempt says of the constraint.
enum Said {
    /// The values are there.
    Told(String, Refused),
    /// It was tried, and nothing was told.
    Silent(Outcome),
    /// A lack of privilege, or a policy.
    Privilege(Outcome),
    /// Something else was in the way.
    Undecided(Refused),
}

/// The columns whose values the index depends on, by their place; the tenant's among them or not.
pub(super) fn keyed(subject: &Subject<'_>, index: &Index) -> Vec<usize> {
    let mentioned = |text: &str| -> BTreeSet<usize> {
        subject
            .places
            .iter()
            .enumerate()
            .filter(|(_, place)| is_word(text, &place.name))
            .map(|(at, _)| at)
            .collect()
    };
    let mut places = BTreeSet::new();
    for column in &index.columns {
        match column {
            IndexColumn::Column(name) => places.extend(subject.place(name)),
            IndexColumn::Expression(text) => places.extend(mentioned(text)),
        }
    }
    places.into_iter().collect()
}

/// Asks one constraint that does not know the tenant.
pub(super) async fn ask(
    subject: &Subject<'_>,
    index: &Index,
    code: &str,
) -> Result<Option<Outcome>, IsolationError> {
    let Some(own) = subject.own.first() else {
        return Ok(Some(Outcome::not_tried("A has no row in it")));
    };
    let key = keyed(subject, index);
    let others = candidates(subject, index, &key).await?;
    if others.is_empty() {
        return Ok(Some(Outcome::not_tried(format!("no row of another tenant stands in {}", index.name))));
    }
    let mut privilege = None;
    let mut silent = None;
    let mut undecided = None;
    for (other, fit) in others {
        let dressed = subject.dressed(own);
        for attempt in dressed.iter().flat_map(|own| attempts(subject, &key, own, other, &fit)) {
            match said(subject, index, code, &attempt).await? {
                Said::Told(sql, refused) => {
                    return Ok(Some(told(subject, index, other, &key, &sql, &refused)));
                }
                Said::Silent(outcome) => silent = Some(outcome),
                Said::Privilege(outcome) => privilege = Some(outcome),
                Said::Undecided(refused) => undecided = Some(refused),
            }
        }
        if silent.is_some() || undecided.is_none() {
            break;
        }
    }
    let undecided = undecided.map(|refused| {
        Outcome::not_tried(format!(
            "{} was not asked, something else refused first: {}",
            index.name,
            refused.words()
        ))
    });
    Ok(silent.or(undecided).or(privilege))
}

/// Rows of others that stand in the index, or would if their columns in its condition were as given.
async fn candidates<'s>(
    subject: &'s Subject<'_>,
    index: &Index,
    key: &[usize],
) -> Result<Vec<(&'s Line, Values)>, IsolationError> {
    let mut lines: Vec<&Line> = subject
        .others
        .iter()
        .filter(|line| index.nulls_not_distinct || key.iter().all(|at| subject.value(line, *at).is_some()))
        .collect();
    lines.sort_by_key(|line| line.tenant);
    let mut candidates = Vec::new();
    for line in lines.into_iter().take(ROWS) {
        candidates.extend(fitting(subject, index, line).await?.map(|values| (line, values)));
    }
    Ok(candidates)
}

/// A's row with the other's values in the key; the other's row as A's; A's row changed to them.
fn attempts(subject: &Subject<'_>, key: &[usize], own: &Line, other: &Line, fit: &Values) -> Vec<Attempt> {
    let of_key =
        key.iter().filter(|at| !subject.tenant.contains(at) && !fit.iter().any(|(place, _)| place == *at));
    let mut taken: Values = of_key.map(|at| (*at, subject.value(other, *at).map(str::to_owned))).collect();
    taken.extend(fit.iter().cloned());
    let staged: Vec<String> = own.stage.clone().into_iter().chain(staged(subject, other, fit)).collect();
    let mut kept: Values = tied(subject)
        .into_iter()
        .filter(|at| !key.contains(at) || subject.tenant.contains(at))
        .map(|at| (at, subject.value(own, at).map(str::to_owned)))
        .collect();
    kept.extend(fit.iter().cloned());
    let without = |sql: String| Attempt {
        prepare: staged.iter().cloned().chain(own.remove.clone()).collect(),
        removed: own.removed.clone(),
        sql,
    };
    let mut attempts = vec![without(subject.insert(own, &taken)), without(subject.insert(other, &kept))];
    let set = assignments(taken.iter().filter_map(|(at, value)| {
        let place = subject.places.get(*at).filter(|place| !place.generated && !place.always)?;
        Some((place.name.as_str(), value.as_deref()))
    }));
    if !set.is_empty() {
        let rest: Vec<&Line> = subject.own.iter().filter(|line| line.found_by != own.found_by).collect();
        // With the other rows of A's away, no WHERE is needed where nothing may be read.
        let only = if subject.is_searchable() { format!(" WHERE {}", own.found_by) } else { String::new() };
        attempts.push(Attempt {
            prepare: staged
                .iter()
                .cloned()
                .chain(rest.iter().filter_map(|line| line.remove.clone()))
                .collect(),
            removed: rest.iter().flat_map(|line| line.removed.clone()).collect(),
            sql: format!("UPDATE {} SET {set}{only}", subject.name),
        });
    }
    attempts
}

/// What makes the other's row fall under the index's condition, where it does not.
fn staged(subject: &Subject<'_>, other: &Line, fit: &Values) -> Option<String> {
    let set = assignments(
        fit.iter()
            .filter(|(at, value)| subject.value(other, *at) != value.as_deref())
            .filter_map(|(at, value)| Some((subject.places.get(*at)?.name.as_str(), value.as_deref()))),
    );
    (!set.is_empty()).then(|| {
        format!(
            "SET LOCAL session_replication_role = replica; UPDATE {} SET {set} WHERE {}; \
             SET LOCAL session_replication_role = origin",
            subject.name, other.found_by
        )
    })
}

async fn said(
    subject: &Subject<'_>,
    index: &Index,
    code: &str,
    attempt: &Attempt,
) -> Result<Said, IsolationError> {
    let (sql, came) = subject.attempt(Who::A, attempt).await?;
    Ok(match came {
        Came::Through(..) => Said::Silent(Outcome::held(sql, "the same values were accepted")),
        Came::Stopped(refused) => Said::Silent(stopped(&refused)),
        Came::Refused(refused) if refused.is_by_privilege() => Said::Privilege(by_privilege(&sql, &refused)),
        Came::Refused(refused) if refused.sqlstate == SqlState::parse(code) => {
            // On a partitioned table it is the partition's own index that refuses.
            let by_another = refused.constraint.as_deref().is_some_and(|name| {
                name != index.name && subject.relation.indexes.iter().any(|other| other.name == name)
            });
            if by_another {
                Said::Silent(Outcome::held(
                    sql,
                    format!("refused by another constraint: {}", refused.words()),
                ))
            } else {
                Said::Told(sql, refused)
            }
        }
        // Foreign keys are looked at after the indexes.
        Came::Refused(refused) if refused.sqlstate == Some(SqlState::FOREIGN_KEY_VIOLATION) => {
            Said::Silent(Outcome::held(sql, format!("refused by another constraint: {}", refused.words())))
        }
        Came::Refused(refused) => Said::Undecided(refused),
    })
}

fn told(
    subject: &Subject<'_>,
    index: &Index,
    other: &Line,
    key: &[usize],
    sql: &str,
    refused: &Refused,
) -> Outcome {
    let values: Vec<String> = key
        .iter()
        .filter_map(|at| {
            let name = &subject.places.get(*at)?.name;
            Some(format!("{name} = {}", subject.value(other, *at).unwrap_or("NULL")))
        })
        .collect();
    let note = if subject.is_root() {
        Some("which tenants there are is told by the table of tenants".to_owned())
    } else {
        unguessable(subject.world, subject.relation, index)
            .map(|why| format!("{} is unique over all tenants, but {why}", index.name))
    };
    if let Some(note) = note {
        return Outcome::held(sql, format!("refused: {}", refused.words())).noting(note);
    }
    let means = format!(
        "A learns from {} that another tenant has a row in {} with {}",
        index.name,
        subject.relation.name,
        values.join(", ")
    );
    let columns: Vec<String> = subject
        .tenant
        .iter()
        .filter_map(|at| subject.places.get(*at))
        .map(|place| quote_identifier(&place.name))
        .collect();
    let advice = format!(
        "Put the tenant ({}) first in {}, so that each tenant has values of its own",
        columns.join(", "),
        index.name
    );
    Outcome::leaked(sql, vec![refused.words(), values.join(", ")], means, advice).by(&index.name)
}
