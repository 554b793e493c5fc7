//! The matrix of the tenant line, summed up for drawing: by family of ways, or by each way.

use std::collections::BTreeMap;

use crate::report::{CellWord, ReportCell, ReportIsolation};

/// Cells of one target that are drawn together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) leaked: usize,
    pub(super) not_tried: usize,
    pub(super) noted: usize,
    pub(super) held: usize,
}

impl Sum {
    fn add(&mut self, outcome: CellWord) {
        match outcome {
            CellWord::Leaked => self.leaked += 1,
            CellWord::NotTried => self.not_tried += 1,
            CellWord::Noted => self.noted += 1,
            CellWord::Held => self.held += 1,
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            leaked: self.leaked + other.leaked,
            not_tried: self.not_tried + other.not_tried,
            noted: self.noted + other.noted,
            held: self.held + other.held,
        }
    }

    /// The gravest outcome, and how many have it; none where there is no cell.
    pub(super) fn gravest(self) -> Option<(CellWord, usize)> {
        let counts = [self.leaked, self.not_tried, self.held, self.noted];
        let words = [CellWord::Leaked, CellWord::NotTried, CellWord::Held, CellWord::Noted];
        words.into_iter().zip(counts).find(|(_, count)| *count > 0)
    }

    /// All counts that are not zero, for people: `1 leaked, 5 held`.
    pub(super) fn words(self) -> String {
        let counts = [
            (self.leaked, CellWord::Leaked),
            (self.not_tried, CellWord::NotTried),
            (self.noted, CellWord::Noted),
            (self.held, CellWord::Held),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        counts.map(|(count, word)| format!("{count} {}", word.word())).collect::<Vec<_>>().join(", ")
    }
}

/// The cells of a report by target and way.
pub(super) struct Grid<'r> {
    /// The report's section.
    pub(super) isolation: &'r ReportIsolation,
    cells: BTreeMap<(usize, usize), Vec<&'r ReportCell>>,
}

impl<'r> Grid<'r> {
    /// The cells of a section.
    pub(super) fn of(isolation: &'r ReportIsolation) -> Self {
        let mut cells: BTreeMap<(usize, usize), Vec<&ReportCell>> = BTreeMap::new();
        for cell in &isolation.cells {
            cells.entry((cell.target, cell.way)).or_default().push(cell);
        }
        Self { isolation, cells }
    }

    /// The cells of a way on a target; several where it goes by several constraints.
    pub(super) fn cells(&self, target: usize, way: usize) -> &[&'r ReportCell] {
        self.cells.get(&(target, way)).map_or(&[], Vec::as_slice)
    }

    /// The cells of a way on a target in one.
    pub(super) fn sum(&self, target: usize, way: usize) -> Sum {
        let mut sum = Sum::default();
        self.cells(target, way).iter().for_each(|cell| sum.add(cell.outcome));
        sum
    }

    /// The numbers of the ways of a family.
    pub(super) fn ways_of<'g>(&'g self, family: &'g str) -> impl Iterator<Item = usize> + 'g {
        let ways = self.isolation.ways.iter().enumerate();
        ways.filter(move |(_, way)| way.family == family).map(|(number, _)| number)
    }

    /// The cells of a family's ways on a target in one.
    pub(super) fn of_family(&self, target: usize, family: &str) -> Sum {
        self.ways_of(family).fold(Sum::default(), |sum, way| sum.with(self.sum(target, way)))
    }

    /// All cells of a target in one.
    pub(super) fn of_target(&self, target: usize) -> Sum {
        (0..self.isolation.ways.len()).fold(Sum::default(), |sum, way| sum.with(self.sum(target, way)))
    }
}

/// The name of a way inside its family: `read-all` is `all`.
pub(super) fn short<'w>(id: &'w str, family: &str) -> &'w str {
    id.strip_prefix(family).and_then(|rest| rest.strip_prefix('-')).unwrap_or(id)
}
