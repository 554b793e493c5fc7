//! Marks around statements that a tool would cut in pieces: goose and sql-migrate end a query at a line's last `;`.

use crate::formats::goose_marks::ends_with_semicolon;
use crate::lexis::{Kind, lexemes};

/// The text with the lines `begin` and `end` around each statement that has a `;` at the end of a line inside it, and
/// with a `;` after the last statement. What cannot be taken apart becomes one block.
pub(crate) fn with_blocks(sql: &str, begin: &str, end: &str) -> String {
    let Ok(statements) = freehold_sql::parse(sql) else {
        return format!("{begin}\n{}\n{end}\n", sql.trim_end());
    };
    let mut text = String::new();
    let mut at = 0;
    for statement in &statements {
        let between = sql.get(at..statement.span.start).unwrap_or("");
        push_without_semicolons(&mut text, between);
        let body = statement.text(sql);
        let last_line = body.lines().count().saturating_sub(1);
        if body.lines().take(last_line).any(ends_with_semicolon) {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&format!("{begin}\n{body};\n{end}\n"));
        } else {
            text.push_str(body);
            text.push(';');
        }
        at = statement.span.end;
    }
    let rest = sql.get(at..).unwrap_or("");
    push_without_semicolons(&mut text, rest);
    text
}

/// Adds the comments and white space between two statements; the first one has got its `;` already.
fn push_without_semicolons(text: &mut String, between: &str) {
    for lexeme in lexemes(between).filter(|lexeme| lexeme.kind != Kind::Semicolon) {
        text.push_str(between.get(lexeme.span.start..lexeme.span.end).unwrap_or(""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_statements_that_would_be_cut_get_marks_and_the_last_one_its_semicolon() {
        let sql = "create table a ();\n-- why\ncreate function f() returns int language sql as $$\nselect 1;\nselect 2\n$$;\n\
                   select 1; select\n2";
        assert_eq!(
            with_blocks(sql, "BEGIN", "END"),
            "create table a ();\n-- why\nBEGIN\ncreate function f() returns int language sql as $$\nselect 1;\nselect 2\n$$;\nEND\n\n\
             select 1; select\n2;"
        );
        assert_eq!(with_blocks("select 1 -- c;\n;;select 2;", "B", "E"), "select 1; -- c;\nselect 2;");
        assert_eq!(with_blocks("-- nothing\n", "B", "E"), "-- nothing\n");
        assert_eq!(with_blocks("selec;\nt", "B", "E"), "B\nselec;\nt\nE\n");
    }
}
