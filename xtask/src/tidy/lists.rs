//! Lists: every Rust file is a declared module, and every unit (format, renderer, proof, rule, catalog reader,
//! command) is on its room's list.

use super::Problem;
use crate::tree::Tree;

/// A folder of units and the list that registers them.
struct Units {
    /// What one is called.
    what: &'static str,
    /// The folder of their files, with a slash at the end.
    folder: &'static str,
    /// A text that only the file of a unit has: other files of the folder serve several units.
    mark: &'static str,
    /// The file with the list.
    list_file: &'static str,
    /// How the list begins; it ends with the next `];`. Empty where the whole file is the list.
    list: &'static str,
}

const UNITS: &[Units] = &[
    Units {
        what: "format",
        folder: "crates/migrate/src/formats/",
        mark: "impl Format for ",
        list_file: "crates/migrate/src/format.rs",
        list: "static FORMATS",
    },
    Units {
        what: "renderer",
        folder: "crates/app/src/render/",
        mark: "impl Renderer for ",
        list_file: "crates/app/src/render.rs",
        list: "static RENDERERS",
    },
    Units {
        what: "audit",
        folder: "crates/operate/src/roles/audit/",
        mark: "static RULE: Rule",
        list_file: "crates/operate/src/roles/audit.rs",
        list: "static AUDITS",
    },
    Units {
        what: "proof",
        folder: "crates/prove/src/proofs/",
        mark: "static RULE: Rule",
        list_file: "crates/prove/src/proofs.rs",
        list: "static PROOFS",
    },
    Units {
        what: "rule of the tenant line",
        folder: "crates/prove/src/isolation/rules/",
        mark: "static RULE: Rule",
        list_file: "crates/prove/src/isolation/rules.rs",
        list: "static RULES",
    },
    Units {
        what: "rule about files",
        folder: "crates/app/src/file_rules/",
        mark: "static RULE: Rule",
        list_file: "crates/app/src/file_rules.rs",
        list: "static ALL",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/locks/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/locks.rs",
        list: "static RULES",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/transactions/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/transactions.rs",
        list: "static RULES",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/rewrites/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/rewrites.rs",
        list: "static RULES",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/constraints/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/constraints.rs",
        list: "static RULES",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/data_loss/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/data_loss.rs",
        list: "static RULES",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/compatibility/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/compatibility.rs",
        list: "static RULES",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/indexes/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/indexes.rs",
        list: "static RULES",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/types/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/types.rs",
        list: "static RULES",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/tenancy/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/tenancy.rs",
        list: "static RULES",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/security/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/security.rs",
        list: "static RULES",
    },
    Units {
        what: "rule",
        folder: "crates/lint/src/rules/design/",
        mark: "static RULE: LintRule",
        list_file: "crates/lint/src/rules/design.rs",
        list: "static RULES",
    },
    Units {
        what: "reader of the catalog",
        folder: "crates/db/src/catalog/part/",
        mark: "include_str!(",
        list_file: "crates/db/src/catalog/part.rs",
        list: "",
    },
    Units {
        what: "command",
        folder: "crates/cli/src/commands/",
        mark: "fn run(",
        list_file: "crates/cli/src/commands.rs",
        list: "",
    },
];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems: Vec<Problem> = tree.rust().filter_map(|(path, _)| undeclared(tree, path)).collect();
    problems.extend(UNITS.iter().flat_map(|units| unlisted(tree, units)));
    problems.extend(tree.rust().flat_map(|(path, text)| misnamed_rule(path, text)));
    problems.extend(unused_sql(tree));
    problems
}

/// A file under `src` that no `mod` declares is compiled by nobody.
fn undeclared(tree: &Tree, path: &str) -> Option<Problem> {
    let (root, inner) = path.split_once("/src/")?;
    if !(root == "xtask" || root.starts_with("crates/")) || inner.starts_with("bin/") {
        return None;
    }
    let (folder, stem) = match inner.rsplit_once('/') {
        Some((folder, file)) => (Some(folder), file.strip_suffix(".rs")?),
        None => (None, inner.strip_suffix(".rs")?),
    };
    let parents: Vec<String> = match folder {
        None if stem == "lib" || stem == "main" => return None,
        None => vec![format!("{root}/src/lib.rs"), format!("{root}/src/main.rs")],
        Some(folder) => vec![format!("{root}/src/{folder}.rs")],
    };
    let declared = parents.iter().filter_map(|parent| tree.text(parent)).any(|text| {
        text.lines().any(|line| declares(line, stem)) || text.contains(&format!("#[path = \"{stem}.rs\"]"))
    });
    (!declared).then(|| Problem::in_file(path, format!("no `mod {stem};` in {}", parents.join(" or "))))
}

/// Whether a line is the declaration of a module in a file of its own.
fn declares(line: &str, stem: &str) -> bool {
    let words = line.split("//").next().unwrap_or_default().trim();
    words.strip_suffix(';').and_then(|words| words.rsplit_once("mod ")).is_some_and(|(before, name)| {
        name.trim() == stem && (before.is_empty() || before.ends_with([' ', ']']))
    })
}

fn unlisted(tree: &Tree, units: &Units) -> Vec<Problem> {
    let list = tree.text(units.list_file).and_then(|text| {
        let from = text.get(text.find(units.list)?..)?;
        if units.list.is_empty() { Some(from) } else { from.get(..from.find("];")?) }
    });
    let files = tree.rust().filter(|(path, text)| {
        path.strip_prefix(units.folder).is_some_and(|rest| !rest.contains('/')) && text.contains(units.mark)
    });
    let mut problems = Vec::new();
    for (path, _) in files {
        let stem = path.trim_start_matches(units.folder).trim_end_matches(".rs");
        let used = |list: &str| {
            list.match_indices(&format!("{stem}::")).any(|(at, _)| {
                !list
                    .get(..at)
                    .and_then(|b| b.chars().next_back())
                    .is_some_and(|c| c.is_alphanumeric() || c == '_')
            })
        };
        if !list.is_some_and(used) {
            let list = if units.list.is_empty() { "list" } else { units.list };
            let message = format!("this {} is not on the {list} in {}", units.what, units.list_file);
            problems.push(Problem::in_file(path, message));
        }
    }
    problems
}

/// Whether the file of the query's folder includes its queries by a list of their names.
fn named_by_its_folder(tree: &Tree, path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let quoted = format!("\"{}\"", name.trim_end_matches(".sql"));
    tree.text(&format!("{folder}.rs"))
        .is_some_and(|text| text.contains("include_str!(concat!(") && text.contains(&quoted))
}

/// A query beside the sources that no source includes is run by nobody.
fn unused_sql(tree: &Tree) -> Vec<Problem> {
    let queries = tree.texts().filter(|(path, _)| path.starts_with("crates/") && path.ends_with(".sql"));
    let mut problems = Vec::new();
    for (path, _) in queries.filter(|(path, _)| path.contains("/src/")) {
        let name = path.rsplit('/').next().unwrap_or_default();
        let quoted = format!("{name}\"");
        let included = |text: &str| {
            text.match_indices("include_str!(").any(|(at, _)| {
                let call = text.get(at..).and_then(|call| call.split(')').next()).unwrap_or_default();
                call.contains(&format!("\"{quoted}")) || call.contains(&format!("/{quoted}"))
            })
        };
        if !tree.rust().any(|(_, text)| included(text)) && !named_by_its_folder(tree, path) {
            problems.push(Problem::in_file(path, "no source includes this query"));
        }
    }
    problems
}

/// Parts that the page of every rule has.
const SECTIONS: &[&str] = &["## What it finds", "## Why it hurts", "## Do instead", "## When to ignore"];

/// A file with a rule is named like it, and its module doc is a whole page.
fn misnamed_rule(path: &str, text: &str) -> Vec<Problem> {
    let is_rule = path.starts_with("crates/") && path.contains("/src/");
    let shapes = ["static RULE: Rule = Rule {", "static RULE: LintRule = LintRule {"];
    let start = shapes.iter().find_map(|shape| text.find(shape)).filter(|_| is_rule);
    let Some(start) = start else { return Vec::new() };
    let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    let mut problems = Vec::new();
    let expected = format!("id: \"{}\"", stem.replace('_', "-"));
    if !text.get(start..).is_some_and(|rule| rule.contains(&expected)) {
        problems.push(Problem::in_file(path, format!("a rule is named like its file: {expected}")));
    }
    let page: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    for section in SECTIONS.iter().filter(|section| !page.contains(section)) {
        problems.push(Problem::in_file(path, format!("the rule's page has no section `{section}`")));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_that_no_module_declares_is_found() {
        let declared = |lib: &str| messages(&[("crates/a/src/lib.rs", lib), ("crates/a/src/b.rs", "")]).len();
        assert_eq!(declared("mod b;"), 0);
        assert_eq!(declared("pub(crate) mod b; // why"), 0);
        assert_eq!(declared("#[cfg(test)] mod b;"), 0);
        assert_eq!(declared("// mod b;"), 1);
        assert_eq!(declared("mod bb;"), 1);
        assert_eq!(declared("mod b { }"), 1);
    }

    #[test]
    fn a_file_in_a_folder_is_declared_beside_the_folder() {
        let files = |parent: &'static str| {
            [("crates/a/src/lib.rs", "mod b;"), ("crates/a/src/b.rs", parent), ("crates/a/src/b/c.rs", "")]
        };
        assert_eq!(messages(&files("mod c;")).len(), 0);
        assert_eq!(messages(&files("")), ["crates/a/src/b/c.rs: no `mod c;` in crates/a/src/b.rs"]);
    }

    #[test]
    fn a_format_that_is_not_on_the_list_is_found() {
        let with = |list: &'static str| {
            messages(&[
                ("crates/migrate/src/lib.rs", "mod format;\nmod formats;"),
                ("crates/migrate/src/formats.rs", "mod goose;\nmod lines;"),
                ("crates/migrate/src/formats/goose.rs", "impl Format for Goose {}"),
                ("crates/migrate/src/formats/lines.rs", "fn lines() {}"),
                ("crates/migrate/src/format.rs", list),
            ])
        };
        assert_eq!(
            with("use formats::goose::Goose;\npub static FORMATS: &[X] = &[&formats::goose::Goose];").len(),
            0
        );
        assert_eq!(
            with("use formats::goose::Goose;\npub static FORMATS: &[X] = &[&formats::mongoose::Goose];")
                .len(),
            1
        );
        assert_eq!(with("use formats::goose::Goose;\npub static FORMATS: &[X] = &[];").len(), 1);
    }

    #[test]
    fn a_query_may_be_named_by_a_list_in_the_file_of_its_folder() {
        let with = |list: &'static str| {
            messages(&[
                ("crates/db/src/lib.rs", "mod other;"),
                ("crates/db/src/other.rs", list),
                ("crates/db/src/other/cast.sql", "SELECT 1"),
            ])
        };
        assert_eq!(
            with("m! { $f => include_str!(concat!(\"other/\", $f, \".sql\")) } m!(\"cast\");").len(),
            0
        );
        assert_eq!(
            with("m! { $f => include_str!(concat!(\"other/\", $f, \".sql\")) } m!(\"casts\");").len(),
            1
        );
    }

    #[test]
    fn a_reader_of_the_catalog_and_its_query_are_used() {
        let with = |list: &'static str, reader: &'static str| {
            messages(&[
                ("crates/db/src/lib.rs", "mod catalog;"),
                ("crates/db/src/catalog.rs", "mod part;"),
                ("crates/db/src/catalog/part.rs", list),
                ("crates/db/src/catalog/part/policies.rs", reader),
                ("crates/db/src/catalog/part/policies.sql", "SELECT 1"),
            ])
        };
        let reader = "const SQL: &str = include_str!(\"policies.sql\");";
        assert_eq!(with("mod policies;\nfn all() { policies::read(); }", reader).len(), 0);
        assert_eq!(with("mod policies;", reader).len(), 1);
        assert_eq!(with("mod policies;", "const SQL: &str = include_str!(\"old_policies.sql\");").len(), 2);
        assert_eq!(
            with("mod policies;", "fn lines() {}"),
            ["crates/db/src/catalog/part/policies.sql: no source includes this query"]
        );
    }

    #[test]
    fn a_rule_is_named_like_its_file_and_has_a_whole_page() {
        let page = "//! A sentence.\n//!\n//! ## What it finds\n//! ## Why it hurts\n//! ## Do instead\n//! ## When to ignore\n";
        let rule = |id: &str, page: &str| {
            let text = format!("{page}\npub(super) static RULE: Rule = Rule {{\n id: \"{id}\",\n}};");
            messages(&[
                ("crates/prove/src/lib.rs", "mod proofs;"),
                ("crates/prove/src/proofs.rs", "mod down_fails;\nstatic PROOFS: X = &[down_fails::RULE];"),
                ("crates/prove/src/proofs/down_fails.rs", &text),
            ])
        };
        assert_eq!(rule("down-fails", page).len(), 0);
        assert_eq!(rule("down-breaks", page).len(), 1);
        assert_eq!(rule("down-fails", &page.replace("Do instead", "Advice")).len(), 1);
    }
}
