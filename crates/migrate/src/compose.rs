//! Writing the next migration of a folder, in the folder's own format and style.
//!
//! [`compose`] chooses the version that follows the last one, has the format make the files ([`Format::new_files`]),
//! writes them without ever replacing anything, and reads the folder back: what it leaves is exactly one migration
//! more, the last. [`files_for`] gives the files for a given version and text, and writes nothing.

mod blocks;
mod error;
mod name;
mod next;
mod numbering;
mod words;
mod write;

use std::path::{Path, PathBuf};

use crate::error::ReadError;
use crate::folder::{Folder, Migration, MigrationKind, ReadOptions, read_with};
use crate::format::{Format, format_named};
use crate::listing::{Entry, Listing};

pub(crate) use blocks::with_blocks;
pub use error::ComposeError;
pub use name::{NameError, Named, check_name};
pub(crate) use next::ended;
pub use next::{FileRole, NewFile, Next};

/// What the next migration is to be like.
#[derive(Debug, Clone)]
pub struct ComposeOptions {
    /// The time now, for folders whose versions are times; versions are written in UTC.
    pub now: jiff::Timestamp,
    /// The migration is to run outside a transaction: its files carry the format's mark for that.
    pub no_transaction: bool,
    /// Whether a down script is written; `None`: as the folder does today, in an empty one as the format's tool does.
    pub down: Option<bool>,
    /// The SQL of its scripts; `None`: a comment that asks for it.
    pub scripts: Option<Scripts>,
    /// Limits of reading the folder.
    pub read: ReadOptions,
}

/// The SQL of a new migration, without the format's marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scripts {
    /// What applies it.
    pub up: String,
    /// What takes it back.
    pub down: String,
}

impl ComposeOptions {
    /// What a caller that asks for nothing special wants at this time.
    pub fn at(now: jiff::Timestamp) -> Self {
        Self { now, no_transaction: false, down: None, scripts: None, read: ReadOptions::default() }
    }
}

/// A migration that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// Its version, as the format's tool records it.
    pub version: String,
    /// Its name, as it was written.
    pub name: String,
    /// The name of the format.
    pub format: &'static str,
    /// Its files: the folder as given joined with their places, the up script first.
    pub files: Vec<PathBuf>,
    /// What was done otherwise than asked or expected, a sentence each.
    pub remarks: Vec<String>,
}

/// Writes the next migration of the folder `dir`.
///
/// `format` is a name from [`crate::FORMATS`]; without one the folder is read as [`crate::read`] would. A folder that
/// is empty, or does not exist, needs one. Runs of this function for one folder follow each other, in other
/// processes too, so that no two get one version.
///
/// # Errors
/// See [`ComposeError`]. After an error nothing that was written is left.
pub fn compose(
    dir: &Path,
    format: Option<&str>,
    name: &str,
    options: &ComposeOptions,
) -> Result<Composed, ComposeError> {
    let named = check_name(name)?;
    let mut made = false;
    if let Some(format) = format {
        format_named(format).ok_or_else(|| unknown_format(format))?;
        made = write::make_folder(dir)?;
    }
    let lock = write::lock(dir)?;
    let composed = compose_locked(dir, format, &named, options);
    if made && composed.is_err() {
        write::remove_if_empty(dir);
    }
    drop(lock);
    composed
}

fn compose_locked(
    dir: &Path,
    format: Option<&str>,
    named: &Named,
    options: &ComposeOptions,
) -> Result<Composed, ComposeError> {
    let before = match read_with(dir, format, &options.read) {
        Ok(folder) => Some(folder),
        Err(ReadError::NoMigrations { .. }) if format.is_some() => None,
        Err(ReadError::NoMigrations { .. }) => {
            return Err(ComposeError::FormatNeeded { dir: dir.to_owned() });
        }
        Err(source) => return Err(ComposeError::Folder { source: Box::new(source) }),
    };
    let chosen: &'static dyn Format = match (&before, format) {
        (Some(folder), _) => folder.format,
        (None, Some(name)) => format_named(name).ok_or_else(|| unknown_format(name))?,
        (None, None) => return Err(ComposeError::FormatNeeded { dir: dir.to_owned() }),
    };
    let listing = Listing::of(dir, &options.read)
        .map_err(|source| ComposeError::Folder { source: Box::new(source) })?;
    if listing.is_one_file() {
        return Err(ComposeError::OneFile);
    }
    let mut remarks: Vec<String> = named.remark.iter().cloned().collect();
    let last = last_written(chosen, &listing);
    let after = last.as_ref().map_or(chosen.first_version_follows(), |(_, version)| version);
    let version = numbering::after(after, options.now)
        .ok_or_else(|| ComposeError::NoNextVersion { format: chosen.name(), last: after.to_owned() })?;
    remarks.extend(version.remark);
    let down = options.down.unwrap_or_else(|| wants_down(chosen, before.as_ref()));
    let (up_text, down_text) = match &options.scripts {
        Some(scripts) => (scripts.up.clone(), scripts.down.clone()),
        None => (UP_LINE.to_owned(), DOWN_LINE.to_owned()),
    };
    let files = chosen.new_files(&Next {
        listing: &listing,
        last: last.map(|(entry, _)| entry),
        version: &version.written,
        name: &named.name,
        up: &up_text,
        down: down.then_some(down_text.as_str()),
        no_transaction: options.no_transaction,
    })?;
    let written = write::write_all(dir, &files)?;
    match read_back(dir, format, before.as_ref(), &written, options) {
        Ok((version, name)) => {
            Ok(Composed { version, name, format: chosen.name(), files: written.into_paths(), remarks })
        }
        Err(error) => {
            written.take_back();
            Err(error)
        }
    }
}

/// The comment that a new up script begins with.
const UP_LINE: &str = "-- The statements that make the change.\n";

/// The comment that a new down script begins with.
const DOWN_LINE: &str = "-- The statements that undo it, in the opposite order.\n";

/// How many of the last migrations tell whether the folder has downs today.
const RECENT: usize = 3;

fn wants_down(format: &dyn Format, folder: Option<&Folder>) -> bool {
    if !format.has_downs() {
        return false;
    }
    let Some(folder) = folder else { return format.begins_with_downs() };
    let versioned = folder.migrations.iter().rev().filter(|m| m.kind == MigrationKind::Versioned);
    let recent: Vec<bool> = versioned.take(RECENT).map(|m| m.down.is_some()).collect();
    if recent.is_empty() { format.begins_with_downs() } else { recent.contains(&true) }
}

fn unknown_format(name: &str) -> ComposeError {
    let known = crate::format::FORMATS.iter().map(|f| f.name()).collect();
    ComposeError::Folder { source: Box::new(ReadError::UnknownFormat { name: name.to_owned(), known }) }
}

/// The file or folder with the greatest version, migrations that are not read here included, and that version as it
/// is written in its name.
fn last_written<'l>(format: &dyn Format, listing: &'l Listing) -> Option<(&'l Entry, String)> {
    let mut last: Option<(&Entry, String)> = None;
    for entry in listing.entries() {
        let Some(version) = format.written_version(entry) else { continue };
        let later = last.as_ref().is_none_or(|(_, last)| numbering::compare(version, last).is_ge());
        if later {
            last = Some((entry, version.to_owned()));
        }
    }
    last
}

/// Reads the folder again and demands that exactly one migration was added, as the last. Gives its version and name.
fn read_back(
    dir: &Path,
    format: Option<&str>,
    before: Option<&Folder>,
    written: &write::Written,
    options: &ComposeOptions,
) -> Result<(String, String), ComposeError> {
    let files = || written.paths().to_vec();
    let after = read_with(dir, format, &options.read)
        .map_err(|source| ComposeError::NotReadBack { files: files(), source: Box::new(source) })?;
    let misread = |why: String| ComposeError::Misread { files: files(), why };
    if before.is_some_and(|before| before.format.name() != after.format.name()) {
        return Err(misread(format!("with it the folder looks like the format {}", after.format.name())));
    }
    let count = before.map_or(0, |before| before.migrations.len());
    if after.migrations.len() != count + 1 {
        let (now, was) = (after.migrations.len(), count);
        return Err(misread(format!("the folder has {now} migrations with it and had {was} before")));
    }
    let in_order = |m: &&Migration| m.kind == MigrationKind::Versioned;
    let is_new = |m: &Migration| written.paths().contains(&m.up.file.path);
    match after.migrations.iter().rfind(in_order) {
        Some(last) if is_new(last) => Ok((last.version.clone(), last.name.clone())),
        last => {
            let last = last.map(Migration::label).unwrap_or_default();
            Err(misread(format!("{last} still comes after it, by the order of {}", after.format.name())))
        }
    }
}

/// The files of a migration with the given version and text, in the format and the style of a folder. Writes nothing.
///
/// `version` is as it is written in file names: see [`version_as_written`]. `up` and `down` are SQL without the
/// format's own marks; where the format cuts scripts at lines, the marks that keep a statement whole are added.
///
/// # Errors
/// [`ComposeError::NoMark`], [`ComposeError::NoDowns`], [`ComposeError::OneFile`], [`ComposeError::TextRefused`].
pub fn files_for(
    format: &dyn Format,
    listing: &Listing,
    given: &Given<'_>,
) -> Result<Vec<NewFile>, ComposeError> {
    let last = last_written(format, listing).map(|(entry, _)| entry);
    format.new_files(&Next {
        listing,
        last,
        version: given.version,
        name: given.name,
        up: given.up,
        down: given.down,
        no_transaction: given.no_transaction,
    })
}

/// A migration that [`files_for`] puts into files.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// As it is written in file names: `000042`, `1_2`, `2024-01-02-123456`.
    pub version: &'a str,
    /// The rest of the file's name.
    pub name: &'a str,
    /// SQL of the up script.
    pub up: &'a str,
    /// SQL of the down script, if there is one.
    pub down: Option<&'a str>,
    /// Whether the format's mark for no transaction is set.
    pub no_transaction: bool,
}

/// The version of a migration of the folder as it is written in its file's name, with its zeros and hyphens.
pub fn version_as_written(folder: &Folder, listing: &Listing, migration: &Migration) -> Option<String> {
    let path = &migration.up.file.path;
    let of_file = listing.entries().iter().find(|entry| entry.path == *path)?;
    let of_folder = listing.get(of_file.parent());
    [Some(of_file), of_folder]
        .into_iter()
        .flatten()
        .find_map(|entry| folder.format.written_version(entry))
        .map(str::to_owned)
}
