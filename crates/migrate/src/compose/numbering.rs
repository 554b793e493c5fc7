//! The version that follows another one, written in the same style.
//!
//! A version is digits, perhaps with `.`, `_` or `-` between them. Its shape tells what it counts: a date with or
//! without the time, the seconds (or their thousandths, millionths, billionths) since 1970, or just one after another.

mod time;

use std::cmp::Ordering;

use jiff::Timestamp;

use crate::version::compare_digits;
use time::{Clock, Epoch, Timed};

/// A version that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// As it is written in file names.
    pub(super) written: String,
    /// Why it is not simply the time now.
    pub(super) remark: Option<String>,
}

/// The version after `last`, in its style. `None` when none can be given: no digits in it, or past the last date.
pub(super) fn after(last: &str, now: Timestamp) -> Option<Chosen> {
    let shape = Shape::of(last)?;
    let counted = shape.timed().map(|timed| timed.after(&shape.digits, now));
    let counted = counted.or_else(|| shape.epoch().map(|epoch| epoch.after(&shape.digits, now)));
    match counted {
        Some(next) => {
            let (digits, is_now) = next?;
            let remark = (!is_now).then(|| {
                format!(
                    "the last version, {last}, is not earlier than the time now ({:.0}), so the one after it was taken",
                    now
                )
            });
            Some(Chosen { written: shape.with(&digits)?, remark })
        }
        None => Some(Chosen { written: shape.with_last_group_counted_up(), remark: None }),
    }
}

/// Compares versions as they are written: times as times, others number by number.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (Some(a), Some(b)) = (Shape::of(a), Shape::of(b)) else { return a.cmp(b) };
    if let (Some(x), Some(y)) = (a.timed(), b.timed()) {
        let time = |shape: &Shape, timed: Timed| {
            format!("{:0<17}", shape.digits.get(..timed.clock.digits()).unwrap_or(""))
        };
        let count =
            |shape: &Shape, timed: Timed| shape.digits.get(timed.clock.digits()..).unwrap_or("").to_owned();
        return time(&a, x).cmp(&time(&b, y)).then_with(|| compare_digits(&count(&a, x), &count(&b, y)));
    }
    let by_group = a.groups().zip(b.groups()).map(|(x, y)| compare_digits(x, y)).find(|order| order.is_ne());
    by_group.unwrap_or_else(|| a.borders.len().cmp(&b.borders.len()))
}

/// The digits of a version and what stands between them.
#[derive(Debug)]
struct Shape {
    digits: String,
    /// How many digits stand before each separator, with the separator.
    borders: Vec<(usize, char)>,
}

impl Shape {
    fn of(version: &str) -> Option<Self> {
        let mut shape = Self { digits: String::new(), borders: Vec::new() };
        for character in version.chars() {
            if character.is_ascii_digit() {
                shape.digits.push(character);
            } else {
                shape.borders.push((shape.digits.len(), character));
            }
        }
        (!shape.digits.is_empty()).then_some(shape)
    }

    fn groups(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.borders.iter().map(|(at, _)| *at));
        let ends = self.borders.iter().map(|(at, _)| *at).chain([self.digits.len()]);
        starts.zip(ends).map(|(start, end)| self.digits.get(start..end).unwrap_or(""))
    }

    /// Other digits of the same number with the same separators.
    fn with(&self, digits: &str) -> Option<String> {
        let mut written = String::new();
        let mut at = 0;
        for (border, separator) in &self.borders {
            written.push_str(digits.get(at..*border)?);
            written.push(*separator);
            at = *border;
        }
        written.push_str(digits.get(at..)?);
        Some(written)
    }

    fn with_last_group_counted_up(&self) -> String {
        let start = self.borders.last().map_or(0, |(at, _)| *at);
        let next = one_more(self.digits.get(start..).unwrap_or(""));
        let digits = format!("{}{next}", self.digits.get(..start).unwrap_or(""));
        self.with(&digits).unwrap_or(digits)
    }

    /// What the digits say when they are a date, perhaps with a time, perhaps with a count behind it, and separators
    /// stand only between these.
    fn timed(&self) -> Option<Timed> {
        let whole = Clock::ALL.iter().find(|clock| clock.digits() == self.digits.len());
        let before_count = || {
            let (last, _) = self.borders.last()?;
            Clock::ALL.iter().find(|clock| clock.digits() == *last)
        };
        let clock = *whole.filter(|clock| self.is_time(**clock)).or_else(|| {
            before_count().filter(|clock| self.digits.len() > clock.digits() && self.is_time(**clock))
        })?;
        Some(Timed { clock })
    }

    /// How finely the digits count the time since 1970, when they are such a number.
    fn epoch(&self) -> Option<Epoch> {
        Epoch::of(&self.digits).filter(|_| self.borders.is_empty())
    }

    fn is_time(&self, clock: Clock) -> bool {
        let between_parts = self.borders.iter().all(|(at, _)| PARTS.contains(at) && *at <= clock.digits());
        let moment = self.digits.get(..clock.digits()).and_then(|digits| clock.read(digits));
        between_parts && moment.is_some_and(|moment| (1970..=2999).contains(&moment.year()))
    }
}

/// Where a part of a date and time ends, in digits.
const PARTS: &[usize] = &[4, 6, 8, 10, 12, 14];

/// One more than a run of digits, with as many digits at least; an empty run counts as zero.
fn one_more(digits: &str) -> String {
    let mut bytes = digits.as_bytes().to_vec();
    for byte in bytes.iter_mut().rev() {
        if *byte == b'9' {
            *byte = b'0';
        } else {
            *byte += 1;
            return String::from_utf8(bytes).unwrap_or_default();
        }
    }
    format!("1{}", String::from_utf8(bytes).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn next(last: &str, now: &str) -> (String, bool) {
        let chosen = after(last, now.parse().unwrap()).unwrap();
        (chosen.written, chosen.remark.is_some())
    }

    #[test]
    fn the_next_version_is_written_like_the_last_one() {
        let now = "2026-03-04T05:06:07.089Z";
        for (last, expected) in [
            ("1", "2"),
            ("9", "10"),
            ("000041", "000042"),
            ("099", "100"),
            ("999", "1000"),
            ("00000000000000", "00000000000001"),
            ("1_2", "1_3"),
            ("1.2.09", "1.2.10"),
            ("1.10.2024", "1.10.2025"),
            ("2024.01.02.7", "2026.03.04.1"),
            ("2026.03.04.7", "2026.03.04.8"),
            ("2024-01-02-235959-0003", "2026-03-04-050607-0000"),
            ("2026-03-04-050607-0003", "2026-03-04-050607-0004"),
            ("2024.13.02.7", "2024.13.02.8"),
            ("20240102", "20260304"),
            ("2024-01-02", "2026-03-04"),
            ("202401022359", "202603040506"),
            ("20240102235959", "20260304050607"),
            ("2024-01-02-235959", "2026-03-04-050607"),
            ("2024_01_02_23_59_59", "2026_03_04_05_06_07"),
            ("20240102235959123", "20260304050607089"),
            ("1700000000", "1772600767"),
            ("1700000000000", "1772600767089"),
            ("1700000000000000000", "1772600767089000000"),
            ("0000000041", "0000000042"),
            ("20241301000000", "20241301000001"),
        ] {
            assert_eq!(next(last, now), (expected.to_owned(), false), "{last}");
        }
    }

    #[test]
    fn a_clock_that_is_behind_gives_the_version_after_the_last_and_a_word_about_it() {
        let now = "2026-03-04T05:06:07Z";
        for (last, expected) in [
            ("20260304050607", "20260304050608"),
            ("20261231235959", "20270101000000"),
            ("2026-12-31-235959", "2027-01-01-000000"),
            ("2026-03-04", "2026-03-05"),
            ("2026-12-31-235959-0000", "2026-12-31-235959-0001"),
            ("202612312359", "202701010000"),
            ("1772600767", "1772600768"),
            ("1799999999999", "1800000000000"),
        ] {
            assert_eq!(next(last, now), (expected.to_owned(), true), "{last}");
        }
        assert_eq!(next("20260304050606", now), ("20260304050607".to_owned(), false));
    }

    #[test]
    fn versions_are_ordered_as_times_or_as_numbers() {
        for (less, more) in [
            ("9", "10"),
            ("1_9", "1_10"),
            ("1", "1.1"),
            ("2024-01-02-000000", "20240102000001"),
            ("2023-01-02-000000-0001", "20240102000001"),
            ("20240102000001", "2024-01-02-000001-0001"),
            ("2024-01-02-000001-0000", "2024-01-02-000001-0001"),
            ("20240102", "20240102000001"),
            ("00000000000000", "20240102000001"),
        ] {
            assert_eq!(compare(less, more), Ordering::Less, "{less} {more}");
            assert_eq!(compare(more, less), Ordering::Greater, "{less} {more}");
        }
    }

    proptest! {
        #[test]
        fn the_next_version_comes_after_the_last_and_keeps_its_separators(
            last in "[0-9]{1,20}([._-][0-9]{1,8}){0,5}", seconds in 0i64..4_000_000_000,
        ) {
            let now = Timestamp::from_second(seconds).unwrap();
            let chosen = after(&last, now).unwrap();
            prop_assert_eq!(compare(&chosen.written, &last), Ordering::Greater, "{}", chosen.written);
            let separators = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
            prop_assert_eq!(separators(&chosen.written), separators(&last));
            prop_assert!(chosen.written.len() >= last.len());
        }

        #[test]
        fn any_text_gives_a_version_or_none(last in "\\PC{0,24}", seconds in -10_000_000_000i64..10_000_000_000) {
            let _ = after(&last, Timestamp::from_second(seconds).unwrap());
        }
    }
}
