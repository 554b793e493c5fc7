//! Comparing what A is answered with other tenants in place and where A is alone: whatever differs tells of the others.

use std::collections::BTreeMap;

use crate::isolation::trial::Answer;

type Row = Vec<Option<String>>;

/// What two answers do not have in common.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Rows that come because of the others.
    pub(super) more: Vec<Row>,
    /// Rows that are missing because of them.
    pub(super) fewer: Vec<Row>,
}

impl Difference {
    /// True when the answers are the same.
    pub(super) fn is_none(&self) -> bool {
        self.more.is_empty() && self.fewer.is_empty()
    }
}

/// Columns whose values are others when the same is asked again: clocks, random numbers, sequences.
pub(super) fn unstable(first: &Answer, again: &Answer) -> Vec<bool> {
    let sorted = |answer: &Answer, at: usize| {
        let mut values: Vec<Option<String>> =
            answer.rows.iter().map(|row| row.get(at).cloned().flatten()).collect();
        values.sort();
        values
    };
    (0..first.columns.len()).map(|at| sorted(first, at) != sorted(again, at)).collect()
}

/// The rows that only the first answer has, and those that only the second has; `without` says which columns are not
/// looked at.
pub(super) fn difference(seen: &Answer, alone: &Answer, without: &[bool]) -> Difference {
    let part = |row: &Row| -> Row {
        row.iter()
            .enumerate()
            .filter(|(at, _)| !without.get(*at).is_some_and(|is| *is))
            .map(|(_, v)| v.clone())
            .collect()
    };
    let only = |these: &Answer, those: &Answer| -> Vec<Row> {
        let mut known: BTreeMap<Row, usize> = BTreeMap::new();
        for row in &those.rows {
            *known.entry(part(row)).or_default() += 1;
        }
        let new = these.rows.iter().filter(|row| match known.get_mut(&part(row)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        });
        new.cloned().collect()
    };
    Difference { more: only(seen, alone), fewer: only(alone, seen) }
}

/// The rows of a difference as lines: those that come because of the others, and those that are missing because of them.
pub(super) fn lines(columns: &[String], difference: &Difference, most: usize) -> Vec<String> {
    let answer = |rows: &[Row]| Answer { columns: columns.to_vec(), rows: rows.to_vec(), affected: 0 };
    let mut lines = answer(&difference.more).lines(most);
    lines.extend(
        answer(&difference.fewer).lines(most).into_iter().map(|line| format!("where A is alone: {line}")),
    );
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rows: &[&[&str]]) -> Answer {
        let rows = rows.iter().map(|row| row.iter().map(|value| Some((*value).to_owned())).collect());
        Answer { columns: vec!["a".to_owned(), "b".to_owned()], rows: rows.collect(), affected: 0 }
    }

    #[test]
    fn what_differs_by_itself_is_left_out_of_the_comparison() {
        let (first, again) = (answer(&[&["1", "x"]]), answer(&[&["2", "x"]]));
        let without = unstable(&first, &again);
        assert_eq!(without, [true, false]);
        assert!(difference(&first, &again, &without).is_none());
    }

    #[test]
    fn rows_are_compared_as_often_as_they_come() {
        let found = difference(&answer(&[&["1", "x"], &["1", "x"]]), &answer(&[&["1", "x"]]), &[]);
        assert_eq!((found.more.len(), found.fewer.len()), (1, 0));
    }
}
