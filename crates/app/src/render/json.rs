//! The report as JSON, exactly its own shape.

use super::{RenderOptions, Renderer};
use crate::report::{Report, Sources};

/// `--format json`
pub(super) struct Json;

impl Renderer for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "the whole report for other programs; its schema is published"
    }

    fn media_type(&self) -> &'static str {
        "application/json"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn render(&self, report: &Report, _sources: &Sources, _options: &RenderOptions) -> String {
        pretty(report)
    }
}

/// Any value as indented JSON with a last newline. Control characters beyond those that JSON escapes by itself are
/// written as `\u` escapes, so that the text may be printed on a terminal.
pub fn pretty(value: &impl serde::Serialize) -> String {
    // Our own types serialise without error: no map has keys that are not strings.
    let mut text = harmless(&serde_json::to_string_pretty(value).unwrap_or_else(|_| "{}".to_owned()));
    text.push('\n');
    text
}

/// The same on one line.
pub fn line(value: &impl serde::Serialize) -> String {
    let mut text = harmless(&serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned()));
    text.push('\n');
    text
}

fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        match character {
            '\u{7f}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => safe.push(other),
        }
    }
    // The log of a build server must not read commands out of strings; the escape is the same character.
    safe.replace("##", "#\\u0023")
}
