//! A copy of a folder of migrations to change, and what differs from the folder afterwards.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::FixError;

/// A file that is different in the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its place in the folder.
    pub place: PathBuf,
    /// Its text before; none for a new file.
    pub before: Option<String>,
    /// Its text now; none for a file that goes.
    pub after: Option<String>,
}

/// A copy of a folder.
pub(super) struct Copy {
    /// Dies with the value.
    home: TempDir,
    dir: PathBuf,
    original: PathBuf,
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> FixError {
    move |source| FixError::File { doing, path: path.to_owned(), source }
}

impl Copy {
    pub(super) fn of(original: &Path) -> Result<Self, FixError> {
        let home = TempDir::new().map_err(failed("make a temporary folder for", original))?;
        // Some formats tell from the folder's own name, and from files beside it.
        let dir = home.path().join(original.file_name().unwrap_or("migrations".as_ref()));
        for place in files(original)? {
            let (from, to) = (original.join(&place), dir.join(&place));
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent).map_err(failed("make the folder", parent))?;
            }
            fs::copy(&from, &to).map_err(failed("copy", &from))?;
        }
        Ok(Self { home, dir, original: original.to_owned() })
    }

    pub(super) fn dir(&self) -> &Path {
        debug_assert!(self.dir.starts_with(self.home.path()), "the copy is in its own temporary folder");
        &self.dir
    }

    pub(super) fn changed(&self) -> Result<Vec<Changed>, FixError> {
        let places: BTreeSet<PathBuf> = files(&self.original)?.into_iter().chain(files(&self.dir)?).collect();
        let mut changed = Vec::new();
        for place in places {
            let (before, after) = (bytes(&self.original.join(&place))?, bytes(&self.dir.join(&place))?);
            if before != after {
                let text = |bytes: Option<Vec<u8>>| bytes.map(|b| String::from_utf8_lossy(&b).into_owned());
                changed.push(Changed { place, before: text(before), after: text(after) });
            }
        }
        Ok(changed)
    }

    pub(super) fn write_back(&self) -> Result<Vec<Changed>, FixError> {
        let changed = self.changed()?;
        for file in &changed {
            let path = self.original.join(&file.place);
            match &file.after {
                Some(text) => {
                    if let Some(parent) = path.parent() {
                        fs::create_dir_all(parent).map_err(failed("make the folder", parent))?;
                    }
                    fs::write(&path, text).map_err(failed("write", &path))?;
                }
                None => fs::remove_file(&path).map_err(failed("remove", &path))?,
            }
        }
        Ok(changed)
    }
}

fn bytes(path: &Path) -> Result<Option<Vec<u8>>, FixError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

/// The places of all files below a folder, without those whose names begin with a dot.
fn files(dir: &Path) -> Result<Vec<PathBuf>, FixError> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        let path = dir.join(&folder);
        for entry in fs::read_dir(&path).map_err(failed("read", &path))? {
            let entry = entry.map_err(failed("read", &path))?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let place = folder.join(entry.file_name());
            let kind = entry.file_type().map_err(failed("look at", &path))?;
            if kind.is_dir() {
                open.push(place);
            } else if kind.is_file() {
                found.push(place);
            }
        }
    }
    Ok(found)
}
