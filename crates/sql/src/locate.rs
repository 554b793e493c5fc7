//! Where in a statement the grammar stumbled.
//!
//! The parser's crate gives the message without its position. The grammar reads tokens from left to right and stops
//! at the first one that cannot follow, so the shortest prefix of tokens that is refused *for another reason than its
//! end* ends with the token to blame; it is found by bisection, with a parse for each step.

use freehold_model::place::Span;

use crate::grammar;
use crate::lex::{Lexer, TokenKind};

/// The bytes to blame for `message`, which the grammar gave for the statement `text`; a span in `text`.
pub(crate) fn locate(text: &str, message: &str) -> Span {
    let end = Span::new(text.len(), text.len());
    if ends_too_early(message) {
        return end;
    }
    let tokens = tokens(text);
    let Some(last) = tokens.last() else { return end };
    let mut candidates: Vec<Span> = match named_token(message) {
        Some(name) => tokens.iter().copied().filter(|token| slice(text, *token) == name).collect(),
        None => tokens.clone(),
    };
    if candidates.is_empty() {
        candidates.clone_from(&tokens);
    }
    let at = candidates.partition_point(|token| !is_refused_at(text, *token));
    candidates.get(at).copied().unwrap_or(*last)
}

/// The message that speaks of a missing rest.
fn ends_too_early(message: &str) -> bool {
    message.ends_with("at end of input")
}

/// The token that the message quotes.
fn named_token(message: &str) -> Option<&str> {
    let (_, quoted) = message.split_once(" at or near \"")?;
    quoted.strip_suffix('"')
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start..span.end).unwrap_or("")
}

/// True when the text up to the end of this token cannot be the beginning of a statement.
fn is_refused_at(text: &str, token: Span) -> bool {
    let prefix = text.get(..token.end).unwrap_or(text);
    grammar::refusal(prefix).is_some_and(|message| !ends_too_early(&message))
}

/// PostgreSQL's own tokens where its scanner accepts the text, else ours.
fn tokens(text: &str) -> Vec<Span> {
    let scanned = pg_query::scan_tokens(text).ok().map(|tokens| {
        tokens
            .iter()
            .filter_map(|token| {
                let span = Span::new(usize::try_from(token.start).ok()?, usize::try_from(token.end).ok()?);
                text.get(span.start..span.end).filter(|text| !is_comment(text)).map(|_| span)
            })
            .collect::<Vec<_>>()
    });
    scanned.unwrap_or_else(|| {
        Lexer::new(text, 0)
            .filter(|token| token.kind != TokenKind::Comment)
            .map(|token| Span::new(token.start, token.end))
            .filter(|span| text.get(span.start..span.end).is_some())
            .collect()
    })
}

fn is_comment(token: &str) -> bool {
    token.starts_with("--") || token.starts_with("/*")
}
