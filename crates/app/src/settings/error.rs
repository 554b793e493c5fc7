//! What can be wrong with `freehold.toml`.

use std::{io, path::PathBuf};

use freehold_model::place::{LineIndex, Span};

use crate::explain::{Excerpt, Explain, mask_passwords};

/// Why `freehold.toml` could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is there and cannot be read.
    #[error("could not read the settings in {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no UTF-8 text.
    #[error("the settings in {} are not UTF-8 text", file.display())]
    NotText {
        /// The file.
        file: PathBuf,
    },
    /// The file has been read and says something that it may not say.
    #[error("the settings cannot be used: {}", first_lines(file, text, problems))]
    Invalid {
        /// The file.
        file: PathBuf,
        /// Its text, passwords masked.
        text: String,
        /// Everything that is wrong, in the order of the file; never empty.
        problems: Vec<Problem>,
    },
}

/// One thing that is wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, in bytes of the file.
    pub span: Span,
    /// What is wrong, naming the key.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl SettingsError {
    pub(super) fn invalid(file: &std::path::Path, text: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        Self::Invalid { file: file.to_owned(), text: mask_passwords(text), problems }
    }
}

/// Each problem as `file:line:column: message`, so that one line is enough to find it.
fn first_lines(file: &std::path::Path, text: &str, problems: &[Problem]) -> String {
    let index = LineIndex::new(text);
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            let at = index.line_column(text, problem.span.start);
            format!("{}:{}:{}: {}", file.display(), at.line, at.column, problem.message)
        })
        .collect();
    lines.join("\n")
}

impl Explain for SettingsError {
    fn title(&self) -> Option<String> {
        matches!(self, Self::Invalid { .. }).then(|| "the settings cannot be used".to_owned())
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => None,
            Self::NotText { .. } => Some("save the file as UTF-8".to_owned()),
            Self::Invalid { problems, .. } => {
                let help: Vec<&str> = problems.iter().filter_map(|p| p.help.as_deref()).collect();
                (!help.is_empty()).then(|| help.join("\n"))
            }
        }
    }

    fn excerpt(&self) -> Option<Excerpt> {
        let Self::Invalid { file, text, problems } = self else { return None };
        Some(Excerpt {
            file: file.display().to_string(),
            text: text.clone(),
            marks: problems.iter().map(|p| (p.span, p.message.clone())).collect(),
        })
    }
}
