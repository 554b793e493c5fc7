//! Source lines with a caret, in the manner of rustc.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};
use freehold_model::place::{LineColumn, LineIndex, Span};

use super::visible::push_visible;
use crate::explain::Excerpt;

/// Lines longer than this many characters are cut around the mark.
const LONGEST_LINE: usize = 240;
/// At most so many lines of a marked span are shown.
const MOST_LINES: usize = 12;

/// The lines around a span, made visible, and the span within them.
pub(super) struct Window {
    /// The lines, each ended by a newline.
    pub(super) text: String,
    /// The number of the first of them in the file.
    pub(super) first_line: usize,
    /// The marked bytes of `text`.
    pub(super) mark: std::ops::Range<usize>,
    /// How many lines of the span are not shown.
    pub(super) left_out: usize,
}

impl Window {
    /// Cuts the window out of a file's text. `None` when the span does not lie in the text.
    pub(super) fn around(text: &str, span: Span) -> Option<Self> {
        let end = span.end.min(text.len());
        let marked = text.get(span.start..end)?;
        let begin = text.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
        let stop = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at);
        let index_of_first = text.get(..begin)?.matches('\n').count() + 1;
        let all_lines = marked.trim_end().matches('\n').count() + 1;
        let mut window = Self { text: String::new(), first_line: index_of_first, mark: 0..0, left_out: 0 };
        let mut started = false;
        let mut at = begin;
        for (number, line) in text.get(begin..stop)?.split('\n').enumerate() {
            if number == MOST_LINES.min(all_lines) {
                window.left_out = all_lines.saturating_sub(number);
                break;
            }
            let from = span.start.clamp(at, at + line.len()) - at;
            let to = end.clamp(at, at + line.len()) - at;
            let marked = window.push_line(line, from, to);
            if !started {
                window.mark.start = marked.start;
                started = true;
            }
            if marked.end > marked.start || number == 0 {
                window.mark.end = marked.end;
            }
            window.text.push('\n');
            at += line.len() + 1;
        }
        Some(window)
    }

    /// Appends one line, cut if it is long, and gives the place of its bytes `from..to` in the window.
    fn push_line(&mut self, line: &str, from: usize, to: usize) -> std::ops::Range<usize> {
        let line = line.trim_end_matches('\r');
        let before = line.get(..from).map_or(0, |text| text.chars().count());
        let skip =
            if line.chars().count() > LONGEST_LINE { before.saturating_sub(LONGEST_LINE / 3) } else { 0 };
        let mut range = None;
        let mut end = None;
        if skip > 0 {
            self.text.push('…');
        }
        for (number, (offset, character)) in line.char_indices().enumerate() {
            if number < skip {
                continue;
            }
            if number >= skip + LONGEST_LINE {
                end.get_or_insert(self.text.len());
                self.text.push('…');
                break;
            }
            if offset >= from {
                range.get_or_insert(self.text.len());
            }
            if offset >= to {
                end.get_or_insert(self.text.len());
            }
            push_visible(character, &mut self.text);
        }
        let start = range.unwrap_or(self.text.len());
        start..end.unwrap_or(self.text.len()).max(start)
    }
}

pub(super) fn drawer(width: usize) -> Renderer {
    Renderer::styled().decor_style(DecorStyle::Ascii).term_width(width.max(40))
}

/// An error's message above the lines that it is about, with terminal styles; one snippet for each mark.
pub fn show_excerpt(excerpt: &Excerpt, title: &str, help: Option<&str>, width: usize) -> String {
    let title = super::visible(title);
    let index = LineIndex::new(&excerpt.text);
    let mut group = Group::with_title(Level::ERROR.primary_title(title.as_str()));
    let file = super::one_line(&excerpt.file);
    let windows: Vec<(Window, String, LineColumn)> = excerpt
        .marks
        .iter()
        .filter_map(|(span, label)| {
            let at = index.line_column(&excerpt.text, span.start);
            Some((Window::around(&excerpt.text, *span)?, super::one_line(label), at))
        })
        .collect();
    let mut origins = Vec::new();
    for (window, label, at) in &windows {
        let label = (windows.len() > 1 || !title.contains(label.as_str())).then_some(label.as_str());
        let mark = AnnotationKind::Primary.span(window.mark.clone()).label(label);
        let snippet = Snippet::source(window.text.as_str()).line_start(window.first_line);
        group = group.element(snippet.path(ORIGIN).annotation(mark));
        origins.push(origin(&file, at.line, at.column));
    }
    let help = help.map(super::visible);
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    with_origins(&drawer(width).render(&[group]), &origins)
}

/// Stands for a path while the drawer works. A noncharacter of Unicode, which `visible` never lets through.
pub(super) const ORIGIN: &str = "\u{fdd0}";

/// A place as the origin of a snippet.
pub(super) fn origin(file: &str, line: usize, column: usize) -> String {
    format!("{file}:{line}:{column}")
}

/// The drawn text with the true origins. The drawer counts the columns of the window, which was cut and widened.
pub(super) fn with_origins(drawn: &str, origins: &[String]) -> String {
    let mut pieces = drawn.split(ORIGIN);
    let mut text = pieces.next().unwrap_or_default().to_owned();
    let mut origins = origins.iter();
    for piece in pieces {
        text.push_str(origins.next().map_or("", String::as_str));
        text.push_str(piece.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit()));
    }
    text
}
