//! Pages: the files, packages, targets and tasks that a page names exist.

use super::Problem;
use crate::tree::Tree;

/// The folders of the root whose mention in code font is a path.
const FOLDERS: &[&str] = &["crates/", "docs/", "dev/", "examples/", "xtask/", ".ci/", ".config/"];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let names = Names::of(tree);
    let mut problems = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| is_page(path)) {
        let mut fenced = false;
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
                continue;
            }
            if fenced {
                continue;
            }
            let wrong = code_spans(line).filter_map(|code| names.wrong_code(tree, code));
            let wrong = wrong.chain(links(line).filter_map(|link| wrong_link(tree, path, link)));
            problems.extend(wrong.map(|message| Problem::at(path, number + 1, message)));
        }
    }
    problems
}

/// Pages about the project itself; the READMEs of examples speak of their own folders.
fn is_page(path: &str) -> bool {
    path.ends_with(".md") && (!path.contains('/') || path.starts_with("docs/") || path.starts_with("crates/"))
}

/// What the workspace calls things.
struct Names {
    packages: Vec<String>,
    targets: Vec<String>,
    tasks: &'static [&'static str],
}

impl Names {
    fn of(tree: &Tree) -> Self {
        let manifests = tree.texts().filter(|(path, _)| path.ends_with("Cargo.toml"));
        let packages = manifests
            .filter_map(|(_, text)| text.parse::<toml::Table>().ok())
            .filter_map(|manifest| Some(manifest.get("package")?.get("name")?.as_str()?.to_owned()))
            .collect();
        let targets = tree.text("Makefile").unwrap_or_default().lines();
        let targets = targets
            .filter(|line| !line.starts_with(['\t', '.', '#', ' ']))
            .filter_map(|line| line.split_once(':').map(|(name, _)| name.trim().to_owned()))
            .collect();
        Self { packages, targets, tasks: &["generate", "tidy", "new-rule", "new-proof", "help"] }
    }

    /// What is wrong with a piece of text in code font, if it names something of ours.
    fn wrong_code(&self, tree: &Tree, code: &str) -> Option<String> {
        let word = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
        if let Some(rest) = code.strip_prefix("make ") {
            let target = word(rest);
            let unknown = !target.contains(['=', '$', '<', '-']) && !self.targets.contains(&target);
            return unknown.then(|| format!("the Makefile has no target `{target}`"));
        }
        if let Some(rest) = code.strip_prefix("cargo xtask ") {
            let task = word(rest);
            return (!self.tasks.contains(&task.as_str())).then(|| format!("xtask has no task `{task}`"));
        }
        let code = word(code);
        let path = code.split_once(":").map_or(code.as_str(), |(path, _)| path);
        if FOLDERS.iter().any(|folder| path.starts_with(folder)) && !is_placeholder(path) {
            return (!exists(tree, path)).then(|| format!("`{path}` does not exist"));
        }
        let package = code.strip_prefix("freehold_").map_or_else(
            || code.strip_prefix("freehold-").map(|_| code.clone()),
            |rest| rest.split_once("::").map(|(room, _)| format!("freehold-{room}")),
        )?;
        let is_name = package.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        (is_name && !is_placeholder(&code) && !self.packages.contains(&package))
            .then(|| format!("there is no package `{package}`"))
    }
}

/// Whether every path that a braced pattern stands for is there: `a/{b,c}.sql` is two.
fn exists(tree: &Tree, path: &str) -> bool {
    match path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
        Some((before, (choices, after))) => {
            choices.split(',').all(|choice| exists(tree, &format!("{before}{choice}{after}")))
        }
        None => tree.has(path),
    }
}

/// Names that stand for others: `docs/rules/<id>.md`, `crates/NAME`, `dev/…`.
fn is_placeholder(text: &str) -> bool {
    text.contains(['<', '…', '$'])
        || text.contains("...")
        || text.split(['/', '.']).any(|part| {
            part.len() > 2 && part.chars().all(|c| c.is_ascii_uppercase() || c == '_') && part != "README"
        })
}

/// The texts in code font on a line.
fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The targets of Markdown links on a line.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// What is wrong with a link: one into the repository that leads nowhere.
fn wrong_link(tree: &Tree, page: &str, link: &str) -> Option<String> {
    let file = link.split('#').next().unwrap_or_default();
    if file.is_empty() || link.contains("://") || link.starts_with("mailto:") || link.contains(' ') {
        return None;
    }
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty() && !tree.has(&parts.join("/"))).then(|| format!("the link to {link} leads nowhere"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(page: &str) -> usize {
        check(&Tree::of(&[
            ("docs/page.md", page),
            ("docs/other.md", ""),
            ("dev/setup", ""),
            ("README.md", ""),
            ("Makefile", "test: setup ## all tests\n\t@dev/test\n"),
            ("crates/sql/Cargo.toml", "[package]\nname = \"freehold-sql\""),
        ]))
        .len()
    }

    #[test]
    fn a_path_in_code_font_exists() {
        assert_eq!(count("see `dev/setup`, `docs/`, `crates/*/Cargo.toml` and `docs/other.md:12`"), 0);
        assert_eq!(count("see `dev/set-up`"), 1);
        assert_eq!(count("see `crates/lint/src/lib.rs` and `docs/o*.txt`"), 2);
        assert_eq!(count("`docs/{page,other}.md`"), 0);
        assert_eq!(count("`docs/{page,missing}.md`"), 1);
        assert_eq!(
            count("`docs/rules/<id>.md`, `docs/NAME.md`, `docs/…`, src/nothing.rs, `src/yours.rs`"),
            0
        );
        assert_eq!(count("```\ndev/nothing `dev/nothing`\n```\n"), 0);
    }

    #[test]
    fn packages_targets_and_tasks_exist() {
        assert_eq!(count("`freehold-sql`, `freehold_sql::parse`, `freehold_scratch_1`, `freehold.toml`"), 0);
        assert_eq!(count("`freehold-lint`"), 1);
        assert_eq!(count("`freehold_lint::check`"), 1);
        assert_eq!(count("`make test`, `cargo xtask tidy`, `make -j2`"), 0);
        assert_eq!(count("`make coffee` and `cargo xtask brew`"), 2);
    }

    #[test]
    fn links_lead_somewhere() {
        assert_eq!(count("[a](other.md#part) [b](../README.md) [c](#here) [d](https://example.com/x)"), 0);
        assert_eq!(count("[a](missing.md)"), 1);
    }
}
