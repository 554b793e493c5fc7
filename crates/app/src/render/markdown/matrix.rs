//! The matrix of the tenant line as a table: targets by families of ways.

use std::fmt::Write as _;

use super::escape::{cell_code, escaped};
use crate::{
    render::{
        matrix::Grid,
        one_line,
        visible::shortened,
        words::{count, time},
    },
    report::{CellWord, Report},
};

/// More targets than this are not listed.
const MOST: usize = 60;

/// The table, folded away; targets with something that did not hold come first. Empty without a matrix.
pub(super) fn table(report: &Report) -> String {
    let Some(isolation) = report.isolation.as_ref().filter(|isolation| !isolation.cells.is_empty()) else {
        return String::new();
    };
    let grid = Grid::of(isolation);
    let families = isolation.families();
    let open = if isolation.count(CellWord::Leaked) > 0 { " open" } else { "" };
    let mut text = format!(
        "\n<details{open}><summary>The tenant line: {} by {} ways, {} in {}</summary>\n\n| | {} |\n|---|{}\n",
        count(isolation.targets.len(), "target"),
        isolation.ways.len(),
        count(usize::try_from(isolation.trials).unwrap_or(usize::MAX), "trial"),
        time(isolation.took_ms),
        families.join(" | "),
        "---|".repeat(families.len())
    );
    let mut targets: Vec<usize> = (0..isolation.targets.len()).collect();
    targets.sort_by_key(|target| {
        let sum = grid.of_target(*target);
        (sum.leaked == 0, sum.not_tried == 0)
    });
    for number in targets.iter().take(MOST) {
        let Some(target) = isolation.targets.get(*number) else { continue };
        // Writing to a String cannot fail.
        let _ = write!(text, "| {} |", cell_code(&shortened(&one_line(&target.name), 100)));
        for family in &families {
            let cell = grid.of_family(*number, family).gravest();
            let cell = cell.map(|(word, count)| format!("{} {count}", sign(word))).unwrap_or_default();
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
    if targets.len() > MOST {
        let _ = writeln!(text, "\n{} more are left out here.", targets.len() - MOST);
    }
    let guessed: Vec<String> =
        isolation.tenancy.guessed.iter().map(|line| escaped(&one_line(line))).collect();
    if !guessed.is_empty() {
        let _ = writeln!(text, "\nGuessed: {}.", shortened(&guessed.join("; "), 600));
    }
    text.push_str("\n✅ held · ❌ leaked · ❔ not tried · ℹ️ noted\n\n</details>\n");
    text
}

fn sign(word: CellWord) -> &'static str {
    match word {
        CellWord::Held => "✅",
        CellWord::Leaked => "❌",
        CellWord::NotTried => "❔",
        CellWord::Noted => "ℹ️",
    }
}
