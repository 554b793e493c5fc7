//! Statements that would begin or end a transaction behind the back of the value that stands for it.

use crate::{Error, Sql};

/// Begin, end and savepoints, and what throws away the driver's prepared statements; `PREPARE TRANSACTION` is told from
/// `PREPARE` by its second word.
const CONTROL: [&str; 10] =
    ["begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "discard", "deallocate"];

/// # Errors
/// [`Error::Input`] for a statement that ends, begins or divides a transaction.
pub(super) fn refuse(sql: &Sql) -> Result<(), Error> {
    let mut words = words(sql.as_str());
    let Some(first) = words.next() else { return Ok(()) };
    let is = |word: &str| first.eq_ignore_ascii_case(word);
    let prepares =
        is("prepare") && words.next().is_some_and(|second| second.eq_ignore_ascii_case("transaction"));
    if prepares || CONTROL.iter().any(|word| is(word)) {
        return Err(Error::Input {
            what: "running a statement in a transaction",
            why: format!(
                "{} is not the statement's to do: begin(), commit(), rollback() and savepoint() do it",
                first.to_ascii_uppercase()
            ),
        });
    }
    Ok(())
}

/// The words at the beginning of a statement, past blanks and comments.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = past_blanks(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end)?;
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

fn past_blanks(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if text.starts_with("--") {
            text = text.split_once(['\n', '\r']).map_or("", |(_, after)| after);
        } else if let Some(comment) = text.strip_prefix("/*") {
            text = past_comment(comment);
        } else {
            return text;
        }
    }
}

/// Comments nest.
fn past_comment(mut text: &str) -> &str {
    let mut depth = 1;
    while depth > 0 {
        let (open, close) = (text.find("/*"), text.find("*/"));
        let at = match (open, close) {
            (Some(open), Some(close)) if open < close => {
                depth += 1;
                open
            }
            (_, Some(close)) => {
                depth -= 1;
                close
            }
            (_, None) => return "",
        };
        text = text.get(at + 2..).unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_transaction_is_refused_however_it_is_written() {
        for text in [
            "COMMIT",
            " rollback to x",
            "-- so\n  Begin",
            "/* a /* b */ c */end",
            "; ;abort",
            "prepare transaction 'x'",
            "Savepoint a",
            "DISCARD ALL",
        ] {
            assert!(refuse(&Sql::vouched(text.to_owned())).is_err(), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        for text in [
            "",
            "SELECT 'commit'",
            "/* commit */ SELECT 1",
            "-- end",
            "prepare x as select 1",
            "ending",
            "/*",
        ] {
            assert!(refuse(&Sql::vouched(text.to_owned())).is_ok(), "{text}");
        }
    }
}
