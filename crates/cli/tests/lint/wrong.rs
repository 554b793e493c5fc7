//! What cannot be linted ends with 2, one clear error and what to do.

use crate::project::*;

#[test]
fn wrong_input_ends_with_2_and_names_what_is_wrong_and_what_to_do() {
    let folder = with_index();
    let cases: &[(&[&str], &[&str])] = &[
        (&["migratoins"], &["migratoins", "does not exist"]),
        (&["migrations/000001_orders.up.sql", "none.sql"], &["none.sql does not exist"]),
        (&["migrations", "migrations/000001_orders.up.sql"], &["migrations is a folder"]),
        (&["-", "migrations/000001_orders.up.sql"], &["standard input"]),
        (
            &["--select", "index-build-without-concurrently"],
            &["did you mean", "index-built-without-concurrently"],
        ),
        (&["--ignore", "lock"], &["did you mean `locks`?"]),
        (&["--level", "locks"], &["RULE=LEVEL"]),
        (&["--level", "locks=loud"], &["off, note, warning or error"]),
        (&["--level", "nonsense=off"], &["there is no rule `nonsense`"]),
        (&["--migrations-format", "nonsense"], &["nonsense", "golang-migrate"]),
        (&["--url", "mysql://x"], &["postgres://"]),
        (&["--fail-on", "warn"], &["warning"]),
        (&["--start-after", "nonsense"], &["nonsense", "1 orders", "2 index"]),
        (&["-o", "/nowhere/report"], &["/nowhere"]),
    ];
    for (args, words) in cases {
        let said = lint(folder.path(), args);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{args:?}: {said:?}");
        for word in *words {
            assert!(said.err.contains(word), "{args:?} does not say {word}: {}", said.err);
        }
    }
}

#[test]
fn wrong_settings_show_their_line() {
    let folder = with_index();
    for (settings, place, words) in [
        ("[lint]\nselect = [\"lock\"]\n", "freehold.toml:2:11", "did you mean `locks`?"),
        ("[rules]\nFH0100 = \"off\"\n", "freehold.toml:2:1", "there is no rule `FH0100`"),
        ("[lint]\nbaselin = \"x\"\n", "freehold.toml:2:1", "did you mean `baseline`?"),
    ] {
        write(folder.path(), "freehold.toml", settings);
        let said = lint(folder.path(), &[]);
        assert_eq!(said.code, 2);
        assert!(said.err.contains(place) && said.err.contains(words), "{}", said.err);
    }
}

#[test]
fn text_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let said = lint_text(folder.path(), &["-"], b"\xff\xfe");
    assert!(said.code == 2 && said.err.contains("not UTF-8"), "{said:?}");
    std::fs::write(folder.path().join("x.sql"), b"\xff\xfe").unwrap();
    let said = lint(folder.path(), &["x.sql"]);
    assert!(said.code == 2 && said.err.contains("x.sql is not UTF-8 text"), "{said:?}");
    let said = lint_text(folder.path(), &["-"], b"");
    assert_eq!(said.code, 0, "{said:?}");
    let said = lint(folder.path(), &[]);
    assert!(said.code == 2 && said.err.contains("no folder of migrations was found"), "{said:?}");
}
