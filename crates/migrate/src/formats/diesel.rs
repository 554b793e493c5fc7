//! Diesel: a folder a migration, with `up.sql`, `down.sql` and `metadata.toml`.
//!
//! Rules of `migrations_internals`: every folder that is neither hidden nor empty must hold an `up.sql`; files beside
//! the folders do not matter. The version is the folder's name up to the first `_` without its hyphens, and versions
//! are ordered as text. A script runs as one query in a transaction of its own, unless `metadata.toml` exists and does
//! not say `run_in_transaction = true`: the key's absence counts as false, an unreadable file as if it were missing.

use serde::Deserialize;

use crate::compose::{ComposeError, FileRole, NewFile, Next};
use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::warn_of_stray;
use crate::listing::{Entry, Listing};
use crate::script::{Script, TransactionMode};
use crate::surroundings::{Surroundings, nearest};

/// The format of Diesel.
#[derive(Debug)]
pub(crate) struct Diesel;

/// What `metadata.toml` can say.
#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    run_in_transaction: bool,
}

impl Format for Diesel {
    fn name(&self) -> &'static str {
        "diesel"
    }

    fn looks_for(&self) -> &'static str {
        "VERSION_name/up.sql with VERSION_name/down.sql"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, listing: &Listing) -> Claim {
        if file.is_top() || file.parent().contains('/') {
            return Claim::No;
        }
        let has = |name: &str| listing.file(&format!("{}/{name}", file.parent())).is_some();
        match file.name.as_str() {
            "up.sql" => Claim::Certain,
            "down.sql" if has("up.sql") => Claim::Certain,
            _ => Claim::No,
        }
    }

    fn evidence(&self, _listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        nearest([around.holds("diesel.toml"), around.mentions("Cargo.toml", &["diesel"])])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut folders = Vec::new();
        for entry in listing.inside("") {
            if !entry.is_dir() {
                warn_of_stray(&mut found, entry, "VERSION_name/up.sql");
            } else if listing.inside(&entry.relative).next().is_none() {
                found.warn(&entry.path, "is an empty folder, so it is left out");
            } else {
                let before = entry.name.split('_').next().unwrap_or("");
                folders.push((before.replace('-', ""), entry));
            }
        }
        folders.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.name.cmp(&b.1.name)));
        for same in folders.chunk_by(|a, b| a.0 == b.0) {
            if let [(version, first), (_, second), ..] = same {
                return Err(ReadError::DuplicateVersion {
                    version: version.clone(),
                    first: first.path.clone(),
                    second: second.path.clone(),
                });
            }
        }
        for (version, folder) in folders {
            let migration = self.migration(listing, &mut found, version, folder)?;
            found.migrations.push(migration);
        }
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let version = entry.name.split('_').next().filter(|_| entry.is_top() && entry.is_dir())?;
        let is_version = version.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        (is_version && version.starts_with(|c: char| c.is_ascii_digit())).then_some(version)
    }

    fn first_version_follows(&self) -> &'static str {
        "2000-01-01-000000"
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        let folder = format!("{}_{}", next.version, next.name);
        let mut files = next.pair(format!("{folder}/up.sql"), format!("{folder}/down.sql"), "");
        if next.no_transaction {
            let text = "run_in_transaction = false\n";
            files.push(NewFile::new(FileRole::Beside, format!("{folder}/metadata.toml"), text));
        }
        Ok(files)
    }
}

impl Diesel {
    fn migration(
        &self,
        listing: &Listing,
        found: &mut Found,
        version: String,
        folder: &Entry,
    ) -> Result<Migration, ReadError> {
        let Some(up) = listing.get(&format!("{}/up.sql", folder.relative)) else {
            if let Some(down) = listing.get(&format!("{}/down.sql", folder.relative)) {
                return Err(ReadError::DownWithoutUp { version, down: down.path.clone() });
            }
            return Err(ReadError::Refused {
                format: self.name(),
                path: folder.path.clone(),
                why: "the folder holds no up.sql".to_owned(),
            });
        };
        let mark = metadata_mark(listing, found, folder)?;
        let script = |entry: &Entry| -> Result<Script, ReadError> {
            let file = listing.source(entry)?;
            Ok(match &mark {
                Some(mark) => Script::whole(file, TransactionMode::Implicit).marked(mark.clone()),
                None => Script::whole(file, TransactionMode::Wrapped),
            })
        };
        for entry in listing.inside(&folder.relative) {
            if !matches!(entry.name.as_str(), "up.sql" | "down.sql" | "metadata.toml") {
                warn_of_stray(found, entry, "up.sql or down.sql");
            }
        }
        let down = listing.get(&format!("{}/down.sql", folder.relative));
        let name = folder.name.split_once('_').map_or("", |(_, name)| name).to_owned();
        Ok(Migration {
            version,
            name,
            kind: MigrationKind::Versioned,
            up: script(up)?,
            down: down.map(script).transpose()?,
        })
    }
}

/// The words for "no transaction" when `metadata.toml` asks for none.
fn metadata_mark(listing: &Listing, found: &mut Found, folder: &Entry) -> Result<Option<String>, ReadError> {
    let Some(entry) = listing.file(&format!("{}/metadata.toml", folder.relative)) else { return Ok(None) };
    let file = listing.source(entry)?;
    let metadata = match toml::from_str::<Metadata>(&file.text) {
        Ok(metadata) => metadata,
        Err(error) => {
            let why = error.message().to_owned();
            found.warn(
                &entry.path,
                format!("cannot be read as Diesel's metadata ({why}), so Diesel ignores it"),
            );
            return Ok(None);
        }
    };
    if metadata.run_in_transaction {
        return Ok(None);
    }
    if !file.text.contains("run_in_transaction") {
        found.warn(&entry.path, "does not say run_in_transaction, which Diesel reads as false");
    }
    Ok(Some(format!("run_in_transaction = false in {}", entry.relative)))
}
