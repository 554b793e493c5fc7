//! What is read: a folder of migrations as values, and the one function that reads it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::detect::detect_in;
use crate::error::ReadError;
use crate::format::{FORMATS, Format, format_named};
use crate::listing::Listing;
use crate::script::Script;

/// A migrations folder, read.
#[derive(Debug)]
pub struct Folder {
    /// The folder (or, for a single schema file, the file) as it was given.
    pub dir: PathBuf,
    /// The format that it was read as.
    pub format: &'static dyn Format,
    /// The migrations in the order in which they are applied to an empty database.
    pub migrations: Vec<Migration>,
    /// Files that belong to the folder but are no SQL that can be read, each with the reason.
    pub skipped: Vec<Skipped>,
    /// What looks like a mistake but does not stop the reading.
    pub warnings: Vec<FileWarning>,
}

/// One migration: a version with its scripts.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The version as the format's tool records it: `1` for golang-migrate's `0001_…`, `1.2` for Flyway's `V1_2__…`,
    /// the folder's name for Prisma. Empty for Flyway's repeatable migrations, which have none.
    pub version: String,
    /// The rest of the name, as it is written in the file name; may be empty.
    pub name: String,
    /// What kind of migration it is.
    pub kind: MigrationKind,
    /// What is run to apply it.
    pub up: Script,
    /// What is run to undo it, where there is something.
    pub down: Option<Script>,
}

impl Migration {
    /// What a history calls it: its version, or `repeatable NAME` where it has none.
    pub fn key(&self) -> String {
        if self.version.is_empty() { format!("repeatable {}", self.name) } else { self.version.clone() }
    }

    /// Version and name for people: `0003 add_index`, or one of them when the other is empty.
    pub fn label(&self) -> String {
        match (self.version.is_empty(), self.name.is_empty()) {
            (false, false) => format!("{} {}", self.version, self.name),
            (false, true) => self.version.clone(),
            (true, _) => self.name.clone(),
        }
    }
}

/// The kinds of migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MigrationKind {
    /// Applied once, in the order of versions.
    Versioned,
    /// Applied after the versioned ones, and again whenever its text changes (Flyway's `R__`).
    Repeatable,
    /// Stands for all versions up to its own on a new database (Flyway's `B…__`).
    Baseline,
    /// A whole schema in one file, not a step.
    WholeSchema,
}

/// A file that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// The reason, as a clause: `a migration written in Go, which Freehold does not run`.
    pub why: String,
}

/// Something about a file that the user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWarning {
    /// The file.
    pub path: PathBuf,
    /// What was seen, as a sentence without the file's name.
    pub message: String,
}

/// Limits of reading, and what is read instead of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// The largest file that is read, in bytes; 64 MiB unless set.
    pub max_file_bytes: u64,
    /// Texts that stand for what is on the disk, by the folder joined with the file's place: what an editor has open.
    pub instead: BTreeMap<PathBuf, String>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { max_file_bytes: 64 * 1024 * 1024, instead: BTreeMap::new() }
    }
}

/// Reads a folder (or one schema file) in the given format, or in the one that [`crate::detect`] finds.
///
/// `format` is a name from [`FORMATS`]. Errors name the files that they are about; see [`ReadError`].
pub fn read(dir: &Path, format: Option<&str>) -> Result<Folder, ReadError> {
    read_with(dir, format, &ReadOptions::default())
}

/// [`read`] with other limits.
pub fn read_with(dir: &Path, format: Option<&str>, options: &ReadOptions) -> Result<Folder, ReadError> {
    let format = chosen(format)?;
    read_listing(&Listing::of(dir, options)?, format)
}

/// [`read`] for files that are part of a program, see [`Listing::embedded`]. Where several formats' names fit, nothing
/// around the folder can decide, so that the format should be given.
pub fn read_embedded(
    dir: &Path,
    files: &[(&'static str, &'static [u8])],
    format: Option<&str>,
) -> Result<Folder, ReadError> {
    let format = chosen(format)?;
    read_listing(&Listing::embedded(dir, files, &ReadOptions::default()), format)
}

fn chosen(format: Option<&str>) -> Result<Option<&'static dyn Format>, ReadError> {
    let named = |name| {
        format_named(name).ok_or_else(|| ReadError::UnknownFormat {
            name: name.to_owned(),
            known: FORMATS.iter().map(|f| f.name()).collect(),
        })
    };
    format.map(named).transpose()
}

fn read_listing(listing: &Listing, format: Option<&'static dyn Format>) -> Result<Folder, ReadError> {
    let dir = listing.root();
    let format = match format {
        Some(format) => format,
        None => detect_in(listing)?.format,
    };
    let found = format.read(listing)?;
    if found.migrations.is_empty() {
        let mut seen = listing.summary();
        for skipped in found.skipped.iter().take(3) {
            seen.push(format!("{} ({})", skipped.path.display(), skipped.why));
        }
        for warning in found.warnings.iter().take(3) {
            seen.push(format!("{}: {}", warning.path.display(), warning.message));
        }
        return Err(ReadError::NoMigrations {
            dir: dir.to_owned(),
            looked_for: vec![format!("{}: {}", format.name(), format.looks_for())],
            seen,
        });
    }
    let mut folder = Folder {
        dir: dir.to_owned(),
        format,
        migrations: found.migrations,
        skipped: found.skipped,
        warnings: found.warnings,
    };
    warn_of_texts(&mut folder);
    folder.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    folder.warnings.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(folder)
}

/// Adds the warnings that concern every format: scripts with nothing to run, and byte order marks.
fn warn_of_texts(folder: &mut Folder) {
    let mut warnings = Vec::new();
    for migration in &folder.migrations {
        let scripts = [("up", Some(&migration.up)), ("down", migration.down.as_ref())];
        for (direction, script) in scripts {
            let Some(script) = script else { continue };
            if let Some(what) = script.emptiness() {
                warnings.push(FileWarning {
                    path: script.file.path.clone(),
                    message: format!("the {direction} script {what}, so there is nothing to run"),
                });
            }
            if script.file.has_byte_order_mark() {
                warnings.push(FileWarning {
                    path: script.file.path.clone(),
                    message:
                        "begins with a byte order mark, which is left out here; a tool that sends it to the \
                              server gets a syntax error"
                            .to_owned(),
                });
            }
        }
    }
    warnings.dedup();
    folder.warnings.extend(warnings);
}
