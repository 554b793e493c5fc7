//! The workspace's files as a value, so that every check can be tried on a small invented tree.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use walkdir::WalkDir;

use crate::error::TaskError;

/// Folders that hold nothing of ours.
const FOREIGN: &[&str] = &[".git", "target", "node_modules", ".dev"];

/// The workspace's files, by path from the root with forward slashes.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The files that are text.
    texts: BTreeMap<String, String>,
    /// All files, and all folders that hold any.
    paths: BTreeSet<String>,
}

impl Tree {
    /// Reads everything under the root but foreign folders.
    pub(crate) fn read(root: &Path) -> Result<Self, TaskError> {
        let mut tree = Self::default();
        let ours = |entry: &walkdir::DirEntry| {
            !(entry.file_type().is_dir() && FOREIGN.iter().any(|name| entry.file_name() == *name))
        };
        for entry in WalkDir::new(root).into_iter().filter_entry(ours) {
            let entry = entry.map_err(|source| TaskError::Walk { path: root.to_owned(), source })?;
            if !entry.file_type().is_file() {
                continue;
            }
            let Ok(relative) = entry.path().strip_prefix(root) else { continue };
            let path = relative.to_string_lossy().replace('\\', "/");
            let bytes = fs::read(entry.path())
                .map_err(|source| TaskError::Read { path: entry.path().to_owned(), source })?;
            tree.add(&path, String::from_utf8(bytes).ok());
        }
        Ok(tree)
    }

    /// A tree of the given texts.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add(path, Some((*text).to_owned()));
        }
        tree
    }

    fn add(&mut self, path: &str, text: Option<String>) {
        for (at, _) in path.match_indices('/') {
            self.paths.extend(path.get(..at).map(str::to_owned));
        }
        self.paths.insert(path.to_owned());
        if let Some(text) = text {
            self.texts.insert(path.to_owned(), text);
        }
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// All texts with their paths, ordered by path.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The texts of our Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Whether a file or folder of that path is there. A `*` stands for anything without a slash.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        if path.contains('*') {
            self.paths.iter().any(|known| matches(path, known))
        } else {
            self.paths.contains(path)
        }
    }
}

/// Whether `path` fits `pattern`, where `*` stands for anything without a slash and `**` for anything.
fn matches(pattern: &str, path: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**") {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        return ends(path).any(|end| matches(rest, end));
    }
    if let Some(rest) = pattern.strip_prefix('*') {
        let stop = path.find('/').unwrap_or(path.len());
        return ends(path).take_while(|end| path.len() - end.len() <= stop).any(|end| matches(rest, end));
    }
    match (pattern.chars().next(), path.chars().next()) {
        (None, None) => true,
        (Some(a), Some(b)) if a == b => match (pattern.get(a.len_utf8()..), path.get(b.len_utf8()..)) {
            (Some(pattern), Some(path)) => matches(pattern, path),
            _ => false,
        },
        _ => false,
    }
}

/// All ends of a text, from the whole to nothing.
fn ends(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).filter_map(|at| text.get(at..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_exist_when_they_hold_a_file() {
        let tree = Tree::of(&[("crates/model/src/lib.rs", "")]);
        assert!(tree.has("crates/model/"));
        assert!(tree.has("crates/model/src/lib.rs"));
        assert!(!tree.has("crates/mode"));
    }

    #[test]
    fn a_star_stays_within_one_folder() {
        let tree = Tree::of(&[("crates/model/src/lib.rs", "")]);
        assert!(tree.has("crates/*/src/lib.rs"));
        assert!(tree.has("crates/**/lib.rs"));
        assert!(!tree.has("crates/*/lib.rs"));
        assert!(!tree.has("crates/*/src/*.md"));
    }
}
