//! Which format a folder is in, decided by what is there and told with reasons.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::error::ReadError;
use crate::folder::ReadOptions;
use crate::format::{Claim, Evidence, FORMATS, Format};
use crate::listing::Listing;
use crate::surroundings::Surroundings;

/// A decided format with the reasons.
#[derive(Debug)]
pub struct Detection {
    /// The format.
    pub format: &'static dyn Format,
    /// Why, one clause each, the weightiest first.
    pub reasons: Vec<String>,
    /// How many files carry the format's names or marks.
    pub files: usize,
}

/// What was seen of one format in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The format's name.
    pub format: &'static str,
    /// Its files, relative to the folder.
    pub files: Vec<String>,
}

impl Seen {
    /// The number of files with some of their names.
    pub fn in_words(&self) -> String {
        let examples = self.files.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if self.files.len() > 3 { ", …" } else { "" };
        let noun = if self.files.len() == 1 { "file" } else { "files" };
        format!("{} {noun} ({examples}{more})", self.files.len())
    }
}

/// Says which format a folder is in. Errors: nothing of any format there; more than one format there.
pub fn detect(dir: &Path) -> Result<Detection, ReadError> {
    detect_in(&Listing::of(dir, &ReadOptions::default())?)
}

/// The claims of one format on the files of a folder.
struct Claims {
    format: &'static dyn Format,
    certain: Vec<String>,
    possible: Vec<String>,
    evidence: Option<Evidence>,
}

pub(crate) fn detect_in(listing: &Listing) -> Result<Detection, ReadError> {
    let around = if listing.is_embedded() { Surroundings::none() } else { Surroundings::of(listing.root()) };
    let claims: Vec<Claims> = FORMATS.iter().map(|format| claims_of(*format, listing, &around)).collect();
    let certain = |c: &&Claims| !c.certain.is_empty();
    if claims.iter().any(|c| certain(&c)) {
        return decide_certain(listing, &claims);
    }
    let mut possible: Vec<&Claims> = claims.iter().filter(|c| !c.possible.is_empty()).collect();
    // The one that explains most files; then the nearest evidence; then the order of the list, which a stable sort keeps.
    possible.sort_by_key(|c| (distance(c), std::cmp::Reverse(c.possible.len())));
    if let Some(best) = possible.first() {
        let rivals = possible.iter().filter(|other| other.possible.len() == best.possible.len());
        undecided(listing, rivals.copied())?;
    }
    match possible.first() {
        Some(best) => Ok(detection(best, best.possible.len())),
        None => Err(ReadError::NoMigrations {
            dir: listing.root().to_owned(),
            looked_for: FORMATS.iter().map(|f| format!("{}: {}", f.name(), f.looks_for())).collect(),
            seen: listing.summary(),
        }),
    }
}

fn claims_of(format: &'static dyn Format, listing: &Listing, around: &Surroundings) -> Claims {
    let mut claims = Claims { format, certain: Vec::new(), possible: Vec::new(), evidence: None };
    for entry in listing.entries().iter().filter(|entry| !entry.is_dir()) {
        match format.claim(entry, listing) {
            Claim::Certain => claims.certain.push(entry.relative.clone()),
            Claim::Possible => claims.possible.push(entry.relative.clone()),
            Claim::No => {}
        }
    }
    if !claims.certain.is_empty() || !claims.possible.is_empty() {
        claims.evidence = format.evidence(listing, around);
    }
    claims
}

fn distance(claims: &Claims) -> usize {
    claims.evidence.as_ref().map_or(usize::MAX, |evidence| evidence.distance)
}

/// Refuses to choose among several formats for files around which nothing can be looked at. A plain folder is what is
/// left when no tool's marks are there.
fn undecided<'c>(listing: &Listing, claims: impl Iterator<Item = &'c Claims>) -> Result<(), ReadError> {
    let formats: Vec<&str> = claims.map(|c| c.format.name()).filter(|name| *name != "plain").collect();
    if !listing.is_embedded() || formats.len() < 2 {
        return Ok(());
    }
    Err(ReadError::Undecided { dir: listing.root().to_owned(), formats })
}

/// Chooses among formats of which there are certain files: one that explains all of them, or it is a mixture.
fn decide_certain(listing: &Listing, claims: &[Claims]) -> Result<Detection, ReadError> {
    let mut all: Vec<&String> = claims.iter().flat_map(|c| &c.certain).collect();
    all.sort();
    all.dedup();
    let mut explaining: Vec<&Claims> =
        claims.iter().filter(|c| all.iter().all(|f| c.certain.contains(f))).collect();
    explaining.sort_by_key(|c| distance(c));
    undecided(listing, explaining.iter().copied())?;
    let Some(best) = explaining.first() else {
        return Err(mixed(listing, claims));
    };
    // A few stray files are a matter for a warning when the folder is read; as many strays as migrations are not.
    let own: BTreeSet<&String> = best.possible.iter().collect();
    let strays: BTreeSet<&String> = claims
        .iter()
        .flat_map(|c| &c.possible)
        .filter(|file| !all.contains(file) && !own.contains(file))
        .collect();
    if strays.len() >= all.len() {
        return Err(mixed(listing, claims));
    }
    Ok(detection(best, all.len()))
}

/// What was seen of each format, every file under the first format that claims it.
fn mixed(listing: &Listing, claims: &[Claims]) -> ReadError {
    let mut told = BTreeSet::new();
    let mut seen = Vec::new();
    for of_certain in [true, false] {
        for c in claims {
            let files = if of_certain { &c.certain } else { &c.possible };
            let files: Vec<String> =
                files.iter().filter(|file| told.insert((*file).clone())).cloned().collect();
            if !files.is_empty() {
                seen.push(Seen { format: c.format.name(), files });
            }
        }
    }
    ReadError::MixedFormats { dir: listing.root().to_owned(), seen }
}

fn detection(claims: &Claims, files: usize) -> Detection {
    let names = if claims.certain.is_empty() { &claims.possible } else { &claims.certain };
    let seen = Seen { format: claims.format.name(), files: names.clone() };
    let mut reasons = vec![format!("{} named or marked like {}", seen.in_words(), claims.format.looks_for())];
    reasons.extend(claims.evidence.iter().map(|evidence| evidence.reason.clone()));
    Detection { format: claims.format, reasons, files }
}

/// A folder of a project that holds migrations.
#[derive(Debug)]
pub struct Candidate {
    /// The folder (or schema file).
    pub dir: PathBuf,
    /// What it was found to be.
    pub detection: Detection,
}

/// Places where projects keep migrations, relative to the project, the usual ones first.
const USUAL_PLACES: &[&str] = &[
    "migrations",
    "db/migrations",
    "db/migrate",
    "database/migrations",
    "prisma/migrations",
    "supabase/migrations",
    "sql/migrations",
    "sql",
    "migrate/migrations",
    "internal/migrations",
    "internal/db/migrations",
    "internal/database/migrations",
    "pkg/migrations",
    "server/migrations",
    "server/db/migrations",
    "backend/migrations",
    "backend/db/migrations",
    "api/migrations",
    "apps/api/migrations",
    "packages/db/migrations",
    "packages/prisma/migrations",
    "drizzle",
    "src/migrations",
    "src/db/migrations",
    "src/main/resources/db/migration",
    "migration",
    "db",
    "db/schema.sql",
    "db/structure.sql",
    "schema.sql",
];

/// The folders of a project in which migrations were found: the usual places first, and when there are none, any
/// folder at most four levels deep that bears such a name. Folders whose format cannot be decided are left out.
pub fn find_migrations_dir(project_dir: &Path) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for place in USUAL_PLACES {
        consider(&mut candidates, project_dir.join(place));
    }
    if candidates.is_empty() {
        for dir in folders_named_so(project_dir) {
            consider(&mut candidates, dir);
        }
    }
    candidates
}

fn consider(candidates: &mut Vec<Candidate>, dir: PathBuf) {
    // A folder inside one that was found, or around it, shows the same migrations again.
    if !dir.exists() || candidates.iter().any(|c| dir.starts_with(&c.dir) || c.dir.starts_with(&dir)) {
        return;
    }
    if let Ok(detection) = detect(&dir) {
        candidates.push(Candidate { dir, detection });
    }
}

fn folders_named_so(project_dir: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(project_dir)
        .max_depth(5)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            !name.starts_with('.')
                && !matches!(name.as_ref(), "node_modules" | "target" | "vendor" | "testdata")
        })
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_dir())
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
            name.contains("migration") || name == "migrate"
        })
        .map(walkdir::DirEntry::into_path)
        .collect()
}
