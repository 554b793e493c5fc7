//! A column of a domain with constraints is added, and every row is written again for it.
//!
//! ## What it finds
//! `ADD COLUMN` on a table that was there, with a type that is known to be a domain with a CHECK or NOT NULL, also when the
//! column has no default. A domain without constraints is silent.
//!
//! ## Why it hurts
//! The server writes the whole table again, and builds all of its indexes again, under ACCESS EXCLUSIVE: reads and writes
//! wait until the end, the disk holds the table twice meanwhile, and replicas get all of it.
//!
//! ## Do instead
//! Give the column the domain's base type, and a CHECK of its own that is added `NOT VALID` and validated in a migration that
//! follows.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! 14 to 18.
//!
//! ## Source
//! PostgreSQL's source, `ATExecAddColumn`: a domain with constraints makes it compute every row; tried on a server.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::display_identifier,
};
use freehold_sql::Action;

use crate::{
    alter::{changes, types::is_constrained_domain},
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "constrained-domain-column-added",
        code: "FH0210",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[32],
        summary: "a column of a constrained domain is added, which writes all rows of an existing table again",
        source: include_str!("constrained_domain_column_added.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-rewrite"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Action::AddColumn { column, .. } = change.action else { continue };
        if column.type_.ends_with("[]")
            || !is_constrained_domain(context.state, &column.type_)
            || change.adds_what_is_there()
        {
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
                        "{} is a domain with constraints, so this writes every row of {table} again under ACCESS EXCLUSIVE: \
                         reads and writes of it wait until the end",
                        column.type_
                    ),
                )
                .on(table)
                .claiming_all(change.claims(context, Claim::Rewrites))
                .advised(
                    "Give the column the domain's base type, and a CHECK that is added NOT VALID and validated in a \
                     migration that follows.",
                ),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "constrained-domain-column-added";
    const TABLE: &str = "-- migration: 1_a\nCREATE DOMAIN plain AS text;\nCREATE DOMAIN strict AS text CHECK (VALUE <> '');\nCREATE DOMAIN over AS strict;\nCREATE DOMAIN filled AS text NOT NULL DEFAULT 'x';\nCREATE TABLE t (id bigint PRIMARY KEY);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_domains_with_constraints() {
        assert!(fires("ALTER TABLE t ADD COLUMN x strict;"));
        assert!(fires("ALTER TABLE t ADD COLUMN x public.over;"));
        assert!(fires("ALTER TABLE t ADD COLUMN x filled;"));
    }

    #[test]
    fn it_is_silent_for_other_types_and_new_tables() {
        assert!(!fires("ALTER TABLE t ADD COLUMN x plain;"));
        assert!(!fires("ALTER TABLE t ADD COLUMN x strict[];"));
        assert!(!fires("ALTER TABLE t ADD COLUMN x unknown_type;"));
        assert!(!fires("CREATE TABLE u (id bigint); ALTER TABLE u ADD COLUMN x strict;"));
    }
}
