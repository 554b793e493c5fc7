//! Small readings of the words of an expression: constants, parentheses, parts.

use freehold_sql::tree::{Lexeme, LexemeKind};

/// The conversions of a format string: position, if one is written, and letter.
pub(super) fn directives(template: &str) -> Vec<(Option<usize>, char)> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        rest = rest.get(at + 1..).unwrap_or("");
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let position = rest
            .get(digits..)
            .filter(|after| after.starts_with('$'))
            .and_then(|_| rest.get(..digits)?.parse().ok());
        let skip = if position.is_some() { digits + 1 } else { 0 };
        let after = rest
            .get(skip..)
            .unwrap_or("")
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '*');
        let Some(letter) = after.chars().next() else { break };
        rest = after.get(letter.len_utf8()..).unwrap_or("");
        if letter != '%' {
            found.push((position, letter));
        }
    }
    found
}

/// The value of string constants, one after the other.
pub(super) fn constant(words: &[Lexeme<'_>]) -> Option<String> {
    let all = words.iter().all(|word| word.kind == LexemeKind::String);
    (all && !words.is_empty()).then(|| words.iter().filter_map(|word| string_value(word.text)).collect())
}

/// The value of a string constant as written in SQL.
pub fn string_value(text: &str) -> Option<String> {
    if let Some(inner) = text.strip_prefix('$') {
        let tag = inner.find('$')? + 2;
        return text.get(tag..text.len().checked_sub(tag)?).map(str::to_owned);
    }
    let open = text.find('\'')?;
    let inner = text.get(open + 1..text.len().checked_sub(1)?)?;
    Some(inner.replace("''", "'"))
}

/// Without parentheses around all of it.
pub(super) fn unwrapped<'w, 'b>(words: &'w [Lexeme<'b>]) -> &'w [Lexeme<'b>] {
    let mut words = words;
    while let [open, inner @ .., close] = words {
        let balanced = open.text == "(" && close.text == ")" && {
            let mut depth = 0_i32;
            inner.iter().all(|word| {
                match word.text {
                    "(" => depth += 1,
                    ")" => depth -= 1,
                    _ => {}
                }
                depth >= 0
            })
        };
        if !balanced {
            break;
        }
        words = inner;
    }
    words
}

/// The parts between these symbols outside of parentheses. `|` stands twice: the empty parts between are left out.
pub(super) fn split<'w, 'b>(words: &'w [Lexeme<'b>], symbol: &str) -> Vec<&'w [Lexeme<'b>]> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, word) in words.iter().enumerate() {
        match word.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            text if depth == 0 && text == symbol && word.kind == LexemeKind::Symbol => {
                parts.extend(words.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(words.get(start..));
    parts.retain(|part| !part.is_empty());
    parts
}
