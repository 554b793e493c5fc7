//! Comparing what A is answered with other tenants in place and where A is alone: whatever differs tells of the others.

use std::collections::BTreeMap;

use crate::isolation::trial::Answer;

type Row = Vec<Option<String>>;

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
pub(super) fn difference(seen: &Answer, alone: &Answer, without: &[bool]) -> (Vec<Row>, Vec<Row>) {
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
    (only(seen, alone), only(alone, seen))
}

/// The rows of a difference as lines: those that come because of the others, or else those that are missing because of
/// them.
pub(super) fn lines(columns: &[String], (more, fewer): &(Vec<Row>, Vec<Row>), most: usize) -> Vec<String> {
    let answer = |rows: &[Row]| Answer { columns: columns.to_vec(), rows: rows.to_vec(), affected: 0 };
    let mut lines = answer(more).lines(most);
    let missing = answer(fewer).lines(most);
    lines.extend(missing.into_iter().take(most).map(|line| format!("where A is alone: {line}")));
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
        assert_eq!(difference(&first, &again, &without), (Vec::new(), Vec::new()));
    }

    #[test]
    fn rows_are_compared_as_often_as_they_come() {
        let (more, fewer) = difference(&answer(&[&["1", "x"], &["1", "x"]]), &answer(&[&["1", "x"]]), &[]);
        assert_eq!((more.len(), fewer.len()), (1, 0));
    }
}
