//! Which migrations are squashed, and whether they can be.

use std::path::PathBuf;

use freehold_migrate::{Folder, Listing, Migration, MigrationKind};
use freehold_sql::{ObjectKind, StatementKind};

use super::error::SquashError;

/// The migrations to squash, and those after them.
#[derive(Debug)]
pub(super) struct Range<'f> {
    pub(super) squashed: &'f [Migration],
    pub(super) later: &'f [Migration],
    /// Why some of the later ones cannot be tried, if that is so.
    pub(super) untried: Option<String>,
}

/// Finds them.
pub(super) fn range<'f>(folder: &'f Folder, listing: &Listing, upto: &str) -> Result<Range<'f>, SquashError> {
    if let Some(whole) = folder.migrations.iter().find(|m| m.kind == MigrationKind::WholeSchema) {
        return Err(SquashError::OneFile { file: whole.up.file.path.clone() });
    }
    let last = named(folder, upto)?;
    let (squashed, later) = folder.migrations.split_at(last + 1);
    if squashed.len() < 2 {
        return Err(SquashError::NothingToSquash { version: upto.to_owned() });
    }
    let code = code_files(folder, listing);
    let own = squashed.last().map(|m| m.version.clone()).unwrap_or_default();
    let before: Vec<PathBuf> = code
        .iter()
        .filter(|(version, _)| !comes_after(version, &own))
        .map(|(_, path)| path.clone())
        .collect();
    if !before.is_empty() {
        return Err(SquashError::Code { files: before });
    }
    refuse_what_leaves_the_database(squashed)?;
    let first_code = code.first();
    let reached = first_code.map_or(later.len(), |(version, _)| {
        later.iter().take_while(|m| !m.version.is_empty() && !comes_after(&m.version, version)).count()
    });
    let untried = first_code.filter(|_| reached < later.len()).map(|(_, path)| {
        format!(
            "{} of the later migrations were not tried on it: {} comes before them and is no SQL",
            later.len() - reached,
            path.display()
        )
    });
    Ok(Range { squashed, later: later.get(..reached).unwrap_or_default(), untried })
}

/// The place of the version that a person wrote.
fn named(folder: &Folder, upto: &str) -> Result<usize, SquashError> {
    let versioned = || folder.migrations.iter().enumerate().filter(|(_, m)| !m.version.is_empty());
    if let Some((index, _)) = versioned().find(|(_, m)| m.version == upto) {
        return Ok(index);
    }
    let number = upto.trim_start_matches('0');
    let mut found = versioned().filter(|(_, m)| {
        (!number.is_empty() && m.version.trim_start_matches('0') == number)
            || m.label() == upto
            || m.name == upto
    });
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        _ => Err(SquashError::NoSuchVersion {
            version: upto.to_owned(),
            known: folder.migrations.iter().map(|m| m.version.clone()).filter(|v| !v.is_empty()).collect(),
        }),
    }
}

/// Migrations that are no SQL, with their versions, in order.
fn code_files(folder: &Folder, listing: &Listing) -> Vec<(String, PathBuf)> {
    let mut files: Vec<(String, PathBuf)> = folder
        .skipped
        .iter()
        .filter(|skipped| skipped.path.extension().is_none_or(|extension| extension != "sql"))
        .filter_map(|skipped| {
            let entry = listing.entries().iter().find(|entry| entry.path == skipped.path)?;
            let inside = listing.get(entry.parent());
            let version =
                [Some(entry), inside].into_iter().flatten().find_map(|e| folder.format.written_version(e))?;
            Some((version.to_owned(), skipped.path.clone()))
        })
        .collect();
    files.sort_by_key(|(version, _)| numbers(version));
    files
}

/// True when a version has greater numbers than another, whatever stands between the numbers.
fn comes_after(version: &str, other: &str) -> bool {
    numbers(version) > numbers(other)
}

fn numbers(version: &str) -> Vec<(usize, String)> {
    // Without leading zeros a longer number is the greater one.
    let runs = version.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    runs.map(|run| run.trim_start_matches('0')).map(|run| (run.len(), run.to_owned())).collect()
}

/// Statements whose effect is outside of the database and cannot be carried over.
fn refuse_what_leaves_the_database(squashed: &[Migration]) -> Result<(), SquashError> {
    for migration in squashed {
        let statements = migration.up.statements().map_err(|source| SquashError::Unreadable {
            label: migration.label(),
            source: Box::new(source),
        })?;
        for statement in statements {
            let why = match statement.effect.kind {
                StatementKind::AlterSystem => "it changes the server's configuration file",
                StatementKind::Create(ObjectKind::Tablespace) => "it makes a folder on the server",
                StatementKind::Create(ObjectKind::Database) => "it makes another database",
                StatementKind::Drop { object: ObjectKind::Database, .. } => "it drops another database",
                _ => continue,
            };
            return Err(SquashError::Outside {
                label: migration.label(),
                place: Box::new(migration.up.place(statement.span)),
                headline: statement.headline(migration.up.text(), 100),
                why,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(comes_after("10", "9"));
        assert!(comes_after("0010", "9"));
        assert!(comes_after("1.10", "1.9"));
        assert!(comes_after("2024-01-02-000000", "2024-01-01-235959"));
        assert!(!comes_after("0007", "7"));
    }
}
