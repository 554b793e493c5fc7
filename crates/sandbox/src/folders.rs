//! The folders of sandboxes: where they lie, who may enter them, and the lock that tells whether one is alive.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::error::SandboxError;
use crate::options::{SandboxOptions, Storage};

/// The port in the socket's name; nothing listens on TCP.
pub(crate) const PORT: u16 = 5432;

/// The longest path of a Unix socket in bytes: `sun_path` less its closing NUL (unix(7): 108 on Linux, 104 on
/// macOS and the BSDs).
const SOCKET_PATH_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// A data folder is kept in memory only when this much would stay free there and in memory at all, in bytes.
const ROOM_IN_MEMORY: u64 = 4 << 30;

/// The folder that is always usable: short, kept over a restart, open to be passed by every user.
pub(crate) fn fallback_base() -> PathBuf {
    PathBuf::from(format!("/var/tmp/freehold-{}", rustix::process::geteuid().as_raw()))
}

/// Folders in which sandboxes of these options may lie: those to sweep.
pub(crate) fn runtime_roots(options: &SandboxOptions, account: &Account) -> Vec<PathBuf> {
    let mut roots = vec![disk_root(options, account), memory_root()];
    roots.retain(|root| root.is_dir());
    roots.dedup();
    roots
}

/// The folder in which a new sandbox's folder is to be made; made itself when it is missing.
pub(crate) fn root_for_new(options: &SandboxOptions, account: &Account) -> Result<PathBuf, SandboxError> {
    let on_disk = || {
        let root = disk_root(options, account);
        make_own_folder(&root, account.dropped)?;
        spread_over_the_disk(&root);
        Ok(root)
    };
    if options.storage == Storage::Auto && memory_has_room() {
        let root = memory_root();
        // Somebody else may have put a folder of that name there; the disk serves as well.
        if make_own_folder(&root, account.dropped).is_ok() {
            return Ok(root);
        }
    }
    on_disk()
}

fn memory_root() -> PathBuf {
    PathBuf::from(format!("/dev/shm/freehold-{}", rustix::process::geteuid().as_raw()))
}

fn disk_root(options: &SandboxOptions, account: &Account) -> PathBuf {
    let existing = options.runtime_dir.ancestors().find(|part| part.exists());
    let reachable =
        existing.is_none_or(|part| account.barrier(part).is_none_or(|at| at == options.runtime_dir));
    if !account.dropped || reachable { options.runtime_dir.clone() } else { fallback_base().join("run") }
}

/// Marks a folder as the top of unrelated trees, so that ext4 puts each sandbox into another group of blocks. Without
/// it, making the thousand files of a clone near those of sandboxes that were removed in the last minutes takes up to
/// forty times as long, since ext4 looks at each recently deleted inode before it takes a free one.
#[cfg(target_os = "linux")]
pub(crate) fn spread_over_the_disk(root: &Path) {
    use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};
    // Other file systems know no such mark and need none.
    if let Ok(folder) = File::open(root)
        && let Ok(flags) = ioctl_getflags(&folder)
        && !flags.contains(IFlags::TOPDIR)
    {
        let _ = ioctl_setflags(&folder, flags | IFlags::TOPDIR);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn spread_over_the_disk(_root: &Path) {}

/// True when `/dev/shm` is a file system in memory with room, and memory has room too, also in our control group.
fn memory_has_room() -> bool {
    const TMPFS_MAGIC: i128 = 0x0102_1994; // linux/magic.h
    if !cfg!(target_os = "linux") {
        return false;
    }
    let is_tmpfs = rustix::fs::statfs("/dev/shm").is_ok_and(|about| i128::from(about.f_type) == TMPFS_MAGIC);
    is_tmpfs && free_bytes(Path::new("/dev/shm")).is_some_and(|free| free >= ROOM_IN_MEMORY) && {
        let available = memory_available().unwrap_or(0);
        available.min(group_headroom().unwrap_or(u64::MAX)) >= ROOM_IN_MEMORY
    }
}

/// Bytes that an ordinary user may still write below a path.
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    rustix::fs::statvfs(path).ok().map(|about| about.f_bavail.saturating_mul(about.f_frsize))
}

fn memory_available() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// What our control group may still take, for version 2 and 1; `None` without a limit.
fn group_headroom() -> Option<u64> {
    let number = |path: &str| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let pairs = [
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ];
    pairs.into_iter().find_map(|(limit, used)| Some(number(limit)?.saturating_sub(number(used)?)))
}

/// Makes a folder for us alone, or checks that an existing one is. `passable` lets other users pass through it to
/// folders whose names they know, which the server's user needs when we are root.
pub(crate) fn make_own_folder(path: &Path, passable: bool) -> Result<(), SandboxError> {
    let base = fallback_base();
    if path.starts_with(&base) && path != base {
        // Its parent is open to everybody, so the base itself must be ours before anything in it can be.
        make_own_folder(&base, rustix::process::geteuid().is_root())?;
    } else if let Some(parent) = path.parent()
        && !parent.exists()
    {
        let mode = if passable { 0o711 } else { 0o700 };
        let made = DirBuilder::new().recursive(true).mode(mode).create(parent);
        made.map_err(|e| SandboxError::files("create the folder", parent, e))?;
    }
    let mode = if passable { 0o711 } else { 0o700 };
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(SandboxError::files("create the folder", path, error)),
    }
    let about = fs::symlink_metadata(path).map_err(|e| SandboxError::files("look at the folder", path, e))?;
    let refuse = |why: String| Err(SandboxError::FolderNotOurs { path: path.to_owned(), why });
    let us = rustix::process::geteuid().as_raw();
    if !about.is_dir() {
        return refuse("it is not a folder".to_owned());
    }
    if about.uid() != us {
        return refuse(format!("it belongs to the user {}, not to {us}", about.uid()));
    }
    if about.mode() & 0o022 != 0 {
        return refuse(format!("others may write to it (mode {:o})", about.mode() & 0o777));
    }
    if passable && about.mode() & 0o001 == 0 {
        let opened = fs::set_permissions(path, Permissions::from_mode(about.mode() & 0o777 | 0o011));
        opened.map_err(|e| SandboxError::files("let the server's user pass through", path, e))?;
    }
    Ok(())
}

/// The folder of one sandbox, 0700 and owned by the server's user, with a lock file beside it that this process
/// holds. A folder whose lock is free belongs to nobody alive.
#[derive(Debug)]
pub(crate) struct SandboxFolder {
    /// Holds the socket, the log and `data`.
    pub(crate) path: PathBuf,
    lock: LockFile,
}

impl SandboxFolder {
    /// Makes a new one in a root folder.
    pub(crate) fn create(root: &Path, account: &Account) -> Result<Self, SandboxError> {
        loop {
            let name: String = uuid::Uuid::new_v4().simple().to_string().chars().take(8).collect();
            let path = root.join(name);
            check_socket_path(&path)?;
            let Some(lock) = LockFile::try_take(&path.with_extension("lock"))? else { continue };
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(SandboxError::files("create the folder", &path, error)),
            }
            give_to(&path, account)?;
            return Ok(Self { path, lock });
        }
    }

    /// The data folder inside.
    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// The server's log inside.
    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// The lock file beside the folder.
    pub(crate) fn lock_path(&self) -> &Path {
        &self.lock.path
    }

    /// Removes the folder and then the lock. Does no harm when both are gone.
    pub(crate) fn remove(&self) -> Result<(), SandboxError> {
        remove_folder(&self.path)?;
        self.lock.remove();
        Ok(())
    }
}

/// Hands a file or folder of ours to the server's user.
pub(crate) fn give_to(path: &Path, account: &Account) -> Result<(), SandboxError> {
    if !account.dropped {
        return Ok(());
    }
    chown(path, Some(account.uid), Some(account.gid))
        .map_err(|e| SandboxError::files("give to the server's user", path, e))
}

/// Removes a folder, also while a dying server still adds files to it. A missing one is fine.
pub(crate) fn remove_folder(path: &Path) -> Result<(), SandboxError> {
    let mut attempts_left = 20;
    loop {
        match fs::remove_dir_all(path) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !path.exists() => return Ok(()),
            Err(error) if attempts_left == 0 => return Err(SandboxError::files("remove", path, error)),
            Err(_) => {
                attempts_left -= 1;
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }
    }
}

fn check_socket_path(folder: &Path) -> Result<(), SandboxError> {
    let path = folder.join(format!(".s.PGSQL.{PORT}"));
    let length = path.as_os_str().as_bytes().len();
    if length > SOCKET_PATH_LIMIT {
        return Err(SandboxError::SocketPathTooLong { path, length, limit: SOCKET_PATH_LIMIT });
    }
    Ok(())
}

/// A file that is locked while this value lives. The system frees the lock when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct LockFile {
    path: PathBuf,
    file: File,
}

impl LockFile {
    /// Takes the lock, or gives `None` when somebody alive holds it.
    pub(crate) fn try_take(path: &Path) -> Result<Option<Self>, SandboxError> {
        let lock = Self::open(path)?;
        match lock.file.try_lock() {
            Ok(()) => Ok(lock.is_still_there().then_some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(SandboxError::files("lock", path, error)),
        }
    }

    /// Waits for the lock: alone, or together with others who share it.
    pub(crate) fn wait(path: &Path, shared: bool) -> Result<Self, SandboxError> {
        loop {
            let lock = Self::open(path)?;
            let locked = if shared { lock.file.lock_shared() } else { lock.file.lock() };
            locked.map_err(|error| SandboxError::files("lock", path, error))?;
            if lock.is_still_there() {
                return Ok(lock);
            }
        }
    }

    fn open(path: &Path) -> Result<Self, SandboxError> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
        let file = file.map_err(|error| SandboxError::files("open the lock file", path, error))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// False when the file was removed between our opening and our locking it: then others lock another file.
    fn is_still_there(&self) -> bool {
        let ours = self.file.metadata().map(|about| about.ino()).ok();
        ours.is_some() && ours == fs::metadata(&self.path).map(|about| about.ino()).ok()
    }

    /// Removes the file; the lock itself ends with the value.
    pub(crate) fn remove(&self) {
        // A file that is gone already, or cannot be removed, is met by the next sweep.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("open");
        make_own_folder(&path, false).unwrap();
        make_own_folder(&path, true).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o711);
        fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
        let error = make_own_folder(&path, false).unwrap_err();
        assert!(error.to_string().contains("others may write"), "{error}");
        let link = base.path().join("link");
        std::os::unix::fs::symlink(base.path(), &link).unwrap();
        assert!(matches!(make_own_folder(&link, false), Err(SandboxError::FolderNotOurs { .. })));
    }

    #[test]
    fn a_socket_path_that_is_too_long_is_refused_before_anything_is_made() {
        let base = tempfile::tempdir().unwrap();
        let root = base.path().join("x".repeat(100));
        fs::create_dir(&root).unwrap();
        let error = SandboxFolder::create(&root, &Account::choose().unwrap()).unwrap_err();
        assert!(matches!(error, SandboxError::SocketPathTooLong { .. }), "{error}");
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
    }

    #[test]
    fn a_lock_is_held_until_its_value_ends() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("one.lock");
        let held = LockFile::try_take(&path).unwrap().unwrap();
        assert!(LockFile::try_take(&path).unwrap().is_none());
        drop(held);
        assert!(LockFile::try_take(&path).unwrap().is_some());
    }
}
