//! Nothing in production reads an index.
//!
//! ## What it finds
//! Indexes that the statistics of production (given with `--url` or a snapshot) never saw used, among those that only
//! serve searches: not unique, no constraint's, not the replica identity, not the only one under a foreign key.
//!
//! ## Why it hurts
//! Each write keeps it up to date, and it keeps updates from being HOT; nobody has ever been served by it.
//!
//! ## Do instead
//! Look at the replicas too, whose reads are counted there, then `DROP INDEX CONCURRENTLY`.
//!
//! ## When to ignore
//! When the counts are younger than the rarest job, such as a yearly report.
//!
//! ## PostgreSQL versions
//! All. From 16 on `pg_stat_user_indexes.last_idx_scan` tells when it was read last.
//!
//! ## Source
//! PostgreSQL manual, The Cumulative Statistics System, `pg_stat_all_indexes`.

use freehold_model::{
    catalog::{ObjectKind, RelationKind},
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};

use super::{foreign_key_without_index::covers, shape::serves_searches_only};
use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "unused-index",
        code: "FH0604",
        category: Category::Indexes,
        severity: Severity::Note,
        decided_by: &[Depth::Production],
        hazards: &[84],
        summary: "nothing in production reads an index",
        source: include_str!("unused_index.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let Some(production) = &context.options.production else { return };
    for (name, _) in production.index_scans.iter().filter(|(_, scans)| **scans == 0) {
        let Some((known, index)) = context.state.index(name) else { continue };
        let relation = &known.relation;
        let only_one = relation.foreign_keys().any(|key| {
            covers(relation, index, key)
                && !relation
                    .indexes
                    .iter()
                    .any(|other| other.name != index.name && covers(relation, other, key))
        });
        if !serves_searches_only(index) || relation.kind == RelationKind::PartitionedTable || only_one {
            continue;
        }
        let days = production.seconds / 86_400.0;
        let since = if days >= 1.0 { format!(" in {days:.0} days") } else { String::new() };
        let dropped = QualifiedName::new(relation.name.schema.as_str(), index.name.as_str());
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("index", index.name.as_str()),
                    known.site_of(ObjectKind::Index, &index.name),
                    format!(
                        "production never read {} of {}{since}: writes keep it for nobody",
                        index.name, relation.name
                    ),
                )
                .on(&relation.name)
                .because(format!("pg_stat_user_indexes: idx_scan = 0 for {name}"))
                .advised(format!(
                    "Drop it when the replicas do not read it either: DROP INDEX CONCURRENTLY {dropped};"
                )),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(scans: &str, rest: &str) -> bool {
        let sql = format!(
            "-- option: index-scans i {scans}\ncreate table s (id bigint primary key);\ncreate table t (id bigint primary key, a bigint, b text);\n{rest}"
        );
        said(&sql).iter().any(|(id, _)| *id == "unused-index")
    }

    #[test]
    fn only_an_index_that_serves_searches_alone_is_told() {
        assert!(fires("0", "create index i on t (b);"));
        assert!(!fires("1", "create index i on t (b);"));
        assert!(!fires("0", "create unique index i on t (b);"));
        assert!(!fires("0", "create index j on t (b);"));
        assert!(!fires("0", "alter table t add foreign key (a) references s; create index i on t (a);"));
    }
}
