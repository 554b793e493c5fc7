//! Why migrations were not squashed. After any of these nothing is changed.

use std::path::PathBuf;

use freehold_db::DbError;
use freehold_migrate::{ComposeError, ReadError, StatementsError};
use freehold_model::place::Place;
use freehold_sandbox::DumpError;
use freehold_sql::ScriptError;

use super::ground::GroundError;

/// Why migrations were not squashed.
#[derive(Debug, thiserror::Error)]
pub enum SquashError {
    /// The folder could not be read.
    #[error("the migrations folder could not be read")]
    Folder(#[from] Box<ReadError>),
    /// It is a single schema file.
    #[error("{} is a whole schema, not a folder of migrations", file.display())]
    OneFile {
        /// The file.
        file: PathBuf,
    },
    /// There is no such version.
    #[error("there is no migration {version} in the folder")]
    NoSuchVersion {
        /// What was written.
        version: String,
        /// The versions there are.
        known: Vec<String>,
    },
    /// One migration alone is as short as it can be.
    #[error("nothing comes before {version}, so there is nothing to squash")]
    NothingToSquash {
        /// The version.
        version: String,
    },
    /// Some of the migrations are no SQL.
    #[error("not all migrations up to there are SQL: {}", list(files))]
    Code {
        /// The files that are not.
        files: Vec<PathBuf>,
    },
    /// A script cannot be read as SQL.
    #[error("{label} cannot be read")]
    Unreadable {
        /// The migration.
        label: String,
        /// Why.
        #[source]
        source: Box<StatementsError>,
    },
    /// A statement reaches beyond the database.
    #[error("{label} cannot be squashed ({}:{}): `{headline}`: {why}", place.file.display(), place.start.line)]
    Outside {
        /// The migration.
        label: String,
        /// Where the statement stands.
        place: Box<Place>,
        /// The statement on one line.
        headline: String,
        /// What it does, as a clause.
        why: &'static str,
    },
    /// The migrations make large objects.
    #[error("the migrations make {count} large objects, which a script of statements cannot hold")]
    LargeObjects {
        /// How many.
        count: i64,
    },
    /// Rows hold the name of the role that applied the migrations.
    #[error("rows of {} hold the name of the role that applies the migrations", tables.join(", "))]
    RoleInRows {
        /// The tables.
        tables: Vec<String>,
    },
    /// Something in the script must name the tenant's schema.
    #[error("the script would have to name the tenant's schema: `{headline}`")]
    TenantNamed {
        /// The statement on one line.
        headline: String,
    },
    /// They could not be applied on a private server.
    #[error(transparent)]
    Ground(#[from] GroundError),
    /// What they gave could not be read.
    #[error("what the migrations give could not be read")]
    Look(#[from] Box<DbError>),
    /// What they gave could not be dumped.
    #[error("what the migrations give could not be dumped")]
    Dump(#[from] DumpError),
    /// The dump is not what it should be.
    #[error("the dump could not be read as SQL")]
    NotSql(#[from] Box<ScriptError>),
    /// The script could not be put into the format's files.
    #[error("the script could not be written as a migration of the folder's format")]
    Compose(#[from] Box<ComposeError>),
    /// In the folder's format, the script would not be the migration that it stands for.
    #[error("as a file of {format} the script would not stand for {version}: {why}")]
    Misread {
        /// The format.
        format: &'static str,
        /// The version.
        version: String,
        /// What was read instead.
        why: String,
    },
    /// The server refused the script.
    #[error("the squashed script was refused by the server")]
    Refused(#[source] Box<GroundError>),
    /// It works for one tenant only.
    #[error("the squashed script was refused for a second tenant of the same database")]
    SecondTenant(#[source] Box<GroundError>),
    /// It gives something else than the migrations.
    #[error("the squashed script does not give the same{}:\n  {}", when(*after_later), differences.join("\n  "))]
    Differs {
        /// True when this showed only after the later migrations.
        after_later: bool,
        /// What differs: `-` and "missing" are of the migrations, `+` and "added" of the script.
        differences: Vec<String>,
    },
    /// A file or folder could not be read or written; what had been changed was put back.
    #[error("could not {doing} {}", path.display())]
    Files {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Something stands where the squashed files would go, or the script.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// What an interrupted run has left cannot be understood.
    #[error("{} was left by a run that was interrupted, and cannot be read", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl SquashError {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Folder(error) => return error.help(),
            Self::Ground(error) => return error.help(),
            Self::Compose(error) => return error.help(),
            Self::Dump(error) => return error.help(),
            Self::NoSuchVersion { known, .. } => match known.as_slice() {
                [] => return None,
                [.., last] => format!("The last of its {} versions is {last}.", known.len()),
            },
            Self::Code { .. } => {
                "Squash up to a version before them; what code does cannot be read from its file.".to_owned()
            }
            Self::Outside { .. } => {
                "Squash up to the version before, or take the statement out of the history: it is not part of the \
                 database that the others make."
                    .to_owned()
            }
            Self::LargeObjects { .. } => "Keep such data in a column of type bytea.".to_owned(),
            Self::RoleInRows { .. } => {
                "Who applies the script is another role each time: squash up to the version before those rows."
                    .to_owned()
            }
            Self::TenantNamed { .. } => {
                "A script for tenants works in whatever schema comes first in the path: write the migration without \
                 the schema's name."
                    .to_owned()
            }
            Self::Refused(_) | Self::Differs { .. } => {
                "Nothing was written. Squash up to another version, before the migration that makes the object named \
                 here."
                    .to_owned()
            }
            Self::SecondTenant(_) => {
                "What tenants share, such as extensions, belongs into a shared schema and into no tenant's migrations."
                    .to_owned()
            }
            Self::Exists { path } => format!("Move {} away, or choose another name.", path.display()),
            Self::Journal { path, .. } => format!(
                "Compare the two folders by hand, move the files back where they belong, and remove {}.",
                path.display()
            ),
            Self::OneFile { .. }
            | Self::NothingToSquash { .. }
            | Self::Unreadable { .. }
            | Self::Look(_)
            | Self::NotSql(_)
            | Self::Misread { .. }
            | Self::Files { .. } => return None,
        })
    }

    pub(super) fn files(doing: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Files { doing, path, source }
    }
}

impl From<DbError> for SquashError {
    fn from(error: DbError) -> Self {
        Self::Look(Box::new(error))
    }
}

impl From<ComposeError> for SquashError {
    fn from(error: ComposeError) -> Self {
        Self::Compose(Box::new(error))
    }
}

impl From<ReadError> for SquashError {
    fn from(error: ReadError) -> Self {
        Self::Folder(Box::new(error))
    }
}

impl From<ScriptError> for SquashError {
    fn from(error: ScriptError) -> Self {
        Self::NotSql(Box::new(error))
    }
}

fn list(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn when(after_later: bool) -> &'static str {
    if after_later { " once the later migrations are applied" } else { "" }
}
