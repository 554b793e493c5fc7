//! Which migrations are judged: after a version, since a commit, only some files, standard input.

use crate::project::*;

#[test]
fn applied_history_is_not_scolded() {
    let folder = with_index();
    let rules = |args: &[&str]| lint(folder.path(), args).rules();
    assert_eq!(rules(&["--start-after", "1"]).len(), 1);
    assert!(rules(&["--start-after", "2"]).is_empty());
    assert!(rules(&["--start-after", "000002"]).is_empty());
    write(folder.path(), "freehold.toml", "[lint]\nstart-after = \"2\"\n");
    assert!(rules(&[]).is_empty());
    assert_eq!(rules(&["--start-after", "1"]).len(), 1, "a flag wins");
    let said = lint(folder.path(), &["--start-after", "x"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("no migration has the version `x`"), "{}", said.err);
}

#[test]
fn since_a_commit_only_what_is_new_or_changed_is_judged() {
    let folder = with_index();
    let path = folder.path();
    git(path, &["init", "-q", "-b", "main"]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "one"]);
    let files = |args: &[&str]| {
        let said = lint(path, args);
        assert_eq!(said.code, 0, "{said:?}");
        said.findings().into_iter().map(|(_, file, _)| file).collect::<Vec<_>>()
    };
    assert!(files(&["--since", "main"]).is_empty(), "nothing is new");
    git(path, &["checkout", "-qb", "work"]);
    write(path, "migrations/000003_more.up.sql", "CREATE INDEX more ON orders (note, id);\n");
    assert_eq!(files(&["--since", "main"]), ["migrations/000003_more.up.sql"], "not known to git yet");
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "two"]);
    assert_eq!(files(&["--since", "main"]), ["migrations/000003_more.up.sql"], "committed");
    write(path, "migrations/000002_index.up.sql", "CREATE INDEX changed ON orders (note);\n");
    assert_eq!(files(&["--since", "main"]).len(), 2, "changed and only saved");
    git(path, &["checkout", "-q", "migrations/000002_index.up.sql"]);

    // What others did on main since does not count as ours.
    git(path, &["checkout", "-q", "main"]);
    write(path, "migrations/000002_index.down.sql", "DROP INDEX IF EXISTS orders_note_idx;\n");
    git(path, &["commit", "-qam", "theirs"]);
    git(path, &["checkout", "-q", "work"]);
    assert_eq!(files(&["--since", "main"]), ["migrations/000003_more.up.sql"]);
}

#[test]
fn the_new_migrations_of_a_branch_are_one_deployment() {
    let folder = project(&[TABLE, NO_TABLE]);
    let path = folder.path();
    git(path, &["init", "-q", "-b", "main"]);
    git(path, &["add", "."]);
    git(path, &["commit", "-qm", "one"]);
    write(path, "migrations/000002_new.up.sql", "CREATE TABLE new (id bigint PRIMARY KEY, a int);\n");
    write(path, "migrations/000003_index.up.sql", "CREATE INDEX new_a ON new (a);\n");
    assert_eq!(lint(path, &[]).rules(), ["index-built-without-concurrently"]);
    assert!(lint(path, &["--since", "main"]).rules().is_empty(), "nobody uses that table yet");
}

#[test]
fn a_reference_that_git_does_not_know_is_told() {
    let folder = with_index();
    let path = folder.path();
    let said = lint(path, &["--since", "main"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--since works inside a git repository"), "{}", said.err);
    git(path, &["init", "-q"]);
    for (reference, words) in [
        ("nonsense", "git knows no commit `nonsense`"),
        ("--output=x", "no name of a commit"),
        ("", "no name of"),
    ] {
        let flag = format!("--since={reference}");
        let said = lint(path, &[&flag]);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains(words), "{}", said.err);
    }
    assert!(!path.join("x").exists());
}

#[test]
fn a_file_of_a_folder_is_judged_with_the_history_before_it() {
    let folder = project(&[
        TABLE,
        NO_TABLE,
        INDEX,
        NO_INDEX,
        ("000003_new.up.sql", "CREATE TABLE new (id bigint PRIMARY KEY);\nCREATE INDEX i ON new (id);\n"),
    ]);
    let files = |args: &[&str]| {
        lint(folder.path(), args).findings().into_iter().map(|(_, file, _)| file).collect::<Vec<_>>()
    };
    let index = "migrations/000002_index.up.sql";
    assert_eq!(files(&[index]), [index]);
    assert_eq!(files(&["migrations/000003_new.up.sql"]), [""; 0]);
    assert_eq!(files(&["migrations/000003_new.up.sql", index]), [index]);
    write(folder.path(), "freehold.toml", "[lint]\nstart_after = \"2\"\n");
    assert_eq!(files(&[index]), [index], "a file that is named is judged, however old it is");
    let report = lint(folder.path(), &[index]).report();
    assert_eq!(
        (&report["summary"]["migrations"], &report["project"]["format"]),
        (&1.into(), &"golang-migrate".into())
    );
}

#[test]
fn a_file_or_text_of_no_folder_is_judged_alone() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "change.sql", INDEX.1);
    let said = lint(folder.path(), &["change.sql"]);
    let index = "index-built-without-concurrently".to_owned();
    assert_eq!(said.findings(), [(index.clone(), "change.sql".to_owned(), 2)]);
    let said = lint_text(folder.path(), &["-", "--format", "json"], INDEX.1.as_bytes());
    assert_eq!(said.findings(), [(index, "<stdin>".to_owned(), 2)]);
    assert!(said.out.contains("its history is not known"), "{}", said.out);
    let outside = lint_text(folder.path(), &["-"], b"CREATE INDEX CONCURRENTLY i ON orders (note);");
    assert_eq!(outside.code, 0, "{outside:?}");
    let dump = format!("--\n-- PostgreSQL database dump\n--\n{}{}", TABLE.1, INDEX.1);
    let said = lint_text(folder.path(), &["-", "--format", "json"], dump.as_bytes());
    assert!(said.rules().is_empty(), "nothing in a dump is a change: {said:?}");
}

#[test]
fn goose_and_dbmate_keep_up_and_down_in_one_file_with_right_lines() {
    for (name, up, down) in [
        ("20240101000000_a.sql", "-- +goose Up", "-- +goose Down"),
        ("20240101000000_a.sql", "-- migrate:up", "-- migrate:down"),
    ] {
        let text = format!("{up}\nSELECT 'é';\n  CREATE INDEX i ON orders (note);\n{down}\nDROP INDEX i;\n");
        let folder = project(&[(name, &text)]);
        let said = lint(folder.path(), &[]);
        let place = said.report()["findings"][0]["place"].clone();
        assert_eq!((&place["line"], &place["column"]), (&3.into(), &3.into()), "{said:?}");
    }
}
