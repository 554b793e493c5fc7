//! The folder as it would be with the squashed script in it: made beside the real one, and read back.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use freehold_migrate::{
    Folder, Given, Listing, Migration, NewFile, Squashed as Mark, TransactionMode, files_for, read,
    version_as_written,
};

use super::error::SquashError;

/// A folder with the script in place of the migrations that it stands for.
#[derive(Debug)]
pub(super) struct Staged {
    /// Dies with the value.
    _place: tempfile::TempDir,
    /// As it is read back.
    pub(super) folder: Folder,
    /// The files of the script.
    pub(super) files: Vec<NewFile>,
    /// What is to be taken out of the real folder: files, and folders that belong to one migration.
    pub(super) moved: BTreeSet<String>,
}

/// Makes it. `name` is how the script is called where the format lets one choose.
pub(super) fn stage(
    folder: &Folder,
    listing: &Listing,
    squashed: &[Migration],
    script: &str,
    mark: &Mark,
    name: &str,
) -> Result<Staged, SquashError> {
    let Some(last) = squashed.last() else {
        return Err(SquashError::NothingToSquash { version: mark.version.clone() });
    };
    let format = folder.format.name();
    let misread = |why: String| SquashError::Misread { format, version: mark.version.clone(), why };
    let written = version_as_written(folder, listing, last)
        .ok_or_else(|| misread("its own version is not in its file's name".to_owned()))?;
    let moved = belonging(folder, listing, squashed)?;
    let mut why = String::new();
    // Some tools record the whole name of a file: then the script must have the name of the last one.
    for name in [name, &last.name] {
        let given = Given { version: &written, name, up: script, down: None, no_transaction: false };
        let files = files_for(folder.format, listing, &given)?;
        let place = copy_without(listing, &moved)?;
        for file in &files {
            write(&place.path().join(&file.place), &file.text)?;
        }
        let staged = read(place.path(), Some(format))?;
        match unlike(&staged, folder, squashed, mark) {
            None => return Ok(Staged { _place: place, folder: staged, files, moved }),
            Some(other) => why = other,
        }
    }
    Err(misread(why))
}

/// In what the folder that was read back is not the one that was meant.
fn unlike(staged: &Folder, folder: &Folder, squashed: &[Migration], mark: &Mark) -> Option<String> {
    let later = folder.migrations.get(squashed.len()..).unwrap_or_default();
    let Some((first, rest)) = staged.migrations.split_first() else {
        return Some("the folder has no migrations".to_owned());
    };
    let last = squashed.last().map(Migration::key).unwrap_or_default();
    if first.key() != last {
        return Some(format!("the first migration is {}", first.key()));
    }
    if Mark::of(&first.up).as_ref() != Some(mark) {
        return Some("its mark cannot be read".to_owned());
    }
    if let TransactionMode::None { why } = &first.up.transaction {
        return Some(format!("it would not be run in a transaction: {why}"));
    }
    let same = |(a, b): (&Migration, &Migration)| a.key() == b.key() && a.up.checksum == b.up.checksum;
    if rest.len() != later.len() || !rest.iter().zip(later).all(same) {
        return Some("the migrations after it would change".to_owned());
    }
    None
}

/// The files of migrations, or the folder of one where the format gives each its own.
fn belonging(
    folder: &Folder,
    listing: &Listing,
    squashed: &[Migration],
) -> Result<BTreeSet<String>, SquashError> {
    let mut places = BTreeSet::new();
    for migration in squashed {
        for script in std::iter::once(&migration.up).chain(&migration.down) {
            let Some(entry) = listing.entries().iter().find(|entry| entry.path == script.file.path) else {
                continue;
            };
            let inside = listing.get(entry.parent());
            let own = inside.filter(|parent| folder.format.written_version(parent).is_some());
            places.insert(own.unwrap_or(entry).relative.clone());
            // Flyway keeps settings of one script beside it.
            let beside = format!("{}.conf", entry.relative);
            places.extend(listing.file(&beside).map(|entry| entry.relative.clone()));
        }
    }
    Ok(places)
}

fn copy_without(listing: &Listing, moved: &BTreeSet<String>) -> Result<tempfile::TempDir, SquashError> {
    let place = tempfile::tempdir().map_err(SquashError::files("make a folder in", &std::env::temp_dir()))?;
    let is_moved = |relative: &str| {
        moved.iter().any(|place| {
            relative.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let files = listing.entries().iter().filter(|entry| entry.is_file() && !is_moved(&entry.relative));
    for entry in files {
        let to = place.path().join(&entry.relative);
        make_parent(&to)?;
        // Its name may be no UTF-8: the path is what is read.
        fs::copy(&entry.path, &to).map_err(SquashError::files("read", &entry.path))?;
    }
    Ok(place)
}

fn make_parent(path: &Path) -> Result<(), SquashError> {
    let parent: PathBuf = path.parent().unwrap_or(path).to_owned();
    fs::create_dir_all(&parent).map_err(SquashError::files("make the folder", &parent))
}

fn write(path: &Path, text: &str) -> Result<(), SquashError> {
    make_parent(path)?;
    fs::write(path, text).map_err(SquashError::files("write", path))
}
