//! A new constraint refuses what running code writes.
//!
//! ## What it finds
//! `SET NOT NULL` on a column that could be NULL until now, that has no default, and for which no validated CHECK
//! has kept NULLs out since an earlier migration; and a CHECK, UNIQUE or EXCLUDE that is added to a table whose
//! rows the same transaction has just mended: the code that wrote the rows still runs. With queries of production
//! it is a warning when an INSERT that runs there does not name the column.
//!
//! ## Why it hurts
//! Code that runs already goes on writing what the constraint refuses: NULL, a duplicate, a value out of range. Its
//! statements fail from the commit on.
//!
//! ## Do instead
//! Let the code obey first, in a release of its own; add the constraint NOT VALID, mend the rows, validate. Unique
//! constraints need the duplicates to be gone and code that makes no new ones.
//!
//! ## When to ignore
//! When the code has obeyed for some releases.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, 5.5 Constraints.

use freehold_model::{
    catalog::ConstraintKind as Kind,
    finding::{Category, Depth, Evidence, Rule, Severity, Subject},
    name::{QualifiedName, display_identifier},
};
use freehold_sql::{Action, ConstraintKind, NewConstraint, StatementKind};

use crate::{
    context::Context,
    expression::mentions,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "constraint-tightened",
        code: "FH0512",
        category: Category::Compatibility,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Production],
        hazards: &[74],
        summary: "a new constraint refuses what running code writes",
        source: include_str!("constraint_tightened.rs"),
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
    let Some((table, known)) = context.main_relation() else { return };
    if context.is_new(&table) || known.is_none() {
        return;
    }
    for action in &effect.actions {
        match action {
            Action::SetNotNull { column } => not_null(context, &table, known, column, findings),
            Action::AddConstraint(constraint) => mended(context, &table, constraint, findings),
            _ => {}
        }
    }
}

fn not_null(
    context: &Context<'_>,
    table: &QualifiedName,
    known: Option<&Known>,
    column: &str,
    findings: &mut Findings<'_>,
) {
    let Some(known) = known else { return };
    let Some(was) = known.relation.column(column) else { return };
    let given = was.default.is_some() || was.identity.is_some() || was.generated.is_some();
    // On a large table the lack of a proof is told, and counts in production are told by themselves.
    let counted = context.options.production.as_ref().is_some_and(|production| {
        production.violations.contains_key(&(table.clone(), format!("{column} is not null")))
    });
    if was.not_null || given || counted || context.may_be_large(table) || is_kept_out(known, column) {
        return;
    }
    let name = format!("{table}.{}", display_identifier(column));
    let mut found = context
        .found(
            findings.rule(),
            Subject::new("column", name.clone()),
            format!("{name} could be NULL until now: code that still writes NULL, or does not name it, fails"),
        )
        .on(table)
        .advised("Let all running code write it first, and keep NULLs out by a CHECK that an earlier migration validates.");
    let silent =
        context.options.production.iter().flat_map(|production| &production.queries).filter(|query| {
            query.relations.first() == Some(table)
                && query.text.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("insert"))
                && !query.columns.iter().any(|named| named == column)
        });
    for query in silent.take(3) {
        found = found.with_severity(Severity::Warning);
        found.evidence.push(Evidence::Saw(format!("{} calls in production: {}", query.calls, query.text)));
    }
    findings.push(found);
}

/// True when a validated CHECK keeps NULLs out.
fn is_kept_out(known: &Known, column: &str) -> bool {
    known.relation.constraints.iter().any(|constraint| {
        let text = constraint.definition.to_ascii_lowercase();
        constraint.kind == Kind::Check
            && constraint.validated
            && mentions(&constraint.definition, column)
            && (text.contains("is not null") || text.contains("is null"))
    })
}

fn mended(
    context: &Context<'_>,
    table: &QualifiedName,
    constraint: &NewConstraint,
    findings: &mut Findings<'_>,
) {
    let kind = match constraint.kind {
        ConstraintKind::Check => "CHECK",
        ConstraintKind::Unique if constraint.using_index.is_none() => "UNIQUE constraint",
        ConstraintKind::Exclusion => "EXCLUDE constraint",
        _ => return,
    };
    if !context.walk.in_transaction() || !context.walk.changed_rows.contains_key(table) {
        return;
    }
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                format!(
                    "rows of {table} had to be mended for this {kind}: code that still writes such rows fails"
                ),
            )
            .on(table)
            .advised("Let all running code obey first, in a release of its own."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "constraint-tightened").count()
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(count("ALTER TABLE a ALTER COLUMN b SET NOT NULL;"), 0);
        let made = "-- option: rows a 5\n-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY, b int DEFAULT 1, c int);\n-- migration: 2_b\n";
        assert_eq!(count(&format!("{made}ALTER TABLE a ALTER COLUMN b SET NOT NULL;")), 0);
        assert_eq!(count(&format!("{made}ALTER TABLE a ALTER COLUMN c SET NOT NULL;")), 1);
    }
}
