//! node-pg-migrate: `TIMESTAMP_name.sql` with `-- Up Migration` and `-- Down Migration` in it.
//!
//! Rules: a mark is a line of `--`, further white space and hyphens, `up` or `down`, and `migration`, in any case; the
//! first of each counts, the text from one to the other is a script; without a mark for up, everything is; the whole
//! name without its ending is what the history records. A script runs in a transaction.

use std::sync::Arc;

use freehold_model::place::Span;

use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::{editor_leftover, warn_of_stray};
use crate::lines::lines;
use crate::listing::{Entry, Listing};
use crate::script::{Script, SourceFile, TransactionMode};
use crate::surroundings::Surroundings;
use crate::version::{compare_digits, leading_digits};

/// The format of node-pg-migrate.
#[derive(Debug)]
pub(crate) struct NodePgMigrate;

impl Format for NodePgMigrate {
    fn name(&self) -> &'static str {
        "node-pg-migrate"
    }

    fn looks_for(&self) -> &'static str {
        "TIMESTAMP_name.sql with `-- Up Migration` and `-- Down Migration` in it"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, listing: &Listing) -> Claim {
        if !file.is_top() || !file.is_sql() || leading_digits(&file.name).is_none() {
            Claim::No
        } else if listing.head(file).lines().any(|line| mark(line).is_some()) {
            Claim::Certain
        } else {
            Claim::Possible
        }
    }

    fn evidence(&self, _listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        around.mentions("package.json", &["\"node-pg-migrate\""])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut files = Vec::new();
        for entry in listing.inside("").filter(|entry| !entry.is_dir()) {
            let code = [".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"]
                .iter()
                .any(|ending| entry.name.ends_with(ending));
            if entry.is_sql() && editor_leftover(&entry.name).is_none() {
                files.push((leading_digits(&entry.name).map_or("", |(digits, _)| digits), entry));
            } else if code && leading_digits(&entry.name).is_some() {
                found.skip(&entry.path, "a migration written in JavaScript, which Freehold does not run");
            } else {
                warn_of_stray(&mut found, entry, "TIMESTAMP_name.sql");
            }
        }
        files.sort_by(|a, b| compare_digits(a.0, b.0).then_with(|| a.1.name.cmp(&b.1.name)));
        for (digits, entry) in files {
            let (up, down) = sections(&listing.source(entry)?);
            let version = entry.name.get(..entry.name.len().saturating_sub(4)).unwrap_or("").to_owned();
            let name = version.get(digits.len()..).unwrap_or("").trim_start_matches(['_', '-']).to_owned();
            found.migrations.push(Migration { version, name, kind: MigrationKind::Versioned, up, down });
        }
        Ok(found)
    }
}

/// True for up, false for down, when a line is a mark.
fn mark(line: &str) -> Option<bool> {
    let rest = line.trim_start().strip_prefix("--")?;
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '-').to_ascii_lowercase();
    let (is_up, rest) = match rest.strip_prefix("up") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix("down")?),
    };
    (rest.starts_with(char::is_whitespace) && rest.trim_start().starts_with("migration")).then_some(is_up)
}

fn sections(file: &Arc<SourceFile>) -> (Script, Option<Script>) {
    let body = file.body();
    let first = |wanted: bool| lines(&file.text, body).find(|line| mark(line.text) == Some(wanted));
    let (up, down) = (first(true), first(false));
    let part = |start: usize, end: Option<usize>| {
        let span = Span::new(start, end.filter(|end| *end >= start).unwrap_or(body.end));
        Script::part(Arc::clone(file), span, TransactionMode::Wrapped)
    };
    let up_script = match up {
        Some(up) => part(up.next, down.map(|down| down.span.start)),
        None => part(body.start, None),
    };
    (up_script, down.map(|down| part(down.next, up.map(|up| up.span.start))))
}
