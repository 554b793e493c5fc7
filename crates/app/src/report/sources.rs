//! The texts of the files that a report speaks of, for showing source lines. They travel beside the report.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use super::finding::slashed;

/// File names as the report writes them, with their whole texts. Not serialised.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    texts: BTreeMap<String, Arc<str>>,
}

impl Sources {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; `path` must be what places in the report say.
    pub fn add(&mut self, path: &Path, text: impl Into<Arc<str>>) {
        self.texts.insert(slashed(path), text.into());
    }

    /// Hides what stands in quotes on these lines of a file, counted from 1: a secret must not be shown once more.
    pub fn hide(&mut self, file: &str, lines: std::ops::RangeInclusive<usize>) {
        let Some(text) = self.texts.get_mut(file) else { return };
        let hidden: String = text
            .split_inclusive('\n')
            .enumerate()
            .map(
                |(number, line)| {
                    if lines.contains(&(number + 1)) { without_quoted(line) } else { line.to_owned() }
                },
            )
            .collect();
        *text = hidden.into();
    }

    /// The text of a file that the report names.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(AsRef::as_ref)
    }
}

/// The line with a star for each character that stands in single quotes, so that columns stay right.
fn without_quoted(line: &str) -> String {
    let mut inside = false;
    line.chars()
        .map(|character| match character {
            '\'' => {
                inside = !inside;
                character
            }
            '\n' | '\r' => character,
            _ if inside => '*',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_quotes_is_hidden_on_the_line_alone() {
        let mut sources = Sources::new();
        sources.add(Path::new("a.sql"), "select 'x';\nalter role é password 'hünter2';\nselect 'y';\n");
        sources.hide("a.sql", 2..=2);
        assert_eq!(
            sources.text("a.sql"),
            Some("select 'x';\nalter role é password '*******';\nselect 'y';\n")
        );
    }
}
