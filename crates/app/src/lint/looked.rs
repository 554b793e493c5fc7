//! Of which rules the silence means something.

use freehold_model::finding::{Depth, Rule};

use super::select::Selection;
use crate::file_rules;

/// Whether the silence of a rule means something: it has looked, with all that it needs.
pub(super) fn looks(rule: &Rule, selection: &Selection<'_>, live: bool) -> bool {
    selection.looks(rule) && (of_files(rule) || decided(rule, live))
}

/// True for what is decided by the files alone.
fn of_files(rule: &Rule) -> bool {
    file_rules::ALL.iter().any(|one| one.id == rule.id)
}

/// True for a rule of this room that needs no more than the text or, with a live database, its catalog and statistics.
fn decided(rule: &Rule, live: bool) -> bool {
    let here = freehold_lint::rules::named(rule.id).is_some();
    let enough = |depth: &Depth| match depth {
        Depth::Text => true,
        Depth::Catalog | Depth::Production => live,
        Depth::Execution => false,
    };
    here && rule.decided_by.iter().any(enough)
}
