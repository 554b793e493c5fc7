//! Writing new files: one writer at a time, never over something, all or none.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::ComposeError;
use super::next::NewFile;

/// How long another writer is waited for. One takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

const PAUSE: Duration = Duration::from_millis(5);

/// The right to add to a folder; it ends with the value, or with the process.
#[derive(Debug)]
pub(super) struct Lock {
    /// The lock is the system's, on the folder itself, so that no lock file can be left over.
    _folder: File,
}

/// Waits for the right to add to a folder.
pub(super) fn lock(dir: &Path) -> Result<Lock, ComposeError> {
    let unwritable = |source| ComposeError::Unwritable { path: dir.to_owned(), source };
    let folder = match File::open(dir) {
        Ok(folder) => folder,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(ComposeError::FormatNeeded { dir: dir.to_owned() });
        }
        Err(error) => return Err(unwritable(error)),
    };
    let since = Instant::now();
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(Lock { _folder: folder }),
            Err(TryLockError::Error(error)) => return Err(unwritable(error)),
            Err(TryLockError::WouldBlock) if since.elapsed() > PATIENCE => {
                return Err(ComposeError::Busy { dir: dir.to_owned(), seconds: PATIENCE.as_secs() });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
        }
    }
}

/// Makes the folder, with those above it, unless something is there; true when it was made.
pub(super) fn make_folder(dir: &Path) -> Result<bool, ComposeError> {
    if dir.exists() {
        return Ok(false);
    }
    std::fs::create_dir_all(dir)
        .map(|()| true)
        .map_err(|source| ComposeError::Unwritable { path: dir.to_owned(), source })
}

/// Removes a folder that was made for nothing; one that is in use stays.
pub(super) fn remove_if_empty(dir: &Path) {
    let _ = std::fs::remove_dir(dir);
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Written {
    /// The files, in the order in which they were given.
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.files
    }

    pub(super) fn into_paths(self) -> Vec<PathBuf> {
        self.files
    }

    /// Removes what was written, the folders only if nothing else stands in them.
    pub(super) fn take_back(&self) {
        for file in self.files.iter().rev() {
            // What cannot be removed stays; the error that led here is the one to tell.
            let _ = std::fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Writes the files below `dir`, in order. Each appears with its whole text or not at all, and only where nothing
/// stands; when one cannot be written, those before it are removed.
pub(super) fn write_all(dir: &Path, files: &[NewFile]) -> Result<Written, ComposeError> {
    let mut written = Written::default();
    for file in files {
        if let Err(error) = write_one(dir, file, &mut written) {
            written.take_back();
            return Err(error);
        }
    }
    Ok(written)
}

fn write_one(dir: &Path, file: &NewFile, written: &mut Written) -> Result<(), ComposeError> {
    let path = dir.join(&file.place);
    let parent = path.parent().unwrap_or(dir);
    if parent != dir {
        match std::fs::create_dir(parent) {
            Ok(()) => written.folders.push(parent.to_owned()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(source) => return Err(ComposeError::Unwritable { path: parent.to_owned(), source }),
        }
    }
    let unwritable = |source: std::io::Error| match source.kind() {
        ErrorKind::AlreadyExists => ComposeError::Exists { path: path.clone() },
        _ => ComposeError::Unwritable { path: path.clone(), source },
    };
    // Hidden, so that no tool takes it for a migration while it is being filled.
    let mut temporary =
        builder().prefix(".freehold-new-").suffix(".part").tempfile_in(parent).map_err(unwritable)?;
    temporary.write_all(file.text.as_bytes()).map_err(unwritable)?;
    temporary.as_file().sync_all().map_err(unwritable)?;
    temporary.persist_noclobber(&path).map_err(|error| unwritable(error.error))?;
    written.files.push(path);
    Ok(())
}

/// Temporary files with the rights that a new file has, not those of a private one.
fn builder<'a, 'b>() -> tempfile::Builder<'a, 'b> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "rights are set on Unix"))]
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
}
