//! A script as those read it who run it: its words with the gaps that count, its comments, and those that are marks.

use freehold_model::place::Span;

use crate::allow;
use crate::format::FORMATS;
use crate::formats::sqlx;
use crate::lexis::{self, Kind};

/// A script taken apart.
#[derive(Debug)]
pub(super) struct Reading<'t> {
    words: Vec<Word<'t>>,
    comments: Vec<Comment<'t>>,
    /// The text cannot be told apart from rows of data, or has lines that are commands: every difference counts.
    by_bytes: Option<&'t str>,
}

/// Something that is run.
#[derive(Debug, PartialEq, Eq)]
struct Word<'t> {
    text: &'t str,
    kind: Kind,
    gap: Gap,
}

/// What stands in front of a word: comments count as the white space that they are for the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
}

/// A comment and where it stands.
#[derive(Debug)]
struct Comment<'t> {
    text: &'t str,
    /// How many words stand before it.
    before: usize,
    begins_line: bool,
    begins_text: bool,
}

/// A line of a comment that means something to a tool.
#[derive(Debug, PartialEq, Eq)]
struct Mark {
    line: String,
    before: usize,
    begins_line: bool,
    begins_text: bool,
}

impl<'t> Reading<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut reading = Self { words: Vec::new(), comments: Vec::new(), by_bytes: None };
        let Some(rows) = rows_of_data(text) else {
            reading.by_bytes = Some(text);
            return reading;
        };
        let mut at = 0;
        for data in rows {
            reading.take(text, Span::new(at, data.start));
            let rows = text.get(data.start..data.end).unwrap_or("");
            reading.words.push(Word { text: rows, kind: Kind::Quoted, gap: Gap::Line });
            at = data.end;
        }
        reading.take(text, Span::new(at, text.len()));
        // A command of psql ends with its line.
        if reading.words.iter().any(|word| word.kind == Kind::Other && word.text == "\\") {
            reading.by_bytes = Some(text);
        }
        reading
    }

    /// Takes a part of the text that is SQL.
    fn take(&mut self, text: &'t str, part: Span) {
        let sql = text.get(part.start..part.end).unwrap_or("");
        let mut gap = Gap::None;
        for lexeme in lexis::lexemes(sql) {
            let piece = sql.get(lexeme.span.start..lexeme.span.end).unwrap_or("");
            let start = part.start + lexeme.span.start;
            match lexeme.kind {
                Kind::Space => gap = gap.max(if piece.contains('\n') { Gap::Line } else { Gap::Space }),
                Kind::Comment => {
                    gap = gap.max(if piece.contains('\n') { Gap::Line } else { Gap::Space });
                    self.comments.push(Comment {
                        text: piece,
                        before: self.words.len(),
                        begins_line: start == 0 || text.as_bytes().get(start - 1) == Some(&b'\n'),
                        begins_text: start == 0,
                    });
                }
                kind => {
                    self.words.push(Word { text: piece, kind, gap });
                    gap = Gap::None;
                }
            }
        }
    }

    /// True when both send the same to the server and say the same to the tools.
    pub(super) fn runs_the_same(&self, other: &Self) -> bool {
        if self.by_bytes.is_some() || other.by_bytes.is_some() {
            return self.by_bytes == other.by_bytes;
        }
        let same_words = self.words.len() == other.words.len()
            && self.words.iter().zip(&other.words).all(|(a, b)| a.text == b.text);
        let pairs = self.words.windows(2).zip(other.words.windows(2));
        same_words
            && pairs.into_iter().all(|(a, b)| match (a, b) {
                ([before, word], [_, other]) => gaps_mean_the_same(before, word, other.gap),
                _ => true,
            })
            && self.marks() == other.marks()
    }

    /// True when the comments are the same, at the same places.
    pub(super) fn has_the_same_comments(&self, other: &Self) -> bool {
        let same = |a: &Comment<'_>, b: &Comment<'_>| {
            a.before == b.before && a.text.lines().map(str::trim_end).eq(b.text.lines().map(str::trim_end))
        };
        self.comments.len() == other.comments.len()
            && self.comments.iter().zip(&other.comments).all(|(a, b)| same(a, b))
    }

    fn marks(&self) -> Vec<Mark> {
        self.comments.iter().flat_map(Comment::marks).collect()
    }
}

impl Comment<'_> {
    /// Its lines that are marks. Tools that read line by line find them in a comment of several lines too.
    fn marks(&self) -> Vec<Mark> {
        if let Some(mark) = allow::mark_in(self.text) {
            let line = mark.split_whitespace().collect::<Vec<_>>().join(" ");
            // Freehold does not mind where on its line it stands.
            return vec![Mark { line, before: self.before, begins_line: false, begins_text: false }];
        }
        let lines = self.text.lines().enumerate().map(|(at, line)| (at, line.trim_end()));
        lines
            .filter(|(_, line)| FORMATS.iter().any(|format| format.is_mark(line)))
            .map(|(at, line)| Mark {
                line: line.to_owned(),
                before: self.before,
                begins_line: if at == 0 { self.begins_line } else { !line.starts_with([' ', '\t']) },
                // sqlx looks at the first characters of the file only.
                begins_text: at == 0 && self.begins_text && line.starts_with(sqlx::MARK),
            })
            .collect()
    }
}

/// True when the server reads `word` after `before` alike with its own gap and with another one.
///
/// Follows PostgreSQL's manual, chapter 4.1: operators and numbers end where their characters do, a string's prefix
/// must touch it, and two strings with a line end between are one.
fn gaps_mean_the_same(before: &Word<'_>, word: &Word<'_>, other: Gap) -> bool {
    let touched = (word.gap == Gap::None) != (other == Gap::None);
    let alone = |word: &Word<'_>| matches!(word.text, "(" | ")" | "[" | "]" | "," | ";");
    if word.gap == other || alone(before) || alone(word) {
        return true;
    }
    if before.kind == Kind::Quoted && word.kind == Kind::Quoted {
        return !touched && (word.gap == Gap::Line) == (other == Gap::Line);
    }
    let is_name =
        |word: &Word<'_>| word.text.starts_with(|c: char| c.is_alphanumeric() || c == '_' || !c.is_ascii());
    let is_number = |word: &Word<'_>| word.text.starts_with(|c: char| c.is_ascii_digit());
    let is_operator = |word: &Word<'_>| word.kind == Kind::Other && !is_name(word);
    let touching_counts = (word.kind == Kind::Quoted && (is_name(before) || before.text == "&"))
        || (is_operator(before) && is_operator(word))
        || (before.text == "." && is_number(word))
        || (is_number(before) && word.text == ".")
        || before.text == "$";
    !(touched && touching_counts)
}

/// The rows of the `COPY … FROM stdin` of a text; `None` when there may be some and the text cannot be taken apart.
fn rows_of_data(text: &str) -> Option<Vec<Span>> {
    let mentioned = text.as_bytes().windows(5).any(|window| window.eq_ignore_ascii_case(b"stdin"));
    if !mentioned {
        return Some(Vec::new());
    }
    let statements = freehold_sql::parse(text).ok()?;
    Some(statements.iter().filter_map(|statement| statement.copy_data).collect())
}
