//! Two statements in a row each read or write a whole table that one could go over once.
//!
//! ## What it finds
//! Two `ALTER TABLE`s of the same table, one right after the other, that both rewrite it or both scan it, on a table
//! that was there and may be large: validations of check constraints, checks added at once, changes of types, volatile
//! defaults. Two rewrites are a warning, two scans a note. Statements that only change the catalog cost nothing each
//! and are silent.
//!
//! ## Why it hurts
//! PostgreSQL does all that one `ALTER TABLE` asks for in one pass; in two statements it reads, or writes, everything
//! twice, and where a lock is held it is held twice as long.
//!
//! ## Do instead
//! Write the actions with commas into one `ALTER TABLE`.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE: several changes in one statement make one pass over the table.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
    walk::Pass,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "table-passed-over-twice",
        code: "FH0119",
        category: Category::Rewrites,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[19],
        summary: "two statements go over a table that one could go over once",
        source: include_str!("table_passed_over_twice.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some((table, first, before)) = &context.walk.marks.last_pass else { return };
    let Some(now) = Pass::of(&context.statement.effect, context.state) else { return };
    let same = context.main_relation().is_some_and(|(name, _)| name == *table);
    if *first + 1 != context.walk.number || now != *before || !same || !context.may_be_large(table) {
        return;
    }
    let (what, severity) = match now {
        Pass::Writes => ("writes", Severity::Warning),
        Pass::Reads => ("reads", Severity::Note),
    };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                format!("this {what} all of {table}, and so did the statement right before it: one ALTER TABLE with both actions goes over it once"),
            )
            .on(table)
            .with_severity(severity)
            .advised("Put both actions into one ALTER TABLE, with a comma between them."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(sql: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, a int, b text);\nCREATE TABLE u (id bigint PRIMARY KEY);\n";
        said(&format!("{made}-- migration: 2_b\n{sql}"))
            .iter()
            .any(|(id, _)| *id == "table-passed-over-twice")
    }

    #[test]
    fn only_two_passes_of_a_kind_in_a_row_are_told() {
        assert!(told("ALTER TABLE t VALIDATE CONSTRAINT c;\nALTER TABLE t VALIDATE CONSTRAINT d;"));
        assert!(told("ALTER TABLE t ADD CHECK (a > 0);\nALTER TABLE t ADD CHECK (b > '');"));
        assert!(!told("ALTER TABLE t ADD COLUMN c int;\nALTER TABLE t ADD COLUMN d int;"));
        assert!(!told("ALTER TABLE t VALIDATE CONSTRAINT c;\nALTER TABLE u VALIDATE CONSTRAINT d;"));
        assert!(!told(
            "ALTER TABLE t VALIDATE CONSTRAINT c;\nSELECT 1;\nALTER TABLE t VALIDATE CONSTRAINT d;"
        ));
        assert!(!told("ALTER TABLE t VALIDATE CONSTRAINT c, VALIDATE CONSTRAINT d;"));
    }
}
