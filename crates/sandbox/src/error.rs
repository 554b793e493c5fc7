//! What can fail when a server is found, started, used for scratch databases or stopped.

use std::io;
use std::path::{Path, PathBuf};

use freehold_db::DbError;

use crate::find::{RefusedInstallation, install_advice, program_advice};

/// One variant for each thing that can fail; what to do next is in [`SandboxError::help`].
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// No folder with usable server programs was found.
    #[error("no usable PostgreSQL server programs were found{}", refused_list(.refused))]
    NoInstallation {
        /// Folders that were looked at and not taken, each with the reason.
        refused: Vec<RefusedInstallation>,
    },
    /// Server programs were found, but not of the major version asked for.
    #[error("PostgreSQL {wanted} was asked for; found were: {found}")]
    NoSuchMajor {
        /// The major version asked for.
        wanted: u32,
        /// The versions that were found, for people.
        found: String,
    },
    /// A program beside PostgreSQL, such as `redis-server`, is not installed.
    #[error("{program} was not found{}", .explicit.as_ref().map_or_else(String::new, |folder| format!(" in {}", folder.display())))]
    NoProgram {
        /// The program.
        program: &'static str,
        /// The only folder that was looked at, when one was named.
        explicit: Option<PathBuf>,
    },
    /// A program beside PostgreSQL is older than what is served, or says nothing that can be read as a version.
    #[error("{program} is no version {oldest} or later: it says {found:?}")]
    ProgramTooOld {
        /// The program.
        program: PathBuf,
        /// What it printed when it was asked for its version.
        found: String,
        /// The oldest version that is served.
        oldest: String,
    },
    /// Reading or writing a file or folder of ours failed.
    #[error("could not {doing} {path}")]
    Files {
        /// What was being done, such as `create the folder`.
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The disk that holds the sandbox or its template is full.
    #[error("the disk is full: could not {doing} {path}")]
    DiskFull {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
    },
    /// A folder that must be ours alone belongs to somebody else or can be written by others.
    #[error("the folder {path} is not safe to use: {why}")]
    FolderNotOurs {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The path of the Unix socket does not fit into the system's limit.
    #[error("the socket path {path} has {length} bytes; the system allows {limit}")]
    SocketPathTooLong {
        /// The path that would be used.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
        /// The longest path allowed, in bytes.
        limit: usize,
    },
    /// The user that the server runs as may not reach the server programs.
    #[error("the user {account} cannot reach {path}")]
    Unreachable {
        /// The user.
        account: String,
        /// The file or folder.
        path: PathBuf,
    },
    /// Running as root on a system with neither a user `postgres` nor a user `nobody`.
    #[error(
        "PostgreSQL does not run as root, and there is neither a user \"postgres\" nor \"nobody\" to run it as"
    )]
    NoAccount,
    /// The user that runs Freehold has no name on this system; initdb and peer authentication need one.
    #[error("the user with the number {uid} has no name on this system, and PostgreSQL needs one")]
    NamelessUser {
        /// The user's number.
        uid: u32,
    },
    /// A program could not be started at all.
    #[error("could not start {program}")]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A program that makes the data folder ended with an error.
    #[error("{program} failed ({status}){}", indented(.output))]
    ProgramFailed {
        /// The program.
        program: PathBuf,
        /// How it ended.
        status: String,
        /// The last lines of what it printed.
        output: String,
    },
    /// The server ended while it was being started.
    #[error("the server died while it was starting ({status}){}", indented(.log))]
    DiedAtStart {
        /// How it ended.
        status: String,
        /// The tail of its log.
        log: String,
    },
    /// The server did not get ready in time.
    #[error("the server was not ready after {seconds} seconds{}", indented(.log))]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// The tail of its log.
        log: String,
    },
    /// Everything was stopped, as on a signal, while the server was being started.
    #[error("the server was stopped while it was starting")]
    Stopped,
    /// The copy of the template in the cache differs from what was written; it is made anew.
    #[error("the template {path} is damaged: {why}")]
    TemplateDamaged {
        /// The template's folder.
        path: PathBuf,
        /// What differs.
        why: String,
    },
    /// A statement on the server failed.
    #[error("could not {doing}")]
    Database {
        /// What was being done, such as `create the scratch database freehold_scratch_…`.
        doing: String,
        /// What the server said.
        #[source]
        source: DbError,
    },
    /// A database cannot be cloned while sessions are open on it.
    #[error("the database {name} cannot be cloned while it is in use by {}", .sessions.join(", "))]
    InUse {
        /// The database.
        name: String,
        /// Each session: its program, process and state.
        sessions: Vec<String>,
    },
    /// The role of the URL may not create databases.
    #[error("the role {role} may not create databases on {server}")]
    MayNotCreateDatabases {
        /// The role.
        role: String,
        /// The server, with the password masked.
        server: String,
    },
    /// The server of the URL looks like one that is in production.
    #[error("{server} looks like a production server: {}", .signs.join("; "))]
    LooksLikeProduction {
        /// The server, with the password masked.
        server: String,
        /// Each sign that was seen.
        signs: Vec<String>,
    },
    /// A helper thread ended before it answered.
    #[error("the thread that was to {doing} ended without an answer")]
    ThreadLost {
        /// What it was to do.
        doing: &'static str,
    },
}

impl SandboxError {
    /// What to do next, where that is known.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoInstallation { .. } => install_advice(),
            Self::NoProgram { program, .. } => program_advice(program),
            Self::ProgramTooOld { oldest, .. } => format!("Install version {oldest} or later."),
            Self::NoSuchMajor { wanted, .. } => {
                format!("Install the server programs of PostgreSQL {wanted}, or leave the version out.")
            }
            Self::DiskFull { .. } => {
                "Free some space, or choose another folder for caches and sandboxes.".to_owned()
            }
            Self::FolderNotOurs { path, .. } => {
                format!("Remove {} or choose another folder.", path.display())
            }
            Self::SocketPathTooLong { .. } => {
                "Choose a runtime folder with a shorter path, such as /tmp/fh.".to_owned()
            }
            Self::Unreachable { account, .. } => {
                format!("Put it where every user may read, or let {account} pass through its parent folders.")
            }
            Self::NoAccount => {
                "Create one (useradd --system postgres), or run as an ordinary user.".to_owned()
            }
            Self::NamelessUser { uid } => {
                format!("Add a line for {uid} to /etc/passwd, or run as a user that has a name.")
            }
            Self::MayNotCreateDatabases { role, .. } => format!(
                "Grant it with: ALTER ROLE {} CREATEDB",
                freehold_model::name::display_identifier(role)
            ),
            Self::LooksLikeProduction { .. } => {
                "Name a development server, or say that this one is meant.".to_owned()
            }
            Self::Files { .. }
            | Self::Spawn { .. }
            | Self::ProgramFailed { .. }
            | Self::DiedAtStart { .. }
            | Self::NotReady { .. }
            | Self::Stopped
            | Self::TemplateDamaged { .. }
            | Self::Database { .. }
            | Self::InUse { .. }
            | Self::ThreadLost { .. } => return None,
        })
    }

    /// From an error of the file system; a full disk gets its own variant.
    pub(crate) fn files(doing: &'static str, path: &Path, source: io::Error) -> Self {
        if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Self::DiskFull { doing, path: path.to_owned() }
        } else {
            Self::Files { doing, path: path.to_owned(), source }
        }
    }
}

/// Lines of output under an error's own line, each indented by two spaces.
fn indented(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("\n  {line}")).collect()
}

fn refused_list(refused: &[RefusedInstallation]) -> String {
    refused.iter().map(|r| format!("\n  {}: {}", r.bin_dir.display(), r.why)).collect()
}
