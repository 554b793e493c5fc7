//! Deep nesting ends in an effect or in an error, never in a crash; time grows with the size of the text, not faster.

use std::fmt::Write as _;
use std::time::Instant;

use freehold_sql::{ScriptError, StatementKind, fingerprint, is_query, normalise, parse, parse_lenient};

fn chain(operator: &str, levels: usize) -> String {
    format!("SELECT {}", vec!["a"; levels + 1].join(operator))
}

fn nested(open: &str, inner: &str, close: &str, levels: usize) -> String {
    format!("SELECT {}{inner}{}", open.repeat(levels), close.repeat(levels))
}

/// Scripts that nest to a depth in every way that the grammar has.
fn deep(levels: usize) -> Vec<String> {
    vec![
        chain(" || ", levels),
        chain(" OR ", levels),
        chain(" + ", levels),
        chain(" IS NULL AND NOT ", levels),
        nested("(", "1", ")", levels),
        nested("(SELECT ", "1", ")", levels),
        nested("CASE WHEN a THEN 1 ELSE ", "2", " END", levels),
        nested("f(", "1", ")", levels),
        nested("NOT ", "true", "", levels),
        nested("- ", "1", "", levels),
        nested("ARRAY[", "1", "]", levels),
        nested("", "1", "::int", levels),
        nested("", "a", "[1]", levels),
        nested("", "1", " UNION SELECT 1", levels),
        format!("SELECT * FROM {}a{}", "(SELECT * FROM ".repeat(levels), ") x".repeat(levels)),
        format!("SELECT * FROM a {}", "JOIN b ON true ".repeat(levels)),
        format!("{}SELECT 1{}", "WITH a AS (".repeat(levels), ") SELECT 1".repeat(levels)),
        format!("CREATE TABLE t (a int CHECK ({}a > 1{}))", "(".repeat(levels), ")".repeat(levels)),
        format!("{}SELECT 1", "EXPLAIN ".repeat(levels)),
    ]
}

#[test]
fn deep_nesting_ends_in_an_effect_or_an_error() {
    for levels in [101, 5_000, 20_000] {
        for script in deep(levels) {
            let strict = parse(&script);
            let lenient = parse_lenient(&script);
            assert_eq!(strict.is_ok(), lenient.iter().all(Result::is_ok));
            let _ = (normalise(&script), fingerprint(&script));
        }
    }
}

#[test]
fn a_legitimate_long_chain_is_understood_in_full() {
    for operator in [" || ", " OR ", " + ", " AND NOT "] {
        let script = format!("DELETE FROM t WHERE {}; DROP TABLE u", vec!["(a = 1)"; 900].join(operator));
        let statements = parse(&script).unwrap_or_else(|error| panic!("{operator}: {error}"));
        assert_eq!(statements.len(), 2);
        assert!(!statements[0].effect.opaque);
    }
}

#[test]
fn what_is_too_deep_for_a_tree_is_accepted_and_called_opaque() {
    let script = format!("{}; UPDATE \"T\" SET a = {}", chain(" || ", 20_000), vec!["b"; 20_000].join(" + "));
    let statements = parse(&script).unwrap();
    assert_eq!(statements[0].effect.kind, StatementKind::Select);
    assert!(statements[0].effect.opaque_because.as_ref().is_some_and(|why| why.contains("too deeply")));
    assert_eq!(statements[1].effect.kind, StatementKind::Update);
    assert_eq!(statements[1].effect.objects[0].to_string(), "\"T\"");
}

#[test]
fn five_thousand_parentheses_are_no_problem_and_a_million_are_an_error() {
    assert!(is_query(&nested("(", "1", ")", 4_900)));
    assert!(matches!(parse(&nested("(", "1", ")", 1_000_000)), Err(ScriptError::Syntax { .. })));
    assert!(matches!(parse(&"(".repeat(1_000_000)), Err(ScriptError::Syntax { .. })));
}

fn rows(bytes: usize) -> String {
    let mut script = String::with_capacity(bytes + 200);
    let mut number = 0;
    while script.len() < bytes {
        number += 1;
        let _ = writeln!(
            script,
            "INSERT INTO app.readings (id, name, taken) VALUES ({number}, 'sensor {number}; x', now());"
        );
    }
    script
}

fn one_insert(bytes: usize) -> String {
    let mut script = String::from("INSERT INTO app.readings (id, name) VALUES (0, 'a')");
    let mut number = 0;
    while script.len() < bytes {
        number += 1;
        let _ = write!(script, ",\n({number}, 'sensor {number}; x')");
    }
    script
}

#[test]
fn a_long_insert_is_read_in_pieces_and_loses_nothing() {
    let good = one_insert(3 << 20);
    let script = format!(
        "SELECT 1; {good}, (1, my_function()), (2, (SELECT a FROM other)) ON CONFLICT (id) DO UPDATE SET a = 1, b = 2 RETURNING a, b; SELECT 2"
    );
    let statements = parse(&script).unwrap();
    assert_eq!(statements.len(), 3);
    let effect = &statements[1].effect;
    assert_eq!(effect.kind, StatementKind::Insert);
    assert!(effect.opaque && effect.may_lose_data && effect.calls == ["my_function"]);
    assert_eq!(effect.objects.iter().map(ToString::to_string).collect::<Vec<_>>(), ["app.readings", "other"]);

    let broken = format!("{good},\n(1, 'x' 'y' z)");
    let span = parse(&broken).unwrap_err().span();
    assert_eq!((&broken[span.start..span.end], span.start), ("'y'", broken.len() - 6));
    let early = good.replace("app.readings", "app.readings readings");
    assert_eq!(parse(&early).unwrap_err().span().start, "INSERT INTO app.readings ".len());
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("").to_owned()
}

/// Run by hand: `cargo nextest run -p freehold-sql --run-ignored only --no-capture`.
#[test]
#[ignore = "takes a minute; prints its measure"]
fn fifty_megabytes_take_ten_times_as_long_as_five() {
    for (name, make) in [("single rows", rows as fn(usize) -> String), ("one insert", one_insert)] {
        for megabytes in [1, 5, 50] {
            let script = make(megabytes << 20);
            let start = Instant::now();
            let statements = parse(&script).unwrap();
            println!(
                "{name}, {megabytes} MB: {} statements in {:?}, {}",
                statements.len(),
                start.elapsed(),
                peak_memory()
            );
        }
    }
}
