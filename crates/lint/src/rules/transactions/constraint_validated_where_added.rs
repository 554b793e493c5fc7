//! A constraint is validated in the same transaction that added it as NOT VALID.
//!
//! ## What it finds
//! `VALIDATE CONSTRAINT` after `ADD CONSTRAINT … NOT VALID` of the same constraint in one transaction, or in one
//! statement, on a table that was there and may be large.
//!
//! ## Why it hurts
//! Adding a check holds ACCESS EXCLUSIVE, adding a foreign key SHARE ROW EXCLUSIVE on both tables, until the
//! transaction ends: the validation reads the whole table under that lock. The two steps save nothing.
//!
//! ## Do instead
//! Validate in a migration of its own that follows: alone it takes SHARE UPDATE EXCLUSIVE, and reads and writes go on.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, Notes on NOT VALID and VALIDATE CONSTRAINT.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use freehold_sql::{Action, StatementKind};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "constraint-validated-where-added",
        code: "FH0117",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[17],
        summary: "a constraint is validated in the transaction that added it NOT VALID",
        source: include_str!("constraint_validated_where_added.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if effect.kind != StatementKind::AlterTable {
        return;
    }
    for action in &effect.actions {
        let Action::ValidateConstraint { name } = action else { continue };
        let Some((table, _)) = context.main_relation() else { return };
        let added = |action: &Action| matches!(action, Action::AddConstraint(added) if added.not_valid && added.name.as_ref() == Some(name));
        let here = effect.actions.iter().any(added);
        let before = context.walk.added_not_valid.contains_key(&(table.clone(), name.clone()));
        if !(here || before && context.walk.in_transaction()) || !context.may_be_large(&table) {
            continue;
        }
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("constraint", format!("{table}.{name}")),
                    format!("{name} was added NOT VALID in this very transaction: the lock of that is still held on {table} while all of its rows are read"),
                )
                .on(&table)
                .advised("Validate it in a migration of its own that follows this one."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(name: &str, sql: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, a int);\n";
        said(&format!("{made}-- migration: 2_b {name}\n{sql}"))
            .iter()
            .any(|(id, _)| *id == "constraint-validated-where-added")
    }

    #[test]
    fn only_in_one_transaction() {
        let (add, validate) = (
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\n",
            "ALTER TABLE public.t VALIDATE CONSTRAINT c;\n",
        );
        assert!(told("", &format!("{add}{validate}")));
        assert!(told("(no transaction)", &format!("BEGIN;\n{add}{validate}COMMIT;")));
        assert!(told(
            "(no transaction)",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID, VALIDATE CONSTRAINT c;"
        ));
        assert!(!told("(no transaction)", &format!("{add}{validate}")));
        assert!(!told("", &format!("{add}-- migration: 3_c\n{validate}")));
        assert!(!told("", &format!("{add}ALTER TABLE t VALIDATE CONSTRAINT d;")));
        assert!(!told(
            "",
            &format!(
                "CREATE TABLE u (a int);\n{}{}",
                add.replace("t ", "u "),
                validate.replace("public.t", "u")
            )
        ));
    }
}
