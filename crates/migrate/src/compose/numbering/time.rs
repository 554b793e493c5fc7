//! Versions that are times.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::one_more;

/// How finely a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    Day,
    Minute,
    Second,
    Millisecond,
}

impl Clock {
    pub(super) const ALL: &[Self] = &[Self::Day, Self::Minute, Self::Second, Self::Millisecond];

    pub(super) fn digits(self) -> usize {
        match self {
            Self::Day => 8,
            Self::Minute => 12,
            Self::Second => 14,
            Self::Millisecond => 17,
        }
    }

    fn write(self, moment: DateTime) -> String {
        let text = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}{:03}",
            moment.year(),
            moment.month(),
            moment.day(),
            moment.hour(),
            moment.minute(),
            moment.second(),
            moment.millisecond()
        );
        text.get(..self.digits()).unwrap_or("").to_owned()
    }

    pub(super) fn read(self, digits: &str) -> Option<DateTime> {
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or("0").parse::<i16>().ok();
        let small = |from: usize| part(from, from + 2).and_then(|n| i8::try_from(n).ok());
        let thousandths = i32::from(part(14, 17)?);
        DateTime::new(
            part(0, 4)?,
            small(4)?,
            small(6)?,
            small(8)?,
            small(10)?,
            small(12)?,
            thousandths * 1_000_000,
        )
        .ok()
    }

    /// The digits after `last`, and whether they are the time now.
    pub(super) fn after(self, last: &str, now: Timestamp) -> Option<(String, bool)> {
        let now = self.write(now.to_zoned(TimeZone::UTC).datetime());
        if now.as_str() > last {
            return Some((now, true));
        }
        let step = match self {
            Self::Day => Span::new().days(1),
            Self::Minute => Span::new().minutes(1),
            Self::Second => Span::new().seconds(1),
            Self::Millisecond => Span::new().milliseconds(1),
        };
        let next = self.read(last)?.checked_add(step).ok()?;
        let next = self.write(next);
        (next.as_str() > last).then_some((next, false))
    }
}

/// A date with or without a time, and what is behind it: a count of the versions of that time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timed {
    pub(super) clock: Clock,
}

impl Timed {
    /// The digits after `last`, and whether they are the time now.
    pub(super) fn after(self, last: &str, now: Timestamp) -> Option<(String, bool)> {
        let (time, count) = last.split_at_checked(self.clock.digits())?;
        if count.is_empty() {
            return self.clock.after(time, now);
        }
        let width = count.len();
        let now = self.clock.write(now.to_zoned(TimeZone::UTC).datetime());
        if now.as_str() > time {
            // Counts of seconds begin with zero; where a day's last count is zero, others did too.
            let from_zero = self.clock != Clock::Day || count.bytes().all(|byte| byte == b'0');
            let first = u8::from(!from_zero);
            return Some((format!("{now}{first:0width$}"), true));
        }
        Some((format!("{time}{}", one_more(count)), now == time))
    }
}

/// How finely time since 1970 is counted: what one second is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Epoch {
    per_second: i128,
}

impl Epoch {
    /// 2001-09-09, the first second with ten digits, to 2100: other numbers of that length are no times.
    const PLAUSIBLE: std::ops::Range<i128> = 1_000_000_000..4_102_444_800;

    pub(super) fn of(digits: &str) -> Option<Self> {
        let per_second = match digits.len() {
            10 => 1,
            13 => 1_000,
            16 => 1_000_000,
            19 => 1_000_000_000,
            _ => return None,
        };
        let value: i128 = digits.parse().ok()?;
        Self::PLAUSIBLE.contains(&(value / per_second)).then_some(Self { per_second })
    }

    pub(super) fn after(self, last: &str, now: Timestamp) -> Option<(String, bool)> {
        let now = now.as_nanosecond() / (1_000_000_000 / self.per_second);
        let is_now = now > last.parse().ok()?;
        Some((if is_now { now.to_string() } else { one_more(last) }, is_now))
    }
}
