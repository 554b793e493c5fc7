//! Removing what killed runs left behind: sandbox folders whose lock nobody holds, with their servers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::error::SandboxError;
use crate::folders::{LockFile, remove_folder, runtime_roots};
use crate::options::SandboxOptions;
use crate::processes::{end_all_in, free_shared_memory};

/// Stops the servers and removes the folders of sandboxes whose owner is dead. Returns how many there were. A sandbox
/// of a live process is never touched, since that process holds its lock.
pub fn sweep(options: &SandboxOptions) -> Result<usize, SandboxError> {
    let account = Account::choose()?;
    runtime_roots(options, &account).iter().map(|root| sweep_root(root)).sum()
}

pub(crate) fn sweep_root(root: &Path) -> Result<usize, SandboxError> {
    let entries = fs::read_dir(root).map_err(|error| SandboxError::files("read the folder", root, error))?;
    let folders: BTreeSet<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path().with_extension(""))
        .filter(|path| path.file_name().and_then(|n| n.to_str()).is_some_and(is_ours))
        .collect();
    let mut swept = 0;
    for folder in folders {
        let Some(lock) = LockFile::try_take(&folder.with_extension("lock"))? else { continue };
        if folder.exists() {
            end_all_in(&folder);
            free_shared_memory(&folder.join("data"));
            remove_folder(&folder)?;
            swept += 1;
        }
        lock.remove();
    }
    Ok(swept)
}

/// The names that sandbox folders have: eight hexadecimal digits.
fn is_ours(name: &str) -> bool {
    name.len() == 8 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folders::SandboxFolder;

    #[test]
    fn only_folders_whose_lock_is_free_are_swept() {
        let root = tempfile::tempdir_in("/tmp").unwrap();
        let account = Account::choose().unwrap();
        let alive = SandboxFolder::create(root.path(), &account).unwrap();
        let dead = SandboxFolder::create(root.path(), &account).unwrap();
        let dead_path = dead.path.clone();
        drop(dead);
        fs::create_dir(root.path().join("somebody-elses")).unwrap();
        assert_eq!(sweep_root(root.path()).unwrap(), 1);
        assert!(alive.path.is_dir() && !dead_path.exists());
        assert!(root.path().join("somebody-elses").is_dir());
        assert_eq!(sweep_root(root.path()).unwrap(), 0);
    }
}
