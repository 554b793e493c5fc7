//! The words of an SQL expression as the server writes it back: strings, numbers, names and patterns.
//!
//! Only for finding values that a condition may have been written about; whether one satisfies it, the server says.

use std::collections::BTreeSet;

/// One word of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// A string literal, unquoted.
    Text(String),
    /// A number without its sign.
    Number(String),
    /// A name or key word, unquoted.
    Name(String),
    /// An operator, or one other character.
    Sign(String),
}

/// A pattern that a text is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    Regex(String),
    Like(String),
    Similar(String),
}

pub(crate) fn words(expression: &str) -> Vec<Word> {
    let characters: Vec<char> = expression.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let next = characters.get(at + 1).copied();
        match character {
            c if c.is_whitespace() => at += 1,
            '\'' => words.push(Word::Text(quoted(&characters, &mut at, '\'', false))),
            'E' | 'e' if next == Some('\'') => {
                at += 1;
                words.push(Word::Text(quoted(&characters, &mut at, '\'', true)));
            }
            '"' => words.push(Word::Name(quoted(&characters, &mut at, '"', false))),
            c if c.is_ascii_digit() => {
                words.push(Word::Number(run(&characters, &mut at, |c| c.is_ascii_digit() || c == '.')));
            }
            c if c.is_alphabetic() || c == '_' => {
                words.push(Word::Name(run(&characters, &mut at, |c| {
                    c.is_alphanumeric() || c == '_' || c == '$'
                })));
            }
            c if is_sign(c) => words.push(Word::Sign(run(&characters, &mut at, is_sign))),
            other => {
                words.push(Word::Sign(other.to_string()));
                at += 1;
            }
        }
    }
    words
}

fn is_sign(c: char) -> bool {
    "~!@#^&|?+-*/%<>=".contains(c)
}

fn run(characters: &[char], at: &mut usize, belongs: impl Fn(char) -> bool) -> String {
    let found: String = characters.iter().skip(*at).take_while(|c| belongs(**c)).collect();
    *at += found.chars().count();
    found
}

/// From an opening quote to its end; doubled quotes are one.
fn quoted(characters: &[char], at: &mut usize, quote: char, escapes: bool) -> String {
    let mut text = String::new();
    *at += 1;
    while let Some(&c) = characters.get(*at) {
        *at += 1;
        if escapes && c == '\\' {
            text.extend(characters.get(*at));
            *at += 1;
        } else if c == quote {
            if characters.get(*at) != Some(&quote) {
                break;
            }
            text.push(quote);
            *at += 1;
        } else {
            text.push(c);
        }
    }
    text
}

/// The parts of a condition that must all hold, as the server writes them: each side of AND in its parentheses.
pub(crate) fn conjuncts(expression: &str) -> Vec<String> {
    let inner = bare(expression);
    let characters: Vec<char> = inner.chars().collect();
    let (mut parts, mut depth, mut start, mut at) = (Vec::new(), 0_i32, 0, 0);
    while let Some(&character) = characters.get(at) {
        match character {
            '\'' | '"' => {
                let escapes = character == '\'' && at > 0 && matches!(characters.get(at - 1), Some('E'));
                quoted(&characters, &mut at, character, escapes);
                continue;
            }
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        let word = |text: &str| characters.iter().skip(at).take(text.len()).copied().eq(text.chars());
        if depth == 0 && (word("CASE ") || word(" OR ")) {
            return vec![expression.to_owned()];
        }
        if depth == 0 && word(" AND ") {
            parts.push(characters.iter().skip(start).take(at - start).collect::<String>());
            start = at + 5;
        }
        at += 1;
    }
    parts.push(characters.iter().skip(start).collect());
    if parts.len() == 1 {
        return vec![expression.to_owned()];
    }
    parts.iter().flat_map(|part| conjuncts(part)).collect()
}

/// Without the parentheses around the whole.
fn bare(expression: &str) -> &str {
    let trimmed = expression.trim();
    let Some(inner) = trimmed.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return trimmed;
    };
    let characters: Vec<char> = inner.chars().collect();
    let (mut depth, mut at) = (0_i32, 0);
    while let Some(&character) = characters.get(at) {
        match character {
            '\'' | '"' => {
                let escapes = character == '\'' && at > 0 && matches!(characters.get(at - 1), Some('E'));
                quoted(&characters, &mut at, character, escapes);
                continue;
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return trimmed;
        }
        at += 1;
    }
    bare(inner)
}

/// Names that occur in an expression.
pub(crate) fn names(expression: &str) -> BTreeSet<String> {
    let names = words(expression).into_iter().filter_map(|word| match word {
        Word::Name(name) => Some(name),
        _ => None,
    });
    names.collect()
}

/// String literals, each once, in order.
pub(crate) fn texts(expression: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in words(expression) {
        if let Word::Text(text) = word
            && !found.contains(&text)
        {
            found.push(text);
        }
    }
    found
}

/// Numbers, bare or as a string, with the sign that stands before them; each once, in order.
pub(crate) fn numbers(expression: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut negative = false;
    for word in words(expression) {
        let number = match &word {
            Word::Number(number) if negative => Some(format!("-{number}")),
            Word::Number(number) => Some(number.clone()),
            Word::Text(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => Some(text.clone()),
            _ => None,
        };
        negative = word == Word::Sign("-".to_owned());
        found.extend(number.filter(|number| !found.contains(number)));
    }
    found
}

/// What follows `~`, `~*`, `~~`, `~~*`, `SIMILAR TO` or stands in `regexp_like`.
pub(crate) fn patterns(expression: &str) -> Vec<Pattern> {
    let mut found = Vec::new();
    let mut recent: Vec<String> = Vec::new();
    for word in words(expression) {
        match word {
            Word::Sign(sign) if sign == "(" || sign == "," => {}
            Word::Sign(sign) => recent = vec![sign],
            Word::Name(name) => recent.push(name),
            Word::Number(_) => recent.clear(),
            Word::Text(text) => {
                let has = |name: &str| recent.iter().any(|word| word == name);
                if has("similar_to_escape") {
                    found.push(Pattern::Similar(text));
                } else if has("~~") || has("~~*") {
                    found.push(Pattern::Like(text));
                } else if has("~") || has("~*") || recent.iter().any(|word| word.starts_with("regexp_")) {
                    found.push(Pattern::Regex(text));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_the_server_writes_them() {
        let check = "((status)::text = ANY (ARRAY['a''b'::text, E'c\\\\d'::text]))";
        assert_eq!(texts(check), ["a'b", "c\\d"]);
        assert_eq!(numbers("((n >= '-5'::integer) AND (n <= (- 7)) AND (n <> 1.5))"), ["-5", "-7", "1.5"]);
        assert!(names("(\"Odd \"\"name\" > lower(b))").contains("Odd \"name"));
    }

    #[test]
    fn a_condition_falls_into_the_parts_that_must_all_hold() {
        assert_eq!(
            conjuncts("((a > 1) AND (b = ') AND (') AND f(c))"),
            ["(a > 1)", "(b = ') AND (')", "f(c)"]
        );
        assert_eq!(
            conjuncts("(((a > 1) AND (b < 2)) AND (\"c AND d\" > 3))"),
            ["(a > 1)", "(b < 2)", "(\"c AND d\" > 3)"]
        );
        for whole in [
            "((a > 1) OR ((b > 1) AND (c > 1)))",
            "CASE WHEN (a AND b) THEN c ELSE d END",
            "(NOT ((a) AND (b)))",
        ] {
            assert_eq!(conjuncts(whole), [whole]);
        }
    }

    #[test]
    fn a_pattern_is_told_from_a_text_that_is_only_compared() {
        assert_eq!(patterns("(a ~ '^x'::text) AND (b <> 'y')"), [Pattern::Regex("^x".to_owned())]);
        assert_eq!(patterns("(a ~~ 'x%'::text)"), [Pattern::Like("x%".to_owned())]);
        assert_eq!(patterns("(a ~ similar_to_escape('x_'::text))"), [Pattern::Similar("x_".to_owned())]);
        assert_eq!(patterns("(a !~ '^x'::text)"), []);
    }
}
