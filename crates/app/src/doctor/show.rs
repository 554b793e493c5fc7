//! The doctor's report as text.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{DoctorExtension, DoctorInstallation, DoctorReport};
use crate::render::one_line;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::BrightRed.on_default().bold();

impl DoctorReport {
    /// For a person at a terminal, with styles; `width` is the number of columns.
    pub fn to_human(&self, width: usize) -> String {
        let mut text = String::new();
        for installation in &self.installations {
            one(installation, width, &mut text);
        }
        for refused in &self.refused {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{DIM}not usable:{DIM:#} {}: {}\n",
                one_line(&refused.bin_dir),
                one_line(&refused.why)
            );
        }
        for missing in &self.missing {
            let _ = writeln!(text, "{BAD}missing:{BAD:#} {}", one_line(&missing.what));
            let _ = writeln!(text, "  for: {}", one_line(&missing.needed_for));
            let _ = writeln!(text, "  get it: {}\n", one_line(&missing.install));
        }
        if self.ready {
            let _ = writeln!(text, "{GOOD}ready{GOOD:#}: `freehold check` has all that it needs");
        } else {
            let _ = writeln!(text, "{BAD}not ready{BAD:#}");
        }
        text
    }

    /// For other programs.
    pub fn to_json(&self) -> String {
        crate::render::json_text(self)
    }
}

fn one(installation: &DoctorInstallation, width: usize, text: &mut String) {
    let mark = if installation.chosen { ", used by checks" } else { "" };
    let _ = writeln!(
        text,
        "{BOLD}PostgreSQL {}{BOLD:#} in {} {DIM}({}{mark}){DIM:#}",
        one_line(&installation.version),
        one_line(&installation.bin_dir),
        one_line(&installation.found_by)
    );
    let number = installation.extensions.len();
    let _ = writeln!(text, "  {number} extensions can be created:");
    text.push_str(&wrapped(&installation.extensions, width));
    text.push('\n');
}

/// The names, with versions, over as many lines as they need.
fn wrapped(extensions: &[DoctorExtension], width: usize) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for extension in extensions {
        let word = one_line(format!("{} {}", extension.name, extension.version).trim());
        if !line.is_empty() && line.len() + word.len() + 6 > width {
            let _ = writeln!(text, "    {line},");
            line.clear();
        }
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        let _ = writeln!(text, "    {line}");
    }
    text
}
