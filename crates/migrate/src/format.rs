//! The trait that every format implements, and the one list of formats.

use std::fmt::Debug;
use std::path::PathBuf;

use crate::compose::{ComposeError, NewFile, Next};
use crate::error::ReadError;
use crate::folder::{FileWarning, Migration, Skipped};
use crate::formats;
use crate::listing::{Entry, Listing};
use crate::surroundings::Surroundings;

/// A way of keeping migrations in files, with the rules of the tool that it belongs to.
pub trait Format: Debug + Sync {
    /// The name by which it is asked for, in settings and flags: lower case with hyphens.
    fn name(&self) -> &'static str;

    /// The names of files that it looks for, in words for people.
    fn looks_for(&self) -> &'static str;

    /// True when migrations of this format can have down scripts.
    fn has_downs(&self) -> bool;

    /// True when the tool itself writes downs, so that a missing one is worth a word.
    fn expects_downs(&self) -> bool {
        self.has_downs()
    }

    /// Whether a file belongs to this format, by its name or by marks in it.
    fn claim(&self, file: &Entry, listing: &Listing) -> Claim;

    /// What in the folder or in the project around it speaks for this format, apart from the files' names.
    fn evidence(&self, _listing: &Listing, _around: &Surroundings) -> Option<Evidence> {
        None
    }

    /// Reads the folder by this format's rules.
    fn read(&self, listing: &Listing) -> Result<Found, ReadError>;

    /// The version in the name of a file or folder, as it is written there: `000042`, `1_2`, `2024-01-02-123456`. Also of
    /// migrations that are not read here, such as those in Go: they take a version too. `None` for everything else.
    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str>;

    /// The version that the first one of a new folder follows, in the style in which the format's own tool numbers: any
    /// date stands for the time now in that form.
    fn first_version_follows(&self) -> &'static str {
        "20000101000000"
    }

    /// True when the first migration of a new folder gets a down script.
    fn begins_with_downs(&self) -> bool {
        self.expects_downs()
    }

    /// The files of a new migration. The first one holds the up script.
    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError>;

    /// True when a line of a comment means something to the format's tool, which then is no mere comment.
    fn is_mark(&self, _line: &str) -> bool {
        false
    }
}

/// How much a file belongs to a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// It does not.
    No,
    /// Its name would do, but it is a name that other formats use as well.
    Possible,
    /// Its name or its marks are of this format's own kind.
    Certain,
}

/// Something that speaks for a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// How far away it was found: 0 inside the folder, 1 in its parent, and so on. The nearer counts more.
    pub distance: usize,
    /// What was seen, as a clause.
    pub reason: String,
}

/// What a format found in a folder.
#[derive(Debug, Default)]
pub struct Found {
    /// In order of application.
    pub migrations: Vec<Migration>,
    /// Left out, with reasons.
    pub skipped: Vec<Skipped>,
    /// Suspicious things.
    pub warnings: Vec<FileWarning>,
}

impl Found {
    pub(crate) fn warn(&mut self, path: impl Into<PathBuf>, message: impl Into<String>) {
        self.warnings.push(FileWarning { path: path.into(), message: message.into() });
    }

    pub(crate) fn skip(&mut self, path: impl Into<PathBuf>, why: impl Into<String>) {
        self.skipped.push(Skipped { path: path.into(), why: why.into() });
    }
}

/// Every format. Where two explain a folder equally well and nothing around it decides, the earlier one is taken.
pub static FORMATS: &[&dyn Format] = &[
    &formats::goose::Goose,
    &formats::dbmate::Dbmate,
    &formats::sql_migrate::SqlMigrate,
    &formats::flyway::Flyway,
    &formats::diesel::Diesel,
    &formats::prisma::Prisma,
    &formats::db_migrate::DbMigrate,
    &formats::golang_migrate::GolangMigrate,
    &formats::plain::Plain,
    &formats::sqlx::Sqlx,
    &formats::supabase::Supabase,
    &formats::tern::Tern,
    &formats::postgres_migrations::PostgresMigrations,
    &formats::node_pg_migrate::NodePgMigrate,
    &formats::schema::Schema,
];

/// The format of that name.
pub fn format_named(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}
