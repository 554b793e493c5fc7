//! Finding the server programs of PostgreSQL on this machine.

mod known_folders;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use freehold_model::version::PgVersion;

use crate::error::SandboxError;
use crate::memo::Memo;

/// Where to look.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// A folder named by the user; when given, nothing else is looked at.
    pub explicit: Option<PathBuf>,
    /// The value of `PATH`, in which `postgres` and `pg_config` are looked for.
    pub path: Option<OsString>,
}

/// How an installation was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// The user named the folder.
    Explicit,
    /// `pg_config --bindir`.
    PgConfig,
    /// A folder of `PATH`.
    Path,
    /// One of the folders where packages of Debian, Red Hat, Homebrew or Postgres.app put it.
    KnownFolder,
}

impl fmt::Display for FoundBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Explicit => "named by the user",
            Self::PgConfig => "pg_config",
            Self::Path => "PATH",
            Self::KnownFolder => "known folder",
        })
    }
}

/// Server programs that can be used: `initdb` and `postgres` of one supported version.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The folder of the programs, with symbolic links resolved.
    pub bin_dir: PathBuf,
    /// Their version.
    pub version: PgVersion,
    /// What `postgres --version` printed: also tells builds of one version apart.
    pub banner: String,
    /// The folder that holds `extension/*.control`.
    pub share_dir: PathBuf,
    /// How it was found.
    pub found_by: FoundBy,
}

impl Installation {
    /// The path of one program of this installation.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }
}

/// A folder that was looked at and not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedInstallation {
    /// The folder.
    pub bin_dir: PathBuf,
    /// Why not, in a few words.
    pub why: String,
}

/// Everything that was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Newest version first; of the same version, in the order of the search.
    pub usable: Vec<Installation>,
    /// Folders that hold some server program but cannot be used.
    pub refused: Vec<RefusedInstallation>,
}

/// Looks for installations. Never fails: what cannot be used is listed with its reason.
pub fn find_installations(search: &Search) -> Found {
    find_with(search, &mut Memo::default())
}

fn find_with(search: &Search, memo: &mut Memo) -> Found {
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    for (folder, found_by) in candidates(search) {
        let folder = fs::canonicalize(&folder).unwrap_or(folder);
        if !seen.insert(folder.clone()) {
            continue;
        }
        match look_at(&folder, found_by, memo) {
            // Links in several folders may lead to one installation.
            Ok(Some(installation)) if found.usable.iter().any(|i| i.bin_dir == installation.bin_dir) => {}
            Ok(Some(installation)) => found.usable.push(installation),
            Ok(None) => {}
            Err(why) => found.refused.push(RefusedInstallation { bin_dir: folder, why }),
        }
    }
    found.usable.sort_by_key(|found| std::cmp::Reverse(found.version));
    found
}

/// The newest usable installation, or the newest of one major version.
pub(crate) fn choose_installation(
    search: &Search,
    pg_major: Option<u32>,
    mut memo: Memo,
) -> Result<Installation, SandboxError> {
    let found = find_with(search, &mut memo);
    memo.save();
    if found.usable.is_empty() {
        return Err(SandboxError::NoInstallation { refused: found.refused });
    }
    let versions: Vec<String> = found.usable.iter().map(|i| i.version.to_string()).collect();
    let wanted = |i: &Installation| pg_major.is_none_or(|major| i.version.major() == major);
    found.usable.into_iter().find(wanted).ok_or_else(|| SandboxError::NoSuchMajor {
        wanted: pg_major.unwrap_or_default(),
        found: versions.join(", "),
    })
}

/// Folders to look at, in order of the search; some may not exist.
fn candidates(search: &Search) -> Vec<(PathBuf, FoundBy)> {
    if let Some(folder) = &search.explicit {
        return vec![(folder.clone(), FoundBy::Explicit)];
    }
    let path: Vec<PathBuf> = search.path.iter().flat_map(std::env::split_paths).collect();
    let mut folders = Vec::new();
    if let Some(program) = path.iter().map(|folder| folder.join("pg_config")).find(|p| p.is_file())
        && let Some(folder) = asked_of_pg_config(&program, "--bindir")
    {
        folders.push((folder, FoundBy::PgConfig));
    }
    folders.extend(path.into_iter().map(|folder| (folder, FoundBy::Path)));
    folders.extend(known_folders::existing().map(|folder| (folder, FoundBy::KnownFolder)));
    folders
}

/// An installation, nothing when the folder holds no server program at all, or the reason for not taking it.
fn look_at(folder: &Path, found_by: FoundBy, memo: &mut Memo) -> Result<Option<Installation>, String> {
    let [postgres, initdb] = ["postgres", "initdb"].map(|name| folder.join(name));
    match (postgres.is_file(), initdb.is_file()) {
        (false, false) if found_by == FoundBy::Explicit => {
            return Err("it holds neither postgres nor initdb".to_owned());
        }
        (false, false) => return Ok(None),
        (true, false) => return Err("it holds postgres but not initdb".to_owned()),
        (false, true) => return Err("it holds initdb but not postgres".to_owned()),
        (true, true) => {}
    }
    // A folder of links: initdb finds its own files through the real folder, and so do we.
    let real = fs::canonicalize(&postgres).unwrap_or(postgres);
    let bin_dir = match real.parent() {
        Some(parent) if parent.join("initdb").is_file() => parent.to_owned(),
        _ => folder.to_owned(),
    };
    if let Some(said) = memo.recall(&real)
        && let Ok(version) = PgVersion::from_banner(&said.banner)
    {
        let (banner, share_dir) = (said.banner, said.share_dir);
        return Ok(Some(Installation { bin_dir, version, banner, share_dir, found_by }));
    }
    let banner = printed_by(&real, "--version").map_err(|why| format!("postgres --version: {why}"))?;
    let version = PgVersion::from_banner(&banner).map_err(|error| error.to_string())?;
    let share_dir = share_dir(&bin_dir, version);
    memo.learn(&real, &banner, &share_dir);
    Ok(Some(Installation { share_dir, bin_dir, version, banner, found_by }))
}

/// The folder of `extension/*.control`: what `pg_config` says, when it is of this installation, else the usual
/// places relative to the programs.
fn share_dir(bin_dir: &Path, version: PgVersion) -> PathBuf {
    let pg_config = bin_dir.join("pg_config");
    if pg_config.is_file()
        && let Some(folder) = asked_of_pg_config(&pg_config, "--sharedir")
        && folder.join("extension").is_dir()
    {
        return folder;
    }
    let base = bin_dir.parent().unwrap_or(bin_dir);
    let major = version.major();
    let places = [
        base.join("share/postgresql"),
        base.join(format!("share/postgresql@{major}")),
        base.join(format!("share/postgresql/{major}")),
        base.join("share"),
        PathBuf::from(format!("/usr/share/postgresql/{major}")),
        PathBuf::from("/usr/share/pgsql"),
    ];
    let usable = places.iter().find(|place| place.join("extension/plpgsql.control").is_file());
    usable.cloned().unwrap_or_else(|| base.join("share"))
}

fn asked_of_pg_config(program: &Path, what: &str) -> Option<PathBuf> {
    printed_by(program, what).ok().map(|text| PathBuf::from(text.trim())).filter(|path| path.is_absolute())
}

/// What a program prints on its standard output, or why there is nothing.
fn printed_by(program: &Path, argument: &str) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
    let output = Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{} {}", output.status, said.lines().next().unwrap_or_default()).trim_end().to_owned())
    }
}

/// What to install on this system to have a server, in one or two sentences.
pub fn install_advice() -> String {
    let about = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let command = match crate::extensions::System::of(&about) {
        crate::extensions::System::Debian => {
            "apt-get install postgresql (the package has server and contrib)"
        }
        crate::extensions::System::RedHat => "dnf install postgresql-server postgresql-contrib",
        crate::extensions::System::Alpine => "apk add postgresql16 postgresql16-contrib",
        crate::extensions::System::Arch => "pacman -S postgresql",
        crate::extensions::System::MacOs => "brew install postgresql@17",
        crate::extensions::System::Other => {
            "the packages of PostgreSQL's server and contrib modules, 14 to 18"
        }
    };
    format!(
        "Install the server programs: {command}. Or name their folder (the one that holds initdb and postgres)."
    )
}

/// What to install on this system to have a program beside PostgreSQL, in a sentence.
pub(crate) fn program_advice(program: &str) -> String {
    use crate::extensions::System;
    let about = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let redis = program.starts_with("redis");
    let command = match System::of(&about) {
        System::Debian => format!("apt-get install {program}"),
        System::RedHat => format!("dnf install {}", if redis { "redis" } else { program }),
        System::Alpine => format!("apk add {}", if redis { "redis" } else { program }),
        System::Arch => format!("pacman -S {}", if redis { "valkey" } else { program }),
        System::MacOs => format!("brew install {}", if redis { "redis" } else { program }),
        System::Other => format!("the package that brings {program}"),
    };
    format!("Install it: {command}. Or name the folder that holds it.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A folder whose `postgres` prints the given banner.
    fn folder_with(banner: &str, with_initdb: bool) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut programs = vec!["postgres"];
        programs.extend(with_initdb.then_some("initdb"));
        for program in programs {
            let path = folder.path().join(program);
            fs::write(&path, format!("#!/bin/sh\necho '{banner}'\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    fn search_path(folders: &[&Path]) -> Search {
        Search { explicit: None, path: Some(std::env::join_paths(folders).unwrap()) }
    }

    #[test]
    fn the_newest_supported_version_comes_first_and_the_others_keep_their_reason() {
        let new = folder_with("postgres (PostgreSQL) 18.99", true);
        let old = folder_with("postgres (PostgreSQL) 14.1", true);
        let ancient = folder_with("postgres (PostgreSQL) 9.6.24", true);
        let half = folder_with("postgres (PostgreSQL) 16.1", false);
        let found = find_installations(&search_path(&[old.path(), ancient.path(), half.path(), new.path()]));
        let ours: Vec<_> = found.usable.iter().filter(|i| i.found_by == FoundBy::Path).collect();
        assert_eq!(ours.first().unwrap().version.to_string(), "18.99");
        assert_eq!(ours.last().unwrap().version.to_string(), "14.1");
        let why = |path: &Path| {
            let path = fs::canonicalize(path).unwrap();
            found.refused.iter().find(|r| r.bin_dir == path).unwrap().why.clone()
        };
        assert!(why(ancient.path()).contains("9.6"), "{}", why(ancient.path()));
        assert_eq!(why(half.path()), "it holds postgres but not initdb");
    }

    #[test]
    fn a_folder_named_by_the_user_is_the_only_one_looked_at() {
        let empty = tempfile::tempdir().unwrap();
        let search = Search { explicit: Some(empty.path().to_owned()), path: None };
        let found = find_installations(&search);
        assert!(found.usable.is_empty());
        let error = choose_installation(&search, None, Memo::default()).unwrap_err();
        assert!(error.to_string().contains("neither postgres nor initdb"), "{error}");
        assert!(error.help().unwrap().contains("Install"), "{error}");
    }

    #[test]
    fn a_major_version_that_is_not_there_is_an_error_that_lists_what_is() {
        let folder = folder_with("postgres (PostgreSQL) 16.3", true);
        let search = Search { explicit: Some(folder.path().to_owned()), path: None };
        assert_eq!(
            choose_installation(&search, Some(16), Memo::default()).unwrap().version.to_string(),
            "16.3"
        );
        let error = choose_installation(&search, Some(17), Memo::default()).unwrap_err();
        assert!(error.to_string().contains("17") && error.to_string().contains("16.3"), "{error}");
    }
}
