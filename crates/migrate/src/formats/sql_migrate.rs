//! sql-migrate: `name.sql` with `-- +migrate Up` and `-- +migrate Down` in it.
//!
//! Rules of its parser: a mark is a line that begins with `-- +migrate `; `notransaction` after Up or Down turns the
//! transaction off; what stands before the first mark is dropped; queries end with a line whose last word before a
//! comment ends in `;`, or at `StatementEnd`, and go to the server one by one. Files with a number in front come first,
//! by number, the others by name; the whole file name is what the history records.

use std::sync::Arc;

use freehold_model::place::Span;

use crate::compose::{ComposeError, FileRole, NewFile, Next, ended, with_blocks};
use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::goose_marks::ends_with_semicolon;
use crate::formats::strays::warn_of_stray;
use crate::lines::{Line, lines};
use crate::listing::{Entry, Listing};
use crate::script::{Script, SourceFile, TransactionMode};
use crate::surroundings::{Surroundings, nearest};
use crate::version::{compare_digits, leading_digits};

const MARK: &str = "-- +migrate ";

/// The format of sql-migrate.
#[derive(Debug)]
pub(crate) struct SqlMigrate;

impl Format for SqlMigrate {
    fn name(&self) -> &'static str {
        "sql-migrate"
    }

    fn looks_for(&self) -> &'static str {
        "name.sql with `-- +migrate Up` in it"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, listing: &Listing) -> Claim {
        let named = file.is_top() && file.name.ends_with(".sql");
        let marked = || listing.head(file).lines().any(|line| line.starts_with(MARK));
        if named && marked() { Claim::Certain } else { Claim::No }
    }

    fn evidence(&self, _listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        nearest([around.mentions("go.mod", &["rubenv/sql-migrate"]), around.holds("dbconfig.yml")])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut files = Vec::new();
        for entry in listing.inside("").filter(|entry| !entry.is_dir()) {
            if entry.name.ends_with(".sql") {
                files.push((leading_digits(&entry.name).map(|(digits, _)| digits), entry));
            } else {
                warn_of_stray(&mut found, entry, "name.sql");
            }
        }
        files.sort_by(|a, b| match (a.0, b.0) {
            (Some(x), Some(y)) => compare_digits(x, y).then_with(|| a.1.name.cmp(&b.1.name)),
            (x, y) => y.is_some().cmp(&x.is_some()).then_with(|| a.1.name.cmp(&b.1.name)),
        });
        for (digits, entry) in files {
            let (up, down) = sections(&listing.source(entry)?)?;
            let stem = entry.name.strip_suffix(".sql").unwrap_or(&entry.name);
            let name = stem.get(digits.map_or(0, str::len)..).unwrap_or("").trim_start_matches(['_', '-']);
            found.migrations.push(Migration {
                version: entry.name.clone(),
                name: name.to_owned(),
                kind: MigrationKind::Versioned,
                up,
                down,
            });
        }
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let (digits, rest) = leading_digits(&entry.name).filter(|_| entry.is_top() && !entry.is_dir())?;
        rest.ends_with(".sql").then_some(digits)
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        let begin = format!("{MARK}StatementBegin");
        let end = format!("{MARK}StatementEnd");
        let section = |sql: &str| ended(&with_blocks(sql, &begin, &end));
        let option = if next.no_transaction { " notransaction" } else { "" };
        let mut text = format!("{MARK}Up{option}\n{}", section(next.up));
        if let Some(down) = next.down {
            text.push_str(&format!("\n{MARK}Down{option}\n{}", section(down)));
        }
        let separator = next.separator(&['-', '_'], next.last.and_then(|last| self.written_version(last)));
        let place = format!("{}{separator}{}.sql", next.version, next.name);
        Ok(vec![NewFile::new(FileRole::Both, place, text)])
    }

    fn is_mark(&self, line: &str) -> bool {
        line.starts_with(MARK)
    }
}

/// One direction while it is read.
struct Section {
    mark_line: usize,
    no_transaction: bool,
    span: Span,
    pieces: Vec<Span>,
}

/// Reads a file once from top to bottom.
struct Reader<'f> {
    file: &'f SourceFile,
    up: Option<Section>,
    down: Option<Section>,
    is_down: bool,
    /// The line of a `StatementBegin` that is open.
    block: Option<usize>,
    /// The query that is being collected, and the line on which it begins.
    query: Option<(Span, usize)>,
}

/// Cuts a file into up and down. Only one section of each is read; several are refused, since a script is one part of
/// a file here.
fn sections(file: &Arc<SourceFile>) -> Result<(Script, Option<Script>), ReadError> {
    let mut reader = Reader { file, up: None, down: None, is_down: false, block: None, query: None };
    for line in lines(&file.text, file.body()) {
        reader.line(&line)?;
    }
    if let Some(line) = reader.block {
        return Err(reader.bad(line, "this `-- +migrate StatementBegin` has no `-- +migrate StatementEnd`"));
    }
    reader.no_unfinished_query()?;
    match (reader.up.take(), reader.down.take()) {
        (Some(up), down) => Ok((script(file, up), down.map(|down| script(file, down)))),
        (None, Some(down)) => {
            Err(reader.bad(down.mark_line, "there is a `-- +migrate Down` but no `-- +migrate Up`"))
        }
        (None, None) => Err(reader.bad(1, "there is no `-- +migrate Up`, which sql-migrate requires")),
    }
}

impl Reader<'_> {
    fn bad(&self, line: usize, why: &str) -> ReadError {
        ReadError::BadMark { format: "sql-migrate", path: self.file.path.clone(), line, why: why.to_owned() }
    }

    fn no_unfinished_query(&self) -> Result<(), ReadError> {
        match self.query {
            Some((_, line)) => {
                Err(self.bad(line, "what begins here ends without a `;`, which sql-migrate requires"))
            }
            None => Ok(()),
        }
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), ReadError> {
        let mut words = line.text.strip_prefix(MARK).unwrap_or("").split_whitespace();
        match words.next() {
            Some(direction @ ("Up" | "Down")) => {
                self.enter(direction == "Down", line, words.any(|w| w == "notransaction"))
            }
            Some("StatementBegin") => {
                self.block = Some(line.number);
                Ok(())
            }
            Some("StatementEnd") => {
                let ends = self.block.take().is_some();
                self.text(line, ends);
                Ok(())
            }
            _ => {
                self.text(line, false);
                Ok(())
            }
        }
    }

    fn enter(&mut self, is_down: bool, line: &Line<'_>, no_transaction: bool) -> Result<(), ReadError> {
        self.no_unfinished_query()?;
        let place = if is_down { &mut self.down } else { &mut self.up };
        if place.is_some() {
            return Err(self.bad(
                line.number,
                "a second section of this direction, which Freehold does not put together",
            ));
        }
        let span = Span::new(line.next, line.next);
        *place = Some(Section { mark_line: line.number, no_transaction, span, pieces: Vec::new() });
        self.is_down = is_down;
        Ok(())
    }

    /// Takes a line into the query; `block_ends` when it is the mark that ends a block.
    fn text(&mut self, line: &Line<'_>, block_ends: bool) {
        let Some(section) = (if self.is_down { &mut self.down } else { &mut self.up }) else { return };
        section.span.end = line.next;
        let is_comment = line.text.starts_with("-- ");
        if !is_comment && (self.query.is_some() || !line.text.trim().is_empty()) {
            let (start, number) =
                self.query.map_or((line.span.start, line.number), |(span, number)| (span.start, number));
            self.query = Some((Span::new(start, line.span.end), number));
        }
        let ends = block_ends || (!is_comment && self.block.is_none() && ends_with_semicolon(line.text));
        if ends && let Some((span, _)) = self.query.take() {
            section.pieces.push(span);
        }
    }
}

fn script(file: &Arc<SourceFile>, section: Section) -> Script {
    let mark = section.no_transaction.then(|| format!("`notransaction` on line {}", section.mark_line));
    let mode = mark.clone().map_or(TransactionMode::Wrapped, |why| TransactionMode::None { why });
    let mut script = Script::part(Arc::clone(file), section.span, mode);
    script.no_transaction_mark = mark;
    let start = section.span.start;
    script.pieces = Some(section.pieces.iter().map(|p| Span::new(p.start - start, p.end - start)).collect());
    script
}
