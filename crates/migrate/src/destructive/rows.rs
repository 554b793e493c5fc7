//! `DELETE` and `UPDATE` of every row, wherever they stand in a statement.

use freehold_sql::{ObjectKind, ObjectUse, Use};

use super::judge::Harm;
use super::tokens::{Token, dotted_name, tokens};
use crate::lexis::Kind;

/// The deletes and updates of a statement that have no condition, or one that names nothing (`WHERE true`).
pub(super) fn of_every_row(text: &str) -> Vec<Harm> {
    let tokens = tokens(text);
    (0..tokens.len()).filter_map(|at| delete(&tokens, at).or_else(|| update(&tokens, at))).collect()
}

fn delete(tokens: &[Token<'_>], at: usize) -> Option<Harm> {
    let rest = tokens.get(at..)?;
    let [first, from, ..] = rest else { return None };
    if !first.is("delete") || !from.is("from") || has_condition(rest) {
        return None;
    }
    let table = target(rest.get(2..)?)?.0;
    Some(Harm::of("delete_without_where", table))
}

/// What may stand before the word where it begins no statement: `FOR UPDATE`, `ON UPDATE`, `DO UPDATE`, `THEN UPDATE`.
const NO_COMMAND_AFTER: &[&str] =
    &["for", "key", "on", "do", "then", "or", "after", "before", "of", "grant", "revoke", ","];

fn update(tokens: &[Token<'_>], at: usize) -> Option<Harm> {
    let rest = tokens.get(at..)?;
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    if !rest.first()?.is("update") || before.is_some_and(|token| token.is_any(NO_COMMAND_AFTER)) {
        return None;
    }
    let (table, length) = target(rest.get(1..)?)?;
    // An alias may stand before `SET`.
    let set = rest.iter().skip(1 + length).take(4).position(|token| token.is("set"))? + 1 + length;
    if has_condition(rest) {
        return None;
    }
    let columns = set_columns(rest.get(set + 1..)?, rest.first()?.depth);
    let of_table = |name: String| ObjectUse {
        kind: ObjectKind::Column,
        schema: table.schema.clone(),
        of: Some(table.name.clone()),
        name,
        use_: Use::Writes,
        temporary: false,
    };
    let columns: Option<Vec<ObjectUse>> = columns.map(|names| names.into_iter().map(of_table).collect());
    let mut harm = Harm::of("update_without_where", table.clone());
    // A column that was made here held nothing that could be overwritten.
    harm.excuses.extend(columns.filter(|columns| !columns.is_empty()));
    Some(harm)
}

/// The table after `DELETE FROM` or `UPDATE`, and how many tokens it takes.
fn target<'t>(tokens: &[Token<'t>]) -> Option<(ObjectUse, usize)> {
    let only = usize::from(tokens.first()?.is("only"));
    let (mut parts, length) = dotted_name(tokens.get(only..)?);
    let name = parts.pop()?;
    let table = ObjectUse {
        kind: ObjectKind::Table,
        schema: parts.pop(),
        of: None,
        name,
        use_: Use::Writes,
        temporary: false,
    };
    Some((table, only + length))
}

/// The columns that `SET` names; `None` when they cannot be told.
fn set_columns(tokens: &[Token<'_>], depth: usize) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut wanted = true;
    for (at, token) in tokens.iter().enumerate() {
        if token.depth < depth || token.is("returning") || token.is("from") && token.depth == depth {
            break;
        }
        if wanted {
            // `SET (a, b) = …` is not taken apart.
            names.push(token.name()?);
            wanted = false;
            if !tokens
                .get(at + 1)
                .is_some_and(|next| next.text == "=" || next.text == "[" || next.text == ".")
            {
                return None;
            }
        } else if token.depth == depth && token.text == "," {
            wanted = true;
        }
    }
    Some(names)
}

/// True when the command that begins with the first token has a `WHERE` that can be false.
fn has_condition(command: &[Token<'_>]) -> bool {
    let Some(depth) = command.first().map(|token| token.depth) else { return false };
    let own: Vec<&Token<'_>> = command
        .iter()
        .skip(1)
        .take_while(|token| token.depth >= depth && token.kind != Kind::Semicolon)
        .collect();
    let Some(at) = own.iter().position(|token| token.depth == depth && token.is("where")) else {
        return false;
    };
    let condition = own.iter().skip(at + 1).take_while(|token| !token.is("returning"));
    let mut names_something = false;
    for token in condition {
        if token.is("false") {
            return true;
        }
        let constant = token.kind == Kind::Quoted && !token.text.starts_with('"')
            || token.is_any(&["true", "and", "or", "not", "is", "null"])
            || token.name().is_none();
        names_something |= !constant;
    }
    names_something
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, String)> {
        of_every_row(text)
            .into_iter()
            .map(|harm| (harm.word, harm.object.map(|object| object.to_string()).unwrap_or_default()))
            .collect()
    }

    #[test]
    fn every_row_means_no_condition_of_its_own() {
        let delete = |table: &str| vec![("delete_without_where", table.to_owned())];
        let update = |table: &str| vec![("update_without_where", table.to_owned())];
        for (text, expected) in [
            ("delete from a", delete("a")),
            ("DELETE FROM ONLY s.\"A b\" *", delete("s.\"A b\"")),
            ("delete from a where true", delete("a")),
            ("delete from a where 1 = 1 or 'x' = 'x'", delete("a")),
            ("delete from a using b", delete("a")),
            ("delete from a where id = 1", vec![]),
            ("delete from a where false", vec![]),
            ("delete from a where current of c", vec![]),
            ("with x as (delete from a returning *) select * from x where id = 1", delete("a")),
            ("with x as (delete from a where id = 1 returning *) select * from x", vec![]),
            ("with x as (select 1) delete from a", delete("a")),
            ("delete from a using (select 1 where true) b", delete("a")),
            ("delete from a where id in (select 1)", vec![]),
            ("update a set b = 1", update("a")),
            ("update a as x set b = (select 1 where true)", update("a")),
            ("update a set b = 1 where b is null", vec![]),
            ("update a set b = 1 from c where c.id = a.id", vec![]),
            ("update a set b = f(b, (1)) where c = g(c)", vec![]),
            ("update a set b = f(b, (1))", update("a")),
            ("with x as (update a set b = f(b) where c) select f(1) from x", vec![]),
            ("with x as (update a set b = f(b)) select f(1) from x where true", update("a")),
            ("select * from a for update", vec![]),
            ("insert into a values (1) on conflict (id) do update set b = 1", vec![]),
            ("select 'delete from a'", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
