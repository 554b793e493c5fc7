//! sqlx: `N_name.sql`, or `N_name.up.sql` with `N_name.down.sql`, in one folder.
//!
//! Rules of its migration source: names without `_` or not ending in `.sql` are passed over; what stands before the
//! first `_` must be a signed 64-bit number, anything else stops sqlx; the number orders. A script runs as one query
//! inside a transaction that sqlx opens, unless the file begins with the characters `-- no-transaction`: then it is
//! sent as one simple query without one.

use std::cmp::Ordering;

use crate::compose::{ComposeError, NewFile, Next};
use crate::error::ReadError;
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::{editor_leftover, warn_of_stray};
use crate::listing::{Entry, Listing};
use crate::pairing::{Direction, Half, pair};
use crate::script::{Script, TransactionMode};
use crate::surroundings::{Surroundings, nearest};
use crate::version::leading_digits;

/// What a file begins with whose author wants no transaction.
pub(crate) const MARK: &str = "-- no-transaction";

/// The format of sqlx.
#[derive(Debug)]
pub(crate) struct Sqlx;

impl Format for Sqlx {
    fn name(&self) -> &'static str {
        "sqlx"
    }

    fn looks_for(&self) -> &'static str {
        "N_name.sql, or N_name.up.sql with N_name.down.sql"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, _listing: &Listing) -> Claim {
        if !file.is_top() || leading_digits(&file.name).is_none_or(|(_, rest)| !rest.starts_with('_')) {
            Claim::No
        } else if file.name.ends_with(".up.sql") || file.name.ends_with(".down.sql") {
            Claim::Certain
        } else if file.name.ends_with(".sql") {
            Claim::Possible
        } else {
            Claim::No
        }
    }

    fn evidence(&self, listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        let marked = listing
            .inside("")
            .find(|entry| entry.name.ends_with(".sql") && listing.head(entry).starts_with(MARK));
        let marked = marked.map(|entry| Evidence {
            distance: 0,
            reason: format!("{} begins with `{MARK}`", entry.relative),
        });
        nearest([
            marked,
            around.mentions("Cargo.toml", &["sqlx"]),
            around.holds(".sqlx"),
            around.holds("sqlx-data.json"),
        ])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut halves = Vec::new();
        for entry in listing.inside("") {
            let parts =
                entry.name.split_once('_').filter(|(_, rest)| rest.ends_with(".sql") && !entry.is_dir());
            let Some((number, rest)) = parts else {
                warn_of_stray(&mut found, entry, "N_name.sql");
                continue;
            };
            if editor_leftover(&entry.name).is_some() {
                warn_of_stray(&mut found, entry, "N_name.sql");
                continue;
            }
            let Ok(version) = number.parse::<i64>() else {
                return Err(ReadError::Refused {
                    format: self.name(),
                    path: entry.path.clone(),
                    why: format!("`{number}` before the first `_` is no 64-bit number"),
                });
            };
            let (name, direction) = if let Some(name) = rest.strip_suffix(".up.sql") {
                (name, Direction::Up)
            } else if let Some(name) = rest.strip_suffix(".down.sql") {
                (name, Direction::Down)
            } else {
                (rest.strip_suffix(".sql").unwrap_or(rest), Direction::Up)
            };
            halves.push(Half { entry, direction, version: version.to_string(), name: name.to_owned() });
        }
        found.migrations = pair(listing, halves, by_number, script)?;
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let (digits, rest) = leading_digits(&entry.name).filter(|_| entry.is_top() && !entry.is_dir())?;
        (rest.starts_with('_') && rest.ends_with(".sql")).then_some(digits)
    }

    fn begins_with_downs(&self) -> bool {
        false
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        let stem = format!("{}_{}", next.version, next.name);
        let mark = if next.no_transaction { format!("{MARK}\n") } else { String::new() };
        let up = if next.down.is_some() { format!("{stem}.up.sql") } else { format!("{stem}.sql") };
        Ok(next.pair(up, format!("{stem}.down.sql"), &mark))
    }

    fn is_mark(&self, line: &str) -> bool {
        line.starts_with(MARK)
    }
}

fn by_number(a: &Half<'_>, b: &Half<'_>) -> Ordering {
    // Both were written from numbers.
    a.version.parse::<i64>().unwrap_or(0).cmp(&b.version.parse::<i64>().unwrap_or(0))
}

fn script(listing: &Listing, half: &Half<'_>) -> Result<Script, ReadError> {
    let file = listing.source(half.entry)?;
    // A byte order mark in front hides the mark from sqlx as well.
    Ok(if file.text.starts_with(MARK) {
        Script::whole(file, TransactionMode::Implicit)
            .marked(format!("`{MARK}` at the beginning of the file"))
    } else {
        Script::whole(file, TransactionMode::Wrapped)
    })
}
