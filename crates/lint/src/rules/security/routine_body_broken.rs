//! The body of a PL/pgSQL routine or `DO` block cannot be compiled.
//!
//! ## What it finds
//! What PostgreSQL's own PL/pgSQL compiler refuses for its syntax: a missing `END IF`, a `RAISE` with too few values,
//! a word that is no statement, SQL that is none. What needs a catalog (types, tables) is left to the rehearsal.
//!
//! ## Why it hurts
//! The script fails at this statement; where the server was told not to check bodies, the routine fails when it is
//! called.
//!
//! ## Do instead
//! Correct the body.
//!
//! ## When to ignore
//! Never.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, PL/pgSQL.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    place::Span,
};
use freehold_sql::tree::{NodeEnum, lexemes, plpgsql, protobuf};

use crate::{
    context::Context,
    found::Findings,
    routine::Routine,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "routine-body-broken",
        code: "FH0912",
        category: Category::Security,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Execution],
        hazards: &[117],
        summary: "a PL/pgSQL body is no PL/pgSQL",
        source: include_str!("routine_body_broken.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["migration-fails"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(tree) = context.tree else { return };
    let Some(routine) = Routine::of(tree) else { return };
    let Some(body) = routine.body.filter(|_| routine.language == "plpgsql") else { return };
    let Some(message) = refusal(context.text, tree, &routine, body) else { return };
    let mut found = context
        .found(
            findings.rule(),
            Subject::new(routine.word, routine.shown()),
            format!("the body of {} is no PL/pgSQL: {message}", routine.shown()),
        )
        .advised("Correct the body.");
    if let Some(span) = blamed(context, &message) {
        found = found.at(span);
    }
    findings.push(found);
}

/// What the compiler says against the body, when no catalog could change its mind.
fn refusal(text: &str, tree: &NodeEnum, routine: &Routine<'_>, body: &str) -> Option<String> {
    let message = plpgsql(text).err()?;
    if is_about_syntax(&message) {
        return Some(message);
    }
    if message.starts_with("cannot be looked into") {
        return None;
    }
    // It stumbled over a type of the head: with simple types it gets as far as the body.
    let NodeEnum::CreateFunctionStmt(create) = tree else { return None };
    let simple = simplified(create, routine, body)?;
    plpgsql(&simple).err().filter(|message| message.starts_with("syntax error"))
}

fn simplified(create: &protobuf::CreateFunctionStmt, routine: &Routine<'_>, body: &str) -> Option<String> {
    const TAG: &str = "$freehold_body$";
    if body.contains(TAG) {
        return None;
    }
    let arguments: Vec<String> = routine
        .arguments
        .iter()
        .map(|name| format!("{} text", freehold_model::name::quote_identifier(name)))
        .collect();
    let returns = create.return_type.as_ref().map_or("void", |result| {
        let name = result.names.last().and_then(crate::routine::string).unwrap_or("");
        match name {
            _ if result.setof => "SETOF record",
            "trigger" => "trigger",
            "event_trigger" => "event_trigger",
            "void" => "void",
            _ => "text",
        }
    });
    let arguments = arguments.join(", ");
    Some(format!("CREATE FUNCTION f({arguments}) RETURNS {returns} LANGUAGE plpgsql AS {TAG}{body}{TAG}"))
}

/// True for messages of the scanner and the grammar; others may come from types and tables that are not known here.
fn is_about_syntax(message: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "syntax error",
        "unterminated",
        "missing ",
        "unexpected end of function definition",
        "mismatched parentheses",
        "too few parameters specified for RAISE",
        "too many parameters specified for RAISE",
        "end label",
        "EXIT cannot be used outside",
        "CONTINUE cannot be used outside",
        "duplicate declaration",
    ];
    BEGINNINGS.iter().any(|beginning| message.starts_with(beginning))
}

/// The word that the compiler names, when it stands only once in the statement.
fn blamed(context: &Context<'_>, message: &str) -> Option<Span> {
    let (_, quoted) = message.split_once(" at or near \"")?;
    let word = quoted.strip_suffix('"').filter(|word| word.len() > 1)?;
    let body =
        lexemes(context.text).find(|lexeme| lexeme.text.contains(word) && lexeme.text.len() > word.len())?;
    let mut places = body.text.match_indices(word);
    let (at, _) = places.next()?;
    let start = context.statement.span.start + body.span.start + at;
    places.next().is_none().then(|| Span::new(start, start + word.len()))
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(sql: &str) -> bool {
        said(sql).iter().any(|(id, _)| *id == "routine-body-broken")
    }

    fn function(head: &str, body: &str) -> String {
        format!("CREATE FUNCTION f{head} LANGUAGE plpgsql AS $$ {body} $$;")
    }

    #[test]
    fn what_the_grammar_refuses_is_told() {
        assert!(fires(&function("() RETURNS void", "BEGIN foo bar; END")));
        assert!(fires(&function("() RETURNS void", "BEGIN IF true THEN NULL; END")));
        assert!(fires(&function("() RETURNS void", "BEGIN SELECT FROM WHERE; END")));
        assert!(fires(&function("() RETURNS void", "BEGIN RAISE NOTICE '% %', 1; END")));
        assert!(fires(&function("(a app.mood) RETURNS app.mood", "BEGIN RETURN a END")));
        assert!(fires("DO $$ BEGIN foo bar; END $$;"));
    }

    #[test]
    fn what_only_a_catalog_knows_is_silent() {
        assert!(!fires(&function("() RETURNS trigger", "BEGIN NEW.a := now(); RETURN NEW; END")));
        assert!(!fires(&function(
            "(a app.mood, VARIADIC b int[]) RETURNS SETOF app.t",
            "DECLARE r app.t%ROWTYPE; BEGIN FOR r IN SELECT * FROM app.t LOOP RETURN NEXT r; END LOOP; RETURN; END"
        )));
        assert!(!fires(&function("() RETURNS app.t", "DECLARE x app.u; BEGIN x.a := 1; RETURN x; END")));
        assert!(!fires(&function("() RETURNS event_trigger", "BEGIN RAISE NOTICE '%', tg_tag; END")));
        assert!(!fires("CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS $$ this is python $$;"));
        assert!(!fires("DO LANGUAGE plpgsql $$ DECLARE n int; BEGIN SELECT 1 INTO n; END $$;"));
    }
}
