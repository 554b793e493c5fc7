//! Why a command is not carried out: the folder and the history do not fit, or the command does not.

use std::path::PathBuf;

use super::edited::Edited;

/// Why there is no plan. Nothing was run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An applied migration was changed.
    #[error("{} was applied and then edited: {}{}", .0.label, .0.in_words(), diff(.0.diff.as_deref()))]
    Edited(Edited),
    /// Applied migrations have no file.
    #[error("{} applied here, but {} no file in the folder", named(labels), if labels.len() == 1 { "has" } else { "have" })]
    FilesGone {
        /// The migrations.
        labels: Vec<String>,
    },
    /// A migration that is to be taken back has no file.
    #[error("{label} cannot be taken back: it has no file in the folder")]
    FileGone {
        /// The migration.
        label: String,
    },
    /// A migration that is older than one that is applied.
    #[error("{label} ({}) is not applied, but {after}, which comes after it, is", file.display())]
    OutOfOrder {
        /// The migration.
        label: String,
        /// Its file.
        file: PathBuf,
        /// The newest migration that is applied.
        after: String,
    },
    /// The version that was named is not there.
    #[error("there is no migration {version} in the folder{}", nearest(version, known))]
    NoSuchVersion {
        /// What was written.
        version: String,
        /// What is there.
        known: Vec<String>,
    },
    /// There is nothing to take it back with.
    #[error("{label} ({}) has no down script", file.display())]
    NoDown {
        /// The migration.
        label: String,
        /// Its up script.
        file: PathBuf,
    },
    /// A script outside a transaction stopped in the middle.
    #[error("{label} is applied in part{}", because(error.as_deref()))]
    HalfApplied {
        /// The migration.
        label: String,
        /// What the server had said.
        error: Option<String>,
    },
    /// A down script outside a transaction stopped in the middle.
    #[error("{label} is taken back in part{}", because(error.as_deref()))]
    HalfReverted {
        /// The migration.
        label: String,
        /// What the server had said.
        error: Option<String>,
    },
    /// The target has a history.
    #[error("this target has a history already; its last row is {label}")]
    HistoryNotEmpty {
        /// The last row.
        label: String,
    },
    /// There is nothing to take back.
    #[error("nothing is applied here")]
    NothingApplied,
    /// The folder's first script stands for migrations that this target lacks.
    #[error("{label} stands for migrations of which some are not applied here")]
    BehindBaseline {
        /// The script that stands for them.
        label: String,
    },
    /// Migrations that are no SQL come before pending ones.
    #[error("{} no SQL and must be applied before what is pending", files_named(files))]
    CodeMigrations {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// A single schema file is no history.
    #[error("{} is a whole schema, not a folder of migrations", file.display())]
    WholeSchema {
        /// The file.
        file: PathBuf,
    },
}

impl Refusal {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Edited(edited) => format!(
                "Restore {} as it was applied and write a new migration for the change; if the database holds the \
                 change already, `freehold migrate force VERSION` records the file as it is.",
                edited.file.display()
            ),
            Self::FilesGone { .. } => {
                "Use the folder that they were applied from, or let it pass with --allow-missing.".to_owned()
            }
            Self::FileGone { .. } => "Use the folder that it was applied from.".to_owned(),
            Self::OutOfOrder { .. } => "Give the file a new, later version, or apply it late with \
                                        --allow-out-of-order; the history will say so."
                .to_owned(),
            Self::NoSuchVersion { .. } => "`freehold migrate status` lists the versions.".to_owned(),
            Self::NoDown { .. } => "Write a down script, or a new migration that undoes it.".to_owned(),
            Self::HalfApplied { .. } => "`freehold migrate up` goes on after the last statement that took \
                                         effect; `freehold migrate force VERSION` declares where the database stands."
                .to_owned(),
            Self::HalfReverted { .. } => "`freehold migrate down` goes on after the last statement that took \
                                          effect; `freehold migrate force VERSION` declares where the database stands."
                .to_owned(),
            Self::HistoryNotEmpty { .. } => {
                "`freehold migrate force VERSION` corrects a history that is there.".to_owned()
            }
            Self::NothingApplied => return None,
            Self::BehindBaseline { .. } => "Bring this target up to that version with the folder as it was \
                                            before the squash, then come back."
                .to_owned(),
            Self::CodeMigrations { .. } => "Apply them with the tool that they are written for and run \
                                            `freehold migrate adopt`, or let them pass with --allow-code."
                .to_owned(),
            Self::WholeSchema { .. } => "Name the folder of migrations with --dir.".to_owned(),
        })
    }
}

fn named(labels: &[String]) -> String {
    let shown = labels.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    let more = labels.len().saturating_sub(5);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{shown}{more} {}", if labels.len() == 1 { "is" } else { "are" })
}

fn files_named(files: &[PathBuf]) -> String {
    named(&files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>())
}

fn because(error: Option<&str>) -> String {
    error.map(|error| format!(": {error}")).unwrap_or_default()
}

fn diff(diff: Option<&str>) -> String {
    diff.map(|diff| format!("\n{}", diff.trim_end())).unwrap_or_default()
}

fn nearest(version: &str, known: &[String]) -> String {
    let near = known
        .iter()
        .map(|k| (strsim::jaro_winkler(version, k), k))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    near.map(|(_, k)| format!("; did you mean {k}?")).unwrap_or_default()
}
