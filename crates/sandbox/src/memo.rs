//! What server programs said of themselves, kept in the cache so that a warm start need not run them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The answers of one program file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// Length in bytes and time of change in nanoseconds: another file of the same path has others.
    file: (u64, i128),
    /// What `postgres --version` printed.
    pub(crate) banner: String,
    /// The folder that holds `extension`.
    pub(crate) share_dir: PathBuf,
}

/// Answers by the path of `postgres`. The default one remembers nothing beyond its own life.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    said: BTreeMap<PathBuf, Said>,
    file: Option<PathBuf>,
    changed: bool,
}

impl Memo {
    /// From a file in the cache. One that is missing or cannot be read is an empty memo.
    pub(crate) fn load(file: PathBuf) -> Self {
        let text = fs::read_to_string(&file).unwrap_or_default();
        Self { said: text.lines().filter_map(entry_of).collect(), file: Some(file), changed: false }
    }

    /// What is known of this very file.
    pub(crate) fn recall(&self, postgres: &Path) -> Option<Said> {
        self.said.get(postgres).filter(|said| Some(said.file) == identity(postgres)).cloned()
    }

    /// Remembers an answer.
    pub(crate) fn learn(&mut self, postgres: &Path, banner: &str, share_dir: &Path) {
        if let Some(file) = identity(postgres) {
            let said = Said { file, banner: banner.to_owned(), share_dir: share_dir.to_owned() };
            self.said.insert(postgres.to_owned(), said);
            self.changed = true;
        }
    }

    /// Writes what was learnt. A memo that cannot be written only costs time later.
    pub(crate) fn save(&self) {
        let Some(file) = self.file.as_ref().filter(|_| self.changed) else { return };
        let text: String = self.said.iter().filter_map(|(path, said)| line_of(path, said)).collect();
        let fresh = file.with_extension(uuid::Uuid::new_v4().simple().to_string());
        if fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, file)).is_err() {
            let _ = fs::remove_file(&fresh);
        }
    }
}

fn identity(path: &Path) -> Option<(u64, i128)> {
    let about = fs::metadata(path).ok()?;
    Some((about.len(), i128::from(about.mtime()) * 1_000_000_000 + i128::from(about.mtime_nsec())))
}

/// `None` when a field holds what would break the line.
fn line_of(path: &Path, said: &Said) -> Option<String> {
    let (path, share) = (path.to_str()?, said.share_dir.to_str()?);
    let line = format!("{}\t{}\t{path}\t{}\t{share}\n", said.file.0, said.file.1, said.banner);
    (line.matches(['\t', '\n']).count() == 5).then_some(line)
}

fn entry_of(line: &str) -> Option<(PathBuf, Said)> {
    let mut fields = line.split('\t');
    let file = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let path = PathBuf::from(fields.next()?);
    let banner = fields.next()?.to_owned();
    Some((path, Said { file, banner, share_dir: fields.next()?.into() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_recalled_until_the_program_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (program, file) = (folder.path().join("postgres"), folder.path().join("programs"));
        fs::write(&program, "one").unwrap();
        let mut memo = Memo::load(file.clone());
        assert_eq!(memo.recall(&program), None);
        memo.learn(&program, "postgres (PostgreSQL) 15.1", Path::new("/share"));
        memo.save();
        let said = Memo::load(file.clone()).recall(&program).unwrap();
        assert_eq!(
            (said.banner.as_str(), said.share_dir.to_str()),
            ("postgres (PostgreSQL) 15.1", Some("/share"))
        );
        fs::write(&program, "another").unwrap();
        assert_eq!(Memo::load(file.clone()).recall(&program), None);
        fs::write(&file, "nonsense\n1\t2\n").unwrap();
        assert_eq!(Memo::load(file).recall(&program), None);
    }
}
