//! From the text of `freehold.toml` to values.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use freehold_model::{
    finding::Rule,
    version::{NEWEST_MAJOR, OLDEST_MAJOR},
};
use toml::de::DeTable;

use super::{
    DatabaseSettings, LintSettings, MigrationsSettings, PreludeSource, QueriesSettings, RuleLevel,
    SandboxSettings, Settings, SettingsError,
    environment::environments,
    error::Problem,
    lint::{levels_of, lint},
    list::SECTIONS,
    migrate::migrate,
    names::{keys_of, refuse_unknown, sub_table},
    sections::{check, seed, tenancy, url, volumes},
    table::{Section, span_of},
    tenants::tenants,
};

type Problems = Vec<Problem>;

/// Reads a whole file; all problems are gathered before it is refused.
pub(super) fn settings(file: &Path, text: &str, rules: &[&'static Rule]) -> Result<Settings, SettingsError> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let problems = errors
            .iter()
            .map(|error| Problem {
                span: span_of(error.span().unwrap_or(0..0)),
                message: format!("not valid TOML: {}", error.message()),
                help: None,
            })
            .collect();
        return Err(SettingsError::invalid(file, text, problems));
    }
    let top = Section { name: String::new(), table: document.get_ref() };
    let mut problems = Problems::new();
    let settings = Reading { file, rules }.all(&top, &mut problems);
    if problems.is_empty() { Ok(settings) } else { Err(SettingsError::invalid(file, text, problems)) }
}

struct Reading<'a> {
    file: &'a Path,
    rules: &'a [&'static Rule],
}

impl Reading<'_> {
    fn all(&self, top: &Section<'_>, problems: &mut Problems) -> Settings {
        let mut names: Vec<&str> = SECTIONS
            .iter()
            .map(|s| s.name.trim_start_matches('[').split('.').next().unwrap_or(s.name))
            .collect();
        names.dedup();
        refuse_unknown(top, &names, problems);
        let section = |name: &'static str, problems: &mut Problems| {
            let found = sub_table(top, name, problems);
            if let Some(section) = &found {
                refuse_unknown(section, &keys_of(name), problems);
            }
            found
        };
        Settings {
            file: Some(self.file.to_owned()),
            migrations: section("migrations", problems)
                .map(|s| self.migrations(&s, problems))
                .unwrap_or_default(),
            database: section("database", problems)
                .map(|s| DatabaseSettings { url: url(&s, problems) })
                .unwrap_or_default(),
            sandbox: section("sandbox", problems).map(|s| self.sandbox(&s, problems)).unwrap_or_default(),
            check: section("check", problems).map(|s| check(&s, problems)).unwrap_or_default(),
            tenancy: section("tenancy", problems).map(|s| tenancy(&s, problems)).unwrap_or_default(),
            seed: section("seed", problems).map(|s| seed(&s, problems)).unwrap_or_default(),
            migrate: section("migrate", problems).map(|s| migrate(&s, problems)).unwrap_or_default(),
            tenants: section("tenants", problems).map(|s| tenants(&s, problems)).unwrap_or_default(),
            queries: section("queries", problems)
                .map(|s| QueriesSettings { dir: self.path(&s, "dir", problems) })
                .unwrap_or_default(),
            environments: environments(top, problems),
            lint: {
                let found = section("lint", problems);
                self.lint(top, found.as_ref(), problems)
            },
            rules: self.rules(top, problems),
            volumes: volumes(top, problems),
        }
    }

    /// Relative paths count from the folder of the file.
    fn resolved(&self, path: &str) -> PathBuf {
        self.file.parent().unwrap_or_else(|| Path::new("")).join(path)
    }

    fn path(&self, section: &Section<'_>, key: &str, problems: &mut Problems) -> Option<PathBuf> {
        let (text, span) = section.string(key, problems)?;
        if text.trim().is_empty() {
            problems.push(Problem {
                span,
                message: format!("{} must not be empty", section.full_name(key)),
                help: None,
            });
            return None;
        }
        Some(self.resolved(&text))
    }

    fn migrations(&self, section: &Section<'_>, problems: &mut Problems) -> MigrationsSettings {
        MigrationsSettings {
            dir: self.path(section, "dir", problems),
            format: section.string("format", problems).map(|(text, _)| text),
        }
    }

    fn sandbox(&self, section: &Section<'_>, problems: &mut Problems) -> SandboxSettings {
        let pg_major = section.number("pg_major", problems).and_then(|(number, span)| {
            let major = u32::try_from(number).ok();
            let served = major.filter(|major| (OLDEST_MAJOR..=NEWEST_MAJOR).contains(major));
            if served.is_none() {
                problems.push(Problem {
                    span,
                    message: format!("{} is not served", section.full_name("pg_major")),
                    help: Some(format!("the major versions {OLDEST_MAJOR} to {NEWEST_MAJOR} are")),
                });
            }
            served
        });
        SandboxSettings {
            pg_major,
            prelude: section.table.contains_key("prelude").then(|| self.preludes(section, problems)),
            extensions: section.strings("extensions", problems),
        }
    }

    /// A name of a prelude that comes with Freehold, or a file.
    fn preludes(&self, section: &Section<'_>, problems: &mut Problems) -> Vec<PreludeSource> {
        let one = |text: &String| match text.as_str() {
            "supabase" => PreludeSource::Supabase,
            path => PreludeSource::File(self.resolved(path)),
        };
        section.strings("prelude", problems).iter().map(one).collect()
    }

    fn lint(&self, top: &Section<'_>, found: Option<&Section<'_>>, problems: &mut Problems) -> LintSettings {
        let relative = |path: &str| self.resolved(path);
        let mut settings = found.map(|s| lint(s, self.rules, &relative, problems)).unwrap_or_default();
        // Freehold's own runner sets one.
        let migrates = top.table.get("migrate").is_some();
        settings.runner_sets_lock_timeout =
            settings.runner_sets_lock_timeout.or_else(|| migrates.then_some(true));
        settings
    }

    fn rules(&self, top: &Section<'_>, problems: &mut Problems) -> BTreeMap<String, RuleLevel> {
        let Some(section) = sub_table(top, "rules", problems) else { return BTreeMap::new() };
        let mut levels = BTreeMap::new();
        for (which, level) in levels_of(&section, self.rules, problems) {
            for rule in self.rules.iter().filter(|rule| which.covers(rule)) {
                levels.insert(rule.id.to_owned(), level);
            }
        }
        levels
    }
}
