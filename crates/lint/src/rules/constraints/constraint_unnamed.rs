//! A constraint is added to a table that was there without a name of its own.
//!
//! ## What it finds
//! `ADD CHECK`, `ADD UNIQUE`, `ADD FOREIGN KEY`, `ADD EXCLUDE` without `CONSTRAINT name`. A primary key, and a constraint
//! that takes its index's name, are silent: their names are certain.
//!
//! ## Why it hurts
//! PostgreSQL chooses a name, and numbers it when it is taken: `t_check`, `t_check1`. Which one it was differs between
//! databases with another past, so that a down, or a later `DROP` or `VALIDATE CONSTRAINT`, meets another constraint or
//! none.
//!
//! ## Do instead
//! Name it.
//!
//! ## When to ignore
//! When nothing will ever have to name it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE TABLE, "CONSTRAINT constraint_name".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};
use freehold_sql::ConstraintKind;

use crate::{
    alter::{
        added::{name_of, naming},
        changes_of_any, place, with_inserted,
    },
    context::Context,
    found::{Findings, Remedy},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "constraint-unnamed",
        code: "FH0312",
        category: Category::Constraints,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[48],
        summary: "a constraint is added without a name that later statements could use",
        source: include_str!("constraint_unnamed.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.is_up() {
        return;
    }
    for change in changes_of_any(context) {
        let Some((constraint, tree)) = change.added_constraint() else { continue };
        if constraint.name.is_some()
            || constraint.using_index.is_some()
            || constraint.kind == ConstraintKind::PrimaryKey
        {
            continue;
        }
        let table = &change.table;
        let relation = change.known.map(|known| &known.relation);
        let name = name_of(table, relation, constraint, tree);
        let words = naming(&name);
        let found = context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                format!(
                    "this constraint of {table} has no name of its own: a down or a later change has to guess which one \
                     the server chose"
                ),
            )
            .on(table);
        let advice = format!("Name it, for instance {}.", display_identifier(&name));
        let sql = with_inserted(context, tree.location, &words);
        findings.push(match (sql, place(context, tree.location)) {
            (Some(sql), Some(span)) => {
                found.fixed_by(advice, sql).mended_by(Remedy::Replace { span, with: words })
            }
            _ => found.advised(advice),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::example::{ids, said};

    const ID: &str = "constraint-unnamed";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE p (id bigint PRIMARY KEY);\nCREATE TABLE t (id bigint PRIMARY KEY, p_id bigint, n bigint);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_each_kind() {
        for sql in [
            "ALTER TABLE t ADD CHECK (n > 0) NOT VALID;",
            "ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p NOT VALID;",
            "ALTER TABLE t ADD UNIQUE (n);",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_where_the_name_is_certain_or_the_table_is_new() {
        for sql in [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;",
            "ALTER TABLE t ADD UNIQUE USING INDEX i;",
            "ALTER TABLE t ADD PRIMARY KEY (n);",
            "ALTER TABLE t ADD COLUMN q_id bigint REFERENCES p;",
            "CREATE TABLE u (n bigint); ALTER TABLE u ADD CHECK (n > 0);",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_names_what_the_server_would() {
        let all = said(&format!("{TABLE}ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p NOT VALID;"));
        assert!(all.iter().any(|(id, message)| *id == ID && message.contains("of t ")), "{all:?}");
    }
}
