//! How Flyway sends a script: its `.conf` file, placeholders, and statements that it takes out of the transaction.
//!
//! Rules: statements go one by one in one transaction, unless `executeInTransaction=false` stands in the file
//! `<script>.conf`, or the script holds a statement that its PostgreSQL parser knows not to run in a transaction; a
//! script that mixes such statements with others is refused unless `mixed` is set. `${…}` is a placeholder anywhere.

use crate::error::ReadError;
use crate::format::Found;
use crate::lexis::{self, Kind};
use crate::listing::{Entry, Listing};
use crate::script::{Script, SourceFile, TransactionMode};

/// What a `.conf` file beside a script says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conf {
    pub(crate) execute_in_transaction: Option<bool>,
    pub(crate) should_execute: bool,
    pub(crate) placeholders: Option<bool>,
}

/// Reads the `.conf` file of a script, if it has one. A line is `key=value`; `#` begins a comment.
pub(crate) fn conf_of(listing: &Listing, entry: &Entry) -> Result<Conf, ReadError> {
    let mut conf = Conf { execute_in_transaction: None, should_execute: true, placeholders: None };
    let Some(beside) = listing.file(&format!("{}.conf", entry.relative)) else { return Ok(conf) };
    let file = listing.source(beside)?;
    for line in file.text.lines() {
        let Some((key, value)) = line.split_once('=').filter(|_| !line.trim_start().starts_with('#')) else {
            continue;
        };
        let value = value.trim();
        match key.trim() {
            "executeInTransaction" => conf.execute_in_transaction = Some(value.eq_ignore_ascii_case("true")),
            "shouldExecute" => conf.should_execute = !value.eq_ignore_ascii_case("false"),
            "placeholderReplacement" => conf.placeholders = Some(value.eq_ignore_ascii_case("true")),
            "encoding" if !value.eq_ignore_ascii_case("utf-8") && !value.eq_ignore_ascii_case("utf8") => {
                return Err(ReadError::Refused {
                    format: "flyway",
                    path: beside.path.clone(),
                    why: format!("it says that the script is encoded in {value}, and only UTF-8 is read"),
                });
            }
            _ => {}
        }
    }
    Ok(conf)
}

/// Reads a script with the way in which Flyway would send it.
pub(crate) fn script(
    listing: &Listing,
    found: &mut Found,
    entry: &Entry,
    conf: &Conf,
) -> Result<Script, ReadError> {
    let file = listing.source(entry)?;
    if conf.placeholders != Some(false) {
        placeholders(found, entry, &file)?;
    }
    let leadings = lexis::leadings(file.text.get(file.body().start..).unwrap_or(""));
    let outside = leadings.iter().find(|leading| is_outside_transaction(&leading.words));
    let mode = match (conf.execute_in_transaction, outside) {
        (Some(false), _) => {
            TransactionMode::None { why: format!("executeInTransaction=false in {}.conf", entry.name) }
        }
        (Some(true), _) | (None, None) => TransactionMode::Wrapped,
        (None, Some(leading)) => {
            let words = leading.words.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(" ");
            let line = file.line_column(leading.start + file.body().start).line;
            if leadings.iter().any(|other| !is_outside_transaction(&other.words)) {
                found.warn(
                    &entry.path,
                    format!(
                        "mixes {words} (line {line}), which Flyway runs outside a transaction, with statements that \
                         it runs in one; Flyway refuses that unless `mixed` is set"
                    ),
                );
            }
            TransactionMode::None {
                why: format!("{words} on line {line}, which Flyway runs outside a transaction"),
            }
        }
    };
    let marked = conf.execute_in_transaction == Some(false);
    let script = Script::whole(file, mode);
    Ok(if marked {
        script.marked(format!("executeInTransaction=false in {}.conf", entry.name))
    } else {
        script
    })
}

/// Refuses a placeholder where SQL cannot have one, and warns of one inside quotes or a comment.
fn placeholders(found: &mut Found, entry: &Entry, file: &SourceFile) -> Result<(), ReadError> {
    if !file.text.contains("${") {
        return Ok(());
    }
    let mut before = "";
    let mut quoted = None;
    for lexeme in lexis::lexemes(&file.text) {
        let text = file.text.get(lexeme.span.start..lexeme.span.end).unwrap_or("");
        let from_here = |at: usize| {
            let rest = file.text.get(at..).unwrap_or("");
            rest.split_inclusive('}').next().unwrap_or(rest).chars().take(60).collect::<String>()
        };
        if before == "$" && text.starts_with('{') {
            let start = lexeme.span.start - 1;
            let line = file.line_column(start).line;
            return Err(ReadError::Placeholder {
                format: "flyway",
                path: file.path.clone(),
                line,
                name: from_here(start),
            });
        }
        if lexeme.kind == Kind::Quoted || lexeme.kind == Kind::Comment {
            quoted = quoted
                .or_else(|| text.find("${").map(|at| lexeme.span.start + at).map(|at| (at, from_here(at))));
        }
        before = text;
    }
    if let Some((at, name)) = quoted {
        let line = file.line_column(at).line;
        found.warn(
            &entry.path,
            format!("holds {name} in quotes or a comment (line {line}); Flyway would replace it, here it stays as it is"),
        );
    }
    Ok(())
}

/// The statements that Flyway's parser for PostgreSQL 12 and later takes out of the transaction, by their first words.
fn is_outside_transaction(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["CREATE" | "DROP", "DATABASE" | "TABLESPACE" | "SUBSCRIPTION", ..]
            | ["ALTER", "SYSTEM", ..]
            | ["CREATE" | "DROP", "INDEX", "CONCURRENTLY", ..]
            | ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", ..]
            | ["REINDEX", "SCHEMA" | "DATABASE" | "SYSTEM", ..]
            | ["REINDEX", "VERBOSE", "SCHEMA" | "DATABASE" | "SYSTEM", ..]
            | ["VACUUM", ..]
            | ["DISCARD", "ALL", ..]
    )
}
