//! What stays the same of a statement from one call to the next.

use std::{fmt, sync::Arc};

use sha2::{Digest, Sha256};

use super::lexis::{Kind, Token, tokens};

/// Bytes of the longest text that a fingerprint shows.
const LONGEST_SHOWN: usize = 2_000;

/// A statement without its literals, parameters, comments and white space.
///
/// Lists after `IN` and `ARRAY` and rows after `VALUES` count as one, however many they are. It is found by reading
/// words, not grammar: two spellings of one query (`a = $1` and `$1 = a`) differ.
///
/// ```
/// use freehold_tenancy::telemetry::Fingerprint;
///
/// let one = Fingerprint::of("INSERT INTO notes VALUES (1, 'milk'), (2, 'tea') /* by hand */");
/// assert_eq!(one, Fingerprint::of("insert into notes values ($1, $2)"));
/// assert_ne!(one, Fingerprint::of("insert into notes values ($1)"));
/// ```
#[derive(Clone)]
pub struct Fingerprint {
    hex: Arc<str>,
    text: Arc<str>,
}

impl Fingerprint {
    /// The fingerprint of a text. It is found in one pass; nothing is looked up.
    ///
    /// ```
    /// use freehold_tenancy::telemetry::Fingerprint;
    ///
    /// // No value gets through, whatever it looks like.
    /// let fingerprint = Fingerprint::of("SELECT body FROM notes WHERE body = 'it''s' AND id > -1.5e3");
    /// assert_eq!(fingerprint.text(), "select body from notes where body = ? and id > ?");
    /// ```
    pub fn of(text: &str) -> Self {
        let mut normal = written(&folded(signed(tokens(text))));
        let digest = Sha256::digest(normal.as_bytes());
        let hex = hex::encode(digest.get(..8).unwrap_or_default());
        if normal.len() > LONGEST_SHOWN {
            normal.truncate(normal.floor_char_boundary(LONGEST_SHOWN));
            normal.push('…');
        }
        Self { hex: hex.into(), text: normal.into() }
    }

    /// Sixteen hex digits.
    ///
    /// ```
    /// use freehold_tenancy::telemetry::Fingerprint;
    ///
    /// let fingerprint = Fingerprint::of("SELECT 1");
    /// assert_eq!(fingerprint.hex().len(), 16);
    /// assert_eq!(fingerprint.to_string(), fingerprint.hex());
    /// ```
    pub fn hex(&self) -> &str {
        &self.hex
    }

    /// The text, with `?` in place of every literal and parameter; at most about 2,000 bytes of it.
    ///
    /// ```
    /// use freehold_tenancy::telemetry::Fingerprint;
    ///
    /// assert_eq!(Fingerprint::of("SELECT  $1::int\n-- why\nLIMIT 10").text(), "select ?::int limit ?");
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn shared_hex(&self) -> Arc<str> {
        Arc::clone(&self.hex)
    }
}

/// By the digits.
impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.hex == other.hex
    }
}

impl Eq for Fingerprint {}

impl std::hash::Hash for Fingerprint {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.hex.hash(state);
    }
}

/// The digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fingerprint").field(&self.hex).field(&self.text).finish()
    }
}

/// A sign belongs to the number after it where nothing stands before it that could be subtracted from.
fn signed(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut kept: Vec<Token<'_>> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let sign = token.kind == Kind::Value
            && kept.last().is_some_and(|last| matches!(last.text, "-" | "+"))
            && kept.len().checked_sub(2).and_then(|at| kept.get(at)).is_none_or(|before| !is_operand(before));
        if sign {
            kept.pop();
        }
        kept.push(token);
    }
    kept
}

fn is_operand(token: &Token<'_>) -> bool {
    const BEFORE_A_VALUE: &[&str] = &[
        "select",
        "where",
        "and",
        "or",
        "not",
        "in",
        "between",
        "like",
        "then",
        "else",
        "when",
        "case",
        "limit",
        "offset",
        "return",
        "returning",
        "values",
        "by",
        "on",
        "having",
        "set",
        "default",
    ];
    match token.kind {
        Kind::Value | Kind::Quoted => true,
        Kind::Word => !BEFORE_A_VALUE.iter().any(|word| token.text.eq_ignore_ascii_case(word)),
        Kind::Mark => matches!(token.text, ")" | "]"),
    }
}

/// The tokens without the elements of a list, and the rows of VALUES, that only repeat the first.
fn folded(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut skips: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if skips.last().is_some_and(|(from, _)| *from == at) {
            at = skips.pop().map_or(at + 1, |(_, to)| to);
            continue;
        }
        kept.push(*token);
        at += 1;
        let repeated = match token.kind {
            Kind::Word if is(token, &["in", "array"]) => repeated_elements(&tokens, at),
            Kind::Word if is(token, &["values"]) => repeated_rows(&tokens, at),
            _ => None,
        };
        skips.extend(repeated);
    }
    kept
}

fn is(token: &Token<'_>, words: &[&str]) -> bool {
    words.iter().any(|word| token.text.eq_ignore_ascii_case(word))
}

/// What to leave out of the list that opens here: all but its first element, where the others are like it.
fn repeated_elements(tokens: &[Token<'_>], open: usize) -> Option<(usize, usize)> {
    let close = closing(tokens, open)?;
    let mut elements = parts(tokens, open + 1, close).into_iter();
    let first = elements.next()?;
    let alike = elements.all(|element| alike(tokens, first, element));
    (alike && first.1 < close).then_some((first.1, close))
}

/// What to leave out after VALUES: all but the first row, where the others are like it.
fn repeated_rows(tokens: &[Token<'_>], open: usize) -> Option<(usize, usize)> {
    let first = (open, closing(tokens, open)? + 1);
    let mut end = first.1;
    while tokens.get(end).is_some_and(|token| token.text == ",") {
        let row = (end + 1, closing(tokens, end + 1)? + 1);
        if !alike(tokens, first, row) {
            return None;
        }
        end = row.1;
    }
    (end > first.1).then_some((first.1, end))
}

/// Where the bracket closes that opens here.
fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (at > open).then_some(at);
        }
    }
    None
}

/// The parts between commas that no bracket encloses.
fn parts(tokens: &[Token<'_>], from: usize, to: usize) -> Vec<(usize, usize)> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), from, 0_usize);
    for (at, token) in tokens.iter().enumerate().take(to).skip(from) {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                parts.push((begin, at));
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push((begin, to));
    parts
}

/// Whether two runs of tokens differ in values alone.
fn alike(tokens: &[Token<'_>], one: (usize, usize), other: (usize, usize)) -> bool {
    let (Some(one), Some(other)) = (tokens.get(one.0..one.1), tokens.get(other.0..other.1)) else {
        return false;
    };
    one.len() == other.len()
        && one.iter().zip(other).all(|(a, b)| {
            a.kind == b.kind
                && match a.kind {
                    Kind::Value => true,
                    Kind::Word => a.text.eq_ignore_ascii_case(b.text),
                    Kind::Quoted | Kind::Mark => a.text == b.text,
                }
        })
}

/// The tokens as one line: words in lower case, `?` for values.
fn written(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    let mut before: Option<&Token<'_>> = None;
    for token in tokens {
        if before.is_some_and(|before| is_apart(before, token)) {
            text.push(' ');
        }
        match token.kind {
            Kind::Value => text.push('?'),
            Kind::Word => text.push_str(&token.text.to_ascii_lowercase()),
            Kind::Quoted | Kind::Mark => text.push_str(token.text),
        }
        before = Some(token);
    }
    text.truncate(text.trim_end_matches([';', ' ']).len());
    text
}

fn is_apart(before: &Token<'_>, token: &Token<'_>) -> bool {
    const BEFORE_BRACKETS: &[&str] = &[
        "in",
        "values",
        "and",
        "or",
        "not",
        "as",
        "on",
        "from",
        "where",
        "select",
        "exists",
        "by",
        "over",
        "with",
        "then",
        "else",
        "when",
        "union",
        "all",
        "except",
        "intersect",
        "returning",
        "conflict",
        "using",
        "join",
    ];
    if matches!(before.text, "(" | "[" | "." | "::")
        || matches!(token.text, ")" | "]" | "," | "." | "::" | ";" | "[")
    {
        return false;
    }
    token.text != "(" || !matches!(before.kind, Kind::Word | Kind::Quoted) || is(before, BEFORE_BRACKETS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) {
        assert_eq!(Fingerprint::of(one), Fingerprint::of(other), "{one} / {other}");
    }

    fn differ(one: &str, other: &str) {
        assert_ne!(Fingerprint::of(one), Fingerprint::of(other), "{one} / {other}");
    }

    #[test]
    fn values_spaces_comments_and_cases_make_no_difference() {
        same("SELECT a FROM t WHERE b = 'x'", "select a\n from T where b=$1 -- c\n;");
        same("select a where b = -5", "select a where b = 5");
        same("select a where b = E'it\\'s'", "select a where b = $q$it's$q$");
        same("select 1 /* tenant */", "select 2");
    }

    #[test]
    fn names_operators_and_quoted_cases_do() {
        differ("select a from t", "select b from t");
        differ("select a from t where b < 1", "select a from t where b > 1");
        differ(r#"select "A" from t"#, r#"select "a" from t"#);
        differ("select b - 5", "select b + 5");
        differ("select b from t where c is null", "select b from t where c is not null");
    }

    #[test]
    fn lists_and_rows_count_as_one() {
        same("select a where b in (1)", "select a where b in ($1, $2, 3)");
        same("select a where b in ('x'::uuid)", "select a where b in ($1::uuid, $2::uuid)");
        same("select array[1, 2]", "select array[1]");
        same("insert into t values (1, 2)", "insert into t values (1, 2), ($3, $4) , (5, 6)");
        same("select a where b in (1, 2) and c in (3)", "select a where b in (1) and c in (3, 4, 5)");
        differ("select a where b in (1)", "select a where b in (c)");
        differ("select a where b in (1, c)", "select a where b in (1, 2)");
        differ("insert into t values (1, 2)", "insert into t values (1, 2), (3, default)");
        differ("select f(1)", "select f(1, 2)");
    }

    #[test]
    fn no_value_is_shown() {
        let text = "select * from users where name = 'secret' and pin = 1234 and x = $$secret$$ and y = E'\\'secret' /* secret */";
        let shown = format!("{:?}", Fingerprint::of(text));
        assert!(!shown.contains("secret") && !shown.contains("1234"), "{shown}");
        assert!(shown.contains("name = ?"), "{shown}");
    }

    #[test]
    fn a_long_list_is_read_in_one_pass() {
        let list: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
        same(&format!("select a where b in ({})", list.join(", ")), "select a where b in (7)");
        assert!(Fingerprint::of(&"select a ".repeat(10_000)).text().len() < 2_100);
    }
}
