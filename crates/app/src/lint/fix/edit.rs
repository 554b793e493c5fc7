//! Changes of files: bytes replaced, everything else kept as it is.

use std::{collections::BTreeMap, path::PathBuf};

use freehold_migrate::Script;
use freehold_model::place::Span;
use freehold_sql::{Action, ObjectKind, StatementKind};

use super::FixError;

/// Changes of files, to be written at once.
#[derive(Default)]
pub(super) struct Edits {
    files: BTreeMap<PathBuf, (String, Vec<(Span, String)>)>,
}

impl Edits {
    /// Other text for these bytes of the script.
    pub(super) fn replace(&mut self, script: &Script, span: Span, with: &str) {
        self.add(script, span, with.to_owned());
    }

    /// The statement at these bytes goes, with its semicolon and what is left of its lines.
    pub(super) fn remove(&mut self, script: &Script, span: Span) {
        self.add(script, whole_lines(script.text(), span), String::new());
    }

    /// Statements before the first one.
    pub(super) fn preamble(&mut self, script: &Script, statements: &[String]) {
        let at = first_statement(script).unwrap_or(0);
        let text: String = statements.iter().map(|s| format!("{};\n", s.trim_end_matches(';'))).collect();
        self.add(script, Span::new(at, at), text);
    }

    fn add(&mut self, script: &Script, span: Span, with: String) {
        let file = self
            .files
            .entry(script.file.path.clone())
            .or_insert_with(|| (script.file.text.clone(), Vec::new()));
        let span = span.shifted(script.span.start);
        // Of two changes of the same bytes the first one is made; the other has its turn in the next round.
        let clash = |(other, _): &(Span, String)| span.start < other.end && other.start < span.end;
        if !file.1.iter().any(clash) {
            file.1.push((span, with));
        }
    }

    /// Writes the files.
    pub(super) fn write(self) -> Result<(), FixError> {
        for (path, (text, edits)) in self.files {
            std::fs::write(&path, edited(text, edits)).map_err(|source| FixError::File {
                doing: "write",
                path,
                source,
            })?;
        }
        Ok(())
    }
}

/// The text with all changes made, the last one first so that the others keep their places.
pub(super) fn edited(mut text: String, mut edits: Vec<(Span, String)>) -> String {
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    for (span, with) in edits {
        if text.get(span.start..span.end).is_some() {
            text.replace_range(span.start..span.end, &with);
        }
    }
    text
}

/// Where the first statement of a script begins, in the script's text.
pub(super) fn first_statement(script: &Script) -> Option<usize> {
    let statements = freehold_sql::parse_lenient(script.text());
    statements.into_iter().find_map(Result::ok).map(|statement| statement.span.start)
}

/// True when the script holds nothing else that does something: settings of the session do not count.
pub(super) fn is_only_statement(script: &Script, span: Span) -> bool {
    freehold_sql::parse_lenient(script.text())
        .into_iter()
        .all(|outcome| outcome.is_ok_and(|statement| statement.span == span || sets_only(&statement)))
}

/// The script's text with other statements in the place of one, and without those that only set something.
pub(super) fn rewritten(script: &Script, span: Span, statements: &[String]) -> String {
    let text = script.text();
    let mut edits = vec![(span, statements.join(";\n"))];
    for statement in freehold_sql::parse_lenient(text).into_iter().flatten() {
        if statement.span != span && sets_only(&statement) {
            edits.push((whole_lines(text, statement.span), String::new()));
        }
    }
    let mut text = edited(text.to_owned(), edits);
    if statements.len() > 1 && !text.trim_end().ends_with(';') && !text.contains("--") {
        text = format!("{};\n", text.trim_end());
    }
    text
}

fn sets_only(statement: &freehold_sql::Statement) -> bool {
    !statement.effect.session.is_empty() && statement.effect.objects.is_empty()
}

/// What a down still undoes of a statement that its up has lost to a migration of its own, or keeps in another form:
/// indexes that are dropped there go, and NOT NULL that is taken back there becomes what takes back the proof.
pub(super) fn follow_in_down(edits: &mut Edits, down: &Script, statements: &[String], undo: &[String]) {
    let gone = |sql: &String| freehold_sql::parse(sql).unwrap_or_default();
    let undone: Vec<_> = undo.iter().flat_map(gone).collect();
    let dropped: Vec<&str> = undone
        .iter()
        .filter(|statement| {
            matches!(statement.effect.kind, StatementKind::Drop { object: ObjectKind::Index, .. })
        })
        .flat_map(|statement| statement.effect.objects.iter().map(|object| object.name.as_str()))
        .collect();
    let loosened: Vec<&Action> = undone.iter().flat_map(|statement| &statement.effect.actions).collect();
    let unproved = statements.last().filter(|last| last.contains("DROP CONSTRAINT"));
    for statement in freehold_sql::parse_lenient(down.text()).into_iter().flatten() {
        let effect = &statement.effect;
        let names = || effect.objects.iter().map(|object| object.name.as_str());
        if matches!(effect.kind, StatementKind::Drop { object: ObjectKind::Index, .. })
            && names().count() > 0
            && names().all(|name| dropped.contains(&name))
        {
            edits.remove(down, statement.span);
        } else if let ([action @ Action::DropNotNull { .. }], Some(unproved)) =
            (effect.actions.as_slice(), unproved)
            && loosened.contains(&action)
        {
            edits.replace(down, statement.span, unproved);
        }
    }
}

/// The statement's bytes, its semicolon, and the whole lines when nothing else stands on them.
fn whole_lines(text: &str, span: Span) -> Span {
    let after = text.get(span.end..).unwrap_or("");
    let blank = after.len() - after.trim_start().len();
    let mut end = span.end;
    if after.trim_start().starts_with(';') {
        end += blank + 1;
    }
    let rest = text.get(end..).unwrap_or("");
    let line_end = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let before = text.get(..span.start).unwrap_or("");
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let alone = before.get(line_start..).is_some_and(|head| head.trim().is_empty())
        && rest.get(..line_end).is_some_and(|tail| tail.trim().is_empty());
    if alone { Span::new(line_start, end + line_end) } else { Span::new(span.start, end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str, statement: &str) -> String {
        let start = text.find(statement).unwrap();
        let span = whole_lines(text, Span::new(start, start + statement.len()));
        edited(text.to_owned(), vec![(span, String::new())])
    }

    #[test]
    fn a_statement_goes_with_its_semicolon_and_its_lines_and_nothing_else() {
        assert_eq!(without("a;\n  b ;  \nc;\n", "b"), "a;\nc;\n");
        assert_eq!(without("a; b; c;\n", "b"), "a;  c;\n");
        assert_eq!(without("a;\nb", "b"), "a;\n");
        assert_eq!(without("a;\nb; -- why\nc;", "b"), "a;\n -- why\nc;");
        assert_eq!(without("a;\r\nb;\r\nc;", "b"), "a;\r\nc;");
    }

    #[test]
    fn changes_keep_the_places_of_each_other() {
        let edits = vec![(Span::new(0, 1), "xyz".to_owned()), (Span::new(2, 3), "-".to_owned())];
        assert_eq!(edited("a b c".to_owned(), edits), "xyz - c");
    }
}
