//! dbmate: `NNN_name.sql` with `-- migrate:up` and `-- migrate:down` in it.
//!
//! Rules of its parser: a name is digits, anything, `.sql`, and files are ordered by name; the digits are the version.
//! A mark begins its line, is `--`, white space or none, `migrate:up` or `migrate:down`, and options `key:value` after
//! it. Both must be there, up before down, only comments before the first. A section is sent as one query, in a
//! transaction unless `transaction:false` stands on its mark.

use std::sync::Arc;

use freehold_model::place::Span;

use crate::compose::{ComposeError, FileRole, NewFile, Next, ended};
use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::warn_of_stray;
use crate::lines::{Line, lines};
use crate::listing::{Entry, Listing};
use crate::script::{Script, SourceFile, TransactionMode};
use crate::surroundings::Surroundings;
use crate::version::leading_digits;

/// The format of dbmate.
#[derive(Debug)]
pub(crate) struct Dbmate;

impl Format for Dbmate {
    fn name(&self) -> &'static str {
        "dbmate"
    }

    fn looks_for(&self) -> &'static str {
        "NNN_name.sql with `-- migrate:up` and `-- migrate:down` in it"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, listing: &Listing) -> Claim {
        if !file.is_top() || !file.name.ends_with(".sql") || leading_digits(&file.name).is_none() {
            return Claim::No;
        }
        let marked =
            listing.head(file).lines().any(|line| mark(line.trim_start_matches('\u{feff}')).is_some());
        if marked { Claim::Certain } else { Claim::No }
    }

    fn evidence(&self, _listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        around.mentions("Makefile", &["dbmate"])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut files = Vec::new();
        for entry in listing.inside("") {
            match leading_digits(&entry.name).filter(|_| entry.name.ends_with(".sql") && !entry.is_dir()) {
                Some((digits, rest)) => files.push((entry, digits, rest)),
                None => warn_of_stray(&mut found, entry, "NNN_name.sql"),
            }
        }
        // The walk is in the order of names, which is dbmate's.
        for (index, (entry, digits, rest)) in files.iter().enumerate() {
            if let Some((first, ..)) = files.iter().take(index).find(|(_, other, _)| other == digits) {
                return Err(ReadError::DuplicateVersion {
                    version: (*digits).to_owned(),
                    first: first.path.clone(),
                    second: entry.path.clone(),
                });
            }
            let name = rest.strip_suffix(".sql").unwrap_or(rest);
            let (up, down) = sections(&listing.source(entry)?)?;
            found.migrations.push(Migration {
                version: (*digits).to_owned(),
                name: name.trim_start_matches(['_', '-', '.']).to_owned(),
                kind: MigrationKind::Versioned,
                up,
                down: Some(down),
            });
        }
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let (digits, rest) = leading_digits(&entry.name).filter(|_| entry.is_top() && !entry.is_dir())?;
        rest.ends_with(".sql").then_some(digits)
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        let option = if next.no_transaction { " transaction:false" } else { "" };
        // Both marks are demanded, even with nothing after the second.
        let text = format!(
            "-- migrate:up{option}\n{}\n-- migrate:down{option}\n{}",
            ended(next.up),
            ended(next.down.unwrap_or(""))
        );
        Ok(vec![NewFile::new(FileRole::Both, format!("{}_{}.sql", next.version, next.name), text)])
    }

    fn is_mark(&self, line: &str) -> bool {
        mark(line).is_some()
    }
}

/// The direction of a mark and its options, when a line is one.
fn mark(line: &str) -> Option<(&'static str, &str)> {
    let rest = line.strip_prefix("--")?.trim_start().strip_prefix("migrate:")?;
    ["up", "down"].into_iter().find_map(|direction| {
        let options = rest.strip_prefix(direction)?;
        (options.is_empty() || options.starts_with(char::is_whitespace)).then_some((direction, options))
    })
}

/// Cuts a file into its up and its down section.
fn sections(file: &Arc<SourceFile>) -> Result<(Script, Script), ReadError> {
    let bad = |line: usize, why: &str| ReadError::BadMark {
        format: "dbmate",
        path: file.path.clone(),
        line,
        why: why.to_owned(),
    };
    let mut up: Option<(Line<'_>, &str)> = None;
    let mut down: Option<(Line<'_>, &str)> = None;
    for line in lines(&file.text, file.body()) {
        match (mark(line.text), &up, &down) {
            (Some(("up", options)), None, None) => up = Some((line, options)),
            (Some(("up", _)), ..) => {
                return Err(bad(
                    line.number,
                    "a second `-- migrate:up`: dbmate would record the version twice and fail",
                ));
            }
            (Some((_, _)), None, _) => {
                return Err(bad(line.number, "`-- migrate:down` stands before `-- migrate:up`"));
            }
            (Some((_, options)), Some(_), None) => down = Some((line, options)),
            (Some(_), Some(_), Some(_)) => return Err(bad(line.number, "a second `-- migrate:down`")),
            (None, None, _) if !line.text.trim().is_empty() && !line.text.trim_start().starts_with("--") => {
                return Err(bad(
                    line.number,
                    "something to run stands before `-- migrate:up`, which dbmate refuses",
                ));
            }
            (None, ..) => {}
        }
    }
    let Some((up, up_options)) = up else {
        return Err(bad(1, "there is no `-- migrate:up`, which dbmate requires"));
    };
    let Some((down, down_options)) = down else {
        return Err(bad(
            up.number,
            "there is no `-- migrate:down`, which dbmate requires, even with nothing after it",
        ));
    };
    let end = file.text.len();
    Ok((
        section(file, Span::new(up.next, down.span.start), up.number, up_options),
        section(file, Span::new(down.next.min(end), end), down.number, down_options),
    ))
}

fn section(file: &Arc<SourceFile>, span: Span, line: usize, options: &str) -> Script {
    // The last value of a key counts; an option that is not one key and one value does not.
    let transaction = options
        .split_whitespace()
        .filter_map(|option| option.split_once(':'))
        .rfind(|(key, _)| *key == "transaction");
    if transaction.is_some_and(|(_, value)| value == "false") {
        Script::part(Arc::clone(file), span, TransactionMode::Implicit)
            .marked(format!("`transaction:false` on line {line}"))
    } else {
        Script::part(Arc::clone(file), span, TransactionMode::Wrapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(text: &str) -> Arc<SourceFile> {
        Arc::new(SourceFile::new("1_a.sql".into(), text.to_owned()))
    }

    #[test]
    fn only_the_exact_mark_counts() {
        for (line, expected) in [
            ("-- migrate:up", Some("up")),
            ("--migrate:down", Some("down")),
            ("--\tmigrate:up transaction:false", Some("up")),
            (" -- migrate:up", None),
            ("-- migrate:upwards", None),
            ("-- migrate: up", None),
            ("select '-- migrate:up'", None),
        ] {
            assert_eq!(mark(line).map(|(direction, _)| direction), expected, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn the_sections_are_the_text_between_the_marks(
            head in "(-- [a-z ]{0,8}\r?\n){0,3}", up in "[a-z;' é]{0,20}\r?\n", down in "[a-z;' é]{0,20}", no_transaction: bool,
        ) {
            let option = if no_transaction { " transaction:false" } else { "" };
            let text = format!("{head}-- migrate:up{option}\n{up}-- migrate:down\n{down}");
            let (got_up, got_down) = sections(&file(&text)).unwrap();
            prop_assert_eq!(got_up.text(), up);
            prop_assert_eq!(got_down.text(), down);
            prop_assert_eq!(got_up.transaction == TransactionMode::Implicit, no_transaction);
            prop_assert_eq!(got_down.transaction, TransactionMode::Wrapped);
        }

        #[test]
        fn any_text_is_cut_or_refused(text in "((-- )?migrate:(up|down)?|[a-z; ]{0,5}|\n){0,12}") {
            let _ = sections(&file(&text));
        }
    }
}
