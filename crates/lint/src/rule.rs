//! A rule of this room: the constant in its file.

use freehold_model::finding::Rule;

use crate::{
    context::{Context, SchemaContext, ScriptContext},
    found::Findings,
};

/// A rule and how it is decided.
#[derive(Debug)]
pub struct LintRule {
    /// What lists and pages show.
    pub rule: Rule,
    /// How it is decided.
    pub check: Check,
    /// Proofs that say the same from an execution, by id: their finding at the same statement takes this one's place.
    pub same_as: &'static [&'static str],
}

/// When a rule looks, and at what.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// At each statement, before the state follows it.
    Statement(fn(&Context<'_>, &mut Findings<'_>)),
    /// At the end of each script, when the state has followed it.
    Script(fn(&ScriptContext<'_>, &mut Findings<'_>)),
    /// Once, at the end of the history or on a live catalog.
    Schema(fn(&SchemaContext<'_>, &mut Findings<'_>)),
}
