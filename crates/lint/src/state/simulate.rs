//! What a statement makes of the state, as far as its text tells.

use freehold_sql::{Statement, tree::NodeEnum};

use super::{Site, State};

impl State {
    /// Follows one statement.
    pub fn apply(&mut self, statement: &Statement, tree: Option<&NodeEnum>, site: Site) {
        let _ = (statement, tree, site);
    }
}
