//! The way there and back: before, after up, after down, after up again, and which of these states are the same.

use serde::Serialize;

use crate::report::{DifferenceAfter, ReportMigration, VerdictWord};

/// The drawing; its places are fixed, so only its words and colours are here.
#[derive(Serialize)]
pub(in crate::render::html) struct Way {
    down: Comparison,
    again: Comparison,
    words: String,
}

/// Whether two states are the same.
#[derive(Serialize)]
struct Comparison {
    class: &'static str,
    sign: &'static str,
    words: String,
}

/// `None` where the drawing would say no more than the verdict: nothing was tried, or nothing differs.
pub(in crate::render::html) fn way(migration: &ReportMigration) -> Option<Way> {
    if migration.differences.is_empty() {
        return None;
    }
    let down = comparison(migration, DifferenceAfter::Down);
    let again = comparison(migration, DifferenceAfter::UpAgain);
    let words = format!(
        "before compared with after down: {}; after up compared with after up again: {}",
        down.words, again.words
    );
    Some(Way { down, again, words })
}

fn comparison(migration: &ReportMigration, after: DifferenceAfter) -> Comparison {
    let differences: Vec<_> = migration.differences.iter().filter(|d| d.after == after).collect();
    let only_order = differences.iter().all(|d| d.order_only);
    if differences.is_empty() {
        if migration.reversible == VerdictWord::Proven {
            return Comparison { class: "proven", sign: "=", words: "the same".to_owned() };
        }
        return Comparison { class: "nothing", sign: "·", words: "no difference seen".to_owned() };
    }
    let number = differences.len();
    let plural = if number == 1 { "" } else { "s" };
    if only_order {
        let words = format!("{number} difference{plural} of column order only");
        Comparison { class: "undecided", sign: "≈", words }
    } else {
        Comparison { class: "refuted", sign: "≠", words: format!("{number} difference{plural}") }
    }
}
