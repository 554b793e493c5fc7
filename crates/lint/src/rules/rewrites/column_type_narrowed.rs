//! A column's type becomes a narrower one: rows that do not fit make the statement fail.
//!
//! ## What it finds
//! `ALTER COLUMN ... TYPE` to a shorter `varchar` or `char`, fewer digits of `numeric` before the point, a smaller integer,
//! from a type that is known. What rounds values away without failing is told by another rule. A down is silent here: it
//! takes back what its up widened.
//!
//! ## Why it hurts
//! Every row is written again under ACCESS EXCLUSIVE, while reads and writes wait, only to find out whether it fits. A value
//! that does not fit stops the migration, after all of that time.
//!
//! ## Do instead
//! Leave the type as it is and add a CHECK on the length or the range, `NOT VALID` first and validated in a migration that
//! follows: that shows what does not fit and locks nobody out.
//!
//! ## When to ignore
//! When all rows are known to fit and the table is small.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Data Types, "Character Types" and "Numeric Types"; tried on a server.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::display_identifier,
};

use super::type_change::wanted;
use crate::{
    alter::{
        added::name_for,
        changes_of_any,
        types::{TypeChange, narrows, parts},
    },
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "column-type-narrowed",
        code: "FH0203",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[25],
        summary: "a column becomes narrower: rows whose values do not fit make the statement fail",
        source: include_str!("column_type_narrowed.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-rewrite", "fails-on-existing-rows"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.is_up() {
        return;
    }
    for change in changes_of_any(context) {
        let Some(wanted) = wanted(context, &change) else { continue };
        let Some(from) = &wanted.from else { continue };
        if wanted.work != TypeChange::Rewrites || !narrows(context.state, from, &wanted.to) {
            continue;
        }
        let table = &change.table;
        let column = display_identifier(wanted.column);
        let found = context
            .found(
                findings.rule(),
                Subject::new("column", format!("{table}.{column}")),
                format!(
                    "{column} narrows from {from} to {}: values of {table} that do not fit make this fail, and every row is written \
                     again under ACCESS EXCLUSIVE to find out",
                    wanted.to
                ),
            )
            .on(table)
            .claiming_all(change.claims(context, Claim::Rewrites));
        let advice = "Leave the type, and demand what is to fit by a CHECK that is added NOT VALID and validated later.";
        findings.push(match limit(from, &wanted.to, &column) {
            Some(condition) => {
                let relation = change.known.map(|known| &known.relation);
                let name = name_for(relation, &table.name, &[wanted.column.to_owned()], "check");
                let (alter, name) = (change.alter_table(), display_identifier(&name));
                found.fixed_by(
                    advice,
                    change.instead(&[
                        format!("{alter} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID"),
                        format!("{alter} VALIDATE CONSTRAINT {name}"),
                    ]),
                )
            }
            None => found.advised(advice),
        });
    }
}

/// The new limit as a condition.
fn limit(from: &str, to: &str, column: &str) -> Option<String> {
    let (from, to) = (parts(from), parts(to));
    match (to.base.as_str(), to.modifiers.first()) {
        ("character varying" | "character", Some(length)) => {
            Some(format!("char_length({column}) <= {length}"))
        }
        ("smallint", _) if from.base != to.base => Some(format!("{column} BETWEEN -32768 AND 32767")),
        ("integer", _) if from.base != to.base => {
            Some(format!("{column} BETWEEN -2147483648 AND 2147483647"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "column-type-narrowed";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, b bigint, v varchar(10), x text, n numeric(10,4), s timestamptz);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_where_values_may_not_fit() {
        for sql in [
            "ALTER TABLE t ALTER v TYPE varchar(5);",
            "ALTER TABLE t ALTER x TYPE varchar(200);",
            "ALTER TABLE t ALTER n TYPE numeric(8,4);",
            "ALTER TABLE t ALTER b TYPE integer;",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_where_all_fits_or_nothing_is_known() {
        for sql in [
            "ALTER TABLE t ALTER v TYPE varchar(50);",
            "ALTER TABLE t ALTER n TYPE numeric(12,4);",
            "ALTER TABLE t ALTER n TYPE numeric(10,2);",
            "ALTER TABLE t ALTER s TYPE timestamptz(0);",
            "ALTER TABLE t ALTER x TYPE varchar;",
            "CREATE TABLE u (v varchar(9)); ALTER TABLE u ALTER v TYPE varchar(5);",
            "ALTER TABLE unknown_table ALTER v TYPE varchar(5);",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }

    #[test]
    fn a_down_takes_back_what_its_up_widened() {
        let text = "-- migration: 1_a\nCREATE TABLE t (v varchar(5));\n-- migration: 2_b\nALTER TABLE t ALTER v TYPE varchar(9);\n-- down:\nALTER TABLE t ALTER v TYPE varchar(5);\n";
        assert!(!ids(text).contains(&ID));
    }
}
