//! golang-migrate: `NNN_name.up.sql` and `NNN_name.down.sql` in one folder.
//!
//! Rules of its `source` package: the name is digits, `_`, anything, `.up.` or `.down.`, any ending; the digits are one
//! unsigned 64-bit number and order the migrations; a second file of one number and direction is refused; other files
//! are passed over in silence. Its PostgreSQL driver sends a file as one simple query without a transaction of its own.

use crate::compose::{ComposeError, NewFile, Next};
use crate::error::ReadError;
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::warn_of_stray;
use crate::listing::{Entry, Listing};
use crate::pairing::{Direction, Half, pair};
use crate::script::{Script, TransactionMode};
use crate::surroundings::Surroundings;
use crate::version::{compare_digits, leading_digits, without_zeros};

/// The format of golang-migrate.
#[derive(Debug)]
pub(crate) struct GolangMigrate;

impl Format for GolangMigrate {
    fn name(&self) -> &'static str {
        "golang-migrate"
    }

    fn looks_for(&self) -> &'static str {
        "NNN_name.up.sql with NNN_name.down.sql"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, _listing: &Listing) -> Claim {
        if file.is_top() && file.is_sql() && parts(&file.name).is_some() { Claim::Certain } else { Claim::No }
    }

    fn evidence(&self, _listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        around.mentions("go.mod", &["golang-migrate/migrate"])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut halves = Vec::new();
        for entry in listing.inside("") {
            match parts(&entry.name).filter(|_| !entry.is_dir()) {
                Some((digits, name, direction)) => {
                    if without_zeros(digits).parse::<u64>().is_err() {
                        found.warn(&entry.path, "has a version that is no 64-bit number, so it is left out");
                        continue;
                    }
                    halves.push(Half {
                        entry,
                        direction,
                        version: without_zeros(digits).to_owned(),
                        name: name.to_owned(),
                    });
                }
                None => warn_of_stray(&mut found, entry, "NNN_name.up.sql or NNN_name.down.sql"),
            }
        }
        found.migrations = pair(
            listing,
            halves,
            |a, b| compare_digits(&a.version, &b.version),
            |listing, half| Ok(Script::whole(listing.source(half.entry)?, TransactionMode::Implicit)),
        )?;
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        parts(&entry.name).filter(|_| entry.is_top() && !entry.is_dir()).map(|(digits, ..)| digits)
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        next.needs_transaction(
            self.name(),
            "it sends every file as one query, in which a single statement runs by itself and several share a \
             transaction",
        )?;
        let stem = format!("{}_{}", next.version, next.name);
        Ok(next.pair(format!("{stem}.up.sql"), format!("{stem}.down.sql"), ""))
    }
}

/// Version digits, name and direction of a file name. The name may hold dots; the last `.up.` or `.down.` counts.
pub(crate) fn parts(file: &str) -> Option<(&str, &str, Direction)> {
    let (digits, rest) = leading_digits(file)?;
    let rest = rest.strip_prefix('_')?;
    let up = rest.rfind(".up.").map(|at| (at, Direction::Up));
    let down = rest.rfind(".down.").map(|at| (at, Direction::Down));
    let (at, direction) = up.into_iter().chain(down).max_by_key(|(at, _)| *at)?;
    Some((digits, rest.get(..at)?, direction))
}
