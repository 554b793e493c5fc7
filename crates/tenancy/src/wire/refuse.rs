//! Statements that shared connections do not carry: what would leave something behind in the session, and what would
//! end the implicit transaction that holds the context.

use crate::Error;

/// Commands by their first words, and what to use instead.
const COMMANDS: &[(&str, &str)] = &[
    ("ABORT", "use Tenant::begin"),
    ("BEGIN", "use Tenant::begin"),
    ("CLOSE", "use Tenant::begin"),
    ("COMMIT", "use Tenant::begin"),
    ("COPY", "use the module ingest"),
    ("DEALLOCATE", "statements are prepared by the library"),
    ("DECLARE", "use Tenant::begin, or stream the rows"),
    ("DISCARD", "sessions are shared"),
    ("END", "use Tenant::begin"),
    ("EXECUTE", "statements are prepared by the library"),
    ("FETCH", "use Tenant::begin, or stream the rows"),
    ("LISTEN", "use the module listen"),
    ("LOAD", "sessions are shared: ask for it in session_preload_libraries"),
    ("MOVE", "use Tenant::begin, or stream the rows"),
    ("PREPARE", "statements are prepared by the library"),
    ("RELEASE", "use Tenant::begin"),
    ("RESET", "sessions are shared"),
    ("ROLLBACK", "use Tenant::begin"),
    ("SAVEPOINT", "use Tenant::begin"),
    ("SET", "sessions are shared: what a statement needs travels with its handle"),
    ("START", "use Tenant::begin"),
    ("UNLISTEN", "use the module listen"),
];

/// Functions that leave a lock behind in the session, whatever they are given.
const FUNCTIONS: &[&str] = &[
    "pg_advisory_lock",
    "pg_advisory_lock_shared",
    "pg_try_advisory_lock",
    "pg_try_advisory_lock_shared",
    "pg_advisory_unlock_all",
];

/// Refuses a statement that would certainly leave something behind in a shared session.
///
/// # Errors
/// [`Error::Input`], with what to use instead.
pub(super) fn check(sql: &str) -> Result<(), Error> {
    let refused = |why: String| Err(Error::Input { what: "running a single statement", why });
    if sql.contains('\0') {
        return refused("its text holds a NUL byte".to_owned());
    }
    let mut words = Words { rest: sql };
    let first = words.next().unwrap_or_default().to_ascii_uppercase();
    if let Some((command, instead)) = COMMANDS.iter().find(|(command, _)| **command == *first) {
        return refused(format!("{command} can't be one: {instead}"));
    }
    if first == "CREATE" {
        let temporary = words
            .clone()
            .take(3)
            .any(|word| word.eq_ignore_ascii_case("TEMP") || word.eq_ignore_ascii_case("TEMPORARY"));
        if temporary {
            return refused(
                "what is temporary belongs to a session, and sessions are shared: use Tenant::begin"
                    .to_owned(),
            );
        }
    }
    for word in words {
        if let Some(function) = FUNCTIONS.iter().find(|function| word.eq_ignore_ascii_case(function)) {
            return refused(format!("{function} outlives its transaction: use the module lock"));
        }
    }
    Ok(())
}

/// Whether a statement may commit by itself in its middle, so that it must not be run a second time.
pub(super) fn may_commit(sql: &str) -> bool {
    let first = Words { rest: sql }.next().unwrap_or_default();
    first.eq_ignore_ascii_case("CALL") || first.eq_ignore_ascii_case("DO")
}

/// The words of a statement outside of comments and quoted texts. Quoted identifiers count as words.
#[derive(Clone)]
struct Words<'s> {
    rest: &'s str,
}

impl<'s> Words<'s> {
    /// Skips up to and with `end`.
    fn skip_past(&mut self, from: usize, end: &str) {
        let after = self.rest.get(from..).unwrap_or_default();
        self.rest = after.find(end).and_then(|at| after.get(at + end.len()..)).unwrap_or_default();
    }

    fn skip_comment(&mut self) {
        let mut depth = 0_u32;
        let mut at = 0;
        while let Some(pair) = self.rest.as_bytes().get(at..at + 2) {
            match pair {
                b"/*" => (depth, at) = (depth + 1, at + 2),
                b"*/" => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
            if depth == 0 {
                self.rest = self.rest.get(at..).unwrap_or_default();
                return;
            }
        }
        self.rest = "";
    }

    /// A text in quotes; `escapes` where a backslash takes the next letter's meaning away.
    fn skip_quoted(&mut self, escapes: bool) {
        let bytes = self.rest.as_bytes();
        let mut at = 1;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' if escapes => at += 2,
                b'\'' => break,
                _ => at += 1,
            }
        }
        self.rest = self.rest.get(at + 1..).unwrap_or_default();
    }

    /// `$tag$ … $tag$`, or a parameter.
    fn skip_dollar(&mut self) {
        let after = self.rest.get(1..).unwrap_or_default();
        let tag = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
        let is_tag =
            after.as_bytes().get(tag) == Some(&b'$') && !after.starts_with(|c: char| c.is_ascii_digit());
        match self.rest.get(..tag + 2) {
            Some(fence) if is_tag => self.skip_past(fence.len(), fence),
            _ => self.rest = after,
        }
    }
}

impl<'s> Iterator for Words<'s> {
    type Item = &'s str;

    fn next(&mut self) -> Option<&'s str> {
        loop {
            let first = self.rest.chars().next()?;
            if self.rest.starts_with("--") {
                self.skip_past(0, "\n");
            } else if self.rest.starts_with("/*") {
                self.skip_comment();
            } else if first == '\'' {
                self.skip_quoted(false);
            } else if first == '$' {
                self.skip_dollar();
            } else if first == '"' {
                let after = self.rest.get(1..).unwrap_or_default();
                let end = after.find('"').unwrap_or(after.len());
                self.rest = after.get(end + 1..).unwrap_or_default();
                return after.get(..end);
            } else if first.is_alphanumeric() || first == '_' {
                let end = self
                    .rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
                    .unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                if rest.starts_with('\'') && word.eq_ignore_ascii_case("e") {
                    self.skip_quoted(true);
                    continue;
                }
                return Some(word);
            } else {
                self.rest = self.rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_stays_in_a_session_is_refused() {
        for sql in [
            "SET app.current_tenant_id = 'x'",
            "  /* a /* nested */ comment */ -- and a line\n set role none",
            ";;BEGIN",
            "LISTEN changes",
            "PREPARE one AS SELECT 1",
            "copy notes from stdin",
            "CREATE TEMP TABLE x (a int)",
            "create local temporary table x (a int)",
            "SELECT pg_advisory_lock(1)",
            "SELECT 1 WHERE pg_catalog.\"pg_try_advisory_lock\"(1)",
            "SELECT E'it\\'s', pg_advisory_lock_shared(1)",
            "SELECT '\\', pg_advisory_lock(1)",
            "SELECT $1, pg_advisory_lock(1)",
            "SELECT $a$ quoted $a$, pg_advisory_lock(1)",
            "SELECT 1\0",
        ] {
            assert!(matches!(check(sql), Err(Error::Input { .. })), "{sql}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        for sql in [
            "SELECT 'SET'",
            "/* BEGIN */ SELECT 1",
            "-- COMMIT\nSELECT 1",
            "UPDATE notes SET body = 'pg_advisory_lock(1)'",
            "SELECT $$pg_advisory_lock(1)$$, $x$ $$ pg_advisory_lock $$ $x$",
            "SELECT pg_advisory_xact_lock(1)",
            "SELECT E'\\' pg_advisory_lock'",
            "CREATE TABLE kept (a int)",
            "WITH begin AS (SELECT 1) SELECT * FROM begin",
            "VALUES (1)",
            "",
        ] {
            assert!(check(sql).is_ok(), "{sql}");
        }
    }

    #[test]
    fn procedures_may_commit() {
        assert!(may_commit("/* x */ call p()"));
        assert!(may_commit("DO $$ BEGIN END $$"));
        assert!(!may_commit("SELECT 1"));
    }

    proptest! {
        #[test]
        fn any_text_has_an_end(sql in "(?s).{0,200}") {
            let _ = check(&sql);
            let _ = may_commit(&sql);
        }

        #[test]
        fn odd_texts_have_an_end(sql in "[-/*'\"$aE\\\\ü\n;]{0,60}") {
            let _ = check(&sql);
        }
    }
}
