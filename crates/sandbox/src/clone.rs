//! Copies of a template's data folder, checked against its manifest while they are made.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, chown, fchown};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::account::Account;
use crate::error::SandboxError;

/// One file of a template: its path inside the data folder, its length in bytes and a checksum of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileEntry {
    pub(crate) path: PathBuf,
    pub(crate) length: u64,
    pub(crate) checksum: u64,
}

/// Folders and files of a data folder, each folder after its parent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) files: Vec<FileEntry>,
}

/// Why a clone could not be made.
#[derive(Debug)]
pub(crate) enum CloneError {
    /// The template's content is not what its manifest says.
    Damaged(String),
    /// The copy could not be written.
    Failed(SandboxError),
}

/// Reads a data folder into a tree with lengths and checksums. Links and special files are left out: initdb makes
/// none.
pub(crate) fn survey(data: &Path) -> io::Result<Tree> {
    let mut tree = Tree::default();
    let mut waiting = vec![PathBuf::new()];
    let mut buffer = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(data.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                tree.folders.push(path.clone());
                waiting.push(path);
            } else if kind.is_file() && entry.file_name() != "postmaster.opts" {
                read_whole(&data.join(&path), &mut buffer)?;
                let length = buffer.len() as u64;
                tree.files.push(FileEntry { path, length, checksum: checksum(&buffer) });
            }
        }
    }
    tree.folders.sort();
    tree.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(tree)
}

/// Copies a tree from one data folder to a new one, on as many threads as there are processors (at most four). Blocks
/// are shared where the file system can. Every file's content is checked. The copies belong to `account`.
pub(crate) fn clone_tree(tree: &Tree, from: &Path, to: &Path, account: &Account) -> Result<(), CloneError> {
    let make = |path: &Path| {
        let made = DirBuilder::new().mode(0o700).create(path).and_then(|()| {
            if account.dropped { chown(path, Some(account.uid), Some(account.gid)) } else { Ok(()) }
        });
        made.map_err(|e| CloneError::Failed(SandboxError::files("create the folder", path, e)))
    };
    make(to)?;
    for folder in &tree.folders {
        make(&to.join(folder))?;
    }
    let job = Job { tree, from, to, account, next: AtomicUsize::new(0), sharing: AtomicBool::new(true) };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                if let Err(error) = job.work() {
                    job.next.store(usize::MAX / 2, Ordering::Relaxed);
                    failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
                }
            });
        }
    });
    failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).map_or(Ok(()), Err)
}

/// What the copying threads share.
struct Job<'a> {
    tree: &'a Tree,
    from: &'a Path,
    to: &'a Path,
    account: &'a Account,
    /// The next file to take, in batches.
    next: AtomicUsize,
    /// False as soon as one file could not be made by sharing blocks.
    sharing: AtomicBool,
}

/// How many files a thread takes at once.
const BATCH: usize = 16;

impl Job<'_> {
    fn work(&self) -> Result<(), CloneError> {
        let mut buffer = Vec::new();
        loop {
            let start = self.next.fetch_add(BATCH, Ordering::Relaxed);
            let Some(rest) = self.tree.files.get(start..).filter(|rest| !rest.is_empty()) else {
                return Ok(());
            };
            for entry in rest.iter().take(BATCH) {
                self.one(entry, &mut buffer)?;
            }
        }
    }

    fn one(&self, entry: &FileEntry, buffer: &mut Vec<u8>) -> Result<(), CloneError> {
        let source = self.from.join(&entry.path);
        let damaged = |why: &str| CloneError::Damaged(format!("{} {why}", entry.path.display()));
        read_whole(&source, buffer).map_err(|error| damaged(&error.to_string()))?;
        if buffer.len() as u64 != entry.length {
            return Err(damaged("has another length"));
        }
        if checksum(buffer) != entry.checksum {
            return Err(damaged("has another content"));
        }
        let target = self.to.join(&entry.path);
        self.write(&source, &target, buffer)
            .map_err(|error| CloneError::Failed(SandboxError::files("write", &target, error)))
    }

    fn write(&self, source: &Path, target: &Path, content: &[u8]) -> io::Result<()> {
        // Sharing blocks pays only for files of some size.
        if content.len() >= 64 * 1024 && self.sharing.load(Ordering::Relaxed) {
            if reflink_copy::reflink(source, target).is_ok() {
                fs::set_permissions(target, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
                return if self.account.dropped {
                    chown(target, Some(self.account.uid), Some(self.account.gid))
                } else {
                    Ok(())
                };
            }
            self.sharing.store(false, Ordering::Relaxed);
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(target)?;
        file.write_all(content)?;
        if self.account.dropped {
            fchown(&file, Some(self.account.uid), Some(self.account.gid))?;
        }
        Ok(())
    }
}

fn read_whole(path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    File::open(path)?.read_to_end(buffer).map(|_| ())
}

/// A fast checksum that tells damaged content from whole (accidents, not attacks: those are kept out by the folder's
/// owner). Four lanes of multiply-and-rotate over 64-bit words, mixed with the length at the end.
fn checksum(content: &[u8]) -> u64 {
    const PRIME: u64 = 0x9E37_79B9_7F4A_7C15; // 2^64 divided by the golden ratio
    let mut lanes = [1_u64, 2, 3, 4];
    let (blocks, rest) = content.as_chunks::<32>();
    for block in blocks {
        for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
            *lane = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME).rotate_left(29);
        }
    }
    let mut sum = content.len() as u64;
    for lane in lanes.into_iter().chain(rest.iter().map(|byte| u64::from(*byte))) {
        sum = (sum ^ lane).wrapping_mul(PRIME).rotate_left(29);
    }
    sum ^ (sum >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("base/1")).unwrap();
        fs::write(folder.path().join("base/1/100"), vec![7_u8; 200_001]).unwrap();
        fs::write(folder.path().join("base/1/101"), b"").unwrap();
        fs::write(folder.path().join("PG_VERSION"), b"15\n").unwrap();
        folder
    }

    #[test]
    fn a_clone_equals_its_template() {
        let (folder, account) = (sample(), Account::choose().unwrap());
        let tree = survey(folder.path()).unwrap();
        let target = tempfile::tempdir().unwrap();
        let copy = target.path().join("copy");
        clone_tree(&tree, folder.path(), &copy, &account).unwrap();
        assert_eq!(survey(&copy).unwrap(), tree);
        assert_eq!(tree.files.len(), 3);
    }

    #[test]
    fn each_kind_of_damage_is_seen() {
        type Mutation = fn(&Path);
        let mutations: [(&str, Mutation); 3] = [
            ("one byte changed", |path| {
                let mut content = fs::read(path).unwrap();
                content[150_000] ^= 1;
                fs::write(path, content).unwrap();
            }),
            ("cut short", |path| fs::write(path, vec![7_u8; 200_000]).unwrap()),
            ("removed", |path| fs::remove_file(path).unwrap()),
        ];
        let account = Account::choose().unwrap();
        for (name, mutate) in mutations {
            let folder = sample();
            let tree = survey(folder.path()).unwrap();
            mutate(&folder.path().join("base/1/100"));
            let target = tempfile::tempdir().unwrap();
            let result = clone_tree(&tree, folder.path(), &target.path().join("copy"), &account);
            assert!(matches!(result, Err(CloneError::Damaged(_))), "{name}: {result:?}");
        }
    }
}
