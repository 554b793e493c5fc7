//! Functions and procedures.

use freehold_model::{
    catalog::{Function, FunctionKind, Parallel, Volatility},
    name::quote_literal,
};

use super::{
    super::{
        needs::is_atomic,
        sql::{dollar_quoted, pair, setting},
    },
    Sql, aggregate, q,
};

/// Makes or replaces a function.
pub(super) fn create(function: &Function, replace: bool) -> Sql {
    if function.aggregate.is_some() {
        return aggregate::create(function);
    }
    let verb = if replace { "CREATE OR REPLACE" } else { "CREATE" };
    let word = if function.kind == FunctionKind::Procedure { "PROCEDURE" } else { "FUNCTION" };
    let mut text = format!("{verb} {word} {}({})", function.name.quoted(), function.arguments);
    if let Some(result) = function.result.as_ref().filter(|_| function.kind != FunctionKind::Procedure) {
        text = text + "\n    RETURNS " + result;
    }
    text = text + "\n    LANGUAGE " + &q(&function.language);
    for word in words(function) {
        text = text + "\n    " + &word;
    }
    for option in &function.config {
        let (name, value) = pair(option);
        text = text + "\n    SET " + &setting(name, value);
    }
    Sql::new(text + "\n" + &body(function))
}

/// What is not as it would be anyway. The costs are those of the manual: 1 for C and internal functions, else 100.
fn words(function: &Function) -> Vec<String> {
    let mut words = Vec::new();
    if !function.transforms.is_empty() {
        let types: Vec<String> = function.transforms.iter().map(|name| format!("FOR TYPE {name}")).collect();
        words.push(format!("TRANSFORM {}", types.join(", ")));
    }
    if function.kind == FunctionKind::Window {
        words.push("WINDOW".to_owned());
    }
    if function.kind != FunctionKind::Procedure {
        match function.volatility {
            Volatility::Immutable => words.push("IMMUTABLE".to_owned()),
            Volatility::Stable => words.push("STABLE".to_owned()),
            Volatility::Volatile => {}
        }
        for (word, set) in [("STRICT", function.strict), ("LEAKPROOF", function.leakproof)] {
            words.extend(set.then(|| word.to_owned()));
        }
        match function.parallel {
            Parallel::Safe => words.push("PARALLEL SAFE".to_owned()),
            Parallel::Restricted => words.push("PARALLEL RESTRICTED".to_owned()),
            Parallel::Unsafe => {}
        }
        let usual = if matches!(function.language.as_str(), "c" | "internal") { "1" } else { "100" };
        if function.cost != usual {
            words.push(format!("COST {}", function.cost));
        }
        if function.rows != "0" && function.rows != "1000" {
            words.push(format!("ROWS {}", function.rows));
        }
        words.extend(function.support.as_ref().map(|support| format!("SUPPORT {support}")));
    }
    if function.security_definer {
        words.push("SECURITY DEFINER".to_owned());
    }
    words
}

fn body(function: &Function) -> String {
    match &function.library {
        _ if is_atomic(function) => function.body.trim_end_matches(';').to_owned(),
        Some(library) => format!("AS {}, {}", quote_literal(library), quote_literal(&function.body)),
        None => format!("AS {}", dollar_quoted(&function.body)),
    }
}
