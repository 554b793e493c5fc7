//! Which extensions an installation can create, and which package brings one that is missing.

use std::fs;
use std::path::Path;

use freehold_model::version::PgVersion;

use crate::find::Installation;

/// An extension that `CREATE EXTENSION` would find.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AvailableExtension {
    /// Its name, such as `vector`.
    pub name: String,
    /// The version that is installed when none is named; empty when the control file does not say.
    pub default_version: String,
}

impl Installation {
    /// The extensions of this installation's share folder, by name. Unreadable files are left out.
    pub fn extensions(&self) -> Vec<AvailableExtension> {
        let mut extensions: Vec<_> = fs::read_dir(self.share_dir.join("extension"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| of_control_file(&entry.path()))
            .collect();
        extensions.sort();
        extensions
    }
}

/// `name.control` holds the primary settings; `name--version.control` only overrides for one version.
fn of_control_file(path: &Path) -> Option<AvailableExtension> {
    let name = path.file_name()?.to_str()?.strip_suffix(".control")?;
    if name.contains("--") {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let default_version = text.lines().find_map(default_version).unwrap_or_default();
    Some(AvailableExtension { name: name.to_owned(), default_version })
}

/// The value of a line `default_version = '0.8.0'`.
fn default_version(line: &str) -> Option<String> {
    let value = line.trim().strip_prefix("default_version")?.trim_start().strip_prefix('=')?.trim();
    let value = value.split('#').next().unwrap_or_default().trim();
    Some(value.trim_matches('\'').to_owned())
}

/// A family of systems that name their packages alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Debian,
    RedHat,
    Alpine,
    Arch,
    MacOs,
    Other,
}

impl System {
    /// From the text of `/etc/os-release`.
    pub(crate) fn of(os_release: &str) -> Self {
        if cfg!(target_os = "macos") {
            return Self::MacOs;
        }
        let ids = os_release.lines().filter_map(|line| {
            let (key, value) = line.split_once('=')?;
            matches!(key, "ID" | "ID_LIKE").then(|| value.trim_matches('"').to_owned())
        });
        for id in ids.flat_map(|value| value.split(' ').map(str::to_owned).collect::<Vec<_>>()) {
            match id.as_str() {
                "debian" | "ubuntu" => return Self::Debian,
                "rhel" | "fedora" | "centos" => return Self::RedHat,
                "alpine" => return Self::Alpine,
                "arch" => return Self::Arch,
                _ => {}
            }
        }
        Self::Other
    }
}

/// Extensions that come with PostgreSQL itself: its `contrib` folder and procedural languages, versions 14 to 18.
const CONTRIB: &[&str] = &[
    "adminpack",
    "amcheck",
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dblink",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "file_fdw",
    "fuzzystrmatch",
    "hstore",
    "insert_username",
    "intagg",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "moddatetime",
    "old_snapshot",
    "pageinspect",
    "pg_buffercache",
    "pg_freespacemap",
    "pg_logicalinspect",
    "pg_prewarm",
    "pg_stat_statements",
    "pg_surgery",
    "pg_trgm",
    "pg_visibility",
    "pg_walinspect",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "postgres_fdw",
    "refint",
    "seg",
    "sslinfo",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
    "xml2",
];

/// (extension, middle of Debian's package `postgresql-15-…`, middle of Red Hat's `…_15`, Homebrew's formula).
/// The names are those of apt.postgresql.org, yum.postgresql.org and Homebrew.
const PACKAGES: &[(&str, &str, &str, &str)] = &[
    ("vector", "pgvector", "pgvector", "pgvector"),
    ("hypopg", "hypopg", "hypopg", ""),
    ("postgis", "postgis-3", "postgis35", "postgis"),
    ("postgis_topology", "postgis-3", "postgis35", "postgis"),
    ("postgis_raster", "postgis-3", "postgis35", "postgis"),
    ("postgis_tiger_geocoder", "postgis-3", "postgis35", "postgis"),
    ("address_standardizer", "postgis-3", "postgis35", "postgis"),
    ("pgrouting", "pgrouting", "pgrouting", "pgrouting"),
    ("pg_cron", "cron", "pg_cron", ""),
    ("pg_partman", "partman", "pg_partman", "pg_partman"),
    ("pgaudit", "pgaudit", "pgaudit", ""),
    ("pg_repack", "repack", "pg_repack", ""),
    ("pgtap", "pgtap", "pgtap", ""),
    ("timescaledb", "timescaledb", "timescaledb", ""),
    ("citus", "citus", "citus", ""),
    ("rum", "rum", "rum", ""),
    ("pg_hint_plan", "pg-hint-plan", "pg_hint_plan", ""),
    ("plv8", "plv8", "plv8", ""),
    ("hll", "hll", "hll", ""),
    ("ip4r", "ip4r", "ip4r", ""),
    ("semver", "semver", "semver", ""),
    ("orafce", "orafce", "orafce", ""),
    ("pg_uuidv7", "pg-uuidv7", "pg_uuidv7", ""),
    ("pgmq", "pgmq", "pgmq", ""),
    ("age", "age", "apache-age", ""),
    ("pg_squeeze", "squeeze", "pg_squeeze", ""),
    ("temporal_tables", "temporal-tables", "temporal_tables", ""),
    ("periods", "periods", "periods", ""),
    ("wal2json", "wal2json", "wal2json", ""),
    ("pg_qualstats", "pg-qualstats", "pg_qualstats", ""),
    ("pg_wait_sampling", "pg-wait-sampling", "pg_wait_sampling", ""),
    ("h3", "h3", "h3-pg", ""),
    ("http", "http", "pgsql_http", ""),
];

/// Which package brings an extension to this system, as a sentence; `None` for one that is not known.
pub fn package_hint(extension: &str, version: PgVersion) -> Option<String> {
    let about = fs::read_to_string("/etc/os-release").unwrap_or_default();
    hint_for(System::of(&about), extension, version.major())
}

fn hint_for(system: System, extension: &str, major: u32) -> Option<String> {
    if CONTRIB.contains(&extension) || extension.starts_with("bool_pl") || extension.starts_with("jsonb_pl") {
        let package = match system {
            System::Debian => format!("postgresql-{major}"),
            System::RedHat => format!("postgresql{major}-contrib"),
            System::Alpine => format!("postgresql{major}-contrib"),
            System::Arch => "postgresql".to_owned(),
            System::MacOs => format!("postgresql@{major}"),
            System::Other => "PostgreSQL's contrib modules".to_owned(),
        };
        return Some(format!("{extension} comes with PostgreSQL: install {package}"));
    }
    if let Some(language) =
        ["plpython3u", "plperlu", "plperl", "pltclu", "pltcl"].into_iter().find(|l| *l == extension)
    {
        let short = language.trim_end_matches('u');
        return Some(match system {
            System::Debian => format!("install postgresql-{short}-{major}"),
            System::RedHat => format!("install postgresql{major}-{short}"),
            _ => format!("install PostgreSQL's own package of {short}"),
        });
    }
    let (_, debian, red_hat, brew) = PACKAGES.iter().find(|(name, ..)| *name == extension)?;
    Some(match system {
        System::Debian => format!(
            "install postgresql-{major}-{debian} (if the distribution lacks it, apt.postgresql.org has it)"
        ),
        System::RedHat => format!("install {red_hat}_{major} (from yum.postgresql.org)"),
        System::MacOs if !brew.is_empty() => format!("install {brew} (brew install {brew})"),
        _ => format!("install {red_hat} built for PostgreSQL {major}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::FoundBy;

    #[test]
    fn extensions_are_read_from_control_files() {
        let share = tempfile::tempdir().unwrap();
        let folder = share.path().join("extension");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("vector.control"), "comment = 'x'\ndefault_version = '0.8.0' # newest\n")
            .unwrap();
        fs::write(folder.join("odd.control"), "comment = 'says no version'\n").unwrap();
        fs::write(folder.join("vector--0.8.0.control"), "default_version = '9'\n").unwrap();
        fs::write(folder.join("vector--0.8.0.sql"), "").unwrap();
        let installation = Installation {
            bin_dir: share.path().to_owned(),
            version: PgVersion::from_number(150_018).unwrap(),
            banner: String::new(),
            share_dir: share.path().to_owned(),
            found_by: FoundBy::Explicit,
        };
        let found = installation.extensions();
        let pairs: Vec<_> = found.iter().map(|e| (e.name.as_str(), e.default_version.as_str())).collect();
        assert_eq!(pairs, [("odd", ""), ("vector", "0.8.0")]);
    }

    #[test]
    fn packages_are_named_as_each_system_names_them() {
        let debian = System::of("ID=debian\nVERSION_ID=\"12\"\n");
        assert_eq!(debian, System::Debian);
        assert!(hint_for(debian, "vector", 15).unwrap().contains("postgresql-15-pgvector"));
        assert!(hint_for(debian, "hypopg", 15).unwrap().contains("postgresql-15-hypopg"));
        assert!(hint_for(debian, "plpython3u", 15).unwrap().contains("postgresql-plpython3-15"));
        assert!(hint_for(debian, "pg_trgm", 15).unwrap().contains("postgresql-15"));
        let rocky = System::of("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n");
        assert!(hint_for(rocky, "vector", 17).unwrap().contains("pgvector_17"));
        assert_eq!(hint_for(debian, "no_such_extension", 15), None);
    }
}
