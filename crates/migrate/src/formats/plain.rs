//! Plain SQL files in the order of the numbers in front of their names, as home-made runners keep them.
//!
//! A name begins with a number, a date or a dotted version (`001_a.sql`, `2024-01-31-a.sql`, `v1.2_a.sql`); the
//! numbers are compared one by one. Names that end in `.down.sql`, `_down.sql`, `.undo.sql` or the like are the downs
//! of files of the same number. In a folder in which no name begins with a number, files go by name when the format is
//! asked for. Nothing is known of the runner, so a file counts as sent in one query.

use std::cmp::Ordering;

use crate::compose::{ComposeError, NewFile, Next};
use crate::error::ReadError;
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::plain_names;
use crate::formats::strays::{editor_leftover, warn_of_stray};
use crate::listing::{Entry, Listing};
use crate::pairing::{Direction, Half, pair};
use crate::script::{Script, TransactionMode};
use crate::surroundings::Surroundings;
use crate::version::{compare_digits, leading_digits};

/// The format of plain files.
#[derive(Debug)]
pub(crate) struct Plain;

/// Endings of names before `.sql`, each after one of `.`, `_`, `-`.
const UPS: &[&str] = &["up", "do", "apply"];
const DOWNS: &[&str] = &["down", "undo", "rollback", "revert"];

impl Format for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn looks_for(&self) -> &'static str {
        "NNN_name.sql in the order of the numbers"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, _listing: &Listing) -> Claim {
        if file.is_top() && file.is_sql() && numbers(&file.name).is_some() {
            Claim::Possible
        } else {
            Claim::No
        }
    }

    fn evidence(&self, listing: &Listing, _around: &Surroundings) -> Option<Evidence> {
        let names = ["atlas.sum", "meta/_journal.json"];
        let name = names.into_iter().find(|name| listing.file(name).is_some())?;
        Some(Evidence { distance: 0, reason: format!("there is {name} in it") })
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let is_script =
            |entry: &&Entry| !entry.is_dir() && entry.is_sql() && editor_leftover(&entry.name).is_none();
        let scripts: Vec<&Entry> = listing.inside("").filter(is_script).collect();
        let numbered = scripts.iter().any(|entry| numbers(&entry.name).is_some());
        let mut halves = Vec::new();
        for entry in listing.inside("") {
            if entry.is_dir() {
                warn_of_folder(&mut found, listing, entry);
            } else if !is_script(&entry) {
                warn_of_stray(&mut found, entry, "NNN_name.sql");
            } else if numbered && numbers(&entry.name).is_none() {
                found.warn(&entry.path, "has no number in front like the other files, so it is left out");
            } else {
                halves.push(half(entry));
            }
        }
        downs_without_partner_go_up(&mut halves);
        for half in &halves {
            refuse_foreign_marks(listing, half.entry)?;
        }
        let order =
            |a: &Half<'_>, b: &Half<'_>| if numbered { by_numbers(a, b) } else { a.version.cmp(&b.version) };
        let whole = |listing: &Listing, half: &Half<'_>| {
            Ok(Script::whole(listing.source(half.entry)?, TransactionMode::Implicit))
        };
        found.migrations = pair(listing, halves, order, whole)?;
        warn_of_other_order(&mut found);
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let is_script = entry.is_top() && entry.is_sql() && !entry.is_dir();
        numbers(&entry.name).filter(|_| is_script).map(|(version, _)| version)
    }

    fn first_version_follows(&self) -> &'static str {
        "0000"
    }

    fn begins_with_downs(&self) -> bool {
        false
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        next.needs_transaction(self.name(), "nothing is known of the program that runs plain files")?;
        let places = plain_names::places(next);
        Ok(next.pair(places.up, places.down, ""))
    }
}

/// The numbers in front of a name and the rest: `2024-01-31-a.sql` gives `2024-01-31` and `-a.sql`. A number ends at
/// one of `_ - .` or white space.
pub(super) fn numbers(name: &str) -> Option<(&str, &str)> {
    let bare = name.strip_prefix(['v', 'V']).unwrap_or(name);
    let (_, mut rest) = leading_digits(bare)?;
    let ends = |rest: &str| rest.starts_with(['_', '-', '.', ' ']);
    if !ends(rest) {
        return None;
    }
    while let Some((_, after)) = rest.get(1..).and_then(leading_digits).filter(|(_, after)| ends(after)) {
        rest = after;
    }
    Some((bare.get(..bare.len() - rest.len())?, rest))
}

/// A file as one direction of one migration, by its name.
pub(super) fn half(entry: &Entry) -> Half<'_> {
    let (version, rest) = numbers(&entry.name).unwrap_or(("", &entry.name));
    let stem = rest.get(..rest.len().saturating_sub(4)).unwrap_or("");
    let trimmed = stem.trim_start_matches(['_', '-', '.', ' ']);
    let ended = |words: &[&str]| {
        words.iter().find_map(|word| {
            let before = trimmed.strip_suffix(word)?;
            if before.is_empty() { Some(before) } else { before.strip_suffix(['.', '_', '-']) }
        })
    };
    let begun = |words: &[&str]| words.iter().find_map(|word| trimmed.strip_prefix(word)?.strip_prefix('.'));
    let (name, direction) = if let Some(name) = ended(DOWNS).or_else(|| begun(DOWNS)) {
        (name, Direction::Down)
    } else if let Some(name) = ended(UPS).or_else(|| begun(UPS)) {
        (name, Direction::Up)
    } else {
        (trimmed, Direction::Up)
    };
    let version = if version.is_empty() { name } else { version };
    Half { entry, direction, version: version.to_owned(), name: name.to_owned() }
}

/// `002_tear_down.sql` is a step of its own when there is no other file 002 and no file of the folder is marked as up.
fn downs_without_partner_go_up(halves: &mut [Half<'_>]) {
    let pairs = halves.iter().any(|half| {
        half.direction == Direction::Down
            && halves.iter().any(|up| up.direction == Direction::Up && by_numbers(up, half).is_eq())
    });
    if pairs {
        return;
    }
    for half in halves.iter_mut().filter(|half| half.direction == Direction::Down) {
        // `.down.sql` can mean nothing else.
        if !half.entry.name.ends_with(".down.sql") && !half.entry.name.ends_with(".undo.sql") {
            half.direction = Direction::Up;
        }
    }
}

/// True when the numbers in front of two names are the same.
pub(super) fn with_same_numbers(a: &Half<'_>, b: &Half<'_>) -> bool {
    by_numbers(a, b).is_eq()
}

/// Compares the numbers in front of names one by one.
pub(super) fn by_numbers(a: &Half<'_>, b: &Half<'_>) -> Ordering {
    let parts = |half: &Half<'_>| -> Vec<String> {
        half.version.split(['_', '-', '.', ' ']).map(str::to_owned).collect()
    };
    let (a, b) = (parts(a), parts(b));
    let by_part = a.iter().zip(&b).map(|(x, y)| compare_digits(x, y)).find(|order| order.is_ne());
    by_part.unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// Marks by which other tools tell up from down inside one file: run as a whole it would undo itself.
const FOREIGN_MARKS: &[(&str, &str)] = &[
    ("-- +goose ", "goose"),
    ("-- migrate:up", "dbmate"),
    ("-- migrate:down", "dbmate"),
    ("-- +migrate ", "sql-migrate"),
    ("-- up migration", "node-pg-migrate"),
    ("-- down migration", "node-pg-migrate"),
    ("--liquibase formatted sql", "Liquibase"),
    ("---- create above / drop below ----", "tern"),
];

fn refuse_foreign_marks(listing: &Listing, entry: &Entry) -> Result<(), ReadError> {
    for (number, line) in (1..).zip(listing.head(entry).lines()) {
        let line = line.trim_start_matches('\u{feff}').trim_end();
        let is = |(mark, _): &&(&str, &str)| {
            line.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
        };
        if let Some((mark, tool)) = FOREIGN_MARKS.iter().find(is) {
            return Err(ReadError::BadMark {
                format: "plain",
                path: entry.path.clone(),
                line: number,
                why: format!(
                    "`{}` is a mark of {tool}, and run as plain SQL the file would do both directions",
                    mark.trim()
                ),
            });
        }
    }
    Ok(())
}

fn warn_of_folder(found: &mut Found, listing: &Listing, folder: &Entry) {
    let scripts = listing.inside(&folder.relative).filter(|entry| !entry.is_dir() && entry.is_sql()).count();
    if scripts > 0 {
        let files = if scripts == 1 { "a .sql file".to_owned() } else { format!("{scripts} .sql files") };
        found.warn(&folder.path, format!("is a folder with {files}, which is left out"));
    }
}

/// Runners that sort by name apply `10_…` before `9_…`: say so when the two orders differ.
fn warn_of_other_order(found: &mut Found) {
    let differing = found.migrations.windows(2).find_map(|pair| match pair {
        [a, b] if a.up.file.path.file_name() > b.up.file.path.file_name() => {
            Some((a.up.file.clone(), b.up.file.clone()))
        }
        _ => None,
    });
    if let Some((earlier, later)) = differing {
        let name =
            earlier.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        found.warn(
            &later.path,
            format!(
                "comes after {name} by its number, but a runner that sorts names as text applies it before"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_dates_and_dotted_versions_are_found_in_front_of_names() {
        for (name, expected) in [
            ("001_a.sql", Some("001")),
            ("2024-01-31-a.sql", Some("2024-01-31")),
            ("001-2fa.sql", Some("001")),
            ("v1.2.3_a.sql", Some("1.2.3")),
            ("7.sql", Some("7")),
            ("2fa.sql", None),
            ("init.sql", None),
            ("v.sql", None),
        ] {
            assert_eq!(numbers(name).map(|(version, _)| version), expected, "{name}");
        }
    }
}
