//! Very long `INSERT ... VALUES` statements, read in pieces.
//!
//! A parse tree takes about a hundred times the memory of its text, so one `INSERT` of 50 MB would take 5 GB. Its rows
//! are all alike to the grammar: the statement is accepted exactly when its head with each group of rows is.

use freehold_model::place::Span;

use crate::lex::{Lexer, Token, TokenKind};

/// Statements up to this many bytes are parsed in one piece.
const LONG: usize = 2 << 20;
/// The bytes of rows in one piece.
const PIECE: usize = 1 << 20;

/// A long `INSERT` cut up.
pub(crate) struct LongInsert<'t> {
    sql: &'t str,
    /// The head ends after `VALUES`.
    head: usize,
    /// Groups of rows; what follows the rows belongs to the last one.
    groups: Vec<Span>,
}

impl<'t> LongInsert<'t> {
    /// Cuts the statement up if it is an `INSERT` that is too long for one tree.
    pub(crate) fn cut(sql: &'t str) -> Option<Self> {
        if sql.len() <= LONG {
            return None;
        }
        let mut tokens = Lexer::new(sql, 0).filter(|token| token.kind != TokenKind::Comment);
        if !tokens.next()?.is_word(sql, "insert") {
            return None;
        }
        let mut depth = Depth::default();
        let head = tokens.find(|token| depth.after(*token) == 0 && token.is_word(sql, "values"))?.end;
        let mut groups = Vec::new();
        let mut start = head;
        for token in tokens {
            let level = depth.after(token);
            match token.kind {
                // The rows are over: `ON CONFLICT`, `RETURNING`.
                TokenKind::Word if level == 0 => break,
                TokenKind::Symbol(',') if level == 0 && token.start - start >= PIECE => {
                    groups.push(Span::new(start, token.start));
                    start = token.end;
                }
                _ => {}
            }
        }
        groups.push(Span::new(start, sql.len()));
        (groups.len() > 1).then_some(Self { sql, head, groups })
    }

    /// Each group of rows as a statement of its own.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece> {
        let head = self.sql.get(..self.head).unwrap_or("");
        self.groups.iter().map(move |group| Piece {
            text: format!("{head} {}", self.sql.get(group.start..group.end).unwrap_or("")),
            head: self.head,
            group: *group,
        })
    }
}

/// One group of rows with the head in front.
pub(crate) struct Piece {
    pub(crate) text: String,
    head: usize,
    group: Span,
}

impl Piece {
    /// A span in the piece as a span in the whole statement.
    pub(crate) fn whole(&self, span: Span) -> Span {
        let map = |at: usize| {
            if at <= self.head { at } else { (at - self.head - 1 + self.group.start).min(self.group.end) }
        };
        Span::new(map(span.start), map(span.end))
    }
}

/// How many parentheses and brackets are open.
#[derive(Default)]
struct Depth(usize);

impl Depth {
    fn after(&mut self, token: Token) -> usize {
        match token.kind {
            TokenKind::Symbol('(' | '[') => self.0 += 1,
            TokenKind::Symbol(')' | ']') => self.0 = self.0.saturating_sub(1),
            _ => {}
        }
        self.0
    }
}
