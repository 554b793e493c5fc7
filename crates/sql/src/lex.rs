//! The lexical layer of PostgreSQL: just enough to know what is quoted, what is a comment and what is a word.
//!
//! The grammar proper is PostgreSQL's own; this exists because a script must be cut into statements *before* it can be
//! parsed (data rows of `COPY`, psql commands and one broken statement would make the whole script unparsable), and
//! because it runs in time linear in the text. The rules are those of PostgreSQL's scanner with
//! `standard_conforming_strings = on`, its default.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An unquoted identifier or key word.
    Word,
    /// A quoted identifier.
    QuotedIdentifier,
    /// A string constant of any form, dollar-quoted ones too.
    String,
    /// A number, or a parameter such as `$1`.
    Number,
    /// `--` to the end of the line or a bracketed comment.
    Comment,
    /// A backslash outside any quoting: never SQL, always meant for psql.
    Backslash,
    /// Any other single character.
    Symbol(char),
    /// A string, identifier or comment whose end is missing.
    Unterminated(Unterminated),
}

/// What was opened and never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unterminated {
    /// `'...`
    String,
    /// `$tag$...`
    DollarString,
    /// `"...`
    QuotedIdentifier,
    /// `/*...`
    Comment,
}

/// A token and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token {
    /// The token's text.
    pub(crate) fn text<'t>(&self, whole: &'t str) -> &'t str {
        whole.get(self.start..self.end).unwrap_or("")
    }

    /// True for this key word, however it is capitalised; quoted identifiers are never key words.
    pub(crate) fn is_word(&self, whole: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(whole).eq_ignore_ascii_case(word)
    }
}

/// Tokens of a text, without white space.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Lexer<'t> {
    /// Reads from the byte `at` on, which must be a character boundary outside of any quoting.
    pub(crate) fn new(text: &'t str, at: usize) -> Self {
        Self { text, bytes: text.as_bytes(), at }
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn pass_while(&self, from: usize, keep: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(from..).unwrap_or(&[]);
        from + rest.iter().position(|byte| !keep(*byte)).unwrap_or(rest.len())
    }

    /// The end of a text in `quote`s that opens at `open`; a doubled quote stands for itself, and with `escapes` a
    /// backslash takes the next byte with it.
    fn quoted(&self, open: usize, quote: u8, escapes: bool) -> Option<usize> {
        let mut at = open + 1;
        loop {
            at = self.pass_while(at, |byte| byte != quote && !(escapes && byte == b'\\'));
            if at >= self.bytes.len() {
                return None;
            }
            // A backslash is only stopped at when it escapes.
            let escape = self.byte(at) == b'\\';
            if !escape && self.byte(at + 1) != quote {
                return Some(at + 1);
            }
            at += 2;
        }
    }

    /// The end of a bracketed comment that opens at `open`; they nest.
    fn bracketed_comment(&self, open: usize) -> Option<usize> {
        let mut depth = 1_usize;
        let mut at = open + 2;
        while at < self.bytes.len() {
            match (self.byte(at), self.byte(at + 1)) {
                (b'*', b'/') => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                (b'/', b'*') => {
                    depth += 1;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        None
    }

    /// What begins with a dollar sign: a dollar-quoted string, a parameter, or just the sign.
    fn dollar(&self, start: usize) -> (TokenKind, usize) {
        let after = self.byte(start + 1);
        if after.is_ascii_digit() {
            return (TokenKind::Number, self.pass_while(start + 1, |byte| byte.is_ascii_digit()));
        }
        let tag_end = if starts_word(after) {
            self.pass_while(start + 1, |byte| continues_word(byte) && byte != b'$')
        } else {
            start + 1
        };
        if self.byte(tag_end) != b'$' {
            return (TokenKind::Symbol('$'), start + 1);
        }
        let body = tag_end + 1;
        let tag = self.text.get(start..body).unwrap_or("$$");
        match self.text.get(body..).and_then(|rest| rest.find(tag)) {
            Some(offset) => (TokenKind::String, body + offset + tag.len()),
            None => (TokenKind::Unterminated(Unterminated::DollarString), self.bytes.len()),
        }
    }

    fn string(&self, open: usize, escapes: bool) -> (TokenKind, usize) {
        match self.quoted(open, b'\'', escapes) {
            Some(end) => (TokenKind::String, end),
            None => (TokenKind::Unterminated(Unterminated::String), self.bytes.len()),
        }
    }

    fn identifier(&self, open: usize) -> (TokenKind, usize) {
        match self.quoted(open, b'"', false) {
            Some(end) => (TokenKind::QuotedIdentifier, end),
            None => (TokenKind::Unterminated(Unterminated::QuotedIdentifier), self.bytes.len()),
        }
    }

    fn word(&self, start: usize) -> (TokenKind, usize) {
        let (first, second, third) = (self.byte(start), self.byte(start + 1), self.byte(start + 2));
        match (first.to_ascii_lowercase(), second, third) {
            (b'e', b'\'', _) => self.string(start + 1, true),
            (b'b' | b'x' | b'n', b'\'', _) => self.string(start + 1, false),
            (b'u', b'&', b'\'') => self.string(start + 2, false),
            (b'u', b'&', b'"') => self.identifier(start + 2),
            _ => (TokenKind::Word, self.pass_while(start, continues_word)),
        }
    }

    fn token_at(&self, start: usize) -> (TokenKind, usize) {
        match (self.byte(start), self.byte(start + 1)) {
            (b'-', b'-') => {
                (TokenKind::Comment, self.pass_while(start, |byte| byte != b'\n' && byte != b'\r'))
            }
            (b'/', b'*') => match self.bracketed_comment(start) {
                Some(end) => (TokenKind::Comment, end),
                None => (TokenKind::Unterminated(Unterminated::Comment), self.bytes.len()),
            },
            (b'\'', _) => self.string(start, false),
            (b'"', _) => self.identifier(start),
            (b'$', _) => self.dollar(start),
            (b'\\', _) => (TokenKind::Backslash, start + 1),
            (byte, _) if byte.is_ascii_digit() => {
                let end = self
                    .pass_while(start, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
                (TokenKind::Number, end)
            }
            (byte, _) if starts_word(byte) => self.word(start),
            (byte, _) => (TokenKind::Symbol(char::from(byte)), start + 1),
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let start = self.pass_while(self.at, is_space);
        if start >= self.bytes.len() {
            self.at = start;
            return None;
        }
        let (kind, end) = self.token_at(start);
        self.at = end.min(self.bytes.len());
        Some(Token { kind, start, end: self.at })
    }
}

/// White space as PostgreSQL's scanner knows it.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(TokenKind, &str)> {
        Lexer::new(text, 0).map(|token| (token.kind, token.text(text))).collect()
    }

    #[test]
    fn quoting_hides_what_looks_like_the_end_of_a_statement() {
        for quoted in [
            "';'",
            "''';'",
            "E'\\';'",
            "e'\\\\'",
            "\"a;\"\"b\"",
            "$$;$$",
            "$a$ $b$ ; $$ $a$",
            "/* ; /* ; */ ; */",
            "-- ;",
            "N';'",
            "U&'\\0061;'",
            "U&\"d;\"",
            "B'10'",
            "$é$;$é$",
        ] {
            assert_eq!(tokens(quoted).len(), 1, "{quoted}");
            assert_eq!(tokens(quoted)[0].1, quoted);
        }
    }

    #[test]
    fn a_backslash_escapes_only_in_an_escape_string() {
        assert_eq!(tokens(r"'\'").len(), 1);
        assert!(matches!(tokens(r"E'\'")[0].0, TokenKind::Unterminated(Unterminated::String)));
    }

    #[test]
    fn a_dollar_inside_a_word_opens_nothing() {
        assert_eq!(tokens("a$b$ c").len(), 2);
        assert_eq!(tokens("$1;").len(), 2);
    }

    #[test]
    fn what_is_never_closed_is_told() {
        for (text, what) in [
            ("'a", Unterminated::String),
            ("\"a", Unterminated::QuotedIdentifier),
            ("$x$ a $y$", Unterminated::DollarString),
            ("/* /* */", Unterminated::Comment),
        ] {
            assert_eq!(tokens(text)[0].0, TokenKind::Unterminated(what), "{text}");
        }
    }
}
