//! db-migrate (Node): `NNN-name.js` whose SQL stands in `sqls/NNN-name-up.sql` and `sqls/NNN-name-down.sql`.
//!
//! Rules: the JavaScript made by its `create --sql-file` reads those two files and sends each as one query; the
//! PostgreSQL driver puts a transaction around it. The JavaScript itself is not run here.

use crate::error::ReadError;
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::warn_of_stray;
use crate::listing::{Entry, Listing};
use crate::pairing::{Direction, Half, pair};
use crate::script::{Script, TransactionMode};
use crate::surroundings::Surroundings;
use crate::version::{compare_digits, leading_digits};

/// The format of db-migrate.
#[derive(Debug)]
pub(crate) struct DbMigrate;

impl Format for DbMigrate {
    fn name(&self) -> &'static str {
        "db-migrate"
    }

    fn looks_for(&self) -> &'static str {
        "sqls/NNN-name-up.sql with sqls/NNN-name-down.sql"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, _listing: &Listing) -> Claim {
        if file.parent() == "sqls" && parts(&file.name).is_some() { Claim::Certain } else { Claim::No }
    }

    fn evidence(&self, _listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        around.mentions("package.json", &["\"db-migrate"])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut halves = Vec::new();
        for entry in listing.inside("sqls") {
            match parts(&entry.name).filter(|_| !entry.is_dir()) {
                Some((digits, name, direction)) => {
                    halves.push(Half { entry, direction, version: digits.to_owned(), name: name.to_owned() });
                }
                None => warn_of_stray(&mut found, entry, "NNN-name-up.sql or NNN-name-down.sql"),
            }
        }
        for entry in listing.inside("").filter(|entry| !entry.is_dir()) {
            let is_code = entry.name.ends_with(".js") || entry.name.ends_with(".ts");
            let digits = leading_digits(&entry.name).map_or("", |(digits, _)| digits);
            if is_code && !digits.is_empty() && !halves.iter().any(|half| half.version == digits) {
                found.skip(&entry.path, "a migration written in JavaScript, which Freehold does not run");
            } else if !is_code {
                warn_of_stray(&mut found, entry, "sqls/NNN-name-up.sql");
            }
        }
        found.migrations = pair(
            listing,
            halves,
            |a, b| compare_digits(&a.version, &b.version).then_with(|| a.name.cmp(&b.name)),
            |listing, half| Ok(Script::whole(listing.source(half.entry)?, TransactionMode::Wrapped)),
        )?;
        Ok(found)
    }
}

fn parts(file: &str) -> Option<(&str, &str, Direction)> {
    let (digits, rest) = leading_digits(file)?;
    let rest = rest.strip_prefix('-')?;
    let up = rest.strip_suffix("-up.sql").map(|name| (name, Direction::Up));
    let (name, direction) = up.or_else(|| Some((rest.strip_suffix("-down.sql")?, Direction::Down)))?;
    Some((digits, name, direction))
}
