//! `SET` is given a parameter or a variable, which it does not take.
//!
//! ## What it finds
//! In bodies of routines and `DO` blocks: `EXECUTE 'SET … = $1' USING …`, and `SET … = name` where the name is an
//! argument of the routine.
//!
//! ## Why it hurts
//! The first fails whenever it is reached (syntax error at $1). The second does not fail: it sets the setting to the
//! name itself, as a text. Where the setting tells tenants apart, nobody sees anything, or everybody sees the same.
//!
//! ## Do instead
//! `PERFORM set_config('app.tenant', value, true)`, which takes a value and lasts to the end of the transaction.
//!
//! ## When to ignore
//! Never.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, SET; 9.27.1, set_config.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use freehold_sql::tree::{Lexeme, LexemeKind, NodeEnum, lexemes, protobuf};

use crate::{
    context::Context,
    found::Findings,
    routine::{Routine, string_value},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "set-with-bind-parameter",
        code: "FH0911",
        category: Category::Security,
        severity: Severity::Error,
        decided_by: &[Depth::Text],
        hazards: &[],
        advice: &[2],
        summary: "SET is given a parameter or a variable, which it does not take",
        source: include_str!("set_with_bind_parameter.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if let Some(NodeEnum::VariableSetStmt(set)) = context.tree {
        return plain(context, set, findings);
    }
    let Some(routine) = context.tree.and_then(Routine::of) else { return };
    let Some(body) = routine.body else { return };
    if !matches!(routine.language.as_str(), "plpgsql" | "sql") || !body.to_ascii_lowercase().contains("set") {
        return;
    }
    let words: Vec<Lexeme<'_>> = lexemes(body).collect();
    let parameter = words.iter().filter(|word| word.kind == LexemeKind::String).find_map(|word| {
        let value = string_value(word.text)?;
        let inner: Vec<Lexeme<'_>> = lexemes(&value).collect();
        let (setting, to) = set_statement(&inner, 0)?;
        to.text.starts_with('$').then(|| (setting, to.text.to_owned()))
    });
    let variable = || {
        (0..words.len()).filter(|at| begins(&words, *at)).find_map(|at| {
            let (setting, to) = set_statement(words.get(at..)?, 0)?;
            let named = routine.arguments.iter().find(|name| to.is(name))?;
            Some((setting, (*named).to_owned()))
        })
    };
    let (message, setting, value) = if let Some((setting, value)) = parameter {
        (
            format!(
                "SET {setting} is given the parameter {value}: SET takes none, and this fails whenever it is run"
            ),
            setting,
            value,
        )
    } else if let Some((setting, value)) = variable() {
        (
            format!(
                "SET {setting} = {value} does not use the argument {value}: it sets the text '{value}' itself"
            ),
            setting,
            value,
        )
    } else {
        return;
    };
    let value = if value.starts_with('$') { "the value" } else { value.as_str() };
    findings.push(
        context
            .found(findings.rule(), Subject::new(routine.word, routine.shown()), message)
            .advised(format!("Use PERFORM set_config('{setting}', {value}::text, true).")),
    );
}

/// A statement of the script itself: nobody gives it a value.
fn plain(context: &Context<'_>, set: &protobuf::VariableSetStmt, findings: &mut Findings<'_>) {
    let parameter = set.args.iter().find_map(|arg| match arg.node.as_ref()? {
        NodeEnum::ParamRef(parameter) => Some(parameter.number),
        _ => None,
    });
    if let Some(number) = parameter {
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("setting", set.name.clone()),
                    format!(
                        "SET {} is given the parameter ${number}: SET takes none, and this fails",
                        set.name
                    ),
                )
                .advised(format!("Use SELECT set_config('{}', value, true).", set.name)),
        );
    }
}

/// True where a statement of a body can begin.
fn begins(words: &[Lexeme<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| words.get(before));
    before.is_none_or(|before| {
        before.text == ";" || ["begin", "then", "else", "loop"].iter().any(|word| before.is(word))
    })
}

/// The setting and the first word of its value, when a `SET` begins at this word.
fn set_statement<'w, 'b>(words: &'w [Lexeme<'b>], at: usize) -> Option<(String, &'w Lexeme<'b>)> {
    let mut at = at;
    if !words.get(at)?.is("set") {
        return None;
    }
    at += 1;
    if words.get(at).is_some_and(|word| word.is("local") || word.is("session")) {
        at += 1;
    }
    let mut name = words.get(at)?.text.to_owned();
    at += 1;
    while words.get(at).is_some_and(|word| word.text == ".") {
        name = format!("{name}.{}", words.get(at + 1)?.text);
        at += 2;
    }
    let equals = words.get(at)?;
    (equals.text == "=" || equals.is("to")).then_some(())?;
    // A single word is the whole value.
    let value = words.get(at + 1)?;
    let ends = words.get(at + 2).is_none_or(|after| after.text == ";");
    ends.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(body: &str) -> bool {
        let text = format!(
            "CREATE FUNCTION f(wanted text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN {body}; END $$;"
        );
        said(&text).iter().any(|(id, _)| *id == "set-with-bind-parameter")
    }

    #[test]
    fn parameters_and_arguments_are_told() {
        assert!(fires("EXECUTE 'SET app.tenant = $1' USING wanted"));
        assert!(fires("EXECUTE 'set local app.tenant to $1' USING wanted"));
        assert!(fires("SET LOCAL app.tenant = wanted"));
    }

    #[test]
    fn a_statement_of_the_script_is_told_too() {
        let told = |sql: &str| said(sql).iter().any(|(id, _)| *id == "set-with-bind-parameter");
        assert!(told("SET LOCAL app.tenant = $1;"));
        assert!(!told("SET LOCAL app.tenant = 'a';"));
    }

    #[test]
    fn what_works_is_silent() {
        assert!(!fires("PERFORM set_config('app.tenant', wanted, true)"));
        assert!(!fires("EXECUTE format('SET LOCAL app.tenant = %L', wanted)"));
        assert!(!fires("EXECUTE 'UPDATE t SET a = $1' USING wanted"));
        assert!(!fires("UPDATE t SET a = wanted"));
        assert!(!fires("SET LOCAL work_mem = '1GB'"));
        assert!(!fires("SET LOCAL search_path = app"));
    }
}
