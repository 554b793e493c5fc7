//! Rust files: a first line that says what the file is, no heaps, no names without a meaning.

use super::Problem;
use crate::tree::Tree;

/// Lines from which a file is counted as long.
pub(super) const LONG: usize = 350;
/// Lines from which a file is refused.
const TOO_LONG: usize = 500;
/// Names that collect whatever has no place.
const HEAPS: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc"];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    tree.rust().flat_map(|(path, text)| check_file(path, text)).collect()
}

fn check_file(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let said = text.lines().next().and_then(|line| line.strip_prefix("//!"));
    if said.is_none_or(|said| said.trim().is_empty()) {
        problems.push(Problem::at(path, 1, "the first line must be `//!` and say what the file is"));
    }
    let lines = text.lines().count();
    if lines > TOO_LONG {
        problems.push(Problem::in_file(
            path,
            format!("{lines} lines, at most {TOO_LONG}: split it at its first noun"),
        ));
    }
    let mut parts = path.rsplit('/');
    let stem = parts.next().unwrap_or_default().trim_end_matches(".rs");
    if stem == "mod" {
        problems.push(Problem::in_file(path, "modules are `foo.rs` beside `foo/`, not `foo/mod.rs`"));
    }
    if HEAPS.contains(&stem) || parts.any(|folder| HEAPS.contains(&folder)) {
        problems.push(Problem::in_file(path, "name the file after what it holds"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(count("a.rs", "//! Names.\nfn a() {}\n"), 0);
        assert_eq!(count("a.rs", "fn a() {}\n"), 1);
        assert_eq!(count("a.rs", "//!\nfn a() {}\n"), 1);
        assert_eq!(count("a.rs", ""), 1);
    }

    #[test]
    fn a_file_of_five_hundred_lines_is_the_longest() {
        let file = |lines: usize| format!("//! Names.\n{}", "\n".repeat(lines - 1));
        assert_eq!(count("a.rs", &file(500)), 0);
        assert_eq!(count("a.rs", &file(501)), 1);
    }

    #[test]
    fn heaps_and_mod_files_are_refused() {
        assert_eq!(count("crates/a/src/names.rs", "//! N."), 0);
        assert_eq!(count("crates/a/src/names/mod.rs", "//! N."), 1);
        assert_eq!(count("crates/a/src/utils.rs", "//! N."), 1);
        assert_eq!(count("crates/a/tests/common/server.rs", "//! N."), 1);
        assert_eq!(count("crates/a/src/commonplace.rs", "//! N."), 0);
    }
}
