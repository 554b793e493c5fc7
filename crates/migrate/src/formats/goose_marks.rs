//! The marks inside a goose file, and how goose cuts a section into the queries that it sends.
//!
//! Rules of its SQL parser: a mark is a line that begins with `--` and holds `+goose`; one that is indented, unknown or
//! doubled stops goose. Outside `StatementBegin`/`StatementEnd` a query ends with a line whose last word before a `--`
//! comment ends in `;`; between them it is everything. Comment lines and empty lines before a query are dropped, other
//! comments belong to it. What is left at the end of a section without `;` is an error. `NO TRANSACTION` anywhere holds
//! for both directions. `ENVSUB ON` puts environment variables into the lines that follow, which cannot be known here.

use freehold_model::place::Span;

use crate::error::ReadError;
use crate::lexis::{self, Kind};
use crate::lines::{Line, lines};
use crate::script::SourceFile;

/// Which section is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// One direction's part of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// From the line after its mark to the next direction's mark or the end.
    pub(crate) span: Span,
    /// The queries that goose sends, as spans of the file.
    pub(crate) pieces: Vec<Span>,
    /// The line of `NO TRANSACTION`.
    pub(crate) no_transaction: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Up,
    Down,
    Begin,
    End,
    NoTransaction,
    SubstituteOn,
    SubstituteOff,
}

/// True for a line that is one of goose's marks.
pub(crate) fn is_mark(line: &str) -> bool {
    matches!(read_mark(line), Some(Ok(_)))
}

/// `None`: no mark; an error: goose takes it for a mark but does not know it.
fn read_mark(line: &str) -> Option<Result<Mark, &'static str>> {
    if !line.trim().starts_with("--") || !line.contains("+goose") {
        return None;
    }
    if line.starts_with([' ', '\t']) {
        return Some(Err("a goose mark must begin its line"));
    }
    let words = line.replace("--", "").replacen("+goose", "", 1);
    let words = words.trim().to_ascii_lowercase();
    Some(match words.as_str() {
        "up" => Ok(Mark::Up),
        "down" => Ok(Mark::Down),
        "statementbegin" => Ok(Mark::Begin),
        "statementend" => Ok(Mark::End),
        "no transaction" => Ok(Mark::NoTransaction),
        "envsub on" => Ok(Mark::SubstituteOn),
        "envsub off" => Ok(Mark::SubstituteOff),
        _ => Err(
            "goose does not know this mark; it knows Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, \
                  ENVSUB ON and ENVSUB OFF",
        ),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Before,
    Up,
    Down,
}

/// Reads the file once from top to bottom.
struct Reader<'f> {
    file: &'f SourceFile,
    wanted: Direction,
    part: Part,
    /// The line of a `StatementBegin` that is open.
    block: Option<usize>,
    /// First byte and line of the query that is being collected.
    query: Option<(usize, usize)>,
    /// The end of the query's last line so far.
    query_end: usize,
    /// After a block with nothing in it goose takes the next line for the block's end and drops it.
    dropping: bool,
    substitute: bool,
    no_transaction: Option<usize>,
    start: Option<usize>,
    end: usize,
    /// Each piece with whether it came from a block.
    pieces: Vec<(Span, bool)>,
}

/// Reads one direction of a file; `None` when it has no down section. Errors: [`ReadError::BadMark`] and
/// [`ReadError::Placeholder`], with the line.
pub(crate) fn section(file: &SourceFile, wanted: Direction) -> Result<Option<Section>, ReadError> {
    let mut reader = Reader {
        file,
        wanted,
        part: Part::Before,
        block: None,
        query: None,
        query_end: 0,
        dropping: false,
        substitute: false,
        no_transaction: None,
        start: None,
        end: file.text.len(),
        pieces: Vec::new(),
    };
    for line in lines(&file.text, file.body()) {
        reader.line(&line)?;
    }
    if reader.part == Part::Before {
        return Err(reader.bad(1, "there is no `-- +goose Up`, which goose requires"));
    }
    if let Some(line) = reader.block {
        return Err(reader.bad(line, "this `-- +goose StatementBegin` has no `-- +goose StatementEnd`"));
    }
    reader.no_unfinished_query()?;
    let Some(start) = reader.start else { return Ok(None) };
    reader.no_cut_quotes(start)?;
    Ok(Some(Section {
        span: Span::new(start, reader.end),
        pieces: reader.pieces.iter().map(|(span, _)| *span).collect(),
        no_transaction: reader.no_transaction,
    }))
}

impl Reader<'_> {
    fn bad(&self, line: usize, why: impl Into<String>) -> ReadError {
        ReadError::BadMark { format: "goose", path: self.file.path.clone(), line, why: why.into() }
    }

    fn is_wanted(&self) -> bool {
        matches!((self.part, self.wanted), (Part::Up, Direction::Up) | (Part::Down, Direction::Down))
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), ReadError> {
        match read_mark(line.text) {
            Some(Ok(mark)) => self.mark(mark, line),
            Some(Err(why)) => Err(self.bad(line.number, why)),
            None => self.text(line),
        }
    }

    fn mark(&mut self, mark: Mark, line: &Line<'_>) -> Result<(), ReadError> {
        match (mark, self.part, self.block) {
            (Mark::Up, Part::Before, _) => self.enter(Part::Up, line),
            (Mark::Up, ..) => return Err(self.bad(line.number, "a second `-- +goose Up`")),
            (Mark::Down, Part::Up, None) => {
                self.no_unfinished_query()?;
                self.enter(Part::Down, line);
            }
            (Mark::Down, Part::Before, _) => {
                return Err(self.bad(line.number, "`-- +goose Down` stands before `-- +goose Up`"));
            }
            (Mark::Down, Part::Up, Some(begin)) => {
                return Err(
                    self.bad(begin, "this `-- +goose StatementBegin` has no `-- +goose StatementEnd`")
                );
            }
            (Mark::Down, Part::Down, _) => return Err(self.bad(line.number, "a second `-- +goose Down`")),
            (Mark::Begin, Part::Up | Part::Down, None) => {
                self.block = Some(line.number);
                self.dropping = false;
            }
            (Mark::Begin, ..) => {
                return Err(self.bad(line.number, "`-- +goose StatementBegin` is not allowed here"));
            }
            (Mark::End, _, Some(_)) => self.end_block(),
            (Mark::End, _, None) => {
                return Err(
                    self.bad(line.number, "`-- +goose StatementEnd` has no `-- +goose StatementBegin`")
                );
            }
            (Mark::NoTransaction, ..) => {
                self.no_transaction.get_or_insert(line.number);
            }
            (Mark::SubstituteOn, ..) => self.substitute = true,
            (Mark::SubstituteOff, ..) => self.substitute = false,
        }
        Ok(())
    }

    fn enter(&mut self, part: Part, line: &Line<'_>) {
        if self.is_wanted() {
            self.end = line.span.start;
        }
        self.part = part;
        self.dropping = false;
        if self.is_wanted() {
            self.start = Some(line.next);
        }
    }

    fn end_block(&mut self) {
        self.block = None;
        if self.is_wanted() {
            self.dropping = self.query.is_none();
            self.finish(true);
        }
    }

    fn text(&mut self, line: &Line<'_>) -> Result<(), ReadError> {
        let is_comment = line.text.trim().starts_with("--");
        if self.part == Part::Before {
            if line.text.trim().is_empty() || is_comment {
                return Ok(());
            }
            return Err(
                self.bad(line.number, "something to run stands before `-- +goose Up`, which goose refuses")
            );
        }
        if !self.is_wanted() || (self.query.is_none() && (is_comment || line.text.is_empty())) {
            return Ok(());
        }
        if std::mem::take(&mut self.dropping) {
            if line.text.trim().is_empty() {
                return Ok(());
            }
            return Err(self.bad(
                line.number,
                "goose drops this line, because nothing to run stands between the StatementBegin and StatementEnd \
                 before it",
            ));
        }
        if self.substitute
            && let Some(at) = line.text.find('$')
        {
            let name: String =
                line.text.get(at..).unwrap_or("").chars().take_while(|c| !c.is_whitespace()).collect();
            let path = self.file.path.clone();
            return Err(ReadError::Placeholder { format: "goose", path, line: line.number, name });
        }
        self.query.get_or_insert((line.span.start, line.number));
        self.query_end = line.span.end;
        if self.block.is_none() && ends_with_semicolon(line.text) {
            self.finish(false);
        }
        Ok(())
    }

    fn finish(&mut self, block: bool) {
        let Some((start, _)) = self.query.take() else { return };
        let text = self.file.text.get(start..self.query_end).unwrap_or("");
        let start = start + (text.len() - text.trim_start().len());
        self.pieces.push((Span::new(start, start + text.trim().len()), block));
    }

    fn no_unfinished_query(&self) -> Result<(), ReadError> {
        let Some((start, line)) = self.query else { return Ok(()) };
        let text = self.file.text.get(start..self.query_end).unwrap_or("");
        if text.trim().is_empty() {
            return Ok(());
        }
        Err(self.bad(line, "what begins here ends without a `;` at the end of a line, which goose requires"))
    }

    /// Finds a query that goose cuts in the middle of a quoted text or a comment: the server would refuse both halves.
    fn no_cut_quotes(&self, start: usize) -> Result<(), ReadError> {
        let text = self.file.text.get(start..self.end).unwrap_or("");
        let mut ends = self.pieces.iter().filter(|(_, block)| !block).map(|(span, _)| span.end).peekable();
        for lexeme in lexis::lexemes(text) {
            let span = lexeme.span.shifted(start);
            while ends.peek().is_some_and(|end| *end <= span.start) {
                ends.next();
            }
            let inside = ends.peek().is_some_and(|end| *end < span.end);
            if inside
                && (lexeme.kind == Kind::Quoted
                    || text.get(lexeme.span.start..).is_some_and(|t| t.starts_with("/*")))
            {
                let cut = ends.peek().copied().unwrap_or(span.start);
                let line = self.file.line_column(cut).line;
                return Err(self.bad(
                    line,
                    "goose cuts the statement at the `;` that ends this line, in the middle of quoted text; put \
                     `-- +goose StatementBegin` and `-- +goose StatementEnd` around the statement",
                ));
            }
        }
        Ok(())
    }
}

/// True when the last word of the line before a word that begins with `--` ends in `;`.
pub(crate) fn ends_with_semicolon(line: &str) -> bool {
    line.split_whitespace()
        .take_while(|word| !word.starts_with("--"))
        .last()
        .is_some_and(|word| word.ends_with(';'))
}

#[cfg(test)]
mod tests;
