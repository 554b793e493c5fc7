//! The words of a statement: just enough of PostgreSQL's lexis to tell literals, comments and names apart.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or an unquoted name.
    Word,
    /// A quoted name, with its quotes.
    Quoted,
    /// A string, a number, or a parameter: what differs from one call to the next.
    Value,
    /// Anything else, one operator or mark at a time.
    Mark,
}

/// A token and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'s> {
    pub(super) kind: Kind,
    pub(super) text: &'s str,
}

/// The tokens of a text, without white space and comments. A string or comment without an end runs to the end.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = token(rest, first);
        let length = length.clamp(first.len_utf8(), rest.len());
        let Some((text, after)) = rest.split_at_checked(length) else { break };
        if let Some(kind) = kind {
            tokens.push(Token { kind, text });
        }
        rest = after;
    }
    tokens
}

/// The kind of the first token of a text, `None` for what is no token, and its length in bytes.
fn token(rest: &str, first: char) -> (Option<Kind>, usize) {
    let second = rest.chars().nth(1);
    match first {
        _ if first.is_whitespace() => (None, first.len_utf8()),
        '-' if second == Some('-') => (None, rest.find(['\n', '\r']).unwrap_or(rest.len())),
        '/' if second == Some('*') => (None, comment(rest)),
        '\'' => (Some(Kind::Value), quoted(rest, '\'', false)),
        '"' => (Some(Kind::Quoted), quoted(rest, '"', false)),
        '$' => dollar(rest),
        '0'..='9' => (Some(Kind::Value), number(rest)),
        '.' if second.is_some_and(|c| c.is_ascii_digit()) => (Some(Kind::Value), number(rest)),
        _ if begins_word(first) => word(rest),
        ':' if second == Some(':') => (Some(Kind::Mark), 2),
        _ if is_operator(first) => (Some(Kind::Mark), operator(rest)),
        _ => (Some(Kind::Mark), first.len_utf8()),
    }
}

fn begins_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn goes_on_word(c: char) -> bool {
    begins_word(c) || c.is_ascii_digit() || c == '$'
}

fn is_operator(c: char) -> bool {
    "+-*/<>=~!@#%^&|`?".contains(c)
}

/// An operator ends where a comment begins, and a sign before a value is a token of its own.
fn operator(rest: &str) -> usize {
    let whole = rest.find(|c| !is_operator(c)).unwrap_or(rest.len());
    let run = rest.get(..whole).unwrap_or("");
    let comment = ["--", "/*"].iter().filter_map(|mark| run.find(mark)).min();
    let mut length = comment.unwrap_or(whole).max(1);
    // PostgreSQL's own rule: only an operator with one of these characters in it may end in a sign.
    while length > 1
        && rest.get(..length).is_some_and(|op| {
            op.ends_with(['+', '-']) && !op.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?'])
        })
    {
        length -= 1;
    }
    length
}

/// A word, or a string or name that a prefix belongs to: `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'`, `U&"…"`.
fn word(rest: &str) -> (Option<Kind>, usize) {
    let length = rest.find(|c| !goes_on_word(c)).unwrap_or(rest.len());
    let prefix = rest.get(..length).unwrap_or("");
    let after = rest.get(length..).unwrap_or("");
    if prefix.len() == 1 {
        if after.starts_with('\'') && "eEbBxXnN".contains(prefix) {
            return (Some(Kind::Value), 1 + quoted(after, '\'', "eE".contains(prefix)));
        }
        if "uU".contains(prefix) && after.starts_with("&'") {
            return (Some(Kind::Value), 2 + quoted(after.get(1..).unwrap_or(""), '\'', false));
        }
        if "uU".contains(prefix) && after.starts_with("&\"") {
            return (Some(Kind::Quoted), 2 + quoted(after.get(1..).unwrap_or(""), '"', false));
        }
    }
    (Some(Kind::Word), length)
}

/// The length of what stands between quotes, with the quotes; a doubled one does not end it.
fn quoted(rest: &str, quote: char, escapes: bool) -> usize {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if escapes && c == '\\' {
            characters.next();
        } else if c == quote {
            match characters.peek() {
                Some((_, next)) if *next == quote => {
                    characters.next();
                }
                _ => return at + 1,
            }
        }
    }
    rest.len()
}

/// The length of a comment; they nest.
fn comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0_usize, 0_usize);
    while let Some(pair) = bytes.get(at..at + 2) {
        match pair {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// A parameter `$1`, a string `$$…$$` or `$tag$…$tag$`, or a lone `$`.
fn dollar(rest: &str) -> (Option<Kind>, usize) {
    let after = rest.get(1..).unwrap_or("");
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    if digits > 0 {
        return (Some(Kind::Value), 1 + digits);
    }
    let tag = after.find(|c| !goes_on_word(c) || c == '$').unwrap_or(after.len());
    if !after.get(tag..).is_some_and(|end| end.starts_with('$')) {
        return (Some(Kind::Mark), 1);
    }
    let mark = rest.get(..tag + 2).unwrap_or("$$");
    let body = rest.get(mark.len()..).unwrap_or("");
    (Some(Kind::Value), body.find(mark).map_or(rest.len(), |end| mark.len() * 2 + end))
}

/// A number: `1`, `1_000`, `1.5`, `.5`, `1e-3`, `0x1F`.
fn number(rest: &str) -> usize {
    let mut length = 0;
    let mut before = ' ';
    for c in rest.chars() {
        let sign_of_exponent = (c == '+' || c == '-')
            && before.eq_ignore_ascii_case(&'e')
            && !rest.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"));
        // `1..2` is a range of PL/pgSQL, not a number.
        let point = c == '.' && !rest.get(length + 1..).is_some_and(|next| next.starts_with('.'));
        if !(c.is_ascii_alphanumeric() || c == '_' || point || sign_of_exponent) {
            break;
        }
        length += c.len_utf8();
        before = c;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn strings_end_where_postgresql_ends_them() {
        for (text, second) in [
            (r"'it''s' x", "x"),
            (r"E'it\'s' x", "x"),
            (r"'back\' x", "x"),
            ("$$a'b$$ x", "x"),
            ("$a$ $$ $b$ $a$ x", "x"),
            ("U&'d\\0061' x", "x"),
            (r#""quo""ted" x"#, "x"),
            ("/* a /* b */ ' */ 1 x", "x"),
            ("1.5e-3 x", "x"),
        ] {
            let tokens = tokens(text);
            assert_eq!((tokens.len(), tokens.last().map(|t| t.text)), (2, Some(second)), "{text}");
        }
    }

    #[test]
    fn comments_and_spaces_are_no_tokens() {
        assert_eq!(texts("a -- b\n+c/* d */e"), ["a", "+", "c", "e"]);
        assert_eq!(texts("a - -1"), ["a", "-", "-", "1"]);
        assert_eq!(texts("a=-1"), ["a", "=", "-", "1"]);
        assert_eq!(texts("a@-1"), ["a", "@-", "1"]);
        assert_eq!(texts("x::int[1]"), ["x", "::", "int", "[", "1", "]"]);
    }

    #[test]
    fn what_has_no_end_runs_to_the_end() {
        for text in ["'abc", "$a$abc", "/* abc", "\"abc", "E'abc\\"] {
            assert!(tokens(text).len() <= 1, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_tokens_that_stand_in_it(text in ".{0,80}") {
            let mut rest = text.as_str();
            for token in tokens(&text) {
                let at = rest.find(token.text);
                proptest::prop_assert!(at.is_some());
                rest = rest.get(at.unwrap_or(0) + token.text.len()..).unwrap_or("");
            }
        }
    }
}
