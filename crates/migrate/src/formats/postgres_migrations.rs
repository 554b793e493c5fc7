//! postgres-migrations (Node): `N_name.sql`, numbered from 1 without a gap.
//!
//! Rules of its loader: every `.sql` and `.js` file must begin with an integer, then `-`, `_` or nothing; together with
//! a file 0 of its own the integers must be consecutive. A script runs as one query in a transaction, unless it holds
//! `-- postgres-migrations disable-transaction`.

use crate::compose::{ComposeError, FileRole, NewFile, Next, ended};
use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::warn_of_stray;
use crate::listing::{Entry, Listing};
use crate::script::{Script, TransactionMode};
use crate::surroundings::Surroundings;
use crate::version::{compare_digits, leading_digits, without_zeros};

const MARK: &str = "-- postgres-migrations disable-transaction";

/// The format of postgres-migrations.
#[derive(Debug)]
pub(crate) struct PostgresMigrations;

impl Format for PostgresMigrations {
    fn name(&self) -> &'static str {
        "postgres-migrations"
    }

    fn looks_for(&self) -> &'static str {
        "N_name.sql from 1 without a gap, in a package that uses postgres-migrations"
    }

    fn has_downs(&self) -> bool {
        false
    }

    fn claim(&self, file: &Entry, _listing: &Listing) -> Claim {
        if file.is_top() && file.is_sql() && leading_digits(&file.name).is_some() {
            Claim::Possible
        } else {
            Claim::No
        }
    }

    fn evidence(&self, _listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        around.mentions("package.json", &["\"postgres-migrations\""])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut files = Vec::new();
        for entry in listing.inside("").filter(|entry| !entry.is_dir()) {
            let lower = entry.name.to_ascii_lowercase();
            if !lower.ends_with(".sql") && !lower.ends_with(".js") {
                warn_of_stray(&mut found, entry, "N_name.sql");
                continue;
            }
            let Some((digits, rest)) = leading_digits(&entry.name) else {
                return Err(ReadError::Refused {
                    format: self.name(),
                    path: entry.path.clone(),
                    why: "its name does not begin with a number".to_owned(),
                });
            };
            files.push((without_zeros(digits), rest, entry));
        }
        files.sort_by(|a, b| compare_digits(a.0, b.0).then_with(|| a.2.name.cmp(&b.2.name)));
        for (index, (version, rest, entry)) in files.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| files.get(before));
            if let Some((_, _, first)) = before.filter(|(other, ..)| other == version) {
                return Err(ReadError::DuplicateVersion {
                    version: (*version).to_owned(),
                    first: first.path.clone(),
                    second: entry.path.clone(),
                });
            }
            let wanted = (index + 1).to_string();
            if *version != wanted {
                return Err(ReadError::Gap {
                    format: self.name(),
                    missing: wanted,
                    before: entry.path.clone(),
                });
            }
            if !entry.is_sql() {
                found.skip(&entry.path, "a migration written in JavaScript, which Freehold does not run");
                continue;
            }
            let up = script(listing, entry)?;
            let name = rest
                .get(..rest.len().saturating_sub(4))
                .unwrap_or("")
                .trim_start_matches(['_', '-'])
                .to_owned();
            found.migrations.push(Migration {
                version: (*version).to_owned(),
                name,
                kind: MigrationKind::Versioned,
                up,
                down: None,
            });
        }
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let lower = entry.name.to_ascii_lowercase();
        let is_migration = entry.is_top() && (lower.ends_with(".sql") || lower.ends_with(".js"));
        leading_digits(&entry.name).filter(|_| is_migration && !entry.is_dir()).map(|(digits, _)| digits)
    }

    fn first_version_follows(&self) -> &'static str {
        "0"
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        next.has_no_down(self.name())?;
        let mark = if next.no_transaction { format!("{MARK}\n") } else { String::new() };
        let separator = next.separator(&['_', '-'], next.last.and_then(|last| self.written_version(last)));
        let place = format!("{}{separator}{}.sql", next.version, next.name);
        Ok(vec![NewFile::new(FileRole::Both, place, format!("{mark}{}", ended(next.up)))])
    }

    fn is_mark(&self, line: &str) -> bool {
        line.contains(MARK)
    }
}

fn script(listing: &Listing, entry: &Entry) -> Result<Script, ReadError> {
    let file = listing.source(entry)?;
    Ok(if file.text.contains(MARK) {
        Script::whole(file, TransactionMode::Implicit).marked(format!("`{MARK}`"))
    } else {
        Script::whole(file, TransactionMode::Wrapped)
    })
}
