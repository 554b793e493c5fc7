//! An index is INVALID.
//!
//! ## What it finds
//! Indexes that the catalog calls invalid: what an interrupted `CREATE INDEX CONCURRENTLY` or `REINDEX CONCURRENTLY`
//! leaves, and the index of a partitioned table to which not every partition's was attached.
//!
//! ## Why it hurts
//! Queries do not use it, and yet every write keeps it up to date; a unique one refuses rows although it never proved
//! that the others are unique. `CREATE INDEX IF NOT EXISTS` finds its name and does nothing, so that a second attempt is
//! green.
//!
//! ## Do instead
//! `DROP INDEX CONCURRENTLY` and build it again; for a partitioned table attach the index of each partition.
//!
//! ## When to ignore
//! While it is being built.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE INDEX, "Building Indexes Concurrently"; `pg_index.indisvalid`.

use freehold_model::{
    catalog::{ObjectKind, RelationKind},
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "invalid-index",
        code: "FH0605",
        category: Category::Indexes,
        severity: Severity::Warning,
        decided_by: &[Depth::Catalog],
        hazards: &[85],
        summary: "an index is INVALID: writes keep it, queries do not use it",
        source: include_str!("invalid_index.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &["invalid-index-left"],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    for known in context.state.relations.values() {
        let relation = &known.relation;
        for index in relation.indexes.iter().filter(|index| !index.valid) {
            let name = QualifiedName::new(relation.name.schema.as_str(), index.name.as_str());
            let partitioned = relation.kind == RelationKind::PartitionedTable;
            let (why, advice) = if partitioned {
                (
                    "some partition has no index attached to it".to_owned(),
                    format!("Attach the index of each partition: ALTER INDEX {name} ATTACH PARTITION …"),
                )
            } else {
                (
                    "a build of it did not end".to_owned(),
                    format!("Drop it and build it again: DROP INDEX CONCURRENTLY {name};"),
                )
            };
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("index", index.name.as_str()),
                        known.site_of(ObjectKind::Index, &index.name),
                        format!(
                            "{} of {} is INVALID, for {why}: no query uses it",
                            index.name, relation.name
                        ),
                    )
                    .on(&relation.name)
                    .because(format!("pg_index.indisvalid is false for {name}"))
                    .advised(advice),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use freehold_model::{
        catalog::{Catalog, Index, Relation},
        name::QualifiedName,
    };

    use crate::{Linter, Options};

    #[test]
    fn what_the_catalog_calls_invalid_is_told() {
        let told = |valid: bool| {
            let index = Index { name: "i".to_owned(), valid, ..Index::default() };
            let name = QualifiedName::new("public", "t");
            let relation = Relation { name, indexes: vec![index], ..Relation::default() };
            let mut linter = Linter::new(Options::default(), |rule| rule.rule.id == "invalid-index");
            let catalog = Catalog { relations: [relation].into_iter().collect(), ..Catalog::default() };
            linter.rebase(&catalog);
            linter.finish().found.len()
        };
        assert_eq!(told(false), 1);
        assert_eq!(told(true), 0);
    }
}
