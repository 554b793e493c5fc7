//! A table that was there is emptied.
//!
//! ## What it finds
//! `TRUNCATE` of a table that the same script or deployment did not make. Temporary and new tables and tables
//! without rows are left out; an UNLOGGED table is a note; a table whose rows were copied elsewhere before is a
//! warning. With `CASCADE` and tables that point to it another rule tells which tables it empties.
//!
//! ## Why it hurts
//! All rows go without a condition, row triggers do not fire, row security is not asked, and no down brings them
//! back. ACCESS EXCLUSIVE is held on the table to the end of the transaction.
//!
//! ## Do instead
//! Delete the rows that are known to be superfluous, by a condition and in batches, after a backup.
//!
//! ## When to ignore
//! When the table holds what can be computed again: a cache, a search index.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, TRUNCATE.

use freehold_model::{
    catalog::Persistence,
    finding::{Category, Depth, Rule, Severity, Subject},
};
use freehold_sql::{
    StatementKind, Use,
    tree::{NodeEnum, protobuf::DropBehavior},
};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "table-truncated",
        code: "FH0405",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[54],
        summary: "a table that was there is emptied",
        source: include_str!("table_truncated.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["up-loses-data"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if effect.kind != StatementKind::Truncate || !context.is_up() {
        return;
    }
    let cascades = cascades(context);
    for object in effect.objects_used(Use::Writes) {
        let table = context.state.name_of(object);
        let known = context.state.relation(&table);
        let temporary = object.schema.as_deref() == Some("pg_temp") || table.schema == "pg_temp";
        let rows = context.options.rows.get(&table);
        let missing = known.is_none() && context.state.complete;
        if temporary || context.is_new(&table) || rows == Some(&0) || missing {
            continue;
        }
        // Told with all the tables that it empties.
        if cascades && (known.is_none() || context.state.referencing(&table).next().is_some()) {
            continue;
        }
        let copied = context.state.copies.of_table(&table).find(|copy| copy.from.1.is_none());
        let unlogged = known.is_some_and(|known| known.relation.persistence == Persistence::Unlogged);
        let (severity, why) = match (unlogged, copied) {
            (true, _) => (Severity::Note, ", which is UNLOGGED".to_owned()),
            (_, Some(copy)) => (Severity::Warning, format!(", which were copied into {} before", copy.to.0)),
            _ => (Severity::Error, rows.map_or_else(String::new, |rows| format!(" (about {rows})"))),
        };
        let message = format!("this takes all rows out of {table}{why}; no down brings them back");
        findings.push(
            context
                .found(findings.rule(), Subject::new("table", table.to_string()), message)
                .with_severity(severity)
                .on(&table)
                .advised(
                    "Delete the rows that are superfluous by a condition and in batches, after a backup.",
                ),
        );
    }
}

fn cascades(context: &Context<'_>) -> bool {
    matches!(context.tree, Some(NodeEnum::TruncateStmt(truncate))
        if truncate.behavior == DropBehavior::DropCascade as i32)
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "table-truncated").count()
    }

    #[test]
    fn each_table_of_a_list_is_told_but_not_those_of_the_script() {
        assert_eq!(count("TRUNCATE TABLE a, ONLY app.b RESTART IDENTITY;"), 2);
        assert_eq!(count("CREATE TABLE a (id bigint PRIMARY KEY); TRUNCATE a;"), 0);
        assert_eq!(count("-- option: rows a 0\nTRUNCATE a;"), 0);
    }
}
