//! A migrations folder of a test, in a project of its own that goes away with its value.

use std::path::{Path, PathBuf};

use freehold_migrate::{ComposeError, ComposeOptions, Composed, compose};

/// The time in all tests of this room that ask for none of their own.
pub(crate) const NOW: &str = "2026-03-04T05:06:07.089Z";

pub(crate) struct TestFolder {
    _project: tempfile::TempDir,
    dir: PathBuf,
}

impl TestFolder {
    /// Files below `migrations`.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = tempfile::tempdir().unwrap();
        // Ends the way upwards, so that nothing outside of the test counts as evidence.
        std::fs::create_dir(project.path().join(".git")).unwrap();
        let dir = project.path().join("migrations");
        std::fs::create_dir(&dir).unwrap();
        let folder = Self { _project: project, dir };
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// Files with nothing of interest in them.
    pub(crate) fn named(names: &[&str]) -> Self {
        Self::new(&names.iter().map(|name| (*name, "select 1;\n")).collect::<Vec<_>>())
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        &self.dir
    }

    /// Every file below the folder, hidden ones too, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        fn walk(root: &Path, dir: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(root, &path, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.dir, &self.dir, &mut found);
        found.sort();
        found
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.join(name)).unwrap()
    }

    pub(crate) fn compose(&self, format: Option<&str>, name: &str) -> Result<Composed, ComposeError> {
        compose(&self.dir, format, name, &options())
    }

    /// The new files of a migration called `add_email_to_users`, relative to the folder.
    pub(crate) fn next(&self, format: Option<&str>) -> Vec<String> {
        let composed = self.compose(format, "add_email_to_users").unwrap();
        composed
            .files
            .iter()
            .map(|path| path.strip_prefix(&self.dir).unwrap().to_string_lossy().into_owned())
            .collect()
    }
}

pub(crate) fn options() -> ComposeOptions {
    ComposeOptions::at(NOW.parse().unwrap())
}
