//! A column that running code names gets another name.
//!
//! ## What it finds
//! `RENAME COLUMN` of a table or view, and `RENAME ATTRIBUTE` of a type, that were there before the script. Left
//! out: columns of the script's own making, and a script after which a column of the old name is there again.
//!
//! ## Why it hurts
//! Old and new code run side by side during a deployment; one of them names a column that is not there, and every
//! such query fails. Bodies of functions in PL/pgSQL and of old SQL functions keep the old name and fail when they
//! run.
//!
//! ## Do instead
//! Add a column of the new name, write both, fill the new one, let the code read it, and drop the old one in a
//! later release. Or rename the table out of the way and leave a view that has the old names.
//!
//! ## When to ignore
//! When the application is stopped during the migration, or nothing has used the column yet.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, RENAME COLUMN.

use freehold_model::{
    catalog::RelationKind,
    finding::{Category, Depth, Rule, Severity},
    name::quote_identifier,
};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::{Fate, Gone, Way, list},
    rule::{Check, LintRule},
    rules::compatibility::live,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "column-renamed",
        code: "FH0502",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[69],
        summary: "a column that running code names gets another name",
        source: include_str!("column_renamed.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| gone.kind == ObjectKind::Column) {
        let Way::Renamed(to) = &gone.way else { continue };
        if !gone.may_be_missed(context) || gone.is_back(context) || live::is_used(context, gone) {
            continue;
        }
        let broken = gone.hanging.iter().filter(|hanging| hanging.fate == Fate::Breaks);
        let bodies =
            if broken.clone().next().is_some() { format!("; so do {}", list(broken)) } else { String::new() };
        let message = format!(
            "running code that names {} fails: the column is called {to} from now on{bodies}",
            gone.shown()
        );
        let found = gone.found(context, findings.rule(), message);
        let advice = format!(
            "Add {to} beside it, write both, fill it, switch the code, and drop the old one in a later release."
        );
        findings.push(match first_step(gone, to) {
            Some(sql) => found.fixed_by(advice, sql),
            None => found.advised(advice),
        });
    }
}

/// The first of the steps: the new column, which may be NULL until it is filled.
fn first_step(gone: &Gone, to: &str) -> Option<String> {
    let relation = &gone.known.as_ref()?.relation;
    let column = relation.column(gone.part.as_deref()?)?;
    let table = matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable);
    if !table || column.generated.is_some() || relation.partition.is_some() {
        return None;
    }
    Some(format!(
        "ALTER TABLE {} ADD COLUMN {} {}",
        gone.name.quoted(),
        quote_identifier(to),
        column.type_name
    ))
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "column-renamed").count()
    }

    #[test]
    fn every_form_is_told() {
        assert_eq!(count("ALTER TABLE a RENAME b TO c;"), 1);
        assert_eq!(count("ALTER VIEW a RENAME COLUMN b TO c;"), 1);
        assert_eq!(count("ALTER TYPE a RENAME ATTRIBUTE b TO c CASCADE;"), 1);
    }

    #[test]
    fn a_column_of_the_old_name_keeps_old_code_alive() {
        let text = "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY, b text);\n-- migration: 2_b\nALTER TABLE a RENAME COLUMN b TO c; ALTER TABLE a ADD COLUMN b text GENERATED ALWAYS AS (c) STORED;";
        assert_eq!(count(text), 0);
        assert_eq!(count("CREATE TABLE a (b text); ALTER TABLE a RENAME COLUMN b TO c;"), 0);
    }
}
