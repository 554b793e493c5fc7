//! Fingerprints, normal forms, and what counts as a query.

use freehold_sql::{QueryError, fingerprint, is_query, normalise};

#[test]
fn constants_and_layout_do_not_change_a_fingerprint() {
    let print = |sql: &str| fingerprint(sql).unwrap();
    assert_eq!(print("SELECT a FROM t WHERE b = 1"), print("select a /* x */\nfrom t where b = 22"));
    assert_eq!(print("SELECT a FROM t WHERE b IN (1)"), print("SELECT a FROM t WHERE b IN (1, 2, 3)"));
    assert_ne!(print("SELECT a FROM t WHERE b = 1"), print("SELECT a FROM t WHERE c = 1"));
    assert_ne!(print("SELECT a FROM t"), print("SELECT a FROM u"));
    assert_eq!(print("SELECT 1").len(), 16);
}

#[test]
fn normalising_takes_constants_out() {
    assert_eq!(
        normalise("SELECT a FROM t WHERE b = 'x' AND c = 2").unwrap(),
        "SELECT a FROM t WHERE b = $1 AND c = $2"
    );
    assert_eq!(
        normalise("SELECT a FROM t WHERE b = $1 AND c = 2").unwrap(),
        "SELECT a FROM t WHERE b = $1 AND c = $2"
    );
}

#[test]
fn text_that_is_no_sql_is_refused_in_the_server_s_words() {
    for outcome in [fingerprint("SELEC 1"), normalise("SELECT 'x"), fingerprint("a\0b")] {
        assert!(
            matches!(outcome, Err(QueryError::Refused { ref message }) if !message.is_empty()),
            "{outcome:?}"
        );
    }
}

#[test]
fn queries_are_told_from_commands() {
    for sql in [
        "SELECT 1",
        "VALUES (1);",
        "WITH a AS (SELECT 1) DELETE FROM b",
        "MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE",
    ] {
        assert!(is_query(sql), "{sql}");
    }
    for sql in
        ["", "SELECT 1; SELECT 2", "CREATE TABLE a (i int)", "EXPLAIN SELECT 1", "SELECT 1 INTO a", "SELEC"]
    {
        assert!(!is_query(sql), "{sql}");
    }
}
