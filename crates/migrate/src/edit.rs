//! What an edit of a script changed: nothing that counts, comments, or what is run.

mod reading;

use std::time::Duration;

use similar::TextDiff;

use reading::Reading;

/// What kind of change an edit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// None.
    Same,
    /// Only line ends: `\r\n` for `\n` or the other way. Inside quotes they are a part of the value, so there they count
    /// as code, unless each of the texts has one kind of line ends throughout: then the whole file was converted, as
    /// version control does on a checkout.
    LineEnds,
    /// Only white space outside quotes, where it means nothing.
    WhiteSpace,
    /// Only comments that mean nothing to any tool, and perhaps white space.
    Comments,
    /// What is run: SQL, values in quotes and rows of `COPY` with every white space in them, or a comment that a tool
    /// reads (`-- +goose StatementBegin`, `-- freehold: allow …`).
    Code,
}

impl Edit {
    /// True when the script does the same as before.
    pub fn is_harmless(self) -> bool {
        self != Self::Code
    }
}

/// Compares two texts of a script: the kind of change, and the change as a unified diff from the old text to the new one.
/// The diff is empty where no line differs but in its end.
pub fn compare(old: &str, new: &str) -> (Edit, String) {
    (kind(old, new), diff(old, new))
}

fn kind(old: &str, new: &str) -> Edit {
    if old == new {
        return Edit::Same;
    }
    let (plain_old, plain_new) = (with_plain_ends(old), with_plain_ends(new));
    let converted = has_one_kind_of_ends(old) && has_one_kind_of_ends(new);
    // A file that was converted and changed as well is judged by its change.
    let (left, right) = if converted { (plain_old.as_str(), plain_new.as_str()) } else { (old, new) };
    if left == right {
        return Edit::LineEnds;
    }
    let (left, right) = (Reading::of(left), Reading::of(right));
    if !left.runs_the_same(&right) {
        Edit::Code
    } else if plain_old == plain_new {
        Edit::LineEnds
    } else if left.has_the_same_comments(&right) {
        Edit::WhiteSpace
    } else {
        Edit::Comments
    }
}

fn with_plain_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn has_one_kind_of_ends(text: &str) -> bool {
    let all = text.matches('\n').count();
    let long = text.matches("\r\n").count();
    long == 0 || long == all
}

/// How long a better diff is looked for; a rougher one is as true.
const DIFF_TIME: Duration = Duration::from_secs(1);

/// Lines around a change that are shown.
const CONTEXT: usize = 3;

fn diff(old: &str, new: &str) -> String {
    let (old, new) = (with_plain_ends(old), with_plain_ends(new));
    if old == new {
        return String::new();
    }
    let mut config = TextDiff::configure();
    let diff = config.timeout(DIFF_TIME).diff_lines(&old, &new);
    diff.unified_diff().context_radius(CONTEXT).header("applied", "file").to_string()
}

#[cfg(test)]
mod tests;
