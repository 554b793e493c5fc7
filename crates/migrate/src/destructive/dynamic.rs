//! Dynamic SQL as far as its text is there: strings put together with `||`, `format` and the quoting functions.

use freehold_model::name::{quote_identifier, quote_literal};

use super::tokens::{Token, tokens};
use crate::lexis::Kind;

/// What stands in a template for something that is known only while it runs.
pub(super) const UNSEEN: &str = "freehold_unseen";

/// The text of dynamic SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    /// The SQL, with [`UNSEEN`] in the place of what is not known.
    pub(super) sql: String,
    /// Whether what is not known can be anything, and not just a name or a value.
    pub(super) anything: bool,
}

/// The words of commands whose unknown parts can be taken for names and values, when they parse as such.
const DEFINING: &[&str] =
    &["create", "alter", "grant", "revoke", "comment", "analyze", "vacuum", "reindex", "lock"];

impl Template {
    fn known(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), anything: false }
    }

    fn unknown() -> Self {
        Self { sql: UNSEEN.to_owned(), anything: true }
    }

    /// True when the text shows what is done: nothing is unknown but names and values, or the unknown parts stand each by
    /// itself in a defining command, where the grammar takes them for a name (`ALTER TABLE %s ENABLE TRIGGER ALL`).
    pub(super) fn shows_what_is_done(&self) -> bool {
        let begins = self.sql.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
        let stands_alone = |at: usize| {
            let before = self.sql.get(..at).and_then(|before| before.chars().next_back());
            before.is_none_or(|character| !character.is_alphanumeric())
        };
        let defines = DEFINING.contains(&begins.as_str());
        !self.anything || (defines && self.sql.match_indices(UNSEEN).all(|(at, _)| stands_alone(at)))
    }

    fn join(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::known("");
        for part in parts {
            whole.sql.push_str(&part.sql);
            whole.anything |= part.anything;
        }
        whole
    }
}

/// The template that the value of an expression follows.
pub(super) fn template(expression: &str) -> Template {
    value_of(&tokens(expression))
}

fn value_of(tokens: &[Token<'_>]) -> Template {
    let tokens = unwrapped(without_cast(unwrapped(tokens)));
    let operands = split(tokens, |pair| matches!(pair, [a, b, ..] if a.text == "|" && b.text == "|"), 2);
    if operands.len() > 1 {
        return Template::join(operands.into_iter().map(value_of));
    }
    match tokens {
        [token] => match token.string() {
            Some((value, _)) => Template::known(value),
            None if token.text.bytes().all(|byte| byte.is_ascii_digit()) => Template::known(token.text),
            None => Template::unknown(),
        },
        // Constants on lines of their own, one after the other, are one constant (PostgreSQL manual, 4.1.2.1).
        [_, _, ..] if tokens.iter().all(|token| token.string().is_some()) => Template::known(
            tokens.iter().filter_map(|token| token.string()).map(|(value, _)| value).collect::<String>(),
        ),
        _ => call(tokens),
    }
}

/// What a call of a built-in function gives.
fn call(tokens: &[Token<'_>]) -> Template {
    let tokens = match tokens {
        [schema, dot, rest @ ..] if schema.is("pg_catalog") && dot.text == "." => rest,
        all => all,
    };
    let [name, open, inside @ .., close] = tokens else { return Template::unknown() };
    if open.text != "(" || close.text != ")" || inside.iter().any(|token| token.depth <= open.depth) {
        return Template::unknown();
    }
    let arguments = || split(inside, |rest| rest.first().is_some_and(|token| token.text == ","), 1);
    let name = name.text.to_ascii_lowercase();
    match name.as_str() {
        "quote_ident" => identifier(inside),
        "quote_literal" | "quote_nullable" => literal(inside),
        "concat" => Template::join(arguments().into_iter().map(value_of)),
        "chr" => Template::known(" "),
        "format" => match arguments().split_first() {
            Some((pattern, values)) => formatted(value_of(pattern), values),
            None => Template::unknown(),
        },
        _ => Template::unknown(),
    }
}

fn identifier(value: &[Token<'_>]) -> Template {
    let value = value_of(value);
    if value.sql.contains(UNSEEN) {
        Template::known(UNSEEN)
    } else {
        Template::known(quote_identifier(&value.sql))
    }
}

fn literal(value: &[Token<'_>]) -> Template {
    Template::known(quote_literal(&value_of(value).sql))
}

/// `format(pattern, values…)`: `%s`, `%I`, `%L` and `%%`, perhaps with a position (`%1$I`) and a width.
fn formatted(pattern: Template, values: &[&[Token<'_>]]) -> Template {
    if pattern.anything {
        return Template::unknown();
    }
    let mut parts = Vec::new();
    let mut next = 0;
    let mut rest = pattern.sql.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        parts.push(Template::known(before));
        let length = after
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '$' | '-' | '*')))
            .unwrap_or(after.len());
        let (flags, after) = after.split_at_checked(length).unwrap_or(("", after));
        let mut characters = after.chars();
        let kind = characters.next();
        rest = characters.as_str();
        if kind == Some('%') {
            parts.push(Template::known("%"));
            continue;
        }
        if let Some((position, _)) = flags.split_once('$') {
            next = position.parse::<usize>().unwrap_or(1).saturating_sub(1);
        }
        let value = values.get(next).copied().unwrap_or(&[]);
        next += 1;
        parts.push(match kind {
            Some('I') => identifier(value),
            Some('L') => literal(value),
            _ => value_of(value),
        });
    }
    parts.push(Template::known(rest));
    Template::join(parts)
}

/// Without parentheses around the whole.
fn unwrapped<'a, 't>(mut tokens: &'a [Token<'t>]) -> &'a [Token<'t>] {
    while let [open, inside @ .., close] = tokens
        && open.text == "("
        && open.kind == Kind::Other
        && close.text == ")"
        && inside.iter().all(|token| token.depth > open.depth)
    {
        tokens = inside;
    }
    tokens
}

/// Without `::text` behind.
fn without_cast<'a, 't>(tokens: &'a [Token<'t>]) -> &'a [Token<'t>] {
    match tokens {
        [value @ .., a, b, type_] if a.text == ":" && b.text == ":" && type_.is_any(&["text", "varchar"]) => {
            value
        }
        all => all,
    }
}

/// The parts between separators on the level of the first token.
fn split<'a, 't>(
    tokens: &'a [Token<'t>],
    is_separator: impl Fn(&[Token<'t>]) -> bool,
    length: usize,
) -> Vec<&'a [Token<'t>]> {
    let Some(depth) = tokens.iter().map(|token| token.depth).min() else { return Vec::new() };
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(rest) = tokens.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.first().is_some_and(|token| token.depth == depth) && is_separator(rest) {
            parts.push(tokens.get(start..at).unwrap_or(&[]));
            at += length;
            start = at;
        } else {
            at += 1;
        }
    }
    parts.push(tokens.get(start..).unwrap_or(&[]));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_text_is_seen_as_far_as_it_is_there() {
        for (expression, sql, anything) in [
            ("'drop table a'", "drop table a", false),
            ("E'drop\\ntable ''a'''", "drop table 'a'", false),
            ("$x$drop table a$x$", "drop table a", false),
            ("('drop ' || 'table a')::text", "drop table a", false),
            ("'drop table ' || quote_ident(x)", "drop table freehold_unseen", false),
            ("'drop table ' || quote_ident('A b')", "drop table \"A b\"", false),
            ("'drop table ' || x", "drop table freehold_unseen", true),
            ("format('drop table %I.%I', s, 'b')", "drop table freehold_unseen.\"b\"", false),
            ("format('drop table %s', x)", "drop table freehold_unseen", true),
            ("format('drop table %s', quote_ident(x))", "drop table freehold_unseen", false),
            ("format('a %2$I %1$L %% %3$-10s', 'x', 'y', 1)", "a \"y\" 'x' % 1", false),
            ("pg_catalog.format('a %L', x || 'y')", "a 'freehold_unseeny'", false),
            ("concat('a', 'b')", "ab", false),
            ("x", "freehold_unseen", true),
            ("f('drop table a')", "freehold_unseen", true),
            ("", "freehold_unseen", true),
        ] {
            assert_eq!(template(expression), Template { sql: sql.to_owned(), anything }, "{expression}");
        }
    }

    #[test]
    fn an_unknown_part_of_a_defining_command_is_taken_for_a_name() {
        for (expression, shown) in [
            ("'alter table a drop constraint ' || x", true),
            ("format('create table %s (like %s)', x, y)", true),
            ("format('create table part_%s (like b)', x)", true),
            ("format('grant select on %I to app', x)", true),
            ("'alter table a add b int' || x", false),
            ("'select ' || x", false),
            ("'insert into ' || x", false),
            ("x", false),
        ] {
            assert_eq!(template(expression).shows_what_is_done(), shown, "{expression}");
        }
    }

    proptest! {
        #[test]
        fn any_expression_gives_a_template(expression in "(format\\(|quote_ident\\(|\\|\\||'%[sIL0-9$]?'|[a-z(),:|']| ){0,14}") {
            let _ = template(&expression);
        }
    }
}
