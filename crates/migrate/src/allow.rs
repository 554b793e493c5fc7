//! `-- freehold: allow drop_column because …`: what the author of a script says may be destroyed, and why.
//!
//! A comment of either kind, outside quotes, of the form `freehold: allow WORD [OBJECT] [, WORD [OBJECT] …] because REASON`.
//! The words are those of [`crate::destructive::WORDS`], and the ids and codes of rules, which are told by their form and
//! are looked at by those who know the rules ([`Allowance::rules`]); here a rule's id permits the words that say the
//! same ([`rules_of`]). It holds for the statement that it stands in or behind on the same
//! line, else for the one that follows; before the first statement, at the head of the script or of its file, it holds
//! for the whole script.

mod parse;
mod same;

use std::fmt;

use freehold_model::place::{Place, Span};
use freehold_sql::Statement;

use crate::destructive::Destructive;
pub use crate::destructive::same_object;
use crate::format::FORMATS;
use crate::lexis::{Kind, lexemes};
use crate::script::Script;
use parse::Allows;
pub(crate) use parse::mark_in;
pub use parse::{AllowError, Permit, RulePermit};
pub use same::rules_of;

/// What one comment allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// What may be done.
    pub permits: Vec<Permit>,
    /// Which rules may be broken.
    pub rules: Vec<RulePermit>,
    /// Why.
    pub reason: String,
    /// For what it holds.
    pub scope: Scope,
    /// Where it stands.
    pub place: Place,
}

/// For which statements an [`Allowance`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of the script. `outside` says that it stands before the script's own part of the file.
    Script {
        /// It stands in front of the script, where it may be meant for another one of the same file.
        outside: bool,
    },
    /// The statement with this index.
    Statement(usize),
    /// None: it stands behind the last one.
    Nothing,
}

impl Scope {
    fn covers(self, statement: usize) -> bool {
        match self {
            Self::Script { .. } => true,
            Self::Statement(index) => index == statement,
            Self::Nothing => false,
        }
    }
}

/// Something destructive that the script's author allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// What it is.
    pub destructive: Destructive,
    /// Why it was allowed.
    pub reason: String,
}

/// A permit that nothing needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// The permit.
    pub permit: Permit,
    /// The comment.
    pub place: Place,
    /// It stands behind the last statement, so that it holds for none.
    pub dangling: bool,
}

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, start, .. } = &self.place;
        write!(f, "{}:{}: `allow {}` is used by nothing", file.display(), start.line, self.permit)?;
        if self.dangling {
            f.write_str(": no statement follows it")?;
        }
        Ok(())
    }
}

/// What is destructive in a script, held against what its author allows.
#[derive(Debug, Default)]
pub struct Judged {
    /// Not allowed.
    pub refused: Vec<Destructive>,
    /// Allowed, with the reasons.
    pub allowed: Vec<Allowed>,
    /// Allowed in vain.
    pub unused: Vec<Unused>,
    /// Comments that could not be read; they allow nothing.
    pub errors: Vec<AllowError>,
}

/// Holds what is destructive in a script against its comments. `found` is what [`crate::destructive::destructive`] gives
/// for the same script and statements.
pub fn judge(script: &Script, statements: &[Statement], found: Vec<Destructive>) -> Judged {
    let (allowances, errors) = allowances(script, statements);
    let mut judged = Judged { errors, ..Judged::default() };
    let mut used: Vec<Vec<bool>> = allowances.iter().map(|a| vec![false; a.permits.len()]).collect();
    for destructive in found {
        let mut reason = None;
        for (allowance, used) in allowances.iter().zip(&mut used) {
            if !allowance.scope.covers(destructive.statement) {
                continue;
            }
            for (permit, used) in allowance.permits.iter().zip(used) {
                if permits(permit, &destructive) {
                    *used = true;
                    reason.get_or_insert_with(|| allowance.reason.clone());
                }
            }
            if allowance.rules.iter().any(|rule| says_the_same(rule, &destructive)) {
                reason.get_or_insert_with(|| allowance.reason.clone());
            }
        }
        match reason {
            Some(reason) => judged.allowed.push(Allowed { destructive, reason }),
            None => judged.refused.push(destructive),
        }
    }
    for (allowance, used) in allowances.iter().zip(&used) {
        if allowance.scope == (Scope::Script { outside: true }) {
            continue;
        }
        let unused = allowance.permits.iter().zip(used).filter(|(_, used)| !**used);
        judged.unused.extend(unused.map(|(permit, _)| Unused {
            permit: permit.clone(),
            place: allowance.place.clone(),
            dangling: allowance.scope == Scope::Nothing,
        }));
    }
    judged
}

fn permits(permit: &Permit, destructive: &Destructive) -> bool {
    permit.word == destructive.word && is_about(permit.object.as_deref(), destructive)
}

fn says_the_same(rule: &RulePermit, destructive: &Destructive) -> bool {
    rules_of(destructive.word).contains(&rule.rule.as_str()) && is_about(rule.object.as_deref(), destructive)
}

fn is_about(permitted: Option<&str>, destructive: &Destructive) -> bool {
    match (permitted, &destructive.object) {
        (None, _) => true,
        (Some(permitted), Some(object)) => same_object(permitted, object),
        (Some(_), None) => false,
    }
}

/// What the comments of a script allow, in order, and those that cannot be read.
pub fn allowances(script: &Script, statements: &[Statement]) -> (Vec<Allowance>, Vec<AllowError>) {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for (span, text) in comments_before(script) {
        let place = Place::in_file(&script.file.path, &script.file.text, &script.file.lines, span);
        let scope = || Scope::Script { outside: true };
        keep(parse::allowance(text, &place), scope, place, &mut found, &mut errors);
    }
    let text = script.text();
    for span in comments(text, statements) {
        let comment = text.get(span.start..span.end).unwrap_or("");
        if mark_in(comment).is_none() {
            continue;
        }
        let place = script.place(span);
        let scope = || scope(text, statements, span);
        keep(parse::allowance(comment, &place), scope, place, &mut found, &mut errors);
    }
    (found, errors)
}

type Parsed = Option<Result<Allows, AllowError>>;

fn keep(
    parsed: Parsed,
    scope: impl FnOnce() -> Scope,
    place: Place,
    found: &mut Vec<Allowance>,
    errors: &mut Vec<AllowError>,
) {
    match parsed {
        Some(Ok(Allows { permits, rules, reason })) => {
            found.push(Allowance { permits, rules, reason, scope: scope(), place });
        }
        Some(Err(error)) => errors.push(error),
        None => {}
    }
}

/// The comments of a script; rows of `COPY` are no SQL and are passed over.
fn comments(text: &str, statements: &[Statement]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    let ends = statements
        .iter()
        .filter_map(|statement| statement.copy_data)
        .chain([Span::new(text.len(), text.len())]);
    for rows in ends {
        let part = text.get(at..rows.start).unwrap_or("");
        let comments = lexemes(part).filter(|lexeme| lexeme.kind == Kind::Comment);
        found.extend(comments.map(|comment| comment.span.shifted(at)));
        at = rows.end;
    }
    found
}

/// The comments at the head of the file, where a script is a part of it: as far as there is nothing to run and, where
/// another script stands between, no mark of the format.
fn comments_before(script: &Script) -> Vec<(Span, &str)> {
    let file = &script.file;
    let start = file.body().start;
    let Some(head) = file.text.get(start..script.span.start) else { return Vec::new() };
    let code = lexemes(head).find(|lexeme| matches!(lexeme.kind, Kind::Quoted | Kind::Other));
    let is_mark = |text: &str| FORMATS.iter().any(|format| format.is_mark(text));
    let mut found = Vec::new();
    for lexeme in lexemes(head).filter(|lexeme| lexeme.kind == Kind::Comment) {
        let text = head.get(lexeme.span.start..lexeme.span.end).unwrap_or("");
        if code.is_some_and(|code| lexeme.span.start > code.span.start || is_mark(text)) {
            break;
        }
        found.push((lexeme.span.shifted(start), text));
    }
    found
}

fn scope(text: &str, statements: &[Statement], comment: Span) -> Scope {
    let inside = |s: &Statement| s.span.start <= comment.start && comment.end <= s.span.end;
    let behind = |s: &Statement| {
        let between = text.get(s.span.end..comment.start);
        s.span.end <= comment.start && between.is_some_and(|between| !between.contains('\n'))
    };
    let own = statements.iter().position(inside).or_else(|| statements.iter().rposition(behind));
    let next = || statements.iter().position(|s| s.span.start >= comment.end);
    match own.or_else(next) {
        Some(0) if own.is_none() => Scope::Script { outside: false },
        Some(index) => Scope::Statement(index),
        None => Scope::Nothing,
    }
}
