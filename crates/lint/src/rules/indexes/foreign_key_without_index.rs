//! No index leads with the columns of a foreign key.
//!
//! ## What it finds
//! Foreign keys of the schema as the migrations leave it (or as a live catalog shows it) whose columns begin no index of
//! their table. An index on the one column that no other foreign key has is enough for a key of several columns; so is a
//! partial index over `column IS NOT NULL`.
//!
//! ## Why it hurts
//! Each DELETE in the other table, and each change of its key, looks for rows that point to it. Without an index that is
//! a scan of the whole table for every single row, while the row locks of the deleting transaction are held. Joins along
//! the key scan as well.
//!
//! ## Do instead
//! An index that begins with the columns of the key.
//!
//! ## When to ignore
//! When rows of the other table are never deleted and the key is never joined along, or the table stays small: say so in
//! `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Constraints, "Foreign Keys" (the advice to index the referencing columns).

use freehold_model::{
    catalog::{Constraint, Index, IndexColumn, ObjectKind, Relation},
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "foreign-key-without-index",
        code: "FH0601",
        category: Category::Indexes,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[81],
        summary: "no index leads with the columns of a foreign key",
        source: include_str!("foreign_key_without_index.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    for known in context.state.relations.values() {
        let relation = &known.relation;
        let tiny =
            context.options.rows.get(&relation.name).is_some_and(|rows| *rows <= context.options.tiny_rows);
        // Of what is known in part only, the index may be the part that is not.
        if !known.whole || tiny {
            continue;
        }
        let inherited = |key: &Constraint| relation.partition.is_some() && key.has_parent;
        for key in relation.foreign_keys().filter(|key| !key.columns.is_empty() && !inherited(key)) {
            if !relation.indexes.iter().any(|index| covers(relation, index, key)) {
                findings.push(without_index(context, findings, known, key));
            }
        }
    }
}

fn without_index(
    context: &SchemaContext<'_>,
    findings: &Findings<'_>,
    known: &Known,
    key: &Constraint,
) -> crate::found::Found {
    let relation = &known.relation;
    let columns: Vec<String> = key.columns.iter().map(|column| display_identifier(column)).collect();
    let columns = columns.join(", ");
    let target =
        key.referenced_table.as_ref().map_or_else(|| "the other table".to_owned(), ToString::to_string);
    let name = format!("idx_{}_{}", relation.name.name, key.columns.join("_"));
    let name: String = name.chars().take(63).collect();
    let name = display_identifier(&name);
    context
        .found(
            findings.rule(),
            Subject::new("constraint", key.name.as_str()),
            known.site_of(ObjectKind::Constraint, &key.name),
            format!(
                "no index of {} leads with {columns}: each DELETE in {target} reads all of {} for every row",
                relation.name, relation.name
            ),
        )
        .on(&relation.name)
        .advised(format!("Create an index: CREATE INDEX {name} ON {} ({columns});", relation.name))
}

/// True when looking for the rows that point to one row can use the index.
pub(super) fn covers(relation: &Relation, index: &Index, key: &Constraint) -> bool {
    let leads = || -> Option<bool> {
        let first = index.columns.first().and_then(IndexColumn::column)?;
        let position = key.columns.iter().position(|column| column == first)?;
        let all = key.columns.len();
        let start: Vec<&str> = index.columns.iter().take(all).filter_map(IndexColumn::column).collect();
        let whole = key.columns.iter().all(|column| start.contains(&column.as_str()));
        // A column that only this key has tells its rows apart; one that several keys share, such as the tenant, does not.
        let own = key.columns.get(position).is_some_and(|column| {
            !relation.foreign_keys().any(|other| other.name != key.name && other.columns.contains(column))
        });
        Some(whole || (own && all > 1))
    };
    index.valid
        && matches!(index.method.as_str(), "btree" | "hash" | "gist" | "spgist" | "")
        && index.predicate.as_deref().is_none_or(|predicate| only_leaves_nulls_out(predicate, key))
        && leads().unwrap_or(false)
}

/// True for `column IS NOT NULL` over columns of the key: a row that points somewhere has no NULL there.
fn only_leaves_nulls_out(predicate: &str, key: &Constraint) -> bool {
    let bare = predicate.replace(['(', ')', '"'], " ").to_lowercase();
    bare.split(" and ").all(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        matches!(words.as_slice(), [column, "is", "not", "null"] if key.columns.iter().any(|c| c.to_lowercase() == *column))
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    const PARENTS: &str = "create table shops (id bigint primary key);\ncreate table teams (org bigint, id bigint, primary key (org, id));\ncreate table orgs (id bigint primary key);\n";

    fn fires(rest: &str) -> usize {
        said(&format!("{PARENTS}{rest}")).iter().filter(|(id, _)| *id == "foreign-key-without-index").count()
    }

    #[test]
    fn a_key_without_an_index_is_found_however_it_was_made() {
        assert_eq!(fires("create table sales (id bigint primary key, shop bigint references shops);"), 1);
        assert_eq!(
            fires(
                "create table sales (id bigint primary key, shop bigint, foreign key (shop) references shops (id));"
            ),
            1
        );
        assert_eq!(
            fires(
                "create table sales (id bigint primary key, shop bigint); alter table sales add constraint f foreign key (shop) references shops not valid;"
            ),
            1
        );
        assert_eq!(
            fires(
                "create table sales (id bigint primary key); alter table sales add shop bigint references shops;"
            ),
            1
        );
        assert_eq!(
            fires(
                "create table sales (id bigint primary key, shop bigint references shops); create index on sales (id, shop);"
            ),
            1
        );
        assert_eq!(
            fires(
                "create table sales (id bigint primary key, shop bigint references shops); create index on sales (shop) where id > 5;"
            ),
            1
        );
        assert_eq!(
            fires(
                "create table sales (id bigint primary key, shop bigint references shops); create index on sales using brin (shop);"
            ),
            1
        );
    }

    #[test]
    fn every_index_that_can_be_used_is_enough() {
        for index in [
            "create index on sales (shop);",
            "create index on sales (shop, id);",
            "create index on sales using hash (shop);",
            "create unique index on sales (shop);",
            "create index on sales (shop) where shop is not null;",
            "create index on only sales (shop desc nulls last) include (id);",
        ] {
            let sql =
                format!("create table sales (id bigint primary key, shop bigint references shops); {index}");
            assert_eq!(fires(&sql), 0, "{index}");
        }
        assert_eq!(fires("create table sales (shop bigint primary key references shops);"), 0);
        assert_eq!(
            fires("create table sales (shop bigint unique references shops, id bigint primary key);"),
            0
        );
    }

    #[test]
    fn a_key_of_several_columns_needs_the_one_that_tells_rows_apart() {
        let table = "create table people (org bigint references orgs, id bigint, team bigint, primary key (org, id), foreign key (org, team) references teams);";
        assert_eq!(fires(table), 1);
        assert_eq!(fires(&format!("{table} create index on people (team);")), 0);
        assert_eq!(fires(&format!("{table} create index on people (org, team);")), 0);
        assert_eq!(fires(&format!("{table} create index on people (team, org);")), 0);
    }

    #[test]
    fn tables_of_few_rows_and_tables_that_are_not_known_are_silent() {
        assert_eq!(
            fires("alter table sales add constraint f foreign key (shop) references shops not valid;"),
            0
        );
        let small = "-- option: rows sales 20\ncreate table shops (id bigint primary key);\ncreate table sales (id bigint primary key, shop bigint references shops);";
        assert!(said(small).iter().all(|(id, _)| *id != "foreign-key-without-index"));
    }

    #[test]
    fn the_key_of_a_partitioned_table_is_told_once() {
        let sql = "create table sales (id bigint, shop bigint references shops, primary key (id)) partition by hash (id);
            create table sales_0 partition of sales for values with (modulus 2, remainder 0);
            create table sales_1 partition of sales for values with (modulus 2, remainder 1);";
        assert_eq!(fires(sql), 1);
        assert_eq!(fires(&format!("{sql} create index on sales (shop);")), 0);
    }
}
