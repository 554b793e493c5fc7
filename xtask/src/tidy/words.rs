//! Words: nothing in the repository depends on, or speaks of, one particular machine.

use super::Problem;
use crate::tree::Tree;

/// Folders of single machines and addresses of package registries: programs are told these by their own settings.
/// Written in pieces, so that this file passes its own check.
const WORDS: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a folder of one machine"),
    (concat!("/tmp/", "helpers"), "a folder of one machine"),
    (concat!("/home/", "runner"), "a folder of one machine"),
    (concat!("registry.", "npmjs.org"), "an address of a registry: npm knows it"),
    (concat!("index.", "crates.io"), "an address of a registry: cargo knows it"),
    (concat!("static.", "crates.io"), "an address of a registry: cargo knows it"),
    (concat!("deb.", "debian.org"), "an address of a mirror: apt knows it"),
    (concat!("artifact", "ory"), "an address of a mirror"),
    (concat!("TO", "DO"), "unfinished work: do it or leave it out"),
    (concat!("FIX", "ME"), "unfinished work: do it or leave it out"),
];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| *path != "Cargo.lock") {
        for (number, line) in text.lines().enumerate() {
            for (word, why) in WORDS.iter().filter(|(word, _)| says(line, word)) {
                problems.push(Problem::at(path, number + 1, format!("says {word:?}, {why}")));
            }
        }
    }
    problems
}

/// Whether a line holds the word by itself, not as the end or beginning of a longer one.
fn says(line: &str, word: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|after| after.chars().next());
        let begins = !before.is_some_and(|c| inner(c) || (word.starts_with('/') && c == '.'));
        begins && (word.ends_with('/') || !after.is_some_and(inner))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(line: &str) -> usize {
        check(&Tree::of(&[("a.md", line)])).len()
    }

    #[test]
    fn machine_paths_are_found() {
        assert_eq!(count(concat!("see /wo", "rk/main/a.rs")), 1);
        assert_eq!(count(concat!("see src/wo", "rk/a.rs and ./wo", "rk/a")), 0);
    }

    #[test]
    fn registries_are_found() {
        assert_eq!(count(concat!("fetch https://deb.", "debian.org/debian")), 1);
        assert_eq!(count("see https://www.debian.org/"), 0);
        assert_eq!(count("rust-lang/crates.io"), 0);
    }

    #[test]
    fn unfinished_work_is_found() {
        assert_eq!(count(concat!("// TO", "DO: later")), 1);
        assert_eq!(count("TODOS are a table here, TODO_LIST too"), 0);
    }
}
