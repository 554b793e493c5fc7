//! The texts of the files that a report speaks of, for showing source lines. They travel beside the report.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use super::finding::slashed;

/// File names as the report writes them, with their whole texts. Not serialised.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    texts: BTreeMap<String, Arc<str>>,
}

impl Sources {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; `path` must be what places in the report say.
    pub fn add(&mut self, path: &Path, text: impl Into<Arc<str>>) {
        self.texts.insert(slashed(path), text.into());
    }

    /// The text of a file that the report names.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(AsRef::as_ref)
    }
}
