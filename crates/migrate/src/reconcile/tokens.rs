//! Takes SQL text apart into names and signs, as far as is needed to see which objects it mentions.
//!
//! It never fails: what it does not know is a sign, and a literal that does not end goes to the end of the text.

/// One piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or key word, as the server would read it: folded unless it was quoted.
    Word(String),
    /// The inside of a string literal.
    Text(String),
    /// A run of characters of operators.
    Operator(String),
    /// Any other character.
    Sign(char),
}

/// The tokens of a text; comments, numbers and white space are left out.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = if first.is_whitespace() {
            after
        } else if rest.starts_with("--") {
            rest.split_once('\n').map_or("", |(_, after)| after)
        } else if rest.starts_with("/*") {
            rest.split_once("*/").map_or("", |(_, after)| after)
        } else if first == '"' {
            let (name, after) = quoted(after, '"', false);
            found.push(Token::Word(name));
            after
        } else if first == '\'' {
            let (inside, after) = quoted(after, '\'', false);
            found.push(Token::Text(inside));
            after
        } else if matches!(first, 'E' | 'e') && after.starts_with('\'') {
            let (inside, after) = quoted(after.get(1..).unwrap_or_default(), '\'', true);
            found.push(Token::Text(inside));
            after
        } else if starts_word(first) {
            let (word, after) = split_while(rest, |c| starts_word(c) || c.is_ascii_digit() || c == '$');
            found.push(Token::Word(word.to_lowercase()));
            after
        } else if first.is_ascii_digit() {
            split_while(rest, |c| c.is_ascii_alphanumeric()).1
        } else if is_operator(first) {
            let (run, after) = split_while(rest, is_operator);
            found.push(Token::Operator(run.to_owned()));
            after
        } else {
            found.push(Token::Sign(first));
            after
        };
    }
    found
}

fn starts_word(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn is_operator(character: char) -> bool {
    "+-*/<>=~!@#%^&|`?".contains(character)
}

fn split_while(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    (text.get(..end).unwrap_or_default(), text.get(end..).unwrap_or_default())
}

/// What stands before the closing quote, doubled ones taken for one, and what comes after it.
fn quoted(text: &str, quote: char, escapes: bool) -> (String, &str) {
    let mut inside = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if escapes && character == '\\' {
            inside.extend(characters.next().map(|(_, next)| next));
        } else if character != quote {
            inside.push(character);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            inside.push(quote);
        } else {
            return (inside, text.get(at + character.len_utf8()..).unwrap_or_default());
        }
    }
    (inside, "")
}

/// What stands before a dot: the schemas that a text mentions, and other names.
pub(super) fn schemas(text: &str) -> Vec<String> {
    let found = tokens(text);
    let before_dot = found.windows(2).filter_map(|pair| match pair {
        [Token::Word(name), Token::Sign('.')] => Some(name.clone()),
        _ => None,
    });
    before_dot.collect()
}

/// A text cut at the signs that stand outside of parentheses, brackets and quotes.
pub(super) fn split_outside(text: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut quote, mut start) = (0_i32, None, 0);
    for (place, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            (None, _) if character == at && depth == 0 => {
                parts.push(text.get(start..place).unwrap_or_default().trim());
                start = place + at.len_utf8();
            }
            _ => {}
        }
    }
    let last = text.get(start..).unwrap_or_default().trim();
    if !last.is_empty() || !parts.is_empty() {
        parts.push(last);
    }
    parts
}

/// Where a text stands inside another outside of parentheses and quotes.
pub(super) fn find_outside(text: &str, wanted: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_i32, None);
    for (place, character) in text.char_indices() {
        if quote.is_none() && depth == 0 && text.get(place..).is_some_and(|rest| rest.starts_with(wanted)) {
            return Some(place);
        }
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let name = |token| match token {
            Token::Word(word) => Some(word),
            _ => None,
        };
        tokens(text).into_iter().filter_map(name).collect()
    }

    #[test]
    fn names_are_folded_unless_quoted_and_literals_are_no_names() {
        assert_eq!(words(r#"SELECT "Ab""c".x, 'public.t' -- no"#), ["select", "Ab\"c", "x"]);
        assert_eq!(tokens("E'a\\'b' ||"), [Token::Text("a'b".into()), Token::Operator("||".into())]);
        assert_eq!(words("/* x */ a$1 12e5 é"), ["a$1", "é"]);
    }

    #[test]
    fn text_that_does_not_end_is_read_to_its_end() {
        for text in ["'", "\"", "E'\\", "/*", "--", "e'", "'é"] {
            tokens(text);
        }
        assert_eq!(tokens("'ab"), [Token::Text("ab".into())]);
    }

    #[test]
    fn commas_inside_of_something_do_not_part() {
        assert_eq!(
            split_outside("a integer DEFAULT f(1, 2), b text DEFAULT ','", ','),
            ["a integer DEFAULT f(1, 2)", "b text DEFAULT ','"]
        );
        assert!(split_outside("", ',').is_empty());
        assert_eq!(find_outside("a (x WITH y) WITH (z)", " WITH "), Some(12));
    }
}
