//! Folders of test files in a temporary place that goes away with its value; shared by the tests of this room.

use std::path::{Path, PathBuf};

/// A project with a migrations folder, made of names and contents.
pub(crate) struct TestFolder {
    project: tempfile::TempDir,
    dir: PathBuf,
}

impl TestFolder {
    /// Files in `migrations` of a project that has nothing else.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self::at("migrations");
        for (name, text) in files {
            folder.write(name, text.as_bytes());
        }
        folder
    }

    /// An empty migrations folder of another name.
    pub(crate) fn at(place: &str) -> Self {
        let project = tempfile::tempdir().unwrap();
        // Ends the way upwards, so that nothing outside of the test counts as evidence.
        std::fs::create_dir(project.path().join(".git")).unwrap();
        let dir = project.path().join(place);
        std::fs::create_dir_all(&dir).unwrap();
        Self { project, dir }
    }

    /// Adds files to the project around the migrations folder.
    pub(crate) fn with_project(self, files: &[(&str, &str)]) -> Self {
        for (name, text) in files {
            let path = self.project.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        self
    }

    /// Writes a file into the migrations folder.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// The migrations folder.
    pub(crate) fn path(&self) -> &Path {
        &self.dir
    }

    /// The project.
    pub(crate) fn project(&self) -> &Path {
        self.project.path()
    }
}
