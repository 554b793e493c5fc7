//! From places of the program to positions of the protocol: lines from 0, columns in UTF-16 units.

use freehold_app::{
    Severity,
    lint::editor::{LockHint, Problem},
    place::{LineColumn, Place},
};
use tower_lsp_server::ls_types::{
    CodeDescription, Diagnostic, DiagnosticSeverity, InlayHint, InlayHintLabel, InlayHintTooltip,
    NumberOrString, Position, Range,
};

/// The place as a range of the text that it is in.
pub(super) fn range(text: &str, place: &Place) -> Range {
    Range { start: position(text, place.start), end: position(text, place.end) }
}

/// Line and column as a position.
pub(super) fn position(text: &str, at: LineColumn) -> Position {
    let line = text.split('\n').nth(at.line.saturating_sub(1)).unwrap_or("");
    let units: usize = line.chars().take(at.column.saturating_sub(1)).map(char::len_utf16).sum();
    Position { line: number(at.line.saturating_sub(1)), character: number(units) }
}

/// The position of a byte of the text.
pub(super) fn position_of(text: &str, byte: usize) -> Position {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let units: usize = before.get(start..).unwrap_or("").chars().map(char::len_utf16).sum();
    Position { line: number(line), character: number(units) }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A problem as editors show it.
pub(super) fn diagnostic(text: &str, problem: &Problem) -> Diagnostic {
    Diagnostic {
        range: range(text, &problem.place),
        severity: Some(match problem.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Note => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(format!("{} {}", problem.code, problem.rule))),
        code_description: None::<CodeDescription>,
        source: Some("freehold".to_owned()),
        message: problem.message.clone(),
        ..Diagnostic::default()
    }
}

/// A lock as a hint at the end of its statement.
pub(super) fn hint(text: &str, lock: &LockHint) -> InlayHint {
    InlayHint {
        position: position(text, lock.place.end),
        label: InlayHintLabel::String(lock.label.clone()),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(lock.detail.clone())),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}

/// True when two ranges share a position.
pub(super) fn touch(one: &Range, other: &Range) -> bool {
    one.start <= other.end && other.start <= one.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_utf_16() {
        let text = "a\né😀b\n";
        let at = |line, column| position(text, LineColumn { line, column });
        assert_eq!(at(1, 1), Position { line: 0, character: 0 });
        assert_eq!(at(2, 2), Position { line: 1, character: 1 });
        assert_eq!(at(2, 3), Position { line: 1, character: 3 });
        assert_eq!(position_of(text, text.find('b').unwrap()), Position { line: 1, character: 3 });
    }
}
