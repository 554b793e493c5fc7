//! Supabase: `VERSION_name.sql` in `supabase/migrations`.
//!
//! Rules of its command: the name is digits, `_`, anything, `.sql`; others are passed over; files are applied in the
//! order of their names; a first file `…_init.sql` from before 2021-12-09 is passed over. The statements of a file go
//! to the server as one pipeline, which is one implicit transaction.

use crate::compose::{ComposeError, FileRole, NewFile, Next, ended};
use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::warn_of_stray;
use crate::listing::{Entry, Listing};
use crate::script::{Script, TransactionMode};
use crate::surroundings::Surroundings;
use crate::version::{compare_digits, leading_digits};

/// The format of Supabase.
#[derive(Debug)]
pub(crate) struct Supabase;

impl Format for Supabase {
    fn name(&self) -> &'static str {
        "supabase"
    }

    fn looks_for(&self) -> &'static str {
        "TIMESTAMP_name.sql in supabase/migrations"
    }

    fn has_downs(&self) -> bool {
        false
    }

    fn claim(&self, file: &Entry, listing: &Listing) -> Claim {
        if !file.is_top() || parts(&file.name).is_none() {
            Claim::No
        } else if is_its_own(listing) && !listing.head(file).lines().any(marked_by_another_tool) {
            // Comments such as `-- Up migration` are common here, and are no marks to this tool.
            Claim::Certain
        } else {
            Claim::Possible
        }
    }

    fn evidence(&self, listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        if is_its_own(listing) {
            return Some(Evidence { distance: 0, reason: "the folder is supabase/migrations".to_owned() });
        }
        around
            .mentions("config.toml", &["[auth]\n", "project_id ="])
            .filter(|evidence| evidence.distance <= 1)
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut last: Option<(&str, &Entry)> = None;
        for (index, entry) in listing.inside("").filter(|entry| !entry.is_dir()).enumerate() {
            let Some((digits, name)) = parts(&entry.name) else {
                warn_of_stray(&mut found, entry, "TIMESTAMP_name.sql");
                continue;
            };
            if index == 0
                && name == "init"
                && digits.len() == 14
                && compare_digits(digits, "20211209000000").is_lt()
            {
                found.skip(&entry.path, "a first `init` of an early version, which Supabase passes over");
                continue;
            }
            if let Some((version, first)) = last.filter(|(version, _)| *version == digits) {
                return Err(ReadError::DuplicateVersion {
                    version: version.to_owned(),
                    first: first.path.clone(),
                    second: entry.path.clone(),
                });
            }
            last = Some((digits, entry));
            found.migrations.push(Migration {
                version: digits.to_owned(),
                name: name.to_owned(),
                kind: MigrationKind::Versioned,
                up: Script::whole(listing.source(entry)?, TransactionMode::Implicit),
                down: None,
            });
        }
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        parts(&entry.name).filter(|_| entry.is_top() && !entry.is_dir()).map(|(digits, _)| digits)
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        next.has_no_down(self.name())?;
        next.needs_transaction(
            self.name(),
            "it sends the statements of every file as one batch, which is one implicit transaction unless the file \
             holds a single statement",
        )?;
        let place = format!("{}_{}.sql", next.version, next.name);
        Ok(vec![NewFile::new(FileRole::Both, place, ended(next.up))])
    }
}

/// The one place in which the tool looks.
fn is_its_own(listing: &Listing) -> bool {
    let path = listing.root().canonicalize().unwrap_or_else(|_| listing.root().to_owned());
    path.ends_with("supabase/migrations")
}

/// Marks that nobody writes for anything but the tool that reads them.
fn marked_by_another_tool(line: &str) -> bool {
    let words: Vec<&str> = line.trim_start().trim_start_matches('-').split_whitespace().take(2).collect();
    line.trim_start().starts_with("--")
        && matches!(words.as_slice(), ["migrate:up" | "migrate:down", ..] | ["+goose" | "+migrate", _])
}

fn parts(file: &str) -> Option<(&str, &str)> {
    let (digits, rest) = leading_digits(file)?;
    Some((digits, rest.strip_prefix('_')?.strip_suffix(".sql")?))
}
