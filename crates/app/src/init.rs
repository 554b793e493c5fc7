//! `freehold init`: looks at a project and writes a commented `freehold.toml` that says what was found.

mod compose;
mod text;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use freehold_migrate::{Candidate, ReadError, detect, find_migrations_dir};

use crate::{explain::Explain, report::slashed, settings::FILE_NAME};
pub use compose::ServerImage;

/// What to look at, and what to do with a file that is there already.
#[derive(Debug, Clone)]
pub struct Request {
    /// The project's folder, where the file is written.
    pub project_dir: PathBuf,
    /// The folder of migrations, where the project has several or an unusual one.
    pub migrations_dir: Option<PathBuf>,
    /// Write over a file that is there.
    pub force: bool,
}

/// What was written, and why it says what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
    /// What was found, one sentence each.
    pub found: Vec<String>,
}

/// Why no file was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is a file, and nobody said that it may go.
    #[error("{} is there already", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// More than one folder could hold the project's migrations.
    #[error("several folders hold migrations: {}", names(dirs))]
    SeveralFolders {
        /// The folders, relative to the project, each with its format.
        dirs: Vec<(PathBuf, &'static str)>,
    },
    /// The folder that was named holds none.
    #[error("could not tell the format of the migrations in {}", dir.display())]
    Undetected {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// The file could not be written.
    #[error("could not write {}", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn names(dirs: &[(PathBuf, &'static str)]) -> String {
    let names: Vec<String> =
        dirs.iter().map(|(dir, format)| format!("{} ({format})", dir.display())).collect();
    names.join(", ")
}

impl Explain for InitError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Exists { .. } => Some("write over it with `--force`".to_owned()),
            Self::SeveralFolders { dirs } => dirs
                .first()
                .map(|(dir, _)| format!("name one, such as `freehold init --dir {}`", dir.display())),
            Self::Undetected { source, .. } => source.help(),
            Self::Unwritable { .. } => None,
        }
    }
}

/// What was found in a project.
#[derive(Debug, Default)]
struct Findings {
    /// The folder of migrations relative to the project, its format, and why.
    migrations: Option<(String, &'static str, Vec<String>)>,
    /// A folder of queries, relative to the project, with the number of its files.
    queries: Option<(String, usize)>,
    /// The major version that the project's containers run.
    server: Option<ServerImage>,
}

/// Looks, and writes the file. Nothing is written unless everything could be decided.
pub fn run(request: &Request) -> Result<Written, InitError> {
    let file = request.project_dir.join(FILE_NAME);
    if !request.force && file.exists() {
        return Err(InitError::Exists { file });
    }
    let findings = Findings {
        migrations: migrations(request)?,
        queries: queries(&request.project_dir),
        server: compose::server_image(&request.project_dir),
    };
    let text = text::settings(&findings);
    write(&file, &text, request.force)?;
    Ok(Written { file, text, found: sentences(&findings) })
}

type Migrations = Option<(String, &'static str, Vec<String>)>;

fn migrations(request: &Request) -> Result<Migrations, InitError> {
    let project = &request.project_dir;
    let within = |dir: &Path| {
        let shown = dir.strip_prefix(project).unwrap_or(dir);
        slashed(if shown.as_os_str().is_empty() { Path::new(".") } else { shown })
    };
    if let Some(dir) = &request.migrations_dir {
        let full = project.join(dir);
        let detection =
            detect(&full).map_err(|source| InitError::Undetected { dir: full.clone(), source })?;
        return Ok(Some((within(&full), detection.format.name(), detection.reasons)));
    }
    let mut candidates: Vec<Candidate> = find_migrations_dir(project);
    if candidates.len() > 1 {
        return Err(InitError::SeveralFolders {
            dirs: candidates
                .iter()
                .map(|c| (PathBuf::from(within(&c.dir)), c.detection.format.name()))
                .collect(),
        });
    }
    Ok(candidates.pop().map(|c| (within(&c.dir), c.detection.format.name(), c.detection.reasons)))
}

/// The usual folders of named queries, if one holds SQL files.
fn queries(project: &Path) -> Option<(String, usize)> {
    ["queries", "db/queries", "sql/queries", "database/queries"].into_iter().find_map(|dir| {
        let entries = fs::read_dir(project.join(dir)).ok()?;
        let files =
            entries.flatten().filter(|e| e.path().extension().is_some_and(|ext| ext == "sql")).count();
        (files > 0).then(|| (dir.to_owned(), files))
    })
}

fn sentences(findings: &Findings) -> Vec<String> {
    let mut said = Vec::new();
    match &findings.migrations {
        Some((dir, format, reasons)) => {
            said.push(format!("migrations in {dir}, in the format of {format}"));
            said.extend(reasons.iter().map(|reason| format!("because: {reason}")));
        }
        None => said.push("no folder of migrations; name it in [migrations] when there is one".to_owned()),
    }
    if let Some((dir, files)) = &findings.queries {
        said.push(format!("{files} files of queries in {dir}"));
    }
    if let Some(image) = &findings.server {
        said.push(format!("PostgreSQL {} in {}, line {}", image.major, image.file, image.line));
    }
    said
}

fn write(file: &Path, text: &str, force: bool) -> Result<(), InitError> {
    use std::io::Write as _;
    let unwritable = |source| InitError::Unwritable { file: file.to_owned(), source };
    let mut options = fs::OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut opened = options.open(file).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => InitError::Exists { file: file.to_owned() },
        _ => unwritable(source),
    })?;
    opened.write_all(text.as_bytes()).map_err(unwritable)
}
