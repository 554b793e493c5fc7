//! Scripts: the part of a file that is one direction of one migration, with its places and checksums.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use freehold_model::place::{LineColumn, LineIndex, Place, Span};
use sha2::{Digest, Sha256};

use crate::error::StatementsError;
use crate::lexis;

/// The UTF-8 form of U+FEFF, which some editors put in front of a text.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// A file of SQL as it stands on the disk: line ends and a byte order mark are kept.
pub struct SourceFile {
    /// The folder as given, joined with the file's place in it.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
    /// Where the lines of the text begin.
    pub lines: LineIndex,
}

impl fmt::Debug for SourceFile {
    /// Without the text, which may be large.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile")
            .field("path", &self.path)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

impl SourceFile {
    /// A file from its text.
    pub fn new(path: PathBuf, text: String) -> Self {
        let lines = LineIndex::new(&text);
        Self { path, text, lines }
    }

    /// True when the text begins with a byte order mark.
    pub fn has_byte_order_mark(&self) -> bool {
        self.text.starts_with(BYTE_ORDER_MARK)
    }

    /// The whole text without a byte order mark.
    pub fn body(&self) -> Span {
        let start = if self.has_byte_order_mark() { BYTE_ORDER_MARK.len_utf8() } else { 0 };
        Span::new(start, self.text.len())
    }

    /// Line and column of a byte of the file.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        self.lines.line_column(&self.text, offset)
    }
}

/// How the format's own tool sends a script to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionMode {
    /// The tool opens a transaction, runs the script in it and commits.
    Wrapped,
    /// The tool sends the script as one simple query without a transaction of its own: the server runs several
    /// statements as one implicit transaction, and a single statement outside any transaction block
    /// (PostgreSQL manual, 54.2.2.1 "Multiple Statements in a Simple Query").
    Implicit,
    /// The tool sends the statements one by one, each committing by itself.
    None {
        /// What says so: the mark and where it stands.
        why: String,
    },
}

/// One direction of one migration: a part of a file.
#[derive(Debug, Clone)]
pub struct Script {
    /// The file that it stands in.
    pub file: Arc<SourceFile>,
    /// The bytes of the file that are this script.
    pub span: Span,
    /// How its tool sends it.
    pub transaction: TransactionMode,
    /// The mark by which its author asked for no transaction, in words; also where the tool still sends the script as
    /// one query, so that the mode is [`TransactionMode::Implicit`].
    pub no_transaction_mark: Option<String>,
    /// The pieces that the tool cuts the script into and sends one by one, as spans of the script, where the tool has
    /// its own way of cutting (goose). `None`: the script is sent whole, or statement by statement.
    pub pieces: Option<Vec<Span>>,
    /// SHA-256 of the script's bytes, as 64 lower-case hexadecimal digits.
    pub checksum: String,
}

impl Script {
    /// A script that is a part of a file.
    pub fn part(file: Arc<SourceFile>, span: Span, transaction: TransactionMode) -> Self {
        let bytes = file.text.get(span.start..span.end).unwrap_or("").as_bytes();
        let checksum = hex::encode(Sha256::digest(bytes));
        Self { file, span, transaction, no_transaction_mark: None, pieces: None, checksum }
    }

    /// A script that is a whole file.
    pub fn whole(file: Arc<SourceFile>, transaction: TransactionMode) -> Self {
        let body = file.body();
        Self::part(file, body, transaction)
    }

    /// The same script with the mark that asked for no transaction.
    #[must_use]
    pub fn marked(mut self, mark: impl Into<String>) -> Self {
        self.no_transaction_mark = Some(mark.into());
        self
    }

    /// The script's text; spans of statements count in it.
    pub fn text(&self) -> &str {
        self.file.text.get(self.span.start..self.span.end).unwrap_or("")
    }

    /// Where a span of the script's text stands in its file.
    pub fn place(&self, span_in_script: Span) -> Place {
        let span = span_in_script.shifted(self.span.start);
        let end = span.end.min(self.span.end.max(span.start));
        Place::in_file(&self.file.path, &self.file.text, &self.file.lines, Span::new(span.start, end))
    }

    /// Where the script begins in its file: the first character that is no white space, or the script's first byte.
    pub fn beginning(&self) -> Place {
        let text = self.text();
        let start = text.len() - text.trim_start().len();
        let start = if start == text.len() { 0 } else { start };
        self.place(Span::new(start, start))
    }

    /// The script's statements in order, with spans in [`Script::text`].
    ///
    /// Where the tool cuts the script into pieces of its own, each piece is read by itself: a piece that is no whole
    /// statement is an error here as it would be on the server.
    pub fn statements(&self) -> Result<Vec<freehold_sql::Statement>, StatementsError> {
        let text = self.text();
        let whole = [Span::new(0, text.len())];
        let mut statements = Vec::new();
        for piece in self.pieces.as_deref().unwrap_or(&whole) {
            let part = text.get(piece.start..piece.end).unwrap_or("");
            let parsed = freehold_sql::parse(part)
                .map_err(|error| self.statements_error(error.shifted(piece.start)))?;
            statements.extend(parsed.into_iter().map(|mut statement| {
                statement.span = statement.span.shifted(piece.start);
                statement.copy_data = statement.copy_data.map(|rows| rows.shifted(piece.start));
                statement
            }));
        }
        Ok(statements)
    }

    fn statements_error(&self, source: freehold_sql::ScriptError) -> StatementsError {
        StatementsError { place: Box::new(self.place(source.span())), source }
    }

    /// True when there is nothing to run: only white space, comments and semicolons.
    pub fn is_empty(&self) -> bool {
        self.emptiness().is_some()
    }

    /// What an empty script consists of, in words, or `None` when there is something to run.
    pub(crate) fn emptiness(&self) -> Option<&'static str> {
        let mut comments = false;
        for lexeme in lexis::lexemes(self.text()) {
            match lexeme.kind {
                lexis::Kind::Space => {}
                lexis::Kind::Comment => comments = true,
                lexis::Kind::Semicolon => {}
                lexis::Kind::Quoted | lexis::Kind::Other => return None,
            }
        }
        Some(if comments { "holds only comments" } else { "is empty" })
    }

    /// A checksum that stays the same when only comments, line ends or white space outside quotes change: SHA-256
    /// over the script in which every run of those is one space, and none beside brackets, commas and semicolons.
    pub fn normalised_checksum(&self) -> String {
        let mut hash = Sha256::new();
        let text = self.text();
        let mut gap = false;
        // At the beginning a space means as little as after a comma.
        let mut before_stands_alone = true;
        for lexeme in lexis::lexemes(text) {
            if matches!(lexeme.kind, lexis::Kind::Space | lexis::Kind::Comment) {
                gap = true;
                continue;
            }
            let word = text.get(lexeme.span.start..lexeme.span.end).unwrap_or("");
            let stands_alone = matches!(word, "(" | ")" | "[" | "]" | "," | ";");
            if gap && !before_stands_alone && !stands_alone {
                hash.update(b" ");
            }
            gap = false;
            before_stands_alone = stands_alone;
            hash.update(word.as_bytes());
        }
        hex::encode(hash.finalize())
    }
}
