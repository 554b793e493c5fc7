//! The page of a rule for a terminal: headings bold, paragraphs filled to the width.

use std::fmt::Write as _;

use anstyle::Style;
use freehold_app::Rule;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
/// Lines longer than this are hard to read.
const WIDEST: usize = 100;

/// The page with what the lists say of the rule at its head.
pub(super) fn shown(rule: &Rule, width: usize) -> String {
    let depths: Vec<&str> = rule.decided_by.iter().map(|depth| depth.word()).collect();
    let mut facts = vec![
        rule.severity.word().to_owned(),
        rule.category.word().to_owned(),
        format!("decided by {}", depths.join(", ")),
    ];
    facts.extend(rule.lock.map(|lock| format!("lock {lock}")));
    // Writing to a String cannot fail.
    let mut text = format!("{BOLD}{} {}{BOLD:#}\n", rule.code, rule.id);
    let _ = writeln!(text, "{DIM}{}{DIM:#}", facts.join(" · "));
    let page = rule.page();
    // The page's own title is the id, which stands above.
    let body = page.split_once('\n').map_or("", |(_, body)| body);
    let width = width.min(WIDEST);
    for block in blocks(body) {
        text.push('\n');
        text.push_str(&block.shown(width));
    }
    text
}

/// A part of a page.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    Heading(String),
    /// To be filled; with the indentation of its later lines.
    Text(String, usize),
    /// Left as it is: code, tables.
    Verbatim(String),
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut fenced = false;
    let mut open = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            open = false;
            continue;
        }
        let trimmed = line.trim();
        if fenced || (line.starts_with("    ") && !open) || trimmed.starts_with('|') {
            match blocks.last_mut() {
                Some(Block::Verbatim(text)) if open => text.push_str(&format!("\n{line}")),
                _ => blocks.push(Block::Verbatim(line.to_owned())),
            }
            open = true;
        } else if trimmed.is_empty() {
            open = false;
        } else if let Some(heading) = trimmed.strip_prefix('#') {
            blocks.push(Block::Heading(heading.trim_start_matches('#').trim().to_owned()));
            open = false;
        } else if let Some(indent) = item(trimmed) {
            blocks.push(Block::Text(trimmed.to_owned(), indent));
            open = true;
        } else {
            match blocks.last_mut() {
                Some(Block::Text(text, _)) if open => text.push_str(&format!(" {trimmed}")),
                _ => blocks.push(Block::Text(trimmed.to_owned(), 0)),
            }
            open = true;
        }
    }
    blocks
}

/// How far the later lines of an item of a list are indented; none for other lines.
fn item(line: &str) -> Option<usize> {
    if line.starts_with("- ") || line.starts_with("* ") {
        return Some(2);
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && line.get(digits..)?.starts_with(". ")).then_some(digits + 2)
}

impl Block {
    fn shown(&self, width: usize) -> String {
        match self {
            Self::Heading(heading) => format!("{BOLD}{heading}{BOLD:#}\n"),
            Self::Verbatim(text) => {
                let lines: Vec<String> = text
                    .lines()
                    .map(|line| format!("    {}", line.trim_end()).trim_end().to_owned())
                    .collect();
                format!("{}\n", lines.join("\n"))
            }
            Self::Text(text, indent) => filled(text, *indent, width),
        }
    }
}

/// Fills words into lines of a width.
fn filled(text: &str, indent: usize, width: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_filled_and_code_is_not() {
        let page = "One\ntwo three.\n\n## Do instead\n\n```sql\nselect  1;\n\nselect 2;\n```\n\n- first item\n  goes on\n- second\n";
        assert_eq!(
            blocks(page),
            [
                Block::Text("One two three.".to_owned(), 0),
                Block::Heading("Do instead".to_owned()),
                Block::Verbatim("select  1;\n\nselect 2;".to_owned()),
                Block::Text("- first item goes on".to_owned(), 2),
                Block::Text("- second".to_owned(), 2),
            ]
        );
        assert_eq!(filled("- aa bb cc", 2, 7), "- aa bb\n  cc\n");
    }

    #[test]
    fn every_page_keeps_to_the_width() {
        for rule in freehold_app::rules::ALL.iter() {
            let shown = anstream::adapter::strip_str(&shown(rule, 60)).to_string();
            let long = shown.lines().skip(2).find(|line| {
                line.chars().count() > 60 && !line.starts_with("    ") && line.split_whitespace().count() > 2
            });
            assert_eq!(long, None, "{}", rule.id);
        }
    }
}
