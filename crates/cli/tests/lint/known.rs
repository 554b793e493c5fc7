//! The baseline: written, silent, and told when it knows too much.

use crate::project::*;

#[test]
fn what_a_baseline_knows_is_silent_and_what_is_new_is_told() {
    let folder = with_index();
    let path = folder.path();
    let said = lint(path, &["--write-baseline", "--fail-on", "note"]);
    assert_eq!((said.code, said.rules()), (0, vec![]), "{said:?}");
    assert_eq!(said.err, "baseline: freehold-baseline.json knows 1 finding\n");
    let known = std::fs::read_to_string(path.join("freehold-baseline.json")).unwrap();
    assert!(
        known.contains("\"migration\":\"2\"") && known.contains("index-built-without-concurrently"),
        "{known}"
    );
    assert_eq!(lint(path, &[]).rules(), ["index-built-without-concurrently"], "it must be named");
    let with = |args: &[&str]| {
        let mut all = vec!["--baseline", "freehold-baseline.json"];
        all.extend(args);
        lint(path, &all)
    };
    assert!(with(&[]).rules().is_empty());

    write(
        path,
        "migrations/000002_index.up.sql",
        "\n\n-- moved\nCREATE INDEX orders_note_idx\n  ON orders (note);\n",
    );
    assert!(with(&[]).rules().is_empty(), "neither lines nor white space count");
    write(path, "migrations/000003_more.up.sql", "CREATE INDEX more ON orders (note, id);\n");
    write(path, "migrations/000003_more.down.sql", "DROP INDEX more;\n");
    let said = with(&[]);
    assert_eq!(said.findings().len(), 1);
    assert_eq!(said.findings()[0].1, "migrations/000003_more.up.sql");
    assert!(with(&["--write-baseline"]).rules().is_empty());
    assert!(with(&[]).rules().is_empty());

    write(path, "freehold.toml", "[lint]\nbaseline = \"freehold-baseline.json\"\n");
    assert!(lint(path, &[]).rules().is_empty(), "the settings name it");
}

#[test]
fn what_is_found_no_more_is_told_until_the_file_has_shrunk() {
    let folder = with_index();
    let path = folder.path();
    write(path, "freehold.toml", "[lint]\nbaseline = \"known.json\"\n");
    lint(path, &["--write-baseline"]);
    write(path, "migrations/000002_index.up.sql", "SELECT 1;\n");
    let said = lint(path, &[]);
    assert_eq!(said.findings(), [("baseline-outdated".to_owned(), "known.json".to_owned(), 1)]);
    assert!(said.out.contains("index-built-without-concurrently: "), "{}", said.out);
    assert!(lint(path, &["--select", "tenancy"]).rules().is_empty(), "that rule did not look");
    assert!(lint(path, &["--start-after", "2"]).rules().is_empty(), "that migration was not judged");
    lint(path, &["--write-baseline"]);
    assert!(lint(path, &[]).rules().is_empty());
}

#[test]
fn a_baseline_that_is_missing_or_damaged_is_no_silence() {
    let folder = with_index();
    let said = lint(folder.path(), &["--baseline", "none.json"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("none.json could not be read") && said.err.contains("--write-baseline"),
        "{}",
        said.err
    );
    write(folder.path(), "none.json", "<<<<<<< ours\n");
    let said = lint(folder.path(), &["--baseline", "none.json"]);
    assert!(said.code == 2 && said.err.contains("is damaged"), "{}", said.err);
    let said = lint(folder.path(), &["--baseline", "no/such/folder.json", "--write-baseline"]);
    assert!(said.code == 2 && said.err.contains("could not be written"), "{}", said.err);
}
