//! SQL that closes what leaked, and SQL that takes it back. Nothing here touches a server: whoever shows it has it
//! rehearsed and probed first.

mod child_column;
mod grants;
mod indexes;
mod partitions;
mod policies;
mod references;
mod row_security;
mod uniques;
mod views;

use std::collections::BTreeSet;

use freehold_model::{
    catalog::{Catalog, Relation},
    name::{display_identifier, quote_literal},
};

use super::{
    matrix::{Cell, Matrix},
    outcome::Outcome,
    target::TargetKind,
    tenancy::{Ownership, Tenancy},
    way::Family,
};

/// A change with its undoing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Statements, each ended by a semicolon.
    pub up: String,
    /// Statements that take it back.
    pub down: String,
    /// What for, as a sentence without a full stop.
    pub why: String,
}

/// Everything that closes what leaked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fix {
    /// In the order in which they are to be applied; undone in the opposite one.
    pub changes: Vec<Change>,
    /// What no statement of this kind can close, and what to do, as sentences.
    pub remains: Vec<String>,
}

impl Fix {
    /// The script that closes it, a comment above each change.
    pub fn up(&self) -> String {
        let changes = self.changes.iter().map(|change| format!("-- {}.\n{}\n", change.why, change.up));
        changes.collect::<Vec<_>>().join("\n")
    }

    /// The script that takes it back.
    pub fn down(&self) -> String {
        let changes = self.changes.iter().rev().filter(|change| !change.down.is_empty());
        changes.map(|change| format!("{}\n", change.down)).collect::<Vec<_>>().join("\n")
    }
}

/// How the fix is written.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Tables will be distributed by Citus, which refuses sub-selects in policies: the setting is read without one.
    pub citus: bool,
    /// The server's major version.
    pub major: u32,
}

/// What the parts of a fix look at.
struct Case<'a> {
    catalog: &'a Catalog,
    tenancy: &'a Tenancy,
    matrix: &'a Matrix,
    form: &'a Form,
    /// The role that policies are for; none for everybody.
    role: Option<&'a str>,
}

/// The changes that close what leaked. `role` is the one that the application's statements run as; none where no role is
/// known.
pub fn fix(catalog: &Catalog, tenancy: &Tenancy, matrix: &Matrix, role: Option<&str>, form: &Form) -> Fix {
    let case = Case { catalog, tenancy, matrix, form, role };
    let mut fix = Fix::default();
    // A tenant column must be there before policies and keys can name it.
    child_column::add(&case, &mut fix);
    references::add(&case, &mut fix);
    uniques::add(&case, &mut fix);
    row_security::add(&case, &mut fix);
    policies::mend(&case, &mut fix);
    partitions::add(&case, &mut fix);
    views::add(&case, &mut fix);
    grants::add(&case, &mut fix);
    indexes::add(&case, &mut fix);
    remains(&case, &mut fix);
    fix
}

impl<'a> Case<'a> {
    /// The leaks of these families on relations, with the relation.
    fn leaks(&self, families: &'a [Family]) -> impl Iterator<Item = (&'a Cell, &'a Relation)> + use<'a> {
        let (matrix, catalog) = (self.matrix, self.catalog);
        matrix.leaks().filter(|cell| families.contains(&cell.way.family)).filter_map(move |cell| match matrix
            .target_of(cell)?
            .kind
        {
            TargetKind::Relation(oid) => Some((cell, catalog.relation_by_oid(oid)?)),
            _ => None,
        })
    }

    /// True when this way leaked on the relation.
    fn leaked(&self, relation: &Relation, beginning: &str) -> bool {
        self.matrix.leaks().any(|cell| {
            cell.way.id.starts_with(beginning)
                && self
                    .matrix
                    .target_of(cell)
                    .is_some_and(|target| target.kind == TargetKind::Relation(relation.oid))
        })
    }

    /// Tables (no partitions) whose rows leaked through policies or for want of them, those without a column of their
    /// own for the tenant included.
    fn open_tables(&self) -> Vec<&'a Relation> {
        const FAMILIES: &[Family] =
            &[Family::Read, Family::Write, Family::Context, Family::Around, Family::Live];
        // These go by privileges and ownership, whatever the policies say.
        const UNBOUND: &[&str] = &["write-truncate", "around-trigger", "around-references", "around-owner"];
        let mut seen = BTreeSet::new();
        self.leaks(FAMILIES)
            .filter(|(cell, relation)| {
                !UNBOUND.contains(&cell.way.id)
                    || (cell.way.id == "around-owner" && !relation.force_row_security)
            })
            .map(|(_, relation)| relation)
            .filter(|relation| {
                relation.is_table()
                    && relation.partition.is_none()
                    && self.tenancy.owned.contains_key(&relation.oid)
                    && seen.insert(relation.oid)
            })
            .collect()
    }

    /// The table's tenant column with its type, its own or the one that a fix gives it.
    fn tenant_column(&self, relation: &Relation) -> Option<(String, String)> {
        match self.tenancy.owned.get(&relation.oid)? {
            Ownership::Root { key } => typed(relation, key),
            Ownership::Column(column) => typed(relation, column),
            Ownership::Through { .. } => self.usual_column(),
        }
    }

    /// The tenant column that most tables have, with its type.
    fn usual_column(&self) -> Option<(String, String)> {
        let mut counts: Vec<((String, String), usize)> = Vec::new();
        for (oid, ownership) in &self.tenancy.owned {
            let Ownership::Column(column) = ownership else { continue };
            let Some(found) = self.catalog.relation_by_oid(*oid).and_then(|relation| typed(relation, column))
            else {
                continue;
            };
            match counts.iter_mut().find(|(known, _)| *known == found) {
                Some((_, count)) => *count += 1,
                None => counts.push((found, 1)),
            }
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(found, _)| found)
    }

    /// The session's tenant, evaluated once for a query; no rows where there is none.
    fn context(&self, type_name: &str) -> Option<String> {
        let setting = self.tenancy.settings.first()?;
        let read = self.read_setting(setting, type_name);
        Some(if self.form.citus { read } else { format!("(SELECT {read})") })
    }

    fn read_setting(&self, setting: &str, type_name: &str) -> String {
        let read = format!("nullif(current_setting({}, true), '')", quote_literal(setting));
        // Texts of every kind compare as they are.
        let is_text = type_name == "text" || type_name.starts_with("character");
        if is_text { read } else { format!("{read}::{type_name}") }
    }

    /// ` TO role`, or nothing for everybody.
    fn to_role(&self) -> String {
        self.role.map(|role| format!(" TO {}", display_identifier(role))).unwrap_or_default()
    }
}

fn typed(relation: &Relation, column: &str) -> Option<(String, String)> {
    relation.column(column).map(|column| (column.name.clone(), column.type_name.clone()))
}

/// Names for a list of columns.
fn names(columns: &[String]) -> String {
    columns.iter().map(|name| display_identifier(name)).collect::<Vec<_>>().join(", ")
}

/// What the parts above do not close.
fn remains(case: &Case<'_>, fix: &mut Fix) {
    let mut told = BTreeSet::new();
    for cell in case.matrix.leaks() {
        let Some(target) = case.matrix.target_of(cell) else { continue };
        let closed = matches!(target.kind, TargetKind::Relation(_)) || cell.way.id.contains("public");
        if let Outcome::Leaked(leak) = &cell.outcome
            && !closed
            && told.insert((target.name.clone(), leak.advice.clone()))
        {
            fix.remains.push(format!("{}: {}. {}", target.name, leak.means, leak.advice));
        }
    }
}
