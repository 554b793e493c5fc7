//! Every rule and proof that a report can name, on one list.

use std::sync::LazyLock;

use freehold_model::finding::Rule;

use crate::file_rules;

/// All rules: those about files first, then those of the text and the catalog, then those that a rehearsal decides.
pub static ALL: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let files = file_rules::ALL.iter().copied();
    let said = freehold_lint::rules::all().map(|rule| &rule.rule);
    files.chain(said).chain(freehold_prove::proofs::PROOFS.iter().map(|proof| proof.rule)).collect()
});

/// The rule of this id or code.
pub fn named(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id || rule.code.eq_ignore_ascii_case(id))
}
