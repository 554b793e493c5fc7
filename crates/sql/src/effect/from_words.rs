//! The effect of a statement whose parse tree cannot be had, from its leading words.
//!
//! The grammar has accepted the statement; only its tree is out of reach (it nests too deeply). Everything that the
//! words leave open is answered the careful way: it is opaque.

use super::object::{ObjectKind, ObjectUse, Use};
use super::{Effect, StatementKind};
use crate::lex::{Lexer, Token, TokenKind};

/// How many tokens at the beginning are looked at.
const LOOKED_AT: usize = 64;

/// A guess at what the statement does, always opaque for `reason`.
pub(crate) fn effect_from_words(text: &str, reason: &str) -> Effect {
    let tokens: Vec<Token> =
        Lexer::new(text, 0).filter(|token| token.kind != TokenKind::Comment).take(LOOKED_AT).collect();
    let word =
        |at: usize| tokens.get(at).map(|token| token.text(text).to_ascii_lowercase()).unwrap_or_default();
    let (first, second) = (word(0), word(1));
    let mut effect = match (first.as_str(), second.as_str()) {
        ("select" | "values" | "table" | "with" | "(", _) => rows(StatementKind::Select),
        ("insert", _) => with_target(rows(StatementKind::Insert), text, &tokens, 2, Use::Writes),
        ("update", _) => with_target(rows(StatementKind::Update), text, &tokens, 1, Use::Writes),
        ("delete", _) => with_target(rows(StatementKind::Delete), text, &tokens, 2, Use::Writes),
        ("merge", _) => with_target(rows(StatementKind::Merge), text, &tokens, 2, Use::Writes),
        ("create", "table") => {
            with_target(Effect::new(StatementKind::CreateTable), text, &tokens, 2, Use::Creates)
        }
        ("alter", "table") => {
            with_target(Effect::new(StatementKind::AlterTable), text, &tokens, 2, Use::Alters)
        }
        ("create", _) => {
            let kind = tokens.iter().find_map(|token| created_kind(&token.text(text).to_ascii_lowercase()));
            Effect::new(StatementKind::Create(kind.unwrap_or(ObjectKind::Other)))
        }
        ("explain", _) => Effect::new(StatementKind::Explain {
            analyze: tokens.iter().any(|token| token.is_word(text, "analyze")),
        }),
        _ => Effect::new(StatementKind::Other),
    };
    // Nothing can be ruled out.
    effect.may_lose_data = !matches!(effect.kind, StatementKind::Create(_) | StatementKind::CreateTable);
    effect.hide(reason);
    effect
}

fn rows(kind: StatementKind) -> Effect {
    let mut effect = Effect::new(kind);
    effect.is_query = true;
    effect
}

fn created_kind(word: &str) -> Option<ObjectKind> {
    [
        ObjectKind::View,
        ObjectKind::Function,
        ObjectKind::Procedure,
        ObjectKind::Policy,
        ObjectKind::Trigger,
        ObjectKind::Rule,
        ObjectKind::Index,
        ObjectKind::Domain,
        ObjectKind::Type,
    ]
    .into_iter()
    .find(|kind| kind.word() == word)
}

/// Adds the table whose name begins at a token, words such as `ONLY` and `IF EXISTS` passed over.
fn with_target(mut effect: Effect, text: &str, tokens: &[Token], from: usize, use_: Use) -> Effect {
    let passed_over = ["only", "if", "not", "exists"];
    let start = tokens
        .iter()
        .enumerate()
        .skip(from)
        .find(|(_, token)| !passed_over.iter().any(|word| token.is_word(text, word)))
        .map_or(tokens.len(), |(at, _)| at);
    let mut parts = Vec::new();
    let mut rest = tokens.iter().skip(start);
    while let Some(token) = rest.next() {
        match token.kind {
            TokenKind::Word => parts.push(token.text(text).to_ascii_lowercase()),
            TokenKind::QuotedIdentifier => {
                parts.push(token.text(text).trim_matches('"').replace("\"\"", "\""));
            }
            _ => break,
        }
        if rest.next().is_none_or(|dot| dot.kind != TokenKind::Symbol('.')) {
            break;
        }
    }
    if let Some((name, schema)) = parts.split_last() {
        effect.push(ObjectUse::new(ObjectKind::Table, schema.last().cloned(), name.clone(), use_));
    }
    effect
}
