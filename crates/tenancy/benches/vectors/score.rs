//! Recall and times of a way to search, by class of tenant.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    argument,
    crowd::{Asked, CLASSES},
};

/// How often each search is measured, in rounds over all of them. Its time is the median, so that what the machine does
/// beside a search for a moment is not taken for the search's.
pub fn rounds() -> usize {
    argument("--rounds").unwrap_or(3)
}

pub struct Score {
    /// By class, the times of each search in milliseconds.
    times: Vec<BTreeMap<usize, Vec<f64>>>,
    found: Vec<usize>,
    there: Vec<usize>,
}

/// The table's head.
pub fn head() {
    let head: Vec<String> =
        CLASSES.iter().map(|class| format!("{class}: recall | p50 ms | p95 ms")).collect();
    println!("\n| way | threshold | {} |", head.join(" | "));
    println!("|---|---|{}", "---:|".repeat(CLASSES.len() * 3));
}

impl Score {
    pub fn new() -> Self {
        Self {
            times: vec![BTreeMap::new(); CLASSES.len()],
            found: vec![0; CLASSES.len()],
            there: vec![0; CLASSES.len()],
        }
    }

    /// Counts the `nth` search once.
    pub fn add(&mut self, nth: usize, asked: &Asked, farthest: Option<f64>, got: &[i64], took: Duration) {
        let right: Vec<i64> = asked.right_within(farthest).collect();
        self.found[asked.class] += right.iter().filter(|id| got.contains(id)).count();
        self.there[asked.class] += right.len();
        self.times[asked.class].entry(nth).or_default().push(took.as_secs_f64() * 1e3);
    }

    pub fn print(&self, way: &str, farthest: Option<f64>) {
        let threshold = farthest.map_or("none".to_owned(), |farthest| farthest.to_string());
        let classes: Vec<String> = (0..CLASSES.len()).map(|class| self.of(class)).collect();
        println!("| {way} | {threshold} | {} |", classes.join(" | "));
    }

    /// The columns of the largest class.
    pub fn last(&self) -> String {
        self.of(CLASSES.len() - 1)
    }

    fn of(&self, class: usize) -> String {
        let recall = self.found[class] as f64 / self.there[class].max(1) as f64;
        let medians: Vec<f64> = self.times[class].values().map(|times| at(times.clone(), 0.5)).collect();
        let ms = |share| at(medians.clone(), share);
        format!("{recall:.3} | {:.2} | {:.2}", ms(0.5), ms(0.95))
    }
}

/// The value at a share of all, zero when there are none.
fn at(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let nth = ((values.len() as f64 * share).ceil() as usize).saturating_sub(1);
    values.get(nth).copied().unwrap_or_default()
}
