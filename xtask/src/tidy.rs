//! Looks for what compilers do not see. Each check is a file here and a line on the list.

mod floors;
mod lists;
mod manifests;
mod pages;
mod sources;
mod words;

use std::fmt;

use crate::tree::Tree;

/// Something that is not as it should be, with what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// From the root.
    pub(crate) path: String,
    /// From 1; 0 for the whole file.
    pub(crate) line: usize,
    /// What is wrong and what to do, as a clause.
    pub(crate) message: String,
}

impl Problem {
    fn in_file(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: 0, message: message.into() }
    }

    fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Every check.
const CHECKS: &[fn(&Tree) -> Vec<Problem>] =
    &[sources::check, floors::check, lists::check, pages::check, words::check, manifests::check];

/// What tidy found.
#[derive(Debug)]
pub(crate) struct Tidied {
    /// In order of their paths.
    pub(crate) problems: Vec<Problem>,
    rust_files: usize,
    long_files: usize,
}

impl Tidied {
    /// One line for the end.
    pub(crate) fn summary(&self) -> String {
        format!(
            "tidy: {} Rust files, {} of them over {} lines; {} problems",
            self.rust_files,
            self.long_files,
            sources::LONG,
            self.problems.len()
        )
    }
}

/// Runs every check.
pub(crate) fn tidy(tree: &Tree) -> Tidied {
    let mut problems: Vec<Problem> = CHECKS.iter().flat_map(|check| check(tree)).collect();
    problems.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    let long = |(_, text): &(&str, &str)| text.lines().count() > sources::LONG;
    Tidied { problems, rust_files: tree.rust().count(), long_files: tree.rust().filter(long).count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_itself_is_read_and_counted() {
        let tree = Tree::read(&crate::root()).unwrap();
        assert!(tidy(&tree).rust_files > 50);
    }

    #[test]
    fn a_problem_is_shown_with_the_line_where_it_has_one() {
        assert_eq!(Problem::at("a.rs", 3, "is odd").to_string(), "a.rs:3: is odd");
        assert_eq!(Problem::in_file("a.rs", "is odd").to_string(), "a.rs: is odd");
    }
}
