//! Partial indexes: values with which a row falls under the condition.

use freehold_model::{
    catalog::Index,
    name::{quote_identifier, quote_literal},
};

use crate::isolation::{
    error::IsolationError,
    trial::send,
    ways::writing::{Line, Subject, is_word},
};

/// How many combinations are tried.
const MOST: usize = 96;

/// Columns with the values that they are to have.
pub(super) type Values = Vec<(usize, Option<String>)>;

/// Values for the columns of an index's condition with which a row falls under it; the row's own where it does already.
/// None when no such values were found; nothing to change where the index has no condition.
pub(super) async fn fitting(
    subject: &Subject<'_>,
    index: &Index,
    line: &Line,
) -> Result<Option<Values>, IsolationError> {
    let Some(predicate) = &index.predicate else { return Ok(Some(Values::new())) };
    let mut combinations: Vec<Values> = vec![Values::new()];
    for (at, place) in subject.places.iter().enumerate() {
        if subject.tenant.contains(&at) || !is_word(predicate, &place.name) {
            continue;
        }
        let choices = choices(subject, predicate, line, at);
        combinations = combinations
            .into_iter()
            .flat_map(|so_far| {
                choices.iter().map(move |choice| {
                    let mut values = so_far.clone();
                    values.push((at, choice.clone()));
                    values
                })
            })
            .take(MOST)
            .collect();
    }
    let questions: Vec<String> =
        combinations.iter().map(|values| question(subject, predicate, line, values)).collect();
    let answers = send(&subject.world.session, &questions).await?;
    let fits =
        answers.iter().position(|answer| answer.as_ref().is_ok_and(|answer| answer.value() == Some("t")));
    Ok(fits.and_then(|at| combinations.into_iter().nth(at)))
}

/// What a column could be: what it is, nothing, and what the condition itself names.
fn choices(subject: &Subject<'_>, predicate: &str, line: &Line, at: usize) -> Vec<Option<String>> {
    let mut choices = vec![subject.value(line, at).map(str::to_owned)];
    let column = subject.relation.columns.get(at);
    if column.is_some_and(|column| !column.not_null) {
        choices.push(None);
    }
    if column.is_some_and(|column| column.type_name == "boolean") {
        choices.extend([Some("true".to_owned()), Some("false".to_owned())]);
    }
    let named = predicate.split('\'').skip(1).step_by(2).map(str::to_owned);
    choices.extend(named.map(Some));
    let numbers =
        predicate.split(|letter: char| !letter.is_ascii_digit()).filter_map(|word| word.parse::<i64>().ok());
    for number in numbers {
        choices.extend([number, number + 1, number - 1].map(|number| Some(number.to_string())));
    }
    choices.dedup();
    choices.truncate(12);
    choices
}

/// Whether the condition is true for the row with these values.
fn question(subject: &Subject<'_>, predicate: &str, line: &Line, values: &Values) -> String {
    let columns: Vec<String> = subject
        .relation
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let name = quote_identifier(&column.name);
            match values.iter().find(|(place, _)| *place == at) {
                Some((_, Some(value))) => format!("{}::{} AS {name}", quote_literal(value), column.type_name),
                Some((_, None)) => format!("NULL::{} AS {name}", column.type_name),
                None => name,
            }
        })
        .collect();
    format!(
        "SELECT ({predicate}) FROM (SELECT {} FROM {} WHERE {}) AS r",
        columns.join(", "),
        subject.name,
        line.found_by
    )
}
