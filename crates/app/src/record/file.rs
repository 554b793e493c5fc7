//! The record as a file: read with care, written whole or not at all.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{FILE_NAME, Record, VERSION};

/// A record that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file is there and cannot be read.
    #[error("the rehearsal record {} could not be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A merge left its marks in it.
    #[error("the rehearsal record {} holds a merge conflict, at line {line}", path.display())]
    Conflict {
        /// The file.
        path: PathBuf,
        /// The line of the first mark, from 1.
        line: usize,
    },
    /// It is no record.
    #[error("the rehearsal record {} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A newer Freehold wrote it.
    #[error(
        "the rehearsal record {} was written by a newer Freehold (its version is {version}; this program knows {VERSION})",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// It cannot be written.
    #[error("the rehearsal record {} could not be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl RecordError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "make it readable, or remove it and run `freehold check`",
            Self::Conflict { .. } => {
                "resolve the migrations first, then run `freehold check`: it writes the record anew"
            }
            Self::Damaged { .. } => "run `freehold check`: it writes the record anew",
            Self::Newer { .. } => {
                "use the Freehold that wrote it; or remove the file and run `freehold check` with this one"
            }
            Self::Unwritable { .. } => {
                "make the folder writable, or say `--no-record` where no record is wanted"
            }
        }
    }
}

/// What writing a record came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// There was none.
    New,
    /// It says something else than the one before.
    Changed,
    /// It says the same; the file was not touched.
    Same,
}

/// Reads the record of a folder of migrations; `None` where there is none.
///
/// # Errors
/// When the file cannot be read, is damaged, holds a merge conflict, or was written by a newer Freehold.
pub fn read(dir: &Path) -> Result<Option<Record>, RecordError> {
    let path = dir.join(FILE_NAME);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(source) => return Err(RecordError::Unreadable { path, source }),
    };
    parse(&path, &bytes).map(Some)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Record, RecordError> {
    let path = path.to_owned();
    let mut lines = bytes.split(|byte| *byte == b'\n');
    if let Some(line) = lines.position(|line| line.starts_with(b"<<<<<<<") || line.starts_with(b">>>>>>>")) {
        return Err(RecordError::Conflict { path, line: line + 1 });
    }
    // A newer shape may fail to be read as this one, so its version is looked at alone first.
    let value: serde_json::Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(source) => return Err(RecordError::Damaged { path, source }),
    };
    if let Some(version) = value.get("version").and_then(serde_json::Value::as_u64)
        && version > u64::from(VERSION)
    {
        return Err(RecordError::Newer { path, version });
    }
    serde_json::from_value(value).map_err(|source| RecordError::Damaged { path, source })
}

/// Writes the record of a folder of migrations: beside the old one first, then in its place, so that no reader ever
/// sees half of it. One that says the same is left as it is; a damaged one is replaced.
///
/// # Errors
/// When the folder cannot be written to, or a newer Freehold wrote the record that is there.
pub fn write(dir: &Path, record: &Record) -> Result<Written, RecordError> {
    let path = dir.join(FILE_NAME);
    match read(dir) {
        // A record whose line ends were changed by a checkout says the same.
        Ok(Some(old)) if old == *record => return Ok(Written::Same),
        Err(error @ RecordError::Newer { .. }) => return Err(error),
        _ => {}
    }
    let written = if path.exists() { Written::Changed } else { Written::New };
    replace(dir, &path, &record.text()).map_err(|source| RecordError::Unwritable { path, source })?;
    Ok(written)
}

fn replace(dir: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".freehold-rehearsal.").suffix(".new");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any file that a person makes: what the umask leaves of it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(dir)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_the_same_is_not_written_twice() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()).unwrap(), None);
        let mut record = Record::new(15, "dbmate");
        assert_eq!(write(dir.path(), &record).unwrap(), Written::New);
        let path = dir.path().join(FILE_NAME);
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(write(dir.path(), &record).unwrap(), Written::Same);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
        record.server_major = 16;
        assert_eq!(write(dir.path(), &record).unwrap(), Written::Changed);
        assert_eq!(read(dir.path()).unwrap(), Some(record));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn line_ends_of_a_checkout_are_no_change() {
        let dir = tempfile::tempdir().unwrap();
        let record = Record::new(15, "dbmate");
        let windows = record.text().replace('\n', "\r\n");
        fs::write(dir.path().join(FILE_NAME), &windows).unwrap();
        assert_eq!(write(dir.path(), &record).unwrap(), Written::Same);
        assert_eq!(fs::read_to_string(dir.path().join(FILE_NAME)).unwrap(), windows);
    }

    #[test]
    fn a_conflict_and_damage_are_told_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let record = Record::new(15, "dbmate");
        let text = record.text();
        for (content, expected) in [
            (text.replacen('{', "{\n<<<<<<< ours", 1), "holds a merge conflict, at line 2"),
            (text.replacen("15", "\"fifteen\"", 1), "is damaged"),
            (String::new(), "is damaged"),
        ] {
            fs::write(&path, content).unwrap();
            let error = read(dir.path()).unwrap_err();
            assert!(error.to_string().ends_with(expected), "{error}");
            assert!(error.help().contains("freehold check"));
            assert_eq!(write(dir.path(), &record).unwrap(), Written::Changed);
            assert_eq!(read(dir.path()).unwrap().as_ref(), Some(&record));
        }
    }

    #[test]
    fn a_newer_record_is_neither_read_nor_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let newer = "{\"version\": 2, \"migrations\": {\"0001\": true}}\n";
        fs::write(&path, newer).unwrap();
        assert!(matches!(read(dir.path()), Err(RecordError::Newer { version: 2, .. })));
        let refused = write(dir.path(), &Record::new(15, "dbmate"));
        assert!(matches!(refused, Err(RecordError::Newer { version: 2, .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), newer);
    }
}
