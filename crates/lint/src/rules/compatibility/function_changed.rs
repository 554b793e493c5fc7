//! A function gets other arguments, another result or another volatility.
//!
//! ## What it finds
//! A function that was there before the script and that is dropped and made again with other arguments or another
//! result (an error: calls fail or read something else); `CREATE OR REPLACE` or a new function with another
//! volatility or strictness (a warning); and `CREATE OR REPLACE` with other arguments than the one function of that
//! name has, which makes a second one beside it (a note).
//!
//! ## Why it hurts
//! Calls in running code are written for the arguments and the result that were. A function that is no longer
//! IMMUTABLE makes its indexes and generated columns doubtful; one that is IMMUTABLE from now on may be computed
//! once where it was computed for each row. The second function that OR REPLACE makes leaves the old one in use,
//! and calls that fit both fail as ambiguous.
//!
//! ## Do instead
//! Make the new function under another name, let the code switch, and drop the old one in a later release.
//!
//! ## When to ignore
//! When all callers are in the same script.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE FUNCTION; 38.7 Function Volatility Categories.

use freehold_model::{
    catalog::{Function, Volatility},
    finding::{Category, Depth, Rule, Severity},
};

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::{Gone, Way},
    rule::{Check, LintRule},
    rules::compatibility::function_dropped::{is_routine, is_there_again},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "function-changed",
        code: "FH0515",
        category: Category::Compatibility,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[76],
        summary: "a function gets other arguments, another result or another volatility",
        source: include_str!("function_changed.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| is_routine(gone) && !gone.functions.is_empty()) {
        let replaced = gone.way == Way::Replaced;
        if !(replaced || gone.is_dropped()) || !gone.may_be_missed(context) {
            continue;
        }
        if gone.is_dropped() && !is_there_again(context, gone) {
            continue;
        }
        let Some((severity, message)) = change(context, gone, replaced) else { continue };
        findings.push(gone.found(context, findings.rule(), message).with_severity(severity).advised(
            "Make the new function under another name, let the code switch, and drop the old one in a later release.",
        ));
    }
}

/// What is different of the functions that the script leaves under the name.
fn change(context: &ScriptContext<'_>, gone: &Gone, replaced: bool) -> Option<(Severity, String)> {
    let name = &gone.name;
    let now: Vec<&Function> =
        context.state.functions_named(name).iter().map(|known| &known.function).collect();
    let made = context.state.functions_named(name).iter().find(|known| {
        let after = if replaced { gone.statement } else { gone.statement + 1 };
        known.made.is_some_and(|made| made.script == context.script_id && made.statement >= after)
    });
    let made = &made?.function;
    for old in gone.functions.iter().map(|known| &known.function) {
        if old.result.as_deref().is_some_and(|result| result.ends_with("trigger")) {
            continue;
        }
        let same = now.iter().find(|new| types_of(new) == types_of(old));
        let Some(new) = same else {
            return (!replaced).then(|| {
                let (before, after) = (&old.identity_arguments, &made.identity_arguments);
                (Severity::Error, format!("calls of {name}({before}) in running code fail: its arguments are ({after}) from now on"))
            });
        };
        if new.result != old.result {
            let result =
                |function: &Function| function.result.clone().unwrap_or_else(|| "nothing".to_owned());
            return Some((
                Severity::Error,
                format!(
                    "{name} returned {} and returns {} from now on: running code reads something else",
                    result(old),
                    result(new)
                ),
            ));
        }
        if new.volatility != old.volatility {
            return Some((
                Severity::Warning,
                format!(
                    "{name} was {} and is {} from now on: plans, indexes and defaults count on it",
                    word(old),
                    word(new)
                ),
            ));
        }
        if new.strict != old.strict {
            let strict = if new.strict {
                "no longer called with NULL: it gives NULL instead"
            } else {
                "called with NULL from now on"
            };
            return Some((Severity::Warning, format!("{name} is {strict}")));
        }
    }
    let others = now.iter().filter(|function| types_of(function) != types_of(made)).count();
    let overload = replaced && gone.functions.len() == 1 && others > 0 && now.len() > gone.functions.len();
    overload.then(|| {
        (
            Severity::Note,
            format!(
                "OR REPLACE with other arguments makes a second {name} beside the old one, which stays in use"
            ),
        )
    })
}

/// The argument types alone, as far as names do not matter.
fn types_of(function: &Function) -> Vec<String> {
    let types = function.identity_arguments.split(", ").filter(|argument| !argument.is_empty());
    types.map(|argument| without_name(argument).to_owned()).collect()
}

/// An argument without its mode and name: what is left begins at the first word that can begin a type.
fn without_name(argument: &str) -> &str {
    const MODES: &[&str] = &["IN ", "INOUT ", "VARIADIC "];
    let argument = MODES.iter().find_map(|mode| argument.strip_prefix(mode)).unwrap_or(argument);
    const TWO_WORDS: &[&str] = &["double ", "character ", "timestamp ", "time ", "bit "];
    if TWO_WORDS.iter().any(|start| argument.starts_with(start)) {
        return argument;
    }
    argument.split_once(' ').map_or(argument, |(_, type_)| type_)
}

fn word(function: &Function) -> &'static str {
    match function.volatility {
        Volatility::Immutable => "IMMUTABLE",
        Volatility::Stable => "STABLE",
        Volatility::Volatile => "VOLATILE",
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn messages(change: &str) -> Vec<String> {
        let made = "-- migration: 1_a\nCREATE FUNCTION f(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';\n-- migration: 2_b\n";
        let said = said(&format!("{made}{change}"));
        said.into_iter().filter(|(id, _)| *id == "function-changed").map(|(_, message)| message).collect()
    }

    #[test]
    fn results_volatility_and_strictness_are_compared() {
        let told = |change: &str, word: &str| {
            let said = messages(change);
            assert!(said.len() == 1 && said[0].contains(word), "{change}: {said:?}");
        };
        told(
            "DROP FUNCTION f(int); CREATE FUNCTION f(x int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT 1';",
            "returns text",
        );
        told("CREATE OR REPLACE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';", "is VOLATILE");
        told(
            "CREATE OR REPLACE FUNCTION f(x int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT 1';",
            "NULL",
        );
        told(
            "CREATE OR REPLACE FUNCTION f(x int, y int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';",
            "second f",
        );
    }

    #[test]
    fn the_same_function_with_another_body_is_silent() {
        assert!(
            messages("CREATE OR REPLACE FUNCTION f(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2';")
                .is_empty()
        );
        assert!(messages("DROP FUNCTION f(int); CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2';").is_empty());
    }
}
