//! Recall and times of a way to search, by class of tenant.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::crowd::{Asked, CLASSES};

pub struct Score {
    times: Vec<Histogram<u64>>,
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
        let times = CLASSES.iter().map(|_| Histogram::new(3).unwrap()).collect();
        Self { times, found: vec![0; CLASSES.len()], there: vec![0; CLASSES.len()] }
    }

    /// Counts one search.
    pub fn add(&mut self, asked: &Asked, farthest: Option<f64>, got: &[i64], took: Duration) {
        let right: Vec<i64> = asked.right_within(farthest).collect();
        self.found[asked.class] += right.iter().filter(|id| got.contains(id)).count();
        self.there[asked.class] += right.len();
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.times[asked.class].record(micros.max(1)).unwrap();
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
        let ms = |share| self.times[class].value_at_quantile(share) as f64 / 1000.0;
        format!("{recall:.3} | {:.2} | {:.2}", ms(0.5), ms(0.95))
    }
}
