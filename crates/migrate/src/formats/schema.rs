//! One file with a whole schema: `schema.sql` or `structure.sql`, often written by pg_dump.
//!
//! It is loaded as psql loads it, statement by statement. The lines `\restrict …` and `\unrestrict …` that pg_dump
//! writes since August 2025 mean something to psql only and are left out.

use freehold_model::place::Span;

use crate::compose::{ComposeError, NewFile, Next};
use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::warn_of_stray;
use crate::lines::lines;
use crate::listing::{Entry, Listing};
use crate::script::{Script, SourceFile, TransactionMode};
use crate::surroundings::Surroundings;

/// Names of schema files.
const NAMES: &[&str] = &["schema.sql", "structure.sql"];

/// The format of a lone schema file.
#[derive(Debug)]
pub(crate) struct Schema;

impl Format for Schema {
    fn name(&self) -> &'static str {
        "schema"
    }

    fn looks_for(&self) -> &'static str {
        "one schema.sql or structure.sql"
    }

    fn has_downs(&self) -> bool {
        false
    }

    fn claim(&self, file: &Entry, listing: &Listing) -> Claim {
        if listing.is_one_file() {
            return if file.is_sql() { Claim::Certain } else { Claim::No };
        }
        let named = file.is_top() && NAMES.contains(&file.name.as_str());
        let alone = || listing.inside("").filter(|entry| entry.is_sql() && !entry.is_dir()).count() == 1;
        if named && alone() { Claim::Possible } else { Claim::No }
    }

    fn evidence(&self, listing: &Listing, _around: &Surroundings) -> Option<Evidence> {
        listing
            .is_one_file()
            .then(|| Evidence { distance: 0, reason: "it is one file of SQL, not a folder".to_owned() })
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let wanted = |entry: &&Entry| {
            listing.is_one_file() || (NAMES.contains(&entry.name.as_str()) && !entry.is_dir())
        };
        let files: Vec<&Entry> = listing.inside("").filter(wanted).collect();
        if let [first, second, ..] = files.as_slice() {
            return Err(ReadError::DuplicateVersion {
                version: "schema".to_owned(),
                first: first.path.clone(),
                second: second.path.clone(),
            });
        }
        for entry in listing.inside("").filter(|entry| !wanted(entry)) {
            warn_of_stray(&mut found, entry, "schema.sql or structure.sql");
        }
        for entry in files {
            let file = listing.source(entry)?;
            let pieces = without_restrictions(&file);
            let why = "a schema file is loaded statement by statement, as psql does".to_owned();
            let mut up = Script::whole(file, TransactionMode::None { why });
            up.pieces = pieces;
            found.migrations.push(Migration {
                version: "schema".to_owned(),
                name: entry.name.clone(),
                kind: MigrationKind::WholeSchema,
                up,
                down: None,
            });
        }
        Ok(found)
    }

    fn written_version<'e>(&self, _entry: &'e Entry) -> Option<&'e str> {
        None
    }

    fn new_files(&self, _next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        Err(ComposeError::OneFile)
    }
}

/// The parts of the script between pg_dump's lines for psql, or `None` when there are none of them.
fn without_restrictions(file: &SourceFile) -> Option<Vec<Span>> {
    let body = file.body();
    let mut pieces = Vec::new();
    let mut start = body.start;
    for line in lines(&file.text, body) {
        if line.text.starts_with("\\restrict ") || line.text.starts_with("\\unrestrict ") {
            pieces.push(Span::new(start - body.start, line.span.start - body.start));
            start = line.next;
        }
    }
    if pieces.is_empty() {
        return None;
    }
    pieces.push(Span::new(start - body.start, body.end - body.start));
    Some(pieces)
}
