//! Text from outside inside Markdown: it shows as itself and does nothing.

use std::fmt::Write as _;

use crate::render::{one_line, visible, visible::shortened, words::count};

/// Text that Markdown and HTML read back as itself, on one line, safe inside a table. An `@` or `#` is followed by
/// a word joiner, so that a migration cannot call people or link to issues.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for (number, character) in one_line(text).chars().enumerate() {
        match character {
            '-' | '+' | '=' if number == 0 => {
                safe.push('\\');
                safe.push(character);
            }
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' | '#' => {
                safe.push('\\');
                safe.push(character);
                safe.push('\u{2060}');
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '!' | '$' => {
                safe.push('\\');
                safe.push(character);
            }
            other => safe.push(other),
        }
    }
    safe
}

/// Text for inside an HTML element of the comment, where no Markdown is read.
pub(super) fn in_html(text: &str) -> String {
    one_line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('@', "@\u{2060}")
        .replace('#', "#\u{2060}")
}

/// A code span for a cell of a table, where a `|` would end the cell.
pub(super) fn cell_code(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A code span whose fence is longer than any run of backticks inside.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return text;
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A code block whose fence is longer than any run of backticks inside, at most 40 lines.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let shown = visible(text);
    let fence = "`".repeat((longest_run(&shown) + 1).max(3));
    let mut block = format!("{fence}{language}\n");
    let total = shown.lines().count();
    for line in shown.lines().take(40) {
        let _ = writeln!(block, "{}", shortened(line, 300));
    }
    if total > 40 {
        let _ = writeln!(block, "… {} more", count(total - 40, "line"));
    }
    let _ = writeln!(block, "{fence}");
    block
}

fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
