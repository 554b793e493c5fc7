//! Which rules look, how grave what they say is, and what the exit code makes of it.

use crate::project::*;

#[test]
fn a_clean_folder_ends_with_0() {
    let folder = project(&[TABLE, NO_TABLE]);
    let said = freehold(folder.path(), &["lint", "--no-try", "--select", SELECT]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.contains("nothing found in 1 migration (2 statements)"), "{said:?}");
    let quiet = freehold(folder.path(), &["lint", "--no-try", "--select", SELECT, "--quiet"]);
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (0, "", ""));
}

#[test]
fn a_finding_is_told_with_code_place_and_fails_the_run_when_it_is_grave_enough() {
    let folder = with_index();
    let said = lint(folder.path(), &[]);
    assert_eq!(said.code, 0, "a warning does not fail the run");
    let report = said.report();
    assert_eq!(report["command"], "lint");
    let finding = &report["findings"][0];
    assert_eq!(finding["rule"], "index-built-without-concurrently");
    assert_eq!(finding["code"], "FH0101");
    assert_eq!(finding["severity"], "warning");
    let place = &finding["place"];
    assert_eq!(place["file"], "migrations/000002_index.up.sql");
    assert_eq!(
        (&place["line"], &place["column"], &place["end_line"], &place["end_column"]),
        (&2.into(), &1.into(), &2.into(), &46.into())
    );
    assert_eq!(lint(folder.path(), &["--fail-on", "warning"]).code, 1);
    write(folder.path(), "freehold.toml", "[check]\nfail_on = \"warning\"\n");
    assert_eq!(lint(folder.path(), &[]).code, 1, "the file decides");
    assert_eq!(lint(folder.path(), &["--fail-on", "error"]).code, 0, "a flag wins over the file");
}

#[test]
fn one_syntax_error_hides_neither_another_nor_a_finding() {
    let folder = project(&[
        TABLE,
        NO_TABLE,
        (
            "000002_index.up.sql",
            "SELEC 1;\nCREATE INDEX a ON orders (note);\nCREATE TABLE (;\nCREATE INDEX b ON orders (note, id);\n",
        ),
        ("000002_index.down.sql", "DROP INDEX a, b\n;;\nDORP TABLE x;\n"),
    ]);
    let said = lint(folder.path(), &["--fail-on", "error"]);
    assert_eq!(said.code, 1, "a syntax error is an error");
    let up: Vec<(String, u64)> = said
        .findings()
        .into_iter()
        .filter(|(_, file, _)| file.ends_with("up.sql"))
        .map(|(rule, _, line)| (rule, line))
        .collect();
    let index = "index-built-without-concurrently";
    let expected = [("syntax-error", 1), (index, 2), ("syntax-error", 3), (index, 4)];
    assert_eq!(up, expected.map(|(rule, line)| (rule.to_owned(), line)));
    assert!(said.findings().contains(&(
        "syntax-error".to_owned(),
        "migrations/000002_index.down.sql".to_owned(),
        3
    )));
}

#[test]
fn rules_are_chosen_by_id_code_and_category() {
    let folder = with_index();
    let index = ["index-built-without-concurrently".to_owned()];
    let rules = |args: &[&str]| lint(folder.path(), args).rules();
    assert_eq!(rules(&["--select", "FH0101"]), index);
    assert_eq!(rules(&["--select", "fh0101"]), index);
    assert!(rules(&["--select", "locks"]).contains(&index[0]));
    assert!(rules(&["--select", "tenancy"]).is_empty());
    assert!(rules(&["--ignore", "locks"]).is_empty());
    assert!(rules(&["--ignore", "FH0101,types"]).is_empty());
    for settings in [
        "[lint]\nselect = [\"files\"]\n",
        "[lint]\nignore = [\"FH0101\"]\n",
        "[rules]\nlocks = \"off\"\n",
        "[rules]\nFH0101 = \"off\"\n",
        "[rules]\nindex-built-without-concurrently = \"off\"\n",
    ] {
        write(folder.path(), "freehold.toml", settings);
        let said = freehold(folder.path(), &["lint", "--no-try", "--format", "json"]);
        assert!(!said.rules().contains(&index[0]), "{settings}");
        assert_eq!(rules(&["--select", "FH0101"]), index, "who names a rule wants it: {settings}");
    }
}

#[test]
fn levels_come_from_the_file_and_from_flags() {
    let folder = with_index();
    let severity = |args: &[&str]| {
        let said = lint(folder.path(), args);
        (said.code, said.report()["findings"][0]["severity"].as_str().map(str::to_owned))
    };
    write(folder.path(), "freehold.toml", "[rules]\nFH0101 = \"error\"\n");
    assert_eq!(severity(&[]), (1, Some("error".to_owned())));
    assert_eq!(severity(&["--level", "locks=note"]), (0, Some("note".to_owned())));
    assert_eq!(severity(&["--level", "FH0101=off"]), (0, None));
}

#[test]
fn files_and_tables_have_levels_of_their_own() {
    let folder = with_index();
    let rules = |settings: &str| {
        write(folder.path(), "freehold.toml", settings);
        lint(folder.path(), &[]).rules()
    };
    let there = "index-built-without-concurrently";
    assert!(rules("[[lint.override]]\npaths = [\"migrations/000002*\"]\nignore = [\"locks\"]\n").is_empty());
    assert_eq!(rules("[[lint.override]]\npaths = [\"other/**\"]\nignore = [\"locks\"]\n"), [there]);
    assert!(rules("[[lint.override]]\ntables = [\"orders\"]\nignore = [\"FH0101\"]\n").is_empty());
    assert_eq!(rules("[[lint.override]]\ntables = [\"audit.*\"]\nignore = [\"FH0101\"]\n"), [there]);
    write(
        folder.path(),
        "freehold.toml",
        "[[lint.override]]\ntables = [\"public.orders\"]\nlevels = { FH0101 = \"error\" }\n",
    );
    assert_eq!(lint(folder.path(), &[]).code, 1);
}

#[test]
fn a_tiny_table_hurts_nobody() {
    let folder = with_index();
    write(folder.path(), "freehold.toml", "[volumes]\norders = 900\n");
    assert!(lint(folder.path(), &[]).rules().is_empty());
    write(folder.path(), "freehold.toml", "[volumes]\norders = 900\n[lint]\ntiny-rows = 100\n");
    assert_eq!(lint(folder.path(), &[]).rules(), ["index-built-without-concurrently"]);
}

#[test]
fn what_is_decided_only_with_production_is_told_only_then() {
    let folder = with_index();
    write(folder.path(), "freehold.toml", "[lint]\nproduction-only = [\"FH0101\"]\n");
    let said = freehold(folder.path(), &["lint", "--no-try", "--format", "json"]);
    assert!(!said.rules().contains(&"index-built-without-concurrently".to_owned()));
}

#[test]
fn the_list_of_rules_has_columns_and_can_be_narrowed() {
    let folder = tempfile::tempdir().unwrap();
    let table = freehold(folder.path(), &["rules"]).out;
    assert!(table.starts_with("FH0001  syntax-error "), "{table}");
    assert!(table.contains("  locks  ") && table.contains("  SHARE  "), "{table}");
    let locks = freehold(folder.path(), &["rules", "--category", "locks"]).out;
    assert!(!locks.is_empty() && locks.lines().all(|line| line.contains(" locks ")), "{locks}");
    assert_eq!(freehold(folder.path(), &["rules", "locks"]).out, locks);
    assert_eq!(freehold(folder.path(), &["rules", "FH0101"]).out.lines().count(), 1);
    let json = freehold(folder.path(), &["rules", "FH0101", "--format", "json"]).report();
    let rule = &json["rules"][0];
    assert_eq!(
        (&rule["code"], &rule["category"], &rule["lock"]),
        (&"FH0101".into(), &"locks".into(), &"SHARE".into())
    );
    assert_eq!(rule["decided_by"][0], "text");
    assert_eq!(rule["page"], "docs/rules/index-built-without-concurrently.md");
}

#[test]
fn a_page_is_found_by_id_or_code_and_a_typo_names_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let page = freehold(folder.path(), &["explain-rule", "FH0101"]);
    assert_eq!(page.code, 0);
    assert!(
        page.out.starts_with("FH0101 index-built-without-concurrently\nwarning · locks · decided by text")
    );
    assert!(page.out.contains("\nDo instead\n") && !page.out.contains("##"), "{}", page.out);
    assert_eq!(freehold(folder.path(), &["explain-rule", "index-built-without-concurrently"]).out, page.out);
    let typo = freehold(folder.path(), &["explain-rule", "index-build-without-concurrently"]);
    assert_eq!(typo.code, 2);
    assert!(typo.err.contains("did you mean `index-built-without-concurrently`?"), "{}", typo.err);
    assert!(typo.err.lines().count() < 6, "the whole list helps nobody: {}", typo.err);
    let category = freehold(folder.path(), &["explain-rule", "locks"]);
    assert!(category.code == 2 && category.err.contains("freehold rules locks"), "{}", category.err);
}

#[test]
fn shells_complete_ids_of_rules() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let text = freehold(folder.path(), &["completions", shell]).out;
        assert!(text.contains("index-built-without-concurrently"), "{shell}");
    }
}
