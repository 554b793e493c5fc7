//! A script to statements.

use freehold_model::place::Span;
use pg_query::NodeEnum;

use crate::batch::Batch;
use crate::effect::{Effect, StatementKind, effect_from_words, effect_of};
use crate::error::{ScriptError, Unterminated};
use crate::grammar::{self, Parsed};
use crate::locate::locate;
use crate::long_insert::LongInsert;
use crate::marks;
use crate::split::{CopyRows, Segment, SegmentKind, Splitter};
use crate::statement::Statement;
use crate::worker::with_deep_stack;

/// The statements of a script, in order; spans are bytes in `text`.
///
/// # Errors
/// The first thing that is wrong with it: a statement that PostgreSQL's grammar refuses, a command of psql, rows that
/// are missing after `COPY ... FROM stdin`, a mark of a template.
pub fn parse(text: &str) -> Result<Vec<Statement>, ScriptError> {
    run(text, |text| read_all(text, |_| false))?
}

/// Like [`parse`], for a text that psql would read, such as the output of `pg_dump`: its commands that change no
/// database (`\restrict`, `\echo`, `\pset`, `\timing` and their kin) are passed over.
///
/// # Errors
/// As [`parse`]; a psql command that does more than that is one.
pub fn parse_as_psql(text: &str) -> Result<Vec<Statement>, ScriptError> {
    run(text, |text| {
        read_all(
            text,
            |error| matches!(error, ScriptError::MetaCommand { command, .. } if is_harmless(command)),
        )
    })?
}

fn read_all(text: &str, passed_over: impl Fn(&ScriptError) -> bool) -> Result<Vec<Statement>, ScriptError> {
    let mut statements = Vec::new();
    for segment in Splitter::new(text) {
        // A command in the middle of a statement would take the statement with it.
        let alone = matches!(segment.kind, SegmentKind::Meta(command) if command == segment.span);
        match read(text, &segment, &mut |parsed| statements.push(parsed.statement)) {
            Err(error) if alone && passed_over(&error) => {}
            Err(error) => return Err(error),
            Ok(()) => {}
        }
    }
    Ok(statements)
}

/// Commands of psql that only change what it prints, or guard it.
fn is_harmless(command: &str) -> bool {
    matches!(
        command,
        "\\restrict"
            | "\\unrestrict"
            | "\\echo"
            | "\\qecho"
            | "\\warn"
            | "\\pset"
            | "\\timing"
            | "\\x"
            | "\\a"
            | "\\t"
            | "\\H"
            | "\\conninfo"
    )
}

/// The statements of a script and what is wrong with the others, in order: one broken statement does not hide those
/// after it.
pub fn parse_lenient(text: &str) -> Vec<Result<Statement, ScriptError>> {
    run(text, |text| {
        let mut results = Vec::new();
        parse_each(text, &mut |outcome| results.push(outcome.map(|parsed| parsed.statement)));
        results
    })
    .unwrap_or_else(|error| vec![Err(error)])
}

/// A statement with its parse tree.
#[derive(Debug)]
pub struct TreeStatement {
    /// The statement and what it does.
    pub statement: Statement,
    /// Its tree; none for what is too long or too deep to be looked into.
    pub tree: Option<NodeEnum>,
    /// Where byte 0 of the tree's `location`s stands in the text that was parsed.
    pub tree_start: usize,
}

impl TreeStatement {
    /// The same in a text that has `offset` more bytes in front.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> Self {
        self.statement.span = self.statement.span.shifted(offset);
        self.statement.effect.span = self.statement.effect.span.shifted(offset);
        self.statement.copy_data = self.statement.copy_data.map(|rows| rows.shifted(offset));
        self.tree_start += offset;
        self
    }
}

/// Like [`parse_lenient`], one statement at a time and with its tree, so that a long text needs little memory. Recurses
/// as deeply as the trees: to be called on a thread of [`deep_thread`].
pub fn parse_each(text: &str, give: &mut dyn FnMut(Result<TreeStatement, ScriptError>)) {
    if let Some(at) = text.find('\0') {
        give(Err(ScriptError::Nul { span: Span::new(at, at + 1) }));
        return;
    }
    let mut batch = Batch::default();
    for segment in Splitter::new(text) {
        let Some(segment) = batch.take(segment) else { continue };
        read_batch(text, &mut batch, give);
        if let Some(segment) = batch.take(segment) {
            read_lenient(text, &segment, give);
        }
    }
    read_batch(text, &mut batch, give);
}

fn read_batch(text: &str, batch: &mut Batch, give: &mut dyn FnMut(Result<TreeStatement, ScriptError>)) {
    let (segments, trees) = batch.parse(text);
    let Some(trees) = trees else {
        for segment in &segments {
            read_lenient(text, segment, give);
        }
        return;
    };
    let tree_start = segments.first().map_or(0, |segment| segment.span.start);
    for (segment, tree) in segments.iter().zip(trees) {
        let Some(node) = tree.stmt.and_then(|node| node.node) else { continue };
        let effect = Effect { span: segment.span, ..effect_of(&node) };
        let statement = Statement { span: segment.span, effect, copy_data: None };
        give(Ok(TreeStatement { statement, tree: Some(node), tree_start }));
    }
}

fn run<T: Send + 'static>(
    text: &str,
    work: impl FnOnce(&str) -> T + Send + 'static,
) -> Result<T, ScriptError> {
    if let Some(at) = text.find('\0') {
        return Err(ScriptError::Nul { span: Span::new(at, at + 1) });
    }
    with_deep_stack(text, work)
        .map_err(|reason| ScriptError::NoThread { reason, span: Span::new(0, text.len()) })
}

/// How often one statement that is none is cut further.
const CUTS: usize = 32;

fn read_lenient(text: &str, segment: &Segment, give: &mut dyn FnMut(Result<TreeStatement, ScriptError>)) {
    // `read` gives statements only when all of the segment is right.
    let Err(error) = read(text, segment, &mut |parsed| give(Ok(parsed))) else { return };
    match segment.kind {
        // A parenthesis or a body that never ends may have swallowed good statements.
        SegmentKind::Sql { passed_over: true, .. } => {
            for piece in Splitter::within(text, segment.span) {
                if let Err(error) = read(text, &piece, &mut |parsed| give(Ok(parsed))) {
                    around(text, &piece, error, CUTS, give);
                }
            }
        }
        SegmentKind::Unterminated(Unterminated::String | Unterminated::QuotedIdentifier, at) => {
            give(Err(error));
            behind(text, at, give);
        }
        _ => around(text, segment, error, CUTS, give),
    }
}

/// Gives what is wrong with a statement, and the statements that stand before and behind it when all that is wrong is a
/// semicolon that is missing, or the mark of a template in front.
fn around(
    text: &str,
    segment: &Segment,
    error: ScriptError,
    cuts: usize,
    give: &mut dyn FnMut(Result<TreeStatement, ScriptError>),
) {
    let whole = segment.span;
    let rest = match &error {
        ScriptError::TemplateMark { span, .. } if span.start == whole.start => Some(span.end),
        ScriptError::Syntax { span, .. } => next_beginning(text, whole, *span).and_then(|next| {
            let before = text.get(whole.start..next).unwrap_or("").trim_end();
            let before = Span::new(whole.start, whole.start + before.len());
            let kind = SegmentKind::Sql { copy: None, passed_over: false };
            let piece = Segment { span: before, kind, resume: before.end };
            // What is wrong with the piece is the same error again.
            let is_whole = read(text, &piece, &mut |parsed| give(Ok(parsed))).is_ok();
            // `SELECT 1` and, on the next line, `SELECT`: a name for the column, to the grammar.
            (is_whole || next == span.start).then_some(next)
        }),
        _ => None,
    };
    give(Err(error));
    let Some(rest) = rest.filter(|rest| *rest > whole.start && *rest < whole.end && cuts > 0) else { return };
    for piece in Splitter::within(text, Span::new(rest, whole.end)) {
        if let Err(error) = read(text, &piece, &mut |parsed| give(Ok(parsed))) {
            around(text, &piece, error, cuts - 1, give);
        }
    }
}

/// The first word of the line on which the grammar stumbled, when that begins statements.
fn next_beginning(text: &str, whole: Span, stumbled: Span) -> Option<usize> {
    const BEGINNINGS: &[&str] = &[
        "alter", "analyze", "begin", "comment", "commit", "copy", "create", "delete", "drop", "grant",
        "insert", "reindex", "revoke", "select", "set", "truncate", "update", "vacuum", "with",
    ];
    let line_start = whole.start + text.get(whole.start..stumbled.start)?.rfind('\n')? + 1;
    let line = text.get(line_start..whole.end)?;
    let start = line_start + line.len() - line.trim_start().len();
    let word = text.get(start..whole.end)?.split(|c: char| !c.is_ascii_alphabetic()).next()?;
    BEGINNINGS.contains(&word.to_ascii_lowercase().as_str()).then_some(start)
}

/// The good statements after a quote that is never closed, from the first line that ends with a semicolon on. What is
/// wrong with the others may come from the quote.
fn behind(text: &str, at: usize, give: &mut dyn FnMut(Result<TreeStatement, ScriptError>)) {
    let mut end = at;
    for line in text.get(at..).unwrap_or("").split_inclusive('\n') {
        end += line.len();
        if line.trim_end().ends_with(';') {
            break;
        }
    }
    for piece in Splitter::within(text, Span::new(end, text.len())) {
        // Only good statements are given.
        let _ = read(text, &piece, &mut |parsed| give(Ok(parsed)));
    }
}

/// Reads one segment and gives its statement; the grammar may find several where the splitter saw one.
fn read(text: &str, segment: &Segment, give: &mut dyn FnMut(TreeStatement)) -> Result<(), ScriptError> {
    let copy = match segment.kind {
        SegmentKind::Sql { copy, .. } => copy,
        SegmentKind::Meta(span) => return Err(meta_command(text, span)),
        SegmentKind::Unterminated(what, at) => {
            let mark = text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            return Err(ScriptError::Unterminated { what, span: Span::new(at, at + mark) });
        }
    };
    let copy_data = match copy {
        Some(CopyRows::Missing) => return Err(ScriptError::CopyFromStdin { span: segment.span }),
        Some(CopyRows::At(rows)) => Some(rows),
        None => None,
    };
    let sql = text.get(segment.span.start..segment.span.end).unwrap_or("");
    let one = |span: Span, effect: Effect, tree: Option<NodeEnum>| TreeStatement {
        statement: Statement { span, effect: Effect { span, ..effect }, copy_data },
        tree,
        tree_start: segment.span.start,
    };
    if let Some(insert) = LongInsert::cut(sql) {
        let effect = long_insert(text, segment.span, &insert)?;
        give(one(segment.span, effect, None));
        return Ok(());
    }
    match grammar::parse(sql) {
        Parsed::Refused(message) => Err(refused(text, segment.span, sql, message)),
        Parsed::AcceptedOnly(reason) => {
            give(one(segment.span, effect_from_words(sql, reason), None));
            Ok(())
        }
        Parsed::Trees(trees) => {
            let alone = trees.len() == 1;
            for tree in trees {
                let Some(node) = tree.stmt.and_then(|node| node.node) else { continue };
                let span = if alone {
                    segment.span
                } else {
                    part(text, segment.span, tree.stmt_location, tree.stmt_len)
                };
                give(one(span, effect_of(&node), Some(node)));
            }
            Ok(())
        }
    }
}

/// The effect of a long `INSERT`: that of its first piece, with what the rows of the others name and call.
fn long_insert(text: &str, statement: Span, insert: &LongInsert<'_>) -> Result<Effect, ScriptError> {
    let mut whole: Option<Effect> = None;
    for piece in insert.pieces() {
        let effect = match grammar::parse(&piece.text) {
            Parsed::Refused(message) => {
                let span = piece.whole(locate(&piece.text, &message)).shifted(statement.start);
                return Err(blamed(text, statement, span, message));
            }
            Parsed::AcceptedOnly(reason) => effect_from_words(&piece.text, reason),
            Parsed::Trees(trees) => {
                let tree =
                    trees.first().and_then(|tree| tree.stmt.as_ref()).and_then(|node| node.node.as_ref());
                let Some(node) = tree else { continue };
                effect_of(node)
            }
        };
        match &mut whole {
            None => whole = Some(effect),
            Some(whole) => whole.join(effect),
        }
    }
    Ok(whole.unwrap_or_else(|| Effect::new(StatementKind::Insert)))
}

/// The bytes of one of several statements that the grammar found in a segment.
fn part(text: &str, segment: Span, location: i32, length: i32) -> Span {
    let start = segment.start + usize::try_from(location).unwrap_or(0);
    let end = match usize::try_from(length) {
        Ok(0) | Err(_) => segment.end,
        Ok(length) => (start + length).min(segment.end),
    };
    // The grammar's own span may begin with white space and comments.
    Splitter::within(text, Span::new(start, end))
        .next()
        .map_or(Span::new(start, end), |found| Span::new(found.span.start, found.span.end.min(end)))
}

fn meta_command(text: &str, span: Span) -> ScriptError {
    let line = text.get(span.start..span.end).unwrap_or("\\");
    let command = line.split(|character: char| character.is_whitespace()).next().unwrap_or("\\");
    ScriptError::MetaCommand { command: command.to_owned(), span }
}

/// A refusal with its place, and with the mark of a template when one is the reason.
fn refused(text: &str, statement: Span, sql: &str, message: String) -> ScriptError {
    let span = locate(sql, &message).shifted(statement.start);
    blamed(text, statement, span, message)
}

fn blamed(text: &str, statement: Span, span: Span, message: String) -> ScriptError {
    if let Some(mark) = marks::at(text, statement, span) {
        return mark;
    }
    let hint = marks::hint(text, statement, span, &message);
    ScriptError::Syntax { message, span, statement, hint }
}
