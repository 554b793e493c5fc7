//! Cuts a script into segments, one for each statement, without parsing it.
//!
//! The rules are psql's: a `;` ends a statement unless it is quoted, in a comment, in parentheses (`CREATE RULE`) or
//! in the SQL-standard body of a routine (`BEGIN ATOMIC ... END`). The rows after `COPY ... FROM stdin;` are data.

use freehold_model::place::Span;

use crate::lex::{Lexer, Token, TokenKind, Unterminated};

/// One piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// From the first token to the end of the last one; the closing `;` and comments around it are not in it.
    pub(crate) span: Span,
    pub(crate) kind: SegmentKind,
    /// Where the next segment is looked for.
    pub(crate) resume: usize,
}

/// What a segment holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SegmentKind {
    /// SQL to be parsed.
    Sql {
        /// It is a `COPY ... FROM stdin`, and these are its rows if they are in the text.
        copy: Option<CopyRows>,
        /// A `;` was passed over because of parentheses or a routine's body.
        passed_over: bool,
    },
    /// A psql command; the span covers it to the end of its line.
    Meta(Span),
    /// Something opened at this byte never ends.
    Unterminated(Unterminated, usize),
}

/// The rows of a `COPY ... FROM stdin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CopyRows {
    /// Between the statement's line and the line `\.`, both excluded.
    At(Span),
    /// No line `\.` follows.
    Missing,
}

/// How to look for the end of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nesting {
    /// Parentheses and routine bodies hide a `;`.
    Respected,
    /// Every `;` outside of quoting ends a statement: for finding the next statement after a broken one.
    Ignored,
}

/// Walks over a text and gives its segments.
pub(crate) struct Splitter<'t> {
    text: &'t str,
    at: usize,
    stop: usize,
    nesting: Nesting,
}

/// What is known of the statement that is being read.
#[derive(Default)]
struct Pending {
    first: Option<Token>,
    last_end: usize,
    words: usize,
    routine: RoutineHead,
    previous: Option<Token>,
    parentheses: usize,
    body: usize,
    passed_over: bool,
    copy: CopyHead,
}

/// How far `CREATE [OR REPLACE] FUNCTION|PROCEDURE` has been seen.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum RoutineHead {
    #[default]
    Nothing,
    Create,
    Or,
    Replace,
    Yes,
    No,
}

/// How far `COPY ... FROM stdin` has been seen.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum CopyHead {
    #[default]
    Nothing,
    Copy,
    From,
    FromStdin,
    No,
}

impl<'t> Splitter<'t> {
    /// Segments of the whole text; a byte order mark at its beginning is passed over.
    pub(crate) fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, stop: text.len(), nesting: Nesting::Respected }
    }

    /// Segments that begin in a part of the text, every `;` ending one.
    pub(crate) fn within(text: &'t str, part: Span) -> Self {
        Self { text, at: part.start, stop: part.end, nesting: Nesting::Ignored }
    }

    fn finish(&mut self, pending: &Pending, first: Token, resume: usize) -> Segment {
        let span = Span::new(first.start, pending.last_end);
        self.at = resume;
        let copy = (pending.copy == CopyHead::FromStdin).then(|| self.take_copy_rows(resume));
        Segment { span, kind: SegmentKind::Sql { copy, passed_over: pending.passed_over }, resume: self.at }
    }

    /// The rows begin on the line after the statement and end at the line `\.`.
    fn take_copy_rows(&mut self, from: usize) -> CopyRows {
        let rest = self.text.get(from..).unwrap_or("");
        let Some(line_end) = rest.find('\n') else { return CopyRows::Missing };
        let start = from + line_end + 1;
        let mut line_start = start;
        for line in self.text.get(start..).unwrap_or("").split_inclusive('\n') {
            if line.trim_end_matches(['\n', '\r']) == "\\." {
                self.at = line_start + line.len();
                return CopyRows::At(Span::new(start, line_start));
            }
            line_start += line.len();
        }
        CopyRows::Missing
    }

    /// A psql command reaches to the end of its line.
    fn meta_command(&mut self, pending: &Pending, backslash: Token) -> Segment {
        let rest = self.text.get(backslash.start..).unwrap_or("");
        let line = rest.split(['\n', '\r']).next().unwrap_or("");
        let end = backslash.start + line.trim_end().len();
        let meta = Span::new(backslash.start, end);
        self.at = backslash.start + line.len();
        let start = pending.first.map_or(backslash.start, |first| first.start);
        Segment { span: Span::new(start, end), kind: SegmentKind::Meta(meta), resume: self.at }
    }
}

impl Iterator for Splitter<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        let mut pending = Pending::default();
        let mut lexer = Lexer::new(self.text, self.at);
        loop {
            let Some(token) = lexer.next() else {
                let end = self.text.len();
                self.at = end;
                return pending.first.map(|first| self.finish(&pending, first, end));
            };
            if pending.first.is_none() && token.start >= self.stop {
                return None;
            }
            match token.kind {
                TokenKind::Comment => {}
                TokenKind::Backslash => return Some(self.meta_command(&pending, token)),
                TokenKind::Unterminated(what) => {
                    let start = pending.first.map_or(token.start, |first| first.start);
                    self.at = self.text.len();
                    return Some(Segment {
                        span: Span::new(start, self.text.len()),
                        kind: SegmentKind::Unterminated(what, token.start),
                        resume: self.at,
                    });
                }
                TokenKind::Symbol(';') => {
                    let hidden = pending.parentheses > 0 || pending.body > 0;
                    match pending.first {
                        Some(_) if hidden && self.nesting == Nesting::Respected => {
                            pending.passed_over = true;
                            pending.push(self.text, token);
                        }
                        Some(first) => return Some(self.finish(&pending, first, token.end)),
                        None => {}
                    }
                }
                _ => pending.push(self.text, token),
            }
        }
    }
}

impl Pending {
    fn push(&mut self, text: &str, token: Token) {
        self.first.get_or_insert(token);
        self.last_end = token.end;
        match token.kind {
            TokenKind::Symbol('(') => self.parentheses += 1,
            TokenKind::Symbol(')') => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word => self.push_word(text, token),
            _ => {}
        }
        if self.words == 0 {
            self.routine = RoutineHead::No;
            self.copy = CopyHead::No;
        }
        self.previous = Some(token);
    }

    fn push_word(&mut self, text: &str, token: Token) {
        self.words += 1;
        let is = |word: &str| token.is_word(text, word);
        self.routine = match self.routine {
            RoutineHead::Nothing if is("create") => RoutineHead::Create,
            RoutineHead::Create if is("or") => RoutineHead::Or,
            RoutineHead::Or if is("replace") => RoutineHead::Replace,
            RoutineHead::Create | RoutineHead::Replace if is("function") || is("procedure") => {
                RoutineHead::Yes
            }
            RoutineHead::Yes => RoutineHead::Yes,
            _ => RoutineHead::No,
        };
        self.copy = match self.copy {
            CopyHead::Nothing if is("copy") => CopyHead::Copy,
            CopyHead::Copy | CopyHead::From if self.parentheses == 0 && is("from") => CopyHead::From,
            CopyHead::From if is("stdin") => CopyHead::FromStdin,
            CopyHead::From => CopyHead::Copy,
            CopyHead::Nothing => CopyHead::No,
            other => other,
        };
        if self.routine == RoutineHead::Yes {
            self.push_body_word(text, token);
        }
    }

    /// Counts what must be closed by an `END` in the body of a routine. A word after `.` or `AS` is a name.
    fn push_body_word(&mut self, text: &str, token: Token) {
        let is_name = self
            .previous
            .is_some_and(|previous| previous.kind == TokenKind::Symbol('.') || previous.is_word(text, "as"));
        let after_begin = self.previous.is_some_and(|previous| previous.is_word(text, "begin"));
        if self.body == 0 {
            if after_begin && token.is_word(text, "atomic") {
                self.body = 1;
            }
        } else if !is_name && token.is_word(text, "case") {
            self.body += 1;
        } else if !is_name && token.is_word(text, "end") {
            self.body -= 1;
        }
    }
}
