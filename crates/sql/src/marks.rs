//! Marks that templates and psql put into SQL, and characters that cannot be seen.

use freehold_model::place::Span;

use crate::error::ScriptError;
use crate::lex::{Lexer, TokenKind};

/// How a kind of mark is written and who reads it. A mark reaches from `open` to `close` on the same line.
struct Mark {
    open: &'static str,
    close: &'static str,
    what: &'static str,
    /// Only a word may stand between: both ends are operators of PostgreSQL as well.
    word: bool,
}

const fn mark_of(open: &'static str, close: &'static str, what: &'static str) -> Mark {
    Mark { open, close, what, word: false }
}

const fn mark_of_word(open: &'static str, close: &'static str, what: &'static str) -> Mark {
    Mark { open, close, what, word: true }
}

/// Longer openings first.
const MARKS: &[Mark] = &[
    mark_of("${{", "}}", "a placeholder of a template"),
    mark_of("${", "}", "a placeholder such as Flyway's"),
    mark_of("$(", ")", "a variable of sqlcmd or of a shell"),
    mark_of("{{", "}}", "a mark of a template (Jinja, Go, Handlebars)"),
    mark_of("{%", "%}", "a mark of a template (Jinja)"),
    mark_of("<%", "%>", "a mark of a template (ERB)"),
    mark_of("#{", "}", "an interpolation of a program's string"),
    mark_of("%(", ")s", "a parameter of a Python driver"),
    mark_of_word("%%", "%%", "a placeholder of a template"),
    mark_of("%%", "", "a doubled percent sign of a format string"),
    mark_of(":'", "'", "a variable of psql"),
    mark_of(":\"", "\"", "a variable of psql"),
    mark_of_word("@@", "@@", "a placeholder of a template"),
    mark_of_word("##", "##", "a placeholder of a template"),
    mark_of_word("@", "@", "a placeholder of a template"),
    mark_of_word("#", "#", "a placeholder of a template"),
];

/// The mark that covers or touches the token that the grammar stumbled over.
pub(crate) fn at(text: &str, statement: Span, stumbled: Span) -> Option<ScriptError> {
    // The grammar may have swallowed the first characters of the mark as an operator; look a little to the left.
    let mut from = stumbled.start;
    for _ in 0..3 {
        from = text
            .get(statement.start..from)?
            .char_indices()
            .next_back()
            .map_or(from, |(at, _)| statement.start + at);
    }
    let mut start = from;
    while start <= stumbled.start {
        let rest = text.get(start..)?;
        if let Some((length, what)) = mark(rest).or_else(|| variable(text, start, rest))
            && start + length >= stumbled.start
        {
            let span = Span::new(start, start + length);
            let mark = text.get(span.start..span.end)?.to_owned();
            return Some(ScriptError::TemplateMark { mark, what, span });
        }
        start += rest.chars().next()?.len_utf8();
    }
    earlier(text, statement, stumbled)
}

/// A mark of ERB begins as an operator that PostgreSQL accepts, so that the grammar stumbles only behind it.
fn earlier(text: &str, statement: Span, stumbled: Span) -> Option<ScriptError> {
    let before = text.get(statement.start..stumbled.start)?;
    let at = before.rfind("<%=").or_else(|| before.rfind("<% ")).or_else(|| before.rfind("<%-"))?;
    let (length, what) = mark(before.get(at..)?)?;
    let span = Span::new(statement.start + at, statement.start + at + length);
    Some(ScriptError::TemplateMark { mark: text.get(span.start..span.end)?.to_owned(), what, span })
}

fn mark(rest: &str) -> Option<(usize, &'static str)> {
    MARKS.iter().find_map(|mark| {
        let inside = rest.strip_prefix(mark.open)?;
        let line = inside.split('\n').next().unwrap_or(inside);
        let length = line.find(mark.close)?;
        let is_word =
            line.get(..length)?.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
        (!mark.word || (is_word && length > 0)).then_some(())?;
        Some((mark.open.len() + length + mark.close.len(), mark.what))
    })
}

/// `:name`, but not the `::type` of a cast.
fn variable(text: &str, start: usize, rest: &str) -> Option<(usize, &'static str)> {
    let name = rest.strip_prefix(':')?;
    if text.get(..start).is_some_and(|before| before.ends_with(':')) {
        return None;
    }
    let length = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    let starts_well = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (starts_well && length > 0).then_some((1 + length, "a variable of psql or of a driver"))
}

/// What else may be the reason, for people.
pub(crate) fn hint(text: &str, statement: Span, stumbled: Span, message: &str) -> Option<String> {
    if message.starts_with("memory exhausted") {
        return Some("the statement nests too deeply; no PostgreSQL server accepts it".to_owned());
    }
    let token = text.get(stumbled.start..stumbled.end)?;
    let sql = text.get(statement.start..statement.end)?;
    // Such a character glues words together, and the grammar may stumble only later.
    let words = Lexer::new(sql, 0).filter(|token| token.kind == TokenKind::Word);
    for word in words.take_while(|word| statement.start + word.start <= stumbled.start) {
        if let Some((at, odd)) = word.text(sql).char_indices().find(|(_, character)| is_unseen(*character)) {
            let line = sql.get(..word.start + at).unwrap_or("").matches('\n').count() + 1;
            return Some(format!(
                "the statement has a character U+{:04X} on its line {line} that looks like a space or like nothing; \
                 PostgreSQL takes it for a letter",
                u32::from(odd)
            ));
        }
        if word.text(sql).contains(['‘', '’', '“', '”']) {
            return Some("typographic quotes are letters to PostgreSQL; write ' or \"".to_owned());
        }
    }
    if let Some(hint) = of_another_tool(text, statement, stumbled, token) {
        return Some(hint.to_owned());
    }
    if token == "`" {
        return Some("PostgreSQL quotes identifiers with \", not with `".to_owned());
    }
    let line_start = text.get(..stumbled.start)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(line_start..)?;
    if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) {
        return Some("this is the mark of a merge conflict".to_owned());
    }
    None
}

/// What other databases and drivers write.
fn of_another_tool(text: &str, statement: Span, stumbled: Span, token: &str) -> Option<&'static str> {
    let before = text.get(statement.start..stumbled.start)?;
    let is_alone = |word: &str| before.lines().any(|line| line.trim().eq_ignore_ascii_case(word));
    // A question mark is an operator to PostgreSQL: it stumbles behind it.
    let asked = Lexer::new(before, 0).filter(|token| token.kind != TokenKind::Comment).last();
    if asked.is_some_and(|last| last.kind == TokenKind::Symbol('?')) {
        return Some(
            "? is a parameter of a driver (JDBC, MySQL); a script has no parameters: write the value",
        );
    }
    if token == "[" {
        return Some("PostgreSQL quotes identifiers with \", not with [ and ]");
    }
    if token.eq_ignore_ascii_case("delimiter") {
        return Some("DELIMITER is a command of MySQL's client; PostgreSQL quotes bodies with $$");
    }
    if is_alone("go") || token.eq_ignore_ascii_case("go") {
        return Some("GO is a command of SQL Server's tools; PostgreSQL ends statements with ;");
    }
    None
}

/// White space and marks of Unicode that PostgreSQL takes for letters.
fn is_unseen(character: char) -> bool {
    !character.is_ascii()
        && (character.is_whitespace()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{00ad}'))
}
