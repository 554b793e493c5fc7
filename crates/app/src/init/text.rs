//! The text of a new `freehold.toml`: every key there is, with what it means; those that were found are set.

use std::fmt::Write as _;

use super::Findings;
use crate::settings::{SECTIONS, SectionDoc};

/// The whole file.
pub(super) fn settings(findings: &Findings) -> String {
    let mut text = "# The settings of Freehold. Every key is optional: what is commented out shows an example.\n\
                    # A flag wins over an environment variable, that over this file, and this over the default.\n"
        .to_owned();
    for section in SECTIONS {
        one(section, findings, &mut text);
    }
    text
}

fn one(section: &SectionDoc, findings: &Findings, text: &mut String) {
    let name = section.name.replace("NAME", "production");
    let known: Vec<(&str, String)> = section
        .keys
        .iter()
        .filter_map(|key| Some((key.name, known(section.name, key.name, findings)?)))
        .collect();
    // Writing to a String cannot fail.
    let _ = write!(text, "\n# {}\n", section.about);
    let _ = writeln!(text, "{}[{name}]", if known.is_empty() { "# " } else { "" });
    let width = section.keys.iter().map(|key| key.name.len() + key.example.len()).max().unwrap_or(0) + 3;
    for key in section.keys {
        match known.iter().find(|(name, _)| *name == key.name) {
            Some((name, value)) => {
                let _ = writeln!(text, "{name} = {value}");
            }
            None => {
                let example = hint(section.name, key.name, findings)
                    .unwrap_or_else(|| format!("{} = {}", key.name, key.example));
                let _ = writeln!(text, "# {example:<width$}  # {}", key.about);
            }
        }
    }
    match section.name {
        "rules" => text.push_str("# blocking-rewrite = \"error\"\n"),
        "volumes" => text.push_str("# users = 1_000_000\n"),
        _ => {}
    }
}

/// The value of a key that was found, as TOML.
fn known(section: &str, key: &str, findings: &Findings) -> Option<String> {
    let value = match (section, key) {
        ("migrations", "dir") => findings.migrations.as_ref().map(|(dir, ..)| dir.clone()),
        ("migrations", "format") => findings.migrations.as_ref().map(|(_, format, _)| (*format).to_owned()),
        ("queries", "dir") => findings.queries.as_ref().map(|(dir, _)| dir.clone()),
        _ => None,
    };
    value.map(|value| toml::Value::String(value).to_string())
}

/// An example that fits the project better than the list's. The version of a container is only a hint: setting it
/// would make every check fail on machines with another.
fn hint(section: &str, key: &str, findings: &Findings) -> Option<String> {
    match (section, key, &findings.server) {
        ("sandbox", "pg_major", Some(image)) => Some(format!("pg_major = {}", image.major)),
        _ => None,
    }
}
