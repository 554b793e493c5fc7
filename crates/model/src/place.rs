//! Where something stands in a file: byte spans, and lines and columns counted from 1.

use std::path::{Path, PathBuf};

/// A range of bytes in a text, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The same span in a text that has `offset` more bytes in front.
    pub fn shifted(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }
}

/// A line and a column, both counted from 1; the column counts characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The byte offsets at which lines of a text begin: made once, asked often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Reads the text once; lines end at `\n` (so `\r\n` too).
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1));
        Self { starts }
    }

    /// Line and column of a byte offset in the text that the index was made from. An offset past the end gives the
    /// end; one inside a character gives that character. A byte order mark is no character of the first line.
    pub fn line_column(&self, text: &str, offset: usize) -> LineColumn {
        let offset = offset.min(text.len());
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let mark = if line == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let start = self.starts.get(line).copied().unwrap_or(0) + mark;
        let column = text.get(start..).map_or(0, |rest| {
            rest.char_indices().take_while(|(i, c)| start + i + c.len_utf8() <= offset).count()
        });
        LineColumn { line: line + 1, column: column + 1 }
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the project where that is possible.
    pub file: PathBuf,
    /// Where the span begins.
    pub start: LineColumn,
    /// Where the span ends (exclusive).
    pub end: LineColumn,
    /// The bytes in the file.
    pub span: Span,
}

impl Place {
    /// A place from a span of the whole file's text.
    pub fn in_file(file: &Path, text: &str, index: &LineIndex, span: Span) -> Self {
        Self {
            file: file.to_owned(),
            start: index.line_column(text, span.start),
            end: index.line_column(text, span.end),
            span,
        }
    }

    /// The first line of a file, for what concerns the file as a whole.
    pub fn whole_file(file: &Path) -> Self {
        let top = LineColumn { line: 1, column: 1 };
        Self { file: file.to_owned(), start: top, end: top, span: Span::new(0, 0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let text = "select 1;\r\nsélect 2;\n";
        let index = LineIndex::new(text);
        assert_eq!(index.line_column(text, 0), LineColumn { line: 1, column: 1 });
        let second = text.find("lect 2").unwrap();
        assert_eq!(index.line_column(text, second), LineColumn { line: 2, column: 3 });
        assert_eq!(index.line_column(text, 9999), LineColumn { line: 3, column: 1 });
    }

    #[test]
    fn a_byte_order_mark_moves_no_column() {
        let text = "\u{feff}select 1;\nselect 2;";
        let index = LineIndex::new(text);
        assert_eq!(index.line_column(text, 0), LineColumn { line: 1, column: 1 });
        assert_eq!(index.line_column(text, 3), LineColumn { line: 1, column: 1 });
        assert_eq!(index.line_column(text, 10), LineColumn { line: 1, column: 8 });
        assert_eq!(index.line_column(text, text.find("2").unwrap()), LineColumn { line: 2, column: 8 });
    }

    proptest! {
        #[test]
        fn a_character_is_found_again_by_its_line_and_column(text in "[a-zé\n]{0,60}", pick in 0usize..60) {
            let index = LineIndex::new(&text);
            let Some((offset, _)) = text.char_indices().nth(pick) else { return Ok(()) };
            let at = index.line_column(&text, offset);
            let line = text.split('\n').nth(at.line - 1).unwrap_or("");
            let before: usize = text.split('\n').take(at.line - 1).map(|l| l.len() + 1).sum();
            let within: usize = line.chars().take(at.column - 1).map(char::len_utf8).sum();
            prop_assert_eq!(before + within, offset);
        }
    }
}
