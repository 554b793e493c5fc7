//! A column is added with a default, on a PostgreSQL that writes every row again for any default.
//!
//! ## What it finds
//! `ADD COLUMN ... DEFAULT` other than NULL on a table that was there, when the project says that it runs on version 10 or
//! older. Freehold supports 14 and later; the rule is for scripts that others still have to run.
//!
//! ## Why it hurts
//! The server writes the whole table again, and builds all of its indexes again, under ACCESS EXCLUSIVE: reads and writes
//! wait until the end, the disk holds the table twice meanwhile, and replicas get all of it.
//!
//! ## Do instead
//! Add the column without a default, set the default, which then holds for new rows, and fill the old rows in batches.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! 10 and older. From 11 on a default that is one value for the whole statement is kept beside the rows.
//!
//! ## Source
//! PostgreSQL 11 release notes, "Allow ALTER TABLE to add a column with a non-null default without doing a table rewrite".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::display_identifier,
};
use freehold_sql::Action;

use super::volatile_default_added::default_of;
use crate::{
    alter::{
        changes,
        volatile::{PerRow, per_row},
    },
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "default-added-before-version-11",
        code: "FH0205",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[27],
        summary: "a column is added with a default on a version that writes all rows again for it",
        source: include_str!("default_added_before_version_11.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.options.oldest() > 10 {
        return;
    }
    for change in changes(context) {
        let Action::AddColumn { column, .. } = change.action else { continue };
        let default = change.column_definition().and_then(default_of).filter(|_| column.has_default);
        // What is written again on every version is told by another rule.
        if default.is_none_or(|default| per_row(context, default).0 == PerRow::Yes) {
            continue;
        }
        let table = &change.table;
        let name = display_identifier(&column.name);
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("column", format!("{table}.{name}")),
                    format!(
                        "version {} writes every row of {table} again for the default of {name}, under ACCESS EXCLUSIVE: \
                         reads and writes of it wait until the end",
                        context.options.oldest()
                    ),
                )
                .on(table)
                .advised(
                    "Add the column without the default, set the default for new rows, and fill the old rows in batches.",
                ),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "default-added-before-version-11";
    const ALTER: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY);\n-- migration: 2_b\nALTER TABLE t ADD COLUMN n bigint ";

    #[test]
    fn it_fires_on_old_versions_only() {
        assert!(ids(&format!("-- option: majors 10,15\n{ALTER}DEFAULT 0;")).contains(&ID));
        assert!(!ids(&format!("-- option: majors 11,15\n{ALTER}DEFAULT 0;")).contains(&ID));
        assert!(!ids(&format!("{ALTER}DEFAULT 0;")).contains(&ID));
    }

    #[test]
    fn it_is_silent_without_a_default() {
        assert!(!ids(&format!("-- option: majors 10\n{ALTER};")).contains(&ID));
        assert!(!ids(&format!("-- option: majors 10\n{ALTER}DEFAULT NULL;")).contains(&ID));
    }
}
