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

/// Versions with directions and modes, one line a script: `1 up wrapped`.
pub(crate) fn lines_of(folder: &freehold_migrate::Folder) -> Vec<String> {
    let mut lines = Vec::new();
    for migration in &folder.migrations {
        for (direction, script) in [("up", Some(&migration.up)), ("down", migration.down.as_ref())] {
            let Some(script) = script else { continue };
            let mode = match &script.transaction {
                freehold_migrate::TransactionMode::Wrapped => "wrapped",
                freehold_migrate::TransactionMode::Implicit => "implicit",
                freehold_migrate::TransactionMode::None { .. } => "none",
            };
            let mark = if script.no_transaction_mark.is_some() { " marked" } else { "" };
            lines.push(format!("{} {direction} {mode}{mark}: {}", migration.label(), script.text().trim()));
        }
    }
    lines
}

/// The file names that the warnings are about.
pub(crate) fn warned(folder: &freehold_migrate::Folder) -> Vec<String> {
    folder.warnings.iter().map(|w| w.path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// The file names that were skipped.
pub(crate) fn skipped(folder: &freehold_migrate::Folder) -> Vec<String> {
    folder.skipped.iter().map(|s| s.path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}
