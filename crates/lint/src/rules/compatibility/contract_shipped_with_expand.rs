//! The old column or table goes in the same deployment that brings its successor.
//!
//! ## What it finds
//! `DROP COLUMN` or `DROP TABLE` of something whose values the same script, or another one of the same deployment,
//! has just copied into its successor (`UPDATE t SET new = old`, `INSERT INTO new SELECT ... FROM old`). When the
//! successor has taken the old name by the end of the script nothing is said.
//!
//! ## Why it hurts
//! A change in two steps lets old and new code live side by side only when the second step comes after the last old
//! instance is gone. In one deployment the old code fails at once, what it wrote between the copy and the drop is
//! lost, and there is no way back.
//!
//! ## Do instead
//! Ship the expanding half alone: the new column, a trigger or code that writes both, the copy. Drop the old one in
//! a migration of a later release.
//!
//! ## When to ignore
//! When the application is stopped during the migration.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE.

use freehold_model::finding::{Category, Depth, Rule, Severity};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
    rules::compatibility::live,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "contract-shipped-with-expand",
        code: "FH0521",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Text],
        hazards: &[80],
        summary: "the old column or table goes in the same deployment that brings its successor",
        source: include_str!("contract_shipped_with_expand.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| gone.is_dropped() && gone.may_be_missed(context)) {
        if !matches!(gone.kind, ObjectKind::Table | ObjectKind::Column) || gone.is_back(context) {
            continue;
        }
        let Some((successor, true)) = &gone.copied else { continue };
        if live::is_used(context, gone) {
            continue;
        }
        let name = gone.shown();
        let message = format!(
            "{name} goes in the same deployment that fills {successor} from it: old code that still runs fails, and what it writes meanwhile is lost"
        );
        findings
            .push(gone.found(context, findings.rule(), message).advised(format!(
                "Leave {name} in this release, and drop it in a migration of a later one."
            )));
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn ids(text: &str) -> Vec<&'static str> {
        let mine = ["contract-shipped-with-expand", "column-dropped", "table-dropped"];
        said(text).into_iter().map(|(id, _)| id).filter(|id| mine.contains(id)).collect()
    }

    #[test]
    fn tables_count_and_a_successor_of_the_same_name_excuses() {
        let moved = "CREATE TABLE b (id bigint PRIMARY KEY); INSERT INTO b SELECT * FROM a; DROP TABLE a;";
        assert_eq!(ids(moved), ["contract-shipped-with-expand"]);
        assert!(ids(&format!("{moved} ALTER TABLE b RENAME TO a;")).is_empty());
    }

    #[test]
    fn a_copy_by_batches_in_a_block_is_seen() {
        let text = "ALTER TABLE a ADD COLUMN c text; DO $$ BEGIN UPDATE a SET c = b WHERE c IS NULL; END $$; ALTER TABLE a DROP COLUMN b;";
        assert_eq!(ids(text), ["contract-shipped-with-expand"]);
    }

    #[test]
    fn two_scripts_of_one_deployment_count_as_one() {
        let text = "-- migration: 1_a\nUPDATE a SET c = b WHERE c IS NULL;\n-- migration: 2_b\nALTER TABLE a DROP COLUMN b;";
        assert_eq!(ids(text), ["column-dropped"]);
        assert_eq!(ids(&format!("-- option: one-deployment\n{text}")), ["contract-shipped-with-expand"]);
    }
}
