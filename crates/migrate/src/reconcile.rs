//! SQL that turns the schema that one catalog describes into that of another.
//!
//! [`reconcile`] takes both catalogs apart into things (objects, and parts of relations such as columns, defaults and
//! constraints), says what becomes of each (kept, altered, made anew, made, dropped), and orders the statements: what
//! hangs on something goes before it and comes after it. A thing that cannot be altered is dropped and made anew, with
//! everything that hangs on it; a type that columns go on using steps aside under another name until they have the new
//! one. Nothing is ever taken for renamed: that is a drop and a making.
//!
//! Dependencies are read off the definitions, in which the server qualifies every name.

mod apart;
mod compare;
mod cover;
mod edges;
mod exact;
mod facts;
mod fate;
mod follow;
mod graph;
mod key;
mod local;
mod mentions;
mod needs;
mod phase;
mod plan;
mod sql;
mod things;
mod tokens;
mod why;
mod write;

use freehold_model::catalog::{Catalog, ObjectKind};

use self::{
    fate::Fates,
    key::Key,
    things::{Side, Subject},
    why::Reasons,
};

/// One statement on the way from one schema to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The statement, without a semicolon. All names are qualified and quoted.
    pub sql: String,
    /// The difference that it mends, or that makes it necessary, in one line.
    pub why: String,
    /// True when rows or values go away with it: a table, a column, what does not fit another type.
    pub destroys: bool,
}

/// The way from one schema to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// In the order in which they have to run, each by itself: a label added to an enum can only be used when it has
    /// been committed. Nothing when the schemas are equal, or differ only in what is not covered.
    pub statements: Vec<Fix>,
    /// Differences that stay, each in one line; the order of a table's columns is one that SQL cannot change.
    pub not_covered: Vec<String>,
    /// The role that has to run the statements so that what they make belongs to it; with `None` owners are set one by
    /// one. It is set when one role owns everything in both schemas (predefined roles left out).
    pub run_as: Option<String>,
}

impl Reconciliation {
    /// All statements as one script, each with a line that says why.
    pub fn script(&self) -> String {
        let mut script = String::new();
        let mut last = "";
        for fix in &self.statements {
            if fix.why != last {
                for line in fix.why.lines() {
                    script = script + "-- " + line + "\n";
                }
                last = &fix.why;
            }
            let destroys = if fix.destroys { "-- This takes data away.\n" } else { "" };
            script = script + destroys + &fix.sql + ";\n";
        }
        script
    }
}

/// The statements that turn the schema `from` into the schema `to`, and the differences for which there are none.
///
/// Both catalogs must be read by [`freehold_db::catalog::CatalogReader`], which has names qualified. Roles, tablespaces and the
/// libraries of extensions belong to the server and must be there.
pub fn reconcile(from: &Catalog, to: &Catalog) -> Reconciliation {
    let differences = from.differences(to);
    if differences.is_empty() {
        return Reconciliation::default();
    }
    let (from, to) = (Side::of(from), Side::of(to));
    let fates = Fates::between(&from, &to);
    let planned = plan::plan(&from, &to, &fates);
    let reasons = Reasons::of(&differences);
    let mut statements: Vec<Fix> = Vec::new();
    for (key, sql) in planned.steps {
        let why = reasons.why(&key, &from, &to, &fates);
        let printed = is_printed(&key, &from, &to);
        statements.extend(sql.into_iter().map(|sql| Fix {
            sql: if printed { exact::exact(&sql.text) } else { sql.text },
            why: why.clone(),
            destroys: sql.destroys,
        }));
    }
    if fates.iter().any(|(key, _)| makes_unchecked(key, &fates, &to)) {
        let why = "functions may be made before what their bodies use".to_owned();
        let fix = |sql: &str| Fix { sql: sql.to_owned(), why: why.clone(), destroys: false };
        statements.insert(0, fix("SET check_function_bodies = off"));
        statements.push(fix("RESET check_function_bodies"));
    }
    let mut not_covered = planned.not_covered;
    not_covered.extend(cover::left(&from, &to, &fates, &differences));
    Reconciliation { statements, not_covered: not_covered.into_iter().collect(), run_as: planned.creator }
}

/// False for what holds bodies of functions or other text that is not the server's print of a tree.
fn is_printed(key: &Key, from: &Side<'_>, to: &Side<'_>) -> bool {
    match to.subject(key).or_else(|| from.subject(key)) {
        Some(Subject::Function(function)) => needs::is_atomic(function),
        Some(Subject::Other(other)) => other.kind != ObjectKind::DatabaseSetting,
        _ => true,
    }
}

/// True for a function that is written and whose body the server would look at.
fn makes_unchecked(key: &Key, fates: &Fates, to: &Side<'_>) -> bool {
    let written = fates.is_made(key) || fates.get(key) == Some(fate::Fate::Altered);
    let looked_at = matches!(to.subject(key), Some(Subject::Function(function))
        if function.aggregate.is_none() && !needs::is_atomic(function) && !matches!(function.language.as_str(), "c" | "internal"));
    written && looked_at
}
