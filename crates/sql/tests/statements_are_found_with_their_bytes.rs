//! Scripts are cut into statements with exact byte spans, whatever quoting and comments they hold.
#![expect(clippy::panic, reason = "a helper of tests fails its test by a panic that shows the SQL")]

use freehold_sql::{ScriptError, StatementKind, parse, parse_as_psql, parse_lenient};

fn texts(script: &str) -> Vec<&str> {
    let statements = parse(script).unwrap_or_else(|error| panic!("{error:?} in {script:?}"));
    statements.iter().map(|statement| &script[statement.span.start..statement.span.end]).collect()
}

#[test]
fn spans_hold_neither_semicolons_nor_comments_around_the_statement() {
    let script = "\u{feff}-- top; \n/* a; /* b */ */ SELECT 1 -- one\n ;;\r\n\r\n  SELECT ';' /* in */ , 2 /* after */;\n-- end";
    assert_eq!(texts(script), ["SELECT 1", "SELECT ';' /* in */ , 2"]);
    assert_eq!(texts("SELECT 1"), ["SELECT 1"]);
    assert_eq!(texts(" ; ;; -- nothing\n"), Vec::<&str>::new());
    assert_eq!(texts(""), Vec::<&str>::new());
}

#[test]
fn unicode_and_line_ends_of_windows_do_not_shift_spans() {
    let script = "SELECT 'žluťoučký 🐎';\r\nSELECT \"sloupeček;\" FROM \"těžký\";\r\n";
    assert_eq!(texts(script), ["SELECT 'žluťoučký 🐎'", "SELECT \"sloupeček;\" FROM \"těžký\""]);
}

#[test]
fn bodies_of_routines_and_rules_do_not_end_the_statement() {
    let script = "DO $x$ BEGIN PERFORM 1; END; $x$;\n\
        CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a > 1 THEN 2 END; SELECT 3; END;\n\
        CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); END;\n\
        CREATE FUNCTION g(begin int, n int) RETURNS int LANGUAGE sql RETURN begin + 1;\n\
        CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);\n\
        SELECT 9";
    let found = texts(script);
    assert_eq!(found.len(), 6, "{found:#?}");
    assert!(found[1].ends_with("SELECT 3; END"));
    assert_eq!(found[5], "SELECT 9");
}

#[test]
fn rows_of_copy_are_carved_out() {
    let script = "COPY public.t (a, b) FROM stdin;\n1\tit's; \"x\n2\t\\N\n\\.\n\nSELECT 1;\ncopy u from STDIN with (format csv);\n\\.\nSELECT 2;";
    let statements = parse(script).unwrap();
    assert_eq!(statements.len(), 4);
    assert_eq!(statements[0].effect.kind, StatementKind::Copy { from: true });
    assert_eq!(statements[0].rows(script), Some("1\tit's; \"x\n2\t\\N\n"));
    assert_eq!(statements[1].rows(script), None);
    assert_eq!(statements[2].rows(script), Some(""));
    assert_eq!(statements[3].text(script), "SELECT 2");
}

#[test]
fn copy_without_rows_is_told() {
    assert!(matches!(parse("COPY t FROM stdin;\n"), Err(ScriptError::CopyFromStdin { .. })));
    assert!(parse("COPY t FROM '/tmp/x'; COPY t TO stdout; COPY (SELECT a FROM stdin) TO stdout").is_ok());
}

#[test]
fn commands_of_psql_are_named() {
    let script = "SELECT 1;\n\\copy t FROM 'a.csv' csv\nSELECT 2;";
    let error = parse(script).unwrap_err();
    assert_eq!(&script[error.span().start..error.span().end], "\\copy t FROM 'a.csv' csv");
    assert!(matches!(error, ScriptError::MetaCommand { ref command, .. } if command == "\\copy"));
    assert!(parse("SELECT '\\copy', $$\n\\set\n$$ -- \\i\n").is_ok());
    let lenient = parse_lenient(script);
    assert_eq!(lenient.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn the_output_of_pg_dump_is_read_as_psql_reads_it() {
    let script = "\\restrict aBc\n-- dump\nSELECT 1;\nCOPY t FROM stdin;\n1\n\\.\n\\unrestrict aBc\n";
    assert!(matches!(parse(script), Err(ScriptError::MetaCommand { .. })));
    let statements = parse_as_psql(script).unwrap();
    assert_eq!(
        statements.iter().map(|statement| statement.text(script)).collect::<Vec<_>>(),
        ["SELECT 1", "COPY t FROM stdin"]
    );
    for script in ["\\connect other\nSELECT 1", "\\i a.sql", "SELECT 1 \\echo x\n;"] {
        assert!(matches!(parse_as_psql(script), Err(ScriptError::MetaCommand { .. })), "{script}");
    }
}

#[test]
fn a_syntax_error_points_at_the_token() {
    for (script, blamed) in [
        ("SELECT 1;\nCREATE TABEL a (id int);", "TABEL"),
        ("SELECT a FROM b WHERE FORM = 1 FORM 2", "FORM"),
        ("CREATE TABLE a (id int,, b int)", ","),
        ("CREATE TABLE a (id int", ""),
        ("SELECT 'ž' é 'x'", "'x'"),
        ("INSERT INTO t VALUES (1, 2) (3, 4)", "("),
    ] {
        let error = parse(script).unwrap_err();
        let span = error.span();
        assert_eq!(&script[span.start..span.end], blamed, "{script}: {error:?}");
    }
    let script = "SELECT (1, 2), (3, 4), 5 ) , 6";
    assert_eq!(parse(script).unwrap_err().span().start, 25);
}

#[test]
fn one_broken_statement_does_not_hide_the_others() {
    for (script, shape) in [
        ("SELECT 1; SELEC 2; SELECT 3;", vec![true, false, true]),
        ("CREATE TABLE a (id int; SELECT 2; SELECT 3", vec![false, true, true]),
        ("SELECT 1; SELECT 'x", vec![true, false]),
        ("SELECT 1\nSELECT 2\nSELECT 3;\nSELECT 4", vec![true, false, true, false, true, true]),
        ("CREATE TABLE a (id int)\nDROP TABLE b; SELECT 1", vec![true, false, true, true]),
        ("{{ if .x }}\nSELECT 1;\n{{ end }}\nSELECT 2;", vec![false, true, false, true]),
        ("SELECT 'x;\nSELECT 2;\nSELECT 3;", vec![false, true, true]),
        ("SELECT \"x;\nSELECT 2;\nnone\n", vec![false, true]),
        ("CREATE VIEW v AS SELECT 1,\nFROM t;", vec![false]),
    ] {
        let found: Vec<bool> = parse_lenient(script).iter().map(Result::is_ok).collect();
        assert_eq!(found, shape, "{script}");
    }
}

#[test]
fn marks_of_templates_are_named() {
    for (script, mark) in [
        ("CREATE TABLE ${schema}.a (id int)", "${schema}"),
        ("SELECT * FROM {{ table }}", "{{ table }}"),
        ("SELECT * FROM :name", ":name"),
        ("SELECT * FROM t WHERE a = :'who'", ":'who'"),
        ("SELECT * FROM %%table%%", "%%table%%"),
        ("SELECT * FROM a WHERE b LIKE %%", "%%"),
        ("SELECT %(id)s", "%(id)s"),
        ("{% if x %} SELECT 1", "{% if x %}"),
        ("INSERT INTO t VALUES (<%= x %>)", "<%= x %>"),
        ("CREATE SCHEMA ##schema##", "##schema##"),
        ("CREATE SCHEMA @schema@", "@schema@"),
        ("ALTER TABLE #schema#.t ADD a int", "#schema#"),
        ("SELECT $(x)", "$(x)"),
    ] {
        match parse(script) {
            Err(ScriptError::TemplateMark { mark: found, span, .. }) => {
                assert_eq!(found, mark);
                assert_eq!(&script[span.start..span.end], mark);
            }
            other => panic!("{script}: {other:?}"),
        }
    }
    assert!(parse("SELECT '{{ x }}', a::text, b[1:2] FROM t").is_ok());
    assert!(matches!(parse("SELECT a FROM t WHERE WHERE b::text = 1"), Err(ScriptError::Syntax { .. })));
}

#[test]
fn an_error_says_what_to_do() {
    for (script, part) in [
        ("\\i a.sql", "included file"),
        ("\\copy t FROM 'x'", "INSERT"),
        ("COPY t FROM stdin;", "\\."),
        ("SELECT ${x}", "Flyway"),
        ("SELECT 'x", "close it"),
        ("SELECT 1\0", "UTF-8"),
        ("SELECT\u{a0}1 FROM FROM t", "U+00A0"),
        ("CREATE TABLE `a` (i int)", "`"),
        ("SELECT ‘x y’ z", "typographic"),
        ("SELECT a\u{a0}FROM t\nWHERE b = 1 2", "U+00A0 on its line 1"),
        ("<<<<<<< HEAD\nSELECT 1", "merge conflict"),
        ("SELECT * FROM t WHERE id = ?", "? is a parameter"),
        ("SELECT ?::int, 1", "? is a parameter"),
        ("DELIMITER //\nSELECT 1", "MySQL"),
        ("SELECT 1\nGO\nSELECT 2", "SQL Server"),
        ("SELECT * FROM [dbo].[t]", "[ and ]"),
    ] {
        let error = parse(script).unwrap_err();
        let help = error.help().unwrap_or_else(|| panic!("{script}: {error:?}"));
        assert!(help.contains(part), "{script}: {help}");
        let moved = error.clone().shifted(7);
        assert_eq!(moved.span().start, error.span().start + 7);
    }
}
