//! The matrix of the tenant line for the page: relations by ways, each cell with what was run and what came back.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    render::{
        matrix::{Grid, Sum, short},
        one_line, visible,
        visible::shortened,
        words::{count, time},
    },
    report::{CellWord, Report, ReportCell, ReportIsolation},
};

/// The longest words of a cell's hover, in characters.
const HOVER: usize = 700;

#[derive(Serialize)]
pub(super) struct MatrixView {
    counts: Vec<(&'static str, char, &'static str, usize)>,
    facts: Vec<(&'static str, Vec<String>)>,
    families: Vec<FamilyView>,
    ways: Vec<WayView>,
    rows: Vec<RowView>,
    /// How nearly every transaction begins.
    preamble: Option<String>,
    cost: String,
}

#[derive(Serialize)]
struct FamilyView {
    word: &'static str,
    ways: usize,
}

#[derive(Serialize)]
struct WayView {
    short: String,
    title: String,
    /// The first of its family.
    first: bool,
}

#[derive(Serialize)]
struct RowView {
    id: String,
    name: String,
    about: String,
    class: &'static str,
    words: String,
    cells: Vec<CellView>,
    families: Vec<CellView>,
    details: Vec<DetailView>,
}

/// One square; the class is `none` where nothing was to be tried.
#[derive(Serialize)]
struct CellView {
    class: &'static str,
    sign: Option<char>,
    word: &'static str,
    hover: String,
    to: String,
    first: bool,
    more: Option<usize>,
    /// Reached by the keyboard: what held is looked up in the list below.
    tab: bool,
}

#[derive(Serialize)]
struct DetailView {
    id: Option<String>,
    class: &'static str,
    sign: char,
    word: &'static str,
    way: String,
    title: String,
    words: String,
    note: Option<String>,
    sql: String,
    returned: Vec<String>,
}

/// The page's matrix, where the report has one with cells.
pub(super) fn view(report: &Report) -> Option<MatrixView> {
    let isolation = report.isolation.as_ref().filter(|isolation| !isolation.cells.is_empty())?;
    let grid = Grid::of(isolation);
    let counts = CellWord::ALL.map(|word| (class(word), word.sign(), word.word(), isolation.count(word)));
    let families = isolation.families();
    let preamble = preamble(isolation);
    let mut rows: Vec<RowView> =
        (0..isolation.targets.len()).filter_map(|number| row(&grid, number, &families)).collect();
    if let Some(preamble) = &preamble {
        let details = rows.iter_mut().flat_map(|row| &mut row.details);
        details.filter(|detail| detail.class == "held").for_each(|detail| shorten(&mut detail.sql, preamble));
    }
    Some(MatrixView {
        counts: counts.into_iter().filter(|(_, _, _, count)| *count > 0).collect(),
        facts: facts(isolation),
        families: families.iter().map(|word| FamilyView { word, ways: grid.ways_of(word).count() }).collect(),
        ways: ways(isolation),
        rows,
        preamble,
        cost: format!(
            "{} as the application in {}, {:.0} a second, the making of rows included.",
            count(usize::try_from(isolation.trials).unwrap_or(usize::MAX), "transaction"),
            time(isolation.took_ms),
            isolation.trials_per_second()
        ),
    })
}

/// The lines with which most transactions that held begin: role and context of tenant A. A page with thousands of cells
/// says them once.
fn preamble(isolation: &ReportIsolation) -> Option<String> {
    let mut begins: BTreeMap<&str, usize> = BTreeMap::new();
    let held = isolation.cells.iter().filter(|cell| cell.outcome == CellWord::Held && !cell.sql.is_empty());
    for cell in held {
        let before = cell.sql.trim_end().strip_suffix("\nROLLBACK;").unwrap_or_default();
        // What is tried is in most cases the one last statement, on one line.
        if let Some((begin, _)) = before.rsplit_once('\n') {
            *begins.entry(begin).or_default() += 1;
        }
    }
    let (begin, count) = begins.into_iter().max_by_key(|(begin, count)| (*count, begin.len()))?;
    (count > 1).then(|| visible(begin))
}

/// Takes away what is said once for all.
fn shorten(sql: &mut String, preamble: &str) {
    let rest = sql.strip_prefix(preamble).and_then(|rest| rest.trim_end().strip_suffix("\nROLLBACK;"));
    if let Some(rest) = rest {
        *sql = rest.trim_start_matches('\n').to_owned();
    }
}

fn class(word: CellWord) -> &'static str {
    match word {
        CellWord::Held => "held",
        CellWord::Noted => "noted",
        CellWord::NotTried => "untried",
        CellWord::Leaked => "leaked",
    }
}

fn facts(isolation: &ReportIsolation) -> Vec<(&'static str, Vec<String>)> {
    let tenancy = &isolation.tenancy;
    let root = tenancy.root.as_deref().map(|root| format!("{root}, by ")).unwrap_or_default();
    let mut role = vec![tenancy.role.clone()];
    if tenancy.effective_role != tenancy.role {
        role.push(format!("{} in a tenant's context", tenancy.effective_role));
    }
    let unfilled = isolation.unfilled.iter().map(|one| format!("{}: {}", one.table, one.why)).collect();
    let all: [(&'static str, Vec<String>); 8] = [
        ("tenants", vec![format!("{root}{}", tenancy.column)]),
        ("the application's role", role),
        ("a session takes on a tenant by", tenancy.assume.clone()),
        ("guessed", tenancy.guessed.clone()),
        ("remarks", isolation.remarks.clone()),
        ("shared on purpose, not tried", tenancy.shared.clone()),
        ("unclear, not tried", tenancy.unclear.clone()),
        ("without rows", unfilled),
    ];
    all.into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(name, lines)| (name, lines.iter().map(|line| one_line(line)).collect()))
        .collect()
}

fn ways(isolation: &ReportIsolation) -> Vec<WayView> {
    let mut before = None;
    let view = |way: &crate::report::ReportWay| {
        let first = before.as_ref() != Some(&way.family);
        before = Some(way.family.clone());
        WayView {
            short: one_line(short(&way.id, &way.family)).replace('-', " "),
            title: format!("{}: {}", one_line(&way.id), one_line(&way.title)),
            first,
        }
    };
    isolation.ways.iter().map(view).collect()
}

fn row(grid: &Grid<'_>, number: usize, families: &[&'static str]) -> Option<RowView> {
    let target = grid.isolation.targets.get(number)?;
    let sum = grid.of_target(number);
    let mut cells = Vec::with_capacity(grid.isolation.ways.len());
    let mut details = Vec::new();
    for (way, about) in grid.isolation.ways.iter().enumerate() {
        let first = way == 0 || grid.isolation.ways.get(way - 1).is_some_and(|b| b.family != about.family);
        let found = grid.cells(number, way);
        let to = format!("t{number}w{way}");
        let hover = found.iter().map(|cell| hover(cell, &about.title)).collect::<Vec<_>>().join("\n\n");
        cells.push(square(grid.sum(number, way), hover, &to, first));
        for (nth, cell) in found.iter().enumerate() {
            details.push(detail(cell, &about.id, &about.title, (nth == 0).then(|| to.clone())));
        }
    }
    let of_family = |family: &&'static str| {
        let sum = grid.of_family(number, family);
        square(sum, format!("{family}: {}", sum.words()), &format!("t{number}"), true)
    };
    Some(RowView {
        id: format!("t{number}"),
        name: one_line(&target.name),
        about: one_line(&target.about),
        class: sum.gravest().map_or("none", |(word, _)| class(word)),
        words: sum.words(),
        cells,
        families: families.iter().map(of_family).collect(),
        details,
    })
}

fn square(sum: Sum, hover: String, to: &str, first: bool) -> CellView {
    let gravest = sum.gravest();
    CellView {
        class: gravest.map_or("none", |(word, _)| class(word)),
        sign: gravest.map(|(word, _)| word.sign()),
        word: gravest.map_or("", |(word, _)| word.word()),
        hover,
        to: to.to_owned(),
        first,
        more: gravest.map(|(_, count)| count).filter(|count| *count > 1),
        tab: gravest.is_some_and(|(word, _)| matches!(word, CellWord::Leaked | CellWord::NotTried)),
    }
}

fn hover(cell: &ReportCell, title: &str) -> String {
    let mut words = format!("{}: {}\n{}", one_line(title), cell.outcome.word(), one_line(&cell.words));
    if cell.outcome == CellWord::Leaked {
        words.push_str(&format!("\n\n{}", visible(&cell.sql)));
        for line in &cell.returned {
            words.push_str(&format!("\n→ {}", one_line(line)));
        }
    }
    shortened(&words, HOVER)
}

fn detail(cell: &ReportCell, way: &str, title: &str, id: Option<String>) -> DetailView {
    DetailView {
        id,
        class: class(cell.outcome),
        sign: cell.outcome.sign(),
        word: cell.outcome.word(),
        way: match &cell.by {
            Some(by) => format!("{} ({})", one_line(way), one_line(by)),
            None => one_line(way),
        },
        title: one_line(title),
        words: visible(&cell.words),
        note: cell.note.as_deref().map(visible),
        sql: visible(&cell.sql),
        returned: cell.returned.iter().map(|line| visible(line)).collect(),
    }
}
