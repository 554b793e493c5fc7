//! One approximate index holds the vectors of all tenants.
//!
//! ## What it finds
//! HNSW and IVFFlat indexes over a table whose rows belong to tenants, when neither the index has a condition on the tenant
//! column nor the table is partitioned by it.
//!
//! ## Why it hurts
//! The index hands out its few nearest candidates over all tenants, and the condition on the tenant, or its policy, is
//! applied to those afterwards. A small tenant next to large ones gets too few answers or none, although its own rows would
//! match; and the bigger the others grow, the worse it gets.
//!
//! ## Do instead
//! Partition the table by tenant (list or hash) with an index for each partition, or make a partial index for each large
//! tenant and search the small ones exactly: within one tenant a btree on the tenant column and a sort are often fast
//! enough. pgvector 0.8 can go on searching (`hnsw.iterative_scan`), at a price for each query.
//!
//! ## When to ignore
//! When every search sets `hnsw.iterative_scan`, or searches over all tenants are what is wanted.
//!
//! ## PostgreSQL versions
//! All, with pgvector.
//!
//! ## Source
//! pgvector's documentation, "Filtering".

use freehold_model::{
    catalog::{Index, ObjectKind, Relation},
    finding::{Category, Depth, Rule, Severity, Subject},
};

use crate::{
    context::SchemaContext,
    expression::mentions,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "approximate-index-over-all-tenants",
        code: "FH1003",
        category: Category::Design,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        advice: &[11],
        summary: "one approximate index holds the vectors of all tenants",
        source: include_str!("approximate_index_over_all_tenants.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let approximate = |index: &Index| matches!(index.method.as_str(), "hnsw" | "ivfflat");
    let any = context.state.relations.values().any(|known| known.relation.indexes.iter().any(approximate));
    if !any {
        return;
    }
    let tenancy = context.tenancy();
    if !tenancy.is_there() {
        return;
    }
    for known in context.state.relations.values() {
        let relation = &known.relation;
        let Some(tenant) =
            tenancy.column_of(&relation.name).filter(|_| tenancy.carries_tenant(&relation.name))
        else {
            continue;
        };
        if is_divided(context, relation, tenant) {
            continue;
        }
        let over_all = relation.indexes.iter().filter(|index| {
            let within = index.predicate.as_deref().is_some_and(|condition| mentions(condition, tenant));
            approximate(index) && !index.attached && !within
        });
        for index in over_all {
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("index", index.name.as_str()),
                        known.site_of(ObjectKind::Index, &index.name),
                        format!(
                            "{} hands out its few nearest rows of all tenants, and {tenant} is looked at afterwards: small \
                             tenants get too few answers",
                            index.name
                        ),
                    )
                    .on(&relation.name)
                    .advised(format!(
                        "Partition {} by {tenant} and index each partition, or make the index partial for a large tenant.",
                        relation.name
                    )),
            );
        }
    }
}

/// True when the table, or one that it is a partition of, is divided by tenant.
fn is_divided(context: &SchemaContext<'_>, relation: &Relation, tenant: &str) -> bool {
    let by_tenant = |relation: &Relation| {
        relation.partition_key.as_ref().is_some_and(|key| key.columns.iter().any(|column| column == tenant))
    };
    let mut above = Some(relation);
    // Partitions of partitions are few levels deep.
    for _ in 0..8 {
        let Some(this) = above else { return false };
        if by_tenant(this) {
            return true;
        }
        above = this
            .partition
            .as_ref()
            .and_then(|partition| context.state.relation(&partition.parent))
            .map(|known| &known.relation);
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(rest: &str) -> usize {
        let sql = format!(
            "-- option: tenant-column tenant_id\n-- option: tenant-root tenants\ncreate extension vector; create table tenants (id uuid primary key);\n{rest}"
        );
        said(&sql).iter().filter(|(id, _)| *id == "approximate-index-over-all-tenants").count()
    }

    const COLUMNS: &str =
        "(tenant_id uuid not null references tenants, id uuid, v vector(3), primary key (tenant_id, id))";

    #[test]
    fn only_an_index_over_several_tenants_is_told() {
        let table = format!("create table faces {COLUMNS};");
        assert_eq!(fires(&format!("{table} create index on faces using hnsw (v vector_l2_ops);")), 1);
        assert_eq!(
            fires(&format!(
                "{table} create index on faces using hnsw (v vector_l2_ops) where tenant_id = '00000000-0000-0000-0000-000000000001';"
            )),
            0
        );
        assert_eq!(fires(&format!("{table} create index on faces (tenant_id, id);")), 0);
        let divided = format!(
            "create table faces {COLUMNS} partition by hash (tenant_id); create table faces_0 partition of faces for values with (modulus 1, remainder 0);"
        );
        assert_eq!(fires(&format!("{divided} create index on faces_0 using hnsw (v vector_l2_ops);")), 0);
        assert_eq!(fires(&format!("{divided} create index on faces using hnsw (v vector_l2_ops);")), 0);
        assert_eq!(
            fires(
                "create table pictures (id uuid primary key, v vector(3)); create index on pictures using hnsw (v vector_l2_ops);"
            ),
            0
        );
    }
}
