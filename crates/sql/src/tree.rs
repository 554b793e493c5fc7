//! PostgreSQL's parse trees, for those who need more of a statement than its effect.
//!
//! The node types are those of `pg_query`, named again here so that one room decides which grammar is used. Trees are
//! deep: walk them on a thread of [`crate::deep_thread`].

pub use pg_query::NodeEnum;
pub use pg_query::protobuf;

use freehold_model::place::Span;

use crate::lex::{Lexer, TokenKind};

/// What a word of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LexemeKind {
    /// An unquoted identifier or key word.
    Word,
    /// An identifier in quotes.
    QuotedIdentifier,
    /// A string constant of any form.
    String,
    /// A number, or a parameter such as `$1`.
    Number,
    /// Any other single character.
    Symbol,
}

/// A word of a text, and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme<'t> {
    /// What it is.
    pub kind: LexemeKind,
    /// As written.
    pub text: &'t str,
    /// Its bytes.
    pub span: Span,
}

impl Lexeme<'_> {
    /// True for this key word, however it is capitalised.
    pub fn is(&self, word: &str) -> bool {
        self.kind == LexemeKind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

/// The words of a text by PostgreSQL's rules of quoting, without comments: for bodies in other languages than SQL,
/// which have no tree.
pub fn lexemes(text: &str) -> impl Iterator<Item = Lexeme<'_>> {
    Lexer::new(text, 0).filter_map(move |token| {
        let kind = match token.kind {
            TokenKind::Word => LexemeKind::Word,
            TokenKind::QuotedIdentifier => LexemeKind::QuotedIdentifier,
            TokenKind::String => LexemeKind::String,
            TokenKind::Number => LexemeKind::Number,
            TokenKind::Symbol(_) | TokenKind::Backslash | TokenKind::Unterminated(_) => LexemeKind::Symbol,
            TokenKind::Comment => return None,
        };
        Some(Lexeme { kind, text: token.text(text), span: Span::new(token.start, token.end) })
    })
}

/// The tree's SQL again, in the grammar's own layout; none when the tree cannot be written.
pub fn write(node: &NodeEnum) -> Option<String> {
    let result = protobuf::ParseResult {
        version: 0,
        stmts: vec![protobuf::RawStmt {
            stmt: Some(Box::new(protobuf::Node { node: Some(node.clone()) })),
            stmt_location: 0,
            stmt_len: 0,
        }],
    };
    pg_query::deparse(&result, pg_query::DeparseOptions::default()).ok()
}

/// The expression's SQL, as it would stand behind `SELECT`; none when it cannot be written.
pub fn write_expression(expression: &protobuf::Node) -> Option<String> {
    let target = protobuf::ResTarget { val: Some(Box::new(expression.clone())), ..Default::default() };
    let select = protobuf::SelectStmt {
        target_list: vec![protobuf::Node { node: Some(NodeEnum::ResTarget(Box::new(target))) }],
        limit_option: protobuf::LimitOption::Default.into(),
        op: protobuf::SetOperation::SetopNone.into(),
        ..Default::default()
    };
    let text = write(&NodeEnum::SelectStmt(Box::new(select)))?;
    text.strip_prefix("SELECT ").map(str::to_owned)
}

/// The tree of an expression's SQL; none when it is no expression.
pub fn read_expression(sql: &str) -> Option<protobuf::Node> {
    let result = pg_query::parse(&format!("SELECT {sql}"), 0).ok()?;
    let node = result.protobuf.stmts.into_iter().next()?.stmt?.node?;
    let NodeEnum::SelectStmt(select) = node else { return None };
    let target = select.target_list.into_iter().next()?.node?;
    let NodeEnum::ResTarget(target) = target else { return None };
    target.val.map(|value| *value)
}

/// The tree of one statement's SQL; none when the grammar refuses it.
pub fn read(sql: &str) -> Option<NodeEnum> {
    pg_query::parse(sql, 0).ok()?.protobuf.stmts.into_iter().next()?.stmt?.node
}

/// What PostgreSQL's PL/pgSQL compiler makes of a `CREATE FUNCTION`, `CREATE PROCEDURE` or `DO` in that language: its
/// statements as the JSON of libpg_query.
///
/// # Errors
/// What the compiler says is wrong with the body. It knows no catalog, so that it may complain of a type or a table that
/// is there; its words on syntax are the server's.
pub fn plpgsql(sql: &str) -> Result<serde_json::Value, String> {
    // The crate builds JSON by hand; a surprise there must not end the program.
    let compiled = std::panic::catch_unwind(|| pg_query::parse_plpgsql(sql));
    match compiled {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(pg_query::Error::Parse(message))) => Err(message),
        Ok(Err(other)) => Err(format!("cannot be looked into: {other}")),
        Err(_) => Err("cannot be looked into".to_owned()),
    }
}

/// The columns that an expression or a statement mentions, in order: the parts of each name as written. Those of `t.*`
/// are `t` alone.
pub fn columns(tree: &protobuf::Node) -> Vec<Vec<String>> {
    crate::effect::walk_tree(tree).columns
}

/// The relations that a statement reads or writes, in order: schema, if written, and name. Names of a `WITH` are left
/// out.
pub fn relations(tree: &NodeEnum) -> Vec<(Option<String>, String)> {
    let node = protobuf::Node { node: Some(tree.clone()) };
    let found = crate::effect::walk_tree(&node).relations;
    found.into_iter().map(|relation| (relation.schema, relation.name)).collect()
}

/// The functions that an expression or a statement calls, in order: the parts of each name as written.
pub fn calls(tree: &protobuf::Node) -> Vec<Vec<String>> {
    crate::effect::walk_tree(tree).calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_wherever_they_stand() {
        let node =
            read_expression("coalesce(a, t.b) IS TRUE AND c = ANY (ARRAY[d]) AND s.t.e BETWEEN 1 AND (f)[1]")
                .unwrap();
        let names: Vec<String> = columns(&node).iter().map(|parts| parts.join(".")).collect();
        assert_eq!(names, ["a", "t.b", "c", "d", "s.t.e", "f"]);
        assert_eq!(calls(&read_expression("lower(app.f(x))").unwrap()), [vec!["app", "f"], vec!["lower"]]);
    }

    #[test]
    fn an_expression_goes_there_and_back() {
        let node = read_expression("a + 1 > 2 AND b IS NOT NULL").unwrap();
        assert_eq!(write_expression(&node).as_deref(), Some("a + 1 > 2 AND b IS NOT NULL"));
    }

    #[test]
    fn a_statement_goes_there_and_back() {
        let node = read("alter table a add column b int not null").unwrap();
        assert_eq!(write(&node).as_deref(), Some("ALTER TABLE a ADD COLUMN b int NOT NULL"));
    }

    #[test]
    fn a_body_of_another_language_is_compiled_or_refused() {
        let body = |body: &str| format!("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ {body} $$");
        assert!(plpgsql(&body("BEGIN PERFORM 1; END")).is_ok());
        assert_eq!(plpgsql(&body("BEGIN foo bar; END")).unwrap_err(), "syntax error at or near \"foo\"");
    }
}
