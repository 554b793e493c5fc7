//! Which questions a history gives rise to, script by script.

use std::collections::BTreeSet;

use freehold_model::name::QualifiedName;

use super::{Probe, of};
use crate::{context::Context, found::ScriptId, walk::Walk};

/// A question, and the statement that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The script.
    pub script: ScriptId,
    /// The question.
    pub probe: Probe,
    /// An earlier statement that is not applied either changes rows of the table: what they are now says nothing.
    pub changed_before: bool,
    /// The table is made by a script whose findings are wanted: it may not be there yet, and then no row breaks anything.
    pub may_be_new: bool,
}

/// Collects the questions about up scripts whose findings are wanted.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    pub(crate) asked: Vec<Asked>,
    changed: BTreeSet<QualifiedName>,
}

impl Asking {
    /// Before the state follows the statement.
    pub(crate) fn before(&mut self, context: &Context<'_>) {
        let Some(tree) = context.tree.filter(|_| context.is_up()) else { return };
        for probe in of(tree, &context.statement.effect.actions, context.state) {
            let made = context.state.relation(&probe.table).and_then(|known| known.made);
            let may_be_new =
                made.and_then(|made| context.scripts.get(made.script)).is_some_and(|script| script.wanted);
            let changed_before = self.changed.contains(&probe.table);
            self.asked.push(Asked { script: context.script_id, probe, changed_before, may_be_new });
        }
    }

    /// After it.
    pub(crate) fn after(&mut self, walk: &Walk) {
        self.changed.extend(walk.changed_rows.keys().cloned());
    }
}
