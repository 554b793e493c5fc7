//! What an edit of a script changed.

use crate::lexis;

/// What kind of change an edit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// None.
    Same,
    /// Only line ends.
    LineEnds,
    /// Only white space.
    WhiteSpace,
    /// Only comments, and perhaps white space.
    Comments,
    /// What is run.
    Code,
}

/// Compares two texts of a script: the kind of change, and the change as a diff.
pub fn compare(old: &str, new: &str) -> (Edit, String) {
    let words = |text: &str, comments: bool| -> Vec<String> {
        lexis::lexemes(text)
            .filter(|l| l.kind != lexis::Kind::Space && (comments || l.kind != lexis::Kind::Comment))
            .map(|l| text.get(l.span.start..l.span.end).unwrap_or("").to_owned())
            .collect()
    };
    let edit = if old == new {
        Edit::Same
    } else if old.replace("\r\n", "\n") == new.replace("\r\n", "\n") {
        Edit::LineEnds
    } else if words(old, true) == words(new, true) {
        Edit::WhiteSpace
    } else if words(old, false) == words(new, false) {
        Edit::Comments
    } else {
        Edit::Code
    };
    (edit, String::new())
}
