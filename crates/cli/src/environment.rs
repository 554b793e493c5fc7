//! The environment variables that Freehold knows, read in this one place.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use freehold_app::{Search, Secret};

/// What the environment says.
#[derive(Debug)]
pub(crate) struct Environment {
    /// `DATABASE_URL`: the project's own database; wins over `freehold.toml`.
    pub(crate) database_url: Option<Secret>,
    /// `FREEHOLD_PG_BIN`: the folder of PostgreSQL's programs.
    pub(crate) pg_bin: Option<PathBuf>,
    /// `PATH`, in which PostgreSQL's programs are looked for.
    path: Option<OsString>,
    /// `XDG_CACHE_HOME`, or `.cache` in `HOME`.
    cache_home: Option<PathBuf>,
    /// `GITHUB_ACTOR`, `GITLAB_USER_LOGIN`, `USER` or `LOGNAME`: who asks for a change, for the history.
    pub(crate) asked_by: Option<String>,
    /// `CI` is set: nobody watches, so no progress is shown.
    pub(crate) ci: bool,
    /// The current folder.
    here: io::Result<PathBuf>,
}

#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

impl Environment {
    /// Reads it.
    pub(crate) fn read() -> Self {
        let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Self {
            database_url: variable("DATABASE_URL").and_then(|url| url.into_string().ok()).map(Secret::new),
            pg_bin: variable("FREEHOLD_PG_BIN").map(PathBuf::from),
            path: variable("PATH"),
            cache_home: absolute("XDG_CACHE_HOME")
                .or_else(|| absolute("HOME").map(|home| home.join(".cache"))),
            asked_by: ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"]
                .into_iter()
                .find_map(|name| variable(name).and_then(|value| value.into_string().ok())),
            ci: variable("CI").is_some_and(|value| value != "false" && value != "0"),
            here: std::env::current_dir(),
        }
    }

    /// A variable that the settings name as the holder of a secret.
    #[expect(clippy::unused_self, reason = "whoever reads a variable must hold the environment")]
    pub(crate) fn secret(&self, name: &str) -> Option<Secret> {
        variable(name).and_then(|value| value.into_string().ok()).map(Secret::new)
    }

    /// The current folder.
    pub(crate) fn here(&self) -> Result<&Path, &io::Error> {
        self.here.as_ref().map(PathBuf::as_path)
    }

    /// Where PostgreSQL's programs are looked for; a flag wins over the environment.
    pub(crate) fn search(&self, flag: Option<PathBuf>) -> Search {
        Search { explicit: flag.or_else(|| self.pg_bin.clone()), path: self.path.clone() }
    }

    /// Freehold's folder in the user's cache, if the user has one.
    pub(crate) fn cache_dir(&self) -> Option<PathBuf> {
        self.cache_home.as_ref().map(|home| home.join("freehold"))
    }
}
