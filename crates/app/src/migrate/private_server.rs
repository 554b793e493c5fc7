//! The private server on which migrations are tried for `squash`, `diff` and `verify`, as the project's settings have it.

use std::path::PathBuf;

use freehold_model::name::quote_identifier;
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
/// When a prelude cannot be read.
pub fn ground(source: &Source<'_>, given: Given) -> Result<Ground, MigrateError> {
    let base = source.settings.folder().unwrap_or(source.project_dir);
    let mut prelude = Vec::new();
    for file in &source.settings.sandbox.prelude {
        let path = base.join(file);
        let sql = std::fs::read_to_string(&path)
            .map_err(|source| MigrateError::PreludeUnreadable { path: path.clone(), source })?;
        prelude.push(PreludeScript { name: file.display().to_string(), sql });
    }
    prelude.extend(source.settings.sandbox.extensions.iter().map(|extension| PreludeScript {
        name: format!("extension {extension}"),
        sql: format!("CREATE EXTENSION IF NOT EXISTS {} CASCADE", quote_identifier(extension)),
    }));
    Ok(Ground {
        search: given.search,
        pg_major: given.pg_major.or(source.settings.sandbox.pg_major),
        cache_dir: given.cache_dir,
        prelude,
    })
}
