//! What comments, settings and a baseline leave of the findings of a check, rules and proofs alike.

use std::fs;

use freehold_app::report::Report;

use crate::project::{check, folder, lines};

const TABLE: (&str, &[u8]) = (
    "migrations/000001_orders.up.sql",
    b"CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);\n",
);
const NO_TABLE: (&str, &[u8]) = ("migrations/000001_orders.down.sql", b"DROP TABLE orders;\n");
const NO_INDEX: (&str, &[u8]) = ("migrations/000002_index.down.sql", b"DROP INDEX orders_note_idx;\n");
const INDEX: &str = "CREATE INDEX orders_note_idx ON orders (note);\n";

fn with_index(comment: &str, settings: &[u8]) -> tempfile::TempDir {
    let up = format!("SET LOCAL lock_timeout = '3s';\n{comment}{INDEX}");
    folder(&[
        TABLE,
        NO_TABLE,
        NO_INDEX,
        ("migrations/000002_index.up.sql", up.as_bytes()),
        ("freehold.toml", settings),
    ])
}

/// The findings about the index, its rules by id.
fn about_the_index(report: &Report) -> Vec<&str> {
    let rules = report.findings.iter().map(|finding| finding.rule.as_str());
    let wanted = ["blocking-index-build", "index-built-without-concurrently"];
    rules.filter(|rule| wanted.contains(rule) || rule.starts_with("allow-")).collect()
}

#[tokio::test]
async fn a_proof_and_the_rule_that_says_the_same_are_one_finding_and_either_name_allows_it() {
    let told = check(with_index("", b"").path()).await.unwrap();
    assert_eq!(about_the_index(&told), ["blocking-index-build"], "{:#?}", lines(&told));
    for name in ["blocking-index-build", "index-built-without-concurrently", "FH0101"] {
        let comment = format!("-- freehold: allow {name} because it is night\n");
        let report = check(with_index(&comment, b"").path()).await.unwrap();
        assert!(about_the_index(&report).is_empty(), "{name}: {:#?}", lines(&report));
    }
    let vain = "-- freehold: allow blocking-rewrite because it is night\n";
    let report = check(with_index(vain, b"").path()).await.unwrap();
    assert_eq!(about_the_index(&report), ["allow-unused", "blocking-index-build"], "{:#?}", lines(&report));
}

#[tokio::test]
async fn settings_silence_both_and_applied_history_is_not_scolded() {
    for settings in [
        "[rules]\nindex-built-without-concurrently = \"off\"\n",
        "[lint]\nignore = [\"FH0101\"]\n",
        "[lint]\nstart-after = \"2\"\n",
        "[[lint.override]]\npaths = [\"migrations/000002*\"]\nignore = [\"FH0101\"]\n",
        "[[lint.override]]\ntables = [\"orders\"]\nignore = [\"FH0101\"]\n",
    ] {
        let report = check(with_index("", settings.as_bytes()).path()).await.unwrap();
        assert!(about_the_index(&report).is_empty(), "{settings}: {:#?}", lines(&report));
    }
}

#[tokio::test]
async fn a_version_or_baseline_that_is_not_there_ends_the_check() {
    let unknown = check(with_index("", b"[lint]\nstart-after = \"x\"\n").path()).await.unwrap_err();
    assert!(unknown.to_string().contains("no migration has the version `x`"), "{unknown}");
    let project = with_index("", b"[lint]\nbaseline = \"known.json\"\n");
    let missing = check(project.path()).await.unwrap_err();
    assert!(missing.to_string().contains("known.json"), "{missing}");
    fs::write(project.path().join("known.json"), "{\"version\": 1, \"findings\": []}").unwrap();
    assert_eq!(about_the_index(&check(project.path()).await.unwrap()), ["blocking-index-build"]);
}
