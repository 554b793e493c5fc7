//! Properties that hold for every text: spans are in order and on character boundaries, nothing panics.

use freehold_sql::{fingerprint, headline, is_query, normalise, parse, parse_lenient};
use proptest::prelude::*;

/// Pieces that mean something to a lexer, so that random texts reach its corners.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "'", "\"", "$$", "$a$", "$é$", "--", "/*", "*/", ";", "(", ")", "\\", "\n", "\r\n", "\t", " ", "E'", "U&'",
            "U&\"", "b'", "$1", "::", ":a", ":'", "{{", "}}", "${", "}", "%%", "\\.", "\\copy t", "\u{feff}", "\u{a0}",
            "BEGIN ATOMIC", "END", "CASE", "AS", "CREATE FUNCTION f()", "CREATE OR REPLACE PROCEDURE", "COPY t FROM stdin",
            "SELECT", "1", "a", "FROM", "t", "WITH", "INSERT INTO", "VALUES", ",", ".", "NOT", "NULLS", "LA", "0x", "1e",
            "é", "🐎", "\u{200b}", "~", "||", "+-", "@", "<", "=", ">",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,5}",
        1 => any::<char>().prop_map(String::from),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.concat())
}

/// Statements that parse, and what may stand between them.
fn statement() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "SELECT 1",
        "SELECT 'a;b', \"c;d\", $$e;f$$, $x$ $$;$$ $x$, E'\\';'",
        "SELECT /* ; */ 'é' -- ;\n, 2",
        "INSERT INTO t VALUES ('🐎'';')",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END",
        "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)",
        "DO $$ BEGIN PERFORM 1; END $$",
        "CREATE TABLE a (i int)",
        "BEGIN",
        "SELECT a AS end, b.case FROM c",
    ])
    .prop_map(str::to_owned)
}

fn separator() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        ";",
        " ; ",
        ";\r\n\r\n",
        ";;\n;",
        "; -- a;b\n",
        ";/* x; /* y; */ 'z */",
        "\n;\t",
        ";-- é\r\n",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn statements_and_separators_rebuild_the_script(
        parts in prop::collection::vec((statement(), separator()), 0..8),
        lead in prop::sample::select(vec!["", "\u{feff}", "-- x\n", " /* ; */ "]),
    ) {
        let script: String =
            std::iter::once(lead.to_owned()).chain(parts.iter().map(|(sql, between)| format!("{sql}{between}"))).collect();
        let found = parse(&script).unwrap();
        let texts: Vec<&str> = found.iter().map(|statement| statement.text(&script)).collect();
        let expected: Vec<&str> = parts.iter().map(|(sql, _)| sql.as_str()).collect();
        prop_assert_eq!(texts, expected);
        let mut rebuilt = String::new();
        let mut end = 0;
        for statement in &found {
            rebuilt.push_str(&script[end..statement.span.start]);
            rebuilt.push_str(statement.text(&script));
            end = statement.span.end;
        }
        rebuilt.push_str(&script[end..]);
        prop_assert_eq!(rebuilt, script);
    }

    #[test]
    fn spans_are_in_order_and_on_character_boundaries(script in text()) {
        let mut end = 0;
        for result in parse_lenient(&script) {
            let span = match &result {
                Ok(statement) => {
                    prop_assert!(statement.span.start >= end, "{:?}", statement.span);
                    end = statement.span.end;
                    prop_assert!(!statement.text(&script).is_empty());
                    if let Some(rows) = statement.copy_data {
                        prop_assert!(rows.start >= end && script.get(rows.start..rows.end).is_some());
                        end = rows.end;
                    }
                    statement.span
                }
                Err(error) => error.span(),
            };
            prop_assert!(script.get(span.start..span.end).is_some(), "{span:?} of {result:?}");
        }
        if let Err(error) = parse(&script) {
            let span = error.span();
            prop_assert!(script.get(span.start..span.end).is_some(), "{error:?}");
            prop_assert!(!error.to_string().is_empty());
            let _ = error.help();
        }
    }

    #[test]
    fn what_is_strictly_right_is_leniently_the_same(script in text()) {
        if let Ok(strict) = parse(&script) {
            let lenient: Result<Vec<_>, _> = parse_lenient(&script).into_iter().collect();
            prop_assert_eq!(lenient.unwrap(), strict);
        }
    }

    #[test]
    fn no_text_panics_anywhere(script in text(), width in 0_usize..60) {
        let _ = (fingerprint(&script), normalise(&script), is_query(&script));
        prop_assert!(headline(&script, width).chars().count() <= width);
        prop_assert!(!headline(&script, width).contains(['\n', '\r', '\t']));
    }

    #[test]
    fn bytes_that_are_no_text_become_text_and_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let script = String::from_utf8_lossy(&bytes);
        let _ = (parse(&script).is_ok(), parse_lenient(&script).len());
    }
}
