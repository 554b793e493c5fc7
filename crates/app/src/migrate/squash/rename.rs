//! Replacing names in SQL that the server printed.

/// One piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'t> {
    /// A name or key word as it is written.
    Word(&'t str),
    /// The whole of a quoted name, quotes included.
    Quoted(&'t str),
    /// Strings, comments, numbers, signs, white space.
    Other(&'t str),
}

/// The text with each name `old` (as the server knows it) replaced by the text `new`. What stands in strings and
/// comments is left alone.
pub(in crate::migrate) fn replace_name(text: &str, old: &str, new: &str) -> String {
    let quoted = freehold_model::name::quote_identifier(old);
    let mut replaced = String::with_capacity(text.len());
    for piece in pieces(text) {
        replaced.push_str(match piece {
            Piece::Word(word) if word == old => new,
            Piece::Quoted(name) if name == quoted => new,
            Piece::Word(text) | Piece::Quoted(text) | Piece::Other(text) => text,
        });
    }
    replaced
}

/// True when the name stands in the text outside of strings and comments.
pub(in crate::migrate) fn has_name(text: &str, name: &str) -> bool {
    let quoted = freehold_model::name::quote_identifier(name);
    pieces(text).iter().any(|piece| match piece {
        Piece::Word(word) => *word == name,
        Piece::Quoted(text) => *text == quoted,
        Piece::Other(_) => false,
    })
}

/// The text with the schema `old` renamed to `new` wherever a name is qualified by it, also at the beginning of strings,
/// where names of objects stand: `nextval('old.s'::regclass)`.
pub(in crate::migrate) fn replace_schema(text: &str, old: &str, new: &str) -> String {
    let quoted = freehold_model::name::quote_identifier(old);
    let new = freehold_model::name::display_identifier(new);
    let pieces = pieces(text);
    let mut replaced = String::with_capacity(text.len());
    for (at, piece) in pieces.iter().enumerate() {
        let qualifies = matches!(pieces.get(at + 1), Some(Piece::Other(".")));
        match piece {
            Piece::Word(word) if *word == old && qualifies => replaced.push_str(&new),
            Piece::Quoted(name) if *name == quoted && qualifies => replaced.push_str(&new),
            Piece::Other(string) if string.starts_with('\'') => {
                let inner = string.get(1..).unwrap_or_default();
                let bare = inner.strip_prefix(old).or_else(|| inner.strip_prefix(quoted.as_str()));
                match bare.filter(|rest| rest.starts_with('.')) {
                    Some(rest) => replaced.push_str(&format!("'{new}{rest}")),
                    None => replaced.push_str(string),
                }
            }
            Piece::Word(text) | Piece::Quoted(text) | Piece::Other(text) => replaced.push_str(text),
        }
    }
    replaced
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, of): (usize, fn(&str) -> Piece<'_>) = next(rest);
        let end = at + length.max(1);
        // A boundary is never missed: lengths are those of whole characters.
        let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
        pieces.push(of(text.get(at..end).unwrap_or_default()));
        at = end;
    }
    pieces
}

fn next(rest: &str) -> (usize, fn(&str) -> Piece<'_>) {
    let other: fn(&str) -> Piece<'_> = |text| Piece::Other(text);
    let first = rest.chars().next().unwrap_or(' ');
    if rest.starts_with("--") {
        (rest.find('\n').unwrap_or(rest.len()), other)
    } else if rest.starts_with("/*") {
        (rest.find("*/").map_or(rest.len(), |end| end + 2), other)
    } else if first == '\'' {
        (quoted(rest, '\'', false), other)
    } else if first == '"' {
        (quoted(rest, '"', false), |text| Piece::Quoted(text))
    } else if matches!(first, 'E' | 'e') && rest.get(1..).is_some_and(|rest| rest.starts_with('\'')) {
        (1 + rest.get(1..).map_or(0, |rest| quoted(rest, '\'', true)), other)
    } else if first == '$' {
        (dollar(rest), other)
    } else if first.is_alphabetic() || first == '_' {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$')));
        (end.unwrap_or(rest.len()), |text| Piece::Word(text))
    } else if first.is_ascii_digit() {
        (rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len()), other)
    } else {
        (first.len_utf8(), other)
    }
}

/// The length of what begins with a quote, up to and with the closing one.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if escapes && character == '\\' {
            characters.next();
        } else if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    text.len()
}

/// The length of `$tag$…$tag$`, or 1 when it is none.
fn dollar(text: &str) -> usize {
    let inner = text.get(1..).unwrap_or_default();
    let Some(end) = inner.find('$') else { return 1 };
    let tag = inner.get(..end).unwrap_or_default();
    let is_tag = tag.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !tag.starts_with(|c: char| c.is_ascii_digit());
    if !is_tag {
        return 1;
    }
    let mark = format!("${tag}$");
    let body = text.get(mark.len()..).unwrap_or_default();
    body.find(&mark).map_or(text.len(), |at| mark.len() + at + mark.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_outside_of_strings_and_comments_are_replaced() {
        let text =
            "GRANT a TO \"a\", aa, b; -- a\n/* a */ SELECT 'a', E'\\'a', $x$a$x$, $1, \"a\"\"\" FROM a.b";
        assert_eq!(
            replace_name(text, "a", "NEW"),
            "GRANT NEW TO NEW, aa, b; -- a\n/* a */ SELECT 'a', E'\\'a', $x$a$x$, $1, \"a\"\"\" FROM NEW.b"
        );
        assert!(has_name("x = \"Odd\"", "Odd"));
        assert!(!has_name("x = 'Odd'", "Odd"));
    }

    #[test]
    fn a_schema_is_renamed_where_it_qualifies_and_in_strings_that_begin_with_it() {
        let text = "SELECT a.x, a, \"a\".y FROM nextval('a.s'::regclass), 'say a.s', '\"a\".t', b.a.c";
        assert_eq!(
            replace_schema(text, "a", "New"),
            "SELECT \"New\".x, a, \"New\".y FROM nextval('\"New\".s'::regclass), 'say a.s', '\"New\".t', b.\"New\".c"
        );
    }

    #[test]
    fn text_that_does_not_end_is_kept_as_it_is() {
        for text in ["'", "\"", "E'\\", "/*", "--", "$a$", "$", "é'é", "1e5é", "E"] {
            assert_eq!(replace_name(text, "zz", "x"), text);
        }
    }
}
