//! One statement of a script.

use freehold_model::place::Span;

use crate::effect::Effect;
use crate::lex::{Lexer, TokenKind};

/// One SQL command and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes in the text that was parsed: from its first token to its last one, without the closing `;`, without
    /// comments and white space around it.
    pub span: Span,
    /// What it does.
    pub effect: Effect,
    /// For `COPY ... FROM stdin`: the bytes of its rows, from the line after the statement up to, not including, the
    /// line `\.`. They are in COPY's text format and are to be sent after the statement.
    pub copy_data: Option<Span>,
}

impl Statement {
    /// The statement's text, out of the text that was parsed.
    pub fn text<'t>(&self, whole: &'t str) -> &'t str {
        whole.get(self.span.start..self.span.end).unwrap_or("")
    }

    /// The rows of a `COPY ... FROM stdin`, out of the text that was parsed.
    pub fn rows<'t>(&self, whole: &'t str) -> Option<&'t str> {
        self.copy_data.and_then(|rows| whole.get(rows.start..rows.end))
    }

    /// The statement on one line of at most `max_chars` characters; see [`headline`].
    pub fn headline(&self, whole: &str, max_chars: usize) -> String {
        headline(self.text(whole), max_chars)
    }
}

/// SQL on one line for people: comments left out, white space and line ends (inside quotes too) folded to one space,
/// cut to `max_chars` characters with `…` at the end.
pub fn headline(sql: &str, max_chars: usize) -> String {
    let mut line = Line { text: String::new(), chars: 0, max: max_chars };
    let mut end = 0;
    for token in Lexer::new(sql, 0) {
        if token.kind == TokenKind::Comment {
            continue;
        }
        let spaced = token.start > end && end > 0;
        if spaced {
            line.push(' ');
        }
        for character in token.text(sql).chars() {
            line.push(if character.is_whitespace() || character.is_control() { ' ' } else { character });
            if line.is_full() {
                return line.cut();
            }
        }
        end = token.end;
    }
    line.text
}

/// A line that is being filled.
struct Line {
    text: String,
    chars: usize,
    max: usize,
}

impl Line {
    fn push(&mut self, character: char) {
        if character == ' ' && self.text.ends_with(' ') {
            return;
        }
        self.text.push(character);
        self.chars += 1;
    }

    fn is_full(&self) -> bool {
        self.chars > self.max
    }

    /// Takes away what is too much and puts the mark of a cut.
    fn cut(mut self) -> String {
        let keep = self.max.saturating_sub(1);
        let end = self.text.char_indices().nth(keep).map_or(self.text.len(), |(at, _)| at);
        self.text.truncate(end);
        self.text.truncate(self.text.trim_end().len());
        if self.max > 0 {
            self.text.push('…');
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_is_one_line_without_comments() {
        let sql = "CREATE  TABLE /* why */ a (\n  id int, -- key\n\tb text DEFAULT 'x -- y'\n)";
        assert_eq!(headline(sql, 200), "CREATE TABLE a ( id int, b text DEFAULT 'x -- y' )");
    }

    #[test]
    fn a_headline_is_cut_to_characters_not_bytes() {
        assert_eq!(headline("SELECT 'äöü€'", 10), "SELECT 'ä…");
        assert_eq!(headline("SELECT 'äöü€'", 13), "SELECT 'äöü€'");
        assert_eq!(headline("SELECT 'äöü€'", 0), "");
    }
}
