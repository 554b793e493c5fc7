//! node-pg-migrate: `TIMESTAMP_name.sql` with `-- Up Migration` and `-- Down Migration` in it.
//!
//! Rules: a mark is a line of `--`, further white space and hyphens, `up` or `down`, and `migration`, in any case; the
//! first of each counts, the text from one to the other is a script; without a mark for up, everything is; the whole
//! name without its ending is what the history records. A script runs in a transaction.

use std::sync::Arc;

use freehold_model::place::Span;

use crate::compose::{ComposeError, FileRole, NewFile, Next, ended};
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

/// Endings of migrations in JavaScript and its kin.
const CODE: &[&str] = &[".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"];

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
            let code = CODE.iter().any(|ending| entry.name.ends_with(ending));
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

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let (digits, rest) = leading_digits(&entry.name).filter(|_| entry.is_top() && !entry.is_dir())?;
        (entry.is_sql() || CODE.iter().any(|ending| rest.ends_with(ending))).then_some(digits)
    }

    fn first_version_follows(&self) -> &'static str {
        "1000000000000"
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        next.needs_transaction(self.name(), "only those written in JavaScript can turn it off")?;
        let mut text = format!("-- Up Migration\n{}", ended(next.up));
        if let Some(down) = next.down {
            text.push_str(&format!("\n-- Down Migration\n{}", ended(down)));
        }
        let separator = next.separator(&['_', '-'], next.last.and_then(|last| self.written_version(last)));
        let place = format!("{}{separator}{}.sql", next.version, next.name);
        Ok(vec![NewFile::new(FileRole::Both, place, text)])
    }

    fn is_mark(&self, line: &str) -> bool {
        mark(line).is_some()
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
