//! Text from outside, made harmless: nothing in a migration may speak to the terminal or change the look of a line.

/// The same text with every control character shown as a picture of itself or as its code point. Newlines stay,
/// tabs become four spaces. Marks that change the direction of text, and invisible ones, are shown as well.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\n' => shown.push('\n'),
            '\r' if rest.peek() == Some(&'\n') => {}
            other => push_visible(other, &mut shown),
        }
    }
    shown
}

/// The same on one line: newlines become spaces too.
pub fn one_line(text: &str) -> String {
    let shown = visible(text);
    let lines: Vec<&str> = shown.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// Appends one character in a form that can be seen.
pub(super) fn push_visible(character: char, shown: &mut String) {
    match character {
        '\t' => shown.push_str("    "),
        '\u{0}'..='\u{1f}' => {
            // The "control pictures" block has one for each, in the same order.
            shown.push(char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'));
        }
        '\u{7f}' => shown.push('\u{2421}'),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{fff9}'..='\u{ffff}'
        | '\u{e0000}'..='\u{e007f}' => {
            shown.push_str(&format!("\\u{{{:x}}}", u32::from(character)));
        }
        other => shown.push(other),
    }
}

/// A whole text in which no line is read as a command by the log of a build server, whatever a migration holds.
/// GitHub Actions takes lines that begin with `::`, after white space, and like Azure and `TeamCity` anything of the
/// form `##[...]` or `##word[...]` wherever it stands. A word joiner, which cannot be seen, breaks both.
pub(super) fn defused(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let start = first_shown(line);
        let (lead, rest) = line.split_at_checked(start).unwrap_or(("", line));
        safe.push_str(lead);
        if rest.starts_with("::") {
            safe.push('\u{2060}');
        }
        let mut from = 0;
        for (at, _) in rest.match_indices('#') {
            if !rest.get(at + 1..).is_some_and(|next| next.starts_with('#')) {
                continue;
            }
            let after = rest.get(at + 2..).unwrap_or_default();
            if after.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).starts_with('[') {
                safe.push_str(rest.get(from..at + 2).unwrap_or_default());
                safe.push('\u{2060}');
                from = at + 2;
            }
        }
        safe.push_str(rest.get(from..).unwrap_or_default());
    }
    safe
}

/// The byte at which a line begins to show something: past white space and terminal styles.
fn first_shown(line: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = line.get(at..).unwrap_or_default();
        let trimmed = rest.trim_start_matches([' ', '\t']);
        at += rest.len() - trimmed.len();
        let Some(style) = trimmed.strip_prefix("\u{1b}[") else { return at };
        let Some(end) = style.find('m') else { return at };
        at += 2 + end + 1;
    }
}

/// At most `limit` characters, with an ellipsis where something was cut.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some(_) => {
            let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
            format!("{kept}…")
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_sent() {
        assert_eq!(
            visible("a\u{1b}[31mred\u{7}\r\nb\rc\u{9b}2J\u{202e}"),
            "a␛[31mred␇\nb␍c\\u{9b}2J\\u{202e}"
        );
        assert_eq!(one_line("a\n\n  b\tc\n"), "a b    c");
        assert_eq!(visible("élan 🐘 plain"), "élan 🐘 plain");
    }

    #[test]
    fn no_line_is_a_command_of_a_build_server() {
        let broken = defused("::a\n \u{1b}[1m::b\nx ##[set-env name=A]b ##vso[c]\nx ::d ## e ###[f]");
        assert_eq!(
            broken,
            "\u{2060}::a\n \u{1b}[1m\u{2060}::b\nx ##\u{2060}[set-env name=A]b ##\u{2060}vso[c]\nx ::d ## e ###\u{2060}[f]"
        );
    }

    #[test]
    fn shortening_counts_characters() {
        assert_eq!(shortened("éééé", 4), "éééé");
        assert_eq!(shortened("ééééé", 4), "ééé…");
    }
}
