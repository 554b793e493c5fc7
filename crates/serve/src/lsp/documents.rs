//! The files that a client has open, and what was seen of each.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use freehold_app::lint::editor::{Looked, Workspace};

/// A file that is open.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Its text now.
    pub(super) text: String,
    /// The client's number of that text.
    pub(super) version: i32,
    /// What was seen of it last.
    pub(super) looked: Looked,
    /// The text of which that was seen.
    pub(super) looked_at: String,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// By path.
    pub(super) open: BTreeMap<PathBuf, Document>,
    /// The folders that the client works in.
    pub(super) roots: Vec<PathBuf>,
    /// The client can be asked to draw inlay hints anew.
    pub(super) can_refresh_hints: bool,
}

impl Documents {
    /// The texts of all that is open.
    pub(super) fn texts(&self) -> BTreeMap<PathBuf, String> {
        self.open.iter().map(|(path, document)| (path.clone(), document.text.clone())).collect()
    }

    /// The root of the client's that holds the file, else the file's own folder.
    pub(super) fn root_of(&self, file: &Path) -> PathBuf {
        let holding = self.roots.iter().filter(|root| file.starts_with(root));
        let nearest = holding.max_by_key(|root| root.components().count()).cloned();
        nearest.or_else(|| file.parent().map(Path::to_owned)).unwrap_or_default()
    }
}

/// Looks at a file. Blocks: for a thread of its own.
pub(super) fn look(root: &Path, file: &Path, texts: &BTreeMap<PathBuf, String>) -> Result<Looked, String> {
    let workspace = Workspace::around(file, root).map_err(|error| error.to_string())?;
    workspace.look(file, texts).map_err(|error| error.to_string())
}
