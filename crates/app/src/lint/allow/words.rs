//! The rules that say the same as a destructive word of the runner.

use freehold_model::finding::Rule;

use crate::rules::named;

/// Words of the runner with the rules that are silent where the word is allowed.
static SAME: &[(&str, &[&str])] = &[("drop_column", &["column-dropped"])];

/// The rules that a destructive word covers.
pub(super) fn rules_of(word: &str) -> Vec<&'static Rule> {
    let ids = SAME.iter().filter(|(one, _)| *one == word).flat_map(|(_, ids)| ids.iter());
    ids.filter_map(|id| named(id)).collect()
}
