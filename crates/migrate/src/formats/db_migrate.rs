//! db-migrate (Node): `NNN-name.js` whose SQL stands in `sqls/NNN-name-up.sql` and `sqls/NNN-name-down.sql`.
//!
//! Rules: the JavaScript made by its `create --sql-file` reads those two files and sends each as one query; the
//! PostgreSQL driver puts a transaction around it. The JavaScript itself is not run here.

use crate::compose::{ComposeError, FileRole, NewFile, Next};
use crate::error::ReadError;
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::strays::warn_of_stray;
use crate::listing::{Entry, Listing};
use crate::pairing::{Direction, Half, pair};
use crate::script::{Script, TransactionMode};
use crate::surroundings::Surroundings;
use crate::version::{compare_digits, leading_digits};

/// The format of db-migrate.
#[derive(Debug)]
pub(crate) struct DbMigrate;

impl Format for DbMigrate {
    fn name(&self) -> &'static str {
        "db-migrate"
    }

    fn looks_for(&self) -> &'static str {
        "sqls/NNN-name-up.sql with sqls/NNN-name-down.sql"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, _listing: &Listing) -> Claim {
        if file.parent() == "sqls" && parts(&file.name).is_some() { Claim::Certain } else { Claim::No }
    }

    fn evidence(&self, _listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        around.mentions("package.json", &["\"db-migrate"])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut halves = Vec::new();
        for entry in listing.inside("sqls") {
            match parts(&entry.name).filter(|_| !entry.is_dir()) {
                Some((digits, name, direction)) => {
                    halves.push(Half { entry, direction, version: digits.to_owned(), name: name.to_owned() });
                }
                None => warn_of_stray(&mut found, entry, "NNN-name-up.sql or NNN-name-down.sql"),
            }
        }
        for entry in listing.inside("").filter(|entry| !entry.is_dir()) {
            let is_code = entry.name.ends_with(".js") || entry.name.ends_with(".ts");
            let digits = leading_digits(&entry.name).map_or("", |(digits, _)| digits);
            if is_code && !digits.is_empty() && !halves.iter().any(|half| half.version == digits) {
                found.skip(&entry.path, "a migration written in JavaScript, which Freehold does not run");
            } else if !is_code {
                warn_of_stray(&mut found, entry, "sqls/NNN-name-up.sql");
            }
        }
        found.migrations = pair(
            listing,
            halves,
            |a, b| compare_digits(&a.version, &b.version).then_with(|| a.name.cmp(&b.name)),
            |listing, half| Ok(Script::whole(listing.source(half.entry)?, TransactionMode::Wrapped)),
        )?;
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let (digits, rest) = leading_digits(&entry.name).filter(|_| !entry.is_dir())?;
        let is_script = entry.parent() == "sqls" && parts(&entry.name).is_some();
        let is_code = entry.is_top() && (rest.ends_with(".js") || rest.ends_with(".ts"));
        (rest.starts_with('-') && (is_script || is_code)).then_some(digits)
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        next.needs_transaction(self.name(), "its flag for that holds for a whole run")?;
        let stem = format!("{}-{}", next.version, next.name);
        let mut files = next.pair(format!("sqls/{stem}-up.sql"), format!("sqls/{stem}-down.sql"), "");
        let down =
            if next.down.is_some() { format!("run(db, '{stem}-down.sql')") } else { "null".to_owned() };
        files.push(NewFile::new(FileRole::Beside, format!("{stem}.js"), runner(&stem, &down)));
        Ok(files)
    }
}

fn parts(file: &str) -> Option<(&str, &str, Direction)> {
    let (digits, rest) = leading_digits(file)?;
    let rest = rest.strip_prefix('-')?;
    let up = rest.strip_suffix("-up.sql").map(|name| (name, Direction::Up));
    let (name, direction) = up.or_else(|| Some((rest.strip_suffix("-down.sql")?, Direction::Down)))?;
    Some((digits, name, direction))
}

/// The JavaScript that has db-migrate run the two files.
fn runner(stem: &str, down: &str) -> String {
    format!(
        "'use strict';

const fs = require('fs');
const path = require('path');

function run(db, file) {{
  return db.runSql(fs.readFileSync(path.join(__dirname, 'sqls', file), 'utf8'));
}}

exports.setup = function () {{}};
exports.up = (db) => run(db, '{stem}-up.sql');
exports.down = (db) => {down};
exports._meta = {{ version: 1 }};
"
    )
}
