//! A migration that changes the schema has no down, or an empty one.
//!
//! ## What it finds
//! In a folder whose format writes downs: an up with statements that change the schema and no down beside it, or one
//! without a statement.
//!
//! ## Why it hurts
//! The tool cannot go back over this migration: it fails there, or reports success and leaves the schema as it was,
//! so that the next up fails.
//!
//! ## Do instead
//! Write the down while the up is fresh in mind; where each statement of the up has a known opposite, `--fix`
//! writes it.
//!
//! ## When to ignore
//! In projects that only go forward: `[rules] migration-without-down = "off"`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! The documentation of each tool that knows downs.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    place::Span,
};

use crate::{
    Direction,
    context::ScriptContext,
    found::{Findings, Remedy},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "migration-without-down",
        code: "FH0414",
        category: Category::DataLoss,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[63],
        summary: "a migration that changes the schema has no down, or an empty one",
        source: include_str!("migration_without_down.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &["down-missing"],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    let subject = Subject::new("migration", context.script.label.clone());
    let at = Span::new(0, 0);
    let walk = context.walk;
    if context.script.direction == Direction::Down {
        if walk.number == 0 && walk.up.is_some_and(|up| up.changes) {
            let message =
                "the down has no statement, and its up changes the schema: going back leaves that in place";
            let found = context.found(findings.rule(), subject, at, message);
            findings.push(found.advised("Write what takes the up back."));
        }
        return;
    }
    if !context.script.down_missing || !walk.changes {
        return;
    }
    let message = "the migration has no down: the tool cannot go back over it";
    let mut found = context.found(findings.rule(), subject, at, message);
    let undo: Option<Vec<String>> = walk.undo.iter().rev().cloned().collect();
    found = match undo.filter(|undo| !undo.is_empty()) {
        Some(undo) => {
            found.advised(format!("Write the down: {}.", undo.join("; "))).mended_by(Remedy::Down(undo))
        }
        None => found.advised("Write the down while the up is fresh in mind."),
    };
    findings.push(found);
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "migration-without-down").count()
    }

    #[test]
    fn empty_downs_are_told_where_there_is_something_to_take_back() {
        assert_eq!(
            count("-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY);\n-- down:\n-- later\n"),
            1
        );
        assert_eq!(count("-- migration: 1_a\nSELECT 1;\n-- down:\n-- nothing\n"), 0);
        assert_eq!(count("CREATE TABLE a (id bigint PRIMARY KEY);"), 0);
    }

    #[test]
    fn the_down_takes_the_statements_back_from_the_last_to_the_first() {
        let text = "-- option: downs\nCREATE TABLE a (id bigint PRIMARY KEY, b int); CREATE INDEX a_b ON a (b); CREATE FUNCTION f(x int, OUT y int) LANGUAGE sql AS 'select 1'; ALTER TABLE c ADD COLUMN d text, ADD CONSTRAINT e CHECK (d <> '');";
        let text = text.to_owned();
        let found = freehold_sql::deep_thread()
            .spawn(move || crate::example::Example::read(&text).lint().found)
            .unwrap()
            .join()
            .unwrap();
        let found = found.iter().find(|found| found.rule.rule.id == "migration-without-down").unwrap();
        let Some(crate::Remedy::Down(down)) = &found.remedy else { panic!("{found:?}") };
        assert_eq!(
            down,
            &[
                "ALTER TABLE c DROP CONSTRAINT e, DROP COLUMN d",
                "DROP FUNCTION f(int)",
                "DROP INDEX a_b",
                "DROP TABLE a"
            ]
        );
    }
}
