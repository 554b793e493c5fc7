//! `freehold.toml`: what a project says about itself. Every key is optional; an unknown one is refused.
//!
//! Precedence, highest first: a flag, an environment variable, this file, the default.

mod environment;
mod error;
mod lint;
mod list;
mod migrate;
mod names;
mod pattern;
mod read;
mod sections;
mod table;
mod tenants;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use freehold_model::{
    finding::{Finding, Rule, Severity},
    secret::Secret,
};

pub use environment::{EnvironmentSettings, PRODUCTION};
pub use error::{Problem, SettingsError};
pub use lint::{LintOverride, LintSettings, level};
pub use list::{KeyDoc, SECTIONS, SectionDoc};
pub use migrate::{HistoryName, MigrateSettings};
pub use names::nearest;
pub use pattern::Pattern;
pub use sections::duration;
pub use tenants::{PLACEHOLDER, TenantKind, TenantSource, TenantsSettings, not_a_tenants, one_select};

/// The name of the settings file.
pub const FILE_NAME: &str = "freehold.toml";

/// What a project says about itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// The file that was read, if there was one. Relative paths in it were made relative to its folder.
    pub file: Option<PathBuf>,
    /// `[migrations]`
    pub migrations: MigrationsSettings,
    /// `[database]`
    pub database: DatabaseSettings,
    /// `[sandbox]`
    pub sandbox: SandboxSettings,
    /// `[check]`
    pub check: CheckSettings,
    /// `[tenancy]`
    pub tenancy: TenancySettings,
    /// `[seed]`
    pub seed: SeedSettings,
    /// `[migrate]`
    pub migrate: MigrateSettings,
    /// `[tenants]`
    pub tenants: TenantsSettings,
    /// `[environment.NAME]`
    pub environments: BTreeMap<String, EnvironmentSettings>,
    /// `[lint]`
    pub lint: LintSettings,
    /// `[rules]`: the level of a rule by its id, where the project wants another than the rule's own.
    pub rules: BTreeMap<String, RuleLevel>,
    /// `[queries]`
    pub queries: QueriesSettings,
    /// `[volumes]`: expected rows by table name as people write it.
    pub volumes: BTreeMap<String, u64>,
}

/// `[seed]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeedSettings {
    /// SQL expressions by column, written as `table.column` or `schema.table.column`.
    pub generators: BTreeMap<String, String>,
}

/// `[migrations]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MigrationsSettings {
    /// The folder of migrations.
    pub dir: Option<PathBuf>,
    /// Its format, where detection needs help.
    pub format: Option<String>,
}

/// `[database]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// The project's own database. Never written to by a check.
    pub url: Option<Secret>,
}

/// `[sandbox]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SandboxSettings {
    /// The major version of PostgreSQL that the project runs on.
    pub pg_major: Option<u32>,
    /// What is run before the first migration: roles and the like that exist in production already. `None` when the
    /// settings do not say; an empty list says that there is nothing.
    pub prelude: Option<Vec<PreludeSource>>,
    /// Extensions that exist before the first migration.
    pub extensions: Vec<String>,
}

/// One prelude, as the settings name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreludeSource {
    /// What Supabase's platform provides to a project's migrations.
    Supabase,
    /// An SQL file.
    File(PathBuf),
}

/// `[check]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckSettings {
    /// The lowest severity that makes the run fail.
    pub fail_on: Option<Severity>,
    /// The longest time that one statement may take.
    pub timeout: Option<Duration>,
    /// For which migrations the growth of the cost is measured.
    pub measure: Option<Measure>,
    /// The two numbers of rows that are measured, small then large.
    pub measure_sizes: Option<(u64, u64)>,
    /// Whether a record of the rehearsal is left beside the migrations.
    pub record: Option<bool>,
    /// Whether the tenant line is tried.
    pub isolation: Option<bool>,
}

/// For which migrations the growth of the cost with the number of rows is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// For none.
    None,
    /// For the newest so many.
    Newest(usize),
    /// For all.
    All,
}

/// From `none`, `all` or a number.
impl std::str::FromStr for Measure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            "all" => Ok(Self::All),
            number => match number.parse() {
                Ok(0) => Ok(Self::None),
                Ok(newest) => Ok(Self::Newest(newest)),
                Err(_) => Err("expected `all`, `none` or a number of migrations".to_owned()),
            },
        }
    }
}

/// `[tenancy]`: how the project tells tenants apart; what is absent is detected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenancySettings {
    /// The table with one row per tenant.
    pub root: Option<String>,
    /// The column that names the tenant in tenant-owned tables.
    pub column: Option<String>,
    /// The run-time setting that holds the tenant of a session.
    pub setting: Option<String>,
    /// The role that the application logs in as.
    pub role: Option<String>,
    /// Tables that all tenants share on purpose.
    pub shared: Vec<String>,
    /// The statements with which a session takes on a tenant, `$1` being the tenant.
    pub assume: Vec<String>,
    /// True when people outside can choose SQL that runs in a tenant's session.
    pub untrusted_sql: bool,
}

/// `[queries]`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueriesSettings {
    /// The folder of named queries.
    pub dir: Option<PathBuf>,
}

/// What a project wants of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleLevel {
    /// Its findings are dropped.
    Off,
    /// Its findings have this severity.
    At(Severity),
}

impl Settings {
    /// Looks for `freehold.toml` in `from` and the folders above it, and reads the first one found; without one, all
    /// defaults. `rules` are the rules that the file may name.
    pub fn load(from: &Path, rules: &[&'static Rule]) -> Result<Self, SettingsError> {
        match Self::find(from) {
            Some(file) => Self::read(&file, rules),
            None => Ok(Self::default()),
        }
    }

    /// The nearest `freehold.toml`, from `from` upwards. `from` should be absolute.
    pub fn find(from: &Path) -> Option<PathBuf> {
        from.ancestors().map(|folder| folder.join(FILE_NAME)).find(|file| file.is_file())
    }

    /// Reads one file. Errors hold every problem of the file at once, each with its place.
    pub fn read(file: &Path, rules: &[&'static Rule]) -> Result<Self, SettingsError> {
        let bytes = std::fs::read(file)
            .map_err(|source| SettingsError::Unreadable { file: file.to_owned(), source })?;
        let text = String::from_utf8(bytes).map_err(|_| SettingsError::NotText { file: file.to_owned() })?;
        Self::parse(file, &text, rules)
    }

    /// Reads the text of a file that stands, or would stand, at `file`.
    pub fn parse(file: &Path, text: &str, rules: &[&'static Rule]) -> Result<Self, SettingsError> {
        read::settings(file, text, rules)
    }

    /// The folder that relative paths of the file count from, if a file was read.
    pub fn folder(&self) -> Option<&Path> {
        self.file.as_deref().and_then(Path::parent)
    }

    /// The findings with the severities that the project wants, without those of rules that it has switched off.
    pub fn leveled(&self, findings: Vec<Finding>) -> Vec<Finding> {
        findings
            .into_iter()
            .filter_map(|finding| {
                let mut names = std::iter::once(finding.rule).chain(finding.also.iter().copied());
                match names.find_map(|rule| self.rules.get(rule.id)) {
                    Some(RuleLevel::Off) => None,
                    Some(RuleLevel::At(severity)) => Some(finding.with_severity(*severity)),
                    None => Some(finding),
                }
            })
            .collect()
    }
}
