//! Values that a condition may have been written about, found in its text.

use std::sync::Arc;

use crate::{
    literal,
    pattern::{self, Dice},
    plan::Choice,
    recipe::{GUESSES, Recipe, Step},
    table::{Column, Condition},
};

/// Candidates for one column in the order in which they are liked.
pub(super) struct Candidates {
    /// Texts that match a pattern; the server has yet to sift them.
    pub(super) patterns: Vec<String>,
    /// Values that the conditions name, or lie next to.
    pub(super) named: Vec<String>,
    /// Expressions that are different for different rows.
    pub(super) made: Vec<Choice>,
    /// The column's default.
    pub(super) default: Option<Choice>,
    /// What is often asked for.
    pub(super) common: Vec<String>,
}

pub(super) fn of(
    column: &Column,
    recipe: Option<&Recipe>,
    conditions: &[&Condition],
    many: usize,
) -> Candidates {
    let mut found = Candidates {
        patterns: Vec::new(),
        named: Vec::new(),
        made: Vec::new(),
        default: column.default.clone().map(|default| Choice::Own(default, column.counted)),
        common: recipe.map_or_else(
            || GUESSES.iter().map(|&guess| guess.to_owned()).collect(),
            |recipe| recipe.literals.clone(),
        ),
    };
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    let mut dice = Dice::new(u64::try_from(column.number).unwrap_or(0));
    for condition in conditions {
        texts.extend(literal::texts(&condition.expression));
        numbers.extend(literal::numbers(&condition.expression));
        for pattern in literal::patterns(&condition.expression) {
            found.patterns.extend(pattern::texts(&pattern, many, &mut dice));
        }
    }
    let kind = column.kind.base();
    match kind.name.as_str() {
        "int2" | "int4" | "int8" | "oid" => found.named = around(&numbers, true),
        "numeric" | "float4" | "float8" | "money" => found.named = around(&numbers, false),
        "date" | "timestamp" | "timestamptz" => {
            found.named = texts.clone();
            // A year by itself, as in EXTRACT.
            let years =
                numbers.iter().filter(|n| n.parse::<u16>().is_ok_and(|year| (1800..2300).contains(&year)));
            found.named.extend(years.map(|year| format!("{year}-01-01")));
        }
        "json" | "jsonb" => found.named = documents(&texts),
        "text" | "varchar" | "bpchar" | "citext" | "name" => {
            found.named = texts.clone();
            for text in &texts {
                for step in beside() {
                    found.made.push(Choice::With(text.clone(), step));
                }
            }
        }
        _ => {
            found.named = texts.clone();
            found.named.extend(texts.iter().map(|text| format!("{{{text}}}")).filter(|_| kind.array));
        }
    }
    found.named.truncate(200);
    if let Some(recipe) = recipe {
        for value in found.named.iter().take(64) {
            found.made.extend(recipe.steps.iter().map(|step| Choice::With(value.clone(), step.clone())));
        }
        for length in lengths(&numbers) {
            let sized = recipe.sized.as_ref().map(|sized| sized(length)).unwrap_or_default();
            found.made.extend(sized.into_iter().map(Choice::Make));
        }
        found.made.extend(
            [&recipe.wide, &recipe.plain].into_iter().chain(&recipe.forms).cloned().map(Choice::Make),
        );
    }
    found
}

/// A text with a number before it, behind it, or both.
fn beside() -> [Step; 3] {
    [
        Arc::new(|text, i| format!("({text} || {i})")),
        Arc::new(|text, i| format!("({i} || {text})")),
        Arc::new(|text, i| format!("('a' || {i} || {text} || 'example.com')")),
    ]
}

/// The numbers themselves, their neighbours, and what lies between two of them.
fn around(numbers: &[String], whole: bool) -> Vec<String> {
    let mut values: Vec<f64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let mut found: Vec<String> = Vec::new();
    let mut add = |value: f64| {
        let text = if whole { format!("{value:.0}") } else { format!("{value}") };
        if value.is_finite() && !found.contains(&text) {
            found.push(text);
        }
    };
    for pair in values.windows(2) {
        if let [from, to] = pair {
            // Several, so that rows differ.
            (1..8).for_each(|part| add(from + (to - from) * f64::from(part) / 8.0));
        }
    }
    for value in &values {
        [0.0, 1.0, -1.0].into_iter().for_each(|distance| add(value + distance));
    }
    found
}

fn lengths(numbers: &[String]) -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    for number in numbers.iter().filter_map(|number| number.parse::<u32>().ok()).take(12) {
        for length in [number, number.saturating_add(1), number.saturating_sub(1)] {
            if length > 0 && !found.contains(&length) {
                found.push(length);
            }
        }
    }
    found
}

/// Documents whose keys are the texts that a condition names, with values of each kind.
fn documents(texts: &[String]) -> Vec<String> {
    let quoted = quoted(texts);
    let mut found = vec!["{}".to_owned(), "[]".to_owned()];
    let values = VALUES.iter().map(|value| (*value).to_owned());
    for value in values.chain(quoted.iter().take(6).cloned()) {
        let pairs: Vec<String> = quoted.iter().map(|key| format!("{key}: {value}")).collect();
        found.push(format!("{{{}}}", pairs.join(", ")));
    }
    found.extend(quoted.iter().take(12).cloned());
    found.extend(quoted.iter().take(12).map(|text| format!("[{text}]")));
    found.extend(texts.iter().filter(|text| text.starts_with(['{', '['])).cloned());
    found
}

/// A value of each kind that a key may be asked for.
pub(super) const VALUES: &[&str] = &[
    "\"a\"",
    "1",
    "true",
    "[]",
    "{}",
    "\"1\"",
    "\"2024-01-01T00:00:00Z\"",
    "\"PT1H\"",
    "\"00000000-0000-4000-8000-000000000000\"",
];

/// Texts as JSON writes them.
pub(super) fn quoted(texts: &[String]) -> Vec<String> {
    let plain = texts.iter().filter(|text| !text.chars().any(char::is_control));
    plain.map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))).collect()
}

/// The first key of a path and what stands below it, down to a value; a path is several keys in a row, or one text as
/// `#>` takes it.
pub(super) fn nested(texts: &[String], value: &str) -> Option<(String, String)> {
    let path: Vec<String> = match texts {
        [one] => one.strip_prefix('{')?.strip_suffix('}')?.split(',').map(str::to_owned).collect(),
        several => several.to_vec(),
    };
    let (first, below) = path.split_first()?;
    let name = |key: &String| quoted(std::slice::from_ref(key)).into_iter().next();
    let mut inside = value.to_owned();
    for key in below.iter().rev() {
        inside = format!("{{{}: {inside}}}", name(key)?);
    }
    (!below.is_empty()).then_some((name(first)?, inside))
}
