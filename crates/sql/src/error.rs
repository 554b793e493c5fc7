//! What can be wrong with a script, each with the bytes that are to blame.

use freehold_model::place::Span;

pub use crate::lex::Unterminated;

/// Why a script, or one statement of it, could not be read. Spans are bytes in the text that was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// PostgreSQL's grammar refuses the statement.
    #[error("{message}")]
    Syntax {
        /// PostgreSQL's own words, such as `syntax error at or near "FORM"`.
        message: String,
        /// The token that the grammar stumbled over; empty and at the end when the statement ends too early.
        span: Span,
        /// The whole statement.
        statement: Span,
        /// What may be meant, when that can be told from the text.
        hint: Option<String>,
    },
    /// A command of psql, which no server understands.
    #[error("{command} is a command of psql, not SQL")]
    MetaCommand {
        /// The command with its backslash and without its arguments, such as `\copy`.
        command: String,
        /// The command and its arguments.
        span: Span,
    },
    /// A `COPY ... FROM stdin` whose rows are not in the text.
    #[error("COPY ... FROM stdin has no rows: no line \\. follows it")]
    CopyFromStdin {
        /// The statement.
        span: Span,
    },
    /// A mark of a template or a variable that nobody has filled in.
    #[error("{mark} is not filled in")]
    TemplateMark {
        /// The mark as written, such as `${schema}`.
        mark: String,
        /// What kind of mark it is, such as "a placeholder of Flyway".
        what: &'static str,
        /// Where it is.
        span: Span,
    },
    /// A string, identifier or comment is opened and never closed.
    #[error("{} is never closed", .what.name())]
    Unterminated {
        /// What was opened.
        what: Unterminated,
        /// Its opening mark.
        span: Span,
    },
    /// A byte 0, which cannot be in the text of a statement.
    #[error("the text holds a NUL character")]
    Nul {
        /// The byte.
        span: Span,
    },
    /// The system gave no thread to parse in.
    #[error("no thread could be started for the parser: {reason}")]
    NoThread {
        /// What the system said.
        reason: String,
        /// The script.
        span: Span,
    },
}

impl Unterminated {
    /// In words for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::DollarString => "a dollar-quoted string",
            Self::QuotedIdentifier => "a quoted identifier",
            Self::Comment => "a comment",
        }
    }
}

impl ScriptError {
    /// The bytes to point at.
    pub fn span(&self) -> Span {
        match self {
            Self::Syntax { span, .. }
            | Self::MetaCommand { span, .. }
            | Self::CopyFromStdin { span }
            | Self::TemplateMark { span, .. }
            | Self::Unterminated { span, .. }
            | Self::Nul { span }
            | Self::NoThread { span, .. } => *span,
        }
    }

    /// What to do about it, where the error knows.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Syntax { hint, .. } => hint.clone(),
            Self::MetaCommand { command, .. } if command == "\\copy" => Some(
                "write the rows as INSERT statements, or as COPY ... FROM stdin with its rows and the line \\. in the \
                 file"
                    .to_owned(),
            ),
            Self::MetaCommand { command, .. } if matches!(command.as_str(), "\\i" | "\\ir" | "\\include") => {
                Some("put the SQL of the included file here".to_owned())
            }
            Self::MetaCommand { command, .. } if matches!(command.as_str(), "\\set" | "\\gset" | "\\prompt") => {
                Some("write the variable's value where it is used".to_owned())
            }
            Self::MetaCommand { .. } => Some("remove the line; only psql understands it".to_owned()),
            Self::CopyFromStdin { .. } => Some(
                "put the rows on the lines after the statement and end them with a line \\. , or use INSERT".to_owned(),
            ),
            Self::TemplateMark { what, .. } => {
                Some(format!("this looks like {what}; write the SQL that it stands for"))
            }
            Self::Unterminated { .. } => Some("close it; everything after it counts as part of it".to_owned()),
            Self::Nul { .. } => Some("save the file as UTF-8 text; UTF-16 files hold NUL characters".to_owned()),
            Self::NoThread { .. } => None,
        }
    }

    /// The same error in a text that has `offset` more bytes in front.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> Self {
        match &mut self {
            Self::Syntax { span, statement, .. } => {
                *span = span.shifted(offset);
                *statement = statement.shifted(offset);
            }
            Self::MetaCommand { span, .. }
            | Self::CopyFromStdin { span }
            | Self::TemplateMark { span, .. }
            | Self::Unterminated { span, .. }
            | Self::Nul { span }
            | Self::NoThread { span, .. } => *span = span.shifted(offset),
        }
        self
    }
}
