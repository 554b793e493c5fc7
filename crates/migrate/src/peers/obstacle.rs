//! What a person has to decide before another tool's history can be taken over.

use std::path::PathBuf;

use freehold_model::name::QualifiedName;

/// A question that the table and the folder leave open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The folder is of another format than the tool's.
    #[error("the table {table} is {tool}'s, and the folder was read as one of {folder}")]
    OtherFormat {
        /// The tool whose table it is.
        tool: &'static str,
        /// The format of the folder.
        folder: &'static str,
        /// The table.
        table: QualifiedName,
    },
    /// A migration that did not end well, by the tool's own record.
    #[error("{label} is no applied migration: {why}")]
    Failed {
        /// Version and name.
        label: String,
        /// What the row says.
        why: String,
        /// What the tool's users do about it.
        next: &'static str,
    },
    /// The table says that a migration was applied which the folder does not have.
    #[error("{label} is applied, and no file of the folder is it")]
    NoFile {
        /// Version and name.
        label: String,
    },
    /// The one version that the table holds is not in the folder, so the folder is not the one that was applied.
    #[error("{tool} says that the database is at {version}, and the folder has no such version{neighbours}")]
    LastNotInFolder {
        /// The tool.
        tool: &'static str,
        /// The version in the table.
        version: String,
        /// The versions around it, in words.
        neighbours: String,
    },
    /// A file is not the one that was applied.
    #[error(
        "{label} was changed after it was applied: {tool} recorded {algorithm} {recorded}, {} has {ours}",
        path.display()
    )]
    Changed {
        /// Version and name.
        label: String,
        /// The file.
        path: PathBuf,
        /// The tool.
        tool: &'static str,
        /// How the checksum is made.
        algorithm: &'static str,
        /// The checksum in the table.
        recorded: String,
        /// The checksum of the file.
        ours: String,
    },
    /// A baseline file stands for migrations of which some were not applied here.
    #[error("the baseline {label} stands for migrations that this database does not have: {}", missing.join(", "))]
    BaselineAhead {
        /// Version and name of the baseline.
        label: String,
        /// What is not applied.
        missing: Vec<String>,
    },
}

impl Obstacle {
    /// What to do about it, as a sentence without a full stop.
    pub fn help(&self) -> String {
        match self {
            Self::OtherFormat { tool, .. } => {
                format!("read the folder as one of {tool}, or name the table that belongs to the folder")
            }
            Self::Failed { next, .. } => (*next).to_owned(),
            Self::NoFile { .. } => {
                "bring the file back, or say that the database shall count as having only what the folder has".to_owned()
            }
            Self::LastNotInFolder { .. } => {
                "use the folder that was deployed to this database, or say by hand which version it is at".to_owned()
            }
            Self::Changed { .. } => {
                "restore the file as it was applied, or make sure that the change does not matter and say so".to_owned()
            }
            Self::BaselineAhead { .. } => {
                "apply the single migrations with the tool itself first, or bring their files back in place of the \
                 baseline"
                    .to_owned()
            }
        }
    }
}
