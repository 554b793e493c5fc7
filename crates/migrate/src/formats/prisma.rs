//! Prisma Migrate: a folder a migration with `migration.sql`; `migration_lock.toml` beside the folders.
//!
//! Rules of its schema engine: folders are applied in the order of their names, and the whole name is what the history
//! records; a folder without `migration.sql` is an error; a script is sent as one simple query. Prisma has no downs,
//! but its own guide to them suggests a `down.sql` in the same folder, which is read.

use crate::compose::{ComposeError, NewFile, Next};
use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::warn_of_stray;
use crate::listing::{Entry, Listing};
use crate::script::{Script, TransactionMode};
use crate::surroundings::{Surroundings, nearest};
use crate::version::leading_digits;

const LOCK: &str = "migration_lock.toml";

/// The format of Prisma Migrate.
#[derive(Debug)]
pub(crate) struct Prisma;

impl Format for Prisma {
    fn name(&self) -> &'static str {
        "prisma"
    }

    fn looks_for(&self) -> &'static str {
        "NAME/migration.sql"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn expects_downs(&self) -> bool {
        false
    }

    fn claim(&self, file: &Entry, listing: &Listing) -> Claim {
        if file.is_top() || file.parent().contains('/') {
            return Claim::No;
        }
        let beside = |name: &str| listing.file(&format!("{}/{name}", file.parent())).is_some();
        match file.name.as_str() {
            "migration.sql" => Claim::Certain,
            "down.sql" if beside("migration.sql") && !beside("up.sql") => Claim::Certain,
            _ => Claim::No,
        }
    }

    fn evidence(&self, listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        let lock =
            listing.file(LOCK).map(|_| Evidence { distance: 0, reason: format!("there is {LOCK} in it") });
        nearest([lock, around.holds("schema.prisma")])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        self.check_lock(listing)?;
        for entry in listing.inside("") {
            if !entry.is_dir() {
                warn_of_stray(&mut found, entry, "NAME/migration.sql");
                continue;
            }
            let down = listing.get(&format!("{}/down.sql", entry.relative));
            let Some(up) = listing.get(&format!("{}/migration.sql", entry.relative)) else {
                if let Some(down) = down {
                    return Err(ReadError::DownWithoutUp {
                        version: entry.name.clone(),
                        down: down.path.clone(),
                    });
                }
                return Err(ReadError::Refused {
                    format: self.name(),
                    path: entry.path.clone(),
                    why: "the folder holds no migration.sql".to_owned(),
                });
            };
            for beside in listing.inside(&entry.relative) {
                if !matches!(beside.name.as_str(), "migration.sql" | "down.sql") {
                    warn_of_stray(&mut found, beside, "migration.sql or down.sql");
                }
            }
            let script = |file| Ok(Script::whole(listing.source(file)?, TransactionMode::Implicit));
            let name = entry.name.split_once('_').map_or("", |(_, name)| name);
            found.migrations.push(Migration {
                version: entry.name.clone(),
                name: name.to_owned(),
                kind: MigrationKind::Versioned,
                up: script(up)?,
                down: down.map(script).transpose()?,
            });
        }
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        leading_digits(&entry.name).filter(|_| entry.is_top() && entry.is_dir()).map(|(digits, _)| digits)
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        next.needs_transaction(
            self.name(),
            "it sends every script as one query, in which a single statement runs by itself and several share a \
             transaction",
        )?;
        let folder = format!("{}_{}", next.version, next.name);
        Ok(next.pair(format!("{folder}/migration.sql"), format!("{folder}/down.sql"), ""))
    }
}

impl Prisma {
    /// Refuses a folder whose lock names another database system.
    fn check_lock(&self, listing: &Listing) -> Result<(), ReadError> {
        let Some(entry) = listing.file(LOCK) else { return Ok(()) };
        let file = listing.source(entry)?;
        let provider = toml::from_str::<toml::Table>(&file.text)
            .ok()
            .and_then(|table| table.get("provider").and_then(toml::Value::as_str).map(str::to_owned));
        match provider.as_deref() {
            None | Some("postgresql" | "postgres") => Ok(()),
            Some(other) => Err(ReadError::Refused {
                format: self.name(),
                path: entry.path.clone(),
                why: format!("its provider is {other}, and Freehold rehearses PostgreSQL"),
            }),
        }
    }
}
