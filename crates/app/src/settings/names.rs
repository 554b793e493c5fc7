//! Which names the file may use, and what to say of one that it may not.

use freehold_model::{finding::Severity, place::Span};
use toml::de::DeValue;

use super::{
    error::Problem,
    list::SECTIONS,
    table::{Section, span_of},
};

pub(super) fn keys_of(section: &str) -> Vec<&'static str> {
    let own = SECTIONS.iter().filter(|s| s.name == section).flat_map(|s| s.keys.iter().map(|key| key.name));
    // A list of sections, `[[section.key]]`, is a key of its section, too.
    let lists = SECTIONS.iter().filter_map(|s| {
        s.name.strip_prefix('[')?.strip_prefix(section)?.strip_prefix('.')?.strip_suffix(']')
    });
    own.chain(lists).collect()
}

pub(super) fn sub_table<'a>(
    top: &Section<'a>,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<Section<'a>> {
    let value = top.table.get(name)?;
    if let DeValue::Table(table) = value.get_ref() {
        let full = if top.name.is_empty() { name.to_owned() } else { format!("{}.{name}", top.name) };
        return Some(Section { name: full, table });
    }
    problems.push(Problem {
        span: span_of(value.span()),
        message: format!("{} must be a section", top.full_name(name)),
        help: Some(format!("write `[{name}]` on a line of its own and its keys below")),
    });
    None
}

/// A problem for every key that is not in the list, with the nearest one that is.
pub(super) fn refuse_unknown(section: &Section<'_>, known: &[&str], problems: &mut Vec<Problem>) {
    for (key, _) in section.table {
        let name = key.get_ref().as_ref();
        let joined = name.replace('-', "_");
        if known.contains(&joined.as_str()) {
            if joined != name && section.table.contains_key(joined.as_str()) {
                problems.push(Problem {
                    span: span_of(key.span()),
                    message: format!("{} is there twice", section.full_name(name)),
                    help: Some(format!("`{name}` and `{joined}` are the same key")),
                });
            }
            continue;
        }
        let what = if section.name.is_empty() { "key or section" } else { "key" };
        let help = nearest(name, known)
            .map(|near| format!("did you mean `{near}`?"))
            .or_else(|| elsewhere(name).map(|place| format!("`{name}` belongs in `[{place}]`")))
            .or_else(|| Some(format!("known here: {}", known.join(", "))));
        problems.push(Problem {
            span: span_of(key.span()),
            message: format!("unknown {what} {}", section.full_name(name)),
            help,
        });
    }
}

fn elsewhere(key: &str) -> Option<&'static str> {
    SECTIONS.iter().find(|s| s.keys.iter().any(|k| k.name == key)).map(|s| s.name)
}

/// The known word that a misspelled one most likely meant.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let folded = word.to_lowercase().replace('-', "_");
    let beginning =
        |candidate: &&&'k str| folded.chars().count() >= 3 && candidate.starts_with(folded.as_str());
    if let Some(whole) = known.iter().find(beginning) {
        return Some(whole);
    }
    known
        .iter()
        .map(|candidate| {
            let folded_candidate = candidate.to_lowercase().replace('-', "_");
            (strsim::damerau_levenshtein(&folded, &folded_candidate), *candidate)
        })
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

pub(super) fn one_of(name: &str, span: Span, word: &str, allowed: &[&str]) -> Problem {
    Problem {
        span,
        message: format!("{name} must be one of {}, not `{word}`", allowed.join(", ")),
        help: nearest(word, allowed).map(|near| format!("did you mean `{near}`?")),
    }
}

pub(super) fn severity(word: &str) -> Option<Severity> {
    [Severity::Note, Severity::Warning, Severity::Error].into_iter().find(|s| s.word() == word)
}
