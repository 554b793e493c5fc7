//! The folder that is applied, with its files named as people see them from the project.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use freehold_migrate::{Folder, Prepared, Script, SourceFile, find_migrations_dir};

use super::MigrateError;
use crate::settings::Settings;

/// Which folder.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    /// The project's folder, absolute.
    pub project_dir: &'a Path,
    /// What `freehold.toml` says.
    pub settings: &'a Settings,
    /// The folder of migrations, absolute, when it was named.
    pub migrations_dir: Option<&'a Path>,
    /// Its format, when it was named.
    pub format: Option<&'a str>,
}

impl Source<'_> {
    /// The folder that was named, or the one that is found.
    ///
    /// # Errors
    /// When none is there, or several are.
    pub fn dir(&self) -> Result<PathBuf, MigrateError> {
        if let Some(dir) = self.migrations_dir {
            return Ok(dir.to_owned());
        }
        if let Some(dir) = &self.settings.migrations.dir {
            return Ok(self.settings.folder().unwrap_or(self.project_dir).join(dir));
        }
        let candidates = find_migrations_dir(self.project_dir);
        match candidates.as_slice() {
            [only] => Ok(only.dir.clone()),
            [] => Err(MigrateError::NoMigrationsDir { project: self.project_dir.to_owned() }),
            several => Err(MigrateError::SeveralMigrationsDirs {
                dirs: several.iter().map(|candidate| candidate.dir.clone()).collect(),
            }),
        }
    }

    /// The format that was named, here or in the settings.
    pub fn format(&self) -> Option<&str> {
        self.format.or(self.settings.migrations.format.as_deref())
    }

    /// Reads it.
    ///
    /// # Errors
    /// When there is no folder, or it cannot be read.
    pub fn read(&self) -> Result<Prepared, MigrateError> {
        let folder = freehold_migrate::read(&self.dir()?, self.format())?;
        Ok(Prepared::new(seen_from(self.project_dir, folder)))
    }
}

/// The same folder with its files called as one sees them from `base`, where they lie under it.
fn seen_from(base: &Path, mut folder: Folder) -> Folder {
    let seen = |path: &Path| path.strip_prefix(base).unwrap_or(path).to_owned();
    let mut renamed: HashMap<PathBuf, Arc<SourceFile>> = HashMap::new();
    let mut rename = |script: &mut Script| {
        let file = renamed
            .entry(script.file.path.clone())
            .or_insert_with(|| Arc::new(SourceFile::new(seen(&script.file.path), script.file.text.clone())));
        script.file = Arc::clone(file);
    };
    for migration in &mut folder.migrations {
        rename(&mut migration.up);
        if let Some(down) = &mut migration.down {
            rename(down);
        }
    }
    for skipped in &mut folder.skipped {
        skipped.path = seen(&skipped.path);
    }
    for warning in &mut folder.warnings {
        warning.path = seen(&warning.path);
    }
    folder
}
