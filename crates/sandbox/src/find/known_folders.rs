//! The folders where packages put server programs.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

/// Patterns of folders where packages put server programs; `*` stands for one path component or a part of it.
const KNOWN_FOLDERS: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/lib64/pgsql/postgresql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
];

/// Those that exist; of each pattern the highest number first.
pub(super) fn existing() -> impl Iterator<Item = PathBuf> {
    KNOWN_FOLDERS.iter().flat_map(|pattern| expand(pattern))
}

/// The existing paths of a pattern with at most one `*`, the highest number first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return Some(PathBuf::from(pattern)).filter(|path| path.is_dir()).into_iter().collect();
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let (suffix, rest) = after.split_once('/').unwrap_or((after, ""));
    let entries = fs::read_dir(if parent.is_empty() { "/" } else { parent });
    let mut names: Vec<OsString> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| matches(name, prefix, suffix))
        .collect();
    names.sort();
    names.reverse();
    let base = Path::new("/").join(parent);
    names.into_iter().map(|name| base.join(name).join(rest)).filter(|path| path.is_dir()).collect()
}

fn matches(name: &OsStr, prefix: &str, suffix: &str) -> bool {
    name.to_str().and_then(|name| name.strip_prefix(prefix)).is_some_and(|rest| rest.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_expand_to_existing_folders() {
        let base = tempfile::tempdir().unwrap();
        for name in ["pg-14/bin", "pg-15/bin", "pg-16/other", "else/bin"] {
            fs::create_dir_all(base.path().join(name)).unwrap();
        }
        let found = expand(&format!("{}/pg-*/bin", base.path().display()));
        assert_eq!(found, [base.path().join("pg-15/bin"), base.path().join("pg-14/bin")]);
    }
}
