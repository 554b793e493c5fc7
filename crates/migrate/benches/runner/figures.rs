//! Times and their table: medians with what they lie between.

use std::time::Duration;

/// Times of one thing, one of each round.
#[derive(Default, Clone)]
pub(crate) struct Times(pub(crate) Vec<Duration>);

impl Times {
    /// The one in the middle.
    pub(crate) fn median(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }

    /// How many times as long as another thing, by the medians.
    pub(crate) fn times(&self, other: &Self) -> f64 {
        self.median().as_secs_f64() / other.median().as_secs_f64()
    }

    /// `0.42 s (0.40, 0.51)`; a dash when it was not measured.
    pub(crate) fn shown(&self) -> String {
        let (Some(least), Some(most)) = (self.0.iter().min(), self.0.iter().max()) else {
            return "–".to_owned();
        };
        let seconds = |time: Duration| time.as_secs_f64();
        format!("{:.3} s ({:.3}, {:.3})", seconds(self.median()), seconds(*least), seconds(*most))
    }
}

/// Prints a row of a table.
pub(crate) fn row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

/// Prints the head of a table whose first column holds words and whose others hold numbers.
pub(crate) fn head(cells: &[&str]) {
    println!("\n| {} |", cells.join(" | "));
    println!("|---|{}", "---:|".repeat(cells.len().saturating_sub(1)));
}

/// So many in that time, by the second.
#[expect(clippy::cast_precision_loss, reason = "numbers of migrations are small")]
pub(crate) fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}
