//! tern: `NNN_name.sql` with `---- create above / drop below ----` between up and down.
//!
//! Rules of its loader: names are digits, `_`, at least one character, `.sql`; numbers run from 1 without a gap or a
//! repetition; a script may be a Go template; it runs in a transaction unless the line
//! `---- tern: disable-tx ----` stands in it, and then its statements go one by one.

use std::sync::Arc;

use freehold_model::place::Span;

use crate::compose::{ComposeError, FileRole, NewFile, Next, ended};
use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::warn_of_stray;
use crate::listing::{Entry, Listing};
use crate::script::{Script, SourceFile, TransactionMode};
use crate::surroundings::{Surroundings, nearest};
use crate::version::{compare_digits, leading_digits, without_zeros};

const BORDER: &str = "---- create above / drop below ----";
const NO_TRANSACTION: &str = "---- tern: disable-tx ----";

/// The format of tern.
#[derive(Debug)]
pub(crate) struct Tern;

impl Format for Tern {
    fn name(&self) -> &'static str {
        "tern"
    }

    fn looks_for(&self) -> &'static str {
        "NNN_name.sql from 1 without a gap, with `---- create above / drop below ----` in it"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, listing: &Listing) -> Claim {
        if !file.is_top() || parts(&file.name).is_none() {
            Claim::No
        } else if listing.head(file).contains(BORDER) || listing.file("tern.conf").is_some() {
            Claim::Certain
        } else {
            Claim::Possible
        }
    }

    fn evidence(&self, listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        let conf = listing
            .file("tern.conf")
            .map(|_| Evidence { distance: 0, reason: "there is tern.conf in it".to_owned() });
        nearest([conf, around.mentions("go.mod", &["jackc/tern"])])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut files = Vec::new();
        for entry in listing.inside("").filter(|entry| !entry.is_dir()) {
            match parts(&entry.name) {
                Some((digits, name)) => files.push((without_zeros(digits), name, entry)),
                None => warn_of_stray(&mut found, entry, "NNN_name.sql"),
            }
        }
        files.sort_by(|a, b| compare_digits(a.0, b.0).then_with(|| a.2.name.cmp(&b.2.name)));
        let mut last: Option<&Entry> = None;
        for (wanted, (version, name, entry)) in (1_u64..).zip(files) {
            if let Some(first) = last.filter(|_| version == (wanted - 1).to_string()) {
                return Err(ReadError::DuplicateVersion {
                    version: version.to_owned(),
                    first: first.path.clone(),
                    second: entry.path.clone(),
                });
            }
            if version != wanted.to_string() {
                let missing = wanted.to_string();
                return Err(ReadError::Gap { format: self.name(), missing, before: entry.path.clone() });
            }
            last = Some(entry);
            let (up, down) = sections(&listing.source(entry)?)?;
            let (version, name) = (version.to_owned(), name.to_owned());
            found.migrations.push(Migration { version, name, kind: MigrationKind::Versioned, up, down });
        }
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        parts(&entry.name).filter(|_| entry.is_top() && !entry.is_dir()).map(|(digits, _)| digits)
    }

    fn first_version_follows(&self) -> &'static str {
        "000"
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        for script in [Some(next.up), next.down].into_iter().flatten() {
            if script.contains("{{") {
                let why = "it takes `{{` for the beginning of a template".to_owned();
                return Err(ComposeError::TextRefused { format: self.name(), why });
            }
        }
        let mark = if next.no_transaction { format!("{NO_TRANSACTION}\n") } else { String::new() };
        let mut text = format!("{mark}{}", ended(next.up));
        if let Some(down) = next.down {
            text.push_str(&format!("\n{BORDER}\n{mark}{}", ended(down)));
        }
        Ok(vec![NewFile::new(FileRole::Both, format!("{}_{}.sql", next.version, next.name), text)])
    }

    fn is_mark(&self, line: &str) -> bool {
        line.contains(BORDER) || line == NO_TRANSACTION
    }
}

fn parts(file: &str) -> Option<(&str, &str)> {
    let (digits, rest) = leading_digits(file)?;
    let name = rest.strip_prefix('_')?.strip_suffix(".sql")?;
    (!name.is_empty()).then_some((digits, name))
}

fn sections(file: &Arc<SourceFile>) -> Result<(Script, Option<Script>), ReadError> {
    if let Some(at) = file.text.find("{{") {
        let rest = file.text.get(at..).unwrap_or("");
        let end = rest.find("}}").map_or(rest.len().min(2), |end| end + 2);
        return Err(ReadError::Placeholder {
            format: "tern",
            path: file.path.clone(),
            line: file.line_column(at).line,
            name: rest.get(..end).unwrap_or("{{").to_owned(),
        });
    }
    let body = file.body();
    let Some(border) = file.text.find(BORDER) else { return Ok((section(file, body), None)) };
    let up = section(file, Span::new(body.start, border));
    let down = section(file, Span::new(border + BORDER.len(), body.end));
    // tern takes a migration with nothing below the border for irreversible.
    let irreversible = down.text().trim().is_empty();
    Ok((up, (!irreversible).then_some(down)))
}

fn section(file: &Arc<SourceFile>, span: Span) -> Script {
    let text = file.text.get(span.start..span.end).unwrap_or("");
    if text.split('\n').any(|line| line == NO_TRANSACTION) {
        let mark = format!("`{NO_TRANSACTION}`");
        return Script::part(Arc::clone(file), span, TransactionMode::None { why: mark.clone() })
            .marked(mark);
    }
    Script::part(Arc::clone(file), span, TransactionMode::Wrapped)
}
