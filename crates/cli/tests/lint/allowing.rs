//! Comments that allow a rule, and what is told of those that do not.

use crate::project::*;

fn rules_of(up: &str) -> Vec<(String, u64)> {
    let folder = project(&[TABLE, NO_TABLE, ("000002_index.up.sql", up), NO_INDEX]);
    let said = lint(folder.path(), &[]);
    said.findings().into_iter().map(|(rule, _, line)| (rule, line)).collect()
}

const INDEXES: &str = "CREATE INDEX a ON orders (note);\nCREATE INDEX b ON orders (note, id);\n";
const ALLOW: &str = "-- freehold: allow index-built-without-concurrently because it is night";

#[test]
fn a_comment_allows_one_statement_or_the_whole_script() {
    let there = |line| vec![("index-built-without-concurrently".to_owned(), line)];
    assert_eq!(rules_of(&format!("{ALLOW}\n\n{INDEXES}")), [], "at the head it holds for the script");
    assert_eq!(rules_of(&format!("SELECT 1;\n{ALLOW}\n{INDEXES}")), there(4));
    assert_eq!(rules_of(&INDEXES.replacen(";\n", &format!("; {ALLOW}\n"), 1)), there(2));
    let code = ALLOW.replace("index-built-without-concurrently", "FH0101");
    assert_eq!(rules_of(&format!("SELECT 1;\n{code}\n{INDEXES}")), there(4));
    let of_object = ALLOW.replace("concurrently because", "concurrently orders because");
    assert_eq!(rules_of(&format!("{of_object}\n{INDEXES}")), []);
}

#[test]
fn what_allows_nothing_is_told_with_its_line() {
    let index = |line| ("index-built-without-concurrently".to_owned(), line);
    let one = "CREATE INDEX a ON orders (note);\n";
    let cases = [
        ("-- freehold: allow FH0101\n", "allow-without-reason", true),
        ("-- freehold: allow FH0101 because\n", "allow-without-reason", true),
        ("-- freehold: allow index-built-without-concurrentl because x y\n", "allow-unknown", true),
        ("-- freehold: allow FH9999 because it is night\n", "allow-unknown", true),
        ("-- freehold: allow because it is night\n", "allow-unknown", true),
        ("-- freehold: alow FH0101 because it is night\n", "allow-unknown", true),
        ("-- freehold: allow FH0101, script-empty because it is night\n", "allow-unused", false),
        ("-- freehold: allow FH0101, drop_table because it is night\n", "allow-unused", false),
        ("-- freehold: allow FH0101 customers because it is night\n", "allow-unused", true),
    ];
    for (comment, rule, finding) in cases {
        let mut expected = vec![(rule.to_owned(), 1)];
        if finding {
            expected.push(index(2));
        }
        assert_eq!(rules_of(&format!("{comment}{one}")), expected, "{comment}");
    }
    let behind = format!("{one}\n\n-- freehold: allow FH0101 because it is night\n");
    assert_eq!(rules_of(&behind), [index(1), ("allow-unused".to_owned(), 4)], "nothing follows it");
}

#[test]
fn the_silence_of_a_rule_that_did_not_look_makes_no_comment_unused() {
    let folder =
        project(&[TABLE, NO_TABLE, ("000002_index.up.sql", &format!("{ALLOW}\n{INDEXES}")), NO_INDEX]);
    let rules = |args: &[&str]| lint(folder.path(), args).rules();
    assert!(rules(&["--select", "files"]).is_empty());
    let proof = "-- freehold: allow blocking-index-build because it is night";
    write(folder.path(), "migrations/000002_index.up.sql", &format!("{proof}\nSELECT 1;\n"));
    assert!(rules(&[]).is_empty(), "only a rehearsal can tell");
}

#[test]
fn a_misspelled_rule_is_told_with_the_nearest() {
    let up =
        "-- freehold: allow index-build-without-concurrently because x y\nCREATE INDEX a ON orders (note);\n";
    let folder = project(&[TABLE, NO_TABLE, ("000002_index.up.sql", up), NO_INDEX]);
    let said = freehold(folder.path(), &["lint", "--no-try", "--select", SELECT]);
    assert!(said.out.contains("Did you mean `index-built-without-concurrently`?"), "{}", said.out);
    assert!(said.out.contains("warning[FH0006 allow-unknown]"), "{}", said.out);
}
