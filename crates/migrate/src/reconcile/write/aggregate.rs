//! Aggregates, from the lines in which the catalog keeps what they are made of.

use freehold_model::{
    catalog::{Function, Parallel},
    name::quote_literal,
};

use super::Sql;

/// The names of the lines, the longer ones first where one begins another.
const NAMES: &[&str] = &[
    "kind",
    "direct arguments",
    "sfunc",
    "stype",
    "sspace",
    "finalfunc extra",
    "finalfunc modify",
    "finalfunc",
    "combinefunc",
    "serialfunc",
    "deserialfunc",
    "initcond",
    "msfunc",
    "minvfunc",
    "mstype",
    "msspace",
    "mfinalfunc extra",
    "mfinalfunc modify",
    "mfinalfunc",
    "minitcond",
    "sortop",
];

pub(super) fn create(function: &Function) -> Sql {
    let lines = function.aggregate.as_deref().unwrap_or_default();
    let hypothetical = lines.lines().any(|line| line == "kind h");
    let usual_modify = if lines.lines().any(|line| line == "kind n") { "r" } else { "w" };
    let moving = lines.lines().any(|line| line.starts_with("msfunc "));
    let mut parts: Vec<String> = facts(lines)
        .into_iter()
        .filter(|(name, _)| moving || !name.starts_with("mfinalfunc"))
        .filter_map(|(name, value)| part(name, &value, usual_modify))
        .collect();
    match function.parallel {
        Parallel::Safe => parts.push("PARALLEL = SAFE".to_owned()),
        Parallel::Restricted => parts.push("PARALLEL = RESTRICTED".to_owned()),
        Parallel::Unsafe => {}
    }
    if hypothetical {
        parts.push("HYPOTHETICAL".to_owned());
    }
    let arguments = if function.arguments.is_empty() { "*" } else { &function.arguments };
    Sql::new(format!(
        "CREATE AGGREGATE {}({arguments}) (\n    {}\n)",
        function.name.quoted(),
        parts.join(",\n    ")
    ))
}

/// Names and values; a line that begins with no name belongs to the value before it.
fn facts(lines: &str) -> Vec<(&'static str, String)> {
    let mut facts: Vec<(&'static str, String)> = Vec::new();
    for line in lines.split('\n') {
        let named = NAMES.iter().find_map(|name| Some((*name, line.strip_prefix(name)?.strip_prefix(' ')?)));
        match (named, facts.last_mut()) {
            (Some((name, value)), _) => facts.push((name, value.to_owned())),
            (None, Some((_, value))) => *value = format!("{value}\n{line}"),
            (None, None) => {}
        }
    }
    facts
}

fn part(name: &str, value: &str, usual_modify: &str) -> Option<String> {
    match name {
        "kind" | "direct arguments" => None,
        "sspace" | "msspace" if value == "0" => None,
        "finalfunc extra" | "mfinalfunc extra" => {
            (value == "true").then(|| name.replace("finalfunc extra", "finalfunc_extra").to_uppercase())
        }
        "finalfunc modify" | "mfinalfunc modify" if value == usual_modify => None,
        "finalfunc modify" | "mfinalfunc modify" => {
            let word = match value {
                "r" => "READ_ONLY",
                "s" => "SHAREABLE",
                _ => "READ_WRITE",
            };
            Some(format!("{} = {word}", name.replace(' ', "_").to_uppercase()))
        }
        "initcond" | "minitcond" => Some(format!("{} = {}", name.to_uppercase(), quote_literal(value))),
        "sortop" => {
            let operator = value.split('(').next().unwrap_or_default();
            Some(format!("SORTOP = OPERATOR({operator})"))
        }
        name => Some(format!("{} = {value}", name.to_uppercase())),
    }
}
