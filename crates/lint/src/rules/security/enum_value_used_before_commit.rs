//! A value is used in the transaction that added it to its enum.
//!
//! ## What it finds
//! `ALTER TYPE … ADD VALUE` and, later in the same transaction, a default, a row, a condition or a cast that uses the
//! new value. Text that happens to be equal but is not of that type is left alone.
//!
//! ## Why it hurts
//! PostgreSQL refuses it: "unsafe use of new value". The value is in the catalog only when the transaction has
//! committed.
//!
//! ## Do instead
//! Add the value in a migration of its own and use it in the next.
//!
//! ## When to ignore
//! Never.
//!
//! ## PostgreSQL versions
//! From 17 on, a value may be used at once when the enum itself was made in the same transaction; before 17 not even
//! then.
//!
//! ## Source
//! PostgreSQL manual, ALTER TYPE, Notes.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};
use freehold_sql::{
    StatementKind,
    tree::{Lexeme, LexemeKind, NodeEnum, lexemes, protobuf},
};

use crate::{
    context::Context,
    found::Findings,
    routine::constant,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "enum-value-used-before-commit",
        code: "FH0905",
        category: Category::Security,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Execution],
        hazards: &[115],
        summary: "a new enum value is used in the transaction that adds it",
        source: include_str!("enum_value_used_before_commit.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let added = &context.walk.added_enum_values;
    let is_more =
        matches!(context.statement.effect.kind, StatementKind::AddEnumValue | StatementKind::Comment);
    if added.is_empty() || is_more {
        return;
    }
    for (enum_type, values) in added {
        let known = context.state.type_named(enum_type);
        let made_here =
            known.and_then(|known| known.made).is_some_and(|made| made.script == context.script_id);
        if made_here && context.options.oldest() >= 17 {
            continue;
        }
        for value in values {
            if context.text.contains(value.as_str()) && uses(context, enum_type, value) {
                findings.push(
                    context
                        .found(
                            findings.rule(),
                            Subject::new("type", enum_type.to_string()),
                            format!("this uses '{value}', which the same transaction adds to {enum_type}: PostgreSQL refuses a new value before it is committed"),
                        )
                        .advised("Add the value in a migration of its own and use it in the next one."),
                );
                return;
            }
        }
    }
}

/// True when a constant with this text is of the enum.
fn uses(context: &Context<'_>, enum_type: &QualifiedName, value: &str) -> bool {
    let words: Vec<Lexeme<'_>> = lexemes(context.text).collect();
    let names = |name: &str| words.iter().any(|word| is_name(word, name));
    let literals: Vec<usize> = words
        .iter()
        .enumerate()
        .filter(|(_, word)| word.kind == LexemeKind::String && unquoted(word.text) == value)
        .map(|(at, _)| at)
        .collect();
    let cast = |at: &usize| cast_of(&words, *at).map(|type_| type_ == enum_type.name);
    if literals.is_empty() {
        return false;
    }
    if literals.iter().any(|at| cast(at) == Some(true)) {
        return true;
    }
    let bare = literals.iter().any(|at| cast(at).is_none());
    if !bare {
        return false;
    }
    if let Some(NodeEnum::InsertStmt(insert)) = context.tree {
        return inserted(context, insert, enum_type, value);
    }
    // A new column of the type, or a column of a table that is known, with the constant beside it.
    let is_definition =
        matches!(context.statement.effect.kind, StatementKind::CreateTable | StatementKind::AlterTable);
    (is_definition && names(&enum_type.name))
        || columns_of(context, enum_type).iter().any(|column| names(column))
}

/// The columns of that type of all relations that the statement names.
fn columns_of(context: &Context<'_>, enum_type: &QualifiedName) -> Vec<String> {
    let mut found = Vec::new();
    for object in &context.statement.effect.objects {
        let Some(known) = context.state.relation(&context.state.relation_of(object)) else { continue };
        let of_type = known.relation.columns.iter().filter(|column| {
            context.state.type_of(&column.type_name).is_some_and(|known| known.object.name == *enum_type)
        });
        found.extend(of_type.map(|column| column.name.clone()));
    }
    found
}

/// True when a row of `VALUES` has the value in a column of that type.
fn inserted(
    context: &Context<'_>,
    insert: &protobuf::InsertStmt,
    enum_type: &QualifiedName,
    value: &str,
) -> bool {
    let of_type = columns_of(context, enum_type);
    let Some(table) =
        context.statement.effect.objects.first().map(|object| context.state.relation_of(object))
    else {
        return false;
    };
    let written: Vec<String> = insert
        .cols
        .iter()
        .filter_map(|column| match column.node.as_ref()? {
            NodeEnum::ResTarget(target) => Some(target.name.clone()),
            _ => None,
        })
        .collect();
    let all = || {
        context
            .state
            .relation(&table)
            .map(|known| known.relation.columns.iter().map(|column| column.name.clone()).collect())
    };
    let columns: Vec<String> = if written.is_empty() { all().unwrap_or_default() } else { written };
    let select = insert.select_stmt.as_deref().and_then(|select| select.node.as_ref());
    let Some(NodeEnum::SelectStmt(select)) = select else { return false };
    let rows = select.values_lists.iter().filter_map(|row| match row.node.as_ref()? {
        NodeEnum::List(list) => Some(list.items.as_slice()),
        _ => None,
    });
    let targets = |items: &[protobuf::Node]| {
        items
            .iter()
            .zip(&columns)
            .any(|(item, column)| constant(item) == Some(value) && of_type.contains(column))
    };
    rows.into_iter().any(targets)
        || (select.values_lists.is_empty() && {
            let items: Vec<protobuf::Node> = select
                .target_list
                .iter()
                .filter_map(|target| match target.node.as_ref()? {
                    NodeEnum::ResTarget(target) => target.val.as_deref().cloned(),
                    _ => None,
                })
                .collect();
            targets(&items)
        })
}

fn is_name(word: &Lexeme<'_>, name: &str) -> bool {
    word.is(name) || (word.kind == LexemeKind::QuotedIdentifier && word.text.trim_matches('"') == name)
}

fn unquoted(text: &str) -> String {
    text.trim_matches('\'').replace("''", "'")
}

/// The last name of the type that a constant is cast to: `'x'::app.mood`, `CAST('x' AS mood)`, `mood 'x'`.
fn cast_of(words: &[Lexeme<'_>], at: usize) -> Option<String> {
    let text = |at: usize| words.get(at).map_or("", |word| word.text);
    let from = if text(at + 1) == ":" && text(at + 2) == ":" {
        at + 3
    } else if words.get(at + 1).is_some_and(|word| word.is("as")) && !text(at + 2).is_empty() {
        at + 2
    } else {
        return None;
    };
    let mut last = from;
    while text(last + 1) == "." {
        last += 2;
    }
    let word = words.get(last)?;
    let quoted = word.kind == LexemeKind::QuotedIdentifier;
    Some(if quoted { word.text.trim_matches('"').to_owned() } else { word.text.to_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(sql: &str) -> bool {
        let text = format!(
            "-- migration: 1_a\nCREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE people (id bigint PRIMARY KEY, note text, feels mood);\n-- migration: 2_b\n{sql}"
        );
        said(&text).iter().any(|(id, _)| *id == "enum-value-used-before-commit")
    }

    #[test]
    fn every_use_in_the_same_transaction_is_told() {
        for sql in [
            "ALTER TYPE mood ADD VALUE 'calm';\nSELECT 'calm'::mood;",
            "ALTER TYPE mood ADD VALUE 'calm';\nSELECT CAST('calm' AS public.mood);",
            "ALTER TYPE mood ADD VALUE 'calm';\nINSERT INTO people (id, feels) VALUES (1, 'calm');",
            "ALTER TYPE mood ADD VALUE 'calm';\nINSERT INTO people VALUES (1, '', 'calm');",
            "ALTER TYPE mood ADD VALUE 'calm';\nUPDATE people SET feels = 'calm' WHERE id = 1;",
            "ALTER TYPE mood ADD VALUE 'calm';\nALTER TABLE people ALTER COLUMN feels SET DEFAULT 'calm';",
            "ALTER TYPE mood ADD VALUE 'calm';\nALTER TABLE people ADD COLUMN felt mood DEFAULT 'calm';",
            "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm' AFTER 'sad';\nCREATE INDEX i ON people (id) WHERE feels = 'calm';",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn the_same_letters_elsewhere_are_silent() {
        for sql in [
            "ALTER TYPE mood ADD VALUE 'calm';\nINSERT INTO people (id, note) VALUES (1, 'calm');",
            "ALTER TYPE mood ADD VALUE 'calm';\nINSERT INTO people (note, feels) VALUES ('calm', 'sad');",
            "ALTER TYPE mood ADD VALUE 'calm';\nCOMMENT ON TABLE people IS 'calm';",
            "ALTER TYPE mood ADD VALUE 'calm';\nSELECT 'calm'::text;",
            "ALTER TYPE mood ADD VALUE 'calm';\nUPDATE people SET feels = 'sad' WHERE id = 1;",
            "ALTER TYPE mood ADD VALUE 'calm';\nCOMMIT;\nSELECT 'calm'::mood;",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }

    #[test]
    fn from_17_on_a_type_of_the_same_transaction_is_free() {
        let sql =
            "CREATE TYPE mood AS ENUM ('sad');\nALTER TYPE mood ADD VALUE 'calm';\nSELECT 'calm'::mood;";
        let fires = |text: &str| said(text).iter().any(|(id, _)| *id == "enum-value-used-before-commit");
        assert!(fires(sql));
        assert!(!fires(&format!("-- option: majors 17,18\n-- migration: 1_a\n{sql}")));
    }
}
