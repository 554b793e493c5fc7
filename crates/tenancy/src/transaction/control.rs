//! Statements that would begin or end a transaction behind the back of the value that stands for it.

use crate::{Error, Sql};

/// Begin and end, and what throws away the driver's prepared statements. `PREPARE TRANSACTION` and `ROLLBACK` are told
/// from `PREPARE` and `ROLLBACK TO` by their other words.
const CONTROL: [&str; 7] = ["begin", "start", "commit", "end", "abort", "discard", "deallocate"];

/// # Errors
/// [`Error::Input`] for a statement that begins or ends a transaction.
pub(super) fn refuse(sql: &Sql) -> Result<(), Error> {
    let words: Vec<String> = words(sql.as_str()).take(3).map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let refused = match words.as_slice() {
        ["rollback", "to", ..] | ["rollback", "work" | "transaction", "to"] => false,
        ["rollback", ..] | ["prepare", "transaction", ..] => true,
        [first, ..] => CONTROL.contains(first),
        [] => false,
    };
    if refused {
        return Err(Error::Input {
            what: "running a statement in a transaction",
            why: format!(
                "{} is not the statement's to do: begin(), commit() and rollback() do it",
                words.first().copied().unwrap_or_default().to_ascii_uppercase()
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
            " rollback",
            "ROLLBACK WORK",
            "rollback and chain",
            "-- so\n  Begin",
            "/* a /* b */ c */end",
            "; ;abort",
            "prepare transaction 'x'",
            "DISCARD ALL",
        ] {
            assert!(refuse(&Sql::vouched(text.to_owned())).is_err(), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        for text in [
            "",
            "rollback to x",
            "ROLLBACK /* */ TRANSACTION TO SAVEPOINT x",
            "savepoint x",
            "release x",
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
