//! `docs/tenancy/dependencies.md`: what an application takes in with the library, and why each crate is there.

#![expect(clippy::disallowed_methods, reason = "Cargo knows the tree")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    process::Command,
};

use crate::error::TaskError;

/// Crates that one direct dependency brings, in the tree of one choice of features.
type Tree = BTreeMap<String, BTreeSet<String>>;

/// The page.
pub(super) fn page(root: &Path) -> Result<String, TaskError> {
    let read = |name: &str| {
        let path = root.join(name);
        fs::read_to_string(&path).map_err(|source| TaskError::Read { path, source })
    };
    let (workspace, manifest) = (read("Cargo.toml")?, read("crates/tenancy/Cargo.toml")?);
    let usual = tree(root, &[])?;
    let whole = tree(root, &["--all-features"])?;
    let mut page = format!(
        "# What the library brings with it\n\n\
         Made by `cargo xtask generate` from the manifests and `cargo tree`; do not edit. Linux on x86-64.\n\n\
         `freehold-tenancy` depends on {} crates directly with its usual features, {} with all of them. With what those\n\
         bring, an application compiles {} crates, {} with all features; the feature `migrate` alone brings the runner of\n\
         migrations and with it PostgreSQL's grammar.\n\n\
         | crate | feature | why it is there | brings |\n|---|---|---|---|\n",
        usual.len(),
        whole.len(),
        all(&usual),
        all(&whole),
    );
    for (name, brought) in &whole {
        let why = reason(&workspace, name).unwrap_or("ours");
        let feature = features(&manifest, name).join(", ");
        let brought: Vec<&str> = brought.iter().map(String::as_str).collect();
        let brings = match brought.len() {
            0 => "nothing".to_owned(),
            1..=40 => brought.join(", "),
            more => format!("{more} crates: those of the tool's rooms below it"),
        };
        page.push_str(&format!("| `{name}` | {feature} | {} | {brings} |\n", why.replace('|', "\\|")));
    }
    Ok(page)
}

/// How many crates a tree has.
fn all(tree: &Tree) -> usize {
    let names: BTreeSet<&String> =
        tree.iter().flat_map(|(name, brought)| brought.iter().chain([name])).collect();
    names.len()
}

fn tree(root: &Path, features: &[&str]) -> Result<Tree, TaskError> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["tree", "-p", "freehold-tenancy", "-e", "normal", "--prefix", "depth"]);
    cargo.args(["--no-dedupe", "--target", "x86_64-unknown-linux-gnu"]).args(features);
    let command = "cargo tree".to_owned();
    let output = cargo.output().map_err(|source| TaskError::Start { command: command.clone(), source })?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(TaskError::Failed { command, words });
    }
    let text = String::from_utf8(output.stdout).map_err(|source| TaskError::NotText { command, source })?;
    Ok(read_tree(&text))
}

/// Lines such as `2aead v0.6.1`: how deep, and which crate.
fn read_tree(text: &str) -> Tree {
    let mut tree = Tree::new();
    let mut direct = String::new();
    for line in text.lines() {
        let digits = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(line.len());
        let (depth, rest) = line.split_at(digits);
        let name = rest.split(' ').next().unwrap_or_default().to_owned();
        match depth.parse::<usize>() {
            Ok(0) | Err(_) => {}
            Ok(1) => {
                tree.entry(name.clone()).or_default();
                direct = name;
            }
            Ok(_) => {
                tree.entry(direct.clone()).or_default().insert(name);
            }
        }
    }
    tree
}

/// The comment beside a dependency of the workspace.
fn reason<'w>(workspace: &'w str, name: &str) -> Option<&'w str> {
    let line = workspace.lines().find(|line| line.split('=').next().is_some_and(|key| key.trim() == name))?;
    line.rsplit_once("# ").map(|(_, why)| why.trim())
}

/// The features that bring an optional dependency.
fn features<'m>(manifest: &'m str, name: &str) -> Vec<&'m str> {
    let wanted = format!("\"dep:{name}\"");
    let lines = manifest.lines().filter(|line| line.contains(&wanted));
    lines.filter_map(|line| line.split('=').next().map(str::trim)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_read_by_its_depths() {
        let tree = read_tree("0own v1\n1a v1\n2b v1\n3c v1 (*)\n1d v2 (proc-macro)\n");
        assert_eq!(tree["a"], BTreeSet::from(["b".to_owned(), "c".to_owned()]));
        assert_eq!(tree["d"], BTreeSet::new());
        assert_eq!(all(&tree), 4);
    }

    #[test]
    fn reasons_and_features_are_found() {
        assert_eq!(reason("a = \"1\" # not this\nab = { version = \"1\" } # this\n", "ab"), Some("this"));
        assert_eq!(reason("a = \"1\"\n", "b"), None);
        assert_eq!(features("x = [\"dep:a\", \"dep:b\"]\ny = [\"dep:a\"]", "a"), ["x", "y"]);
    }
}
