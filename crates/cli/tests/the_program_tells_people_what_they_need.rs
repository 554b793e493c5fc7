//! The real binary: help, suggestions, settings that cannot be used, and what a shell wants. No server is started.

#![expect(clippy::unwrap_used, reason = "this is a test")]

use std::{
    path::Path,
    process::{Command, Output},
};

#[expect(clippy::disallowed_methods, reason = "a test of the real binary")]
fn freehold(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    command.current_dir(folder).args(args);
    for name in ["DATABASE_URL", "FREEHOLD_PG_BIN", "NO_COLOR", "CI", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn the_help_fits_a_screen_and_groups_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let output = freehold(folder.path(), &["--help"]);
    let help = out(&output);
    assert_eq!(code(&output), 0);
    assert!(help.lines().count() <= 36, "{} lines:\n{help}", help.lines().count());
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    let place = |word: &str| help.find(word).unwrap_or_else(|| panic!("{word} is not in\n{help}"));
    assert!(place("Judge:") < place("  check "));
    assert!(place("  check ") < place("Set up:"));
    assert!(place("Set up:") < place("  init "));
    assert!(help.contains("Exit codes: 0 clean, 1 findings, 2 could not run, 3"), "{help}");
    insta::assert_snapshot!("help", help);
}

#[test]
fn the_help_of_check_names_its_options() {
    let folder = tempfile::tempdir().unwrap();
    let help = out(&freehold(folder.path(), &["check", "--help"]));
    for option in [
        "--format",
        "--migrations-format",
        "--output",
        "--report",
        "--fail-on",
        "--measure",
        "--timeout",
        "--pg-major",
        "--server",
        "--allow-production-server",
        "--dir",
        "--no-repeat",
    ] {
        assert!(help.contains(option), "{option} is not in\n{help}");
    }
    for format in ["human", "json", "sarif", "github", "gitlab", "markdown", "html"] {
        assert!(help.contains(format), "{format} is not in\n{help}");
    }
}

#[test]
fn a_misspelled_command_or_flag_is_refused_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    for (args, near) in [
        (vec!["chekc"], "'check'"),
        (vec!["check", "--formta", "json"], "'--format'"),
        (vec!["check", "--format", "jsno"], "'json'"),
        (vec!["check", "--fail-on", "warn"], "warning"),
        (vec!["lint", "--selec", "locks"], "'--select'"),
        (vec!["explain-rul"], "'explain-rule'"),
    ] {
        let output = freehold(folder.path(), &args);
        assert_eq!(code(&output), 2, "{args:?}");
        assert!(err(&output).contains(near), "{args:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{args:?}");
    }
}

#[test]
fn values_that_make_no_sense_are_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    for (args, said) in [
        (vec!["check", "--timeout", "0"], "a time above zero"),
        (vec!["check", "--timeout", "soon"], "a time above zero"),
        (vec!["check", "--measure", "some"], "`all`, `none` or a number"),
        (vec!["check", "--pg-major", "13"], "14..=18"),
        (vec!["check", "--report", "html"], "FORMAT=FILE"),
        (vec!["check", "--report", "pdf=x"], "there is no format `pdf`"),
        (vec!["check", "--report", "html=a", "--report", "json=a"], "two reports would be written"),
        (vec!["check", "-o", "no/such/x.json"], "there is no folder"),
        (vec!["check", "--allow-production-server"], "--server"),
        (vec!["check", "a", "--dir", "b"], "cannot be used with"),
        (vec!["-C", "no-such-folder", "check"], "there is no folder"),
        (vec!["check", "--server", "mysql://x"], "postgres://USER:PASSWORD@HOST"),
    ] {
        let output = freehold(folder.path(), &args);
        assert_eq!(code(&output), 2, "{args:?}: {}", err(&output));
        assert!(err(&output).contains(said), "{args:?} lacks {said}: {}", err(&output));
    }
}

#[test]
fn settings_that_cannot_be_used_are_shown_with_a_caret_and_without_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "[database]\nurl = \"postgres://app:hunter2@db/app\"\nulr = 1\n\n[check]\nfail_on = \"warn\"\n";
    std::fs::write(folder.path().join("freehold.toml"), text).unwrap();
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    let output = freehold(&deep, &["check"]);
    assert_eq!(code(&output), 2);
    let said = err(&output);
    assert!(said.contains("freehold.toml:3:1") && said.contains("freehold.toml:6:11"), "{said}");
    assert!(said.contains("^^^") && said.contains("did you mean `url`?"), "{said}");
    assert!(said.contains("did you mean `warning`?"), "{said}");
    assert!(!said.contains("hunter2") && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn a_password_on_the_command_line_is_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("001.sql"), "select 1;").unwrap();
    for url in [
        "postgres://app:hunter2@127.0.0.1:1/app",
        "postgres://app:hunter2@[bad/app",
        "host=127.0.0.1 port=1 password=hunter2",
    ] {
        let output = freehold(folder.path(), &["check", ".", "--server", url]);
        assert_eq!(code(&output), 2, "{url}");
        let said = err(&output) + &out(&output);
        assert!(!said.contains("hunter2"), "{url}: {said}");
    }
}

#[test]
fn a_folder_without_migrations_is_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let output = freehold(folder.path(), &["check"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("no folder of migrations was found"), "{}", err(&output));
    let output = freehold(folder.path(), &["check", "no/such"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("no/such does not exist"), "{}", err(&output));
}

#[test]
fn completions_and_manual_pages_are_generated() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = freehold(folder.path(), &["completions", shell]);
        assert_eq!(code(&output), 0, "{shell}");
        let text = out(&output);
        assert!(text.contains("check") && text.contains("explain-rule"), "{shell}");
    }
    let page = out(&freehold(folder.path(), &["man"]));
    assert!(page.contains(".TH freehold 1") && page.contains("freehold\\-check(1)"), "{page}");
    assert_eq!(code(&freehold(folder.path(), &["man", "--dir", "."])), 0);
    for name in ["freehold.1", "freehold-check.1", "freehold-explain-rule.1"] {
        let page = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
    }
    let check = std::fs::read_to_string(folder.path().join("freehold-check.1")).unwrap();
    assert!(check.contains("migrations\\-format"), "{check}");
}

#[test]
fn every_rule_is_listed_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    let json: serde_json::Value =
        serde_json::from_str(&out(&freehold(folder.path(), &["rules", "--format", "json"]))).unwrap();
    let rules = json["rules"].as_array().unwrap();
    assert!(!rules.is_empty());
    let table = out(&freehold(folder.path(), &["rules"]));
    assert_eq!(table.lines().count(), rules.len(), "{table}");
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        let output = freehold(folder.path(), &["explain-rule", id]);
        assert_eq!(code(&output), 0, "{id}");
        let code = rule["code"].as_str().unwrap();
        assert!(out(&output).starts_with(&format!("{code} {id}\n")), "{}", out(&output));
    }
    let misspelled = format!("{}x", rules[0]["id"].as_str().unwrap());
    let output = freehold(folder.path(), &["explain-rule", &misspelled]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("did you mean"), "{}", err(&output));
}

#[test]
fn init_writes_what_it_found_once_and_the_result_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let migrations = folder.path().join("db/migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    std::fs::write(migrations.join("000001_start.up.sql"), "create table t ();").unwrap();
    std::fs::write(migrations.join("000001_start.down.sql"), "drop table t;").unwrap();
    let output = freehold(folder.path(), &["init"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(
        out(&output).contains("migrations in db/migrations, in the format of golang-migrate"),
        "{}",
        out(&output)
    );
    assert!(out(&output).contains("because: "), "{}", out(&output));
    let text = std::fs::read_to_string(folder.path().join("freehold.toml")).unwrap();
    assert!(text.contains("\ndir = \"db/migrations\"\nformat = \"golang-migrate\"\n"), "{text}");
    let again = freehold(folder.path(), &["init"]);
    assert_eq!(code(&again), 2);
    assert!(err(&again).contains("is there already") && err(&again).contains("--force"), "{}", err(&again));
    assert_eq!(code(&freehold(folder.path(), &["init", "--force"])), 0);
    assert_eq!(std::fs::read_to_string(folder.path().join("freehold.toml")).unwrap(), text);
}

#[test]
fn doctor_says_what_is_missing_for_what() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("bin");
    std::fs::create_dir(&empty).unwrap();
    let output = freehold(folder.path(), &["doctor", "--pg-bin", "bin"]);
    assert_eq!(code(&output), 1, "{}", out(&output));
    assert!(out(&output).contains("missing: server programs of PostgreSQL"), "{}", out(&output));
    let output = freehold(folder.path(), &["doctor", "--format", "json", "--extension", "no_such_extension"]);
    let json: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(json["ready"], false);
    assert_eq!(code(&output), 1);
    let missing = json["missing"].as_array().unwrap();
    assert!(
        missing
            .iter()
            .any(|m| m["needed_for"] == "asked for" || m["what"].as_str().unwrap().contains("server"))
    );
}

#[test]
fn version_names_what_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let text = out(&freehold(folder.path(), &["version"]));
    assert!(text.starts_with(concat!("freehold ", env!("CARGO_PKG_VERSION"), "\n")), "{text}");
    assert!(text.contains("PostgreSQL 14 to 18"), "{text}");
}

#[test]
fn a_reader_who_goes_away_is_no_panic_and_a_full_disk_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test of the real binary")]
    let shell =
        |script: &str| Command::new("sh").current_dir(folder.path()).args(["-c", script]).output().unwrap();
    let program = env!("CARGO_BIN_EXE_freehold");
    let closed = shell(&format!("'{program}' completions bash | true; exit 0"));
    assert_eq!(err(&closed), "");
    if Path::new("/dev/full").exists() {
        let full = shell(&format!("'{program}' completions bash > /dev/full"));
        assert_eq!(code(&full), 2);
        assert!(err(&full).contains("could not write standard output"), "{}", err(&full));
        let full = shell(&format!("'{program}' --help > /dev/full"));
        assert_ne!(code(&full), 101, "{}", err(&full));
    }
}
