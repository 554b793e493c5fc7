//! Asking git which files are new or changed.

#![expect(
    clippy::disallowed_methods,
    reason = "only git itself knows what changed since a commit; it is asked and not changed"
)]

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::failure::Failure;

/// The files in the repository around a folder that are new or changed since the last commit that `reference` and the
/// current one have in common: committed, staged, only saved, or not known to git yet.
///
/// # Errors
/// When there is no repository or no git, or the reference is none.
pub(crate) fn changed_since(folder: &Path, reference: &str) -> Result<BTreeSet<PathBuf>, Failure> {
    if reference.is_empty() || reference.starts_with('-') {
        return Err(Failure::new(format!("`{reference}` is no name of a commit"), None));
    }
    let root = ask(folder, &["rev-parse", "--show-toplevel"])
        .map_err(|failure| failure.helped("--since works inside a git repository"))?;
    let root = PathBuf::from(path(root.trim_ascii_end()));
    let commit = format!("{reference}^{{commit}}");
    ask(&root, &["rev-parse", "--verify", "--quiet", &commit]).map_err(|_| {
        let help = "name a branch, a tag or a commit that was fetched, such as origin/main";
        Failure::new(format!("git knows no commit `{reference}`"), Some(help.to_owned()))
    })?;
    let base = ask(&root, &["merge-base", reference, "HEAD"]).map_err(|_| {
        let help = "fetch more of the history (with GitHub's checkout: `fetch-depth: 0`)";
        Failure::new(
            format!("git finds no commit that `{reference}` and the current one share"),
            Some(help.to_owned()),
        )
    })?;
    let base = String::from_utf8_lossy(base.trim_ascii_end()).into_owned();
    // Renamed files count by their new names: their place in the order may have changed.
    let changed = ask(&root, &["diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", &base, "--"])?;
    let unknown = ask(&root, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let files = [changed, unknown];
    let names = files.iter().flat_map(|list| list.split(|byte| *byte == 0)).filter(|name| !name.is_empty());
    Ok(names.map(|name| root.join(path(name))).collect())
}

fn ask(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(arguments).stdin(Stdio::null());
    let output = git.output().map_err(|error| {
        let help = "install git, or name the files: `freehold lint FILE...`";
        Failure::from_error(&error).of("git could not be started").helped(help)
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().trim_start_matches("fatal: ");
    Err(Failure::new(format!("git {}: {said}", arguments.first().copied().unwrap_or_default()), None))
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> &OsStr {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(bytes)
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> &OsStr {
    OsStr::new(std::str::from_utf8(bytes).unwrap_or_default())
}
