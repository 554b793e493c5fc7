//! The texts of live queries without any value: normalised once more, without comments, utility statements left out.

use std::collections::BTreeMap;

use freehold_lint::LiveQuery;
use freehold_model::catalog::Catalog;
use freehold_sql::tree::{LexemeKind, lexemes};
use serde::{Deserialize, Serialize};

use super::super::live;

/// A query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QueryRecord {
    text: String,
    calls: u64,
    mean_ms: f64,
}

/// The queries in the order of their texts, each text once, and how many could not be freed of values for sure.
pub(super) fn kept(queries: &[LiveQuery]) -> (Vec<QueryRecord>, usize) {
    let mut unread = 0;
    let mut all: BTreeMap<String, (u64, f64)> = BTreeMap::new();
    for query in queries {
        match bare(&query.text) {
            Bare::Query(text) => {
                let (calls, total_ms) = all.entry(text).or_default();
                *calls = calls.saturating_add(query.calls);
                *total_ms += query.mean_ms * count(query.calls);
            }
            Bare::Utility => {}
            Bare::Unread => unread += 1,
        }
    }
    let record = |(text, (calls, total_ms)): (String, (u64, f64))| QueryRecord {
        text,
        calls,
        mean_ms: (total_ms / count(calls.max(1)) * 1_000.0).round() / 1_000.0,
    };
    (all.into_iter().map(record).collect(), unread)
}

/// The queries as the rules take them.
pub(super) fn told(queries: &[QueryRecord], catalog: &Catalog) -> Vec<LiveQuery> {
    let texts = queries.iter().map(|query| (query.text.clone(), query.calls, query.mean_ms)).collect();
    live::queries(texts, catalog)
}

#[expect(clippy::cast_precision_loss, reason = "a mean needs no more digits")]
fn count(calls: u64) -> f64 {
    calls as f64
}

enum Bare {
    /// A query without values.
    Query(String),
    /// No query: what such statements hold is not replaced by the server.
    Utility,
    /// No SQL, as when it was cut off, or some value is left.
    Unread,
}

fn bare(text: &str) -> Bare {
    let Ok(statements) = freehold_sql::parse(text) else { return Bare::Unread };
    let [only] = statements.as_slice() else { return Bare::Unread };
    if !only.effect.is_query {
        return Bare::Utility;
    }
    let Ok(normal) = freehold_sql::normalise(text) else { return Bare::Unread };
    without_comments(&normal).map_or(Bare::Unread, Bare::Query)
}

/// The text on one line, without comments; none when there is a string constant in it.
fn without_comments(text: &str) -> Option<String> {
    let mut bare = String::with_capacity(text.len());
    let mut end = 0;
    for lexeme in lexemes(text) {
        if lexeme.kind == LexemeKind::String {
            return None;
        }
        if lexeme.span.start > end && !bare.is_empty() {
            bare.push(' ');
        }
        bare.push_str(lexeme.text);
        end = lexeme.span.end;
    }
    Some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str, calls: u64, mean_ms: f64) -> LiveQuery {
        LiveQuery { text: text.to_owned(), calls, mean_ms, relations: Vec::new(), columns: Vec::new() }
    }

    fn texts(texts: &[&str]) -> (Vec<String>, usize) {
        let queries: Vec<LiveQuery> = texts.iter().map(|text| query(text, 1, 1.0)).collect();
        let (kept, unread) = kept(&queries);
        (kept.into_iter().map(|record| record.text).collect(), unread)
    }

    #[test]
    fn no_value_and_no_comment_is_left_in_a_text() {
        let (kept, unread) = texts(&[
            "SELECT a /* user 4711 */ FROM t -- o'neill\n WHERE b = 'secret' AND c IN (1, 2)",
            "INSERT INTO t (a) VALUES ('x', $$y$$, E'\\'z', 7)",
            "UPDATE t SET a = U&'\\0041', at = now() - interval '3 days', d = date '2020-01-01'",
            "SELECT * FROM t WHERE at > now() - interval $1 AND d = date $2 LIMIT $3",
        ]);
        assert_eq!(unread, 0, "{kept:?}");
        assert_eq!(kept.len(), 4);
        for text in &kept {
            for value in ["4711", "neill", "secret", "'", "$$", "7", "2020", "\n"] {
                assert!(!text.contains(value), "{value}: {text}");
            }
        }
    }

    #[test]
    fn what_is_no_query_is_left_out_and_what_is_no_sql_is_counted() {
        let (kept, unread) = texts(&[
            "ALTER ROLE app PASSWORD 'secret'",
            "SET app.tenant = '17'",
            "COPY t FROM '/etc/passwd'",
            "SELECT * FROM t WHERE name = 'cut o",
            "SELECT 1; SELECT 2",
        ]);
        assert_eq!((kept, unread), (vec![], 2));
    }

    #[test]
    fn one_text_is_one_query_with_all_calls() {
        let (kept, _) = kept(&[
            query("SELECT a FROM t WHERE b = 1", 1, 1.0),
            query("SELECT a  FROM t WHERE b = 2", 3, 2.0),
        ]);
        assert_eq!(
            kept,
            [QueryRecord { text: "SELECT a FROM t WHERE b = $1".to_owned(), calls: 4, mean_ms: 1.75 }]
        );
    }
}
