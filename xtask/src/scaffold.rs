//! Beginnings of rules and proofs, so that the shape of a file need not be copied from another.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::error::TaskError;

/// What was made.
#[derive(Debug)]
pub(crate) struct Scaffold {
    /// Paths from the root of files that were created or changed.
    pub(crate) changed: Vec<String>,
    /// What is left to do by hand.
    pub(crate) next: Vec<String>,
}

/// Begins a proof: its file, its module and its place on the list of proofs.
pub(crate) fn new_proof(root: &Path, name: &str) -> Result<Scaffold, TaskError> {
    let stem = stem(name)?;
    let parent = "crates/prove/src/proofs.rs";
    let file = format!("crates/prove/src/proofs/{stem}.rs");
    let list = read(&root.join(parent))?;
    let entry = format!("    Proof {{ rule: &{stem}::RULE, judge: {stem}::judge }},\n");
    let list = with_entry(&list, "static PROOFS", &entry).and_then(|text| with_module(&text, &stem));
    let list = list.ok_or_else(|| TaskError::NoList { path: root.join(parent), list: "PROOFS" })?;
    create(&root.join(&file), &proof(name, &stem))?;
    write(&root.join(parent), &list)?;
    Ok(Scaffold {
        changed: vec![file, parent.to_owned()],
        next: vec![
            "write the claim and its page into the module doc, then the judgement".to_owned(),
            format!("add examples/faulty/{name}/ (this finding alone) to the table of faulty examples"),
            "cargo xtask generate".to_owned(),
        ],
    })
}

/// Begins a rule of the lint room: its file, its bad and its good example, its place on its family's list.
pub(crate) fn new_rule(root: &Path, family: &str, name: &str) -> Result<Scaffold, TaskError> {
    let (family, stem) = (stem(family)?, stem(name)?);
    let parent = format!("crates/lint/src/rules/{family}.rs");
    if !root.join(&parent).is_file() {
        return Err(TaskError::NoRoom { path: root.join(parent) });
    }
    let file = format!("crates/lint/src/rules/{family}/{stem}.rs");
    let examples = format!("crates/lint/examples/{stem}");
    let list = read(&root.join(&parent))?;
    let code = next_code(root, &list, &family);
    let list = with_entry(&list, "static RULES", &format!("    &{stem}::RULE,\n"))
        .and_then(|text| with_module(&text, &stem))
        .ok_or_else(|| TaskError::NoList { path: root.join(&parent), list: "RULES" })?;
    create(&root.join(&file), &rule(name, &stem, &code))?;
    create(&root.join(format!("{examples}/bad.sql")), "-- Gives exactly this finding.\n")?;
    create(&root.join(format!("{examples}/good.sql")), "-- The same intent, done well: gives nothing.\n")?;
    write(&root.join(&parent), &list)?;
    Ok(Scaffold {
        changed: vec![file, format!("{examples}/bad.sql"), format!("{examples}/good.sql"), parent],
        next: vec![
            "write the page, the two examples, then the check".to_owned(),
            format!("FREEHOLD_RULE={name} cargo test -p freehold-lint --test examples_are_what_they_claim"),
            format!("FREEHOLD_RULE={name} cargo test -p freehold-app --test examples_are_traced"),
            "cargo xtask generate".to_owned(),
        ],
    })
}

/// The code after the highest one that the family's files carry.
fn next_code(root: &Path, list: &str, family: &str) -> String {
    let files = list.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let texts = files.filter_map(|stem| {
        fs::read_to_string(root.join(format!("crates/lint/src/rules/{family}/{stem}.rs"))).ok()
    });
    let codes = texts.filter_map(|text| {
        let (_, after) = text.split_once("code: \"FH")?;
        after.get(..4)?.parse::<u32>().ok()
    });
    format!("FH{:04}", codes.max().map_or(0, |highest| highest + 1))
}

/// The name of the file for a rule: `_` for `-`.
fn stem(name: &str) -> Result<String, TaskError> {
    let word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && name.split('-').all(word) {
        Ok(name.replace('-', "_"))
    } else {
        Err(TaskError::Name { name: name.to_owned() })
    }
}

/// The text with an entry at the end of a list.
fn with_entry(text: &str, list: &str, entry: &str) -> Option<String> {
    let from = text.find(list)?;
    let end = from + text.get(from..)?.find("\n];")? + 1;
    Some(format!("{}{entry}{}", text.get(..end)?, text.get(end..)?))
}

/// The text with a `mod` in its alphabetical place.
fn with_module(text: &str, stem: &str) -> Option<String> {
    let line = format!("mod {stem};\n");
    let mut after = None;
    let mut at = 0;
    for existing in text.split_inclusive('\n') {
        if existing.starts_with("mod ") {
            if existing > line.as_str() {
                after = after.or(Some(at));
                break;
            }
            after = None;
        }
        at += existing.len();
        if existing.starts_with("mod ") {
            after = Some(at);
        }
    }
    let at = after?;
    Some(format!("{}{line}{}", text.get(..at)?, text.get(at..)?))
}

/// The page that every rule begins with.
const PAGE: &str = "//! One sentence: what is wrong when this fires.
//!
//! ## What it finds
//! The claim, what refutes it, and what it does not cover.
//!
//! ## Why it hurts
//! The lock in plain words, and who waits.
//!
//! ## Do instead
//! The remedy, beginning with a verb.
//!
//! ## When to ignore
//! Where it is safe.
";

fn proof(name: &str, stem: &str) -> String {
    format!(
        "{PAGE}
use freehold_model::finding::{{Category, Depth, Finding, Rule}};

use super::Case;

pub(super) static RULE: Rule = Rule {{
    id: \"{name}\",
    code: \"FH1199\",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    summary: \"one sentence: what is wrong when this fires\",
    source: include_str!(\"{stem}.rs\"),
    ..Rule::NEW
}};

/// One finding for each thing that refutes the claim.
pub(super) fn judge(_case: &Case<'_>) -> Vec<Finding> {{
    Vec::new()
}}
"
    )
}

fn rule(name: &str, stem: &str, code: &str) -> String {
    format!(
        "{PAGE}//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! The page of PostgreSQL's manual that says so.

use freehold_model::finding::{{Category, Depth, Rule, Severity}};

use crate::{{
    context::Context,
    found::Findings,
    rule::{{Check, LintRule}},
}};

pub(super) static RULE: LintRule = LintRule {{
    rule: Rule {{
        id: \"{name}\",
        code: \"{code}\",
        category: Category::Design,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[],
        summary: \"one sentence: what is wrong when this fires\",
        source: include_str!(\"{stem}.rs\"),
        ..Rule::NEW
    }},
    check: Check::Statement(check),
    same_as: &[],
}};

/// Looks at one kind of statement.
fn check(_context: &Context<'_>, _findings: &mut Findings<'_>) {{}}
"
    )
}

fn read(path: &Path) -> Result<String, TaskError> {
    fs::read_to_string(path).map_err(|source| TaskError::Read { path: path.to_owned(), source })
}

fn write(path: &Path, text: &str) -> Result<(), TaskError> {
    fs::write(path, text).map_err(|source| TaskError::Write { path: path.to_owned(), source })
}

/// Writes a file that must not exist yet.
fn create(path: &Path, text: &str) -> Result<(), TaskError> {
    if path.exists() {
        return Err(TaskError::Exists { path: PathBuf::from(path) });
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| TaskError::Write { path: folder.to_owned(), source })?;
    }
    write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{tidy, tree::Tree};

    /// A root with a list of proofs.
    fn root() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| create(&root.path().join(path), text).unwrap();
        put("crates/prove/src/lib.rs", "//! Proofs.\nmod proofs;\n");
        put(
            "crates/prove/src/proofs.rs",
            "//! Proofs.\n\nmod down_fails;\nmod up_fails;\n\npub static PROOFS: &[Proof] = &[\n    Proof { rule: \
             &down_fails::RULE, judge: down_fails::judge },\n    Proof { rule: &up_fails::RULE, judge: \
             up_fails::judge },\n];\n",
        );
        put("crates/prove/src/proofs/down_fails.rs", "//! D.\n");
        put("crates/prove/src/proofs/up_fails.rs", "//! U.\n");
        root
    }

    #[test]
    fn a_new_proof_is_on_the_list_and_tidy_is_content() {
        let root = root();
        new_proof(root.path(), "row-lost").unwrap();
        let list = read(&root.path().join("crates/prove/src/proofs.rs")).unwrap();
        assert!(list.contains("mod down_fails;\nmod row_lost;\nmod up_fails;\n"), "{list}");
        assert!(list.contains(
            "up_fails::judge },\n    Proof { rule: &row_lost::RULE, judge: row_lost::judge },\n];"
        ));
        assert_eq!(tidy::tidy(&Tree::read(root.path()).unwrap()).problems, []);
    }

    #[test]
    fn a_module_is_put_before_the_first_and_after_the_last_too() {
        let text = "mod b;\nmod c;\n\nuse x;\n";
        assert_eq!(with_module(text, "a").unwrap(), "mod a;\nmod b;\nmod c;\n\nuse x;\n");
        assert_eq!(with_module(text, "d").unwrap(), "mod b;\nmod c;\nmod d;\n\nuse x;\n");
        assert_eq!(with_module("use x;\n", "d"), None);
    }

    #[test]
    fn a_proof_is_begun_once() {
        let root = root();
        new_proof(root.path(), "row-lost").unwrap();
        assert!(matches!(new_proof(root.path(), "row-lost"), Err(TaskError::Exists { .. })));
    }

    #[test]
    fn names_are_in_kebab_case() {
        for name in ["Row-lost", "row_lost", "-row", "row-", "row--lost", "", "1row", "../row"] {
            assert!(matches!(stem(name), Err(TaskError::Name { .. })), "{name}");
        }
        assert_eq!(stem("row-lost-2").unwrap(), "row_lost_2");
    }

    #[test]
    fn a_rule_waits_for_its_family() {
        let root = root();
        assert!(matches!(new_rule(root.path(), "locks", "row-lost"), Err(TaskError::NoRoom { .. })));
        assert!(!root.path().join("crates/lint").exists());
    }

    #[test]
    fn a_new_rule_gets_the_next_code_of_its_family_and_its_examples() {
        let root = root();
        let put = |path: &str, text: &str| create(&root.path().join(path), text).unwrap();
        put(
            "crates/lint/src/rules/locks.rs",
            "//! Locks.\n\nmod table_locked;\n\nstatic RULES: &[&LintRule] = &[\n    &table_locked::RULE,\n];\n",
        );
        put("crates/lint/src/rules/locks/table_locked.rs", "//! A.\ncode: \"FH0107\",\n");
        new_rule(root.path(), "locks", "row-lost").unwrap();
        let list = read(&root.path().join("crates/lint/src/rules/locks.rs")).unwrap();
        assert!(list.contains("mod row_lost;\nmod table_locked;\n"), "{list}");
        assert!(list.contains("    &table_locked::RULE,\n    &row_lost::RULE,\n];"), "{list}");
        let rule = read(&root.path().join("crates/lint/src/rules/locks/row_lost.rs")).unwrap();
        assert!(rule.contains("code: \"FH0108\""), "{rule}");
        assert!(root.path().join("crates/lint/examples/row_lost/good.sql").is_file());
    }
}
