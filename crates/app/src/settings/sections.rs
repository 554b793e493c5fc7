//! The sections that need more than reading keys: what their values must be.

use std::{collections::BTreeMap, time::Duration};

use freehold_model::secret::Secret;
use toml::de::{DeTable, DeValue};

use super::{
    CheckSettings, Measure, SeedSettings, TenancySettings,
    error::Problem,
    names::{one_of, severity, sub_table},
    table::{Section, span_of, whole},
};

type Problems = Vec<Problem>;

pub(super) fn url(section: &Section<'_>, problems: &mut Problems) -> Option<Secret> {
    section.string("url", problems).map(|(text, _)| Secret::new(text))
}

pub(super) fn check(section: &Section<'_>, problems: &mut Problems) -> CheckSettings {
    let fail_on = section.string("fail_on", problems).and_then(|(word, span)| {
        let level = severity(&word);
        if level.is_none() {
            let name = section.full_name("fail_on");
            problems.push(one_of(&name, span, &word, &["note", "warning", "error"]));
        }
        level
    });
    let timeout = time(section, "timeout", duration, problems);
    let wanted = "`all`, `none` or a number of migrations";
    let measure = section.string_or_number("measure", wanted, problems).and_then(|(text, span)| {
        let parsed = text.parse::<Measure>();
        if parsed.is_err() {
            problems.push(Problem {
                span,
                message: format!("{} must be {wanted}", section.full_name("measure")),
                help: None,
            });
        }
        parsed.ok()
    });
    let measure_sizes = section.pair("measure_sizes", problems).and_then(|(sizes, span)| {
        let good = sizes.0 > 0 && sizes.1 >= sizes.0.saturating_mul(2);
        if !good {
            problems.push(Problem {
                span,
                message: format!(
                    "{} must be a small number of rows, then one at least twice as large",
                    section.full_name("measure_sizes")
                ),
                help: None,
            });
        }
        good.then_some(sizes)
    });
    let record = section.choice("record", problems);
    let isolation = section.choice("isolation", problems);
    CheckSettings { fail_on, timeout, measure, measure_sizes, record, isolation }
}

/// A time, if the key is there.
pub(super) fn time(
    section: &Section<'_>,
    key: &str,
    read: fn(&str) -> Option<Duration>,
    problems: &mut Problems,
) -> Option<Duration> {
    let wanted = "a time such as \"60s\" or a number of seconds";
    let (text, span) = section.string_or_number(key, wanted, problems)?;
    let time = read(&text);
    if time.is_none() {
        problems.push(Problem {
            span,
            message: format!("{} is no time above zero", section.full_name(key)),
            help: Some("write a number of seconds, or a time such as \"90s\" or \"5m\"".to_owned()),
        });
    }
    time
}

/// A time above zero: a bare number counts seconds, else what `jiff` reads, such as `90s`, `5m`, `1h 30m`.
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let time = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => text.parse::<jiff::SignedDuration>().ok().and_then(|d| Duration::try_from(d).ok())?,
    };
    (!time.is_zero()).then_some(time)
}

pub(super) fn tenancy(section: &Section<'_>, problems: &mut Problems) -> TenancySettings {
    let text = |key: &str, problems: &mut Problems| section.string(key, problems).map(|(t, _)| t);
    TenancySettings {
        root: text("root", problems),
        column: text("column", problems),
        setting: text("setting", problems),
        role: text("role", problems),
        shared: section.strings("shared", problems),
        assume: section.strings("assume", problems),
        untrusted_sql: section.flag("untrusted_sql", problems),
    }
}

pub(super) fn seed(section: &Section<'_>, problems: &mut Problems) -> SeedSettings {
    let mut generators = BTreeMap::new();
    if let Some(found) = sub_table(section, "generators", problems) {
        collect_generators(found.table, "", &mut generators, problems);
    }
    SeedSettings { generators }
}

/// `faces.score = "random()"` is a table `faces` in TOML; both ways of writing name the column `faces.score`.
fn collect_generators(
    table: &DeTable<'_>,
    prefix: &str,
    generators: &mut BTreeMap<String, String>,
    problems: &mut Problems,
) {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        let mut refuse = |message: String| {
            problems.push(Problem { span: span_of(value.span()), message, help: None });
        };
        match value.get_ref() {
            DeValue::Table(inner) => collect_generators(inner, &format!("{name}."), generators, problems),
            DeValue::String(text) if text.trim().is_empty() => {
                refuse(format!("`[seed] generators` {name} must not be empty"));
            }
            DeValue::String(_) if !name.contains('.') => {
                refuse(format!("`[seed] generators` {name} names no column: write \"table.column\""));
            }
            DeValue::String(text) => {
                generators.insert(name, text.clone().into_owned());
            }
            _ => refuse(format!("`[seed] generators` {name} must be an SQL expression in quotes")),
        }
    }
}

pub(super) fn volumes(top: &Section<'_>, problems: &mut Problems) -> BTreeMap<String, u64> {
    let mut volumes = BTreeMap::new();
    if let Some(section) = sub_table(top, "volumes", problems) {
        collect_volumes(section.table, "", &mut volumes, problems);
    }
    volumes
}

/// `app.users = 5` is a table `app` in TOML; both ways of writing name the table `app.users`.
fn collect_volumes(
    table: &DeTable<'_>,
    prefix: &str,
    volumes: &mut BTreeMap<String, u64>,
    problems: &mut Problems,
) {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) => collect_volumes(inner, &format!("{name}."), volumes, problems),
            other => match whole(other) {
                Some(rows) => {
                    volumes.insert(name, rows);
                }
                None => problems.push(Problem {
                    span: span_of(value.span()),
                    message: format!("`[volumes] {name}` must be a whole number of rows"),
                    help: None,
                }),
            },
        }
    }
}
