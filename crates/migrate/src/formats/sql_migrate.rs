//! sql-migrate: `name.sql` with `-- +migrate Up` and `-- +migrate Down` in it.
//!
//! Rules of its parser: a mark is a line that begins with `-- +migrate `; `notransaction` after Up or Down turns the
//! transaction off; what stands before the first mark is dropped; queries end with a line whose last word before a
//! comment ends in `;`, or at `StatementEnd`, and go to the server one by one. Files with a number in front come first,
//! by number, the others by name; the whole file name is what the history records.

use std::sync::Arc;

use freehold_model::place::Span;

use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::goose_marks::ends_with_semicolon;
use crate::formats::strays::warn_of_stray;
use crate::lines::lines;
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
}

/// One direction while it is read.
struct Section {
    mark_line: usize,
    no_transaction: bool,
    span: Span,
    pieces: Vec<Span>,
}

/// Cuts a file into up and down. Only one section of each is read; several are refused, since a script is one part of
/// a file here.
fn sections(file: &Arc<SourceFile>) -> Result<(Script, Option<Script>), ReadError> {
    let bad = |line: usize, why: &str| {
        Err(ReadError::BadMark { format: "sql-migrate", path: file.path.clone(), line, why: why.to_owned() })
    };
    // Up and down, and which of them is being read.
    let mut read: [Option<Section>; 2] = [None, None];
    let mut current: Option<usize> = None;
    let mut block: Option<usize> = None;
    let mut query: Option<(Span, usize)> = None;
    for line in lines(&file.text, file.body()) {
        let words: Vec<&str> =
            line.text.strip_prefix(MARK).map_or_else(Vec::new, |rest| rest.split_whitespace().collect());
        match words.first().copied() {
            Some(direction @ ("Up" | "Down")) => {
                if let Some((_, begun)) = query {
                    return bad(begun, "what begins here ends without a `;`, which sql-migrate requires");
                }
                let index = usize::from(direction == "Down");
                if read.get(index).is_some_and(Option::is_some) {
                    return bad(
                        line.number,
                        "a second section of this direction, which Freehold does not put together",
                    );
                }
                let section = Section {
                    mark_line: line.number,
                    no_transaction: words.contains(&"notransaction"),
                    span: Span::new(line.next, line.next),
                    pieces: Vec::new(),
                };
                if let Some(place) = read.get_mut(index) {
                    *place = Some(section);
                }
                current = Some(index);
                continue;
            }
            Some("StatementBegin") => {
                block = Some(line.number);
                continue;
            }
            _ => {}
        }
        let Some(section) = current.and_then(|index| read.get_mut(index)).and_then(Option::as_mut) else {
            continue;
        };
        section.span.end = line.next;
        let is_comment = line.text.starts_with("-- ");
        if !is_comment && (query.is_some() || !line.text.trim().is_empty()) {
            let start = query.map_or(line.span.start, |(span, _)| span.start);
            query = Some((Span::new(start, line.span.end), query.map_or(line.number, |(_, number)| number)));
        }
        let ends = words.first() == Some(&"StatementEnd") && block.take().is_some();
        if (ends || (!is_comment && block.is_none() && ends_with_semicolon(line.text)))
            && let Some((span, _)) = query.take()
        {
            section.pieces.push(span);
        }
    }
    if let Some(line) = block {
        return bad(line, "this `-- +migrate StatementBegin` has no `-- +migrate StatementEnd`");
    }
    if let Some((_, line)) = query {
        return bad(line, "what begins here ends without a `;`, which sql-migrate requires");
    }
    let [up, down] = read;
    let script = |section: Section| script(file, section);
    match (up, down) {
        (Some(up), down) => Ok((script(up), down.map(script))),
        (None, Some(down)) => bad(down.mark_line, "there is a `-- +migrate Down` but no `-- +migrate Up`"),
        (None, None) => bad(1, "there is no `-- +migrate Up`, which sql-migrate requires"),
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
