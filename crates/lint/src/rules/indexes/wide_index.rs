//! An index that is not unique has more than three columns.
//!
//! ## What it finds
//! `CREATE INDEX` of a btree over four or more columns or expressions. Unique indexes, whose columns say what is unique,
//! and `INCLUDE` are passed over; a leading tenant column is not counted, nor one with which the primary key of several
//! columns begins.
//!
//! ## Why it hurts
//! After two or three good columns the next ones hardly narrow a search; but they make the index larger, keep equal values
//! from being stored once, and every update of one of them writes the index again and is no longer HOT.
//!
//! ## Do instead
//! The columns that narrow the search, in the order equality, then range or sort; `INCLUDE` for what is only read.
//!
//! ## When to ignore
//! When a plan was looked at and the columns pay.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Multicolumn Indexes (the advice to use them sparingly).

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};
use freehold_sql::{StatementKind, tree::NodeEnum};

use super::made::MadeIndex;
use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "wide-index",
        code: "FH0608",
        category: Category::Indexes,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[87],
        summary: "an index that is not unique has more than three columns",
        source: include_str!("wide_index.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

/// More columns than this are many.
const MANY: usize = 3;

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let StatementKind::CreateIndex { unique: false, .. } = context.statement.effect.kind else { return };
    let Some(NodeEnum::IndexStmt(create)) = context.tree else { return };
    let made = MadeIndex::of(context, create);
    let columns = made.key().count();
    let tenant = made.key().next().is_some_and(|first| leads_to_a_part(context, &made.table, &first.name));
    if columns <= MANY + usize::from(tenant)
        || made.method() != "btree"
        || !context.is_up()
        || context.is_tiny(&made.table)
    {
        return;
    }
    let name = if create.idxname.is_empty() { "the index" } else { &create.idxname };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("index", name),
                format!("{name} of {} has {columns} columns: the last ones hardly narrow a search and cost every write", made.table),
            )
            .on(&made.table)
            .advised("Keep the columns that narrow the search, and INCLUDE what is only read."),
    );
}

/// True for a column that only says which part of the rows is meant, such as the tenant: the project names it, or the
/// table's own key of several columns begins with it.
fn leads_to_a_part(context: &Context<'_>, table: &QualifiedName, column: &str) -> bool {
    let named = context.options.tenant_column.as_deref() == Some(column);
    let key = context.state.relation(table).and_then(|known| known.relation.primary_key());
    named
        || key.is_some_and(|key| {
            key.columns.len() > 1 && key.columns.first().is_some_and(|first| first == column)
        })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn four_columns_are_many_unless_they_are_unique() {
        let fires = |sql: &str| said(sql).iter().any(|(id, _)| *id == "wide-index");
        assert!(fires("create index on t (a, b, c, d);"));
        assert!(fires("create index i on t (a, lower(b), c desc, (d + 1));"));
        assert!(!fires("create index on t (a, b, c);"));
        assert!(!fires("create index on t (a, b, c) include (d, e);"));
        assert!(!fires("create unique index on t (a, b, c, d);"));
        assert!(!fires("-- option: tenant-column a\ncreate index on t (a, b, c, d);"));
        assert!(fires("-- option: tenant-column a\ncreate index on t (a, b, c, d, e);"));
        assert!(!fires(
            "create table t (a int, b int, c int, d int, primary key (a, d)); create index on t (a, b, c, d);"
        ));
        assert!(!fires("create index on t using gin (a, b, c, d);"));
        assert!(!fires("-- option: rows t 50\ncreate index on t (a, b, c, d);"));
    }
}
