//! The lines of a text with their places.

use freehold_model::place::Span;

/// A line without its end (`\n` or `\r\n`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// From 1.
    pub(crate) number: usize,
    /// The bytes of the text that are this line, without the line's end.
    pub(crate) span: Span,
    /// The first byte after the line's end.
    pub(crate) next: usize,
    /// The line.
    pub(crate) text: &'a str,
}

/// The lines of a span of a text; numbers count from the beginning of the span.
pub(crate) fn lines(text: &str, within: Span) -> impl Iterator<Item = Line<'_>> {
    let mut at = within.start;
    text.get(within.start..within.end).unwrap_or("").split_inclusive('\n').enumerate().map(
        move |(index, whole)| {
            let bare = whole.strip_suffix('\n').unwrap_or(whole);
            let bare = bare.strip_suffix('\r').unwrap_or(bare);
            let line = Line {
                number: index + 1,
                span: Span::new(at, at + bare.len()),
                next: at + whole.len(),
                text: bare,
            };
            at += whole.len();
            line
        },
    )
}
