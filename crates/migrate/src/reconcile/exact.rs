//! Writes definitions so that the server reads back exactly what it had printed.
//!
//! The server's own print is not always read as the tree that was printed: `((a AND b) AND c)` becomes one `AND` of three,
//! and a cast of `ARRAY[...]` is handed down to its elements. Both are kept apart by a cast to the type that the
//! expression has already, which the server drops as soon as it has read it.

use super::tokens::{find_outside, split_outside};

/// The statement, with such casts where the print would be read otherwise.
pub(super) fn exact(sql: &str) -> String {
    arrays(&connectives(sql))
}

/// A pair of parentheses, by the places of both.
#[derive(Debug, Clone, Copy)]
struct Group {
    open: usize,
    close: usize,
}

/// All pairs of parentheses outside of quotes.
fn groups(text: &str) -> Vec<Group> {
    let (mut found, mut open, mut quote) = (Vec::new(), Vec::new(), None);
    for (place, character) in text.char_indices() {
        match (quote, character) {
            (Some(mark), _) if mark == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => open.push(place),
            (None, ')') => found.extend(open.pop().map(|open| Group { open, close: place })),
            _ => {}
        }
    }
    found
}

fn inside<'t>(text: &'t str, group: &Group) -> &'t str {
    text.get(group.open + 1..group.close).unwrap_or_default()
}

/// `((a AND b) AND c)` becomes `((a AND b)::pg_catalog.bool AND c)`, and the same with `OR`.
fn connectives(text: &str) -> String {
    let groups = groups(text);
    let mut marks: Vec<usize> = Vec::new();
    for word in [" AND ", " OR "] {
        let joined: Vec<&Group> =
            groups.iter().filter(|group| find_outside(inside(text, group), word).is_some()).collect();
        for outer in &joined {
            let first = joined.iter().find(|inner| {
                inner.open == outer.open + 1
                    && text.get(inner.close + 1..).is_some_and(|rest| rest.starts_with(word))
            });
            marks.extend(first.map(|inner| inner.close + 1));
        }
    }
    marks.sort_unstable();
    marks.dedup();
    inserted(text, marks.into_iter().map(|at| (at, "::pg_catalog.bool".to_owned())).collect())
}

/// `(ARRAY['a'::character varying])::text[]` becomes `(ARRAY['a'::character varying]::character varying[])::text[]`.
fn arrays(text: &str) -> String {
    let mut marks = Vec::new();
    for group in groups(text) {
        let Some(elements) =
            inside(text, &group).strip_prefix("ARRAY[").and_then(|rest| rest.strip_suffix(']'))
        else {
            continue;
        };
        let Some(cast) = text.get(group.close + 1..).and_then(|rest| rest.strip_prefix("::")) else {
            continue;
        };
        let Some(element) = split_outside(elements, ',').first().and_then(|first| first.rsplit_once("::"))
        else {
            continue;
        };
        let own = format!("{}[]", element.1);
        let plain = element.1.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | '"'));
        if plain && !cast.starts_with(&own) {
            marks.push((group.close, format!("::{own}")));
        }
    }
    marks.sort_unstable();
    inserted(text, marks)
}

fn inserted(text: &str, marks: Vec<(usize, String)>) -> String {
    let mut whole = String::with_capacity(text.len() + marks.len() * 18);
    let mut last = 0;
    for (at, mark) in marks {
        whole += text.get(last..at).unwrap_or_default();
        whole += &mark;
        last = at;
    }
    whole + text.get(last..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_first_in_a_chain_of_its_own_kind_is_marked() {
        for (print, written) in [
            (
                "CHECK ((((a >= 1) AND (a <= 2)) AND b))",
                "CHECK ((((a >= 1) AND (a <= 2))::pg_catalog.bool AND b))",
            ),
            ("((a AND b) OR c)", "((a AND b) OR c)"),
            ("(a AND (b AND c))", "(a AND (b AND c))"),
            ("(((a OR b) OR c) OR d)", "(((a OR b)::pg_catalog.bool OR c)::pg_catalog.bool OR d)"),
            ("('((a AND b) AND c)')", "('((a AND b) AND c)')"),
            ("(f(a, (b AND c)) AND d)", "(f(a, (b AND c)) AND d)"),
        ] {
            assert_eq!(exact(print), written);
        }
    }

    #[test]
    fn an_array_keeps_the_type_of_its_elements() {
        for (print, written) in [
            (
                "((a)::text = ANY ((ARRAY['x, y'::character varying, 'z'::character varying])::text[]))",
                "((a)::text = ANY ((ARRAY['x, y'::character varying, 'z'::character varying]::character varying[])::text[]))",
            ),
            ("(a = ANY (ARRAY['x'::text]))", "(a = ANY (ARRAY['x'::text]))"),
            ("(ARRAY[]::text[])::varchar[]", "(ARRAY[]::text[])::varchar[]"),
        ] {
            assert_eq!(exact(print), written);
        }
    }

    #[test]
    fn parentheses_that_do_not_match_do_no_harm() {
        for text in ["(", ")", "(ARRAY[", "((a AND b", "'(", ")(", "(é AND ((ü AND x) AND"] {
            assert_eq!(exact(text), text);
        }
    }
}
