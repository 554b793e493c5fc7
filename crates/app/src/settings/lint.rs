//! `[lint]`: which rules look, at what, and how grave their findings are.

use std::path::PathBuf;

use freehold_model::{
    finding::Rule,
    version::{NEWEST_MAJOR, OLDEST_MAJOR},
};
use toml::de::DeValue;

use super::{
    RuleLevel,
    error::Problem,
    list::SECTIONS,
    names::{one_of, refuse_unknown, severity},
    pattern::Pattern,
    table::{Section, span_of, whole},
};
use crate::rules::{Which, which};

/// `[lint]`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LintSettings {
    /// Only these rules look; all of them when there is none.
    pub select: Vec<Which>,
    /// These do not.
    pub ignore: Vec<Which>,
    /// These are told only where something is known of production.
    pub production_only: Vec<Which>,
    /// Migrations up to this version were applied long ago: they are followed, and not judged.
    pub start_after: Option<String>,
    /// Up to this many rows a table counts as tiny.
    pub tiny_rows: Option<u64>,
    /// The major versions of PostgreSQL that the project runs on.
    pub postgres: Vec<u32>,
    /// The file of findings that are known and not told.
    pub baseline: Option<PathBuf>,
    /// Whether the runner sets a `lock_timeout` by itself. Where nothing is said, it does if there is a section
    /// `[migrate]`.
    pub runner_sets_lock_timeout: Option<bool>,
    /// `[[lint.override]]`: what differs for some files or tables. Of several that hold, the last counts.
    pub overrides: Vec<LintOverride>,
}

/// What differs for some files or tables.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LintOverride {
    /// Files that it is about, from the project's folder; all where there is none.
    pub paths: Vec<Pattern>,
    /// Tables that it is about; all, and what is about no table, where there is none.
    pub tables: Vec<Pattern>,
    /// Rules whose level differs. Of several that cover a rule, the last counts.
    pub levels: Vec<(Which, RuleLevel)>,
}

type Problems = Vec<Problem>;

/// Reads the section. `relative` makes a path relative to the file's folder.
pub(super) fn lint(
    section: &Section<'_>,
    rules: &[&'static Rule],
    relative: &dyn Fn(&str) -> PathBuf,
    problems: &mut Problems,
) -> LintSettings {
    let version = "a version such as \"20240501120000\"";
    LintSettings {
        select: named(section, "select", rules, problems),
        ignore: named(section, "ignore", rules, problems),
        production_only: named(section, "production_only", rules, problems),
        start_after: section.string_or_number("start_after", version, problems).map(|(text, _)| text),
        tiny_rows: section.number("tiny_rows", problems).map(|(rows, _)| rows),
        postgres: majors(section, problems),
        baseline: section.string("baseline", problems).map(|(path, _)| relative(&path)),
        runner_sets_lock_timeout: section.choice("runner_sets_lock_timeout", problems),
        overrides: overrides(section, rules, problems),
    }
}

/// A list of ids, codes and categories.
fn named(section: &Section<'_>, key: &str, rules: &[&'static Rule], problems: &mut Problems) -> Vec<Which> {
    let names = section.strings_at(key, problems);
    names
        .into_iter()
        .filter_map(|(name, span)| {
            let found = which(rules, &name);
            found
                .map_err(|error| {
                    problems.push(Problem { span, message: error.to_string(), help: Some(error.help()) });
                })
                .ok()
        })
        .collect()
}

fn majors(section: &Section<'_>, problems: &mut Problems) -> Vec<u32> {
    let Some((value, span)) = section.value("postgres") else { return Vec::new() };
    let one = [value];
    let items: Vec<&DeValue<'_>> = match value {
        DeValue::Array(items) => items.iter().map(|item| item.get_ref()).collect(),
        _ => one.to_vec(),
    };
    let mut majors = Vec::with_capacity(items.len());
    for item in items {
        let major = whole(item).and_then(|major| u32::try_from(major).ok());
        match major.filter(|major| (OLDEST_MAJOR..=NEWEST_MAJOR).contains(major)) {
            Some(major) => majors.push(major),
            None => {
                problems.push(Problem {
                    span,
                    message: format!(
                        "{} must be a list of major versions that are served",
                        section.full_name("postgres")
                    ),
                    help: Some(format!("the major versions {OLDEST_MAJOR} to {NEWEST_MAJOR} are")),
                });
                return Vec::new();
            }
        }
    }
    majors.sort_unstable();
    majors.dedup();
    majors
}

fn overrides(section: &Section<'_>, rules: &[&'static Rule], problems: &mut Problems) -> Vec<LintOverride> {
    let Some((value, span)) = section.value("override") else { return Vec::new() };
    let mut wrong = |span| {
        problems.push(Problem {
            span,
            message: "`[lint] override` must be a list of sections".to_owned(),
            help: Some("write `[[lint.override]]` on a line of its own and its keys below".to_owned()),
        });
    };
    let mut tables = Vec::new();
    match value {
        DeValue::Array(items) => {
            for item in items {
                match item.get_ref() {
                    DeValue::Table(table) => tables.push(table),
                    _ => wrong(span_of(item.span())),
                }
            }
        }
        DeValue::Table(table) => tables.push(table),
        _ => wrong(span),
    }
    let name = "lint.override".to_owned();
    tables
        .into_iter()
        .map(|table| Section { name: name.clone(), table })
        .map(|section| one_override(&section, rules, problems))
        .collect()
}

fn one_override(section: &Section<'_>, rules: &[&'static Rule], problems: &mut Problems) -> LintOverride {
    let known = SECTIONS.iter().find(|known| known.name == "[lint.override]");
    let keys: Vec<&str> = known.iter().flat_map(|known| known.keys.iter().map(|key| key.name)).collect();
    refuse_unknown(section, &keys, problems);
    let patterns = |key: &str, problems: &mut Problems| -> Vec<Pattern> {
        section.strings(key, problems).iter().map(|text| Pattern::new(text)).collect()
    };
    let (paths, tables) = (patterns("paths", problems), patterns("tables", problems));
    let mut levels: Vec<(Which, RuleLevel)> =
        named(section, "ignore", rules, problems).into_iter().map(|which| (which, RuleLevel::Off)).collect();
    levels.extend(level_table(section, rules, problems));
    LintOverride { paths, tables, levels }
}

fn level_table(
    section: &Section<'_>,
    rules: &[&'static Rule],
    problems: &mut Problems,
) -> Vec<(Which, RuleLevel)> {
    let Some(levels) = super::names::sub_table(section, "levels", problems) else { return Vec::new() };
    levels_of(&levels, rules, problems)
}

/// The levels that a table gives to rules and categories: categories first, so that a rule of its own wins over its
/// category.
pub(super) fn levels_of(
    section: &Section<'_>,
    rules: &[&'static Rule],
    problems: &mut Problems,
) -> Vec<(Which, RuleLevel)> {
    let mut levels = Vec::new();
    for (key, _) in section.table {
        let name = key.get_ref().as_ref();
        let found = match which(rules, name) {
            Ok(found) => found,
            Err(error) => {
                let span = span_of(key.span());
                problems.push(Problem { span, message: error.to_string(), help: Some(error.help()) });
                continue;
            }
        };
        let Some((word, span)) = section.string(name, problems) else { continue };
        match level(&word) {
            Some(level) => levels.push((found, level)),
            None => {
                let name = section.full_name(name);
                problems.push(one_of(&name, span, &word, &["off", "note", "warning", "error"]));
            }
        }
    }
    levels.sort_by_key(|(which, _)| matches!(which, Which::Rule(_)));
    levels
}

/// `off`, `note`, `warning` or `error`.
pub fn level(word: &str) -> Option<RuleLevel> {
    match word {
        "off" => Some(RuleLevel::Off),
        other => severity(other).map(RuleLevel::At),
    }
}
