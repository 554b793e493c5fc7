//! Flyway: `V1_2__name.sql`, `U1_2__name.sql`, `R__name.sql`, `B1_2__name.sql`, in the folder and those below it.
//!
//! Rules of its resolvers: names are read by [`crate::formats::flyway_names`]. On an empty database the highest baseline
//! is applied first and versioned migrations up to its version are passed over; repeatable ones follow the versioned
//! ones in the order of their descriptions. How a script is sent is decided by [`crate::formats::flyway_scripts`].

use crate::compose::{ComposeError, FileRole, NewFile, Next};
use crate::error::ReadError;
use crate::folder::{Migration, MigrationKind};
use crate::format::{Claim, Evidence, Format, Found};
use crate::formats::flyway_names::{Name, Prefix, compare, is_callback, parse};
use crate::formats::flyway_scripts::{Conf, conf_of, script};
use crate::formats::strays::warn_of_stray;
use crate::listing::{Entry, Listing};
use crate::surroundings::{Surroundings, nearest};

/// The format of Flyway.
#[derive(Debug)]
pub(crate) struct Flyway;

/// A file with its name taken apart.
struct File<'a> {
    entry: &'a Entry,
    name: Name,
    conf: Conf,
}

impl Format for Flyway {
    fn name(&self) -> &'static str {
        "flyway"
    }

    fn looks_for(&self) -> &'static str {
        "V1_2__name.sql, U1_2__name.sql, R__name.sql, B1_2__name.sql"
    }

    fn has_downs(&self) -> bool {
        true
    }

    fn claim(&self, file: &Entry, _listing: &Listing) -> Claim {
        match parse(&file.name) {
            Some(Ok(_)) if file.name.contains("__") => Claim::Certain,
            Some(Ok(_)) => Claim::Possible,
            _ => Claim::No,
        }
    }

    fn evidence(&self, _listing: &Listing, around: &Surroundings) -> Option<Evidence> {
        nearest([
            around.holds("flyway.conf"),
            around.holds("flyway.toml"),
            around.mentions("pom.xml", &["flyway"]),
            around.mentions("build.gradle", &["flyway"]),
            around.mentions("build.gradle.kts", &["flyway"]),
        ])
    }

    fn read(&self, listing: &Listing) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let files = self.files(listing, &mut found)?;
        let of = |prefix: Prefix| files.iter().filter(move |file| file.name.prefix == prefix);
        for prefix in [Prefix::Versioned, Prefix::Undo, Prefix::Baseline, Prefix::Repeatable] {
            no_duplicates(of(prefix))?;
        }
        let baseline = of(Prefix::Baseline).max_by(|a, b| compare(&a.name.version, &b.name.version));
        for older in of(Prefix::Baseline) {
            if baseline.is_some_and(|baseline| compare(&older.name.version, &baseline.name.version).is_lt()) {
                found.skip(
                    &older.entry.path,
                    "an older baseline; Flyway starts a new database from the newest",
                );
            }
        }
        if let Some(baseline) = baseline {
            let migration = migration(listing, &mut found, baseline, None, MigrationKind::Baseline)?;
            found.migrations.push(migration);
        }
        let mut versioned: Vec<&File<'_>> = of(Prefix::Versioned).collect();
        versioned.sort_by(|a, b| compare(&a.name.version, &b.name.version));
        for undo in of(Prefix::Undo) {
            if !versioned.iter().any(|file| compare(&file.name.version, &undo.name.version).is_eq()) {
                let down = undo.entry.path.clone();
                return Err(ReadError::DownWithoutUp { version: undo.name.version.clone(), down });
            }
        }
        for file in versioned {
            let undo = of(Prefix::Undo).find(|undo| compare(&undo.name.version, &file.name.version).is_eq());
            if let Some(baseline) = baseline.filter(|b| compare(&file.name.version, &b.name.version).is_le())
            {
                let why = format!("the baseline {} stands for it on a new database", baseline.entry.name);
                found.skip(&file.entry.path, why.clone());
                undo.into_iter().for_each(|undo| found.skip(&undo.entry.path, why.clone()));
                continue;
            }
            let migration = migration(listing, &mut found, file, undo, MigrationKind::Versioned)?;
            found.migrations.push(migration);
        }
        let mut repeatable: Vec<&File<'_>> = of(Prefix::Repeatable).collect();
        repeatable.sort_by_key(|file| file.name.description.replace('_', " "));
        for file in repeatable {
            let migration = migration(listing, &mut found, file, None, MigrationKind::Repeatable)?;
            found.migrations.push(migration);
        }
        Ok(found)
    }

    fn written_version<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let (stem, _) = entry.name.rsplit_once('.').filter(|_| !entry.is_dir())?;
        let is_script = entry.is_sql() || is_code(&entry.name);
        let name = parse(&format!("{stem}.sql")).filter(|_| is_script)?.ok()?;
        if name.prefix == Prefix::Repeatable {
            return None;
        }
        let rest = stem.get(1..)?;
        Some(rest.split_once("__").map_or(rest, |(version, _)| version))
    }

    fn first_version_follows(&self) -> &'static str {
        "0"
    }

    fn begins_with_downs(&self) -> bool {
        false
    }

    fn new_files(&self, next: &Next<'_>) -> Result<Vec<NewFile>, ComposeError> {
        // The folder may be a tree: the new one goes where the last one is.
        let beside = next.last.map(Entry::parent).filter(|parent| !parent.is_empty());
        let place = |prefix: char| {
            let name = format!("{prefix}{}__{}.sql", next.version, next.name);
            beside.map_or_else(|| name.clone(), |parent| format!("{parent}/{name}"))
        };
        let mut files = next.pair(place('V'), place('U'), "");
        for script in files.clone() {
            let mut conf = String::new();
            if next.no_transaction {
                conf.push_str("executeInTransaction=false\n");
            }
            if script.text.contains("${") {
                conf.push_str("placeholderReplacement=false\n");
            }
            if !conf.is_empty() {
                files.push(NewFile::new(FileRole::Beside, format!("{}.conf", script.place), conf));
            }
        }
        Ok(files)
    }
}

impl Flyway {
    fn files<'a>(&self, listing: &'a Listing, found: &mut Found) -> Result<Vec<File<'a>>, ReadError> {
        let mut files = Vec::new();
        for entry in listing.entries().iter().filter(|entry| !entry.is_dir()) {
            let stem = entry.name.rsplit_once('.').map_or("", |(stem, _)| stem);
            if !entry.is_sql() {
                if is_code(&entry.name) && matches!(parse(&format!("{stem}.sql")), Some(Ok(_))) {
                    found.skip(
                        &entry.path,
                        "a migration written in a programming language, which Freehold does not run",
                    );
                } else {
                    warn_of_stray(found, entry, "V1__name.sql");
                }
                continue;
            }
            if is_callback(&entry.name) {
                found.skip(&entry.path, "a Flyway callback, no migration");
                continue;
            }
            match parse(&entry.name) {
                Some(Ok(name)) => {
                    let conf = conf_of(listing, entry)?;
                    if conf.should_execute {
                        files.push(File { entry, name, conf });
                    } else {
                        found.skip(&entry.path, "its .conf file says shouldExecute=false");
                    }
                }
                Some(Err(why)) => found.warn(&entry.path, format!("{why}, so Flyway passes over it")),
                None => warn_of_stray(found, entry, "V1__name.sql"),
            }
        }
        Ok(files)
    }
}

/// True for the name of a migration in a programming language.
fn is_code(name: &str) -> bool {
    [".java", ".kt", ".class", ".groovy"].iter().any(|ending| name.ends_with(ending))
}

fn no_duplicates<'f, 'a: 'f>(files: impl Iterator<Item = &'f File<'a>>) -> Result<(), ReadError> {
    let mut sorted: Vec<&File<'_>> = files.collect();
    let order = |a: &File<'_>, b: &File<'_>| {
        if a.name.prefix == Prefix::Repeatable {
            a.name.description.cmp(&b.name.description)
        } else {
            compare(&a.name.version, &b.name.version)
        }
    };
    sorted.sort_by(|a, b| order(a, b).then_with(|| a.entry.relative.cmp(&b.entry.relative)));
    for pair in sorted.windows(2) {
        if let [first, second] = pair
            && order(first, second).is_eq()
        {
            let name = &first.name;
            let version = if name.prefix == Prefix::Repeatable { &name.description } else { &name.version };
            return Err(ReadError::DuplicateVersion {
                version: version.clone(),
                first: first.entry.path.clone(),
                second: second.entry.path.clone(),
            });
        }
    }
    Ok(())
}

fn migration(
    listing: &Listing,
    found: &mut Found,
    file: &File<'_>,
    undo: Option<&File<'_>>,
    kind: MigrationKind,
) -> Result<Migration, ReadError> {
    let up = script(listing, found, file.entry, &file.conf)?;
    let down = undo.map(|undo| script(listing, found, undo.entry, &undo.conf)).transpose()?;
    Ok(Migration { version: file.name.version.clone(), name: file.name.description.clone(), kind, up, down })
}
