//! Readers meet NULL in a column that never had one.
//!
//! ## What it finds
//! `DROP NOT NULL` on a column of a table that was there before the script, as far as the column is not known to
//! allow NULL already.
//!
//! ## Why it hurts
//! Nothing fails at the migration. Code that reads the column was written for a value: fields that cannot be null,
//! string operations, sums and comparisons give errors or wrong results once the first NULL is written.
//!
//! ## Do instead
//! Deploy code that can read NULL before anything writes it. When the column is on its way out, this is the right
//! step: it lets new code leave it out.
//!
//! ## When to ignore
//! When all code reads NULL well, or no longer reads the column.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, DROP NOT NULL.

use freehold_model::{
    catalog::ObjectKind,
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};
use freehold_sql::{Action, StatementKind};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "not-null-dropped",
        code: "FH0513",
        category: Category::Compatibility,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[75],
        summary: "readers meet NULL in a column that never had one",
        source: include_str!("not_null_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if effect.kind != StatementKind::AlterTable || !context.is_up() {
        return;
    }
    for action in &effect.actions {
        let Action::DropNotNull { column } = action else { continue };
        let Some((table, known)) = context.main_relation() else { return };
        let was_nullable =
            known.and_then(|known| known.relation.column(column)).is_some_and(|column| !column.not_null);
        let made = known.and_then(|known| known.site_of(ObjectKind::Column, column));
        let missing = known.is_none() && context.state.complete;
        if context.is_new(&table) || was_nullable || missing || made.is_some_and(|made| context.is_here(made))
        {
            continue;
        }
        let name = format!("{table}.{}", display_identifier(column));
        let message = format!("code that reads {name} was written for a column without NULLs");
        findings.push(
            context
                .found(findings.rule(), Subject::new("column", name), message)
                .on(&table)
                .advised("Deploy code that can read NULL before anything writes it."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn an_unknown_column_is_a_note_and_a_down_is_none() {
        let told = |text: &str| said(text).iter().any(|(id, _)| *id == "not-null-dropped");
        assert!(told("ALTER TABLE a ALTER b DROP NOT NULL;"));
        assert!(!told("-- migration: 1_a\nSELECT 1;\n-- down:\nALTER TABLE a ALTER b DROP NOT NULL;"));
    }
}
