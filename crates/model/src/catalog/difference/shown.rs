//! Differences as lines for people.

use std::fmt;

use super::{Change, Difference, FactChange, lines};
use crate::catalog::kind::ObjectKind;

/// A value longer than this many characters, or of several lines, is told by its lines and not whole.
const SHORT: usize = 240;

/// One line: what differs in which way, without the lines of long definitions.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            None => write!(f, "{} {}", self.kind, self.object)?,
            Some(part) if matches!(part.kind, ObjectKind::Column | ObjectKind::Constraint) => {
                write!(f, "{} {}: {} {}", self.kind, self.object, part.kind, part.name)?;
            }
            Some(part) => write!(f, "{} {} on {}", part.kind, part.name, self.object)?,
        }
        match &self.change {
            Change::Added { parts } => write!(f, " is added{}", With(parts)),
            Change::Missing { parts } => write!(f, " is missing{}", With(parts)),
            Change::Changed(facts) => {
                for (nth, fact) in facts.iter().enumerate() {
                    f.write_str(if nth == 0 { ": " } else { "; " })?;
                    write!(f, "{fact}")?;
                }
                Ok(())
            }
            Change::ColumnOrder { before, after } => {
                write!(f, ": column order {} → {}", before.join(", "), after.join(", "))
            }
        }
    }
}

/// ` (with 3 columns and 1 index)`, or nothing.
struct With<'a>(&'a [(ObjectKind, usize)]);

impl fmt::Display for With<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (kind, number)) in self.0.iter().enumerate() {
            f.write_str(match nth {
                0 => " (with ",
                _ if nth + 1 == self.0.len() => " and ",
                _ => ", ",
            })?;
            write!(f, "{number} {}", if *number == 1 { kind.word() } else { kind.plural() })?;
        }
        f.write_str(if self.0.is_empty() { "" } else { ")" })
    }
}

impl fmt::Display for FactChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = &self.members;
        if !members.missing.is_empty() || !members.added.is_empty() {
            let missing = members.missing.iter().map(|member| format!("{} missing", shortened(member)));
            let added = members.added.iter().map(|member| format!("{} added", shortened(member)));
            return write!(f, "{}: {}", self.name, missing.chain(added).collect::<Vec<_>>().join(", "));
        }
        if is_short(self) {
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
            return write!(f, "{} {} → {}", self.name, shown(&self.before), shown(&self.after));
        }
        match (&self.before, &self.after) {
            (Some(_), None) => write!(f, "{} is missing", self.name),
            (None, Some(_)) => write!(f, "{} is added", self.name),
            (before, after) => {
                let number = lines::changed(
                    before.as_deref().unwrap_or_default(),
                    after.as_deref().unwrap_or_default(),
                );
                let lines = if number == 1 { "line differs" } else { "lines differ" };
                write!(f, "{} changed ({number} {lines})", self.name)
            }
        }
    }
}

/// The lines that differ, for a value that is not shown whole.
pub(super) fn detail(fact: &FactChange) -> Vec<String> {
    if is_short(fact) || !fact.members.missing.is_empty() || !fact.members.added.is_empty() {
        return Vec::new();
    }
    lines::shown(fact.before.as_deref().unwrap_or_default(), fact.after.as_deref().unwrap_or_default())
}

fn is_short(fact: &FactChange) -> bool {
    let short = |value: &Option<String>| {
        value.as_ref().is_none_or(|text| !text.contains('\n') && text.chars().count() <= SHORT)
    };
    short(&fact.before) && short(&fact.after)
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(SHORT).collect();
    if short.len() == text.len() { short } else { format!("{short}…") }
}
