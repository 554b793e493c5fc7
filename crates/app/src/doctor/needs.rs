//! Which extensions a project needs, and who says so.

use std::{collections::BTreeMap, path::PathBuf};

use freehold_migrate::find_migrations_dir;
use freehold_sql::{ObjectKind, Use};

use super::Request;

/// Names of extensions with the first that needs them, in words. Files that cannot be read need nothing here: a check
/// tells of them.
pub(super) fn extensions(request: &Request) -> BTreeMap<String, String> {
    let mut needs = BTreeMap::new();
    for name in &request.extensions {
        needs.entry(name.clone()).or_insert_with(|| "asked for".to_owned());
    }
    for name in &request.settings.sandbox.extensions {
        needs.entry(name.clone()).or_insert_with(|| "[sandbox] extensions in freehold.toml".to_owned());
    }
    let Some(dir) = migrations_dir(request) else { return needs };
    let Ok(folder) = freehold_migrate::read(&dir, request.settings.migrations.format.as_deref()) else {
        return needs;
    };
    for migration in &folder.migrations {
        for statement in migration.up.statements().unwrap_or_default() {
            for object in &statement.effect.objects {
                if object.kind == ObjectKind::Extension && object.use_ == Use::Creates {
                    let place = migration.up.place(statement.span);
                    needs
                        .entry(object.name.clone())
                        .or_insert_with(|| format!("{}:{}", place.file.display(), place.start.line));
                }
            }
        }
    }
    needs
}

fn migrations_dir(request: &Request) -> Option<PathBuf> {
    match &request.settings.migrations.dir {
        Some(dir) => Some(dir.clone()),
        None => match find_migrations_dir(&request.project_dir).as_slice() {
            [only] => Some(only.dir.clone()),
            _ => None,
        },
    }
}
