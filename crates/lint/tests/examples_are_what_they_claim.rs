//! Every rule has a bad example that gives this finding and no other, and a good one that gives none of any rule.

#![expect(
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed; the variable is for people"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use freehold_lint::{LintRule, example::said, rules};
use freehold_model::finding::Depth;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn text(rule: &LintRule, file: &str) -> String {
    let path = folder().join(rule.rule.id.replace('-', "_")).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Rules that a test of one family is working on: `FREEHOLD_RULE=part-of-an-id`.
fn asked_for(rule: &LintRule) -> bool {
    std::env::var("FREEHOLD_RULE").map_or(true, |part| rule.rule.id.contains(&part))
}

#[test]
fn a_bad_example_gives_exactly_its_own_finding() {
    let mut wrong = Vec::new();
    for rule in rules::all().filter(|rule| asked_for(rule)) {
        let said = said(&text(rule, "bad.sql"));
        // What only a server's catalog can tell is tried where there is a server.
        let silent = rule.rule.decided_by.first() != Some(&Depth::Text) && said.is_empty();
        let ids: BTreeSet<&str> = said.iter().map(|(id, _)| *id).collect();
        if !silent && ids != BTreeSet::from([rule.rule.id]) {
            wrong.push(format!("{}: {said:#?}", rule.rule.id));
        }
    }
    assert!(wrong.is_empty(), "these bad examples give something else:\n{}", wrong.join("\n"));
}

#[test]
fn a_good_example_gives_nothing_of_any_rule() {
    let mut wrong = Vec::new();
    for rule in rules::all().filter(|rule| asked_for(rule)) {
        let said = said(&text(rule, "good.sql"));
        if !said.is_empty() {
            wrong.push(format!("{}: {said:#?}", rule.rule.id));
        }
    }
    assert!(wrong.is_empty(), "these good examples give something:\n{}", wrong.join("\n"));
}

#[test]
fn codes_and_ids_are_unique_and_every_page_has_its_sections() {
    let mut codes = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for rule in rules::all() {
        let (id, code) = (rule.rule.id, rule.rule.code);
        assert!(codes.insert(code) && ids.insert(id), "{code} {id} is there twice");
        assert!(code.len() == 6 && code.starts_with("FH"), "{code}");
        let page = rule.rule.page();
        for section in
            ["What it finds", "Why it hurts", "Do instead", "When to ignore", "PostgreSQL versions", "Source"]
        {
            assert!(page.contains(&format!("## {section}")), "{id} has no section {section}");
        }
    }
}

#[test]
fn every_folder_of_examples_belongs_to_a_rule() {
    let known: BTreeSet<String> = rules::all().map(|rule| rule.rule.id.replace('-', "_")).collect();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(known.contains(&name), "no rule is called {name}");
    }
}
