//! The words of a text with their depth in parentheses, white space and comments left out.

use freehold_model::place::Span;

use crate::lexis::{self, Kind};

/// A word of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    pub(super) text: &'t str,
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// How many parentheses are open around it; a parenthesis counts as standing outside itself.
    pub(super) depth: usize,
}

impl Token<'_> {
    /// True for this key word in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Other && self.text.eq_ignore_ascii_case(word)
    }

    /// True for one of these key words.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// The name that it stands for, folded as the server folds it; `None` when it is no name.
    pub(super) fn name(&self) -> Option<String> {
        if self.kind == Kind::Quoted {
            let inner = self.text.strip_prefix('"')?.strip_suffix('"')?;
            return Some(inner.replace("\"\"", "\""));
        }
        let is_name = self.text.starts_with(|c: char| c.is_alphabetic() || c == '_');
        is_name.then(|| self.text.to_ascii_lowercase())
    }

    /// The value of a string constant in any form, with its place when the value stands in the text as it is.
    pub(super) fn string(&self) -> Option<(String, Option<usize>)> {
        if self.kind != Kind::Quoted {
            return None;
        }
        if self.text.starts_with('$') {
            let tag = self.text.get(..=self.text.get(1..)?.find('$')? + 1)?;
            let inner = self.text.strip_prefix(tag)?.strip_suffix(tag)?;
            return Some((inner.to_owned(), Some(self.span.start + tag.len())));
        }
        if let Some(inner) = self.text.strip_prefix(['e', 'E']) {
            return Some((unescaped(inner.strip_prefix('\'')?.strip_suffix('\'')?), None));
        }
        Some((self.text.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"), None))
    }
}

/// The value of an `E''` string, as far as words and names are concerned.
fn unescaped(inner: &str) -> String {
    let mut value = String::new();
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n' | 'r' | 't' | 'b' | 'f') => value.push(' '),
                Some(other) => value.push(other),
                None => {}
            },
            '\'' => {
                characters.next_if_eq(&'\'');
                value.push('\'');
            }
            other => value.push(other),
        }
    }
    value
}

/// The words of a text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for lexeme in lexis::lexemes(text) {
        if matches!(lexeme.kind, Kind::Space | Kind::Comment) {
            continue;
        }
        let word = text.get(lexeme.span.start..lexeme.span.end).unwrap_or("");
        let is_bracket = lexeme.kind == Kind::Other;
        if is_bracket && word == ")" {
            depth = depth.saturating_sub(1);
        }
        found.push(Token { text: word, kind: lexeme.kind, span: lexeme.span, depth });
        if is_bracket && word == "(" {
            depth += 1;
        }
    }
    found
}

/// The parts of a dotted name that begins at a token, and how many tokens they are.
pub(super) fn dotted_name(tokens: &[Token<'_>]) -> (Vec<String>, usize) {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(part) = tokens.get(at).and_then(Token::name) {
        parts.push(part);
        at += 1;
        if tokens.get(at).is_none_or(|token| token.text != ".") {
            break;
        }
        at += 1;
    }
    (parts, at)
}

/// True when two names as they are written can mean one object: equal, or one has a schema in front that the other
/// leaves out.
pub fn same_object(a: &str, b: &str) -> bool {
    let parts = |text: &str| {
        let words = tokens(text);
        let (parts, length) = dotted_name(&words);
        (length == words.len()).then_some(parts)
    };
    match (parts(a), parts(b)) {
        (Some(a), Some(b)) => !a.is_empty() && !b.is_empty() && (a.ends_with(&b) || b.ends_with(&a)),
        _ => false,
    }
}
