//! Extended statistics.

use super::facts::Facts;

/// A statistics object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// In `pg_statistic_ext`; not compared.
    pub oid: u32,
    /// Its name with the schema where that is not the table's, as people write it.
    pub name: String,
    /// What `pg_get_statisticsobjdef` says.
    pub definition: String,
    /// Who owns it.
    pub owner: String,
    /// Where set by hand.
    pub target: Option<i32>,
    /// Its comment.
    pub comment: Option<String>,
}

impl Statistics {
    pub(super) fn facts(&self) -> Facts {
        Facts::new()
            .text("definition", &self.definition)
            .text("owner", &self.owner)
            .maybe("statistics target", self.target.map(|n| n.to_string()).as_deref())
            .long("comment", self.comment.as_deref())
    }
}
