//! PL/pgSQL cut into what it runs, by its words: its own statements begin and end at fixed words and semicolons.
//!
//! Follows the chapter "PL/pgSQL" of PostgreSQL's manual. What does not fit is given as SQL, and whoever parses it finds
//! that it cannot be read.

use freehold_model::place::Span;

use super::tokens::{Token, tokens};
use crate::lexis::Kind;

/// A part of a body that runs something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A statement of SQL.
    Sql { text: String, span: Span },
    /// An expression, which can call functions.
    Expression { span: Span },
    /// The expression after `EXECUTE` whose value is run.
    Execute { span: Span },
}

/// Words that begin a statement of SQL.
const SQL: &[&str] = &[
    "select",
    "insert",
    "update",
    "delete",
    "merge",
    "with",
    "values",
    "drop",
    "truncate",
    "alter",
    "create",
    "comment",
    "grant",
    "revoke",
    "lock",
    "copy",
    "call",
    "do",
    "refresh",
    "reindex",
    "cluster",
    "analyze",
    "vacuum",
    "set",
    "reset",
    "reassign",
    "import",
    "security",
    "prepare",
    "deallocate",
    "discard",
    "listen",
    "unlisten",
    "notify",
    "checkpoint",
    "load",
    "explain",
];

/// Words after which another statement begins.
const OPENING: &[&str] = &["begin", "then", "else", "loop", "declare", "exception"];

/// Statements of PL/pgSQL that run nothing.
const IDLE: &[&str] = &[
    "end", "exit", "continue", "raise", "close", "fetch", "move", "get", "null", "commit", "rollback",
    "assert",
];

/// The parts of a body that run something, in order.
pub(super) fn pieces(code: &str) -> Vec<Piece> {
    let mut cutter = Cutter { code, tokens: tokens(code), at: 0, pieces: Vec::new() };
    while cutter.at < cutter.tokens.len() {
        let before = cutter.at;
        cutter.step();
        // Each step takes at least one word.
        cutter.at = cutter.at.max(before + 1);
    }
    cutter.pieces
}

struct Cutter<'c> {
    code: &'c str,
    tokens: Vec<Token<'c>>,
    at: usize,
    pieces: Vec<Piece>,
}

impl<'c> Cutter<'c> {
    fn token(&self, at: usize) -> Option<&Token<'c>> {
        self.tokens.get(at)
    }

    fn is(&self, at: usize, words: &[&str]) -> bool {
        self.token(at).is_some_and(|token| token.is_any(words))
    }

    /// The first of these words from `from` on, or the end.
    fn find(&self, from: usize, words: &[&str]) -> usize {
        (from..self.tokens.len()).find(|at| self.is(*at, words)).unwrap_or(self.tokens.len())
    }

    fn semicolon(&self, from: usize) -> usize {
        let is_end = |at: &usize| self.token(*at).is_some_and(|token| token.kind == Kind::Semicolon);
        (from..self.tokens.len()).find(is_end).unwrap_or(self.tokens.len())
    }

    fn span(&self, from: usize, to: usize) -> Option<Span> {
        let last = to.checked_sub(1).filter(|last| *last >= from)?;
        Some(Span::new(self.token(from)?.span.start, self.token(last)?.span.end))
    }

    fn step(&mut self) {
        let at = self.at;
        let Some(token) = self.token(at).copied() else { return };
        let assigns = self.token(at + 1).is_some_and(|next| matches!(next.text, ":" | "="));
        if token.kind == Kind::Semicolon || token.is_any(OPENING) {
            self.at = at + 1;
        } else if token.text == "<" && self.token(at + 1).is_some_and(|next| next.text == "<") {
            // A label.
            let close =
                (at..self.tokens.len()).find(|at| self.token(*at).is_some_and(|token| token.text == ">"));
            self.at = close.map_or(at + 2, |close| close + 2);
        } else if assigns {
            self.declaration_or_assignment();
        } else if token.is_any(IDLE) {
            self.at = self.semicolon(at);
        } else if token.is_any(SQL) {
            let end = self.semicolon(at);
            self.sql(at, end, "");
            self.at = end;
        } else if token.is("perform") {
            let end = self.semicolon(at);
            self.sql(at + 1, end, "SELECT ");
            self.at = end;
        } else if token.is("execute") {
            self.at = self.semicolon(at);
            self.execute(at + 1, self.at);
        } else if token.is("return") || token.is("open") {
            self.returned_or_opened();
        } else if token.is_any(&["for", "foreach", "while"]) {
            self.looped();
        } else if token.is_any(&["if", "elsif", "elseif", "when", "case"]) {
            let then = self.find(at, &["then"]).min(self.semicolon(at));
            self.expression(at + 1, then);
            self.at = then;
        } else {
            self.declaration_or_assignment();
        }
    }

    /// `RETURN x`, `RETURN NEXT x`, `RETURN QUERY …`, `OPEN c FOR …`.
    fn returned_or_opened(&mut self) {
        let (at, end) = (self.at, self.semicolon(self.at));
        let query = if self.is(at, &["open"]) {
            (at..end).find(|at| self.is(*at, &["for"])).map(|at| at + 1)
        } else {
            self.is(at + 1, &["query"]).then_some(at + 2)
        };
        match query {
            Some(query) if self.is(query, &["execute"]) => self.execute(query + 1, end),
            Some(query) => self.sql(query, end, ""),
            None => self.expression(at + 1, end),
        }
        self.at = end;
    }

    /// `FOR x IN … LOOP`, `WHILE … LOOP`.
    fn looped(&mut self) {
        let at = self.at;
        let end = match self.find(at, &["loop"]) {
            none if none == self.tokens.len() => self.semicolon(at),
            end => end,
        };
        let source = if self.is(at, &["while"]) { at } else { self.find(at, &["in", "array"]).min(end) };
        match source + 1 {
            from if self.is(from, &["execute"]) => self.execute(from + 1, end),
            from if self.is(from, SQL) => self.sql(from, end, ""),
            from => self.expression(from, end),
        }
        self.at = end;
    }

    /// `x := …`, `x int DEFAULT …`, `c CURSOR FOR …`.
    fn declaration_or_assignment(&mut self) {
        let (at, end) = (self.at, self.semicolon(self.at));
        let cursor = (at..end).find(|at| self.is(*at, &["cursor"]));
        let query = cursor.and_then(|cursor| (cursor..end).find(|at| self.is(*at, &["for", "is"])));
        let value = (at..end).find(|at| self.is(*at, &["=", "default"]));
        match (query, value) {
            (Some(query), _) => self.sql(query + 1, end, ""),
            (None, Some(value)) => self.expression(value + 1, end),
            (None, None) => {}
        }
        self.at = end;
    }

    fn sql(&mut self, from: usize, to: usize, before: &str) {
        let Some(span) = self.span(from, to) else { return };
        let text = format!("{before}{}", self.without_targets(from, to));
        self.pieces.push(Piece::Sql { text, span });
    }

    fn expression(&mut self, from: usize, to: usize) {
        self.pieces.extend(self.span(from, to).map(|span| Piece::Expression { span }));
    }

    /// The value ends where `INTO` or `USING` begins.
    fn execute(&mut self, from: usize, to: usize) {
        let depth = self.token(from).map_or(0, |token| token.depth);
        let ends = |at: &usize| {
            self.token(*at).is_some_and(|token| token.depth == depth && token.is_any(&["into", "using"]))
        };
        let end = (from..to).find(ends).unwrap_or(to);
        self.pieces.extend(self.span(from, end).map(|span| Piece::Execute { span }));
    }

    /// The text of a statement without `INTO` and the variables after it, which only PL/pgSQL knows.
    fn without_targets(&self, from: usize, to: usize) -> String {
        let text = |from: usize, to: usize| {
            self.span(from, to).and_then(|span| self.code.get(span.start..span.end)).unwrap_or("")
        };
        let depth = self.token(from).map_or(0, |token| token.depth);
        let into = (from + 1..to).find(|at| {
            let of_command = self.is(at - 1, &["insert", "merge"]);
            self.is(*at, &["into"])
                && !of_command
                && self.token(*at).is_some_and(|token| token.depth == depth)
        });
        let Some(into) = into else { return text(from, to).to_owned() };
        let mut end = into + 1 + usize::from(self.is(into + 1, &["strict"]));
        loop {
            end += 1;
            while self.token(end).is_some_and(|token| token.text == ".") {
                end += 2;
            }
            if end < to && self.token(end).is_some_and(|token| token.text == ",") {
                end += 1;
            } else {
                break;
            }
        }
        format!("{} {}", text(from, into), text(end.min(to), to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(code: &str) -> Vec<String> {
        let cut = |span: Span| code[span.start..span.end].to_owned();
        pieces(code)
            .into_iter()
            .map(|piece| match piece {
                Piece::Sql { text, .. } => format!("sql {text}"),
                Piece::Expression { span } => format!("expression {}", cut(span)),
                Piece::Execute { span } => format!("execute {}", cut(span)),
            })
            .collect()
    }

    #[test]
    fn every_statement_that_runs_something_is_found_wherever_it_stands() {
        let code = "<<outer>>
DECLARE n int := count_all(); c CURSOR FOR SELECT 1; x text;
BEGIN
  SELECT id, a INTO STRICT n, r.b FROM t WHERE x = 1;
  n := n + 1;
  IF EXISTS (SELECT 1 FROM t) THEN DROP TABLE a; ELSIF n > 1 THEN TRUNCATE b; ELSE PERFORM f(1); END IF;
  FOR r IN SELECT * FROM t LOOP DELETE FROM u WHERE id = r.id; END LOOP;
  FOR r IN EXECUTE 'select ' || x USING n LOOP NULL; END LOOP;
  FOR i IN 1..10 LOOP UPDATE v SET a = CASE WHEN i > 1 THEN 2 ELSE 3 END; END LOOP;
  WHILE n < f(n) LOOP INSERT INTO w VALUES (1) RETURNING id INTO n; END LOOP;
  EXECUTE format('drop table %I', x) INTO n USING a, b;
  RETURN QUERY EXECUTE 'select 1';
  RETURN QUERY SELECT 2;
  OPEN c FOR SELECT 3;
  CASE n WHEN 1 THEN DROP VIEW z; END CASE;
  RAISE NOTICE 'drop table %', n;
EXCEPTION WHEN others THEN ALTER TABLE a ADD b int; RETURN n;
END";
        assert_eq!(
            told(code),
            [
                "expression count_all()",
                "sql SELECT 1",
                "sql SELECT id, a FROM t WHERE x = 1",
                "expression n + 1",
                "expression EXISTS (SELECT 1 FROM t)",
                "sql DROP TABLE a",
                "expression n > 1",
                "sql TRUNCATE b",
                "sql SELECT f(1)",
                "sql SELECT * FROM t",
                "sql DELETE FROM u WHERE id = r.id",
                "execute 'select ' || x",
                "expression 1..10",
                "sql UPDATE v SET a = CASE WHEN i > 1 THEN 2 ELSE 3 END",
                "expression n < f(n)",
                "sql INSERT INTO w VALUES (1) RETURNING id ",
                "execute format('drop table %I', x)",
                "execute 'select 1'",
                "sql SELECT 2",
                "sql SELECT 3",
                "expression n WHEN 1",
                "sql DROP VIEW z",
                "expression others",
                "sql ALTER TABLE a ADD b int",
                "expression n",
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_cut_and_no_drop_behind_a_semicolon_is_missed(
            before in "((begin|end|if|then|else|loop|for|in|:=|into|execute|'x'|[a-z(),<;]) ?){0,14}",
        ) {
            let code = format!("{before}; DROP TABLE a;");
            let is_drop = |piece: &Piece| matches!(piece, Piece::Sql { text, .. } if text.contains("DROP TABLE a"));
            prop_assert!(pieces(&code).iter().any(is_drop), "{}", code);
        }
    }
}
