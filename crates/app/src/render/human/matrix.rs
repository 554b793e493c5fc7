//! The matrix of the tenant line at a terminal: what was taken for the tenancy, relations by families of ways, the cost.

use std::fmt::Write as _;

use anstyle::Style;

use super::{BOLD, DIM, GREEN, RED, YELLOW};
use crate::{
    render::{
        RenderOptions,
        matrix::{Grid, Sum, short},
        one_line,
        visible::shortened,
        words::{count, time},
    },
    report::{CellWord, ReportIsolation},
};

/// More targets than this are not listed when nothing is wrong with them, unless more is asked for.
const MOST_TARGETS: usize = 60;
/// The narrowest and widest column of names.
const NAMES: (usize, usize) = (12, 44);

/// Appends what was tried.
pub(super) fn write(isolation: &ReportIsolation, options: &RenderOptions, text: &mut String) {
    facts(isolation, options, text);
    let grid = Grid::of(isolation);
    let (listed, left_out) = listed(&grid, options);
    if listed.is_empty() && left_out == 0 {
        return;
    }
    if options.ways {
        by_way(&grid, &listed, options, text)
    } else {
        by_family(&grid, &listed, options, text)
    }
    if left_out > 0 {
        let _ = writeln!(text, "{DIM}and {left_out} more, where everything held (-v shows them){DIM:#}");
    }
    let legend = [CellWord::Held, CellWord::Leaked, CellWord::NotTried, CellWord::Noted];
    let legend: Vec<String> = legend
        .into_iter()
        .filter(|word| isolation.count(*word) > 0)
        .map(|word| format!("{0}{1}{0:#} {2}", style(word), word.sign(), word.word()))
        .collect();
    let _ =
        writeln!(text, "{}{DIM}; the numbers count cells of the gravest kind{DIM:#}\n", legend.join("  "));
}

/// What the trials cost.
pub(super) fn cost(isolation: &ReportIsolation, text: &mut String) {
    let _ = writeln!(
        text,
        "{DIM}{} as the application in {}: {:.0} a second{DIM:#}",
        count(usize::try_from(isolation.trials).unwrap_or(usize::MAX), "transaction"),
        time(isolation.took_ms),
        isolation.trials_per_second()
    );
}

fn facts(isolation: &ReportIsolation, options: &RenderOptions, text: &mut String) {
    let tenancy = &isolation.tenancy;
    let mut line = |name: &str, words: &str| {
        let _ = writeln!(text, "{DIM}{name:<9}{DIM:#} {}", one_line(words));
    };
    let root = tenancy.root.as_deref().map(|root| format!("{root}, by ")).unwrap_or_default();
    line("tenants", &format!("{root}{}", tenancy.column));
    let taken_on = match tenancy.effective_role == tenancy.role {
        true => String::new(),
        false => format!(", as {} in a tenant's context", tenancy.effective_role),
    };
    line("role", &format!("{}{taken_on}", tenancy.role));
    line("context", &tenancy.assume.join("; "));
    for guess in &tenancy.guessed {
        line("guessed", guess);
    }
    for remark in &isolation.remarks {
        line("remark", remark);
    }
    if !tenancy.shared.is_empty() {
        line("shared", &some(&tenancy.shared, options));
    }
    if !tenancy.unclear.is_empty() {
        line("unclear", &format!("{} (not tried)", some(&tenancy.unclear, options)));
    }
    for unfilled in &isolation.unfilled {
        line("unfilled", &format!("{}: {}", unfilled.table, unfilled.why));
    }
    text.push('\n');
}

/// The first names, and how many more.
fn some(names: &[String], options: &RenderOptions) -> String {
    const MOST: usize = 8;
    if names.len() <= MOST + 1 || options.verbose {
        return names.join(", ");
    }
    let shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    format!("{} and {} more", shown.join(", "), names.len() - MOST)
}

/// The targets that are listed, and how many are not.
fn listed(grid: &Grid<'_>, options: &RenderOptions) -> (Vec<usize>, usize) {
    let all: Vec<usize> = (0..grid.isolation.targets.len()).collect();
    if all.len() <= MOST_TARGETS || options.verbose {
        return (all, 0);
    }
    let wrong = |target: &usize| {
        let sum = grid.of_target(*target);
        sum.leaked + sum.not_tried > 0
    };
    let listed: Vec<usize> = all.iter().copied().filter(wrong).collect();
    let left_out = all.len() - listed.len();
    (listed, left_out)
}

fn name_width(grid: &Grid<'_>, listed: &[usize], room: usize) -> usize {
    let names = listed.iter().filter_map(|target| grid.isolation.targets.get(*target));
    let longest = names.map(|target| one_line(&target.name).chars().count()).max().unwrap_or(0);
    longest.clamp(NAMES.0, NAMES.1.min(room.max(NAMES.0)))
}

fn by_family(grid: &Grid<'_>, listed: &[usize], options: &RenderOptions, text: &mut String) {
    let families = grid.isolation.families();
    let full: usize = families.iter().map(|family| family.len() + 2).sum();
    // On a narrow terminal the heads are cut before the names are.
    let most = if full + NAMES.0 + 8 > options.width { 5 } else { usize::MAX };
    let head = |family: &str| family.chars().take(most).collect::<String>();
    let widths: Vec<usize> = families.iter().map(|family| head(family).len().max(5) + 2).collect();
    let names = name_width(grid, listed, options.width.saturating_sub(widths.iter().sum::<usize>() + 2));
    let _ = write!(text, "{BOLD}{:<names$}", "");
    for (family, width) in families.iter().zip(&widths) {
        let _ = write!(text, "  {:<1$}", head(family), width - 2);
    }
    let _ = writeln!(text, "{BOLD:#}");
    for number in listed {
        let Some(target) = grid.isolation.targets.get(*number) else { continue };
        let name = shortened(&one_line(&target.name), names);
        let mut line = format!("{name:<names$}");
        for (family, width) in families.iter().zip(&widths) {
            let _ = write!(line, "  {}", cell(grid.of_family(*number, family), width - 2));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

/// A sign and a count, padded.
fn cell(sum: Sum, width: usize) -> String {
    let Some((word, count)) = sum.gravest() else { return " ".repeat(width) };
    let shown = format!("{} {count}", word.sign());
    let padding = " ".repeat(width.saturating_sub(shown.chars().count()));
    let style = style(word);
    format!("{style}{shown}{style:#}{padding}")
}

fn style(word: CellWord) -> Style {
    match word {
        CellWord::Held => GREEN,
        CellWord::Leaked => RED,
        CellWord::NotTried => YELLOW,
        CellWord::Noted => DIM,
    }
}

/// One block for each target, one line for each family, broken where the terminal ends.
fn by_way(grid: &Grid<'_>, listed: &[usize], options: &RenderOptions, text: &mut String) {
    for number in listed {
        let Some(target) = grid.isolation.targets.get(*number) else { continue };
        let _ = writeln!(
            text,
            "{BOLD}{}{BOLD:#} {DIM}{}{DIM:#}",
            one_line(&target.name),
            one_line(&target.about)
        );
        for family in grid.isolation.families() {
            ways_of(grid, *number, family, options, text);
        }
    }
    text.push('\n');
}

fn ways_of(grid: &Grid<'_>, target: usize, family: &str, options: &RenderOptions, text: &mut String) {
    const INDENT: usize = 13;
    let mut at = 0;
    for number in grid.ways_of(family) {
        let (Some(way), Some((word, count))) =
            (grid.isolation.ways.get(number), grid.sum(target, number).gravest())
        else {
            continue;
        };
        let times = if count > 1 { format!(" ×{count}") } else { String::new() };
        let name = format!("{}{times}", short(&way.id, family));
        let length = name.chars().count() + 4;
        if at == 0 {
            let _ = write!(text, "  {DIM}{family:<11}{DIM:#}");
            at = INDENT;
        } else if at + length > options.width {
            let _ = write!(text, "\n{:INDENT$}", "");
            at = INDENT;
        }
        let style = style(word);
        let _ = write!(text, "{style}{}{style:#} {name}  ", word.sign());
        at += length;
    }
    if at > 0 {
        text.push('\n');
    }
}
