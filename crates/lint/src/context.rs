//! What a rule is shown.

use std::cell::OnceCell;

use freehold_model::{catalog::RelationKind, finding::Subject, name::QualifiedName, place::Span};
use freehold_sql::{Statement, tree::NodeEnum};

use crate::{
    executed::{Executed, LockTaken},
    found::{Found, ScriptId},
    options::Options,
    rule::LintRule,
    script::{Direction, ScriptInfo},
    state::{Known, Site, State},
    tenancy::Tenancy,
    walk::Walk,
};

/// A statement and what is known when it is reached.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The statement and what it does.
    pub statement: &'a Statement,
    /// Its parse tree; none for what is too long or too deep.
    pub tree: Option<&'a NodeEnum>,
    /// Where byte 0 of the tree's locations stands in the script's text.
    pub tree_start: usize,
    /// Its text.
    pub text: &'a str,
    /// The script that it stands in.
    pub script: &'a ScriptInfo,
    /// That script's number.
    pub script_id: ScriptId,
    /// All scripts so far, by their numbers.
    pub scripts: &'a [ScriptInfo],
    /// The schema that it meets.
    pub state: &'a State,
    /// What the script has done before it.
    pub walk: &'a Walk,
    /// Versions, sizes, production.
    pub options: &'a Options,
    /// What an execution saw of it.
    pub executed: Option<&'a Executed>,
    /// The relations that it locks, each with the strongest mode: see [`crate::locks::taken`].
    pub locks: &'a [LockTaken],
}

/// A script that has ended.
#[derive(Debug, Clone, Copy)]
pub struct ScriptContext<'a> {
    /// The script.
    pub script: &'a ScriptInfo,
    /// Its number.
    pub script_id: ScriptId,
    /// The schema that it leaves.
    pub state: &'a State,
    /// What it has done.
    pub walk: &'a Walk,
    /// Versions, sizes, production.
    pub options: &'a Options,
}

/// A whole schema: at the end of a history, or a live one.
#[derive(Debug, Clone, Copy)]
pub struct SchemaContext<'a> {
    /// The schema.
    pub state: &'a State,
    /// The scripts that led to it.
    pub scripts: &'a [ScriptInfo],
    /// Versions, sizes, production.
    pub options: &'a Options,
    /// How it tells tenants apart, once somebody has asked: see [`Self::tenancy`].
    pub(crate) tenancy: &'a OnceCell<Tenancy>,
}

impl Context<'_> {
    /// True in an up script.
    pub fn is_up(&self) -> bool {
        self.script.direction == Direction::Up
    }

    /// True when the relation was made by this very script, or by another one of the same deployment, so that nobody
    /// else can be using it: locking, reading or writing it again harms nobody.
    pub fn is_new(&self, name: &QualifiedName) -> bool {
        self.script.whole_schema
            || self.state.relation(name).and_then(|known| known.made).is_some_and(|made| self.is_here(made))
    }

    /// True when the statement at this site belongs to this script, or to the same deployment.
    pub fn is_here(&self, site: Site) -> bool {
        site.script == self.script_id
            || (self.options.one_deployment
                && self.script.direction == Direction::Up
                && self.scripts.get(site.script).is_some_and(|script| script.wanted))
    }

    /// True when the relation is known to have few rows.
    pub fn is_tiny(&self, name: &QualifiedName) -> bool {
        self.options.rows.get(name).is_some_and(|rows| *rows <= self.options.tiny_rows)
    }

    /// True when the relation was there before and may be of any size: work that grows with its rows matters.
    pub fn may_be_large(&self, name: &QualifiedName) -> bool {
        let kind = self.state.relation(name).map(|known| known.relation.kind);
        let holds_rows = !matches!(
            kind,
            Some(
                RelationKind::View
                    | RelationKind::Sequence
                    | RelationKind::CompositeType
                    | RelationKind::ForeignTable
            )
        );
        holds_rows && !self.is_new(name) && !self.is_tiny(name)
    }

    /// True when the statement's text names the relation.
    pub fn names(&self, name: &QualifiedName) -> bool {
        self.statement
            .effect
            .objects
            .iter()
            .any(|object| object.name == name.name || object.of.as_ref().is_some_and(|of| *of == name.name))
    }

    /// What is known of the relation that the statement's main object is or belongs to, with its name.
    pub fn main_relation(&self) -> Option<(QualifiedName, Option<&Known>)> {
        let object = self.statement.effect.objects.first()?;
        let name = self.state.relation_of(object);
        let known = self.state.relation(&name);
        Some((name, known))
    }

    /// A finding at the whole statement.
    pub fn found(&self, rule: &'static LintRule, subject: Subject, message: impl Into<String>) -> Found {
        Found {
            rule,
            severity: rule.rule.severity,
            script: Some(self.script_id),
            statement: Some(self.walk.number),
            span: self.statement.span,
            subject,
            relation: None,
            message: message.into(),
            evidence: Vec::new(),
            fix: None,
            claims: Vec::new(),
            remedy: None,
        }
    }

    /// The bytes in the script's text from a location of the tree to the end of that token's line, cut at the
    /// statement's end; the statement itself when the location is unknown (-1).
    pub fn span_at(&self, location: i32, length: usize) -> Span {
        let Ok(location) = usize::try_from(location) else { return self.statement.span };
        let start = (self.tree_start + location).min(self.statement.span.end);
        Span::new(start.max(self.statement.span.start), (start + length).min(self.statement.span.end))
    }
}

impl ScriptContext<'_> {
    /// A finding about the script as a whole, at these bytes.
    pub fn found(
        &self,
        rule: &'static LintRule,
        subject: Subject,
        span: Span,
        message: impl Into<String>,
    ) -> Found {
        Found {
            rule,
            severity: rule.rule.severity,
            script: Some(self.script_id),
            statement: None,
            span,
            subject,
            relation: None,
            message: message.into(),
            evidence: Vec::new(),
            fix: None,
            claims: Vec::new(),
            remedy: None,
        }
    }
}

impl<'a> SchemaContext<'a> {
    /// How the schema tells tenants apart.
    pub fn tenancy(&self) -> &'a Tenancy {
        self.tenancy.get_or_init(|| Tenancy::of(self.state, self.options))
    }

    /// A finding at the statement that made the thing, if one did.
    pub fn found(
        &self,
        rule: &'static LintRule,
        subject: Subject,
        site: Option<Site>,
        message: impl Into<String>,
    ) -> Found {
        Found {
            rule,
            severity: rule.rule.severity,
            script: site.map(|site| site.script),
            statement: site.map(|site| site.statement),
            span: site.map_or(Span::new(0, 0), |site| site.span),
            subject,
            relation: None,
            message: message.into(),
            evidence: Vec::new(),
            fix: None,
            claims: Vec::new(),
            remedy: None,
        }
    }
}
