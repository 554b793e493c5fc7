//! What a sandbox is started with.

use std::path::PathBuf;

use crate::find::Search;

/// Where to look for a server and where to keep its files. `Default` needs no environment.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Where to look for server programs.
    pub search: Search,
    /// Only this major version; the newest supported one when `None`.
    pub pg_major: Option<u32>,
    /// Templates of data folders are kept here between runs.
    pub cache_dir: PathBuf,
    /// Data folders and sockets of running sandboxes are made here, unless they are kept in memory. When Freehold
    /// runs as root and the server's user may not pass to this folder, [`SandboxOptions::default`]'s is taken.
    pub runtime_dir: PathBuf,
    /// Whether data folders are kept in memory or on disk.
    pub storage: Storage,
    /// Further settings of the server, given on its command line, such as `("wal_level", "logical")`. They win over
    /// the sandbox's own.
    pub settings: Vec<(String, String)>,
}

/// Where the data folder of a running sandbox lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// In `/dev/shm` when there is plenty of room in it and in memory, else on disk.
    #[default]
    Auto,
    /// In `runtime_dir`, whatever `/dev/shm` has.
    Disk,
}

impl Default for SandboxOptions {
    /// Folders under `/var/tmp/freehold-<uid>`: short enough for a socket's path, kept over a restart, and reachable
    /// by the user that the server runs as when Freehold runs as root.
    fn default() -> Self {
        let base = crate::folders::fallback_base();
        Self {
            search: Search::default(),
            pg_major: None,
            cache_dir: base.join("cache"),
            runtime_dir: base.join("run"),
            storage: Storage::Auto,
            settings: Vec::new(),
        }
    }
}
