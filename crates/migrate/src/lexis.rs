//! The few things about SQL text that decide where it may be cut: white space, comments, quoted things, semicolons.
//!
//! Follows PostgreSQL's manual, chapter 4.1 "Lexical Structure". It never fails: what is not closed ends with the text.

use freehold_model::place::Span;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// White space.
    Space,
    /// A comment, `--` to the end of its line (without the line's end) or `/* */`, nested.
    Comment,
    /// A string, a quoted name or a dollar-quoted body.
    Quoted,
    /// `;`
    Semicolon,
    /// A run of anything else.
    Other,
}

/// A piece of text with its kind. The pieces of a text follow each other without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lexeme {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// The pieces of a text, in order.
pub(crate) fn lexemes(text: &str) -> Lexemes<'_> {
    Lexemes { bytes: text.as_bytes(), at: 0 }
}

/// The iterator of [`lexemes`].
#[derive(Debug)]
pub(crate) struct Lexemes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Lexemes<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn starts(&self, at: usize, with: &[u8]) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(with))
    }

    fn end_of_space(&self, mut at: usize) -> usize {
        while is_space(self.byte(at)) && at < self.bytes.len() {
            at += 1;
        }
        at
    }

    fn end_of_line(&self, mut at: usize) -> usize {
        while at < self.bytes.len() && self.byte(at) != b'\n' && self.byte(at) != b'\r' {
            at += 1;
        }
        at
    }

    /// The end of a `/* */` comment; they nest.
    fn end_of_block(&self, mut at: usize) -> usize {
        let mut depth = 0_usize;
        while at < self.bytes.len() {
            if self.starts(at, b"/*") {
                depth += 1;
                at += 2;
            } else if self.starts(at, b"*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            } else {
                at += 1;
            }
        }
        self.bytes.len()
    }

    /// The end of a string or quoted name that begins with `quote` at `at`; a doubled quote stands for one.
    fn end_of_quoted(&self, mut at: usize, quote: u8, backslash: bool) -> usize {
        at += 1;
        while at < self.bytes.len() {
            let byte = self.byte(at);
            let doubled = byte == quote && self.byte(at + 1) == quote;
            if doubled || (backslash && byte == b'\\') {
                at += 2;
            } else if byte == quote {
                return at + 1;
            } else {
                at += 1;
            }
        }
        self.bytes.len()
    }

    /// The end of a dollar-quoted body that begins at `at`, or `None` when no tag begins there.
    fn end_of_dollar(&self, at: usize) -> Option<usize> {
        let mut tag_end = at + 1;
        if self.byte(tag_end).is_ascii_digit() {
            return None;
        }
        while is_name(self.byte(tag_end)) && self.byte(tag_end) != b'$' {
            tag_end += 1;
        }
        if self.byte(tag_end) != b'$' {
            return None;
        }
        let tag = self.bytes.get(at..=tag_end)?;
        let body = self.bytes.get(tag_end + 1..)?;
        let close = body.windows(tag.len()).position(|window| window == tag);
        Some(close.map_or(self.bytes.len(), |found| tag_end + 1 + found + tag.len()))
    }

    /// The end of a word: a dollar sign inside one begins no dollar quote.
    fn end_of_word(&self, mut at: usize) -> usize {
        while at < self.bytes.len() && is_name(self.byte(at)) {
            at += 1;
        }
        at
    }
}

impl Iterator for Lexemes<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        let byte = self.byte(start);
        let (kind, end) = if is_space(byte) {
            (Kind::Space, self.end_of_space(start))
        } else if self.starts(start, b"--") {
            (Kind::Comment, self.end_of_line(start))
        } else if self.starts(start, b"/*") {
            (Kind::Comment, self.end_of_block(start))
        } else if byte == b';' {
            (Kind::Semicolon, start + 1)
        } else if byte == b'\'' || byte == b'"' {
            (Kind::Quoted, self.end_of_quoted(start, byte, false))
        } else if matches!(byte, b'e' | b'E') && self.byte(start + 1) == b'\'' {
            (Kind::Quoted, self.end_of_quoted(start + 1, b'\'', true))
        } else if byte == b'$' {
            match self.end_of_dollar(start) {
                Some(end) => (Kind::Quoted, end),
                None => (Kind::Other, start + 1),
            }
        } else if is_name(byte) {
            (Kind::Other, self.end_of_word(start))
        } else {
            (Kind::Other, start + 1)
        };
        self.at = end.min(self.bytes.len());
        Some(Lexeme { kind, span: Span::new(start, self.at) })
    }
}

/// The beginning of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leading {
    /// Its first byte.
    pub(crate) start: usize,
    /// Its first words, at most five, in upper case.
    pub(crate) words: Vec<String>,
}

/// The beginnings of the statements of a text, cut at semicolons outside quotes and comments.
pub(crate) fn leadings(text: &str) -> Vec<Leading> {
    let mut found: Vec<Leading> = Vec::new();
    let mut open = false;
    for lexeme in lexemes(text) {
        match lexeme.kind {
            Kind::Space | Kind::Comment => {}
            Kind::Semicolon => open = false,
            Kind::Quoted | Kind::Other => {
                if !open {
                    found.push(Leading { start: lexeme.span.start, words: Vec::new() });
                    open = true;
                }
                if let Some(leading) = found.last_mut()
                    && leading.words.len() < 5
                {
                    let word = text.get(lexeme.span.start..lexeme.span.end).unwrap_or("");
                    leading.words.push(word.to_ascii_uppercase());
                }
            }
        }
    }
    found
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Bytes that continue a name: letters, digits, `_`, `$` and everything outside ASCII.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        lexemes(text).map(|l| (l.kind, &text[l.span.start..l.span.end])).collect()
    }

    #[test]
    fn semicolons_inside_quotes_and_comments_do_not_count() {
        for (text, semicolons) in [
            ("select 1; select 2;", 2),
            ("select ';'", 0),
            ("select 'it''s;'; x", 1),
            (r"select E'\';'; x", 1),
            (r"select '\'; x", 1),
            ("select \"a;b\"", 0),
            ("-- a; b\nselect 1;", 1),
            ("/* a; /* b; */ c; */ ;", 1),
            ("$$ a; $$;", 1),
            ("$x$ a; $$ b; $x$;", 1),
            ("select a$b$; c$b$;", 2),
            ("select $1; $2;", 2),
            ("'open; ", 0),
        ] {
            let seen = lexemes(text).filter(|l| l.kind == Kind::Semicolon).count();
            assert_eq!(seen, semicolons, "{text:?}: {:?}", kinds(text));
        }
    }

    proptest! {
        #[test]
        fn the_pieces_of_any_text_follow_each_other_on_character_borders(text in "[a-zE$'\"/*; \n\r\\\\é-]{0,60}") {
            let mut at = 0;
            for lexeme in lexemes(&text) {
                prop_assert_eq!(lexeme.span.start, at);
                prop_assert!(lexeme.span.end > at);
                prop_assert!(text.get(lexeme.span.start..lexeme.span.end).is_some());
                at = lexeme.span.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
