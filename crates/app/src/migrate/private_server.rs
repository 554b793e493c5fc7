//! The private server on which migrations are tried for `squash`, `diff` and `verify`, as the project's settings have it.

use std::path::PathBuf;

use freehold_prove::rehearsal::Prelude;
use freehold_sandbox::Search;

use super::{
    MigrateError,
    folder::Source,
    squash::{Ground, PreludeScript},
};

/// What a face knows of the server.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Where to look for PostgreSQL's programs.
    pub search: Search,
    /// The major version that was asked for.
    pub pg_major: Option<u32>,
    /// Where templates are kept between runs.
    pub cache_dir: Option<PathBuf>,
}

/// The server, with what `[sandbox]` says of it.
///
/// # Errors
/// When a prelude or the folder cannot be read.
pub fn ground(source: &Source<'_>, given: Given) -> Result<Ground, MigrateError> {
    let base = source.settings.folder().unwrap_or(source.project_dir);
    let folder = freehold_migrate::read(&source.dir()?, source.format())?;
    let read = crate::prelude::of(source.settings, base, &folder)
        .map_err(|error| MigrateError::PreludeUnreadable { path: error.path, source: error.source })?;
    let script = |prelude: Prelude| PreludeScript { name: prelude.name, sql: prelude.sql };
    Ok(Ground {
        search: given.search,
        pg_major: given.pg_major.or(source.settings.sandbox.pg_major),
        cache_dir: given.cache_dir,
        prelude: read.scripts.into_iter().map(script).collect(),
    })
}
