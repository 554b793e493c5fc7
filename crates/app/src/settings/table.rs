//! Reading typed values out of a TOML table, collecting every problem with its place.

use freehold_model::place::Span;
use toml::de::{DeTable, DeValue};

use super::error::Problem;

/// A value with the bytes where it stands.
pub(super) type At<T> = (T, Span);

/// One table of the file, and how the file calls it.
pub(super) struct Section<'a> {
    /// The name in messages, such as `migrations`; empty for the top of the file.
    pub(super) name: String,
    /// The table itself.
    pub(super) table: &'a DeTable<'a>,
}

pub(super) fn span_of(range: std::ops::Range<usize>) -> Span {
    Span::new(range.start, range.end)
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

impl<'a> Section<'a> {
    /// `[section] key` for messages.
    pub(super) fn full_name(&self, key: &str) -> String {
        if self.name.is_empty() { format!("`{key}`") } else { format!("`[{}] {key}`", self.name) }
    }

    /// The value of a key and where it stands. A key of two words may be written with a hyphen, too.
    pub(super) fn value(&self, key: &str) -> Option<(&'a DeValue<'a>, Span)> {
        let value = self.table.get(key).or_else(|| self.table.get(key.replace('_', "-").as_str()));
        value.map(|value| (value.get_ref(), span_of(value.span())))
    }

    fn wrong(&self, key: &str, value: &DeValue<'_>, span: Span, wanted: &str) -> Problem {
        Problem {
            span,
            message: format!("{} must be {wanted}, not {}", self.full_name(key), kind(value)),
            help: None,
        }
    }

    /// A string, if the key is there.
    pub(super) fn string(&self, key: &str, problems: &mut Vec<Problem>) -> Option<At<String>> {
        let (value, span) = self.value(key)?;
        if let DeValue::String(text) = value {
            return Some((text.clone().into_owned(), span));
        }
        problems.push(self.wrong(key, value, span, "a string"));
        None
    }

    /// Where the value of a key stands, if the key is there.
    pub(super) fn span(&self, key: &str) -> Option<Span> {
        self.value(key).map(|(_, span)| span)
    }

    /// A list of strings; one string alone counts as a list of one.
    pub(super) fn strings(&self, key: &str, problems: &mut Vec<Problem>) -> Vec<String> {
        self.strings_at(key, problems).into_iter().map(|(text, _)| text).collect()
    }

    /// The same, each with its place.
    pub(super) fn strings_at(&self, key: &str, problems: &mut Vec<Problem>) -> Vec<At<String>> {
        let Some((value, span)) = self.value(key) else { return Vec::new() };
        match value {
            DeValue::String(text) => vec![(text.clone().into_owned(), span)],
            DeValue::Array(items) => items
                .iter()
                .filter_map(|item| match item.get_ref() {
                    DeValue::String(text) => Some((text.clone().into_owned(), span_of(item.span()))),
                    other => {
                        let at = span_of(item.span());
                        problems.push(self.wrong(key, other, at, "a list of strings"));
                        None
                    }
                })
                .collect(),
            other => {
                problems.push(self.wrong(key, other, span, "a list of strings"));
                Vec::new()
            }
        }
    }

    /// True or false; false when the key is absent.
    pub(super) fn flag(&self, key: &str, problems: &mut Vec<Problem>) -> bool {
        self.choice(key, problems).unwrap_or(false)
    }

    /// A boolean, where absent is not the same as false.
    pub(super) fn choice(&self, key: &str, problems: &mut Vec<Problem>) -> Option<bool> {
        match self.value(key)? {
            (DeValue::Boolean(flag), _) => Some(*flag),
            (other, span) => {
                problems.push(self.wrong(key, other, span, "true or false"));
                None
            }
        }
    }

    /// A whole number that is not negative.
    pub(super) fn number(&self, key: &str, problems: &mut Vec<Problem>) -> Option<At<u64>> {
        let (value, span) = self.value(key)?;
        if let Some(number) = whole(value) {
            return Some((number, span));
        }
        problems.push(self.wrong(key, value, span, "a whole number, 0 or more"));
        None
    }

    /// A string, or a whole number written as one.
    pub(super) fn string_or_number(
        &self,
        key: &str,
        wanted: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<At<String>> {
        let (value, span) = self.value(key)?;
        match value {
            DeValue::String(text) => Some((text.clone().into_owned(), span)),
            other => match whole(other) {
                Some(number) => Some((number.to_string(), span)),
                None => {
                    problems.push(self.wrong(key, other, span, wanted));
                    None
                }
            },
        }
    }

    /// An array of two whole numbers.
    pub(super) fn pair(&self, key: &str, problems: &mut Vec<Problem>) -> Option<At<(u64, u64)>> {
        let (value, span) = self.value(key)?;
        if let DeValue::Array(items) = value {
            let numbers: Vec<u64> = items.iter().filter_map(|item| whole(item.get_ref())).collect();
            if let ([first, second], 2) = (numbers.as_slice(), items.len()) {
                return Some(((*first, *second), span));
            }
        }
        problems.push(self.wrong(key, value, span, "an array of two whole numbers"));
        None
    }
}

/// A whole number that is not negative, with `_` between digits as TOML allows.
pub(super) fn whole(value: &DeValue<'_>) -> Option<u64> {
    let DeValue::Integer(integer) = value else { return None };
    let digits: String = integer.as_str().chars().filter(|c| *c != '_' && *c != '+').collect();
    u64::from_str_radix(&digits, integer.radix()).ok()
}
