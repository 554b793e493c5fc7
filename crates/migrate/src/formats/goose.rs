//! goose: `NNN_name.sql` with `-- +goose Up` and `-- +goose Down` in it; migrations in Go stand beside them.
//!
//! Rules of its collector: what stands before the first `_` of a `.sql` file must be a number of at least 1; a number
//! may be there once, counting `.go` files too; `_test.go` does not count. The marks inside are read by
//! [`crate::formats::goose_marks`].

use std::sync::Arc;

use crate::compose::{ComposeError, FileRole, NewFile, Next, ended, with_blocks};
use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::goose_marks::{self, Direction};
use crate::formats::strays::warn_of_stray;
use crate::listing::{Entry, Listing};
use crate::script::{Script, SourceFile, TransactionMode};
use crate::surroundings::Surroundings;
use crate::version::leading_digits;

/// The format of goose.
#[derive(Debug)]
pub(crate) struct Goose;

impl Format for Goose {
    fn name(&self) -> &'static str {
        "goose"
    }

    fn looks_for(&self) -> &'static str {
        "NNN_name.sql with `-- +goose Up` in it"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, listing: &Listing) -> Claim {
        if !file.is_top() || !file.name.ends_with(".sql") {
            return Claim::No;
        }
        let marked =
            listing.head(file).lines().any(|line| goose_marks::is_mark(line.trim_start_matches('\u{feff}')));
        if marked { Claim::Certain } else { Claim::No }
    }

    fn evidence(&self, _listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        around.mentions("go.mod", &["pressly/goose"])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut files: Vec<(i64, &Entry)> = Vec::new();
        for entry in listing.inside("") {
            let is_go = entry.name.ends_with(".go");
            if entry.is_dir() || !(is_go || entry.name.ends_with(".sql")) {
                warn_of_stray(&mut found, entry, "NNN_name.sql");
                continue;
            }
            match number(&entry.name) {
                Ok(_) if entry.name.ends_with("_test.go") => {}
                Ok(version) => files.push((version, entry)),
                Err(_) if is_go => {}
                Err(why) => found.warn(
                    &entry.path,
                    format!("{why}, so it is left out; goose's command stops at such a name, its library passes over it"),
                ),
            }
        }
        files.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.name.cmp(&b.1.name)));
        for same in files.chunk_by(|a, b| a.0 == b.0) {
            if let [(version, first), (_, second), ..] = same {
                return Err(ReadError::DuplicateVersion {
                    version: version.to_string(),
                    first: first.path.clone(),
                    second: second.path.clone(),
                });
            }
        }
        for (version, entry) in files {
            if entry.name.ends_with(".go") {
                found.skip(&entry.path, "a migration written in Go, which Freehold does not run");
                continue;
            }
            let file = listing.source(entry)?;
            let name = entry.name.split_once('_').map_or("", |(_, name)| name);
            found.migrations.push(Migration {
                version: version.to_string(),
                name: name.strip_suffix(".sql").unwrap_or(name).to_owned(),
                kind: MigrationKind::Versioned,
                up: script(&file, Direction::Up)?
                    .unwrap_or_else(|| Script::whole(Arc::clone(&file), TransactionMode::Wrapped)),
                down: script(&file, Direction::Down)?,
            });
        }
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let is_code = entry.name.ends_with(".go") && !entry.name.ends_with("_test.go");
        let (digits, rest) = leading_digits(&entry.name).filter(|_| entry.is_top() && !entry.is_dir())?;
        (rest.starts_with('_') && (is_code || rest.ends_with(".sql"))).then_some(digits)
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        let section =
            |sql: &str| ended(&with_blocks(sql, "-- +goose StatementBegin", "-- +goose StatementEnd"));
        let mark = if next.no_transaction { "-- +goose NO TRANSACTION\n" } else { "" };
        let mut text = format!("{mark}-- +goose Up\n{}", section(next.up));
        if let Some(down) = next.down {
            text.push_str(&format!("\n-- +goose Down\n{}", section(down)));
        }
        Ok(vec![NewFile::new(FileRole::Both, format!("{}_{}.sql", next.version, next.name), text)])
    }

    fn is_mark(&self, line: &str) -> bool {
        line.contains("+goose")
    }
}

/// The number at the beginning of a name, or what is wrong with it.
fn number(name: &str) -> Result<i64, String> {
    let Some((before, _)) = name.split_once('_') else {
        return Err("has no `_` after a number".to_owned());
    };
    match before.parse::<i64>() {
        Ok(number) if number >= 1 => Ok(number),
        Ok(_) => Err("has a version below 1".to_owned()),
        Err(_) => Err(format!("has `{before}` instead of a number before the first `_`")),
    }
}

/// The script of one direction, or `None` when the file has no section for it.
fn script(file: &Arc<SourceFile>, direction: Direction) -> Result<Option<Script>, ReadError> {
    let Some(section) = goose_marks::section(file, direction)? else { return Ok(None) };
    let transaction = match &section.no_transaction {
        Some(line) => TransactionMode::None { why: format!("`-- +goose NO TRANSACTION` on line {line}") },
        None => TransactionMode::Wrapped,
    };
    let mut script = Script::part(Arc::clone(file), section.span, transaction);
    script.no_transaction_mark =
        section.no_transaction.map(|line| format!("`-- +goose NO TRANSACTION` on line {line}"));
    let start = section.span.start;
    let in_script = |span: &freehold_model::place::Span| {
        freehold_model::place::Span::new(span.start.saturating_sub(start), span.end.saturating_sub(start))
    };
    script.pieces = Some(section.pieces.iter().map(in_script).collect());
    Ok(Some(script))
}
