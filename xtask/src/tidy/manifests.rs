//! Manifests: every dependency has a reason, is declared once for the workspace, and every crate takes the lints.

use super::Problem;
use crate::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = reasons(tree.text("Cargo.toml").unwrap_or_default());
    let members = tree.texts().filter(|(path, _)| {
        path.ends_with("/Cargo.toml") && (path.starts_with("crates/") || path.starts_with("xtask/"))
    });
    for (path, text) in members {
        problems.extend(inherited(path, text));
    }
    problems
}

/// The dependencies, lints and profiles of the root manifest say why they are there.
fn reasons(root: &str) -> Vec<Problem> {
    let mut section = "";
    let mut problems = Vec::new();
    for (number, line) in root.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line;
        }
        let asked = section == "[workspace.dependencies]" || section.starts_with("[workspace.lints");
        let declares = line.starts_with(|c: char| c.is_alphanumeric()) && line.contains('=');
        if asked && declares && !line.starts_with("freehold-") && comment(line).is_none_or(str::is_empty) {
            let name = line.split('=').next().unwrap_or_default().trim();
            problems.push(Problem::at("Cargo.toml", number + 1, format!("say beside {name} why it is here")));
        }
    }
    problems
}

/// The comment at the end of a line of TOML, outside of strings.
fn comment(line: &str) -> Option<&str> {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => return line.get(at + 1..).map(str::trim),
            _ => {}
        }
    }
    None
}

/// A member's dependencies come from the workspace, and so do its lints.
fn inherited(path: &str, text: &str) -> Vec<Problem> {
    let Ok(manifest) = text.parse::<toml::Table>() else { return Vec::new() };
    let mut problems = Vec::new();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else { continue };
        for (name, value) in table {
            let inherits = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
            if !inherits {
                let message = format!(
                    "declare {name} in the root manifest, with a reason, and write `{name}.workspace = true`"
                );
                problems.push(Problem::in_file(path, message));
            }
        }
    }
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    if lints != Some(true) {
        problems.push(Problem::in_file(path, "take the workspace's lints: `[lints]`, `workspace = true`"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_says_why_it_is_there() {
        let root = |line: &str| {
            check(&Tree::of(&[("Cargo.toml", &format!("[workspace.dependencies]\n{line}\n"))])).len()
        };
        assert_eq!(root("url = \"2\" # connection URLs"), 0);
        assert_eq!(root("url = \"2\""), 1);
        assert_eq!(root("url = \"2\" #"), 1);
        assert_eq!(root("url = { git = \"https://example.com/#x\" }"), 1);
        assert_eq!(root("freehold-sql = { path = \"crates/sql\" }"), 0);
        assert_eq!(root("# a heading"), 0);
    }

    #[test]
    fn a_member_takes_dependencies_and_lints_from_the_workspace() {
        let member = |text: &str| check(&Tree::of(&[("crates/sql/Cargo.toml", text)])).len();
        assert_eq!(member("[dependencies]\nurl.workspace = true\n[lints]\nworkspace = true"), 0);
        assert_eq!(member("[dependencies]\nurl = \"2\"\n[lints]\nworkspace = true"), 1);
        assert_eq!(member("[dependencies]\nurl.workspace = true"), 1);
    }
}
